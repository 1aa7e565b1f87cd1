// The CD: legality in full (IHI 0070 §5.4.2) and its part of the configuration. Both halves are validated whichever an address
// uses; a half that EPDx disables is not.
import { copy16 } from '../memory/copy';
import { addressAt, field } from '../memory/bits';
import * as Cd from '../arch/cd';
import {
  addressSizeBits,
  granuleLog2,
  granuleLog2Tg1,
  SIZE_52_BITS,
  stage1StartLevel,
} from '../arch/geometry';
import * as Idr0 from '../arch/idr0';
import * as Idr3 from '../arch/idr3';
import * as Idr5 from '../arch/idr5';
import * as Ste from '../arch/ste';
import { id0, id3, id5, granuleSupported } from './identity';
import { alignTable, tableFormat } from './ste';
import * as Config from '../request/config';
import * as Half from '../request/half';
import { oasBits } from '../state/regs';

/** A CD that the SMMU must refuse, for the STE already decoded into c. */
export function cdIllegal(c: usize, cd: usize): bool {
  const two = (load<u32>(c, Config.FLAGS) & Config.FLAG_TWO_HALVES) != 0;
  if (!field(cd, Cd.V)) return true; // §5.4 V
  const stalls = field(cd, Cd.S) != 0;
  if (field(c + Config.STE, Ste.S1STALLD) && stalls) return true; // §5.2 S1STALLD
  if (id0(Idr0.TERM_MODEL) && !field(cd, Cd.A)) return true; // §5.4 A, §5.5
  // A stall that cannot be, or a termination that cannot be (§5.4 S, §3.12).
  const stallModel = id0(Idr0.STALL_MODEL);
  if (stalls ? stallModel == Idr0.STALL_MODEL_TERMINATE_ONLY : stallModel == Idr0.STALL_MODEL_FORCED)
    return true;
  // AA64 = 0 is VMSAv8-32, TTF[0]; the model has none (§5.4 AA64).
  if (!field(cd, Cd.AA64) || !(id0(Idr0.TTF) & Idr0.TTF_AARCH64)) return true;
  // A regime with one half has no EPD0 and no TTB1.
  const use0 = !two || !field(cd, Cd.EPD0);
  const use1 = two && !field(cd, Cd.EPD1);
  // An endianness that IDR0.TTENDIAN has not, where a half is walked at all (§5.4 ENDI).
  const endian = id0(Idr0.TTENDIAN);
  if ((use0 || use1) && (field(cd, Cd.ENDI) ? endian == Idr0.TTENDIAN_LITTLE : endian == Idr0.TTENDIAN_BIG))
    return true;
  const httu = id0(Idr0.HTTU);
  const ha = field(cd, Cd.HA) != 0;
  const hd = field(cd, Cd.HD) != 0;
  if ((ha || hd) && httu == Idr0.HTTU_NONE) return true; // §5.4 HA, HD
  if (hd && httu == Idr0.HTTU_ACCESS) return true;
  if (httu == Idr0.HTTU_ACCESS_DIRTY_TABLE && field(cd, Cd.HAFT) && !ha) return true; // §5.4 HAFT
  // ASID[15:8] without 16-bit ASIDs (§5.4 ASID).
  if (two && !id0(Idr0.ASID16) && field(cd, Cd.ASID_HIGH) != 0) return true;
  if (
    use0 &&
    halfIllegal(cd, <u32>granuleLog2(<i32>field(cd, Cd.TG0)), <u32>field(cd, Cd.T0SZ), addressAt(cd, Cd.TTB0))
  )
    return true;
  return (
    use1 &&
    halfIllegal(
      cd,
      <u32>granuleLog2Tg1(<i32>field(cd, Cd.TG1)),
      <u32>field(cd, Cd.T1SZ),
      addressAt(cd, Cd.TTB1),
    )
  );
}

/** CD.DS counts where IDR5.DS announces it, for 4K and 16K. */
@inline
function dsOf(cd: usize, g: u32): bool {
  return g != 16 && id5(Idr5.DS) != 0 && field(cd, Cd.DS) != 0;
}

// TGx, TxSZ and TTBx of one half: TxSZ lies between a least that 52-bit input addresses lower to 12 and a most that small tables
// raise (§5.4 T0SZ; §3.4.1), by granule.
function halfIllegal(cd: usize, g: u32, tsz: u32, ttb: u64): bool {
  if (!granuleSupported(g)) return true; // §5.4 TG0
  const ds = dsOf(cd, g);
  const least: u32 = id5(Idr5.VAX) >= 1 && (g == 16 || ds) ? 12 : 16;
  const most: u32 = !id3(Idr3.STT) ? 39 : g == 16 ? 47 : 48;
  if (tsz < least || tsz > most) return true;
  if (ttb >> (<u64>stage1OutputBits(cd))) return true; // §5.4 TTB0: beyond the effective IPS
  return g < 16 && !ds && ttb >> 48 != 0;
}

