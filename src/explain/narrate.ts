import * as StepRecord from '../../assembly/abi/step-record.js';
import * as CacheIndex from '../../assembly/abi/cache-index.js';
import * as Cd from '../../assembly/arch/cd.js';
import * as L1cd from '../../assembly/arch/l1cd.js';
import * as L1std from '../../assembly/arch/l1std.js';
import * as Ste from '../../assembly/arch/ste.js';
import { outputBits, placeOf, stage1Half, type Configuration } from './configuration.js';
import { decodeStructure, type DecodedStructure, type StructureKind } from '../inspect/decode.js';
import { descriptorAddress, descriptorType } from '../inspect/descriptor.js';
import { granuleName } from '../inspect/encodings.js';
import { eventName } from '../inspect/event.js';
import { eventSection } from '../inspect/event-fields.js';
import { addressOf, hex, numberOf } from '../base/fields.js';
import { lintCd } from '../inspect/lint-cd.js';
import { lintSte, type IdRegisters } from '../inspect/lint-ste.js';
import { cacheName, type TraceStep } from '../inspect/steps.js';

/** A step in words. */
export interface ExplainedStep {
  readonly kind: TraceStep['kind'];
  /** As the core recorded it; of a configuration that a cache held, its last word. */
  readonly step: TraceStep;
  readonly title: string;
  /** Where the specification says it; empty for look-ups and fills, which are this model's own. */
  readonly section: string;
  /** Physical address that was read or written. */
  readonly address: bigint | undefined;
  readonly decoded: DecodedStructure | undefined;
  /** What followed. */
  readonly follows: string;
}

/** What the narration needs to know of the transaction and the device. */
export interface Scene {
  readonly streamId: number;
  readonly iova: bigint;
  readonly speculative: boolean;
  readonly registers: IdRegisters;
  /** The 64-bit words from a physical address on; undefined where nothing answers. */
  readonly read: (address: bigint, words: number) => bigint[] | undefined;
}

const PURPOSES = ['the CD fetch', 'the stage 1 descriptor', 'the transaction'];

