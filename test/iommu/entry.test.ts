// STEs and CDs of the driver, and the order in which they are changed.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cdClear, cdReleased, cdStage1 } from '../../src/iommu/entry/cd.js';
import {
  steAbort,
  steBypass,
  steForGuestStage,
  steNested,
  steNestedFromVste,
  steStage1,
  steStage2,
  steTraits,
  type SteTraits,
} from '../../src/iommu/entry/ste.js';
import {
  writeEntryBreakBeforeMake,
  writeEntryHitless,
  type EntryUpdate,
  type EntryWriter,
} from '../../src/iommu/entry/update.js';
import {
  cdSafeBits,
  cdTranslates,
  cdUsedBits,
  steSafeBits,
  steTranslates,
  steUsedBits,
} from '../../src/iommu/entry/used.js';
import type { Stage1Registers, Stage2Registers } from '../../src/iommu/pgtable/registers.js';
import type { GuestStageConfig } from '../../src/iommu/uapi/guest-stage-config.js';
import { cd, ste } from '../support/encode.js';

const STE = { used: steUsedBits, safe: steSafeBits, translates: steTranslates };
const CD = { used: cdUsedBits, safe: cdSafeBits, translates: cdTranslates };

const S2: Stage2Registers = { ttb: 0x4123_0000n, ir: 1, or: 1, sh: 3, t0sz: 16, sl0: 2, tg: 0, ps: 5 };
const S1: Stage1Registers = {
  ttb: 0x4567_8000n,
  ir: 1,
  or: 1,
  sh: 3,
  tsz: 16,
  tg0: 0,
  ips: 5,
  mair: 0xf404_ff44n,
  ttbr1: false,
};
const traits = (change: Partial<SteTraits> = {}): SteTraits => ({
  attrTypesOvr: true,
  stallsImplemented: true,
  stallEnabled: false,
  e2h: false,
  eats: 1,
  ...change,
});
const stage2 = { vmid: 1, registers: S2 };
const CD_TABLE = 0xf0f0_f0f0_f0c0n;

