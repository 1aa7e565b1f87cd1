// smmuv3-wasm/arch: values into fields and out of them; the expected words are written by hand from the specification's tables.
import { describe, expect, test } from '@jest/globals';
import * as Arch from '../../src/arch/index.js';
import { addressIn, getAddress, getField, pack, pack32, pack64, setField } from '../../src/arch/index.js';

const { Cmdq, Command, Cr0, Opcode, Register, Ste, Strtab } = Arch;

describe('names', () => {
  test('registers stand where IHI 0070 §6.2 puts them', () => {
    expect([Register.CR0, Register.STRTAB_BASE, Register.CMDQ_PROD, Register.EVENTQ_CONS]).toEqual([
      0x20, 0x80, 0x98, 0x100ac,
    ]);
  });

  test('every namespace has something in it, and nothing but numbers and functions', () => {
    for (const [name, namespace] of Object.entries(Arch)) {
      if (typeof namespace === 'function') continue;
      const values = Object.values(namespace);
      expect([name, values.length > 0]).toEqual([name, true]);
      expect(values.filter((value) => typeof value !== 'number' && typeof value !== 'function')).toEqual([]);
    }
  });
});

describe('pack', () => {
  test('SMMU_CR0 with translation and both queues is 0xd (IHI 0070 §6.3.9)', () => {
    expect(pack32([Cr0.SMMUEN, 1], [Cr0.EVENTQEN, 1], [Cr0.CMDQEN, 1])).toBe(0xd);
  });

  test('the top bit of a register stays positive', () => {
    expect(pack32([Arch.Gbpa.Update, 1])).toBe(0x8000_0000);
  });

  test('a stage 2 STE, word by word (IHI 0070 §5.2)', () => {
    const ste = pack(
      Ste.BYTES,
      [Ste.V, 1],
      [Ste.Config, 6],
      [Ste.S2VMID, 0x1234],
      [Ste.S2T0SZ, 25],
      [Ste.S2AA64, 1n],
      addressIn(Ste.S2TTB, 0x4000_1000n),
    );
    expect(ste).toEqual([0xdn, 0n, 0x0008_0019_0000_1234n, 0x4000_1000n, 0n, 0n, 0n, 0n]);
  });

  test('CMD_CFGI_STE for stream 0x20 (IHI 0070 §4.3.1)', () => {
    const command = pack(
      Command.BYTES,
      [Command.OPCODE, Opcode.CFGI_STE],
      [Command.StreamID, 0x20],
      [Command.CFGI_Leaf, 1],
    );
    expect(command).toEqual([0x20_0000_0003n, 1n]);
  });

  test('SMMU_CMDQ_BASE at an address with its size (IHI 0070 §6.3.26)', () => {
    expect(pack64(addressIn(Cmdq.BASE_ADDR, 0x4000_2000n), [Cmdq.BASE_LOG2SIZE, 8])).toBe(0x4000_2008n);
  });

  test.each<[string, () => unknown, new (message: string) => Error, RegExp]>([
    [
      'a value too large',
      () => pack32([Cr0.SMMUEN, 2]),
      RangeError,
      /^the field \[0\] of word 0 takes 1 bit, not 0x2$/,
    ],
    ['a negative one', () => pack32([Cr0.VMW, -1]), RangeError, /\[8:6\] of word 0 takes 3 bits, not -0x1$/],
    ['a fraction', () => pack32([Cr0.VMW, 0.5]), TypeError, /takes an integer, not 0\.5$/],
    ['a field beyond', () => pack32([Ste.S2TTB, 1]), RangeError, /of word 3 lies beyond the 4 bytes/],
    ['an address that is not aligned', () => addressIn(Strtab.BASE_ADDR, 0x20n), RangeError, /not 0x20$/],
    ['an address that is too large', () => addressIn(Strtab.BASE_ADDR, 1n << 56n), RangeError, /not 0x1/],
    [
      'an address that is a number',
      () => addressIn(Strtab.BASE_ADDR, 64 as never),
      TypeError,
      /must be a bigint/,
    ],
    ['no field', () => pack32([undefined as never, 1]), TypeError, /^field must be one of this module's/],
    ['no size', () => pack(7), RangeError, /^bytes must be 4, or a multiple of 8/],
  ])('%s is one sentence', (_, use, kind, message) => {
    expect(use).toThrow(kind);
    expect(use).toThrow(message);
  });
});

describe('the way back', () => {
  test('fields of registers, of words, of structures', () => {
    expect(getField(0x8000_0000, Arch.Gbpa.Update)).toBe(1n);
    expect(getField(0x4000_2008n, Cmdq.BASE_LOG2SIZE)).toBe(8n);
    expect(getAddress([0xdn, 0n, 0n, 0x4000_1000n], Ste.S2TTB)).toBe(0x4000_1000n);
  });

  test('a field changed leaves the others, and what was given', () => {
    const words = [0xdn, 0n, 0xffff_ffff_ffff_ffffn];
    expect(setField(words, Ste.S2VMID, 1)).toEqual([0xdn, 0n, 0xffff_ffff_ffff_0001n]);
    expect(words[2]).toBe(0xffff_ffff_ffff_ffffn);
    expect(() => setField([0n], Ste.S2VMID, 1)).toThrow(/of word 2 lies beyond the 1 words/);
  });
});
