/** The points of a sweep: the cross product of its axes, for each of the points that are listed. */
import { InputError } from '../base/capture-error.js';
import { parseValues, type Value } from './values.js';

/** What a point sets, by path of the configuration or name of an option. */
export type Setting = Readonly<Record<string, Value>>;

/** One path and the values that it takes. */
export interface Axis {
  readonly path: string;
  readonly values: readonly Value[];
}

/** Points of one sweep at most. */
const MOST = 1_000_000;

/** An axis as `--set` writes it: `tbu.mainTlb.entries=64,256,1024`. @throws InputError */
export function parseAxis(text: string): Axis {
  const equals = text.indexOf('=');
  const path = text.slice(0, equals).trim();
  if (equals < 1 || path === '')
    throw new InputError(`'${text}' must have the form path=values, such as tbu.mainTlb.entries=64,256`);
  return { path, values: parseValues(text.slice(equals + 1), path) };
}

/**
 * The last axis changes fastest.
 * @param listed each is joined by every combination of the axes; none: the axes alone
 * @throws InputError when a path is set twice, or there are too many points
 */
export function crossProduct(axes: readonly Axis[], listed: readonly Setting[] = []): Setting[] {
  const bases: readonly Setting[] = listed.length === 0 ? [{}] : listed;
  refuseTwice(axes, bases);
  const count = axes.reduce((product, { values }) => product * values.length, bases.length);
  if (count > MOST) throw new InputError(`the sweep has ${count} points, and ${MOST} are the most`);
  return axes.reduce<readonly Setting[]>(
    (points, { path, values }) =>
      points.flatMap((point) => values.map((value) => ({ ...point, [path]: value }))),
    bases,
  ) as Setting[];
}

function refuseTwice(axes: readonly Axis[], listed: readonly Setting[]): void {
  const seen = new Set<string>();
  for (const { path } of axes) {
    if (seen.has(path)) throw new InputError(`'${path}' is swept twice, expected one list of its values`);
    if (listed.some((point) => path in point))
      throw new InputError(`'${path}' is swept and set by a listed point, expected one of them`);
    seen.add(path);
  }
}

/** For people: `tbu.mainTlb.entries=64 memory.latency=20`. */
export function settingText(setting: Setting): string {
  return Object.entries(setting)
    .map(([path, value]) => `${path}=${value}`)
    .join(' ');
}

/** The paths that differ between points, in the order in which they were first set. */
export function sweptPaths(settings: readonly Setting[]): string[] {
  const values = new Map<string, Set<Value | undefined>>();
  for (const setting of settings)
    for (const path of Object.keys(setting)) if (!values.has(path)) values.set(path, new Set());
  for (const setting of settings) for (const [path, seen] of values) seen.add(setting[path]);
  return [...values].filter(([, seen]) => seen.size > 1).map(([path]) => path);
}
