// The CD: legality in full (IHI 0070 §5.4.2) and its part of the configuration. Both halves are validated whichever an address
// uses; a half that EPDx disables is not.
import { copy16 } from '../memory/copy';
import { field } from '../memory/bits';
import {
  CD_V,
  CD_A,
  CD_S,
  CD_ENDI,
  CD_AA64,
  CD_HA,
  CD_HD,
  CD_HAFT,
  CD_ASID,
  CD_ASET,
  CD_T0SZ,
  CD_T1SZ,
  CD_TG0,
  CD_TG1,
  CD_EPD0,
  CD_EPD1,
  CD_TTB0,
  CD_TTB1,
  CD_IPS,
  CD_DS,
  CD_TBI0,
  CD_TBI1,
  CD_HAD0,
  CD_HAD1,
  CD_E0PD0,
  CD_E0PD1,
  CD_SH0,
  CD_SH1,
} from '../arch/cd';
import {
  IDR0_TTF,
  IDR0_HTTU,
  IDR0_ASID16,
  IDR0_TTENDIAN,
  IDR0_STALL_MODEL,
  IDR0_TERM_MODEL,
  IDR3_STT,
  IDR3_HAD,
  IDR3_E0PD,
  IDR5_DS,
  IDR5_VAX,
  IDR0_STALL_MODEL_TERMINATE_ONLY,
  IDR0_STALL_MODEL_FORCED,
  IDR0_TTENDIAN_LITTLE,
  IDR0_TTENDIAN_BIG,
  IDR0_HTTU_NONE,
  IDR0_HTTU_ACCESS,
  IDR0_HTTU_ACCESS_DIRTY_TABLE,
} from '../arch/idr';
import { STE_S1STALLD } from '../arch/ste';
import { granuleLog2, granuleLog2Tg1, stage1StartLevel, addressSizeBits } from '../arch/descriptors';
import { id0, id3, id5, granuleSupported } from './identity';
import { alignTable, tableFormat } from './ste';
import * as Config from '../request/config';
import * as Half from '../request/half';
import { oasBits } from '../state/regs';

/** A CD that the SMMU must refuse, for the STE already decoded into c. */
export function cdIllegal(c: usize, cd: usize): bool {
  const two = (load<u32>(c, Config.FLAGS) & Config.FLAG_TWO_HALVES) != 0;
  if (!field(cd, CD_V)) return true; // §5.4 V
  const stalls = field(cd, CD_S) != 0;
  if (field(c + Config.STE, STE_S1STALLD) && stalls) return true; // §5.2 S1STALLD
  if (id0(IDR0_TERM_MODEL) && !field(cd, CD_A)) return true; // §5.4 A, §5.5
  // A stall that cannot be, or a termination that cannot be (§5.4 S, §3.12).
  const stallModel = id0(IDR0_STALL_MODEL);
  if (stalls ? stallModel == IDR0_STALL_MODEL_TERMINATE_ONLY : stallModel == IDR0_STALL_MODEL_FORCED)
    return true;
  // AA64 = 0 is VMSAv8-32, TTF[0]; the model has none (§5.4 AA64).
  if (!field(cd, CD_AA64) || !(id0(IDR0_TTF) & 2)) return true;
  // A regime with one half has no EPD0 and no TTB1.
  const use0 = !two || !field(cd, CD_EPD0);
  const use1 = two && !field(cd, CD_EPD1);
  // An endianness that IDR0.TTENDIAN has not, where a half is walked at all (§5.4 ENDI).
  const endian = id0(IDR0_TTENDIAN);
  if ((use0 || use1) && (field(cd, CD_ENDI) ? endian == IDR0_TTENDIAN_LITTLE : endian == IDR0_TTENDIAN_BIG))
    return true;
  const httu = id0(IDR0_HTTU);
  const ha = field(cd, CD_HA) != 0;
  const hd = field(cd, CD_HD) != 0;
  if ((ha || hd) && httu == IDR0_HTTU_NONE) return true; // §5.4 HA, HD
  if (hd && httu == IDR0_HTTU_ACCESS) return true;
  if (httu == IDR0_HTTU_ACCESS_DIRTY_TABLE && field(cd, CD_HAFT) && !ha) return true; // §5.4 HAFT
  // ASID[15:8] without 16-bit ASIDs (§5.4 ASID).
  if (two && !id0(IDR0_ASID16) && field(cd, CD_ASID) >> 8 != 0) return true;
  if (
    use0 &&
    halfIllegal(
      cd,
      <u32>granuleLog2(<i32>field(cd, CD_TG0)),
      <u32>field(cd, CD_T0SZ),
      field(cd, CD_TTB0) << 4,
    )
  )
    return true;
  return (
    use1 &&
    halfIllegal(
      cd,
      <u32>granuleLog2Tg1(<i32>field(cd, CD_TG1)),
      <u32>field(cd, CD_T1SZ),
      field(cd, CD_TTB1) << 4,
    )
  );
}

