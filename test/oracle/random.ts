/** Random cases for differential tests: one configuration of a few streams with their tables, and transactions that aim at them. */
import { readFeatures } from './features.js';
import { ID_PROFILES } from './random-ids.js';
import { Allocator, MemoryImage } from './random-memory.js';
import { Rng } from './random-rng.js';
import { randomStream } from './random-streams.js';
import type { RandomStream } from './random-streams.js';
import type { CaseParts } from './random-stage2.js';
import { randomTransaction } from './random-transactions.js';
import type { OracleState, OracleTxn } from './types.js';

export { ID_PROFILES } from './random-ids.js';
export { MemoryImage, QUEUE_WINDOW, RAM_WINDOWS } from './random-memory.js';
export { Rng } from './random-rng.js';

export interface RandomCase {
  seed: number;
  /** Index into ID_PROFILES. */
  profile: number;
  /** Registers; `state.mem` is `image`, which translations change (flag updates): clone it first to compare. */
  state: OracleState;
  image: MemoryImage;
  transactions: OracleTxn[];
}

export interface CaseOptions {
  streams?: number;
  transactions?: number;
  /** Restricts the choice of profile. */
  profiles?: readonly number[];
  /** Let leaves be global (nG=0), or carry the Contiguous bit, at random. Both off by default: then no two contexts of a case share a
      TLB tag, so that a device with caches must answer as this model does (§5.4.1, DDI 0487 D8.6). */
  globals?: boolean;
  contiguous?: boolean;
  /** Hardware updates due far more often, and refused more often. */
  updates?: boolean;
}

export function generateCase(seed: number, options: CaseOptions = {}): RandomCase {
  const rng = new Rng(seed);
  const profiles = options.profiles ?? ID_PROFILES.map((_, i) => i);
  const profile = rng.chance(0.2) ? profiles[0] : rng.pick(profiles);
  const ids = ID_PROFILES[profile];
  const image = new MemoryImage();
  const state: OracleState = {
    ...ids,
    cr0: rng.chance(0.97) ? 1 : 0,
    cr1: rng.below(0x1000),
    cr2: 0,
    gbpa: randomGbpa(rng),
    strtabBase: 0n,
    strtabBaseCfg: 0,
    mem: image,
  };
  const f = readFeatures(state);
  const e2h = f.hyp && rng.chance(0.4);
  state.cr2 = (e2h ? 1 : 0) | (rng.chance(0.7) ? 2 : 0);
  const { globals = false, contiguous = false, updates = false } = options;
  const barredBits = [...(globals ? [] : [11]), ...(contiguous ? [] : [52])];
  const parts: CaseParts = {
    rng,
    f,
    image,
    alloc: new Allocator(rng, f.oas),
    barredBits,
    globals,
    contiguous,
    updates,
  };

  const table = streamTable(parts, state, options.streams ?? 8);
  let asid = 0;
  let el2 = rng.below(8);
  const streams = new Map<number, RandomStream>();
  table.ids.forEach((sid, n) => {
    const stream = randomStream(parts, {
      vmid: n + 1,
      nextAsid: () => ++asid,
      e2h,
      allowEl2: el2-- === 0,
    });
    streams.set(sid, stream);
    image.writeWords(table.steAddress(sid), stream.ste);
  });
  if (rng.chance(0.01)) state.strtabBase = rng.wide(56) & ~63n;

  const transactions = Array.from({ length: options.transactions ?? 64 }, () =>
    randomTransaction(parts, streams, table.log2Size),
  );
  return { seed, profile, state, image, transactions };
}

function randomGbpa(rng: Rng): number {
  if (rng.chance(0.3)) return 0x1000;
  const abort = rng.chance(0.2) ? 1 << 20 : 0;
  return abort | (rng.below(16) << 16) | (rng.below(4) << 12) | (rng.below(16) << 8) | (rng.below(32) & 0x1f);
}

interface StreamTable {
  ids: number[];
  log2Size: number;
  steAddress(sid: number): number;
}

/** A linear or 2-level Stream table in memory, and StreamIDs that have an STE in it. */
function streamTable(parts: CaseParts, state: OracleState, count: number): StreamTable {
  const { rng, f, alloc } = parts;
  const log2Size = Math.min(f.sidSize, rng.pick([3, 5, 6, 7, 9, 11, 14]));
  const literal =
    f.sidSize <= 12 && rng.chance(0.15)
      ? Math.max(log2Size, rng.between(f.sidSize, f.sidSize + 2))
      : log2Size;
  const twoLevel = f.stLevel === 1 && rng.chance(0.6);
  const reserved = rng.chance(0.1);
  const ids = new Set<number>();
  for (let i = 0; i < count; i++) ids.add(rng.below(2 ** log2Size));

  if (!twoLevel) {
    // A table larger than RAM can hold is placed by its own alignment, which clears the low bits.
    const size = 2 ** Math.min(literal + 6, 20);
    const base = alloc.place(size);
    state.strtabBase = BigInt(base);
    state.strtabBaseCfg = literal | (reserved ? 2 << 16 : 0) | (rng.below(32) << 6);
    const steBase = literal + 6 > 20 ? base - (base % 2 ** Math.min(literal + 6, 50)) : base;
    return { ids: [...ids], log2Size, steAddress: (sid) => steBase + 64 * sid };
  }
  const code = reserved ? rng.pick([0, 7, 9, 12]) : rng.pick([6, 6, 8, 10]);
  const split = code === 8 || code === 10 ? code : 6;
  const l1Base = alloc.place(2 ** Math.max(6, literal - split + 3));
  state.strtabBase = BigInt(l1Base);
  state.strtabBaseCfg = literal | (code << 6) | (1 << 16);
  const highest = new Map<number, number>();
  for (const sid of ids) {
    const l1 = Math.floor(sid / 2 ** split);
    highest.set(l1, Math.max(highest.get(l1) ?? 0, sid % 2 ** split));
  }
  const leaves = new Map<number, { base: number }>();
  highest.forEach((index, l1) => leaves.set(l1, randomLeaf(parts, l1Base + 8 * l1, index, split)));
  const steAddress = (sid: number): number =>
    leaves.get(Math.floor(sid / 2 ** split))!.base + 64 * (sid % 2 ** split);
  return { ids: [...ids], log2Size, steAddress };
}

/** An L1STD with a span that mostly covers `index`. */
function randomLeaf(parts: CaseParts, l1stdAddress: number, index: number, split: number): { base: number } {
  const { rng, alloc, image } = parts;
  const needed = Math.ceil(Math.log2(index + 1)) + 1;
  const span = rng.chance(0.025) ? rng.below(32) : rng.between(needed, split + 1);
  const bytes = 64 * 2 ** split;
  const base = alloc.place(bytes);
  const wild = rng.chance(0.02) ? rng.wide(44) << 12n : 0n;
  image.write64(BigInt(l1stdAddress), BigInt(base) | wild | BigInt(span));
  return { base };
}
