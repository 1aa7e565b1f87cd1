/** Half-plausible structures: random words that get far enough into the core to do harm if they could. */
import * as Register from '../../assembly/arch/register.js';
import type { Rng } from '../oracle/random.js';

export type Word = bigint;

/** Addresses that structures point to: pages of the windows, their edges, each other, and nowhere. */
export class Places {
  private readonly pages: bigint[] = [];

  constructor(
    private readonly rng: Rng,
    private readonly windows: readonly { base: bigint; size: number }[],
  ) {
    for (let i = 0; i < 24; i++) this.pages.push(this.inside() & ~0xfffn);
    for (const { base, size } of windows) {
      const end = base + BigInt(size);
      this.pages.push(base & ~0xfffn, end & ~0xfffn, (end - 1n) & ~0xfffn, (end - 64n) & ~63n);
    }
  }

  /** An address inside some window. */
  inside(): bigint {
    const { base, size } = this.rng.pick(this.windows);
    return base + BigInt(this.rng.below(size));
  }

  /** Where a structure may stand; mostly the same few places, so that structures meet. */
  node(): bigint {
    const { rng } = this;
    const kind = rng.below(40);
    if (kind === 0) return rng.wide(64);
    if (kind === 1) return rng.wide(52) & ~0xfffn;
    if (kind === 2) return this.edge();
    return rng.pick(this.pages);
  }

  /** Close to the end of a window, before it or after. */
  edge(): bigint {
    const { base, size } = this.rng.pick(this.windows);
    return base + BigInt(size) - 96n + 8n * BigInt(this.rng.below(24));
  }
}

const noise = (rng: Rng, word: Word): Word => {
  const kind = rng.below(16);
  if (kind === 0) return rng.wide(64);
  return kind < 6 ? word ^ (1n << BigInt(rng.below(64))) : word;
};

export function ste(rng: Rng, p: Places): Word[] {
  const config = BigInt(rng.below(10) === 0 ? rng.below(8) : 4 + rng.below(4));
  const cdMax = BigInt(rng.pick([0, 0, 0, 1, 5, 8, 12, 20]));
  const format = BigInt(rng.below(3));
  const tsz = BigInt(rng.pick([16, 20, 24, 25, 28, 32, 39, 12]));
  return [
    1n | (config << 1n) | (format << 4n) | (p.node() & 0x00ff_ffff_ffff_ffc0n) | (cdMax << 59n),
    BigInt(rng.below(3)) | (1n << 44n) | (BigInt(rng.pick([0, 0, 2])) << 30n),
    BigInt(rng.below(4)) |
      (tsz << 32n) |
      (BigInt(rng.below(4)) << 38n) |
      (BigInt(rng.pick([0, 0, 1, 2])) << 46n) |
      (BigInt(rng.pick([5, 5, 6, 2])) << 48n) |
      (1n << 51n) |
      (rng.flag(0.3) << 55n) |
      (rng.flag(0.3) << 56n) |
      (rng.flag(0.3) << 57n) |
      (1n << 58n),
    (p.node() & 0x000f_ffff_ffff_fff0n) | (rng.flag(0.2) << 3n),
    0n,
    0n,
    0n,
    0n,
  ].map((w) => noise(rng, w));
}

export function cd(rng: Rng, p: Places): Word[] {
  const tsz = (): bigint => BigInt(rng.pick([16, 20, 25, 28, 32, 39, 12]));
  return [
    tsz() |
      (BigInt(rng.pick([0, 0, 1, 2])) << 6n) |
      (tsz() << 16n) |
      (BigInt(rng.pick([2, 2, 1, 3])) << 22n) |
      (rng.flag(0.5) << 30n) |
      (1n << 31n) |
      (BigInt(rng.pick([5, 5, 6, 2])) << 32n) |
      (1n << 41n) |
      (rng.flag(0.3) << 42n) |
      (rng.flag(0.3) << 43n) |
      (rng.flag(0.2) << 44n) |
      (3n << 45n) |
      (BigInt(rng.below(4)) << 48n),
    p.node() & 0x000f_ffff_ffff_fff0n,
    p.node() & 0x000f_ffff_ffff_fff0n,
    rng.wide(64),
    0n,
    0n,
    0n,
    0n,
  ].map((w) => noise(rng, w));
}

