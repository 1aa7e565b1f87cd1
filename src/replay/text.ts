import { DEPARTURES, type DepartureName } from './departures.js';
import type { CaptureReport, Hits, ReplayReport, StreamReport } from './report.js';

/** How to emphasise; the identity when the output is no terminal. */
export interface Paint {
  readonly heading: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly dim: (text: string) => string;
}

const same = (text: string): string => text;
export const PLAIN: Paint = { heading: same, good: same, bad: same, dim: same };

const count = (value: number): string => value.toLocaleString('en-US');

function plural(value: number, one: string): string {
  return `${count(value)} ${value === 1 ? one : `${one}s`}`;
}

/** A table with its first column left-aligned and the rest to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join('  ')
      .trimEnd(),
  );
}

type Column = readonly [title: string, cell: (stream: StreamReport) => string];

function tlb(title: string, of: (stream: StreamReport) => Hits): Column {
  return [title, (stream) => `${count(of(stream).hits)}/${count(of(stream).misses)}`];
}

const COLUMNS: readonly Column[] = [
  ['stream', (stream) => (stream.streamId < 0 ? 'others' : `0x${stream.streamId.toString(16)}`)],
  ['translations', (stream) => count(stream.translations)],
  ['faults', (stream) => count(stream.events)],
  tlb('micro TLB', (stream) => stream.microTlb),
  tlb('main TLB', (stream) => stream.mainTlb),
  tlb('TCU TLB', (stream) => stream.tcuTlb),
  tlb('config cache', (stream) => stream.configurationCache),
  ['STE', (stream) => count(stream.reads.ste)],
  ['CD', (stream) => count(stream.reads.cd)],
  ['stage 1', (stream) => count(stream.reads.stage1)],
  ['stage 2', (stream) => count(stream.reads.stage2)],
  ['per second', (stream) => count(stream.translationsPerSecond)],
];

function streamTable(capture: CaptureReport, paint: Paint): string[] {
  const streams = capture.streams.filter(({ translations }) => translations > 0);
  const columns = COLUMNS.filter(
    ([title, cell]) => title !== 'TCU TLB' || streams.some((stream) => cell(stream) !== '0/0'),
  );
  const rows = streams.map((stream) => columns.map(([, cell]) => cell(stream)));
  const [title, ...body] = table([columns.map(([name]) => name), ...rows]);
  return [
    paint.dim(
      '  By stream: TLB hits/misses of what passed, configuration cache hits/misses, memory reads by kind',
    ),
    `  ${paint.dim(title)}`,
    ...body.map((line) => `  ${line}`),
  ];
}

function captureLines(capture: CaptureReport, paint: Paint): string[] {
  const commands = Object.entries(capture.commands).sort((a, b) => b[1] - a[1]);
  const consumed = commands.reduce((sum, [, n]) => sum + n, 0);
  const verdict =
    capture.mismatches === 0
      ? paint.good('0 mismatches')
      : paint.bad(plural(capture.mismatches, 'mismatch').replace('mismatchs', 'mismatches'));
  const lines = [
    `${paint.heading(capture.name)}  ${verdict}`,
    `  register accesses  ${count(capture.accesses)}, ${count(capture.readsCompared)} reads compared`,
    `  commands           ${count(consumed)}: ${commands.map(([name, n]) => `${count(n)} ${name}`).join(', ')}`,
    `  translations       ${count(capture.translations)} in the timeline, ${count(capture.translationsPerSecond)} a second`,
    `  events             ${count(capture.events)} injected, ${plural(capture.interrupts, 'interrupt')}`,
    `  final questions    ${count(capture.questions)}`,
  ];
  for (const [name, n] of Object.entries(capture.departures))
    lines.push(`  departures         ${count(n)} ${name}`);
  return [...lines, ...streamTable(capture, paint)];
}

/** The report for people. */
export function reportText(report: ReplayReport, paint: Paint = PLAIN): string {
  const lines = report.captures.flatMap((capture) => [...captureLines(capture, paint), '']);
  const departures = Object.keys(report.departures) as DepartureName[];
  if (departures.length > 0) {
    lines.push(
      paint.heading('Where the recording departs from the architecture, the model follows the architecture:'),
    );
    for (const name of departures) {
      lines.push(
        `  ${name} (${count(report.departures[name]!)}, ${DEPARTURES[name].section}): ${DEPARTURES[name].explanation}.`,
      );
    }
    lines.push('');
  }
  if (report.mismatches > 0) {
    lines.push(paint.bad(`${count(report.mismatches)} recorded answers differ; the first:`));
    for (const { capture, where, explanation } of report.firstMismatches)
      lines.push(`  ${capture}/${where}: ${explanation}.`);
    lines.push('');
  }
  const answers = report.readsCompared + report.translations + report.events + report.questions;
  const total = `${count(answers)} answers compared, ${report.mismatches === 0 ? '0 mismatches' : `${count(report.mismatches)} do not agree`}, ${report.seconds.toFixed(1)} s`;
  lines.push(report.mismatches === 0 ? paint.good(total) : paint.bad(total));
  return lines.join('\n');
}
