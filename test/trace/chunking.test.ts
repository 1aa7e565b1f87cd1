import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runAsAsked, type RunOptions } from '../../src/cli/run-as-asked.js';
import { toJson, type Output } from '../../src/cli/output.js';
import { PLAIN } from '../../src/replay/text.js';
import type { RunResult } from '../../src/run/result.js';

const ROWS = 5000;
/** Rows that are read at once; the last one is all of the trace. */
const BLOCKS = [64, 1000, 2 ** 19];
const QUIET: Output = { out: () => undefined, err: () => undefined, paint: PLAIN, terminal: undefined };

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'smmuv3-chunks-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** A trace of 5 streams over 400 pages with bursts and pauses; every 53rd address is beyond the input size and faults. */
function trace(time: 'arrival' | 'gap'): string {
  const path = join(directory, `${time}.csv`);
  let state = 12345;
  const random = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
  let now = 0;
  const lines = [`${time},iova,stream_id,access,size`];
  for (let row = 0; row < ROWS; row++) {
    const gap = row % 700 === 0 ? 5000 : random(12);
    now += gap;
    const page = row % 53 === 7 ? 2 ** 48 / 4096 + random(4) : random(400);
    const iova = `0x${(page * 4096 + 64 * random(32)).toString(16)}`;
    lines.push(
      `${time === 'gap' ? gap : now},${iova},${random(5)},${random(3) === 0 ? 'w' : 'r'},${64 << random(3)}`,
    );
  }
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

interface Run {
  readonly result: RunResult;
  /** Everything that a run gives, as text. */
  readonly all: string;
}

async function run(path: string, blockRows: number, options: Partial<RunOptions>): Promise<Run> {
  const perTransaction = join(directory, `${blockRows}.csv`);
  const given = { timing: 'mmu600-agilex5', warmup: 0, seed: 3, ...options };
  const { result } = await runAsAsked(QUIET, path, { ...given, perTransaction, blockRows });
  return { result, all: `${toJson(result)}\n${readFileSync(perTransaction, 'utf8')}` };
}

const LOOP = { outstanding: 24, minGap: 2 };

describe('a trace gives the same bytes however it is divided', () => {
  test.each<[string, 'arrival' | 'gap', Partial<RunOptions>]>([
    ['open loop', 'arrival', {}],
    ['open loop, faster than the device', 'arrival', { set: ['memory.latency=400', 'tbu.slots=32'] }],
    ['closed loop', 'gap', LOOP],
    ['closed loop, requesters in turn', 'gap', { ...LOOP, requesters: 7 }],
    ['nested', 'gap', { ...LOOP, nested: true, timing: 'gem5-default' }],
    ['prefetching', 'gap', { ...LOOP, set: ['prefetch.mode=forward', 'prefetch.target=tbu'] }],
    [
      'prefetching backward, nested',
      'arrival',
      { nested: true, stage2Tables: '2m', set: ['prefetch.mode=backward', 'prefetch.target=tcu'] },
    ],
    ['after a warm-up', 'arrival', { warmup: 1234 }],
    ['time off', 'arrival', { timing: 'off' }],
    ['a captured device with its own Event queue', 'gap', { ...LOOP, device: 'linux-nested-4k' }],
  ])('%s', async (_, time, options) => {
    const path = trace(time);
    const runs: Run[] = [];
    for (const rows of BLOCKS) runs.push(await run(path, rows, options));
    const [{ result, all }] = runs.slice(-1);
    expect(result.transactions).toBe(ROWS - (options.warmup ?? 0));
    expect(result.faults).toBeGreaterThan(50);
    const lines = all.slice(all.indexOf('index,stream_id')).trimEnd().split('\n').slice(1);
    expect(lines).toHaveLength(ROWS);
    expect(lines.filter((line) => line.includes(',pending,'))).toEqual([]);
    // No record found the Event queue full.
    const caused = lines.slice(options.warmup).filter((line) => !line.endsWith(','));
    expect(Object.values(result.events).reduce((a, b) => a + b)).toBe(caused.length);
    for (const one of runs) expect(one.all).toBe(all);
  });
});
