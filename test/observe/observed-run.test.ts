// A run that is looked at is the run that is not: the same results, and what is seen on the way adds up to them.
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { applyOverrides } from '../../src/config/overrides.js';
import { blobStream, observeRun, OCCUPANCIES, toJson, type RunRequest } from '../../src/observe/index.js';
import { runRows } from '../../src/run/run-rows.js';
import { GeneratorSource, openTrace } from '../../src/trace/index.js';

const TRACE = 'gen:zipf,window=4M,count=50000,seed=3';
const REQUEST: RunRequest = {
  timing: 'mmu600-agilex5',
  set: ['tbu.mainTlb.entries=64'],
  stages: 'nested',
  tables: '4k',
  outstanding: 8,
};

let module: Uint8Array<ArrayBuffer>;

beforeAll(async () => {
  module = new Uint8Array(await readFile('dist/core.wasm'));
});

const build = () => ({ module, core: 'the core', version: '0' });
const none = (): void => undefined;

describe('a run of rows', () => {
  test('gives what a run without samples gives, with blocks of another size', async () => {
    const { result } = await observeRun(new GeneratorSource(TRACE), REQUEST, build(), none);
    const plain = await runRows(new GeneratorSource(TRACE), {
      machine: applyOverrides({ timing: REQUEST.timing }, REQUEST.set),
      seed: 0,
      build: build(),
      tableBytes: 512 * 2 ** 20,
      tables: { stages: 'nested', stage1: '4k', stage2: '4k', shared: false },
      loop: { outstanding: 8, minGap: 0 },
      requesters: undefined,
      warmup: 0,
      progress: none,
    });
    expect(toJson(result)).toBe(toJson(plain));
  });

  test('its histogram holds each latency once, in order', async () => {
    const { result } = await observeRun(new GeneratorSource(TRACE), REQUEST, build(), none);
    const { histogram, latency } = result;
    expect(histogram.reduce((sum, { count }) => sum + count, 0)).toBe(50_000);
    const within = (bound: 'from' | 'to'): number =>
      histogram.reduce((sum, bucket) => sum + bucket[bound] * bucket.count, 0) / 50_000;
    expect(within('from')).toBeLessThanOrEqual(latency.mean);
    expect(within('to')).toBeGreaterThanOrEqual(latency.mean);
    const last = histogram.at(-1)!;
    expect(last.from <= latency.max && latency.max <= last.to).toBe(true);
    expect(histogram.every(({ from }, i) => i === 0 || from > histogram[i - 1].to)).toBe(true);
  });

  test('its samples add up to the means of the result', async () => {
    const { result, samples } = await observeRun(new GeneratorSource(TRACE), REQUEST, build(), none);
    expect(samples.length).toBeGreaterThan(5);
    const last = samples.at(-1)!;
    expect(last.cycle).toBe(result.cycles);
    expect(last.transactions).toBe(50_000);
    for (const name of OCCUPANCIES) {
      let [before, sum] = [0, 0];
      for (const { cycle, occupancy } of samples) {
        sum += occupancy[name] * (cycle - before);
        before = cycle;
      }
      expect(sum / result.cycles).toBeCloseTo(result.timing!.occupancy[name].mean, 6);
    }
    let [before, walks] = [0, 0];
    for (const { transactions, hitRate } of samples) {
      walks += (1 - hitRate) * (transactions - before);
      before = transactions;
    }
    expect(walks).toBeCloseTo(result.walks, 3);
  });

  test('without time there are no samples, and no histogram', async () => {
    const request = { ...REQUEST, timing: 'off', set: [], outstanding: undefined };
    const { result, samples } = await observeRun(new GeneratorSource(TRACE), request, build(), none);
    expect(result.transactions).toBe(50_000);
    expect({ samples, histogram: result.histogram }).toEqual({ samples: [], histogram: [] });
  });

  test('what is wrong with an override is said in a sentence', async () => {
    const request = { ...REQUEST, set: ['tbu.slots=-1'] };
    await expect(observeRun(new GeneratorSource(TRACE), request, build(), none)).rejects.toThrow(/slots/);
  });
});

describe('files of a page', () => {
  const open = async (path: string, pack = false) => {
    const bytes = await readFile(path);
    return openTrace(await blobStream('a file', new Blob([new Uint8Array(pack ? gzipSync(bytes) : bytes)])));
  };

  test('a trace is the same packed or not, whatever its name', async () => {
    const request = { ...REQUEST, outstanding: undefined };
    const [plain, packed] = await Promise.all(
      [false, true].map(async (pack) =>
        toJson((await observeRun(await open('data/traces/nic.csv', pack), request, build(), none)).result),
      ),
    );
    expect(packed).toBe(plain);
  });

  test('a trace of mappings is run, and has no closed loop', async () => {
    const path = 'data/traces/iommu-tracepoints.txt';
    const request = { ...REQUEST, stages: 'stage1' as const, outstanding: undefined };
    const { result } = await observeRun(await open(path), request, build(), none);
    expect(result.transactions).toBeGreaterThan(0);
    await expect(observeRun(await open(path), REQUEST, build(), none)).rejects.toThrow(
      'a file holds mappings, which have no closed loop: leave outstanding empty',
    );
  });
});
