/**
 * The way of a transaction as a picture: one column for each thing that was needed (STE, CD, each level of stage 1, the output),
 * and in it, from the top, the stage 2 walk that found its address, then the thing itself.
 */
import type { ExplainedStep, Explanation } from '../../../src/explain/index.js';
import { cacheName, decodeStructure, type DecodedStructure } from '../../../src/inspect/index.js';
import { hex } from '../parts/numbers.js';

/** A structure or descriptor on the way. */
export interface PathNode {
  /** Its place in the picture, the same from walk to walk. */
  readonly id: string;
  readonly stage: 'config' | 1 | 2;
  /** Short: `STE`, `S2 L3`. */
  readonly label: string;
  /** What it is, in a word: `table`, `page`, `S1 + S2`. */
  readonly kind: string;
  /** Where it leads. */
  readonly leads: string;
  readonly title: string;
  readonly section: string;
  readonly follows: string;
  /** Physical; undefined: a cache's copy. */
  readonly address: bigint | undefined;
  readonly structure: DecodedStructure | undefined;
  readonly bad: boolean;
}

/** A cache that was asked. */
export interface CacheTouch {
  readonly name: string;
  readonly hit: boolean;
}

export interface PathColumn {
  readonly title: string;
  /** Below the title: the address that stage 2 translated for it. */
  readonly input: string;
  readonly caches: readonly CacheTouch[];
  readonly nodes: readonly PathNode[];
  /** The end of the way. */
  readonly end?: 'ok' | 'bad';
}

const S1 = 1;
const S2 = 2;

/** Gathers steps into columns. */
class Columns {
  readonly done: PathColumn[] = [];
  #nodes: PathNode[] = [];
  #caches: CacheTouch[] = [];
  #input = '';

  touch(name: string, hit: boolean): void {
    this.#caches.push({ name, hit });
  }