/** A translation table entry: a table (perhaps the one it stands in), a leaf, or anything. */
export function descriptor(rng: Rng, p: Places): Word {
  const kind = rng.below(8);
  if (kind < 4) return noise(rng, (p.node() & 0x0000_ffff_ffff_f000n) | 3n);
  if (kind < 7) return noise(rng, (p.node() & 0x0000_ffff_ffff_f000n) | 0x7c1n | BigInt(rng.below(2) * 2));
  return rng.wide(64);
}

const OPCODES = [
  1, 2, 3, 4, 5, 6, 0x10, 0x11, 0x12, 0x13, 0x20, 0x21, 0x22, 0x23, 0x28, 0x2a, 0x30, 0x44, 0x45, 0x46,
];

export function command(rng: Rng, p: Places): Word[] {
  if (rng.below(24) === 0) return [rng.wide(64), rng.wide(64)];
  const opcode = BigInt(rng.pick(OPCODES));
  const sid = BigInt(rng.below(8)) << 32n;
  const wild = (): bigint => rng.wide(64) & ~0x4ffn; // SSec clear
  switch (rng.below(4)) {
    case 0: // CMD_RESUME of every kind, of STAGs that may be waiting; CFGI and Range
      return [opcode | sid | (rng.wide(2) << 12n), BigInt(rng.below(72))];
    case 1:
      return [opcode | wild(), p.node() | rng.wide(12)];
    case 2: // CMD_PREFETCH_ADDR and ranges with hostile sizes and strides
      return [opcode | sid | (rng.wide(14) << 12n), (rng.wide(52) << 12n) | rng.wide(12)];
    default:
      return [
        opcode | (opcode === 0x46n ? BigInt(rng.below(3)) << 12n : 0n) | (rng.wide(32) << 32n),
        p.node() & ~3n,
      ];
  }
}

/** Register offsets by weight: those with effects, then whatever page 0 and 1 have, then anywhere. */
const BUSY = [
  Register.CR0,
  Register.CR0,
  Register.CR1,
  Register.CR2,
  Register.GBPA,
  Register.IRQ_CTRL,
  Register.GERRORN,
  Register.GERRORN,
  Register.GERROR_IRQ_CFG0,
  Register.STRTAB_BASE,
  Register.STRTAB_BASE_CFG,
  Register.CMDQ_BASE,
  Register.CMDQ_PROD,
  Register.CMDQ_PROD,
  Register.CMDQ_CONS,
  Register.EVENTQ_BASE,
  Register.EVENTQ_PROD,
  Register.EVENTQ_CONS,
  Register.EVENTQ_CONS,
  Register.EVENTQ_IRQ_CFG0,
  Register.EVENTQ_IRQ_CFG1,
  Register.GATOS_CTRL,
  Register.GATOS_SID,
  Register.GATOS_ADDR,
  Register.GATOS_PAR,
];

export function registerOffset(rng: Rng): number {
  const kind = rng.below(16);
  if (kind < 12) return rng.pick(BUSY);
  if (kind < 14) return rng.below(0x200);
  if (kind === 14) return 0x10000 + rng.below(0x200);
  return rng.below(4) === 0 ? rng.next() : rng.below(0x20000);
}

/** Of a counter group: its arrays, bitmaps, control and interrupt registers, page 1 and beyond. */
export function counterOffset(rng: Rng): number {
  const kind = rng.below(16);
  if (kind < 3) return rng.below(0x80);
  if (kind < 5) return rng.pick([0x400, 0x600, 0xa00]) + rng.below(0x80);
  if (kind < 9) return rng.pick([0xc00, 0xc20, 0xc40, 0xc60, 0xc80, 0xcc0]) + 4 * rng.below(3);
  if (kind < 12) return rng.pick([0xd88, 0xdf8, 0xe04, 0xe50, 0xe54, 0xe58, 0xe5c, 0xe60, 0xe64, 0xe68]);
  if (kind < 14) return rng.pick([0, 0x1000, 0x10000]) + rng.below(0x1000);
  return rng.below(4) === 0 ? rng.next() : rng.below(0x12000);
}
