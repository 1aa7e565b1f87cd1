/** A sweep's points for people: what each sets and the figures that one looks at first. */
import { statisticValue } from '../../stats/printed/text.js';
import { sweptPaths } from '../../sweep/points.js';
import type { SweepRow } from '../../sweep/row.js';

/** Figures of the table, as far as the rows have them. */
const FIGURES = ['cycles', 'latency.p50', 'latency.p99', 'throughput.bytes', 'walks'];
/** Points that are shown; the file has all. */
const MOST = 24;

/** A line for each point, the first of many. */
export function sweepTable(rows: readonly SweepRow[]): string {
  const paths = sweptPaths(rows.map(({ set }) => set));
  const figures = FIGURES.filter((name) => rows.some(({ statistics }) => name in statistics));
  const cells = rows
    .slice(0, MOST)
    .map(({ index, set, statistics }) => [
      String(index),
      ...paths.map((path) => (path in set ? String(set[path]) : '')),
      ...figures.map((name) => (name in statistics ? shortValue(statistics[name]) : '')),
    ]);
  const lines = columns([['point', ...paths, ...figures], ...cells]);
  if (rows.length > MOST) lines.push(`… ${rows.length - MOST} more`);
  return lines.join('\n');
}

/** @param slices of each point; undefined: points are whole */
export function pointsText(rows: number, slices: number | undefined): string {
  if (slices === undefined) return `${rows} points`;
  return `${rows} slices of ${rows === slices ? 'one point' : `${rows / slices} points`}`;
}

function shortValue(value: number): string {
  return Number.isInteger(value) ? statisticValue(value) : value.toFixed(3);
}

/** Right-aligned, as wide as their widest cell. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows.map((row) => row.map((cell, i) => cell.padStart(widths[i])).join('  '));
}