describe('fields', () => {
  const s1Part = { S1CIR: 1, S1COR: 1, S1CSH: 3, S1STALLD: 1 };
  const s2Part = {
    SHCFG: 1,
    S2VMID: 1,
    S2T0SZ: 16,
    S2SL0: 2,
    S2IR0: 1,
    S2OR0: 1,
    S2SH0: 3,
    S2TG: 0,
    S2PS: 5,
    S2AA64: 1,
    S2PTW: 1,
    S2R: 1,
    S2TTB: 0x4123_0000n,
  };

  test('abort and bypass', () => {
    expect(steAbort()).toEqual(ste({ V: 1 }));
    expect(steBypass(traits())).toEqual(ste({ V: 1, Config: 4, SHCFG: 1 }));
    expect(steBypass(traits({ attrTypesOvr: false }))).toEqual(ste({ V: 1, Config: 4 }));
  });

  test('stage 1', () => {
    const table = { s1ContextPtr: CD_TABLE, s1CDMax: 10 };
    const common = { V: 1, Config: 5, S1ContextPtr: CD_TABLE, S1CDMax: 10, EATS: 1, ...s1Part };
    expect(steStage1(traits(), table)).toEqual(ste({ ...common, S1DSS: 2 }));
    expect(steStage1(traits(), { ...table, s1Fmt: 2, s1DSS: 1 })).toEqual(
      ste({ ...common, S1Fmt: 2, S1DSS: 1, SHCFG: 1 }),
    );
    expect(steStage1(traits({ stallEnabled: true, e2h: true, eats: 0 }), table)).toEqual(
      ste({ ...common, S1DSS: 2, S1STALLD: 0, STRW: 2, EATS: 0 }),
    );
  });

  test('stage 2', () => {
    expect(steStage2(traits(), stage2)).toEqual(ste({ V: 1, Config: 6, EATS: 1, ...s2Part }));
    expect(
      steStage2(traits({ stallEnabled: true, eats: 0, attrTypesOvr: false }), { ...stage2, fwb: true }),
    ).toEqual(ste({ V: 1, Config: 6, S2FWB: 1, S2S: 1, ...s2Part, SHCFG: 0 }));
  });

  test('nested: the guest owns S1ContextPtr and S1CDMax, the host everything else', () => {
    expect(steNested(traits(), stage2, { s1ContextPtr: 0x9000n, s1CDMax: 0 })).toEqual(
      ste({
        V: 1,
        Config: 7,
        S1ContextPtr: 0x9000n,
        S1DSS: 2,
        MEV: 1,
        EATS: 1,
        ...s1Part,
        ...s2Part,
      }),
    );
  });

  test('the words that Linux wrote in the captures', () => {
    // IDR0 and IDR1 of QEMU 11.1: no stalls, no ATTR_TYPES_OVR.
    const qemu = steTraits({ idr0: 0x0d44_101b, idr1: 0x0273_0010 });
    expect(qemu).toEqual({
      attrTypesOvr: false,
      stallsImplemented: false,
      stallEnabled: false,
      e2h: false,
      eats: 0,
    });
    const parent = steStage2(qemu, stage2);
    expect(parent.slice(0, 4)).toEqual([0xdn, 0n, 0x44d_3590_0000_0001n, 0x4123_0000n]);
    const guest = { s1ContextPtr: 0x55000n, s1CDMax: 2 };
    expect(steNested(qemu, stage2, guest).slice(0, 2)).toEqual([0x1000_0000_0005_500fn, 0x8_00d6n]);
    expect(steNestedFromVste(qemu, stage2, [0x1000_0000_0005_500bn, 0xd6n])).toEqual(
      steNested(qemu, stage2, guest),
    );
  });

  test('a guest configuration by its masks', () => {
    const guest = (flags: number): GuestStageConfig => ({
      flags: 2,
      smmuS1: { flags, cdptrDma: 0x9000n, asidBits: 16 },
    });
    const of = (config: GuestStageConfig): bigint[] => steForGuestStage(traits(), stage2, config);
    expect(of(guest(0))).toEqual(steNested(traits(), stage2, { s1ContextPtr: 0x9000n, s1CDMax: 0 }));
    for (const flags of [1, 2, 3, 5, 6, 7]) expect(of(guest(flags))).toEqual(steStage2(traits(), stage2));
    expect(of(guest(4))).toEqual(steAbort());
    expect(of({ flags: 1, pasidt: { version: 1, basePtr: 0x4_0000n, pasidBits: 6 } })).toEqual(
      steNested(traits(), stage2, { s1ContextPtr: 0x4_0000n, s1CDMax: 6 }),
    );
  });

  test('stall traits by STALL_MODEL', () => {
    const of = (model: number, stall: boolean): SteTraits =>
      steTraits({ idr0: (model << 24) | 0x200, idr1: 1 << 27 }, { stall, e2h: true });
    expect(of(0, false)).toMatchObject({ stallsImplemented: true, stallEnabled: false });
    expect(of(0, true)).toMatchObject({ stallsImplemented: true, stallEnabled: true });
    expect(of(1, true)).toMatchObject({ stallsImplemented: false, stallEnabled: false });
    expect(of(2, false)).toMatchObject({ stallsImplemented: true, stallEnabled: true });
    expect(of(0, false)).toMatchObject({ e2h: true, attrTypesOvr: true, eats: 0 });
  });

  test('CD', () => {
    const common = { V: 1, IPS: 5, AA64: 1, A: 1, ASET: 1, ASID: 0x30a, MAIR: 0xf404_ff44n };
    const low = { T0SZ: 16, IR0: 1, OR0: 1, SH0: 3, EPD1: 1, TTB0: 0x4567_8000n };
    expect(cdStage1(S1, { asid: 0x30a })).toEqual(cd({ ...common, ...low, R: 1 }));
    expect(cdStage1(S1, { asid: 0x30a, stall: true, dirty: true })).toEqual(
      cd({ ...common, ...low, R: 1, S: 1, HA: 1, HD: 1 }),
    );
    expect(cdStage1({ ...S1, ttbr1: true, tg0: 1 }, { asid: 0x30a })).toEqual(
      cd({ ...common, T1SZ: 16, TG1: 3, IR1: 1, OR1: 1, SH1: 3, EPD0: 1, TTB1: 0x4567_8000n, R: 1 }),
    );
    expect(cdReleased(S1, { asid: 0x30a })).toEqual(cd({ ...common, EPD0: 1, EPD1: 1 }));
    expect(cdClear()).toEqual(cd({}));
  });
});

type Kind = Omit<EntryWriter, 'read' | 'write' | 'sync'>;

/** An entry that shows each state that hardware could read to `seen`. */
function entryOf(kind: Kind, words: bigint[], seen: (words: bigint[]) => void = () => {}): EntryWriter {
  return {
    ...kind,
    read: (i) => words[i],
    write: (i, value) => {
      words[i] = value;
      seen(words);
    },
    sync: () => {},
  };
}

const visible = (kind: Kind, words: readonly bigint[]): bigint[] =>
  kind.used(words).map((bits, i) => bits & words[i]);

