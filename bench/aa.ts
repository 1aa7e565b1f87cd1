/**
 * `npm run bench -- --aa`: the same measurement in two processes, one after the other, and by how much each row's median
 * differs. What is seen is noise: a difference between two commits that is not larger is none.
 */
import { spawnSync } from 'node:child_process';
import { loadavg } from 'node:os';
import type { Report } from './report.js';

/** What no row's median may differ by. */
export const LIMIT = 0.015;

export interface Apart {
  readonly row: string;
  readonly first: number;
  readonly second: number;
  /** Relative. */
  readonly difference: number;
}

/** Greatest difference first. */
export function apart(one: Pick<Report, 'results'>, other: Pick<Report, 'results'>): Apart[] {
  const again = new Map(other.results.map(({ group, name, ratio }) => [`${group}: ${name}`, ratio.median]));
  return one.results
    .flatMap(({ group, name, ratio: { median: first } }) => {
      const row = `${group}: ${name}`;
      const second = again.get(row);
      return second === undefined ? [] : [{ row, first, second, difference: second / first - 1 }];
    })
    .sort((a, b) => Math.abs(b.difference) - Math.abs(a.difference));
}

export function apartText(rows: readonly Apart[]): string {
  const digits = (ratio: number): string => ratio.toFixed(ratio < 0.1 ? 5 : 4);
  const lines = rows.map(({ row, first, second, difference }) => {
    const percent = `${difference > 0 ? '+' : ''}${(100 * difference).toFixed(2)} %`;
    return `${percent.padStart(9)}  ${digits(first)}  ${digits(second)}  ${row}`;
  });
  const beyond = rows.filter(({ difference }) => Math.abs(difference) >= LIMIT).length;
  return [
    ...lines,
    `${rows.length} rows, ${beyond} apart by ${100 * LIMIT} % or more; load ${loadavg()[0].toFixed(1)}`,
  ].join('\n');
}

/** Runs `main.js` twice with these options. @returns whether all rows are as they should */
export function measureTwice(options: readonly string[]): boolean {
  const [one, other] = [0, 1].map((): Report => {
    const { status, stdout } = spawnSync(process.execPath, [process.argv[1], '--json', ...options], {
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (status !== 0) throw new Error(`the measurement ended with ${status}`);
    return JSON.parse(stdout) as Report;
  });
  const rows = apart(one, other);
  console.log(apartText(rows));
  return rows.every(({ difference }) => Math.abs(difference) < LIMIT);
}
