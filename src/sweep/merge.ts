/** The rows of shards put together: all of one sweep, none missing, none twice with two results. */
import { CaptureError } from '../base/capture-error.js';
import { inOrder, type SweepRow } from './row.js';

export interface Part {
  readonly file: string;
  readonly rows: readonly SweepRow[];
}

export interface Merged {
  readonly sweep: string;
  readonly points: number;
  readonly rows: readonly SweepRow[];
  /** Indices of points that no part has. */
  readonly missing: readonly number[];
}

/** @throws CaptureError when the parts are not of one sweep, or disagree */
export function mergeRows(parts: readonly Part[]): Merged {
  const [first] = parts.flatMap(({ rows }) => rows);
  if (first === undefined)
    throw new CaptureError(
      parts.map(({ file }) => file).join(', '),
      undefined,
      undefined,
      'no rows, expected those of a sweep',
    );
  for (const { file, rows } of parts) {
    const other = rows.find(({ sweep }) => sweep !== first.sweep);
    if (other !== undefined)
      throw new CaptureError(
        file,
        undefined,
        undefined,
        `holds points of sweep ${other.sweep}, expected those of ${first.sweep} as in ${parts[0].file}`,
      );
  }
  const all = inOrder(
    parts.flatMap(({ rows }) => rows),
    parts.map(({ file }) => file).join(', '),
  );
  const there = new Set(all.map(({ index }) => index));
  const missing = Array.from({ length: first.points }, (_, i) => i).filter((i) => !there.has(i));
  return { sweep: first.sweep, points: first.points, rows: all, missing };
}