  input(ipa: bigint): void {
    if (this.#input === '') this.#input = `IPA ${hex(ipa)}`;
  }

  node(node: Omit<PathNode, 'id'>): void {
    this.#nodes.push({ ...node, id: `${this.done.length}.${this.#nodes.length}` });
  }

  /** Something that belongs to the thing before it. */
  late(node: Omit<PathNode, 'id'>): void {
    const last = this.done.at(-1);
    if (last === undefined || this.#nodes.length > 0) return this.node(node);
    const id = `${this.done.length - 1}.${last.nodes.length}`;
    this.done[this.done.length - 1] = { ...last, nodes: [...last.nodes, { ...node, id }] };
  }

  close(title: string, end?: 'ok' | 'bad'): void {
    this.done.push({
      title,
      input: this.#input,
      caches: this.#caches,
      nodes: this.#nodes,
      ...(end === undefined ? {} : { end }),
    });
    this.#nodes = [];
    this.#caches = [];
    this.#input = '';
  }
}

/** The picture of an explanation. */
export function pathOf({ steps, translation, configuration }: Explanation): PathColumn[] {
  const columns = new Columns();
  let begun = false;
  for (const told of steps) {
    const { step } = told;
    // The look-ups before the first read are those of whole translations and of the configuration.
    if (!begun && told.kind !== 'lookup' && told.kind !== 'fill') {
      columns.close('TLBs');
      begun = true;
    }
    switch (told.kind) {
      case 'lookup':
        columns.touch(cacheName(step.level), step.result === 1);
        break;
      case 'fill':
        break;
      case 'held': {
        const { ste, cd } = configuration;
        if (ste !== undefined) columns.node(heldNode('ste', ste, told));
        if (cd !== undefined) columns.node(heldNode('cd', cd, told));
        columns.close('Held configuration');
        break;
      }
      case 'l1std':
      case 'l1cd':
        columns.node(configNode(told, told.kind === 'l1std' ? 'L1STD' : 'L1CD'));
        break;
      case 'ste':
        columns.node(configNode(told, 'STE'));
        columns.close('Stream table');
        break;
      case 'cd':
        columns.node(configNode(told, 'CD'));
        columns.close('CD');
        break;
      case 'descriptor':
        if (step.ipa !== 0n) columns.input(step.ipa);
        columns.node(descriptorNode(told));
        if (step.stage === S1) columns.close(`Stage 1, level ${step.level}`);
        break;
      case 'update':
        columns.late({
          ...common(told),
          stage: step.stage === S2 ? 2 : 1,
          label: 'Update',
          kind: '',
          leads: '',
        });
        break;
      case 'bypass':
        columns.late({
          ...common(told),
          stage: step.stage === S2 ? 2 : 1,
          label: 'Bypass',
          kind: '',
          leads: '',
        });
        break;
      case 'fault':
        columns.close('Fault', 'bad');
        break;
      case 'output':
        columns.close('Output', 'ok');
        break;
    }
  }
  if (columns.done.at(-1)?.end === undefined)
    columns.close(translation.status === 'ok' ? 'Output' : 'End', translation.status === 'ok' ? 'ok' : 'bad');
  return columns.done;
}

/** All nodes of a picture. */
export const nodesOf = (columns: readonly PathColumn[]): PathNode[] => columns.flatMap(({ nodes }) => nodes);

function common({ title, section, follows, address, decoded }: ExplainedStep) {
  const bad = decoded === undefined && follows.startsWith('External abort');
  return { title, section, follows, address, structure: decoded, bad };
}

function configNode(told: ExplainedStep, label: string): Omit<PathNode, 'id'> {
  const bad = told.follows.startsWith('Not usable');
  const made = common(told);
  return { ...made, ...face(told.decoded), stage: 'config', label, bad: made.bad || bad };
}

function descriptorNode(told: ExplainedStep): Omit<PathNode, 'id'> {
  const { stage, level } = told.step;
  const made = common(told);
  const { kind, leads } = face(told.decoded);
  const stageOf = stage === S2 ? 2 : 1;
  return {
    ...made,
    stage: stageOf,
    label: `S${stageOf} L${level}`,
    kind,
    leads,
    bad: made.bad || kind === 'invalid',
  };
}

/** A copy in the configuration cache: it has no address. */
function heldNode(
  kind: 'ste' | 'cd',
  words: readonly bigint[],
  { section, follows }: ExplainedStep,
): Omit<PathNode, 'id'> {
  // The cache keeps the first half of each.
  const structure = decodeStructure(kind, words);
  return {
    ...face(structure),
    stage: 'config',
    label: kind === 'ste' ? 'STE' : 'CD',
    title: `${structure.title} as the configuration cache holds it`,
    section,
    follows,
    address: undefined,
    structure,
    bad: false,
  };
}

const CONFIGS: Readonly<Record<number, string>> = {
  4: 'bypass',
  5: 'S1',
  6: 'S2',
  7: 'S1 + S2',
};

/** What a structure says of itself in few words. */
function face(structure: DecodedStructure | undefined): { readonly kind: string; readonly leads: string } {
  if (structure === undefined) return { kind: 'no answer', leads: '' };
  const field = (name: string) => structure.fields.find((found) => found.name === name);
  switch (structure.kind) {
    case 'ste': {
      const valid = field('V')?.value === 1n;
      return { kind: valid ? (CONFIGS[Number(field('Config')?.value)] ?? 'abort') : 'invalid', leads: '' };
    }
    case 'cd':
      return field('V')?.value === 1n
        ? { kind: `ASID ${field('ASID')?.value ?? 0n}`, leads: '' }
        : { kind: 'invalid', leads: '' };
    case 'l1std':
      return {
        kind: field('Span')?.value === 0n ? 'invalid' : 'table',
        leads: field('L2Ptr')?.meaning ?? '',
      };
    case 'l1cd':
      return { kind: field('V')?.value === 1n ? 'table' : 'invalid', leads: field('L2Ptr')?.meaning ?? '' };
    default: {
      const [type = ''] = (field('Type')?.meaning ?? '').split(':');
      const leads = field('Address')?.meaning.replace(/^(?:next table|output) /, '') ?? '';
      return { kind: type, leads };
    }
  }
}
