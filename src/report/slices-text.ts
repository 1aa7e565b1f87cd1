/** How far a trace in slices is from the trace in one piece, for people. */
import { statisticValue } from '../stats/printed/text.js';
import { whole } from './quantity.js';

/** A statistic of the trace in one piece and in slices. */
export interface Difference {
  readonly name: string;
  readonly whole: number;
  readonly sliced: number;
}

/** Statistics that are shown where there are any; the others are in JSON. */
const SHOWN =
  /^(?:cycles|latency\.(?:mean|p50|p99|max)|throughput\.transactions|walks|hits\.\w+|caches\..+\.hitRate)$/;

/** Of its value in one piece; 0 when both are 0. */
export function relativeError({ whole: one, sliced }: Difference): number {
  return one === sliced ? 0 : (sliced - one) / one;
}

export function differencesText(rows: number, all: readonly Difference[]): string {
  const shown = all.filter(({ name, whole: one, sliced }) => SHOWN.test(name) && (one !== 0 || sliced !== 0));
  const table = [
    ['', 'in one piece', 'in slices', 'error'],
    ...shown.map((one) => [one.name, value(one.whole), value(one.sliced), errorText(relativeError(one))]),
  ];
  const widths = table[0].map((_, i) => Math.max(...table.map((row) => row[i].length)));
  const lines = table.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '),
  );
  return [`the first ${whole(rows)} transactions`, ...lines, ''].join('\n');
}

/** With its sign, in percent. */
export function errorText(error: number): string {
  if (error === 0) return 'none';
  return Number.isFinite(error) ? `${error > 0 ? '+' : ''}${(100 * error).toFixed(3)} %` : 'new';
}

function value(of: number): string {
  return Number.isInteger(of) ? statisticValue(of) : of.toFixed(4);
}
