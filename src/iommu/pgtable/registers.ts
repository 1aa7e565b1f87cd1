/** How a translation table is announced to the SMMU: the values of the CD and STE fields that describe it. */
import * as Cd from '../../../assembly/arch/cd.js';
import { addressSizeBits } from '../../../assembly/arch/geometry.js';
import * as Mair from '../../../assembly/arch/mair.js';
import * as Shareability from '../../../assembly/arch/shareability.js';
import type { Geometry } from './geometry.js';

/** Indices of the MAIR that every stage 1 of the driver uses: Linux's order. */
export const ATTRINDX_NC = 0;
export const ATTRINDX_CACHE = 1;
export const ATTRINDX_DEVICE = 2;
/** Inner Non-cacheable, outer Write-Back: a system cache's. */
const MAIR_INC_OWB = 0xf4;

/** Attr0 to Attr3, the value of CD.MAIR. */
export const STAGE1_MAIR =
  (BigInt(Mair.NORMAL_NC) << BigInt(8 * ATTRINDX_NC)) |
  (BigInt(Mair.NORMAL_WB) << BigInt(8 * ATTRINDX_CACHE)) |
  (BigInt(Mair.DEVICE_nGnRE) << BigInt(8 * ATTRINDX_DEVICE)) |
  (BigInt(MAIR_INC_OWB) << 24n);

/** Cacheability of walks: Non-cacheable, or Write-Back with read and write allocation. */
const WALK_NC = 0;
const WALK_WB_RA_WA = 1;

interface WalkRegisters {
  /** Base of the first table. */
  ttb: bigint;
  /** Inner and outer cacheability and shareability of the walks. */
  ir: number;
  or: number;
  sh: number;
}

/** Of a stage 1, for a CD. */
export interface Stage1Registers extends WalkRegisters {
  tsz: number;
  /** In the coding of TG0. */
  tg0: number;
  ips: number;
  mair: bigint;
  /** The upper half of the input addresses. */
  ttbr1: boolean;
}

/** Of a stage 2, for an STE (together they are what Linux calls VTCR). */
export interface Stage2Registers extends WalkRegisters {
  t0sz: number;
  sl0: number;
  tg: number;
  ps: number;
}

export function stage1Registers(
  geometry: Geometry,
  ttb: bigint,
  options: { coherent: boolean; ttbr1: boolean },
): Stage1Registers {
  return {
    ...walkRegisters(ttb, options.coherent),
    tsz: 64 - geometry.iasBits,
    tg0: granuleCode(geometry.granule),
    ips: addressSizeCode(geometry.oasBits),
    mair: STAGE1_MAIR,
    ttbr1: options.ttbr1,
  };
}

export function stage2Registers(geometry: Geometry, ttb: bigint, coherent: boolean): Stage2Registers {
  // SL0 counts upwards from level 2 with 4 KB granules and from level 3 otherwise (IHI 0070 §5.2, S2SL0).
  const { granule, startLevel } = geometry;
  const sl0 = granule === 12 ? (startLevel === 3 ? 3 : 2 - startLevel) : 3 - startLevel;
  return {
    ...walkRegisters(ttb, coherent),
    t0sz: 64 - geometry.iasBits,
    sl0,
    tg: granuleCode(granule),
    ps: addressSizeCode(geometry.oasBits),
  };
}

function walkRegisters(ttb: bigint, coherent: boolean): WalkRegisters {
  return coherent
    ? { ttb, ir: WALK_WB_RA_WA, or: WALK_WB_RA_WA, sh: Shareability.INNER_SHAREABLE }
    : { ttb, ir: WALK_NC, or: WALK_NC, sh: Shareability.OUTER_SHAREABLE };
}

/** TG0 and S2TG share one coding. */
function granuleCode(granule: number): number {
  return granule === 12 ? Cd.TG0_4K : granule === 14 ? Cd.TG0_16K : Cd.TG0_64K;
}

/** The smallest code that reaches `bits`. */
function addressSizeCode(bits: number): number {
  let code = 0;
  while (code < 6 && addressSizeBits(code) < bits) code++;
  return code;
}
