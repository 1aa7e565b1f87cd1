/** A histogram of latencies for a terminal: a bar for each range of cycles. */
import type { LatencyBucket } from '../stats/latency.js';
import { percent, whole } from './quantity.js';

/** Ranges at most. */
const ROWS = 12;
/** Columns of the longest bar. */
const BAR = 40;
/** A bar of so many eighths of a column. */
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

interface Range {
  readonly from: number;
  /** Included. */
  to: number;
  count: number;
}

/** Lines with the range in cycles, the share of all, and a bar. */
export function histogramLines(buckets: readonly LatencyBucket[], rows = ROWS): string[] {
  const ranges = rangesOf(buckets, rows);
  const total = ranges.reduce((sum, { count }) => sum + count, 0);
  const most = Math.max(...ranges.map(({ count }) => count));
  const width = (pick: (range: Range) => number): number =>
    Math.max(0, ...ranges.map((range) => whole(pick(range)).length));
  const [from, to] = [width((range) => range.from), width((range) => range.to)];
  return ranges.map((range) =>
    `${whole(range.from).padStart(from)} … ${whole(range.to).padStart(to)}  ${(range.count === 0 ? '' : percent(range.count / total)).padStart(7)}  ${bar(range.count / most)}`.trimEnd(),
  );
}

/**
 * Ranges of equal width, or when the longest latency is many times the shortest each a factor wider than the one before. What
 * is beyond the 99.9 % that are fastest is one range, so that a few late ones do not squeeze the rest into one bar.
 */
export function rangesOf(buckets: readonly LatencyBucket[], rows: number): Range[] {
  const first = buckets.at(0);
  if (first === undefined) return [];
  const most = tailStart(buckets);
  const last = buckets[buckets.length - 1].to;
  const edges = edgesOf(first.from, most, most < last ? rows - 1 : rows);
  if (most < last) edges.push(last + 1);
  const ranges = edges.slice(1).map((edge, i): Range => ({ from: edges[i], to: edge - 1, count: 0 }));
  let at = 0;
  for (const { from, count } of buckets) {
    while (from > ranges[at].to) at++;
    ranges[at].count += count;
  }
  return ranges;
}

/** The last latency of the bucket in which 99.9 % are reached. */
function tailStart(buckets: readonly LatencyBucket[]): number {
  const total = buckets.reduce((sum, { count }) => sum + count, 0);
  let seen = 0;
  for (const { to, count } of buckets) {
    seen += count;
    if (seen >= 0.999 * total) return to;
  }
  return buckets[buckets.length - 1].to;
}

/** Where the ranges begin, and behind them where the last one ends; whole numbers, each greater than the one before. */
function edgesOf(from: number, to: number, rows: number): number[] {
  const end = to + 1;
  const factor = from > 0 && end / from > 2 * rows ? (end / from) ** (1 / rows) : undefined;
  const edges = [from];
  for (let i = 1; i < rows; i++) {
    const edge = Math.round(factor === undefined ? from + (i * (end - from)) / rows : from * factor ** i);
    if (edge > edges[edges.length - 1] && edge < end) edges.push(edge);
  }
  return [...edges, end];
}

function bar(share: number): string {
  const eighths = Math.max(share > 0 ? 1 : 0, Math.round(8 * BAR * share));
  return '█'.repeat(eighths >> 3) + EIGHTHS[eighths & 7];
}
