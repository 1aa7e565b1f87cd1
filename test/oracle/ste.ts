import type { Overrides } from './attributes.js';
import { addressSize } from './features.js';
import type { Features } from './features.js';
import { startLevelStage2, stage2Consistent, granuleOfTg0 } from './geometry.js';
import { POW2, bit, bits, field32 } from './words.js';
import type { Word } from './words.js';

/** Regimes a Non-secure stream can be in (IHI 0070 §5.2 STRW). */
export type StreamWorld = 'NS-EL1' | 'NS-EL2' | 'NS-EL2-E2H';

export interface Ste {
  valid: boolean;
  config: number;
  s1Fmt: number;
  s1ContextPtr: number;
  s1CdMax: number;
  s1Dss: number;
  strw: number;
  s1StallD: boolean;
  fwb: boolean;
  overrides: Overrides;
  privCfg: number;
  instCfg: number;
  vmid: number;
  s2T0sz: number;
  s2Sl0: number;
  s2Sh0: number;
  s2Tg: number;
  s2Ps: number;
  s2Aa64: boolean;
  s2Endi: boolean;
  s2Affd: boolean;
  s2Ptw: boolean;
  s2Hd: boolean;
  s2Ha: boolean;
  s2S: boolean;
  s2R: boolean;
  s2Haft: boolean;
  s2Sl02: number;
  s2Ds: boolean;
  s2Ttb: number;
}

/** Field positions: IHI 0070 §5.2. */
export function decodeSte(w: readonly Word[], f: Features): Ste {
  const [d0, d1, d2, d3] = w as [Word, Word, Word, Word];
  const s2Tg = bits(d2, 47, 46);
  return {
    valid: bit(d0, 0) === 1,
    config: bits(d0, 3, 1),
    s1Fmt: bits(d0, 5, 4),
    s1ContextPtr: bits(d0, 55, 6) * 64,
    s1CdMax: f.ssidSize === 0 ? 0 : bits(d0, 63, 59),
    s1Dss: bits(d1, 1, 0),
    strw: bits(d1, 31, 30),
    s1StallD: bit(d1, 27) === 1,
    fwb: f.fwb && bit(d1, 25) === 1,
    overrides: {
      memAttr: bits(d1, 35, 32),
      mtCfg: bit(d1, 36) === 1,
      allocCfg: bits(d1, 40, 37),
      shCfg: bits(d1, 45, 44),
    },
    privCfg: bits(d1, 49, 48),
    instCfg: bits(d1, 51, 50),
    vmid: bits(d2, 15, 0),
    s2T0sz: bits(d2, 37, 32),
    s2Sl0: bits(d2, 39, 38),
    s2Sh0: bits(d2, 45, 44),
    s2Tg,
    s2Ps: bits(d2, 50, 48),
    s2Aa64: bit(d2, 51) === 1,
    s2Endi: bit(d2, 52) === 1,
    s2Affd: bit(d2, 53) === 1,
    s2Ptw: bit(d2, 54) === 1,
    s2Hd: bit(d2, 55) === 1,
    s2Ha: bit(d2, 56) === 1,
    s2S: bit(d2, 57) === 1,
    s2R: bit(d2, 58) === 1,
    s2Haft: f.httu === 3 && bit(d2, 59) === 1,
    s2Sl02: bit(d3, 2),
    s2Ds: f.ds && s2Tg !== 1 && bit(d3, 3) === 1,
    s2Ttb: bits(d3, 51, 4) * 16,
  };
}

export function stage1Enabled(ste: Ste): boolean {
  return (ste.config & 0b101) === 0b101;
}

export function stage2Enabled(ste: Ste): boolean {
  return (ste.config & 0b110) === 0b110;
}

/** §5.2.2 IgnoreSTESTRW(). */
function strwUsed(ste: Ste, f: Features): boolean {
  return f.s1p && f.hyp && ste.config === 0b101;
}

export function streamWorld(ste: Ste, f: Features, cr2: number): StreamWorld {
  if (!strwUsed(ste, f) || ste.strw === 0) return 'NS-EL1';
  return field32(cr2, 0, 0) ? 'NS-EL2-E2H' : 'NS-EL2';
}

export function effectiveS2Ps(ste: Ste, f: Features): number {
  return Math.min(addressSize(ste.s2Ps), f.oas);
}

/** IHI 0070 §5.2.2 SteIllegal() for a Non-secure STE with V=1. */
export function steIllegal(ste: Ste, f: Features): boolean {
  if (ste.config < 4) return false;
  const s1 = stage1Enabled(ste);
  const s2 = stage2Enabled(ste);
  if (s1 && !f.s1p) return true;
  if (s2 && !f.s2p) return true;
  if (strwUsed(ste, f) && (ste.strw & 1) === 1) return true;
  if (s1 && stage1Illegal(ste, f)) return true;
  if (s2 && stage2Illegal(ste, f)) return true;
  const vmidIgnored = !f.s2p || ste.config === 0b100 || (strwUsed(ste, f) && ste.strw !== 0);
  return !vmidIgnored && !f.vmid16 && ste.vmid > 0xff;
}

function stage1Illegal(ste: Ste, f: Features): boolean {
  if (ste.s1StallD && f.stallModel !== 0) return true;
  if (ste.s1CdMax > f.ssidSize) return true;
  if (ste.s1CdMax !== 0 && !f.cd2l && (ste.s1Fmt === 1 || ste.s1Fmt === 2)) return true;
  return ste.s1ContextPtr >= POW2[f.oas];
}

function stage2Illegal(ste: Ste, f: Features): boolean {
  if (ste.s2S && f.stallModel === 1) return true;
  if (!ste.s2S && f.stallModel === 2) return true;
  if (!ste.s2Aa64) return true;
  if ((ste.s2Ha || ste.s2Hd) && f.httu === 0) return true;
  if (ste.s2Hd && f.httu === 1) return true;
  if (ste.s2Haft && !ste.s2Ha) return true;
  const granule = granuleOfTg0(ste.s2Tg);
  if (granule === undefined || !f.granules.includes(granule)) return true;
  if (ste.s2Ttb >= POW2[effectiveS2Ps(ste, f)]) return true;
  if (granule !== 16 && !ste.s2Ds && ste.s2Ttb >= POW2[48]) return true;
  const wide = granule === 16 || ste.s2Ds;
  const min = Math.max(wide ? 12 : 16, 64 - f.oas);
  const max = !f.stt ? 39 : granule === 16 ? 47 : 48;
  if (ste.s2T0sz < min || ste.s2T0sz > max) return true;
  const start = startLevelStage2(granule, ste.s2Sl0, ste.s2Sl02, ste.s2Ds, f.stt);
  if (start === undefined || !stage2Consistent(granule, start, 64 - ste.s2T0sz)) return true;
  return (f.ttEndian === 2 && ste.s2Endi) || (f.ttEndian === 3 && !ste.s2Endi);
}
