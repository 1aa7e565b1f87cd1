/**
 * Every path of a configuration as `--set` takes it, with what the schema says of it: caches stand under the part that they
 * lie in, as in `tbu.mainTlb.entries`.
 */
import { timingSchema } from './timing-schema.js';

/** A path and what may stand there. */
export interface SettablePath {
  /** As it is written: `tbu.slots`, `tcu.walkCaches.s1[2].entries`. */
  readonly path: string;
  /** The same in a configuration as plain data: `timing.tbu.slots`, `caches.walkCaches.s1[2].entries`. */
  readonly field: string;
  readonly description: string;
  readonly unit: string;
  /** `1..512`, or the words. */
  readonly range: string;
  /** What stands there when nothing is said, where that does not depend on the preset; undefined: no one value. */
  readonly fallback?: string | number | boolean;
  /** Where `fallback` comes from: `documented: …` or `guess: …`. */
  readonly source: string;
}

/** A part of the schema, as far as it is read here. */
interface Node {
  readonly type?: string;
  readonly enum?: readonly (string | number)[];
  readonly anyOf?: readonly Node[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly description?: string;
  readonly unit?: string;
  readonly default?: string | number | boolean;
  readonly source?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly $defs?: Readonly<Record<string, Node>>;
}

const LEVELS = [0, 1, 2, 3];
const OF_TBU = ['microTlb', 'mainTlb'];
const OF_TCU = ['tcuTlb', 'configCache', 'ipaCache'];

let paths: readonly SettablePath[] | undefined;

/** All of them, those of one part together. */
export function settablePaths(): readonly SettablePath[] {
  paths ??= all(timingSchema());
  return paths;
}

let byField: ReadonlyMap<string, string> | undefined;

/** The path of a field; a field that no path leads to as it is. */
export function pathOfField(field: string): string {
  byField ??= new Map(settablePaths().map((one) => [one.field, one.path]));
  return byField.get(field) ?? field;
}

function all(schema: Node): SettablePath[] {
  const { caches, ...timing } = schema.properties ?? {};
  const geometry = schema.$defs?.cache.properties ?? {};
  const cacheNodes = caches.anyOf?.find(({ properties }) => properties !== undefined)?.properties ?? {};
  const cache = (path: string, description: string): SettablePath[] => [
    onOff(`${path}`, description),
    ...Object.entries(geometry).map(([name, node]) => leaf(`${path}.${name}`, node)),
  ];
  const walk = cacheNodes.walkCaches.anyOf?.at(-1)?.properties ?? {};
  return [
    ...Object.entries(timing).flatMap(([name, node]) => leaves(name, node)),
    leaf('tbus', { ...cacheNodes.tbus, description: 'TBUs' }),
    ...OF_TBU.flatMap((name) => cache(`tbu.${name}`, cacheNodes[name].description ?? '')),
    ...OF_TCU.flatMap((name) => cache(`tcu.${name}`, cacheNodes[name].description ?? '')),
    onOff('tcu.walkCaches', 'In the TCU: descriptors by stage and level'),
    leaf('tcu.walkCaches.nonFinalStage2', walk.nonFinalStage2),
    leaf('tcu.walkCaches.sharedCounter', walk.sharedCounter),
    ...cache('tcu.walkCaches.unified', 'One walk cache for both stages and all levels'),
    ...['s1', 's2'].flatMap((stage) => [
      ...LEVELS.flatMap((level) =>
        cache(`tcu.walkCaches.${stage}[${level}]`, `Walk cache of stage ${stage.slice(1)}, level ${level}`),
      ),
      ...cache(`tcu.walkCaches.levelMinus1.${stage}`, `Walk cache of stage ${stage.slice(1)}, level -1`),
    ]),
  ];
}

function leaves(path: string, node: Node): SettablePath[] {
  if (node.properties === undefined) return [leaf(path, node)];
  return Object.entries(node.properties).flatMap(([name, inner]) => leaves(`${path}.${name}`, inner));
}

function leaf(path: string, node: Node): SettablePath {
  const { description = '', unit = '', source = '' } = node;
  const fallback = node.default === undefined ? {} : { fallback: node.default };
  return { path, field: fieldOf(path), description, unit, range: rangeOf(node), source, ...fallback };
}

/** A whole cache, which can be taken away. */
function onOff(path: string, description: string): SettablePath {
  const source = 'guess: a cache that nothing is said of is not there';
  return { path, field: fieldOf(path), description, unit: '', range: 'false', source };
}

function rangeOf({ type, enum: words, anyOf, minimum, maximum }: Node): string {
  if (words !== undefined) return words.join('|');
  if (type === 'boolean') return 'true|false';
  const number = anyOf?.find((one) => one.type === 'integer') ?? { minimum, maximum };
  const word = anyOf?.find((one) => 'const' in one);
  return `${number.minimum}..${number.maximum}${word === undefined ? '' : `|${String(word.const)}`}`;
}

/** The field behind a path. */
function fieldOf(path: string): string {
  const [first, second] = path.split('.');
  if (first === 'tbus') return 'caches.tbus';
  const cache = OF_TBU.includes(second) || OF_TCU.includes(second) || second === 'walkCaches';
  return cache ? `caches.${path.slice(first.length + 1)}` : `timing.${path}`;
}
