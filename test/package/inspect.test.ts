// smmuv3-wasm/inspect: what the library calls take and refuse; what they say of the words is test/inspect's and test/explain's.
import { describe, expect, test } from '@jest/globals';
import * as Inspect from '../../src/explain/index.js';
import { Smmu } from '../../src/index.js';

const { decodeCd, decodeCommand, decodeDescriptor, decodeL1std, decodeSte, explain, lintCd, lintSte, why } =
  Inspect;
/** Valid, stage 2 translates, nothing else. */
const STE = [0xdn];
const value = ({ fields }: Inspect.DecodedStructure, name: string): bigint | undefined =>
  fields.find((field) => field.name === name)?.value;

describe('decoding', () => {
  test('words and bytes say the same', () => {
    const bytes = new Uint8Array(64);
    bytes[0] = 0xd;
    expect(decodeSte(bytes)).toEqual(decodeSte(STE));
    expect(value(decodeSte(bytes), 'Config')).toBe(6n);
  });

  test('each structure by its own call', () => {
    expect(decodeCd([1n << 31n]).title).toBe('Context Descriptor');
    expect(value(decodeL1std([0x4000_0005n]), 'Span')).toBe(5n);
    expect(decodeCommand([0x20_0000_0003n, 1n]).title).toContain('CFGI_STE');
    expect(decodeDescriptor(0x4000_04fdn, { stage: 2, level: 1, granule: 12 }).title).toBe(
      'Stage 2 level 1 block descriptor, 4 KB granule',
    );
  });

  test.each<[string, () => unknown, RegExp]>([
    [
      'a string',
      () => decodeSte('0xd' as never),
      /^ste must be an array of 64-bit words or a Uint8Array, not '0xd'$/,
    ],
    ['numbers', () => decodeSte([13] as never), /^ste\[0\] must be a bigint, not 13$/],
    ['negative words', () => decodeSte([-1n]), /^ste\[0\] must be 0 to 2\^64 - 1/],
    ['too many words', () => decodeCommand([0n, 0n, 0n]), /^command must have at most 2 words, not 3$/],
    ['odd bytes', () => decodeL1std(new Uint8Array(7)), /^l1std must have 8 bytes, not 7$/],
    ['no place', () => decodeDescriptor(0n, undefined as never), /^place must be an object/],
    [
      'a level that there is not',
      () => decodeDescriptor(0n, { stage: 1, level: 4, granule: 12 }),
      /^place.level/,
    ],
    [
      'a granule that there is not',
      () => decodeDescriptor(0n, { stage: 1, level: 3, granule: 13 }),
      /^place.granule/,
    ],
    ['lint without registers', () => lintSte(STE, undefined as never), /^registers must be the SMMU's/],
  ])('%s is one sentence', (_, use, message) => expect(use).toThrow(message));
});

describe('why', () => {
  test('a fault has a reason, with its section; a success has none', async () => {
    const smmu = await Smmu.create({ timing: false });
    smmu.write64(0x80, 0x4000_0000n);
    smmu.write32(0x20, 1);
    expect(why(smmu, { streamId: 0, iova: 0n })).toBe('The STE is not usable: V = 0 (IHI 0070 §5.2.2).');
    smmu.memory.write64(0x4000_0000n, 0x9n);
    expect(why(smmu, { streamId: 0, iova: 0n })).toBeUndefined();
    expect(explain(smmu, { streamId: 0, iova: 0n }).translation.status).toBe('ok');
  });

  test('it takes an Smmu', () => {
    expect(() => why({} as never, { streamId: 0, iova: 0n })).toThrow(
      /^device must be an Smmu, not an object$/,
    );
    expect(() => explain(undefined as never, { streamId: 0, iova: 0n })).toThrow(/not undefined$/);
  });

  test('lint speaks of the SMMU that it is given', async () => {
    const { id: all } = await Smmu.create({ timing: false });
    const id = { ...all, idr0: all.idr0 & ~1 };
    expect(lintSte(STE, id)[0]).toBe('Config enables stage 2, but IDR0.S2P = 0');
    expect(lintCd([1n << 31n], [], all).length).toBeGreaterThan(0);
  });
});