function update(
  kind: Kind,
  from: bigint[],
  to: bigint[],
  order: (writer: EntryWriter, target: bigint[]) => EntryUpdate = writeEntryHitless,
): EntryUpdate {
  const words = [...from];
  const result = order(entryOf(kind, words), to);
  expect(words).toEqual(to);
  return result;
}

describe("the cases of Linux's KUnit suite: syncs and whether hitless", () => {
  const stage2 = { vmid: 0, registers: S2 }; // as the suite has it
  const cdtable = (s1DSS: number, s1ContextPtr = CD_TABLE, t = traits()): bigint[] =>
    steStage1(t, { s1ContextPtr, s1CDMax: 31, s1Fmt: 2, s1DSS });
  const nested = steNested(traits(), stage2, { s1ContextPtr: CD_TABLE, s1CDMax: 31, s1Fmt: 2, s1DSS: 1 });
  const stalling = traits({ stallEnabled: true, eats: 0 });
  const [abort, bypass, s2] = [steAbort(), steBypass(traits()), steStage2(traits(), stage2)];
  const s1 = cdtable(2);

  test.each<[string, bigint[], bigint[], number, boolean]>([
    ['bypass to abort', bypass, abort, 2, true],
    ['abort to bypass', abort, bypass, 2, true],
    ['cdtable to abort', s1, abort, 2, true],
    ['abort to cdtable', abort, s1, 2, true],
    ['cdtable to bypass', s1, bypass, 3, true],
    ['bypass to cdtable', bypass, s1, 3, true],
    ['cdtable S1DSS change', s1, cdtable(1), 1, true],
    ['cdtable S1DSS change back', cdtable(1), s1, 1, true],
    ['S1DSS bypass to STE bypass', cdtable(1), bypass, 2, true],
    ['STE bypass to S1DSS bypass', bypass, cdtable(1), 2, true],
    ['S2 to abort', s2, abort, 2, true],
    ['abort to S2', abort, s2, 2, true],
    ['S2 to bypass', s2, bypass, 2, true],
    ['bypass to S2', bypass, s2, 2, true],
    ['S1 to S2', s1, s2, 3, true],
    ['S2 to S1', s2, s1, 3, true],
    ['S1 to S2, stalling', cdtable(2, CD_TABLE, stalling), steStage2(stalling, stage2), 3, true],
    ['S2 to S1, stalling', steStage2(stalling, stage2), cdtable(2, CD_TABLE, stalling), 3, true],
    ['nested with S1DSS bypass to S2', nested, s2, 3, true],
    ['S2 to nested with S1DSS bypass', s2, nested, 2, true],
    ['CD pointer and S1DSS at once', s1, cdtable(1, 0x4b4b_4b4b_4b40n), 3, false],
    // S2VMID is in use by both: with a VMID of its own the switch cannot be one store.
    ['S1 to S2 with a VMID', s1, steStage2(traits(), { ...stage2, vmid: 1 }), 3, false],
    ['nothing', s1, s1, 0, true],
  ])('STE: %s', (_, from, to, syncs, hitless) => {
    expect(update(STE, from, to)).toEqual({ syncs, hitless });
  });

  const context = cdStage1(S1, { asid: 778 });
  test.each<[string, bigint[], bigint[], number, boolean]>([
    ['S1 to clear', context, cdClear(), 2, false],
    ['clear to S1', cdClear(), context, 2, false],
    ['ASID change', context, cdStage1(S1, { asid: 1337 }), 1, true],
    ['ASID change back', cdStage1(S1, { asid: 1337 }), context, 1, true],
    ['release', context, cdReleased(S1, { asid: 778 }), 2, true],
    ['release undone', cdReleased(S1, { asid: 778 }), context, 2, true],
    ['released to clear', cdReleased(S1, { asid: 778 }), cdClear(), 2, false],
  ])('CD: %s', (_, from, to, syncs, hitless) => {
    expect(update(CD, from, to)).toEqual({ syncs, hitless });
  });

  test.each<[string, Kind, bigint[], bigint[], number, boolean]>([
    ['S2 to nested', STE, s2, nested, 3, false],
    ['nested to S2', STE, nested, s2, 3, false],
    ['bypass to S1', STE, bypass, s1, 2, true],
    ['abort to S2', STE, abort, s2, 2, true],
    ['nested to abort', STE, nested, abort, 1, true],
    ['S1 to bypass', STE, s1, bypass, 1, true],
    ['CD made', CD, cdClear(), context, 2, false],
    ['CD changed', CD, context, cdStage1(S1, { asid: 1 }), 3, false],
    ['CD cleared', CD, context, cdClear(), 1, false],
  ])("2018's order: %s", (_, kind, from, to, syncs, hitless) => {
    expect(update(kind, from, to, writeEntryBreakBeforeMake)).toEqual({ syncs, hitless });
  });

  test("2018's order writes word 0 := 0, words 1 to 7, word 0, with a sync after each", () => {
    const words = [...s2];
    const log: string[] = [];
    const writer = {
      ...entryOf(STE, words),
      write: (i: number, value: bigint) => {
        words[i] = value;
        log.push(`${i}${i === 0 ? `=${value.toString(16)}` : ''}`);
      },
      sync: () => log.push('sync'),
    };
    writeEntryBreakBeforeMake(writer, nested);
    expect(log.join(' ')).toBe(`0=0 sync 1 sync 0=${nested[0].toString(16)} sync`);
  });

  test('a bit that the entry does not use is a mistake of the maker', () => {
    expect(() => update(STE, abort, ste({ V: 1, S2VMID: 1 }))).toThrow(/word 2 of the new entry sets 0x1/);
  });
});

