import { cdIllegal, decodeCd } from './cd.js';
import type { Cd } from './cd.js';
import { CLASS_CD, C_BAD_CD, C_BAD_SUBSTREAMID, F_CD_FETCH, F_STREAM_DISABLED, Fault } from './faults.js';
import type { Session } from './session.js';
import { translateStage2 } from './stage2.js';
import { stage1Enabled, stage2Enabled, streamWorld } from './ste.js';
import type { Ste } from './ste.js';
import { POW2, alignDown, bit, bits } from './words.js';
import type { Word } from './words.js';

/** Which CD a transaction uses (IHI 0070 §3.3.2, §5.2 S1DSS); undefined: stage 1 is bypassed. */
export function selectCd(s: Session, ste: Ste): number | undefined {
  const { ssv, ssid } = s.txn;
  const bad = (): never => {
    throw new Fault(C_BAD_SUBSTREAMID, { substreamId: ssid });
  };
  if (!stage1Enabled(ste)) return ssv ? bad() : undefined;
  if (ste.s1CdMax === 0) return ssv ? bad() : 0;
  if (ssv) {
    if (ssid >= POW2[ste.s1CdMax]) return bad();
    if (ste.s1Dss === 2 && ssid === 0) throw new Fault(F_STREAM_DISABLED);
    return ssid;
  }
  if (ste.s1Dss === 1) return undefined;
  if (ste.s1Dss === 2) return 0;
  throw new Fault(F_STREAM_DISABLED);
}

/** Fetches and checks CD number `index` (§3.3.2, §5.3, §5.4). */
export function lookUpCd(s: Session, ste: Ste, index: number): Cd {
  const words = fetch(s, ste, cdAddress(s, ste, index), 8);
  const world = streamWorld(ste, s.features, s.state.cr2);
  const cd = decodeCd(words, s.features, world);
  if (!cd.valid || cdIllegal(cd, ste, s.features, world)) throw new Fault(C_BAD_CD);
  return cd;
}

function cdAddress(s: Session, ste: Ste, index: number): number {
  const { s1CdMax: max, s1ContextPtr: pointer } = ste;
  if (max === 0) return pointer;
  if (ste.s1Fmt !== 1 && ste.s1Fmt !== 2) return alignDown(pointer, max + 6) + index * 64;
  // Two levels: leaf tables of 64 CDs (4 KiB) or 1024 CDs (64 KiB).
  const leafBits = ste.s1Fmt === 1 ? 6 : 10;
  const l1Table = alignDown(pointer, Math.max(6, max - leafBits + 3));
  const l1Index = max <= leafBits ? 0 : Math.floor(index / POW2[leafBits]);
  const descriptor = fetch(s, ste, l1Table + 8 * l1Index, 1)[0];
  const leafTable = alignDown(bits(descriptor, 55, 12) * 4096, leafBits + 6);
  // An L2Ptr out of range is as bad as no L2Ptr (§3.4.3; IAS = OAS here).
  if (bit(descriptor, 0) === 0 || leafTable >= POW2[s.features.oas]) {
    throw new Fault(C_BAD_SUBSTREAMID, { substreamId: s.txn.ssv ? s.txn.ssid : 0 });
  }
  return leafTable + (index % POW2[leafBits]) * 64;
}

function fetch(s: Session, ste: Ste, address: number, count: number): Word[] {
  let pa = address;
  if (stage2Enabled(ste)) {
    const access = { read: true, write: false, instruction: false, privileged: true, class: CLASS_CD };
    pa = translateStage2(s, ste, address, access).pa;
  }
  s.reads.cd++;
  const words = s.readWords(pa, count);
  if (words === undefined) throw new Fault(F_CD_FETCH, { fetchAddress: pa });
  return words;
}
