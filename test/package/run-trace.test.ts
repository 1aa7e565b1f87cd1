// smmuv3-wasm/run: a trace as one call gives what the command line gives; it can be told of, stopped, and says what it was given wrong.
import { describe, expect, test } from '@jest/globals';
import {
  CaptureError,
  InputError,
  runDocument,
  runTrace,
  type RunTraceOptions,
} from '../../src/run/index.js';
import { openTrace } from '../../src/trace/index.js';
import { smmuv3 } from '../cli/run.js';

const SPEC = 'gen:random,window=1M,count=20000,seed=7';
const SMALL = { tableMemory: 2 ** 26 } as const;

async function* chunksOf(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}
const csv = (text: string) => ({ name: 'a.csv', chunks: chunksOf(text) });

describe('a run', () => {
  test('is the command line’s, whatever the slices', async () => {
    const { out } = await smmuv3(
      'run',
      SPEC,
      '--outstanding',
      '16',
      '--set',
      'tbu.mainTlb.entries=64',
      '--json',
    );
    const wanted = JSON.parse(out) as object;
    for (const sliceRows of [1000, 8192]) {
      const options = { outstanding: 16, set: ['tbu.mainTlb.entries=64'], sliceRows };
      const result = await runTrace(SPEC, options);
      const document = runDocument(result, { timing: 'mmu600-agilex5', set: options.set });
      const seen = JSON.parse(
        JSON.stringify(document, (_, v: unknown) => (typeof v === 'bigint' ? `0x${v.toString(16)}` : v)),
      ) as object;
      expect({ ...seen, version: undefined }).toEqual({ ...wanted, version: undefined });
    }
  });

  test('tells how far it is, in order, to the end', async () => {
    const told: number[] = [];
    await runTrace(SPEC, {
      ...SMALL,
      timing: false,
      sliceRows: 5000,
      onProgress: (fraction) => told.push(fraction),
    });
    expect(told.length).toBeGreaterThanOrEqual(4);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.at(-1)).toBe(1);
  });

  test('gives others a turn', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    await runTrace('gen:random,window=64M,count=60000,seed=7', { outstanding: 16, sliceRows: 2000 });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
  });

  test('is stopped by its signal, and closes its source', async () => {
    const stop = new AbortController();
    let closed = 0;
    const stream = {
      ...csv(`iova,stream_id\n${'0x1000,1\n'.repeat(9000)}`),
      close: async () => void closed++,
    };
    const onProgress = () => stop.abort(new Error('enough'));
    await expect(
      runTrace(stream, { ...SMALL, sliceRows: 1000, signal: stop.signal, onProgress }),
    ).rejects.toThrow('enough');
    expect(closed).toBe(1);
    await expect(runTrace(SPEC, { ...SMALL, signal: stop.signal })).rejects.toThrow('enough');
  });

  test('takes bytes, a source that is open, and mappings', async () => {
    const text = 'iova,stream_id\n0x1000,1\n0x1040,1\n';
    expect((await runTrace(csv(text), SMALL)).transactions).toBe(2);
    expect((await runTrace(await openTrace(csv(text)), SMALL)).transactions).toBe(2);
    const mapping = 'x-1 [0] 1.0: map: IOMMU: iova=0x1000 - 0x2000 paddr=0x80000000 size=4096\n';
    const result = await runTrace(
      { name: 'm', chunks: chunksOf(mapping) },
      { ...SMALL, touch: 3, timing: false },
    );
    expect(result.transactions).toBe(3);
  });
});

describe('what is wrong is one sentence', () => {
  test.each<[string, unknown, RunTraceOptions, RegExp]>([
    [
      'a file’s name',
      'trace.csv',
      {},
      /^trace must be 'gen:…', .*, not 'trace\.csv': for a file in Node pass/,
    ],
    ['nothing', undefined, {}, /^stream must be \{ name, chunks \} .*, not undefined$/],
    [
      'an option that there is not',
      SPEC,
      { outstandings: 1 } as never,
      /^options has no field 'outstandings'/,
    ],
    ['a size that there is not', SPEC, { tables: '8k' as never }, /^tables must be '4k', /],
    ['a gap without a loop', SPEC, { minGap: 1 }, /^minGap is for a closed loop/],
    ['stage 2 leaves without stage 2', SPEC, { stage2Tables: '2m' }, /^stage2Tables needs/],
    ['none outstanding', SPEC, { outstanding: 0 }, /^outstanding must be between 1/],
    ['overrides that are none', SPEC, { set: 'a=b' as never }, /^set must be an array/],
    ['an override of nothing', SPEC, { set: ['tbu.mainTlb.size=1'] }, /size/],
    ['touches of transactions', SPEC, { touch: 1 }, /^touch is for a trace of mappings/],
    ['a generator’s parameter', 'gen:random,windows=1M', {}, /windows/],
  ])('%s', async (_, input, options, message) => {
    const error = await runTrace(input as never, options).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).not.toMatch(/\n|undefined \(reading/);
  });

  test('a malformed trace is a CaptureError, a generator’s parameter an InputError', async () => {
    await expect(runTrace(csv('iova,stream_id\n0xzz,1\n'), SMALL)).rejects.toThrow(CaptureError);
    await expect(runTrace('gen:none')).rejects.toThrow(InputError);
  });

  test.each([
    ['a name', 'file.csv'],
    ['nothing', undefined],
    ['bytes without a name', { chunks: [] }],
  ])('openTrace of %s', async (_, stream) => {
    await expect(openTrace(stream as never)).rejects.toThrow(
      /^stream must be \{ name, chunks \} with the bytes/,
    );
  });
});
