import { C_BAD_STE, C_BAD_STREAMID, F_STE_FETCH, Fault } from './faults.js';
import type { Session } from './session.js';
import { decodeSte, steIllegal } from './ste.js';
import type { Ste } from './ste.js';
import { POW2, bits, field32, toWord } from './words.js';
import type { Word } from './words.js';

/** StreamID to STE (IHI 0070 §3.3.1, §5.1, §6.3.24, §6.3.25). */
export function lookUpSte(s: Session): Ste {
  const words = fetch(s, steAddress(s), 8);
  const ste = decodeSte(words, s.features);
  if (!ste.valid || steIllegal(ste, s.features)) throw new Fault(C_BAD_STE);
  return ste;
}

function fetch(s: Session, address: number, words: number): Word[] {
  const limit = POW2[s.features.oas];
  if (address >= limit) throw new Fault(F_STE_FETCH, { fetchAddress: address % limit });
  s.reads.ste++;
  const data = s.readWords(address, words);
  if (data === undefined) throw new Fault(F_STE_FETCH, { fetchAddress: address });
  return data;
}

function steAddress(s: Session): number {
  const cfg = s.state.strtabBaseCfg;
  const sid = s.txn.streamId;
  const log2Size = field32(cfg, 5, 0);
  const effective = Math.min(log2Size, s.features.sidSize);
  if (sid >= POW2[effective]) throw new Fault(C_BAD_STREAMID);
  // The register keeps no address bit above OAS (§6.3.24).
  const base = (bits(toWord(s.state.strtabBase), 55, 6) * 64) % POW2[s.features.oas];
  const twoLevel = s.features.stLevel === 1 && field32(cfg, 17, 16) === 1;
  if (!twoLevel) return alignBase(base, log2Size + 6) + sid * 64;

  const code = field32(cfg, 10, 6);
  const split = code === 8 || code === 10 ? code : 6;
  const l1Base = alignBase(base, Math.max(6, log2Size - split + 3));
  const descriptor = fetch(s, l1Base + Math.floor(sid / POW2[split]) * 8, 1)[0];
  const span = bits(descriptor, 4, 0);
  if (span === 0 || span > 11 || span > split + 1) throw new Fault(C_BAD_STREAMID);
  const index = sid % POW2[split];
  if (index >= POW2[span - 1]) throw new Fault(C_BAD_STREAMID);
  return alignBase(bits(descriptor, 55, 6) * 64, span + 5) + index * 64;
}

/** Pointers reach bit 55; a double still holds them exactly because their low six bits are zero. */
function alignBase(address: number, log2: number): number {
  return log2 > 56 ? 0 : address - (address % POW2[log2]);
}
