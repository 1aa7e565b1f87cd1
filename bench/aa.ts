/**
 * `npm run bench -- --aa`: each row measured as if it were two, in turns, and how far the two are apart. What is seen is noise: a
 * difference between two commits that is not larger is none.
 */
import { loadavg } from 'node:os';
import { caseSets } from './all-cases.js';
import { type Effort, inTurns, isSteady, type Series, spread } from './measure.js';
import { loadReference } from './reference.js';
import { titleOf } from './row.js';

/** What no row may differ by. */
export const LIMIT = 0.015;

/** How well the difference is to be known, with 95 %. */
const WITHIN = 0.4 * LIMIT;

export interface Apart {
  readonly row: string;
  /** Medians of the ratios to the reference. */
  readonly first: number;
  readonly second: number;
  /** Median of what the second is more than the first, repetition for repetition, relative. */
  readonly difference: number;
}

/** Repetition for repetition: what disturbs both alike says nothing. */
function quotients([one, other]: readonly Series[]): number[] {
  return other.rates.map((rate, i) => rate / one.rates[i]);
}

export function apart(row: string, series: readonly Series[]): Apart {
  const [first, second] = series.map(({ ratios }) => spread(ratios).median);
  return { row, first, second, difference: spread(quotients(series)).median - 1 };
}

/** @param only what the title of a row has to contain @returns greatest difference first */
export async function measureTwice(effort: Effort, only: string): Promise<Apart[]> {
  const reference = await loadReference();
  const rows: Apart[] = [];
  for await (const cases of caseSets(reference, only)) {
    for (const one of cases) {
      const isKnown = (all: readonly Series[]): boolean => isSteady(quotients(all), WITHIN);
      const row = apart(titleOf(one), inTurns(one.load, one.reference, effort, 2, isKnown));
      rows.push(row);
      console.error(lineOf(row)); // all of it takes long
    }
  }
  return rows.sort((a, b) => Math.abs(b.difference) - Math.abs(a.difference));
}

function lineOf({ row, first, second, difference }: Apart): string {
  const digits = (ratio: number): string => ratio.toFixed(ratio < 0.1 ? 5 : 4);
  const percent = `${difference > 0 ? '+' : ''}${(100 * difference).toFixed(2)} %`;
  return `${percent.padStart(9)}  ${digits(first)}  ${digits(second)}  ${row}`;
}

export function apartText(rows: readonly Apart[]): string {
  const lines = rows.map(lineOf);
  const beyond = rows.filter(({ difference }) => Math.abs(difference) >= LIMIT).length;
  return [
    ...lines,
    `${rows.length} rows, ${beyond} apart by ${100 * LIMIT} % or more; load ${loadavg()[0].toFixed(1)}`,
  ].join('\n');
}

export function isSame(rows: readonly Apart[]): boolean {
  return rows.every(({ difference }) => Math.abs(difference) < LIMIT);
}
