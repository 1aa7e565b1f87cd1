// gem5's own cycles of ten small traces in which transactions meet (gem5-contention.json).
import { readFileSync } from 'node:fs';
import type { Tables } from '../../bench/experiments/tables.js';
import type { Request } from './simulator/settings.js';

export interface Row {
  readonly va: number;
  readonly write: boolean;
  readonly gap: number;
  readonly offered: number;
  readonly accepted: number;
  readonly response: number;
}

/** Rows between two points at which the micro TLB is emptied. */
export interface Part {
  readonly rows: readonly Row[];
}

export interface Trace {
  readonly name: string;
  readonly parts: readonly Part[];
}

type Line = [va: string, write: number, gap: number, offered: number, accepted: number, response: number];

const { traces: recorded } = JSON.parse(readFileSync('test/timing/gem5-contention.json', 'utf8')) as {
  traces: Record<string, (Line | 'flush')[]>;
};

export const traces: readonly Trace[] = Object.entries(recorded).map(([name, lines]) => {
  const parts: Row[][] = [[]];
  for (const line of lines) {
    if (line === 'flush') {
      parts.push([]);
      continue;
    }
    const [va, write, gap, offered, accepted, response] = line;
    parts[parts.length - 1].push({ va: Number(va), write: write === 1, gap, offered, accepted, response });
  }
  return { name, parts: parts.map((rows) => ({ rows })) };
});

const START = 0x100_0000_0000;
const PAGE = 4096;
/** The traces touch the first pages, and the first page of each 2 MiB. */
const BLOCKS = 32;

export function contentionTables(stage1: Tables): void {
  for (let block = 0; block < BLOCKS; block++) {
    stage1.mapRange(START + block * 2 ** 21, START + block * 2 ** 21, block === 0 ? 64 : 1);
  }
}

/** Pages that push everything else out of the micro TLB, and their mapping. */
export const FILLERS = Array.from({ length: 64 }, (_, i) => START + 0x3000_0000 + i * PAGE);

/** What a trace's rows ask for. */
export function requestsOf({ rows }: Part): Request[] {
  return rows.map(({ va, write, gap }) => ({ va, sid: 0, write, size: 64, gap, requester: 0 }));
}

/** How far the acceptances and latencies are off at most, in cycles, and how many requests are off at all. */
export function distance(
  { rows }: Part,
  times: readonly (readonly [accepted: number, response: number])[],
): { most: number; off: number; total: number } {
  const shift = times[0][0] - rows[0].accepted;
  let most = 0;
  let off = 0;
  rows.forEach(({ accepted, response }, i) => {
    const error = Math.max(
      Math.abs(times[i][0] - shift - accepted),
      Math.abs(times[i][1] - shift - response),
    );
    most = Math.max(most, error);
    if (error > 0) off++;
  });
  const last = rows.length - 1;
  return { most, off, total: times[last][1] - shift - rows[last].response };
}
