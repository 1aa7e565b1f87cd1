import { describe, expect, test } from '@jest/globals';
import { Smmu, type SmmuOptions } from '../../src/index.js';

const memory = new WebAssembly.Memory({ initial: 1 });
const window = { base: 0n, size: 4096 };

describe('Smmu.create says in one sentence what is wrong', () => {
  test.each<[unknown, ErrorConstructor, RegExp]>([
    [{ cache: false }, TypeError, /^options has no field 'cache'/],
    [{ timing: 'gem5' }, RangeError, /^timing must be 'gem5-default', .* or 'minimal', not 'gem5'$/],
    [{ timing: { speed: 1 } }, TypeError, /^timing has no field 'speed'/],
    [{ timing: 3 }, TypeError, /^timing must be/],
    [{ ram: window }, TypeError, /^ram must be an array of windows/],
    [{ ram: [{ base: 0, size: 1 }] }, TypeError, /^ram\[0\]\.base must be a bigint, not 0$/],
    [{ ram: [{ base: 0n, size: 0 }] }, RangeError, /^ram\[0\]\.size must be between 1/],
    [{ ram: [{ base: (1n << 52n) - 1n, size: 2 }] }, RangeError, /^ram\[0\] must end at or below 2\^52/],
    [{ ram: [window, { base: 4095n, size: 1 }] }, RangeError, /^ram\[1\] at 0xfff overlaps ram\[0\]/],
    [
      { ram: [window, { base: 1n << 32n, size: 2 ** 31 }, { base: 1n << 33n, size: 2 ** 31 }] },
      RangeError,
      /3\.5 GiB/,
    ],
    [{ ram: [{ ...window, sparse: true, base: 1n }] }, RangeError, /multiples of 4096/],
    [{ ram: [{ ...window, pool: 4096 }] }, TypeError, /^ram\[0\]\.pool is for a sparse window/],
    [{ ram: [{ ...window, offset: 0 }] }, TypeError, /^ram\[0\]\.offset is for a lent memory/],
    [{ ram: new Array(17).fill(window) }, RangeError, /at most 16 windows, not 17/],
    [{ coreBase: 16 }, TypeError, /^coreBase is for a lent memory/],
    [{ memory: {} }, TypeError, /^memory must be a WebAssembly\.Memory/],
    [{ memory }, TypeError, /^ram must say which ranges of the lent memory/],
    [{ memory, ram: [window] }, TypeError, /^ram\[0\]\.offset must say where/],
    [{ memory, ram: [] }, RangeError, /but the lent memory has 65536 bytes$/],
    [{ memory, ram: [], coreBase: 8 }, RangeError, /^coreBase must be a multiple of 16, not 8$/],
    [{ bus: {} }, TypeError, /^bus\.read must be a function, not undefined$/],
    [{ tbuOf: 1 }, TypeError, /^tbuOf must be a function, not 1$/],
    [{ tbus: 0 }, RangeError, /^tbus must be between 1 and 64, not 0$/],
    [{ seed: -1 }, RangeError, /^seed must be between 0/],
    [{ seed: 0.5 }, TypeError, /^seed must be an integer, not 0\.5$/],
    [{ batchBytes: 2 ** 31 }, RangeError, /^batchBytes must be between/],
    [{ module: 'core.wasm' }, TypeError, /^module must be a WebAssembly\.Module/],
  ])('%#', async (options, kind, sentence) => {
    const failure = await Smmu.create(options as SmmuOptions).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(kind);
    expect((failure as Error).message).toMatch(sentence);
  });

  test('a module that is no core names what it lacks', async () => {
    const empty = new WebAssembly.Module(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]));
    await expect(Smmu.create({ module: empty })).rejects.toThrow(
      /is not the SMMU core: it exports no function abiVersion/,
    );
  });

  test('coreBytes asks for sizes only', () => {
    const bytes = Smmu.coreBytes({ caches: 'minimal', batchBytes: 0 });
    expect(bytes).toBeGreaterThan(0);
    expect(Smmu.coreBytes({ caches: 'minimal', batchBytes: 4096 })).toBe(bytes + 4096);
    expect(
      Smmu.coreBytes({
        caches: 'minimal',
        batchBytes: 0,
        coreBase: 65536,
        ram: [{ base: 0n, size: 1, offset: 9 }],
      }),
    ).toBe(bytes);
  });
});
