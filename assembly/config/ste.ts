// The STE: legality in full (IHI 0070 §5.2.2) and its part of the configuration.
import { copy16 } from '../memory/copy';
import { field } from '../memory/bits';
import {
  STE_Config,
  STE_S1ContextPtr,
  STE_S1CDMax,
  STE_S1Fmt,
  STE_S1STALLD,
  STE_STRW,
  STE_S2AA64,
  STE_S2ENDI,
  STE_S2HA,
  STE_S2HD,
  STE_S2HAFT,
  STE_S2PS,
  STE_S2S,
  STE_S2SL0,
  STE_S2SL0_2,
  STE_S2DS,
  STE_S2T0SZ,
  STE_S2TG,
  STE_S2TTB,
  STE_S2VMID,
  STE_S2SH0,
  STE_PRIVCFG,
  STE_INSTCFG,
  STE_STRW_EL2,
  STE_CONFIG_BIT_S1,
  STE_CONFIG_BIT_S2,
  STE_S1FMT_4K_L2,
  STE_S1FMT_64K_L2,
  STE_CONFIG_BYPASS,
} from '../arch/ste';
import {
  IDR0_S1P,
  IDR0_S2P,
  IDR0_TTF,
  IDR0_HTTU,
  IDR0_Hyp,
  IDR0_VMID16,
  IDR0_CD2L,
  IDR0_TTENDIAN,
  IDR0_STALL_MODEL,
  IDR1_SSIDSIZE,
  IDR1_ATTR_PERMS_OVR,
  IDR3_STT,
  IDR5_DS,
  IDR0_STALL_MODEL_BOTH,
  IDR0_STALL_MODEL_TERMINATE_ONLY,
  IDR0_STALL_MODEL_FORCED,
  IDR0_TTENDIAN_LITTLE,
  IDR0_TTENDIAN_BIG,
  IDR0_HTTU_NONE,
  IDR0_HTTU_ACCESS,
  IDR0_HTTU_ACCESS_DIRTY_TABLE,
} from '../arch/idr';
import { granuleLog2, stage2StartLevel, addressSizeBits, levelShift } from '../arch/descriptors';
import { WORLD_NS_EL1, WORLD_NS_EL2, WORLD_NS_EL2_E2H } from '../arch/stream-world';
import { id0, id1, id3, id5, granuleSupported } from './identity';
import * as Config from '../request/config';
import * as Half from '../request/half';
import { e2h, oasBits } from '../state/regs';

/** STRW has a meaning: stage 1 alone, and EL2 exists; else the StreamWorld is NS-EL1 (§5.2 STRW). */
@inline
function strwUsed(config: u32): bool {
  return config == 5 && id0(IDR0_S1P) != 0 && id0(IDR0_Hyp) != 0;
}

export function streamWorld(ste: usize): u32 {
  if (!strwUsed(<u32>field(ste, STE_Config)) || field(ste, STE_STRW) != STE_STRW_EL2) return WORLD_NS_EL1;
  return e2h() ? WORLD_NS_EL2_E2H : WORLD_NS_EL2;
}

/** A valid STE (V = 1, Config = 0b1xx) that the SMMU must refuse. */
export function steIllegal(ste: usize): bool {
  const config = <u32>field(ste, STE_Config);
  const s1 = (config & STE_CONFIG_BIT_S1) != 0;
  const s2 = (config & STE_CONFIG_BIT_S2) != 0;
  if (s1 && !id0(IDR0_S1P)) return true; // §5.2 Config
  if (s2 && !id0(IDR0_S2P)) return true;
  // EL3 and reserved StreamWorlds (§5.2 STRW).
  if (strwUsed(config) && field(ste, STE_STRW) & 1) return true;
  if (s1 && stage1Illegal(ste, s2)) return true;
  if (s2 && stage2Illegal(ste)) return true;
  // S2VMID matters wherever it tags: also for a stage 1-only stream of NS-EL1 (§5.2 S2VMID, §3.17).
  const vmidUsed = config != STE_CONFIG_BYPASS && id0(IDR0_S2P) != 0 && streamWorld(ste) == WORLD_NS_EL1;
  return vmidUsed && !id0(IDR0_VMID16) && field(ste, STE_S2VMID) >> 8 != 0;
}

