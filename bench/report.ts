/** The results as a table for people and as one JSON document for programs. */
import { cpus } from 'node:os';
import type { Spread } from './measure.js';
import type { Figure, Result } from './row.js';

export interface Report {
  readonly node: string;
  readonly cpu: string;
  /** The reference kernel's loops, operations a second. */
  readonly kernel: readonly { readonly name: string; readonly rate: Spread }[];
  readonly repetitions: number;
  readonly results: readonly Result[];
  readonly figures: readonly Figure[];
}

export function machine(): { node: string; cpu: string } {
  return { node: process.version, cpu: cpus()[0]?.model ?? 'unknown' };
}

function rate(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(value >= 1e8 ? 0 : 1)} M/s`;
  return `${(value / 1e3).toFixed(1)} k/s`;
}

function time(rate: number): string {
  const nanoseconds = 1e9 / rate;
  return `${nanoseconds < 1000 ? nanoseconds.toFixed(1) : nanoseconds.toFixed(0)} ns`;
}

function ratio({ median, min, max }: Spread): string {
  const digits = median < 0.1 ? 4 : 2;
  return `${median.toFixed(digits)} (${min.toFixed(digits)}..${max.toFixed(digits)})`;
}

function verdict({ bar, met }: { bar?: string; met?: boolean }): string {
  return bar === undefined ? '' : `${bar}: ${met === true ? 'met' : 'missed'}`;
}

/** Columns as wide as their widest cell, two blanks between. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]))
      .join('  ')
      .trimEnd(),
  );
}

export function reportText({ node, cpu, kernel, repetitions, results, figures }: Report): string {
  const lines = [
    `Node ${node}, ${cpu}. CPU time, median of ${repetitions} repetitions (least..greatest), in turns with the reference.`,
    `Reference kernel: ${kernel.map(({ name, rate }) => `${name} ${time(rate.median)}`).join(', ')}.`,
  ];
  for (const group of new Set(results.map((result) => result.group))) {
    const rows = results
      .filter((result) => result.group === group)
      .map((result) => [
        `  ${result.name}`,
        time(result.rate.median),
        rate(result.rate.median),
        `${ratio(result.ratio)} × ${result.reference}`,
        verdict(result),
        result.detail,
      ]);
    lines.push('', group, ...columns(rows));
  }
  lines.push('', ...columns(figures.map((figure) => [figure.name, figure.value, verdict(figure)])));
  const judged = [...results, ...figures].filter(({ bar }) => bar !== undefined);
  const missed = judged.filter(({ met }) => met !== true).length;
  lines.push('', `${judged.length} bars: ${judged.length - missed} met, ${missed} missed.`);
  return lines.join('\n');
}
