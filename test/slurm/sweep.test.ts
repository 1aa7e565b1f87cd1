// smmuv3 sweep --slurm on a real Slurm: controller, daemon and sbatch on this machine, started here, one task killed on the way.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startSlurm } from '../../scripts/slurm.mjs';
import type { SweepRow } from '../../src/sweep/row.js';

const MAIN = resolve('dist/src/cli/main.js');
const SETUP_MS = 600_000;
const TEST_MS = 300_000;
const TRACE = 'gen:random,window=4M,count=40000,seed=3';
const AXES = [
  '--outstanding',
  '8',
  '--set',
  'tbu.mainTlb.entries=64,256',
  '--set',
  'memory.latency=20..80:20',
];

let cluster: Awaited<ReturnType<typeof startSlurm>>;
let directory = '';

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'smmuv3-slurm-'));
  cluster = await startSlurm(join(directory, 'slurm'), 30_000 + (process.pid % 20_000));
}, SETUP_MS);

afterAll(async () => {
  await cluster?.stop();
  rmSync(directory, { recursive: true, force: true });
}, SETUP_MS);

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function sweep(...args: string[]): Promise<Ended> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [MAIN, 'sweep', TRACE, ...AXES, ...args], {
      cwd: directory,
      env: cluster.env,
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (piece: Buffer) => (out += piece.toString()));
    child.stderr.on('data', (piece: Buffer) => (err += piece.toString()));
    child.on('close', (code) => done({ code, out, err }));
  });
}

function sorted(name: string): string {
  return readFileSync(join(directory, name), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as SweepRow)
    .sort((a, b) => a.index - b.index)
    .map((row) => JSON.stringify(row))
    .join('\n');
}

/** The folder of the sweep that is under way, and the rows of shard 1 in it. */
function rowsOfFirstShard(): number {
  const folder = readdirSync(directory).find((name) => /^sweep-[0-9a-f]{16}$/.test(name));
  const file = folder === undefined ? '' : join(directory, folder, '1-of-2.jsonl');
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;
}

test(
  'a task is killed when its first point stands: its shard is submitted again, nothing is lost, nothing twice',
  async () => {
    const running = sweep(
      '--slurm',
      '--shards',
      '2',
      '--jobs',
      '1',
      '--out',
      'slurm.jsonl',
      '--csv',
      'slurm.csv',
    );
    while (rowsOfFirstShard() === 0) await after(20);
    const killed = spawnSync('scancel', ['--signal=KILL', '--full', '1_1'], {
      env: cluster.env,
      encoding: 'utf8',
    });
    expect({ status: killed.status, stderr: killed.stderr }).toEqual({ status: 0, stderr: '' });
    const { code, out, err } = await running;
    expect(code).toBe(0);
    expect(err).toMatch(/^submitted as job 1: 2 of 2 shards\nsubmitted again as job \d+: 1 of 2 shards\n$/);
    expect(out).toMatch(/^sweep [0-9a-f]{16}: 8 points\n/);
    expect(readFileSync(join(directory, 'slurm.csv'), 'utf8').trim().split('\n')).toHaveLength(9);
    const alone = await sweep('--jobs', '1', '--out', 'alone.jsonl');
    expect(alone.code).toBe(0);
    expect(sorted('slurm.jsonl')).toBe(sorted('alone.jsonl'));
    // All there: nothing is submitted.
    const again = await sweep('--slurm', '--shards', '2', '--out', 'slurm.jsonl');
    expect(again).toMatchObject({ code: 0, err: '' });
  },
  TEST_MS,
);

test(
  'a trace in slices over the shards: the rows are those of one process, and the points are whole',
  async () => {
    const slices = ['--slices', '3', '--warmup', '1000'];
    const cut = await sweep('--slurm', '--shards', '2', ...slices, '--out', 'cut.jsonl', '--csv', 'cut.csv');
    expect(cut).toMatchObject({
      code: 0,
      err: expect.stringMatching(/^submitted as job \d+: 2 of 2 shards\n$/),
    });
    expect(cut.out).toMatch(/^sweep [0-9a-f]{16}: 24 slices of 8 points\n/);
    expect(readFileSync(join(directory, 'cut.csv'), 'utf8').trim().split('\n')).toHaveLength(9);
    const alone = await sweep('--jobs', '1', ...slices, '--out', 'cut-alone.jsonl');
    expect(alone.code).toBe(0);
    expect(sorted('cut.jsonl')).toBe(sorted('cut-alone.jsonl'));
  },
  TEST_MS,
);

test(
  'shards that never end well: the sentence says which, and where their logs are',
  async () => {
    const running = sweep(
      '--slurm',
      '--shards',
      '2',
      '--retries',
      '0',
      '--out',
      'late.jsonl',
      '--warmup',
      '10',
    );
    let jobs = '';
    while (jobs === '') {
      await after(50);
      jobs = spawnSync('squeue', ['--noheader', '--format=%F'], {
        env: cluster.env,
        encoding: 'utf8',
      }).stdout;
    }
    spawnSync('scancel', [jobs.trim().split('\n')[0]], { env: cluster.env });
    const { code, err } = await running;
    expect(code).toBe(2);
    expect(err).toMatch(
      /shards .* of 2 have not all their points after 1 attempts: their logs stand in sweep-[0-9a-f]{16}, and the same command goes on\n$/,
    );
  },
  TEST_MS,
);

test(
  'what sbatch refuses is said in its words',
  async () => {
    const { code, err } = await sweep(
      '--slurm',
      '--sbatch',
      '--partition=none',
      '--out',
      'none.jsonl',
      '--warmup',
      '20',
    );
    expect(code).toBe(2);
    expect(err).toMatch(/^error: sbatch: .*invalid partition/im);
  },
  TEST_MS,
);
