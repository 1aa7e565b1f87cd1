import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { smmuv3 } from './run.js';

interface Result {
  cycles: number;
  transactions: number;
  faults: number;
  latency: Record<string, number>;
  caches: Record<string, { lookups: number; misses: number; fills: number }>;
  walks: number;
  reads: { ste: number; cd: number; stage1: number; stage2: number };
  events: Record<string, number>;
  input: Record<string, unknown>;
  effectiveTiming: { memory: { latency: number }; caches: { mainTlb: { entries: number } } } | false;
  core: string;
}

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'smmuv3-run-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

async function result(...args: string[]): Promise<Result> {
  const { code, out, err } = await smmuv3('run', ...args, '--json');
  expect({ code, err }).toEqual({
    code: 0,
    err: expect.stringMatching(/^\{\s*"peakMemoryBytes": \d+\s*\}\n$/),
  });
  return JSON.parse(out) as Result;
}

async function refusal(...args: string[]): Promise<string> {
  const { code, err } = await smmuv3('run', ...args);
  expect(code).toBe(2);
  expect(err.trim().split('\n')).toHaveLength(1);
  return err.trim();
}

describe('tables', () => {
  const sweep = 'gen:strided,window=16M,count=4096,stride=4K';

  test.each([
    [['--tables', '4k'], { stage1: 4096 + 8 + 2, stage2: 0 }],
    [['--tables', '2m'], { stage1: 8 + 2, stage2: 0 }],
    [['--tables', '64k'], { stage1: 256 + 2, stage2: 0 }],
    [['--tables', '16k'], { stage1: 1024 + 3, stage2: 0 }],
    [['--tables', '1g'], { stage1: 2, stage2: 0 }],
    [['--tables', '4k', '--stage2'], { stage1: 0, stage2: 4096 + 8 + 2 }],
  ])('%j: descriptors read with large walk caches', async (args, reads) => {
    const {
      faults,
      reads: found,
      walks,
    } = await result(sweep, '--timing', 'off', '--caches', 'mmu700-server', ...args);
    expect(faults).toBe(0);
    // Each descriptor is read once: leaves, and the tables above them.
    expect({ stage1: found.stage1, stage2: found.stage2 }).toEqual(reads);
    expect(walks).toBeLessThanOrEqual(4096);
  });

  test('nested without caches: 24 reads and the two of the stream', async () => {
    const { reads } = await result(
      'gen:sequential,count=1',
      '--timing',
      'off',
      '--caches',
      'off',
      '--tables',
      '4k',
      '--nested',
    );
    // The CD's address goes through stage 2 as well: 4 more (IHI 0070 §3.3.2).
    expect(reads).toEqual({ ste: 1, cd: 1, stage1: 4, stage2: 24 });
  });

  test('streams have address spaces of their own unless they share one', async () => {
    const args = ['gen:sequential,window=4K,count=8,streams=4', '--timing', 'off'];
    expect((await result(...args)).input.tables).toMatchObject({ streams: 4, contexts: 4 });
    expect((await result(...args, '--share-tables')).input.tables).toMatchObject({ streams: 4, contexts: 1 });
  });

  test('substreams have contexts of their own', async () => {
    const { faults, input } = await result('data/traces/accelerator.jsonl', '--timing', 'off', '--nested');
    expect(faults).toBe(0);
    // Substreams 1 and 2 of one stream, and the first context of each.
    expect(input.tables).toMatchObject({ streams: 2, contexts: 4 });
  });

  test('StreamIDs of 32 bits; addresses beyond the input size fault', async () => {
    const trace = file('wide.csv', 'iova,stream_id\n0x1000,0xfffffffe\n0x1000000001000,0xfffffffe\n');
    const { transactions, faults, events } = await result(trace, '--timing', 'off');
    expect({ transactions, faults, events }).toEqual({
      transactions: 2,
      faults: 1,
      events: { F_TRANSLATION: 1 },
    });
  });
});

