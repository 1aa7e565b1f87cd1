// smmuv3 sweep and merge as a user has them: processes, threads, files, signals.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { SweepRow } from '../../src/sweep/row.js';
import { smmuv3 } from './run.js';
import { shell } from './shell.js';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'smmuv3-sweep-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const TRACE = 'gen:random,window=4M,count=20000,seed=3';
const AXES = '--outstanding 8 --set tbu.mainTlb.entries=64,256 --set memory.latency=20..60:20';

function rows(name: string): SweepRow[] {
  return readFileSync(join(directory, name), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as SweepRow);
}

const sorted = (name: string): string =>
  rows(name)
    .sort((a, b) => a.index - b.index)
    .map((row) => JSON.stringify(row))
    .join('\n');

async function fine(script: string): Promise<string> {
  const { code, out, err } = await shell(script, directory);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out;
}

describe('one machine', () => {
  test('every combination is a row with its effective configuration, and what run gives for it', async () => {
    const out = await fine(`smmuv3 sweep ${TRACE} ${AXES} --jobs 2 --out rows.jsonl --csv rows.csv`);
    expect(out).toMatch(/^sweep [0-9a-f]{16}: 6 points\n/);
    const all = rows('rows.jsonl').sort((a, b) => a.index - b.index);
    expect(all.map(({ set }) => Object.values(set))).toEqual([
      [64, 20],
      [64, 40],
      [64, 60],
      [256, 20],
      [256, 40],
      [256, 60],
    ]);
    const { index, configuration, statistics } = all[4];
    expect({ index, configuration }).toMatchObject({
      index: 4,
      configuration: {
        timing: { memory: { latency: 40 }, clocks: { tcu: 600 } },
        caches: { mainTlb: { entries: 256 } },
      },
    });
    const args = ['--outstanding', '8', '--set', 'tbu.mainTlb.entries=256', '--set', 'memory.latency=40'];
    const run = JSON.parse((await smmuv3('run', TRACE, ...args, '--json')).out) as Record<string, unknown>;
    expect(statistics).toMatchObject({ cycles: run.cycles, walks: run.walks });
    expect(statistics['latency.p99']).toBe((run.latency as { p99: number }).p99);
    expect(readFileSync(join(directory, 'rows.csv'), 'utf8').trim().split('\n')).toHaveLength(7);
  });

  test('a point is a pure function: one thread or two, in one go or in two, the rows are the same bytes', async () => {
    await fine(`smmuv3 sweep ${TRACE} ${AXES} --jobs 1 --out one.jsonl`);
    await fine(`smmuv3 sweep ${TRACE} ${AXES} --jobs 2 --out two.jsonl`);
    expect(sorted('two.jsonl')).toBe(sorted('one.jsonl'));
  });

  test('killed in the middle it goes on, with nothing lost and nothing twice', async () => {
    const slow = `${TRACE.replace('20000', '100000')} ${AXES} --jobs 2`;
    const killed = await shell(
      `start sweep ${slow} --out killed.jsonl
       until [ -s killed.jsonl ]; do sleep 0.02; done
       kill -KILL $pid; wait $pid`,
      directory,
    );
    expect(killed.code).toBe(128 + 9);
    const before = readFileSync(join(directory, 'killed.jsonl'), 'utf8');
    const done = before.split('\n').length - 1;
    expect(done).toBeGreaterThanOrEqual(1);
    expect(done).toBeLessThan(6);
    // As if the kill had come in the middle of the next write.
    writeFileSync(join(directory, 'killed.jsonl'), before + before.slice(0, 700));
    const out = await fine(`smmuv3 sweep ${slow} --out killed.jsonl`);
    expect(out).toMatch(new RegExp(`: 6 points, ${done} done before\\n`));
    expect(readFileSync(join(directory, 'killed.jsonl'), 'utf8').startsWith(before)).toBe(true);
    expect(
      rows('killed.jsonl')
        .map(({ index }) => index)
        .sort(),
    ).toEqual([0, 1, 2, 3, 4, 5]);
    await fine(`smmuv3 sweep ${slow} --out whole.jsonl`);
    expect(sorted('killed.jsonl')).toBe(sorted('whole.jsonl'));
    // All there: nothing is run, and the file is not touched.
    const all = readFileSync(join(directory, 'killed.jsonl'), 'utf8');
    expect(await fine(`smmuv3 sweep ${slow} --out killed.jsonl`)).toContain('6 points, 6 done before');
    expect(readFileSync(join(directory, 'killed.jsonl'), 'utf8')).toBe(all);
  });

  test('interrupted it says what stands where', async () => {
    const { code, err } = await shell(
      `start sweep ${TRACE.replace('20000', '100000')} ${AXES} --out rows.jsonl --csv rows.csv
       until [ -s rows.jsonl ]; do sleep 0.02; done
       kill -INT $pid; wait $pid`,
      directory,
    );
    expect(code).toBe(128 + 2);
    expect(err).toMatch(
      /^SIGINT: \d of 6 points stand in rows\.jsonl; the same command goes on from there; rows\.csv not written\n$/,
    );
    expect(readdirSync(directory)).toEqual(['rows.jsonl']);
  });

  test('listed points from YAML, options of the run among what they set', async () => {
    writeFileSync(
      join(directory, 'sweep.yaml'),
      'points:\n  - { timing: gem5-default, outstanding: 1 }\n  - { timing: minimal, outstanding: 2, seed: 7 }\n',
    );
    await fine(`smmuv3 sweep gen:sequential,count=1 --file sweep.yaml --out rows.jsonl`);
    const [first, second] = rows('rows.jsonl').sort((a, b) => a.index - b.index);
    expect(first).toMatchObject({ seed: 0, options: { outstanding: 1 }, statistics: { cycles: 749 } });
    expect(second).toMatchObject({ seed: 7, options: { outstanding: 2 } });
  });

  test('--dry-run lists the points and an estimate, and writes nothing', async () => {
    const out = await fine(`smmuv3 sweep ${TRACE} ${AXES} --dry-run`);
    expect(out).toMatch(
      /^sweep [0-9a-f]{16}: 6 points, 6 to run\n {5}0 {2}tbu\.mainTlb\.entries=64 memory\.latency=20\n/,
    );
    expect(out).toMatch(
      /\nabout \d+:\d\d with \d+ at once, as the first of them goes; rows: sweep-[0-9a-f]{16}\.jsonl\n$/,
    );
    expect(readdirSync(directory)).toEqual([]);
    const { points, estimate } = JSON.parse(
      await fine(`smmuv3 sweep ${TRACE} ${AXES} --dry-run --json --jobs 1`),
    ) as { points: unknown[]; estimate: { seconds: number; jobs: number } };
    expect(points).toHaveLength(6);
    expect(estimate.seconds).toBeGreaterThan(0);
    expect(estimate.jobs).toBe(1);
  });
});