describe('what hardware may read at any time', () => {
  const anyTraits = fc.record({
    attrTypesOvr: fc.constant(true),
    stallsImplemented: fc.constant(true),
    stallEnabled: fc.boolean(),
    e2h: fc.boolean(),
    eats: fc.constantFrom(0, 1),
  });
  const anyTable = fc.record({
    s1ContextPtr: fc.constantFrom(0x4000n, CD_TABLE),
    s1CDMax: fc.constantFrom(0, 10),
    s1Fmt: fc.constantFrom(0, 2),
    s1DSS: fc.constantFrom(0, 1, 2),
  });
  const anyStage2 = fc.record({
    vmid: fc.constantFrom(1, 2),
    registers: fc.constantFrom(S2, { ...S2, ttb: 0x8_0000n, t0sz: 24 }),
    fwb: fc.boolean(),
  });
  const anySte = fc.oneof(
    fc.constant(ste({})),
    fc.constant(steAbort()),
    anyTraits.map(steBypass),
    fc.tuple(anyTraits, anyTable).map(([t, table]) => steStage1(t, table)),
    fc.tuple(anyTraits, anyStage2).map(([t, s2]) => steStage2(t, s2)),
    fc.tuple(anyTraits, anyStage2, anyTable).map(([t, s2, table]) => steNested(t, s2, table)),
  );
  const anyCd = fc.oneof(
    fc.constant(cdClear()),
    fc
      .tuple(fc.constantFrom(1, 2), fc.boolean(), fc.constantFrom(S1, { ...S1, ttb: 0x9000n, tsz: 25 }))
      .map(([asid, stall, registers]) => cdStage1(registers, { asid, stall })),
    fc.constantFrom(1, 2).map((asid) => cdReleased(S1, { asid })),
  );

  const invalid = (kind: Kind, words: bigint[]): boolean => visible(kind, words).every((word) => word === 0n);

  test.each([
    ['STE', STE, anySte],
    ['CD', CD, anyCd],
  ])('hitless order, %s: the old entry, the new one, or (disruptive only) an invalid one', (_, kind, any) => {
    fc.assert(
      fc.property(any, any, (from, to) => {
        const safe = kind.safe(from, to);
        const without = (words: bigint[]): bigint[] => visible(kind, words).map((word, i) => word & ~safe[i]);
        const [old, wanted] = [without(from), without(to)];
        const words = [...from];
        let broken = false;
        const result = writeEntryHitless(
          entryOf(kind, words, (now) => {
            const state = without(now);
            if (same(state, old) || same(state, wanted)) return;
            expect(invalid(kind, now)).toBe(true);
            broken = true;
          }),
          to,
        );
        expect(words).toEqual(to);
        if (broken) expect(result.hitless).toBe(false);
        expect(result.syncs).toBeLessThanOrEqual(3);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['STE', STE, anySte],
    ['CD', CD, anyCd],
  ])("2018's order, %s: the same, but for SHCFG of a bypass", (_, kind, any) => {
    const SHCFG = kind === STE ? 3n << 44n : 0n;
    fc.assert(
      fc.property(any, any, (from, to) => {
        const without = (words: bigint[]): bigint[] =>
          visible(kind, words).map((word, i) => (i === 1 ? word & ~SHCFG : word));
        const [old, wanted] = [without(from), without(to)];
        const words = [...from];
        writeEntryBreakBeforeMake(
          entryOf(kind, words, (now) => {
            const state = without(now);
            expect(same(state, old) || same(state, wanted) || invalid(kind, now)).toBe(true);
          }),
          to,
        );
        expect(words).toEqual(to);
      }),
      { numRuns: 2000 },
    );
  });
});

function same(a: bigint[], b: bigint[]): boolean {
  return a.every((word, i) => word === b[i]);
}
