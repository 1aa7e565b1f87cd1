import { beforeEach, describe, expect, test } from '@jest/globals';
import { l1std, ste } from '../support/encode.js';
import { C_BAD_STE, C_BAD_STREAMID, F_STE_FETCH } from '../support/events.js';
import { CMDQEN, EVENTQEN, HOLE, Machine, R, RAM, SMMUEN, SPACIOUS } from '../support/machine.js';

const BYPASS = ste({ V: 1, Config: 4, SHCFG: 1 });
const LINEAR = 0;
const TWO_LEVEL = 1 << 16;

let m: Machine;
beforeEach(async () => {
  m = await Machine.create();
});
/** Moves the Stream table; CR2.RECINVSID stays as given. */
function table(base: bigint, cfg: number, recinvsid = true): void {
  m.cr0(0);
  m.smmu.write64(R.STRTAB_BASE, base);
  m.smmu.write32(R.STRTAB_BASE_CFG, cfg);
  m.smmu.write32(R.CR2, recinvsid ? 2 : 0);
  m.cr0(SMMUEN | EVENTQEN | CMDQEN);
}
const good = (sid: number): void => void m.expectOk(sid, 0x1000n, 0x1000n);
const bad = (sid: number): void => m.expectFault(C_BAD_STREAMID, { sid, input: 0x1000n });
const AT = RAM + 0x40_0000n;

describe('IHI 0070 §3.3.1, §6.3.25 linear Stream table', () => {
  test.each([0, 1, 4, 8])('LOG2SIZE = %i: the last StreamID works, the next is C_BAD_STREAMID', (log2) => {
    table(AT, LINEAR | log2);
    const last = 2 ** log2 - 1;
    m.words(AT + BigInt(last) * 64n, BYPASS);
    m.words(AT + BigInt(last + 1) * 64n, BYPASS);
    good(last);
    bad(last + 1);
  });
  test('STE address is base + StreamID * 64', () => {
    table(AT, LINEAR | 6);
    m.words(AT + 5n * 64n, BYPASS);
    good(5);
    m.expectFault(C_BAD_STE, { sid: 4, input: 0x1000n });
  });
  test('the base is aligned down to the size of the table', () => {
    table(AT + 0x7c0n, LINEAR | 5);
    m.words(AT + 3n * 64n, BYPASS);
    good(3);
  });
  test('the alignment uses LOG2SIZE as written, the range check min(LOG2SIZE, SIDSIZE)', async () => {
    m = await Machine.create({ id: { SIDSIZE: 8 } });
    table(AT + 0x4000n, LINEAR | 12);
    m.words(AT + 255n * 64n, BYPASS);
    good(255);
    // The SMMU is never presented with a StreamID beyond SIDSIZE; the model answers as for any out-of-range one.
    bad(256);
  });
  test('FMT values 0b10 and 0b11 behave as linear', () => {
    for (const fmt of [2, 3]) {
      table(AT, (fmt << 16) | (6 << 6) | 6);
      m.words(AT + 5n * 64n, BYPASS);
      good(5);
    }
  });
  test('IDR0.ST_LEVEL = 0: FMT is RES0, the table is linear', async () => {
    m = await Machine.create({ id: { ST_LEVEL: 0, SIDSIZE: 6 } });
    table(AT, TWO_LEVEL | (6 << 6) | 6);
    m.words(AT + 5n * 64n, BYPASS);
    good(5);
  });
  test('STRTAB_BASE.RA is a hint, not part of the address', () => {
    table(AT | (1n << 62n), LINEAR | 6);
    m.words(AT + 64n, BYPASS);
    good(1);
  });
});

