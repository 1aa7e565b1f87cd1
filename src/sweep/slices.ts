/** Points of a sweep whose trace was cut into slices: a row for each slice, put together into one for each point. */
import type { RunResult } from '../run/result.js';
import { mergeSlices, type SliceResult } from '../run/slices.js';
import { statisticsByName } from '../stats/printed/statistics.js';
import { identify } from './identity.js';
import type { SliceOfRow, SweepRow } from './row.js';

/** The path of a row's setting that says which slice it is. */
export const SLICE = 'slice';

const TIMES = ['firstOffer', 'lastResponse'] as const;

export function packSlice({ result, ...others }: SliceResult): SliceOfRow {
  const text = JSON.stringify({ ...result, streams: [] }, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  return { ...others, result: JSON.parse(text) as unknown };
}

function unpackSlice({ result, ...others }: SliceOfRow): SliceResult {
  const plain = result as RunResult;
  const { timing } = plain;
  if (timing === undefined) return { ...others, result: plain };
  const times = Object.fromEntries(TIMES.map((name) => [name, BigInt(timing[name])]));
  return { ...others, result: { ...plain, timing: { ...timing, ...times } } };
}

/**
 * A row for each point of which all slices are there, in the order of the points; rows of whole traces as they are.
 * @param rows in order
 */
export function wholePoints(rows: readonly SweepRow[]): readonly SweepRow[] {
  if (!rows.some(({ slice }) => slice !== undefined)) return rows;
  const points = new Map<string, SweepRow[]>();
  for (const row of rows) {
    const key = JSON.stringify(withoutSlice(row.set));
    const before = points.get(key);
    if (before === undefined) points.set(key, [row]);
    else before.push(row);
  }
  return [...points.values()]
    .filter((slices) => slices.length === slices[0].options.slices)
    .map((slices) => whole(slices));
}

function whole(rows: readonly SweepRow[]): SweepRow {
  const [{ trace, core, version, seed, configuration, options, sweep, points, index, set }] = rows;
  const slices = rows.flatMap(({ slice }) => (slice === undefined ? [] : [unpackSlice(slice)]));
  return {
    ...identify({ trace, core, version, seed, options: withoutSlice(options), configuration }),
    sweep,
    points: points / rows.length,
    index: Math.floor(index / rows.length),
    set: withoutSlice(set),
    statistics: statisticsByName(mergeSlices(slices, rows.length)),
  };
}

function withoutSlice<T>(values: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => name !== SLICE));
}
