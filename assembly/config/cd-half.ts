// One half of a CD, that of TTB0 or that of TTB1: the same fields at other places (IHI 0070 §5.4).
import { addressAt, field } from '../memory/bits';
import * as Cd from '../arch/cd';
import { granuleLog2, granuleLog2Tg1, stage1StartLevel } from '../arch/geometry';
import * as Idr3 from '../arch/idr3';
import * as Idr5 from '../arch/idr5';
import { id3, id5, granuleSupported } from './identity';
import * as Half from '../request/half';
import { baseIllegal, decodeTables, mostTsz, outputBits, usesDs } from './tables';

/** log2 of the granule; 0: none. TG0 and TG1 are coded differently. */
function granuleOf(cd: usize, second: bool): u32 {
  return second ? <u32>granuleLog2Tg1(<i32>field(cd, Cd.TG1)) : <u32>granuleLog2(<i32>field(cd, Cd.TG0));
}

function baseOf(cd: usize, second: bool): u64 {
  return addressAt(cd, second ? Cd.TTB1 : Cd.TTB0);
}

function tszOf(cd: usize, second: bool): u32 {
  return <u32>field(cd, second ? Cd.T1SZ : Cd.T0SZ);
}

function dsOf(cd: usize, g: u32): bool {
  return usesDs(field(cd, Cd.DS) != 0, g);
}

/** Effective IPS (§5.4 IPS). */
export function stage1OutputBits(cd: usize): u32 {
  return outputBits(field(cd, Cd.IPS));
}

/**
 * TGx, TxSZ and TTBx of a half that is used: TxSZ lies between a least that 52-bit input addresses lower to 12 and a most that small
 * tables raise (§5.4 T0SZ; §3.4.1), by granule.
 */
export function halfIllegal(cd: usize, second: bool): bool {
  const g = granuleOf(cd, second);
  if (!granuleSupported(g)) return true; // §5.4 TG0, TG1
  const ds = dsOf(cd, g);
  const tsz = tszOf(cd, second);
  const least: u32 = id5(Idr5.VAX) >= 1 && (g == 16 || ds) ? 12 : 16;
  if (tsz < least || tsz > mostTsz(g)) return true;
  return baseIllegal(baseOf(cd, second), stage1OutputBits(cd), g, ds); // §5.4 TTB0, TTB1
}

/** @param two the StreamWorld has both halves; with one alone EPD0 and E0PD0 are ignored (§5.4) */
export function decodeHalf(h: usize, cd: usize, second: bool, two: bool): void {
  let flags: u32 = field(cd, Cd.ENDI) ? Half.FLAG_BIG_ENDIAN : 0;
  if (field(cd, second ? Cd.TBI1 : Cd.TBI0)) flags |= Half.FLAG_TBI;
  if (id3(Idr3.HAD) && field(cd, second ? Cd.HAD1 : Cd.HAD0)) flags |= Half.FLAG_HAD;
  if (two && field(cd, second ? Cd.EPD1 : Cd.EPD0)) flags |= Half.FLAG_EPD;
  if (two && id3(Idr3.E0PD) && field(cd, second ? Cd.E0PD1 : Cd.E0PD0)) flags |= Half.FLAG_E0PD;
  store<u32>(h, flags, Half.FLAGS);
  store<u32>(h, <u32>field(cd, second ? Cd.SH1 : Cd.SH0), Half.SH);

  // A half that EPDx disables may hold anything; it is never walked, and its shape only has to be safe.
  const granule = granuleOf(cd, second);
  const g: u32 = granule == 0 ? 12 : granule;
  const iasize = min<u32>(max<u32>(64 - tszOf(cd, second), g + 1), 52);
  const start = stage1StartLevel(g, iasize);
  decodeTables(h, baseOf(cd, second), g, start, iasize, dsOf(cd, g), stage1OutputBits(cd));
}