/** Effective IPS: 52 bits at most without VMSAv9-128, and OAS at most. */
export function stage1OutputBits(cd: usize): u32 {
  return min(<u32>addressSizeBits(<i32>min<u64>(field(cd, Cd.IPS), SIZE_52_BITS)), oasBits());
}

/** Writes what the CD says into configuration c; the CD is legal. */
export function decodeCd(c: usize, cd: usize): void {
  let flags = load<u32>(c, Config.FLAGS);
  const two = (flags & Config.FLAG_TWO_HALVES) != 0;
  copy16(c + Config.CD, cd, 32);
  store<u32>(c, two ? <u32>field(cd, Cd.ASID) : 0, Config.ASID);
  if (field(cd, Cd.ASET)) flags |= Config.FLAG_ASET;
  if (field(cd, Cd.HA)) {
    flags |= Config.FLAG_S1_HA;
    if (field(cd, Cd.HD)) flags |= Config.FLAG_S1_HD;
    if (id0(Idr0.HTTU) == Idr0.HTTU_ACCESS_DIRTY_TABLE && field(cd, Cd.HAFT)) flags |= Config.FLAG_S1_HAFT;
  }
  store<u32>(c, flags, Config.FLAGS);
  store<u32>(c, stage1OutputBits(cd), Config.IPS);

  let how: u32 = field(cd, Cd.ENDI) ? Half.FLAG_BIG_ENDIAN : 0;
  if (field(cd, Cd.TBI0)) how |= Half.FLAG_TBI;
  if (id3(Idr3.HAD) && field(cd, Cd.HAD0)) how |= Half.FLAG_HAD;
  if (two && field(cd, Cd.EPD0)) how |= Half.FLAG_EPD;
  if (two && id3(Idr3.E0PD) && field(cd, Cd.E0PD0)) how |= Half.FLAG_E0PD;
  const h0 = c + Config.HALF0;
  decodeHalf(
    cd,
    h0,
    <u32>granuleLog2(<i32>field(cd, Cd.TG0)),
    <u32>field(cd, Cd.T0SZ),
    addressAt(cd, Cd.TTB0),
  );
  store<u32>(h0, how, Half.FLAGS);
  store<u32>(h0, <u32>field(cd, Cd.SH0), Half.SH);

  const h1 = c + Config.HALF1;
  if (!two) {
    memory.fill(h1, 0, 24);
    return;
  }
  how = field(cd, Cd.ENDI) ? Half.FLAG_BIG_ENDIAN : 0;
  if (field(cd, Cd.TBI1)) how |= Half.FLAG_TBI;
  if (id3(Idr3.HAD) && field(cd, Cd.HAD1)) how |= Half.FLAG_HAD;
  if (field(cd, Cd.EPD1)) how |= Half.FLAG_EPD;
  if (id3(Idr3.E0PD) && field(cd, Cd.E0PD1)) how |= Half.FLAG_E0PD;
  decodeHalf(
    cd,
    h1,
    <u32>granuleLog2Tg1(<i32>field(cd, Cd.TG1)),
    <u32>field(cd, Cd.T1SZ),
    addressAt(cd, Cd.TTB1),
  );
  store<u32>(h1, how, Half.FLAGS);
  store<u32>(h1, <u32>field(cd, Cd.SH1), Half.SH);
}

function decodeHalf(cd: usize, h: usize, granule: u32, tsz: u32, ttb: u64): void {
  // A disabled half may hold anything; it is never walked, and its shape only has to be safe.
  const g: u32 = granule == 0 ? 12 : granule;
  const iasize = min<u32>(max<u32>(64 - tsz, g + 1), 52);
  const start = stage1StartLevel(g, iasize);
  const ds = dsOf(cd, g);
  store<u64>(h, alignTable(ttb, g, start, iasize, stage1OutputBits(cd)), Half.TTB);
  store<u8>(h, <u8>iasize, Half.IASIZE);
  store<u8>(h, <u8>g, Half.GRANULE);
  store<i8>(h, <i8>start, Half.START);
  store<u8>(h, <u8>tableFormat(g, ds), Half.FORMAT);
}