describe('shards', () => {
  test('each does its own, merge puts them together; what is missing is named and nothing is written', async () => {
    const sweep = `smmuv3 sweep ${TRACE} ${AXES}`;
    await fine(`${sweep} --shard 1/4 && ${sweep} --shard 3/4`);
    await fine(`SLURM_ARRAY_TASK_ID=4 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=1 ${sweep}`);
    const files = readdirSync(directory).sort();
    expect(files.map((name) => name.replace(/[0-9a-f]{16}/, '…'))).toEqual([
      'sweep-….1-of-4.jsonl',
      'sweep-….3-of-4.jsonl',
      'sweep-….4-of-4.jsonl',
    ]);
    const incomplete = await shell('smmuv3 merge sweep-* --out all.jsonl', directory);
    expect(incomplete).toMatchObject({ code: 1, out: '' });
    expect(incomplete.err).toMatch(
      /^sweep [0-9a-f]{16} is not complete: 2 of 6 points are missing \(1, 5\); nothing was written\.\n$/,
    );
    expect(existsSync(join(directory, 'all.jsonl'))).toBe(false);
    await fine(`${sweep} --shard 2/4 && smmuv3 merge sweep-* --out all.jsonl --parquet all.parquet`);
    await fine(`${sweep} --out whole.jsonl`);
    expect(readFileSync(join(directory, 'all.jsonl'), 'utf8').trim()).toBe(sorted('whole.jsonl'));
    expect(readFileSync(join(directory, 'all.parquet')).subarray(0, 4).toString()).toBe('PAR1');
  });
});

describe('bad input: one sentence, nothing written', () => {
  test.each([
    ['-', 'a sweep reads its trace once for each point: expected a file or a generator, not standard input'],
    ['none.csv --set tbu.slots=1,2', 'none.csv: no such file, expected a trace'],
    ['gen:random --set tbu.slots=0,2', 'point 0 (tbu.slots=0): tbu.slots must be between 1 and 512, not 0'],
    ['gen:random --set tbu.slots=2,2', "'tbu.slots=2,2' has 2 twice"],
    ['gen:random --set outstanding=0', 'outstanding must be a whole number from 1 on, not 0'],
    ['gen:random --set tables=3k,4k', 'point 0 (tables=3k): tables must be 4k, 16k'],
    [
      'gen:random --set caches.mainTlb.entries=64,512 --set tbu.mainTlb.entries=512,64',
      'are the same configuration, expected each once',
    ],
    ['gen:random --set tbu.slots=1,2 --shard 3/2', "--shard '3/2' must be i/n"],
    [
      'gen:random --set tbu.slots=1,2 --shard 1/2 --csv a.csv',
      '--csv, --parquet and --report are of all points',
    ],
  ])('%s', async (args, sentence) => {
    const { code, out, err } = await shell(`smmuv3 sweep ${args}`, directory);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(sentence);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(readdirSync(directory)).toEqual([]);
  });

  test('a trace that turns out malformed in a thread', async () => {
    writeFileSync(join(directory, 'bad.csv'), 'iova,stream_id\n0x1000,0\n0x2000,four\n');
    const { code, err } = await shell('smmuv3 sweep bad.csv --set tbu.slots=1,2 --jobs 1', directory);
    expect(code).toBe(2);
    expect(err).toContain(
      'point 0 (tbu.slots=1): bad.csv, line 3, field "stream_id": got \'four\', expected a number below 2^32',
    );
  });

  test('a file of rows that is something else stays as it is', async () => {
    writeFileSync(join(directory, 'notes'), 'dear diary\n');
    const { code, err } = await shell('smmuv3 sweep gen:random --set tbu.slots=1,2 --out notes', directory);
    expect(code).toBe(2);
    expect(err).toContain('notes, line 1: not valid JSON');
    expect(readFileSync(join(directory, 'notes'), 'utf8')).toBe('dear diary\n');
  });
});