describe('IHI 0070 §3.3.1.2, §5.1 two-level Stream table', () => {
  const L2 = AT + 0x10_0000n;
  const at = (sid: number, l2 = L2): void => m.words(l2 + BigInt(sid) * 64n, BYPASS);

  test.each([6, 8, 10])('SPLIT = %i: level 1 index above, level 2 index below', (split) => {
    table(AT, TWO_LEVEL | (split << 6) | 14);
    const sid = (3 << split) + 2 ** split - 1;
    m.words(AT + 24n, [l1std(L2, split + 1)]);
    at(2 ** split - 1);
    good(sid);
    bad((2 << split) + 1);
  });
  test.each([0, 1, 5, 7, 9, 11, 31])('SPLIT = %i is reserved and behaves as 6', (split) => {
    table(AT, TWO_LEVEL | (split << 6) | 14);
    m.words(AT + 8n, [l1std(L2, 7)]);
    at(5);
    good(64 + 5);
  });
  test.each([1, 2, 5, 9])('Span = %i makes 2^(Span-1) StreamIDs reachable', (span) => {
    table(AT, TWO_LEVEL | (8 << 6) | 14);
    m.words(AT, [l1std(L2, span)]);
    const count = 2 ** (span - 1);
    at(count - 1);
    at(count);
    good(count - 1);
    bad(count);
  });
  test.each([
    [0, 'invalid'],
    [12, 'reserved'],
    [31, 'reserved'],
    [10, 'above SPLIT + 1'],
    [11, 'above SPLIT + 1'],
  ])('Span = %i with SPLIT = 8 (%s) is C_BAD_STREAMID', (span) => {
    table(AT, TWO_LEVEL | (8 << 6) | 14);
    m.words(AT, [l1std(L2, span)]);
    at(0);
    bad(0);
  });
  test('Span = 11 is legal with SPLIT = 10', () => {
    table(AT, TWO_LEVEL | (10 << 6) | 14);
    m.words(AT, [l1std(L2, 11)]);
    at(1023);
    good(1023);
  });
  test('L2Ptr is aligned down to the size of the level 2 array', () => {
    table(AT, TWO_LEVEL | (8 << 6) | 14);
    m.words(AT, [l1std(L2 + 0x7c0n, 3)]); // four STEs, 256 bytes
    m.words(L2 + 0x700n + 64n, BYPASS);
    good(1);
  });
  test('§3.3.1.2 example: SPLIT 8, LOG2SIZE 10, Spans 9, 3, 0, 1', () => {
    table(AT, TWO_LEVEL | (8 << 6) | 10);
    m.words(AT, [l1std(L2, 9), l1std(L2 + 0x8000n, 3), 0n, l1std(L2 + 0x9000n, 1)]);
    at(0);
    at(255);
    at(0, L2 + 0x8000n);
    at(3, L2 + 0x8000n);
    at(4, L2 + 0x8000n);
    at(0, L2 + 0x9000n);
    at(1, L2 + 0x9000n);
    for (const sid of [0, 255, 256, 259, 768]) good(sid);
    for (const sid of [260, 511, 512, 767, 769, 1023, 1024]) bad(sid);
  });
  test('SPLIT >= LOG2SIZE: one L1STD, and only 2^LOG2SIZE StreamIDs whatever its Span', () => {
    table(AT, TWO_LEVEL | (8 << 6) | 4);
    m.words(AT, [l1std(L2, 9)]);
    at(15);
    at(16);
    good(15);
    bad(16);
  });
  test('the level 1 base is aligned down to the larger of 64 bytes and the level 1 table', () => {
    table(AT + 0x40n, TWO_LEVEL | (8 << 6) | 12);
    m.words(AT, [l1std(L2, 9)]);
    at(0);
    good(0);
  });
});

