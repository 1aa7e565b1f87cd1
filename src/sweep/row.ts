/** One line of a sweep's results: a point, all that decides it, and what came out. */
import { CaptureError } from '../base/capture-error.js';
import { parseJsonLines } from '../base/json-row.js';
import type { CacheConfig } from '../config/cache-config.js';
import type { EffectiveTiming } from '../config/timing-config.js';
import type { SliceResult } from '../run/slices.js';
import type { Setting } from './points.js';

/** What decides a point's result. */
export interface PointIdentity {
  /** SHA-256 over everything below; equal for equal results. */
  readonly point: string;
  readonly trace: { readonly name: string; readonly sha256: string };
  /** SHA-256 of core.wasm. */
  readonly core: string;
  readonly version: string;
  readonly seed: number;
  /** How transactions are offered and which tables they find. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Every value of it. */
  readonly configuration: { readonly timing: EffectiveTiming | false; readonly caches: CacheConfig | false };
}

/** A slice as it stands in a row: without what streams have of their own, times of 64 bits as text. */
export interface SliceOfRow extends Omit<SliceResult, 'result'> {
  readonly result: unknown;
}

export interface SweepRow extends PointIdentity {
  /** Equal for all rows of one sweep: a hash over its points. */
  readonly sweep: string;
  /** Points of the whole sweep. */
  readonly points: number;
  /** Which of them this is, from 0. */
  readonly index: number;
  /** What the point sets. */
  readonly set: Setting;
  /** By name; those of the device, not of each stream. */
  readonly statistics: Readonly<Record<string, number>>;
  /** Of one slice of the trace; absent: of all of it. */
  readonly slice?: SliceOfRow;
}

/** Rows in a text of JSON Lines. @throws CaptureError with file and line */
export function parseRows(text: string, file: string): SweepRow[] {
  const rows: SweepRow[] = [];
  for (const row of parseJsonLines(text, file)) {
    row.text('sweep');
    row.text('point');
    row.integer('index', row.integer('points', 2 ** 31, 1) - 1);
    row.row('set');
    row.row('statistics');
    rows.push(row.plain as unknown as SweepRow);
  }
  return rows;
}

/** As it stands in a file. */
export function rowLine(row: SweepRow): string {
  return `${JSON.stringify(row)}\n`;
}

/** The rows in the order of their points, each once. @throws CaptureError when two of one point differ */
export function inOrder(rows: readonly SweepRow[], file: string): SweepRow[] {
  const byIndex = new Map<number, SweepRow>();
  for (const row of rows) {
    const before = byIndex.get(row.index);
    if (before !== undefined && rowLine(before) !== rowLine(row))
      throw new CaptureError(
        file,
        undefined,
        undefined,
        `point ${row.index} stands there twice with different results, expected equal ones`,
      );
    byIndex.set(row.index, row);
  }
  return [...byIndex.values()].sort((a, b) => a.index - b.index);
}
