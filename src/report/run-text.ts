/** What `smmuv3 run` prints: a screenful, its lines named as in the other forms of the statistics. */
import type { RunResult } from '../run/result.js';
import type { Asked } from '../run/run-document.js';
import type { Paint } from '../replay/text.js';
import { type Headline, headline, type Share, type Span, type Timed } from './headline.js';
import { histogramLines } from './histogram-text.js';
import { digits, duration, percent, rate, whole } from './quantity.js';

const NAMES = 22;
const WIDTH = 80;
/** Stall causes that are shown. */
const CAUSES = 3;

export function runText(result: RunResult, asked: Asked, paint: Paint): string {
  const figures = headline(result);
  const { timed } = figures;
  const lines = [
    paint.heading(titleOf(result)),
    ...askedLines(asked, result).flatMap(wrapped).map(paint.dim),
    '',
  ];
  if (timed !== undefined) lines.push(...timeLines(timed), '');
  lines.push(...trafficLines(figures), '', ...listed('caches.*.hitRate', figures.hitRates));
  if (timed !== undefined && timed.stalls.length > 0)
    lines.push(...listed('stalls.*', timed.stalls.slice(0, CAUSES), 'of the transactions’ time'));
  if (timed !== undefined && result.histogram.length > 0)
    lines.push('', 'latency in cycles', ...histogramLines(result.histogram).map((line) => `  ${line}`));
  return `${lines.join('\n')}\n`;
}

/** Lines of at most WIDTH, broken behind `; ` or `, `; a piece that is longer stays whole. */
function wrapped(line: string): string[] {
  const lines: string[] = [];
  for (const piece of line.split(/(?<=[;,]) /)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + piece.length <= WIDTH)
      lines[lines.length - 1] = `${last} ${piece}`;
    else lines.push(lines.length === 0 ? piece : `  ${piece}`);
  }
  return lines;
}

/** The trace. */
export function titleOf({ input }: RunResult): string {
  const skipped = input.skipped === 0 ? '' : `, ${whole(input.skipped)} other records passed over`;
  return `${input.trace} (${input.format}${skipped})`;
}

/** What ran, without what it did not change. */
export function askedLines(
  { timing, caches, set = [], tbuOf }: Asked,
  { input, core, version, effectiveCaches }: RunResult,
): string[] {
  const machine = timing === 'off' ? 'time off' : timing;
  const from = caches === undefined ? '' : caches === 'off' ? ' without caches' : `, caches of ${caches}`;
  const changes = set.length === 0 ? '' : ` with ${set.join(', ')}`;
  const loop =
    timing === 'off'
      ? ''
      : input.outstanding === undefined
        ? 'open loop'
        : `closed loop, at most ${input.outstanding} outstanding`;
  const warm =
    input.slices !== undefined
      ? `${input.slices} slices, each warmed with ${whole(input.warmup)}`
      : input.warmup === 0
        ? ''
        : `after the first ${whole(input.warmup)}`;
  const { tables } = input;
  const memory =
    input.device !== undefined
      ? `device ${input.device}`
      : tables === undefined
        ? ''
        : `${tables.stages === 'nested' ? `nested, ${tables.stage1} in ${tables.stage2}` : `${tables.stages === 'stage1' ? 'stage 1' : 'stage 2'}, ${tables.stage1}`} pages`;
  return [
    `${machine}${from}${changes}`,
    [loop, memory, warm, tbusText(effectiveCaches, tbuOf)].filter((part) => part !== '').join('; '),
    `core ${core.slice(0, 16)}, version ${version}`,
  ].filter((line) => line !== '');
}

/** That nothing says who uses the others must not go unnoticed. */
function tbusText(caches: RunResult['effectiveCaches'], tbuOf: string | undefined): string {
  const tbus = caches === false ? 1 : (caches.tbus ?? 1);
  if (tbuOf !== undefined) return `${tbus} TBUs, streams by ${tbuOf}`;
  return tbus === 1 ? '' : `${tbus} TBUs, all streams through TBU 0 (--tbu-of says otherwise)`;
}

function timeLines(timed: Timed): string[] {
  const span = (name: string, { cycles, nanoseconds }: Span): string =>
    row(name, `${whole(cycles)} cycles`, duration(nanoseconds));
  return [
    span('cycles', timed.whole) + `   at ${whole(timed.clock)} MHz`,
    span('latency.p50', timed.p50),
    span('latency.p99', timed.p99),
    span('latency.max', timed.max),
    row(
      'throughput.bytes',
      `${digits(timed.bytesPerCycle)} bytes/cycle`,
      `${digits(timed.bytesPerSecond / 1e9)} GB/s`,
    ),
    row(
      'throughput.transactions',
      `${digits(timed.transactionsPerCycle)} /cycle`,
      rate(timed.transactionsPerSecond, ''),
    ),
  ];
}

function trafficLines({ transactions, faults, walks, readsPerWalk }: Headline): string[] {
  const faulted = faults === 0 ? 'no faults' : `${whole(faults)} did not end ok`;
  const walked =
    walks === 0 ? '' : `${percent(walks / transactions)} of them, ${digits(readsPerWalk)} reads each`;
  return [row('transactions', whole(transactions), faulted), row('walks', whole(walks), walked)];
}

function row(name: string, value: string, beside: string): string {
  return `${name.padEnd(NAMES + 1)} ${value.padStart(20)}  ${beside.padStart(12)}`.trimEnd();
}

/** Names and shares, as many on a line as there is room for. */
function listed(title: string, shares: readonly Share[], behind = ''): string[] {
  if (shares.length === 0) return [];
  const items = shares.map(({ name, share }) => `${name} ${percent(share)}`);
  if (behind !== '') items[items.length - 1] += ` ${behind}`;
  const lines = [title.padEnd(NAMES)];
  let begun = false;
  for (const item of items) {
    const last = lines[lines.length - 1];
    const piece = `${begun ? ', ' : ' '}${item}`;
    if (begun && last.length + piece.length > WIDTH - 1) {
      lines[lines.length - 1] += ',';
      lines.push(`${' '.repeat(NAMES)} ${item}`);
    } else {
      lines[lines.length - 1] += piece;
    }
    begun = true;
  }
  return lines;
}