function stage1Illegal(ste: usize, s2: bool): bool {
  if (field(ste, STE_S1STALLD) && id0(IDR0_STALL_MODEL) != IDR0_STALL_MODEL_BOTH) return true; // §5.2 S1STALLD
  const ssidSize = id1(IDR1_SSIDSIZE);
  const cdMax = <u32>field(ste, STE_S1CDMax);
  if (ssidSize) {
    if (cdMax > ssidSize) return true; // §5.2 S1CDMax
    // 2-level CD tables without IDR0.CD2L (§5.2 S1Fmt).
    const fmt = field(ste, STE_S1Fmt);
    if (cdMax && !id0(IDR0_CD2L) && (fmt == STE_S1FMT_4K_L2 || fmt == STE_S1FMT_64K_L2)) return true;
  }
  // S1ContextPtr. Stage 1 alone: a PA beyond OAS; with stage 2: an IPA beyond IAS (= OAS without VMSAv8-32), where §3.4.3 leaves
  // the choice and we pick C_BAD_STE.
  return contextPointer(ste) >> (<u64>oasBits()) != 0;
}

@inline
export function contextPointer(ste: usize): u64 {
  return field(ste, STE_S1ContextPtr) << 6;
}

function stage2Illegal(ste: usize): bool {
  const stallModel = id0(IDR0_STALL_MODEL);
  const s2s = field(ste, STE_S2S) != 0;
  // A stall that cannot be, or a termination that cannot be (§5.2 S2S).
  if (s2s && stallModel == IDR0_STALL_MODEL_TERMINATE_ONLY) return true;
  if (!s2s && stallModel == IDR0_STALL_MODEL_FORCED) return true;
  // S2AA64 = 0 is VMSAv8-32, TTF[0]; the model has none (§5.2 S2AA64).
  if (!field(ste, STE_S2AA64) || !(id0(IDR0_TTF) & 2)) return true;
  const httu = id0(IDR0_HTTU);
  const ha = field(ste, STE_S2HA) != 0;
  const hd = field(ste, STE_S2HD) != 0;
  if ((ha || hd) && httu == IDR0_HTTU_NONE) return true; // §5.2 S2HA, S2HD
  if (hd && httu == IDR0_HTTU_ACCESS) return true;
  if (httu == IDR0_HTTU_ACCESS_DIRTY_TABLE && field(ste, STE_S2HAFT) && !ha) return true; // §5.2 S2HAFT
  const endian = id0(IDR0_TTENDIAN);
  const big = field(ste, STE_S2ENDI) != 0;
  if (big ? endian == IDR0_TTENDIAN_LITTLE : endian == IDR0_TTENDIAN_BIG) return true; // §5.2 S2ENDI

  const g = <u32>granuleLog2(<i32>field(ste, STE_S2TG));
  if (!granuleSupported(g)) return true; // §5.2 S2TG
  const ds = stage2Ds(ste, g);
  const ttb = field(ste, STE_S2TTB) << 4;
  if (ttb >> (<u64>stage2OutputBits(ste))) return true; // §5.2 S2TTB
  if (g < 16 && !ds && ttb >> 48) return true;
  // Input size by granule, small tables and OAS (§5.2 S2T0SZ, §3.4.1).
  const t0sz = <u32>field(ste, STE_S2T0SZ);
  const maximum: u32 = !id3(IDR3_STT) ? 39 : g == 16 ? 47 : 48;
  const minimum = max<u32>(g == 16 || ds ? 12 : 16, 64 - oasBits());
  if (t0sz < minimum || t0sz > maximum) return true;
  // Start levels that S2SL0 has for the granule (§5.2 S2SL0; DDI 0487 D8.2.8 to D8.2.10).
  const start = stage2Start(ste, g, ds);
  if (start == -2 || (start == -1 && !ds) || (g == 14 && start == 0 && !ds)) return true;
  if (start == 3 && g == 12 && !id3(IDR3_STT)) return true;
  // Start level and size must fit: one table of the start level, or up to 16 of them concatenated (DDI 0487 D8.2.2).
  const iasize = 64 - <i32>t0sz;
  const least = levelShift(g, start) + 1;
  return iasize < least || iasize > least + (<i32>g - 3 - 1) + 4;
}

