// The STE: legality in full (IHI 0070 §5.2.2) and its part of the configuration.
import { copy16 } from '../memory/copy';
import { addressAt, field } from '../memory/bits';
import { CONCATENATED_LOG2, granuleLog2, levelShift, stage2StartLevel, stride } from '../arch/geometry';
import * as Idr0 from '../arch/idr0';
import * as Idr1 from '../arch/idr1';
import * as Idr3 from '../arch/idr3';
import * as Ste from '../arch/ste';
import * as StreamWorld from '../arch/stream-world';
import { id0, id1, id3, granuleSupported } from './identity';
import {
  baseIllegal,
  decodeTables,
  endianIllegal,
  formatIllegal,
  mostTsz,
  outputBits,
  stallIllegal,
  updates,
  updatesIllegal,
  usesDs,
} from './tables';
import * as Config from '../request/config';
import * as Half from '../request/half';
import { e2h, oasBits } from '../state/regs';

/** STRW has a meaning: stage 1 alone, and EL2 exists; else the StreamWorld is NS-EL1 (§5.2 STRW). */
@inline
function strwUsed(config: u32): bool {
  return config == Ste.CONFIG_S1_TRANSLATE_S2_BYPASS && id0(Idr0.S1P) != 0 && id0(Idr0.Hyp) != 0;
}

export function streamWorld(ste: usize): u32 {
  if (!strwUsed(<u32>field(ste, Ste.Config)) || field(ste, Ste.STRW) != Ste.STRW_EL2)
    return StreamWorld.NS_EL1;
  return e2h() ? StreamWorld.NS_EL2_E2H : StreamWorld.NS_EL2;
}

/** A valid STE (V = 1, Config = 0b1xx) that the SMMU must refuse. */
export function steIllegal(ste: usize): bool {
  const config = <u32>field(ste, Ste.Config);
  const s1 = (config & Ste.CONFIG_BIT_S1) != 0;
  const s2 = (config & Ste.CONFIG_BIT_S2) != 0;
  if (s1 && !id0(Idr0.S1P)) return true; // §5.2 Config
  if (s2 && !id0(Idr0.S2P)) return true;
  // EL3 and reserved StreamWorlds (§5.2 STRW).
  const strw = <u32>field(ste, Ste.STRW);
  if (strwUsed(config) && strw != Ste.STRW_EL1 && strw != Ste.STRW_EL2) return true;
  if (s1 && stage1Illegal(ste, s2)) return true;
  if (s2 && stage2Illegal(ste)) return true;
  // S2VMID matters wherever it tags: also for a stage 1-only stream of NS-EL1 (§5.2 S2VMID, §3.17).
  const vmidUsed =
    config != Ste.CONFIG_BYPASS && id0(Idr0.S2P) != 0 && streamWorld(ste) == StreamWorld.NS_EL1;
  return vmidUsed && !id0(Idr0.VMID16) && field(ste, Ste.S2VMID_HIGH) != 0;
}

function stage1Illegal(ste: usize, s2: bool): bool {
  if (field(ste, Ste.S1STALLD) && id0(Idr0.STALL_MODEL) != Idr0.STALL_MODEL_BOTH) return true; // §5.2 S1STALLD
  const ssidSize = id1(Idr1.SSIDSIZE);
  const cdMax = <u32>field(ste, Ste.S1CDMax);
  if (ssidSize) {
    if (cdMax > ssidSize) return true; // §5.2 S1CDMax
    // 2-level CD tables without IDR0.CD2L (§5.2 S1Fmt).
    const fmt = field(ste, Ste.S1Fmt);
    if (cdMax && !id0(Idr0.CD2L) && (fmt == Ste.S1FMT_4K_L2 || fmt == Ste.S1FMT_64K_L2)) return true;
  }
  // S1ContextPtr. Stage 1 alone: a PA beyond OAS; with stage 2: an IPA beyond IAS (= OAS without VMSAv8-32), where §3.4.3 leaves
  // the choice and we pick C_BAD_STE.
  return contextPointer(ste) >> (<u64>oasBits()) != 0;
}

@inline
export function contextPointer(ste: usize): u64 {
  return addressAt(ste, Ste.S1ContextPtr);
}

