import { Argument, InvalidArgumentError, type Command } from 'commander';
import { decodeStructure, STRUCTURE_WORDS, STRUCTURES, type StructureKind } from '../inspect/decode.js';
import { lintCd } from '../inspect/lint-cd.js';
import { lintSte, type IdRegisters } from '../inspect/lint-ste.js';
import { resolveIdentification } from '../config/identification.js';
import { parseGranule, parseLevel, parseWord } from './input.js';
import { parseId, parseSte } from './lint-option.js';
import { toJson, type Output } from './output.js';
import { structureText } from './structure-text.js';

interface Options {
  readonly level: number;
  readonly granule: number;
  readonly ds?: boolean;
  readonly oas52?: boolean;
  readonly id?: IdRegisters;
  readonly ste?: bigint[];
  readonly all?: boolean;
  readonly json?: boolean;
}

/** What only descriptors depend on. */
const OF_DESCRIPTORS = ['level', 'granule', 'ds', 'oas52'] as const;

function decode(
  output: Output,
  kind: StructureKind,
  words: bigint[],
  options: Options,
  command: Command,
): void {
  const most = STRUCTURE_WORDS[kind];
  if (words.length > most) {
    command.error(
      `error: ${words.length} words given, expected at most ${most} for ${kind} (64-bit words, the lowest first).`,
    );
  }
  const unused = OF_DESCRIPTORS.find((name) => command.getOptionValueSource(name) === 'cli');
  if (unused !== undefined && kind !== 'pte' && kind !== 's2pte')
    command.error(`error: --${unused} is for pte and s2pte, expected none with ${kind}.`);
  const { level, granule, ds = false, oas52 = false } = options;
  const structure = decodeStructure(kind, words, { level, granule, ds, oas52 });
  refuseIdle(kind, options, command);
  const problems = lint(kind, structure.words, options);
  if (options.json === true) {
    output.out(`${toJson(problems === undefined ? structure : { ...structure, problems })}\n`);
    return;
  }
  const lines = [structureText(structure, output.paint, options.all === true)];
  if (problems !== undefined) lines.push(verdict(kind, problems, output));
  output.out(`${lines.join('\n')}\n`);
}

/** What an SMMU would refuse of an STE or CD; undefined for everything else. */
function lint(kind: StructureKind, words: readonly bigint[], options: Options): string[] | undefined {
  const id = options.id ?? resolveIdentification(undefined);
  if (kind === 'ste') return lintSte(words, id);
  return kind === 'cd' ? lintCd(words, options.ste ?? [], id) : undefined;
}

function refuseIdle(kind: StructureKind, { id, ste }: Options, command: Command): void {
  if (id !== undefined && kind !== 'ste' && kind !== 'cd')
    command.error(`error: --id has no effect on ${kind}, expected ste or cd.`);
  if (ste !== undefined && kind !== 'cd')
    command.error(`error: --ste has no effect on ${kind}, expected cd.`);
}

function verdict(kind: StructureKind, problems: readonly string[], { paint }: Output): string {
  const [event, section] = kind === 'ste' ? ['C_BAD_STE', '§5.2.2'] : ['C_BAD_CD', '§5.4.1'];
  if (problems.length === 0) return paint.good(`Usable: it breaks no rule of IHI 0070 ${section}.`);
  return [
    paint.bad(`Not usable: ${event} (IHI 0070 ${section})`),
    ...problems.map((text) => `  ${text}`),
  ].join('\n');
}

function collect(text: string, previous: bigint[] | undefined): bigint[] {
  try {
    return [...(previous ?? []), parseWord(text)];
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

/** Adds `decode`. */
export function addDecode(program: Command, output: Output): void {
  program
    .command('decode')
    .description('say what the bits of a structure mean')
    .addArgument(new Argument('<KIND>', 'what the words are').choices(STRUCTURES))
    .argument('<WORD...>', '64-bit words, the lowest first; missing ones count as 0', collect)
    .option('--level <N>', 'pte, s2pte: level of the descriptor, -1 to 3', parseLevel, 3)
    .option('--granule <SIZE>', 'pte, s2pte: 4k, 16k or 64k', parseGranule, 12)
    .option('--ds', 'pte, s2pte: 52-bit descriptors with 4k and 16k (CD.DS, STE.S2DS)')
    .option('--oas52', 'pte, s2pte: 52-bit output addresses with 64k')
    .option(
      '--id <ID>',
      'ste, cd: features of the SMMU: v3.2, v3.4, mmu600, or idr0=X,idr1=X,idr3=X,idr5=X,cr2=X',
      parseId,
    )
    .option(
      '--ste <WORDS>',
      'cd: words of its STE, separated by commas; without it stage 1 alone, EL1',
      parseSte,
    )
    .option('--all', 'show fields that are 0 as well')
    .option('--json', 'one JSON document')
    .addHelpText(
      'after',
      `
KIND is ste (Stream Table Entry, 8 words), cd (Context Descriptor, 8), l1std and l1cd (level 1 descriptors of their
tables), pte and s2pte (stage 1 and stage 2 translation table descriptors), cmd (command, 2) or event (event record, 4).
Behind the fields of an STE or a CD stands whether an SMMU would use it, and if not, every rule that it breaks.

Examples:
  smmuv3 decode pte 0x44119f47
  smmuv3 decode ste 0xb --id idr0=0xd44101b,idr1=0x2730010,idr3=0x1414,idr5=0x74
  smmuv3 decode s2pte --level 2 0x48000000000007fd
  smmuv3 decode cmd 0x4 0x1f
  smmuv3 decode event 0x1900000010 0x28000000000 0xdeadb000`,
    )
    .action((kind: StructureKind, words: bigint[], options: Options, command: Command) =>
      decode(output, kind, words, options, command),
    );
}