/** CD.DS counts where IDR5.DS announces it, for 4K and 16K. */
@inline
function dsOf(cd: usize, g: u32): bool {
  return g != 16 && id5(IDR5_DS) != 0 && field(cd, CD_DS) != 0;
}

// TGx, TxSZ and TTBx of one half: TxSZ lies between a least that 52-bit input addresses lower to 12 and a most that small tables
// raise (§5.4 T0SZ; §3.4.1), by granule.
function halfIllegal(cd: usize, g: u32, tsz: u32, ttb: u64): bool {
  if (!granuleSupported(g)) return true; // §5.4 TG0
  const ds = dsOf(cd, g);
  const least: u32 = id5(IDR5_VAX) >= 1 && (g == 16 || ds) ? 12 : 16;
  const most: u32 = !id3(IDR3_STT) ? 39 : g == 16 ? 47 : 48;
  if (tsz < least || tsz > most) return true;
  if (ttb >> (<u64>stage1OutputBits(cd))) return true; // §5.4 TTB0: beyond the effective IPS
  return g < 16 && !ds && ttb >> 48 != 0;
}

/** Effective IPS: 52 bits at most without VMSAv9-128, and OAS at most. */
export function stage1OutputBits(cd: usize): u32 {
  return min(<u32>addressSizeBits(<i32>min<u64>(field(cd, CD_IPS), 6)), oasBits());
}

/** Writes what the CD says into configuration c; the CD is legal. */
export function decodeCd(c: usize, cd: usize): void {
  let flags = load<u32>(c, Config.FLAGS);
  const two = (flags & Config.FLAG_TWO_HALVES) != 0;
  copy16(c + Config.CD, cd, 32);
  store<u32>(c, two ? <u32>field(cd, CD_ASID) : 0, Config.ASID);
  if (field(cd, CD_ASET)) flags |= Config.FLAG_ASET;
  if (field(cd, CD_HA)) {
    flags |= Config.FLAG_S1_HA;
    if (field(cd, CD_HD)) flags |= Config.FLAG_S1_HD;
    if (id0(IDR0_HTTU) == IDR0_HTTU_ACCESS_DIRTY_TABLE && field(cd, CD_HAFT)) flags |= Config.FLAG_S1_HAFT;
  }
  store<u32>(c, flags, Config.FLAGS);
  store<u32>(c, stage1OutputBits(cd), Config.IPS);

  let how: u32 = field(cd, CD_ENDI) ? Half.FLAG_BIG_ENDIAN : 0;
  if (field(cd, CD_TBI0)) how |= Half.FLAG_TBI;
  if (id3(IDR3_HAD) && field(cd, CD_HAD0)) how |= Half.FLAG_HAD;
  if (two && field(cd, CD_EPD0)) how |= Half.FLAG_EPD;
  if (two && id3(IDR3_E0PD) && field(cd, CD_E0PD0)) how |= Half.FLAG_E0PD;
  const h0 = c + Config.HALF0;
  decodeHalf(
    cd,
    h0,
    <u32>granuleLog2(<i32>field(cd, CD_TG0)),
    <u32>field(cd, CD_T0SZ),
    field(cd, CD_TTB0) << 4,
  );
  store<u32>(h0, how, Half.FLAGS);
  store<u32>(h0, <u32>field(cd, CD_SH0), Half.SH);

  const h1 = c + Config.HALF1;
  if (!two) {
    memory.fill(h1, 0, 24);
    return;
  }
  how = field(cd, CD_ENDI) ? Half.FLAG_BIG_ENDIAN : 0;
  if (field(cd, CD_TBI1)) how |= Half.FLAG_TBI;
  if (id3(IDR3_HAD) && field(cd, CD_HAD1)) how |= Half.FLAG_HAD;
  if (field(cd, CD_EPD1)) how |= Half.FLAG_EPD;
  if (id3(IDR3_E0PD) && field(cd, CD_E0PD1)) how |= Half.FLAG_E0PD;
  decodeHalf(
    cd,
    h1,
    <u32>granuleLog2Tg1(<i32>field(cd, CD_TG1)),
    <u32>field(cd, CD_T1SZ),
    field(cd, CD_TTB1) << 4,
  );
  store<u32>(h1, how, Half.FLAGS);
  store<u32>(h1, <u32>field(cd, CD_SH1), Half.SH);
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