describe('time', () => {
  test('a cold read, to the cycle', async () => {
    const { cycles, latency } = await result(
      'gen:sequential,count=1',
      '--timing',
      'gem5-default',
      '--outstanding',
      '1',
    );
    expect(cycles).toBe(749);
    expect(latency).toEqual({ mean: 749, p50: 749, p90: 749, p99: 749, p999: 749, max: 749 });
  });

  test('--set changes what is effective', async () => {
    const { cycles, effectiveTiming } = await result(
      'gen:sequential,count=1',
      '--timing',
      'gem5-default',
      '--set',
      'memory.latency=37',
      '--set',
      'memory.dataLatency=37',
      '--set',
      'tbu.mainTlb.entries=512',
    );
    expect(cycles).toBe(49 + 7 * 37);
    expect(effectiveTiming).toMatchObject({ memory: { latency: 37 }, caches: { mainTlb: { entries: 512 } } });
  });

  test('arrivals from 0 on, per transaction in the trace’s own time', async () => {
    const trace = file('arrivals.csv', 'arrival,iova,stream_id\n0,0x1000,0\n2000,0x1040,0\n');
    const out = join(directory, 'each.csv');
    const { cycles } = await result(trace, '--timing', 'gem5-default', '--per-transaction', out);
    expect(cycles).toBe(2000 + 104);
    expect(readFileSync(out, 'utf8')).toBe(
      'index,stream_id,iova,accepted,translated,completed,pa,status,event\n0,0,0x1000,0,648,749,0x1000,ok,\n1,0,0x1040,2000,2003,2104,0x1040,ok,\n',
    );
  });

  test('gaps and arrivals are the same closed loop', async () => {
    const gaps = file('gaps.csv', 'gap,iova,stream_id\n0,0x1000,0\n900,0x2000,0\n5,0x3000,0\n');
    const arrivals = file('same.csv', 'arrival,iova,stream_id\n100,0x1000,0\n1000,0x2000,0\n1005,0x3000,0\n');
    const args = ['--timing', 'gem5-default', '--outstanding', '4'];
    expect((await result(gaps, ...args)).latency).toEqual((await result(arrivals, ...args)).latency);
  });

  test('--warmup leaves the cold start out', async () => {
    const trace = 'gen:sequential,window=4K,count=64';
    const all = await result(trace, '--timing', 'gem5-default', '--outstanding', '1');
    const warm = await result(trace, '--timing', 'gem5-default', '--outstanding', '1', '--warmup', '1');
    expect([all.latency.max, warm.latency.max]).toEqual([749, 104]);
    expect([warm.transactions, warm.walks, warm.reads.ste]).toEqual([63, 0, 0]);
    expect(warm.cycles).toBe(63 * 105 - 1);
  });

  test('the same run gives the same bytes', async () => {
    const args = [
      'run',
      'gen:random,count=5000,seed=4,write=20',
      '--timing',
      'mmu600-agilex5',
      '--outstanding',
      '8',
      '--json',
    ];
    const [one, two] = [await smmuv3(...args), await smmuv3(...args)];
    expect(one.out).toBe(two.out);
    // What differs from run to run stands on stderr: the process's peak memory.
    const { peakMemoryBytes } = JSON.parse(one.err) as { peakMemoryBytes: number };
    expect(peakMemoryBytes).toBeGreaterThan(2 ** 24);
    const { core } = JSON.parse(one.out) as Result;
    expect(core).toBe(createHash('sha256').update(readFileSync('dist/core.wasm')).digest('hex'));
  });
});

describe('other sources', () => {
  test('a capture’s translations on its own device', async () => {
    const { transactions, input } = await result(
      'linux-nested-4k',
      '--device',
      'linux-nested-4k',
      '--timing',
      'off',
    );
    expect(transactions).toBe(395);
    expect(input).toMatchObject({ format: 'timeline', device: 'linux-nested-4k' });
  });

  test('gem5 packets with their map', async () => {
    const { transactions, faults } = await result(
      'data/traces/gem5-packets.ptrc.gz',
      '--stream-map',
      'data/traces/gem5-streams.json',
      '--timing',
      'off',
    );
    expect({ transactions, faults }).toEqual({ transactions: 24, faults: 0 });
  });

  test('Linux’s mappings: the driver performs them, what is unmapped faults', async () => {
    const { transactions, faults, events, input } = await result(
      'data/traces/iommu-tracepoints.txt',
      '--timing',
      'off',
    );
    expect({ transactions, faults, events }).toEqual({
      transactions: 6,
      faults: 1,
      events: { F_TRANSLATION: 1 },
    });
    expect(input.churn).toEqual({ maps: 4, unmaps: 2, faults: 1, unmatched: 0 });
  });
});

