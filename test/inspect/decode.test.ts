import { describe, expect, test } from '@jest/globals';
import { decodeStructure, type DecodedStructure } from '../../src/inspect/decode.js';

function field(structure: DecodedStructure, name: string) {
  return structure.fields.find((candidate) => candidate.name === name);
}

describe('Stream Table Entry (IHI 0070 §5.2)', () => {
  // Linux's nested entry: Config 7, CD at an IPA, VMID 1
  const ste = decodeStructure('ste', [
    0x8001_000fn,
    0x0000_1000_0008_0010n,
    0x04ec_3598_0000_0001n,
    0x414a_e000n,
  ]);

  test('fields by name, bits, value and meaning', () => {
    expect(field(ste, 'Config')).toEqual({
      name: 'Config',
      dword: 0,
      bits: '[3:1]',
      value: 7n,
      meaning: 'stage 1 and stage 2 translate',
    });
    expect(field(ste, 'S1ContextPtr')).toMatchObject({ bits: '[55:6]', meaning: '0x80010000' });
    expect(field(ste, 'S2TTB')).toMatchObject({ dword: 3, meaning: '0x414ae000' });
    expect(field(ste, 'S2VMID')).toMatchObject({ bits: '[15:0]', value: 1n });
  });

  test('missing words count as 0', () => expect(ste.words).toHaveLength(8));

  test('set bits that no field covers are named', () => {
    const odd = decodeStructure('ste', [1n | (3n << 56n)]);
    expect(field(odd, 'RES0')).toMatchObject({ dword: 0, bits: '[57:56]', value: 3n });
    expect(field(ste, 'RES0')).toBeUndefined();
  });
});

test('Context Descriptor: sizes, granules and attributes in words (§5.4)', () => {
  const cd = decodeStructure('cd', [0x0005_e204_b599_3510n, 0x4576_3000n, 0n, 0x00_00_00_00_00_04_44_ffn]);
  expect(field(cd, 'T0SZ')).toMatchObject({ value: 16n, meaning: '48 address bits' });
  expect(field(cd, 'TG0')).toMatchObject({ meaning: '4 KB' });
  expect(field(cd, 'TG1')).toMatchObject({ value: 2n, meaning: '4 KB' });
  expect(field(cd, 'ASID')).toMatchObject({ value: 5n });
  expect(field(cd, 'TTB0')).toMatchObject({ meaning: '0x45763000' });
  expect(field(cd, 'MAIR')!.meaning).toMatch(
    /^0: Normal Write-Back RA WA; 1: Normal Non-cacheable; 2: Device-nGnRE; 3: Device-nGnRnE/,
  );
});

test('level 1 descriptors (§5.1, §5.3)', () => {
  const l1std = decodeStructure('l1std', [0x5be2_0009n]);
  expect(field(l1std, 'Span')!.meaning).toBe('256 STEs');
  expect(field(l1std, 'L2Ptr')!.meaning).toBe('0x5be20000');
  expect(field(decodeStructure('l1std', [0n]), 'Span')!.meaning).toMatch(/C_BAD_STREAMID/);
  expect(field(decodeStructure('l1cd', [0x4000_0001n]), 'L2Ptr')!.meaning).toBe('0x40000000');
});

