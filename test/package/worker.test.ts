// smmuv3-wasm/worker over a real message port: calls, order, events, errors of their own classes, runs that are told of and stopped.
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Smmu } from '../../src/index.js';
import { runTrace } from '../../src/run/index.js';
import {
  CaptureError,
  InputError,
  IommuError,
  RemoteSmmu,
  runTraceIn,
  serveSmmu,
} from '../../src/worker/index.js';
import type { Port, RemoteOptions } from '../../src/worker/index.js';
import { posted, revived } from '../../src/worker/posted-error.js';

const RAM = 0x4000_0000n;
const open: MessagePort[] = [];

function worker(): Port {
  const { port1, port2 } = new MessageChannel();
  open.push(port1, port2);
  serveSmmu(port1);
  return port2;
}
const remote = (options: RemoteOptions = {}) => RemoteSmmu.create(worker(), { timing: false, ...options });

afterEach(() => open.splice(0).forEach((port) => port.close()));

describe('a device in a worker', () => {
  test('answers as one that is not', async () => {
    const smmu = await remote();
    const local = await Smmu.create({ timing: false });
    expect({ ...smmu.id }).toEqual({ ...local.id });
    const transaction = { streamId: 3, iova: 0x1234n, access: 'write' } as const;
    expect(await smmu.translate(transaction)).toEqual(local.translate(transaction));
    expect(await smmu.stats()).toEqual(local.stats());
    expect(await smmu.nextEvent()).toBeNull();
  });

  test('does calls in the order in which they are made', async () => {
    const smmu = await remote();
    const calls = [
      smmu.write(RAM, Uint8Array.of(9)), // STE: valid, bypass
      smmu.write64(0x80, RAM),
      smmu.write32(0x20, 1),
      smmu.translate({ streamId: 0, iova: 0x77n }),
      smmu.read(RAM, 2),
    ];
    const [, , , translation, bytes] = await Promise.all(calls);
    expect(translation).toMatchObject({ status: 'ok', pa: 0x77n });
    expect(bytes).toEqual(Uint8Array.of(9, 0));
  });

  test('many at once, more than a batch has room for', async () => {
    const smmu = await remote();
    const rows = 70_000;
    const iova = BigUint64Array.from({ length: rows }, (_, i) => BigInt(i) << 12n);
    const streamId = new Uint32Array(rows).fill(5);
    const { pa, status } = await smmu.translateRows({ iova, streamId });
    expect(pa).toEqual(iova);
    expect(status.every((word) => (word & 0xff) === 0)).toBe(true);
    expect((await smmu.stats()).transactions).toBe(rows);
  });

  test('tells of interrupts', async () => {
    const seen: string[] = [];
    const smmu = await remote({ onInterrupt: (source) => seen.push(source) });
    await smmu.write64(0x80, RAM);
    await smmu.write64(0xa0, (RAM + 0x2000n) | 4n);
    await smmu.write32(0x50, 4);
    await smmu.write32(0x20, 5);
    expect((await smmu.translate({ streamId: 0, iova: 0n })).event?.name).toBe('C_BAD_STE');
    expect(seen).toEqual(['eventq']);
  });

  test('rejects with the error that the device throws, and goes on', async () => {
    const smmu = await remote();
    await expect(smmu.translate({ streamId: -1, iova: 0n })).rejects.toThrow(RangeError);
    await expect(smmu.translate({ streamId: -1, iova: 0n })).rejects.toThrow(/^streamId must be between/);
    await expect(smmu.read(0n, 4)).rejects.toThrow(/lies in no RAM window/);
    await expect(remote({ tbus: 99 })).rejects.toThrow(/tbus/);
    expect(await smmu.read32(0x20)).toBe(0);
    await smmu.dispose();
    await expect(smmu.read32(0x20)).rejects.toThrow(/^there is no device/);
  });

  test('a worker has one device, and a port is needed', async () => {
    const port = worker();
    await RemoteSmmu.create(port, { timing: false });
    await expect(RemoteSmmu.create(port, { timing: false })).rejects.toThrow(/^this worker has a device/);
    await expect(RemoteSmmu.create(undefined as never)).rejects.toThrow(/^port must be a Worker/);
    expect(() => serveSmmu({} as never)).toThrow(/^port must be a Worker/);
  });
});

describe('a run in a worker', () => {
  const SPEC = 'gen:random,window=1M,count=20000,seed=7';

  test('gives what a run here gives, and tells how far it is', async () => {
    const told: number[] = [];
    const options = { outstanding: 16, sliceRows: 4000 };
    const result = await runTraceIn(worker(), SPEC, {
      ...options,
      onProgress: (fraction) => told.push(fraction),
    });
    expect(result).toEqual(await runTrace(SPEC, options));
    expect(told.at(-1)).toBe(1);
  });

  test('takes bytes with a name', async () => {
    const bytes = new TextEncoder().encode('iova,stream_id\n0x1000,1\n');
    const port = worker();
    expect((await runTraceIn(port, { name: 'a.csv', bytes })).transactions).toBe(1);
    expect((await runTraceIn(port, { name: 'a.csv', bytes: new Blob([bytes]) })).transactions).toBe(1);
    const bad = { name: 'b.csv', bytes: new TextEncoder().encode('iova,stream_id\n0xzz,1\n') };
    await expect(runTraceIn(port, bad)).rejects.toThrow(CaptureError);
    await expect(runTraceIn(port, bad)).rejects.toThrow(/^b\.csv, line 2/);
  });

  test('is stopped by its signal', async () => {
    const stop = new AbortController();
    const onProgress = () => stop.abort(new Error('enough'));
    const run = runTraceIn(worker(), 'gen:random,window=1M,count=500000,seed=7', {
      signal: stop.signal,
      sliceRows: 1000,
      onProgress,
    });
    await expect(run).rejects.toThrow('enough');
  });
});

test('errors keep their class, and what they know', () => {
  const over = (error: Error) => revived(structuredClone(posted(error)));
  const fault = over(new IommuError('ENODEV', 'gone'));
  expect(fault).toBeInstanceOf(IommuError);
  expect(fault).toMatchObject({ code: 'ENODEV', errno: -19, message: 'ENODEV: gone' });
  const capture = over(new CaptureError('f.csv', 3, 'iova', 'is wrong'));
  expect(capture).toBeInstanceOf(CaptureError);
  expect(capture).toMatchObject({ file: 'f.csv', line: 3, field: 'iova' });
  expect(capture.message).toBe(new CaptureError('f.csv', 3, 'iova', 'is wrong').message);
  expect(over(new InputError('no'))).toBeInstanceOf(InputError);
  expect(over(new TypeError('no'))).toBeInstanceOf(TypeError);
  expect(over(new SyntaxError('no'))).toMatchObject({ name: 'SyntaxError', message: 'no' });
});
