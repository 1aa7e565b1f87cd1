import { oracleTranslate } from './index.js';
import type { OracleResult, OracleState, OracleTxn, PhysMem } from './types.js';
import { toBigint, toWord } from './words.js';
import type { Word } from './words.js';

/** Memory that is zero everywhere; single words may abort. */
export class WordMemory implements PhysMem {
  readonly words = new Map<bigint, bigint>();
  readonly aborts = new Set<bigint>();

  readWord(address: number): Word | undefined {
    const pa = BigInt(address);
    return this.aborts.has(pa) ? undefined : toWord(this.words.get(pa) ?? 0n);
  }

  writeWord(address: number, word: Word): boolean {
    const pa = BigInt(address);
    if (this.aborts.has(pa)) return false;
    this.words.set(pa, toBigint(word));
    return true;
  }
}

/** StreamIDs of the fixture. */
export const S1 = 3;
export const S2 = 4;
export const NESTED = 5;

/** Where the fixture's structures stand; every word below was encoded by hand from IHI 0070 and DDI 0487. */
export const STE_S1 = 0x100c0n;
export const STE_S2 = 0x10100n;
export const STE_NESTED = 0x10140n;
export const CD = 0x20000n;
/** VA[47:39] = 0x24, VA[38:30] = 0xd1, VA[29:21] = 0xb3, VA[20:12] = 0x189. */
export const VA = 0x1234_5678_9abcn;
export const L0 = 0x30120n;
export const L1 = 0x31688n;
export const L2 = 0x32598n;
export const L3 = 0x33c48n;
/** AF, ISH, AP = 0b01 (all read and write), AttrIndx 0, page. */
export const LEAF = 0x8000_1743n;
/** IPA[39:30] = 0x201 (second of two concatenated tables), IPA[29:21] = 1, IPA[20:12] = 3. */
export const IPA = 0x80_4020_3456n;
export const S2_L1 = 0x41008n;
export const S2_L2 = 0x42008n;
export const S2_L3 = 0x43018n;
/** AF, ISH, S2AP = 0b11, MemAttr = 0b1111, page. */
export const S2_LEAF = 0x9000_57ffn;
/** The nested stream's stage 2: two 1 GiB blocks, IPA 0 to PA 0 and IPA 0x8000_0000 to PA 0xc000_0000. */
export const NESTED_TABLES = 0x50000n;
export const NESTED_OUTPUT = 0x50010n;

export interface Fixture {
  mem: WordMemory;
  state: OracleState;
}

export function fixture(): Fixture {
  const mem = new WordMemory();
  const words: [bigint, bigint][] = [
    [STE_S1, 0x2_000bn], // V, Config 0b101, S1ContextPtr 0x20000
    [STE_S1 + 8n, 0x1000_0000_0000n], // SHCFG use incoming
    [STE_S2, 0xdn], // V, Config 0b110
    [STE_S2 + 8n, 0x1000_0000_0000n],
    [STE_S2 + 16n, 0x040d_0058_0000_0001n], // S2R, S2AA64, S2PS 48, S2SL0 1, S2T0SZ 24, S2VMID 1
    [STE_S2 + 24n, 0x4_0000n], // S2TTB
    [STE_NESTED, 0x2_000fn], // V, Config 0b111, S1ContextPtr 0x20000
    [STE_NESTED + 8n, 0x1000_0000_0000n],
    [STE_NESTED + 16n, 0x040d_0058_0000_0002n],
    [STE_NESTED + 24n, NESTED_TABLES],
    [CD, 0x6205_c000_0010n], // A, R, AA64, IPS 48, V, EPD1, T0SZ 16
    [CD + 8n, 0x3_0000n], // TTB0
    [CD + 24n, 0x04_44ffn], // MAIR: 0 WB, 1 NC, 2 Device-nGnRE
    [L0, 0x3_1003n],
    [L1, 0x3_2003n],
    [L2, 0x3_3003n],
    [L3, LEAF],
    [S2_L1, 0x4_2003n],
    [S2_L2, 0x4_3003n],
    [S2_L3, S2_LEAF],
    [NESTED_TABLES, 0x7fdn],
    [NESTED_OUTPUT, 0xc000_07fdn],
  ];
  words.forEach(([pa, word]) => mem.words.set(pa, word));
  const state: OracleState = {
    // S2P, S1P, TTF AArch64, HTTU 3, Hyp, ASID16, VMID16, CD2L, ST_LEVEL 1
    idr0: 0x080c_12cb,
    idr1: 0x0c00_0510, // SIDSIZE 16, SSIDSIZE 20, both overrides
    idr2: 0,
    idr3: 0x2_2314, // HAD, XNX, FWB, STT, E0PD, EPAN
    idr4: 0,
    idr5: 0x4f6, // OAS 52, 4K 16K 64K, DS, VAX 52
    cr0: 1,
    cr1: 0,
    cr2: 2, // RECINVSID
    gbpa: 0x1000,
    strtabBase: 0x1_0000n,
    strtabBaseCfg: 4,
    mem,
  };
  return { mem, state };
}

export function set(f: Fixture, pa: bigint, word: bigint): Fixture {
  f.mem.words.set(pa, word);
  return f;
}

export function or(f: Fixture, pa: bigint, bits: bigint): Fixture {
  return set(f, pa, f.mem.words.get(pa)! | bits);
}

export function clear(f: Fixture, pa: bigint, bits: bigint): Fixture {
  return set(f, pa, f.mem.words.get(pa)! & ~bits);
}

export function translate(f: Fixture, txn: Partial<OracleTxn>): OracleResult {
  return oracleTranslate(f.state, {
    streamId: S1,
    ssv: false,
    ssid: 0,
    addr: VA,
    write: false,
    instruction: false,
    privileged: false,
    atomic: false,
    speculative: false,
    attrs: { memType: 0xff, sh: 0, alloc: 0b110 },
    ...txn,
  });
}