describe('IHI 0070 §7.3.3, §7.3.4 stream table faults', () => {
  test('CR2.RECINVSID = 0: an out-of-range StreamID aborts without a record', () => {
    table(AT, LINEAR | 4, false);
    m.expectSilentAbort(16, 0x1000n);
  });
  test('CR2.RECINVSID = 0: an invalid L1STD aborts without a record', () => {
    table(AT, TWO_LEVEL | (8 << 6) | 14, false);
    m.expectSilentAbort(16, 0x1000n);
  });
  test('§5.2 V: an STE in sparse memory that was never written is all 0, whatever was read before it', async () => {
    const FAR = 0x10_0000_0000n;
    m = await Machine.create({ ram: [{ base: FAR, size: 1 << 30, sparse: true, pool: 1 << 20 }] });
    table(FAR, LINEAR | 8);
    m.words(FAR, BYPASS);
    good(0);
    m.expectFault(C_BAD_STE, { sid: 64, input: 0x1000n });
  });
  test('an out-of-range StreamID reads nothing', () => {
    table(HOLE, LINEAR | 4);
    expect(m.translate(16, 0n).reads.ste).toBe(0);
    m.expectEvents([0x0000_0010_0000_0002n, 0n, 0n, 0n]);
  });
  test('external abort on the STE: F_STE_FETCH with the address of the STE', () => {
    table(HOLE, LINEAR | 4);
    m.expectFault(F_STE_FETCH, { sid: 3, fetch: HOLE + 192n });
  });
  test('external abort on the L1STD: F_STE_FETCH with the address of the L1STD', () => {
    table(HOLE, TWO_LEVEL | (8 << 6) | 14);
    m.expectFault(F_STE_FETCH, { sid: 0x205, fetch: HOLE + 16n });
  });
  test('external abort on the STE of a two-level table', () => {
    table(AT, TWO_LEVEL | (8 << 6) | 14);
    m.words(AT, [l1std(HOLE, 9)]);
    m.expectFault(F_STE_FETCH, { sid: 7, fetch: HOLE + 7n * 64n });
  });
  describe('RAM that ends inside a structure', () => {
    const END = 0x1_0000_0000n;
    beforeEach(async () => {
      m = await Machine.create({ ram: [{ base: END, size: 0x1ffc }] });
    });
    test('inside an L1STD: an external abort', () => {
      table(END, TWO_LEVEL | (6 << 6) | 16);
      bad(0); // its L1STD has been read from this RAM: Span = 0
      m.expectFault(F_STE_FETCH, { sid: 1023 << 6, fetch: END + 0x1ff8n });
    });
    test('inside an STE: an external abort', () => {
      table(END, LINEAR | 7);
      m.words(END + 126n * 64n, BYPASS);
      good(126);
      m.expectFault(F_STE_FETCH, { sid: 127, fetch: END + 0x1fc0n });
    });
  });
  test('RECINVSID does not matter for F_STE_FETCH', () => {
    table(HOLE, LINEAR | 4, false);
    m.expectFault(F_STE_FETCH, { sid: 0, fetch: HOLE });
  });
  test('§3.21.3 a failed fetch is not cached: the next use reads again', async () => {
    const memory = new Uint8Array(64);
    let present = false;
    m = await Machine.create({
      caches: SPACIOUS,
      bus: {
        read: (address, into) => {
          const from = address - Number(HOLE);
          if (present) into.set(memory.subarray(from, from + into.length));
          return present;
        },
        write: () => false,
      },
    });
    new BigUint64Array(memory.buffer).set(BYPASS);
    table(HOLE, LINEAR | 0);
    m.expectFault(F_STE_FETCH, { sid: 0, fetch: HOLE });
    present = true;
    m.expectOk(0, 0x1000n, 0x1000n);
  });
});

describe('IHI 0070 §5.2 STE.V and Config', () => {
  test('V = 0 is C_BAD_STE, everything else ignored', () => {
    m.ste(0, { V: 0, Config: 4 });
    m.expectFault(C_BAD_STE, { sid: 0, input: 0x1000n });
  });
  test('V = 0 with Config = 0b000 is C_BAD_STE, not a silent abort', () => {
    m.ste(0, { V: 0, Config: 0 });
    m.expectFault(C_BAD_STE, { sid: 0, input: 0x1000n });
  });
  test.each([0, 1, 2, 3])('Config = %i aborts without an event', (Config) => {
    m.ste(0, { Config, S2TG: 3, STRW: 1, EATS: 2, S1CDMax: 31 });
    m.expectSilentAbort(0, 0x1000n);
  });
  test('Config = 0b100 passes', () => {
    m.ste(0, { Config: 4 });
    good(0);
  });
  test('Config = 0b100: an input beyond OAS is a stage 1 F_ADDR_SIZE, CLASS IN, and aborts', () => {
    m.ste(0, { Config: 4 });
    m.expectOk(0, 0xffff_ffff_f000n, 0xffff_ffff_f000n);
    m.expectFault(0x11, { input: 1n << 48n });
    m.expectFault(0x11, { input: 0xff00_0000_0000_1000n, write: true });
  });
  test('TBI never applies in bypass', () => {
    m.ste(0, { Config: 4 });
    m.expectFault(0x11, { input: 0xaa00_0000_0000_1000n });
  });
});
