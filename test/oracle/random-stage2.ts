import type { Features } from './features.js';
import { entryLog2, stage2Consistent, startLevelStage2 } from './geometry.js';
import { MAIN_BASE, MAIN_SIZE } from './random-memory.js';
import type { Allocator, MemoryImage } from './random-memory.js';
import type { Rng } from './random-rng.js';
import type { STE_FIELDS } from './random-fields.js';
import type { Structure } from './random-fields.js';
import { TableBuilder } from './random-tables.js';
import type { Place } from './random-tables.js';

/** What the parts of a random case share. */
export interface CaseParts {
  rng: Rng;
  f: Features;
  image: MemoryImage;
  alloc: Allocator;
  /** Bits that no descriptor may get by chance. */
  barredBits: readonly number[];
  /** Stage 1 leaves may be global. */
  globals: boolean;
  /** Leaves may carry the Contiguous bit. */
  contiguous: boolean;
  /** Hardware updates are due far more often, and stage 2 refuses them more often. */
  updates: boolean;
}

export const PA_BITS = [32, 36, 40, 42, 44, 48, 52, 56];
export const TG0_CODE: Readonly<Record<number, number>> = { 12: 0, 16: 1, 14: 2 };
export const TG1_CODE: Readonly<Record<number, number>> = { 14: 1, 12: 2, 16: 3 };

interface Sizes {
  granule: number;
  ds: boolean;
  t0sz: number;
  sl0: number;
  sl02: number;
  startLevel: number;
}

/** Picks a start level and an input size that agree. */
function sizes({ rng, f }: CaseParts): Sizes {
  for (;;) {
    const granule = rng.pick(f.granules);
    const ds = granule !== 16 && f.ds && rng.chance(0.6);
    const min = Math.max(granule === 16 || ds ? 12 : 16, 64 - f.oas);
    const max = !f.stt ? 39 : granule === 16 ? 47 : 48;
    const t0sz = rng.chance(0.4) ? rng.pick([min, max, 24, 25, 32]) : rng.between(min, max);
    if (t0sz < min || t0sz > max) continue;
    const codes = [0, 1, 2, 3, 4].flatMap((code) => {
      const startLevel = startLevelStage2(granule, code & 3, code >>> 2, ds, f.stt);
      const legal = startLevel !== undefined && stage2Consistent(granule, startLevel, 64 - t0sz);
      return legal && (code < 4 || (granule === 12 && ds)) ? [{ code, startLevel }] : [];
    });
    if (codes.length === 0) continue;
    const { code, startLevel } = rng.pick(codes);
    return { granule, ds, t0sz, sl0: code & 3, sl02: code >>> 2, startLevel };
  }
}

/** The stage 2 half of an STE and its tables: a linear window over RAM for what stage 1 needs, and scattered data pages. */
export class Stage2Space {
  readonly tables: TableBuilder;
  readonly inputSize: number;
  /** IPAs that are mapped as data. */
  readonly targets: { address: number; log2: number }[] = [];
  private readonly delta: number;
  private readonly deltaLog2: number;
  private readonly windowBytes: number;

  constructor(
    private readonly parts: CaseParts,
    ste: Structure<typeof STE_FIELDS>,
  ) {
    const { rng, f, alloc, updates } = parts;
    const size = sizes(parts);
    this.inputSize = 64 - size.t0sz;
    const ps = rng.chance(0.75) ? 7 : rng.below(7);
    const outputSize = Math.min(PA_BITS[ps], f.oas);
    const bigEndian = f.ttEndian === 3 || (f.ttEndian === 0 && rng.chance(0.25));
    const ha = f.httu > 0 && rng.chance(updates ? 0.9 : 0.6);
    const haft = f.httu === 3 && ha && rng.chance(0.4);
    const narrow = outputSize <= 36 ? MAIN_SIZE : undefined;
    this.tables = new TableBuilder(
      parts,
      { ...size, inputSize: this.inputSize, outputSize, oas: f.oas, bigEndian },
      (bytes) => {
        const pa = alloc.place(bytes, narrow);
        return { address: pa, pa };
      },
      () => rng.flag(0.6) << 10n,
    );
    ste.setAll({
      S2T0SZ: size.t0sz,
      S2SL0: size.sl0,
      S2SL0_2: size.sl02,
      S2TG: TG0_CODE[size.granule],
      S2DS: size.ds,
      S2PS: ps,
      S2AA64: 1,
      S2ENDI: bigEndian,
      S2AFFD: rng.chance(0.3),
      S2PTW: rng.chance(0.2),
      S2HA: ha,
      S2HD: ha ? f.httu >= 2 && rng.chance(0.6) : f.httu >= 2 && rng.chance(0.1),
      S2HAFT: haft,
      S2S: f.stallModel === 2 || (f.stallModel === 0 && rng.chance(0.15)),
      S2R: rng.chance(0.8),
      S2FWB: rng.chance(0.4),
      S2IR0: rng.below(4),
      S2OR0: rng.below(4),
      S2SH0: rng.below(4),
      S2TTB: BigInt(rng.chance(0.01) ? rng.below(2 ** f.oas) : this.tables.root.address) >> 4n,
    });

    this.windowBytes = Math.min(MAIN_SIZE, 2 ** this.inputSize);
    this.deltaLog2 = rng.pick([20, 21, 22, 25, 29, 30]);
    const room = Math.min(2 ** this.inputSize, 2 ** 32) - this.windowBytes;
    const base = rng.below(room + 1);
    this.delta = base - (base % 2 ** Math.max(this.deltaLog2, size.granule)) - MAIN_BASE;
  }