/** S2DS counts with 4K and 16K where IDR5.DS announces 52-bit addresses for them. */
@inline
function stage2Ds(ste: usize, g: u32): bool {
  return g != 16 && id5(IDR5_DS) != 0 && field(ste, STE_S2DS) != 0;
}

function stage2Start(ste: usize, g: u32, ds: bool): i32 {
  let sl0 = <i32>field(ste, STE_S2SL0);
  if (g == 12 && ds) sl0 |= (<i32>field(ste, STE_S2SL0_2)) << 2;
  return stage2StartLevel(g, sl0);
}

/** Effective S2PS: 6 at most (52 bits) without VMSAv9-128, and OAS at most. */
export function stage2OutputBits(ste: usize): u32 {
  return min(<u32>addressSizeBits(<i32>min<u64>(field(ste, STE_S2PS), 6)), oasBits());
}

/** Writes what the STE says into configuration c; the STE is legal and Config = 0b1xx. */
export function decodeSte(c: usize, ste: usize): void {
  const config = <u32>field(ste, STE_Config);
  const world = streamWorld(ste);
  let flags: u32 = 0;
  if (config & STE_CONFIG_BIT_S1) flags |= Config.FLAG_S1;
  if (config & STE_CONFIG_BIT_S2) flags |= Config.FLAG_S2;
  if (world != WORLD_NS_EL2) flags |= Config.FLAG_TWO_HALVES;
  if (id1(IDR1_ATTR_PERMS_OVR) && (field(ste, STE_PRIVCFG) > 1 || field(ste, STE_INSTCFG) > 1))
    flags |= Config.FLAG_OVERRIDES;
  copy16(c + Config.STE, ste, 32);
  store<u32>(c, world, Config.WORLD);
  store<u32>(c, world == WORLD_NS_EL1 && id0(IDR0_S2P) ? <u32>field(ste, STE_S2VMID) : 0, Config.VMID);
  if (flags & Config.FLAG_S2) flags |= decodeStage2(c, ste);
  store<u32>(c, flags, Config.FLAGS);
}

function decodeStage2(c: usize, ste: usize): u32 {
  const h = c + Config.STAGE2;
  const g = <u32>granuleLog2(<i32>field(ste, STE_S2TG));
  const ds = stage2Ds(ste, g);
  const iasize = 64 - <u32>field(ste, STE_S2T0SZ);
  const start = stage2Start(ste, g, ds);
  const outputs = stage2OutputBits(ste);
  store<u64>(h, alignTable(field(ste, STE_S2TTB) << 4, g, start, iasize, outputs), Half.TTB);
  store<u8>(h, <u8>iasize, Half.IASIZE);
  store<u8>(h, <u8>g, Half.GRANULE);
  store<i8>(h, <i8>start, Half.START);
  store<u8>(h, <u8>tableFormat(g, ds), Half.FORMAT);
  store<u32>(h, field(ste, STE_S2ENDI) ? Half.FLAG_BIG_ENDIAN : 0, Half.FLAGS);
  store<u32>(h, <u32>field(ste, STE_S2SH0), Half.SH);
  store<u32>(c, outputs, Config.S2PS);
  // HD without HA counts as neither (§5.2 S2HD).
  let flags: u32 = 0;
  if (field(ste, STE_S2HA)) {
    flags |= Config.FLAG_S2_HA;
    if (field(ste, STE_S2HD)) flags |= Config.FLAG_S2_HD;
    if (id0(IDR0_HTTU) == IDR0_HTTU_ACCESS_DIRTY_TABLE && field(ste, STE_S2HAFT))
      flags |= Config.FLAG_S2_HAFT;
  }
  return flags;
}

/** A table base without the bits below its size: 64 bytes at least when output addresses have 52 bits (IHI 0070 §5.2 S2TTB). */
export function alignTable(ttb: u64, g: u32, start: i32, iasize: u32, outputBits: u32): u64 {
  let low = <u32>max<i32>(<i32>iasize - levelShift(g, start) + 3, 4);
  if (outputBits >= 52) low = max<u32>(low, 6);
  return (ttb >> (<u64>low)) << (<u64>low);
}

/** How descriptors of a granule hold addresses. */
export function tableFormat(g: u32, ds: bool): u32 {
  if (g == 16) return oasBits() >= 52 ? Half.FORMAT_LPA : Half.FORMAT_48;
  return ds ? Half.FORMAT_DS : Half.FORMAT_48;
}
