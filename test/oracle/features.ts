import type { OracleState } from './types.js';
import { field32 } from './words.js';

/** What the ID registers announce, as far as a translation depends on it (IHI 0070 §6.3.1 to §6.3.6). */
export interface Features {
  s2p: boolean;
  s1p: boolean;
  httu: number;
  hyp: boolean;
  asid16: boolean;
  vmid16: boolean;
  cd2l: boolean;
  ttEndian: number;
  stallModel: number;
  termModel: boolean;
  stLevel: number;
  sidSize: number;
  ssidSize: number;
  permsOverride: boolean;
  typesOverride: boolean;
  had: boolean;
  xnx: boolean;
  fwb: boolean;
  stt: boolean;
  e0pd: boolean;
  epan: boolean;
  /** Output address size in bits; IAS is the same, VMSAv8-32 being absent (§3.4.1). */
  oas: number;
  granules: readonly number[];
  ds: boolean;
  vax: number;
}

const PA_SIZES = [32, 36, 40, 42, 44, 48, 52, 56];

/** Decodes OAS, CD.IPS and STE.S2PS. */
export function addressSize(code: number): number {
  return PA_SIZES[code];
}

export function readFeatures(s: OracleState): Features {
  const granules: number[] = [];
  if (field32(s.idr5, 4, 4)) granules.push(12);
  if (field32(s.idr5, 5, 5)) granules.push(14);
  if (field32(s.idr5, 6, 6)) granules.push(16);
  const flag = (reg: number, n: number): boolean => field32(reg, n, n) === 1;
  return {
    s2p: flag(s.idr0, 0),
    s1p: flag(s.idr0, 1),
    httu: field32(s.idr0, 7, 6),
    hyp: flag(s.idr0, 9),
    asid16: flag(s.idr0, 12),
    vmid16: flag(s.idr0, 18),
    cd2l: flag(s.idr0, 19),
    ttEndian: field32(s.idr0, 22, 21),
    stallModel: field32(s.idr0, 25, 24),
    termModel: flag(s.idr0, 26),
    stLevel: field32(s.idr0, 28, 27),
    sidSize: field32(s.idr1, 5, 0),
    ssidSize: field32(s.idr1, 10, 6),
    permsOverride: flag(s.idr1, 26),
    typesOverride: flag(s.idr1, 27),
    had: flag(s.idr3, 2),
    xnx: flag(s.idr3, 4),
    fwb: flag(s.idr3, 8),
    stt: flag(s.idr3, 9),
    e0pd: flag(s.idr3, 13),
    epan: flag(s.idr3, 17),
    oas: Math.min(addressSize(field32(s.idr5, 2, 0)), 52),
    granules,
    ds: flag(s.idr5, 7),
    vax: field32(s.idr5, 11, 10),
  };
}