  /** A place for a stage 1 table, CD or L1CD, reachable through stage 2. */
  place(bytes: number): Place {
    const pa = this.parts.alloc.place(bytes, this.windowBytes);
    const address = pa + this.delta;
    const { granule } = this.tables.shape;
    for (let a = address; a < address + bytes; a += 2 ** granule) this.mapLinear(a);
    return { address, pa };
  }

  private mapLinear(ipa: number): void {
    const { rng, updates } = this.parts;
    if (ipa >= 2 ** this.inputSize || rng.chance(0.004)) return;
    const levels = this.tables
      .leafLevels()
      .filter((l) => this.tables.leafLog2(l) <= this.deltaLog2 || l === 3);
    const level = rng.chance(0.5) ? 3 : rng.pick(levels);
    const device = rng.chance(0.03);
    const writable = rng.chance(updates ? 0.7 : 0.85);
    const bits =
      (rng.chance(0.006) ? 0n : 1n << 6n) |
      (writable ? 1n << 7n : 0n) |
      (rng.flag(0.4) << 51n) |
      (rng.flag(updates ? 0.5 : 0.97) << 10n) |
      (BigInt(device ? rng.below(4) : 0b1111) << 2n);
    const map = (l: number): boolean => this.tables.map(ipa, l, ipa - this.delta, bits | this.shareability());
    // Where a table stands already, a block finds no room, but a page may.
    if (!map(level) && level !== 3) map(3);
  }

  /** Maps one data page or block somewhere; returns the IPA range. */
  mapData(ipa: number): void {
    const { rng, f, updates } = this.parts;
    let level = rng.chance(0.6) ? 3 : rng.pick(this.tables.leafLevels());
    if (this.coversWindow(ipa, this.tables.leafLog2(level))) level = 3;
    const log2 = this.tables.leafLog2(level);
    const limit = rng.chance(0.03) ? f.oas : Math.min(f.oas, this.tables.shape.outputSize);
    const bits =
      (BigInt(rng.pick([3, 3, 3, 3, 3, 3, 3, 1, 1, 2, 0])) << 6n) |
      (rng.flag(0.35) << 51n) |
      (rng.flag(updates ? 0.5 : 0.88) << 10n) |
      (BigInt(rng.pick([0, 0, 0, 0, 0, 1, 2, 3])) << 53n) |
      (BigInt(rng.chance(0.5) ? 0b1111 : rng.below(16)) << 2n) |
      (rng.flag(this.parts.contiguous ? 0.03 : 0) << 52n) |
      (rng.wide(4) << 55n);
    if (this.tables.map(ipa, level, rng.below(2 ** limit), bits | this.shareability())) {
      this.targets.push({ address: ipa - (ipa % 2 ** log2), log2 });
    }
  }

  /** A data block here would take the place of what stage 1's tables still need. */
  private coversWindow(ipa: number, log2: number): boolean {
    const first = this.delta + MAIN_BASE;
    const block = ipa - (ipa % 2 ** log2);
    return block < first + this.windowBytes && block + 2 ** log2 > first;
  }

  /** SH, unless those bits are address bits. */
  private shareability(): bigint {
    return this.tables.shape.ds ? 0n : BigInt(this.parts.rng.below(4)) << 8n;
  }

  /** A random IPA inside the input range, often at its edges. */
  anyIpa(): number {
    const { rng } = this.parts;
    const span = 2 ** Math.min(this.inputSize, this.parts.f.oas);
    const page = 2 ** entryLog2(this.tables.shape.granule, 3);
    if (rng.chance(0.1)) return 0;
    if (rng.chance(0.12)) return span - page;
    return rng.below(span);
  }
}