function steFollows(words: readonly bigint[], registers: IdRegisters): string {
  const problems = lintSte(words, registers);
  if (problems.length > 0) return `Not usable: ${problems.join('; ')}.`;
  const config = numberOf(words, Ste.Config);
  if ((config & Ste.CONFIG_BIT_ENABLED) === 0) return 'Config aborts the stream without an event.';
  if (config === Ste.CONFIG_BYPASS) return 'Config bypasses both stages.';
  const parts: string[] = [];
  // Of a nested stream the one stage is a guest's, the other the host's.
  const nested = config === Ste.CONFIG_S1_TRANSLATE_S2_TRANSLATE;
  if ((config & Ste.CONFIG_BIT_S1) !== 0) {
    const space = (config & Ste.CONFIG_BIT_S2) !== 0 ? 'IPA' : 'PA';
    parts.push(
      `stage 1${nested ? ', the guest’s part,' : ''} translates, its CD is at ${space} ${hex(addressOf(words, Ste.S1ContextPtr))}`,
    );
  }
  if ((config & Ste.CONFIG_BIT_S2) !== 0) {
    const bits = 64 - numberOf(words, Ste.S2T0SZ);
    parts.push(
      `stage 2${nested ? ', the host’s part,' : ''} translates ${bits}-bit IPAs with the table at ${hex(addressOf(words, Ste.S2TTB))}, VMID ${numberOf(words, Ste.S2VMID)}`,
    );
  }
  const text = parts.join('; ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function cdFollows(words: readonly bigint[], configuration: Configuration, scene: Scene): string {
  const problems = lintCd(words, configuration.ste ?? [], scene.registers);
  if (problems.length > 0) return `Not usable: ${problems.join('; ')}.`;
  const half = stage1Half({ ...configuration, cd: words }, scene.iova, scene.registers);
  const asid = numberOf(words, Cd.ASID);
  const table = `TTB${half.n}: ${half.bits}-bit addresses, ${granuleName(half.granule)} granule, table at ${hex(half.ttb)}`;
  return `Bit 55 of the input selects ${table}; ASID ${asid}.${half.disabled ? ` EPD${half.n} = 1 disables it.` : ''}`;
}

function l1stdFollows(word: bigint): string {
  const span = numberOf([word], L1std.Span);
  if (span === 0 || span > L1std.SPAN_MAX) return `Span = ${span}: no STEs here.`;
  return `${2 ** (span - 1)} STEs at ${hex(addressOf([word], L1std.L2Ptr))}.`;
}

function updateFollows({ result, data }: TraceStep): string {
  if (result === StepRecord.UPDATE_DEFERRED)
    return `It becomes ${hex(data)} once the speculative read is known to succeed.`;
  return result === StepRecord.UPDATE_MADE ? `It is now ${hex(data)}.` : 'It could not be made.';
}

function fillText(step: TraceStep): string {
  return step.level === CacheIndex.CONFIG ? `StreamID ${hex(step.address)}` : hex(step.address);
}

/** Turns the core's steps into words, gathering STE and CD on the way. */
export class Narrator {
  private ste: readonly bigint[] | undefined;
  private cd: readonly bigint[] | undefined;

  constructor(private readonly scene: Scene) {}

  get configuration(): Configuration {
    return { ste: this.ste, cd: this.cd };
  }

  /** The step in words; undefined for one that says nothing by itself. */
  tell(step: TraceStep): ExplainedStep | undefined {
    switch (step.kind) {
      case 'held':
        return this.held(step);
      case 'lookup': {
        const found = step.data === 0n ? 'hit' : `hit, ${hex(step.data)}`;
        return this.plain(
          step,
          `Look-up in the ${cacheName(step.level)}`,
          '',
          step.result === 1 ? found : 'miss',
        );
      }
      case 'fill':
        return this.plain(step, `Fill of the ${cacheName(step.level)}`, '', fillText(step));
      case 'l1std':
        return this.structure(step, 'l1std', 'Level 1 Stream Table Descriptor', 'IHI 0070 §5.1', ([word]) =>
          l1stdFollows(word),
        );
      case 'ste':
        return this.structure(
          step,
          'ste',
          `STE of StreamID ${hex(this.scene.streamId)}`,
          'IHI 0070 §5.2',
          (words) => {
            this.ste = words;
            return steFollows(words, this.scene.registers);
          },
        );
      case 'l1cd':
        return this.structure(step, 'l1cd', 'Level 1 Context Descriptor', 'IHI 0070 §5.3', (words) =>
          numberOf(words, L1cd.V) === 0
            ? 'V = 0: no CDs here.'
            : `CDs at ${hex(addressOf(words, L1cd.L2Ptr))}.`,
        );
      case 'cd':
        return this.structure(step, 'cd', 'Context Descriptor', 'IHI 0070 §5.4', (words) => {
          this.cd = words;
          return cdFollows(words, this.configuration, this.scene);
        });
      case 'descriptor':
        return this.descriptor(step);
      case 'update':
        return this.plain(
          step,
          `Hardware update of the stage ${step.stage} descriptor at ${hex(step.address)}`,
          'IHI 0070 §3.13',
          updateFollows(step),
          step.address,
        );
      case 'fault': {
        if (step.result === 0) return this.plain(step, 'Abort without an event', 'IHI 0070 §3.4', '');
        const name = eventName(step.result);
        const where = step.stage === 0 ? '' : ` at stage ${step.stage}`;
        return this.plain(step, `${name}${where}`, `IHI 0070 ${eventSection(step.result)}`, '');
      }
      case 'bypass':
        return this.plain(
          step,
          step.stage === 0 ? 'Bypass' : `Stage ${step.stage} bypasses`,
          'IHI 0070 §3.4',
          `${hex(step.address)} passes as ${hex(step.data)}.`,
        );
      case 'output':
        return this.plain(
          step,
          'Output',
          'IHI 0070 §3.4',
          `${hex(step.address)} translates to ${hex(step.data)}.`,
        );
    }
  }

  /** A word of a configuration that the cache held; with the last one it is told. */
  private held(step: TraceStep): ExplainedStep | undefined {
    const words = (before: readonly bigint[] | undefined, word: bigint): readonly bigint[] =>
      step.level === 0 ? [word] : [...(before ?? []), word];
    this.ste = words(this.ste, step.address);
    this.cd = step.result === 1 ? words(this.cd, step.data) : undefined;
    if (step.level < 3) return undefined;
    const follows = [
      steFollows(this.ste, this.scene.registers),
      ...(this.cd === undefined ? [] : [cdFollows(this.cd, this.configuration, this.scene)]),
    ];
    return this.plain(
      step,
      'STE and CD as the configuration cache holds them',
      'IHI 0070 §3.21.3',
      follows.join(' '),
    );
  }

  private plain(
    step: TraceStep,
    title: string,
    section: string,
    follows: string,
    address?: bigint,
  ): ExplainedStep {
    return { kind: step.kind, step, title, section, address, decoded: undefined, follows };
  }

  private structure(
    step: TraceStep,
    kind: StructureKind,
    title: string,
    section: string,
    follows: (words: readonly bigint[]) => string,
  ): ExplainedStep {
    const made = { kind: step.kind, step, title, section, address: step.address };
    if (step.result === 0)
      return { ...made, decoded: undefined, follows: 'External abort: nothing answers there.' };
    const count = kind === 'ste' || kind === 'cd' ? 8 : 1;
    const words = count === 1 ? [step.data] : (this.scene.read(step.address, count) ?? [step.data]);
    return { ...made, decoded: decodeStructure(kind, words), follows: follows(words) };
  }

  private descriptor(step: TraceStep): ExplainedStep {
    const stage = step.stage === 2 ? 2 : 1;
    const place = placeOf(this.configuration, this.scene.registers, this.scene.iova, stage, step.level);
    const title =
      stage === 1
        ? `Stage 1 level ${step.level} descriptor`
        : `Stage 2 level ${step.level} descriptor for ${PURPOSES[step.purpose] ?? 'an access'}${step.ipa === 0n ? '' : ` at IPA ${hex(step.ipa)}`}`;
    const made = { kind: step.kind, step, title, section: 'DDI 0487 D8.3', address: step.address };
    if (step.result === 0)
      return { ...made, decoded: undefined, follows: 'External abort: nothing answers there.' };
    const type = descriptorType(step.data, place);
    const target = hex(descriptorAddress(step.data, place));
    let follows = 'Invalid: the walk ends.';
    if (type === 'table') follows = `The next table is at ${target}.`;
    else if (type !== 'invalid') follows = `A ${type}: output ${target}.`;
    const bits = outputBits(this.configuration, this.scene.registers, stage);
    const known = stage === 1 ? this.cd !== undefined : this.ste !== undefined;
    if (type !== 'invalid' && known && descriptorAddress(step.data, place) >> BigInt(bits) !== 0n) {
      follows += ` It needs more than the ${bits} bits allowed.`;
    }
    return { ...made, decoded: decodeStructure(stage === 1 ? 'pte' : 's2pte', [step.data], place), follows };
  }
}
