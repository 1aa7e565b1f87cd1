import { addressSize } from './features.js';
import type { Features } from './features.js';
import { granuleOfTg0, granuleOfTg1 } from './geometry.js';
import { stage2Enabled } from './ste.js';
import type { Ste, StreamWorld } from './ste.js';
import { POW2, bit, bits } from './words.js';
import type { Word } from './words.js';

/** What a CD says about one of its two translation tables. */
export interface Half {
  tsz: number;
  /** undefined: reserved encoding. */
  granule: number | undefined;
  sh: number;
  epd: boolean;
  e0pd: boolean;
  had: boolean;
  tbi: boolean;
  ttb: number;
}

export interface Cd {
  valid: boolean;
  halves: readonly [Half, Half];
  endi: boolean;
  ips: number;
  affd: boolean;
  wxn: boolean;
  pan: boolean;
  epan: boolean;
  aa64: boolean;
  hd: boolean;
  ha: boolean;
  haft: boolean;
  stall: boolean;
  record: boolean;
  abort: boolean;
  asid: number;
  ds: boolean;
  mair: Word;
}

/** Field positions: IHI 0070 §5.4. */
export function decodeCd(w: readonly Word[], f: Features, world: StreamWorld): Cd {
  const [d0, d1, d2, mair] = w as [Word, Word, Word, Word];
  const twoTables = world !== 'NS-EL2';
  return {
    valid: bit(d0, 31) === 1,
    halves: [
      {
        tsz: bits(d0, 5, 0),
        granule: granuleOfTg0(bits(d0, 7, 6)),
        sh: bits(d0, 13, 12),
        epd: twoTables && bit(d0, 14) === 1,
        e0pd: f.e0pd && twoTables && bit(d1, 2) === 1,
        had: f.had && bit(d1, 1) === 1,
        tbi: bit(d0, 38) === 1,
        ttb: bits(d1, 51, 4) * 16,
      },
      {
        tsz: bits(d0, 21, 16),
        granule: granuleOfTg1(bits(d0, 23, 22)),
        sh: bits(d0, 29, 28),
        epd: !twoTables || bit(d0, 30) === 1,
        e0pd: f.e0pd && twoTables && bit(d2, 2) === 1,
        had: f.had && bit(d2, 1) === 1,
        tbi: bit(d0, 39) === 1,
        ttb: bits(d2, 51, 4) * 16,
      },
    ],
    endi: bit(d0, 15) === 1,
    ips: Math.min(addressSize(bits(d0, 34, 32)), f.oas),
    affd: bit(d0, 35) === 1,
    wxn: bit(d0, 36) === 1,
    pan: twoTables && bit(d0, 40) === 1,
    epan: f.epan && bit(d1, 59) === 1,
    aa64: bit(d0, 41) === 1,
    hd: bit(d0, 42) === 1,
    ha: bit(d0, 43) === 1,
    haft: f.httu === 3 && bit(d1, 3) === 1,
    stall: bit(d0, 44) === 1,
    record: bit(d0, 45) === 1,
    abort: bit(d0, 46) === 1,
    asid: bits(d0, 63, 48),
    ds: f.ds && bit(d2, 58) === 1,
    mair,
  };
}

/** DS as it applies to one half: it means nothing with 64 KiB granules. */
export function halfDs(cd: Cd, half: Half): boolean {
  return cd.ds && half.granule !== 16;
}

/** IHI 0070 §5.4.2 CdIllegal() for a Non-secure stream with V=1. */
export function cdIllegal(cd: Cd, ste: Ste, f: Features, world: StreamWorld): boolean {
  if (ste.s1StallD && cd.stall) return true;
  if (f.termModel && !cd.abort) return true;
  if (f.stallModel === 1 && cd.stall) return true;
  if (f.stallModel === 2 && !cd.stall) return true;
  const used = cd.halves.filter((half) => !half.epd);
  if (used.length > 0 && f.ttEndian === 2 && cd.endi) return true;
  if (used.length > 0 && f.ttEndian === 3 && !cd.endi) return true;
  if (!cd.aa64) return true;
  if (stage2Enabled(ste) && !ste.s2Aa64) return true;
  if ((cd.ha || cd.hd) && f.httu === 0) return true;
  if (cd.hd && f.httu === 1) return true;
  if (cd.haft && !cd.ha) return true;
  if (world !== 'NS-EL2' && !f.asid16 && cd.asid > 0xff) return true;
  return used.some((half) => halfIllegal(cd, half, f));
}

function halfIllegal(cd: Cd, half: Half, f: Features): boolean {
  const { granule } = half;
  if (granule === undefined || !f.granules.includes(granule)) return true;
  const max = !f.stt ? 39 : granule === 16 ? 47 : 48;
  const min = f.vax >= 1 && (granule === 16 || cd.ds) ? 12 : 16;
  if (half.tsz < min || half.tsz > max) return true;
  if (half.ttb >= POW2[cd.ips]) return true;
  return granule !== 16 && !cd.ds && half.ttb >= POW2[48];
}