describe('translation table descriptors (DDI 0487 D8.3)', () => {
  test('a stage 1 page', () => {
    const page = decodeStructure('pte', [0x4411_9f47n]);
    expect(page.title).toBe('Stage 1 level 3 page descriptor, 4 KB granule');
    expect(field(page, 'Address')!.meaning).toBe('output 0x44119000');
    expect(field(page, 'AP[2:1]')).toMatchObject({ value: 1n, meaning: 'read/write' });
    expect(field(page, 'nG')!.meaning).toBe('tagged by ASID');
  });

  test('the same bits one level up are a table', () => {
    const table = decodeStructure('pte', [0x4411_9003n], { level: 2, granule: 12 });
    expect(table.title).toBe('Stage 1 level 2 table descriptor, 4 KB granule');
    expect(field(table, 'Address')!.meaning).toBe('next table 0x44119000');
    expect(field(table, 'AP[2:1]')).toBeUndefined();
  });

  test('a stage 2 block keeps only the address bits of its size', () => {
    const block = decodeStructure('s2pte', [0x4800_07bdn], { level: 2, granule: 12 });
    expect(field(block, 'Type')!.meaning).toBe('block');
    expect(field(block, 'S2AP')!.meaning).toBe('write-only');
    expect(field(block, 'MemAttr')!.meaning).toBe('Normal Write-Back');
  });

  test.each([
    ['bit 0 clear', 0x4411_9f46n, 3, 'invalid: bit 0 is clear'],
    ['a block at level 3', 0x4411_9f45n, 3, 'invalid: reserved at level 3'],
    ['a block at level 0', 0x4411_9f45n, 0, 'invalid: no blocks at level 0'],
  ])('%s', (_, word, level, meaning) => {
    const made = decodeStructure('pte', [word], { level, granule: 12 });
    expect(made.fields).toHaveLength(1);
    expect(field(made, 'Type')!.meaning).toBe(meaning);
  });

  test('52-bit addresses: DS moves bits [51:50] to [9:8], 64 KB bits [51:48] to [15:12]', () => {
    const ds = decodeStructure('pte', [0x4411_9f47n], { level: 3, granule: 12, ds: true });
    expect(field(ds, 'Address')!.meaning).toBe('output 0xc000044119000');
    expect(field(ds, 'SH')).toBeUndefined();
    const wide = decodeStructure('pte', [0x4411_a747n], { level: 3, granule: 16, oas52: true });
    expect(field(wide, 'Address')!.meaning).toBe('output 0xa000044110000');
  });
});

describe('commands (IHI 0070 §4)', () => {
  test('a TLB invalidation', () => {
    const command = decodeStructure('cmd', [0x0005_0001_0000_0012n, 0xffff_d001n]);
    expect(command).toMatchObject({ title: 'CMD_TLBI_NH_VA', section: 'IHI 0070 §4.4.2.4' });
    expect(field(command, 'ASID')!.value).toBe(5n);
    expect(field(command, 'Address')!.meaning).toBe('0xffffd000');
    expect(field(command, 'Leaf')!.meaning).toBe('leaf entries only');
    expect(field(command, 'NUM')!.meaning).toBe('no range');
  });

  test('a range invalidation says how many granules', () => {
    const command = decodeStructure('cmd', [0x12n | (3n << 12n) | (2n << 20n), 0x400n]);
    expect(field(command, 'NUM')!.meaning).toBe('16 granules');
  });

  test('Range 31 is CMD_CFGI_ALL', () =>
    expect(decodeStructure('cmd', [4n, 0x1fn]).title).toBe('CMD_CFGI_ALL'));

  test('opcodes that this queue refuses', () => {
    expect(decodeStructure('cmd', [0n]).title).toBe('reserved: CERROR_ILL');
    expect(decodeStructure('cmd', [0x50n]).title).toBe('Secure queue only: CERROR_ILL here');
  });

  test('SYNC shows its MSI', () => {
    const sync = decodeStructure('cmd', [0xfc02046n, 0x0800_0040n]);
    expect(field(sync, 'CS')!.meaning).toBe('SIG_SEV');
    expect(field(sync, 'MSIAddress')!.meaning).toBe('0x8000040');
  });
});

describe('event records (IHI 0070 §7.3)', () => {
  test('a stage 2 fault', () => {
    const event = decodeStructure('event', [0x19_0000_0010n, 0x280_0000_0000n, 0xdead_b000n, 0xdead_b000n]);
    expect(event).toMatchObject({ title: 'F_TRANSLATION', section: 'IHI 0070 §7.3.13' });
    expect(field(event, 'S2')!.meaning).toBe('stage 2');
    expect(field(event, 'CLASS')!.meaning).toBe('IN: the transaction itself');
    expect(field(event, 'RnW')!.meaning).toBe('write');
    expect(field(event, 'IPA')!.meaning).toBe('0xdeadb000');
  });

  test('bits below the IPA are reserved', () => {
    const event = decodeStructure('event', [0x10n, 0x80_0000_0000n, 0n, 0x1dc8n]);
    expect(event.fields.some(({ name, dword }) => name === 'RES0' && dword === 3)).toBe(true);
  });
});