function stage2Illegal(ste: usize): bool {
  if (stallIllegal(field(ste, Ste.S2S) != 0)) return true; // §5.2 S2S
  if (formatIllegal(field(ste, Ste.S2AA64) != 0)) return true; // §5.2 S2AA64
  if (updatesIllegal(field(ste, Ste.S2HA) != 0, field(ste, Ste.S2HD) != 0, field(ste, Ste.S2HAFT) != 0))
    return true; // §5.2 S2HA, S2HD, S2HAFT
  if (endianIllegal(field(ste, Ste.S2ENDI) != 0)) return true; // §5.2 S2ENDI

  const g = <u32>granuleLog2(<i32>field(ste, Ste.S2TG));
  if (!granuleSupported(g)) return true; // §5.2 S2TG
  const ds = usesDs(field(ste, Ste.S2DS) != 0, g);
  if (baseIllegal(addressAt(ste, Ste.S2TTB), stage2OutputBits(ste), g, ds)) return true; // §5.2 S2TTB
  // Input size by granule, small tables and OAS (§5.2 S2T0SZ, §3.4.1).
  const t0sz = <u32>field(ste, Ste.S2T0SZ);
  const minimum = max<u32>(g == 16 || ds ? 12 : 16, 64 - oasBits());
  if (t0sz < minimum || t0sz > mostTsz(g)) return true;
  // Start levels that S2SL0 has for the granule (§5.2 S2SL0; DDI 0487 D8.2.8 to D8.2.10).
  const start = stage2Start(ste, g, ds);
  if (start == -2 || (start == -1 && !ds) || (g == 14 && start == 0 && !ds)) return true;
  if (start == 3 && g == 12 && !id3(Idr3.STT)) return true;
  // Start level and size must fit: one table of the start level, or up to 16 of them concatenated (DDI 0487 D8.2.2).
  const iasize = 64 - <i32>t0sz;
  const least = levelShift(g, start) + 1;
  return iasize < least || iasize > least + stride(g) - 1 + CONCATENATED_LOG2;
}

function stage2Start(ste: usize, g: u32, ds: bool): i32 {
  let sl0 = <i32>field(ste, Ste.S2SL0);
  if (g == 12 && ds) sl0 |= (<i32>field(ste, Ste.S2SL0_2)) << 2;
  return stage2StartLevel(g, sl0);
}

export function stage2OutputBits(ste: usize): u32 {
  return outputBits(field(ste, Ste.S2PS));
}

/** Writes what the STE says into configuration c; the STE is legal and Config = 0b1xx. */
export function decodeSte(c: usize, ste: usize): void {
  const config = <u32>field(ste, Ste.Config);
  const world = streamWorld(ste);
  let flags: u32 = 0;
  if (config & Ste.CONFIG_BIT_S1) flags |= Config.FLAG_S1;
  if (config & Ste.CONFIG_BIT_S2) flags |= Config.FLAG_S2;
  if (world != StreamWorld.NS_EL2) flags |= Config.FLAG_TWO_HALVES;
  const replaces =
    <i32>field(ste, Ste.PRIVCFG) >= Ste.PRIVCFG_UNPRIVILEGED ||
    <i32>field(ste, Ste.INSTCFG) >= Ste.INSTCFG_DATA;
  if (id1(Idr1.ATTR_PERMS_OVR) && replaces) flags |= Config.FLAG_OVERRIDES;
  copy16(c + Config.STE, ste, 32);
  store<u32>(c, world, Config.WORLD);
  store<u32>(c, world == StreamWorld.NS_EL1 && id0(Idr0.S2P) ? <u32>field(ste, Ste.S2VMID) : 0, Config.VMID);
  if (flags & Config.FLAG_S2) flags |= decodeStage2(c, ste);
  store<u32>(c, flags, Config.FLAGS);
}

function decodeStage2(c: usize, ste: usize): u32 {
  const h = c + Config.STAGE2;
  const g = <u32>granuleLog2(<i32>field(ste, Ste.S2TG));
  const ds = usesDs(field(ste, Ste.S2DS) != 0, g);
  const outputs = stage2OutputBits(ste);
  const iasize = 64 - <u32>field(ste, Ste.S2T0SZ);
  decodeTables(h, addressAt(ste, Ste.S2TTB), g, stage2Start(ste, g, ds), iasize, ds, outputs);
  store<u32>(h, field(ste, Ste.S2ENDI) ? Half.FLAG_BIG_ENDIAN : 0, Half.FLAGS);
  store<u32>(h, <u32>field(ste, Ste.S2SH0), Half.SH);
  store<u32>(c, outputs, Config.S2PS);
  return updates(
    field(ste, Ste.S2HA) != 0,
    field(ste, Ste.S2HD) != 0,
    field(ste, Ste.S2HAFT) != 0,
    Config.FLAG_S2_HA,
    Config.FLAG_S2_HD,
    Config.FLAG_S2_HAFT,
  );
}