describe('printing', () => {
  test('text: what ran, the core; peak memory beside it', async () => {
    const { out, err } = await smmuv3('run', 'gen:sequential,count=10', '--timing', 'gem5-default');
    expect(err).toMatch(/^peak memory: \d+\.\d MiB\n$/);
    expect(out).toMatch(
      /^gen:sequential,count=10 \(generator\)\ngem5-default\nopen loop; stage 1, 4k pages\ncore [0-9a-f]{16}, version /,
    );
  });

  test('gem5: a block of stats.txt', async () => {
    const { out } = await smmuv3(
      'run',
      'gen:sequential,count=10',
      '--timing',
      'gem5-default',
      '--stats',
      'gem5',
    );
    const lines = out.trim().split('\n');
    expect(lines[0]).toBe('---------- Begin Simulation Statistics ----------');
    expect(lines.at(-1)).toBe('---------- End Simulation Statistics   ----------');
    expect(out).toMatch(/^system\.smmu\.cfg\.totalLookups +\d+ +# Look-ups \(Count\)$/m);
  });
});

describe('bad input', () => {
  test('a malformed line: file, line, field, what was expected; nothing is written', async () => {
    const trace = file('bad.csv', 'iova,stream_id\n0x1000,0\n0x2000,four\n');
    const out = join(directory, 'bad-each.csv');
    expect(await refusal(trace, '--timing', 'off', '--per-transaction', out)).toBe(
      `error: ${trace}, line 3, field "stream_id": got 'four', expected a number below 2^32.`,
    );
    expect(existsSync(out) || existsSync(`${out}.partial`)).toBe(false);
  });

  test.each([
    [['none.csv'], 'error: none.csv: no such file, expected a trace.'],
    [['gen:random,count=1', '--timing', 'fast'], "error: timing must be 'gem5-default'"],
    [['gen:random,count=1', '--set', 'tbu.slotz=3'], 'slotz'],
    [['gen:random,count=1', '--timing', 'off', '--set', 'memory.latency=3'], 'time is off'],
    [
      ['gen:random,count=1', '--min-gap', '3'],
      'error: --min-gap is for a closed loop: expected --outstanding with it',
    ],
    [
      ['gen:random,count=1', '--device', 'linux-s1-4k', '--tables', '4k'],
      'error: --device brings its own tables',
    ],
    [
      ['gen:random,count=5', '--timing', 'off', '--warmup', '5'],
      'has no transaction after the first 5, expected some.',
    ],
    [['data/traces/iommu-tracepoints.txt', '--nested'], 'error: --nested is for a trace of transactions'],
    [['data/linux-s1-4k/memory.bin.gz'], 'is in no known format'],
  ])('%j', async (args, sentence) => {
    expect(await refusal(...args)).toContain(sentence);
  });
});

describe('--walk-trace', () => {
  const args = ['gen:random,window=256K,count=3000,seed=7', '--timing', 'gem5-default', '--outstanding', '8'];
  test('a line for each table access, in the order of issue; nothing else changes', async () => {
    const path = join(directory, 'walks.csv');
    const plain = await result(...args, '--nested');
    const traced = await result(...args, '--nested', '--walk-trace', path);
    expect(traced).toEqual(plain);
    const [header, ...lines] = readFileSync(path, 'utf8').trim().split('\n');
    expect(header).toBe('cycle,what,level,address,bytes,access,stream_id,latency');
    const rows = lines.map((line) => line.split(','));
    const of = (...what: string[]): number => rows.filter((row) => what.includes(row[1])).length;
    const { ste, cd, stage1, stage2 } = plain.reads;
    expect([of('ste', 'l1std'), of('cd', 'l1cd'), of('stage1'), of('stage2')]).toEqual([
      ste,
      cd,
      stage1,
      stage2,
    ]);
    expect(stage2).toBeGreaterThan(100);
    expect(rows.every((row, i) => i === 0 || Number(row[0]) >= Number(rows[i - 1][0]))).toBe(true);
    expect(new Set(rows.map((row) => row[7]))).toEqual(new Set(['100']));
    expect(rows.every(([, what, , , bytes]) => bytes === (/^(ste|cd)$/.test(what) ? '64' : '8'))).toBe(true);
  });

  test('is refused without time, and for mappings', async () => {
    const path = join(directory, 'none.csv');
    expect(await refusal(args[0], '--timing', 'off', '--walk-trace', path)).toMatch(
      /--walk-trace says when accesses are made: expected it without --timing off$/,
    );
    expect(existsSync(path)).toBe(false);
  });
});
