/** The results as a table for people and as one JSON document for programs. */
import { cpus } from 'node:os';
import { type Effort, type Spread, spreadOf, together } from './measure.js';
import { type Quoted, quotedPeers } from './peers.js';
import type { Figure, Result } from './row.js';
import type { Measured } from './series.js';

export interface Report {
  readonly node: string;
  readonly cpu: string;
  /** The reference kernel's loops, operations a second. */
  readonly kernel: readonly { readonly name: string; readonly rate: Spread }[];
  readonly repetitions: number;
  readonly results: readonly Result[];
  readonly figures: readonly Figure[];
  readonly peers: readonly Quoted[];
}

/** Of what each process measured. */
export function reportOf(processes: readonly Measured[], { repetitions }: Effort): Report {
  const [first] = processes;
  const results = first.rows.map(({ group, name, reference, detail, bar }, i): Result => {
    const measured = together(processes.map(({ rows }) => rows[i]));
    const verdict = bar === undefined ? {} : { bar: bar.text, met: measured.ratio.median >= bar.least };
    return { group, name, reference, detail, ...measured, ...verdict };
  });
  return {
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    kernel: first.kernel.map(({ name }, i) => ({
      name,
      rate: spreadOf(processes.map(({ kernel }) => kernel[i].rates)),
    })),
    repetitions: repetitions * processes.length,
    results,
    figures: first.figures,
    peers: quotedPeers(results),
  };
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

/** What others take for the same, and which rows are slower than that. */
function peerRow({ peer, what, nanoseconds, source, ratio: theirs, slower }: Quoted): string[] {
  const range = ([least, most]: readonly [number, number], digits?: number): string =>
    [...new Set([least, most])]
      .map((value) => (digits === undefined ? value.toLocaleString('en-US') : value.toPrecision(digits)))
      .join('..');
  return [
    `    ${peer}: ${what}`,
    `${range(nanoseconds)} ns there`,
    theirs === undefined ? 'kernel not known' : range(theirs, 2),
    slower === undefined
      ? ''
      : slower.length === 0
        ? 'no row is slower'
        : `slower: ${slower.length === 1 ? slower[0] : `${slower.length} rows`}`,
    source,
  ];
}

export function reportText({ node, cpu, kernel, repetitions, results, figures, peers }: Report): string {
  const lines = [
    `Node ${node}, ${cpu}. CPU time, median of ${repetitions} repetitions or more (least..greatest), in turns with the reference.`,
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
    const beside = peers.filter((one) => one.group === group);
    if (beside.length > 0) lines.push(...columns(beside.map(peerRow)));
  }
  lines.push('', ...columns(figures.map((figure) => [figure.name, figure.value, verdict(figure)])));
  const judged = [...results, ...figures].filter(({ bar }) => bar !== undefined);
  const missed = judged.filter(({ met }) => met !== true).length;
  lines.push('', `${judged.length} bars: ${judged.length - missed} met, ${missed} missed.`);
  const compared = peers.filter(({ slower }) => slower !== undefined);
  const behind = compared.filter(({ slower = [] }) => slower.length > 0).length;
  lines.push(
    `${compared.length} figures of peers with the kernel's time on their machine: rows are slower than ${behind} of them.`,
  );
  return lines.join('\n');
}
