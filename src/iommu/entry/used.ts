/**
 * Which bits of an entry the SMMU looks at, given the entry itself (Linux's rule; IHI 0070 §5.2, §5.4, §13.5). A bit that is
 * not looked at may change at any time without anybody seeing it.
 */
import * as Cd from '../../../assembly/arch/cd.js';
import * as Ste from '../../../assembly/arch/ste.js';
import { maskOf, numberOf } from '../../base/fields.js';
import { addMasks, emptyEntry, ENTRY_WORDS, type EntryWords } from './fields.js';

const ALL_BITS = (1n << 64n) - 1n;

const STE_STAGE1_FIELDS = [
  Ste.S1Fmt,
  Ste.S1ContextPtr,
  Ste.S1CDMax,
  Ste.S1DSS,
  Ste.S1CIR,
  Ste.S1COR,
  Ste.S1CSH,
  Ste.S1STALLD,
  Ste.STRW,
  Ste.EATS,
  Ste.MEV,
  Ste.S2VMID, // tags stage 1 entries too
];

const STE_STAGE2_FIELDS = [
  Ste.S2FWB,
  Ste.EATS,
  Ste.SHCFG,
  Ste.MEV,
  Ste.S2VMID,
  Ste.S2T0SZ,
  Ste.S2SL0,
  Ste.S2IR0,
  Ste.S2OR0,
  Ste.S2SH0,
  Ste.S2TG,
  Ste.S2PS,
  Ste.S2AA64,
  Ste.S2ENDI,
  Ste.S2PTW,
  Ste.S2HA,
  Ste.S2HD,
  Ste.S2S,
  Ste.S2R,
  Ste.S2TTB,
];

function masksOf(fields: readonly number[]): readonly bigint[] {
  const masks = emptyEntry();
  addMasks(masks, fields);
  return masks;
}

const STE_STAGE1_MASKS = masksOf(STE_STAGE1_FIELDS);
const STE_STAGE2_MASKS = masksOf(STE_STAGE2_FIELDS);

function addWords(used: EntryWords, masks: readonly bigint[]): void {
  for (let i = 0; i < ENTRY_WORDS; i++) used[i] |= masks[i];
}

/** The bits of an STE that matter, of those that this driver ever sets. */
export function steUsedBits(words: readonly bigint[]): EntryWords {
  const used = emptyEntry();
  addMasks(used, [Ste.V]);
  if (numberOf(words, Ste.V) === 0) return used;
  addMasks(used, [Ste.Config]);
  const config = numberOf(words, Ste.Config);
  if ((config & Ste.CONFIG_BIT_ENABLED) === 0) return used;
  if (config === Ste.CONFIG_BYPASS) addMasks(used, [Ste.SHCFG]);
  if ((config & Ste.CONFIG_BIT_S1) !== 0) {
    addWords(used, STE_STAGE1_MASKS);
    if (numberOf(words, Ste.S1DSS) === Ste.S1DSS_BYPASS) addMasks(used, [Ste.SHCFG]);
  }
  if ((config & Ste.CONFIG_BIT_S2) !== 0) addWords(used, STE_STAGE2_MASKS);
  return used;
}

/**
 * Bits that may change under an STE in use without harm: MEV, which only decides how many event records there are, and
 * EATS[0], because ATS is off at the device while its STE changes; not with split-stage ATS or S2S on either side, where
 * EATS decides whether the STE is ILLEGAL.
 */
export function steSafeBits(current: readonly bigint[], target: readonly bigint[]): EntryWords {
  const safe = emptyEntry();
  addMasks(safe, [Ste.MEV]);
  const eats = numberOf(current, Ste.EATS) | numberOf(target, Ste.EATS);
  const s2s = numberOf(current, Ste.S2S) | numberOf(target, Ste.S2S);
  if ((eats & Ste.EATS_SPLIT) === 0 && s2s === 0) {
    safe[Ste.EATS >>> 16] |= maskOf(Ste.EATS) & (BigInt(Ste.EATS_TRANS) << BigInt((Ste.EATS >>> 8) & 0xff));
  }
  return safe;
}

/** Whether an STE sends transactions through a stage. */
export function steTranslates(words: readonly bigint[]): boolean {
  const config = numberOf(words, Ste.Config);
  return (
    numberOf(words, Ste.V) === 1 &&
    (config & Ste.CONFIG_BIT_ENABLED) !== 0 &&
    (config & (Ste.CONFIG_BIT_S1 | Ste.CONFIG_BIT_S2)) !== 0
  );
}

/** The bits of a CD that matter: all, but for what EPD0 takes out. */
export function cdUsedBits(words: readonly bigint[]): EntryWords {
  const used = emptyEntry();
  addMasks(used, [Cd.V]);
  if (numberOf(words, Cd.V) === 0) return used;
  used.fill(ALL_BITS, 0, ENTRY_WORDS);
  if (numberOf(words, Cd.EPD0) === 1) {
    for (const at of [Cd.T0SZ, Cd.TG0, Cd.IR0, Cd.OR0, Cd.SH0, Cd.TTB0]) used[at >>> 16] &= ~maskOf(at);
  }
  return used;
}

/** Nothing of a CD in use may change freely. */
export function cdSafeBits(): EntryWords {
  return emptyEntry();
}

/** Whether a CD is one. */
export function cdTranslates(words: readonly bigint[]): boolean {
  return numberOf(words, Cd.V) === 1;
}
