/**
 * Which bits of an entry the SMMU looks at, given the entry itself (Linux's rule; IHI 0070 §5.2, §5.4, §13.5). A bit that is
 * not looked at may change at any time without anybody seeing it.
 */
import {
  CD_EPD0,
  CD_IR0,
  CD_OR0,
  CD_SH0,
  CD_T0SZ,
  CD_TG0,
  CD_TTB0,
  CD_V,
} from '../../../assembly/arch/cd.js';
import {
  STE_Config,
  STE_CONFIG_BIT_ENABLED,
  STE_CONFIG_BIT_S1,
  STE_CONFIG_BIT_S2,
  STE_CONFIG_BYPASS,
  STE_EATS,
  STE_EATS_SPLIT,
  STE_EATS_TRANS,
  STE_MEV,
  STE_S1CDMax,
  STE_S1CIR,
  STE_S1ContextPtr,
  STE_S1COR,
  STE_S1CSH,
  STE_S1DSS,
  STE_S1DSS_BYPASS,
  STE_S1Fmt,
  STE_S1STALLD,
  STE_S2AA64,
  STE_S2ENDI,
  STE_S2FWB,
  STE_S2IR0,
  STE_S2OR0,
  STE_S2PS,
  STE_S2PTW,
  STE_S2R,
  STE_S2S,
  STE_S2SH0,
  STE_S2SL0,
  STE_S2T0SZ,
  STE_S2TG,
  STE_S2TTB,
  STE_S2VMID,
  STE_SHCFG,
  STE_STRW,
  STE_V,
} from '../../../assembly/arch/ste.js';
import { numberOf } from '../../base/fields.js';
import { addMasks, emptyEntry, ENTRY_WORDS, maskOf, type EntryWords } from './fields.js';

const ALL_BITS = (1n << 64n) - 1n;

const STE_STAGE1_FIELDS = [
  STE_S1Fmt,
  STE_S1ContextPtr,
  STE_S1CDMax,
  STE_S1DSS,
  STE_S1CIR,
  STE_S1COR,
  STE_S1CSH,
  STE_S1STALLD,
  STE_STRW,
  STE_EATS,
  STE_MEV,
  STE_S2VMID, // tags stage 1 entries too
];

const STE_STAGE2_FIELDS = [
  STE_S2FWB,
  STE_EATS,
  STE_SHCFG,
  STE_MEV,
  STE_S2VMID,
  STE_S2T0SZ,
  STE_S2SL0,
  STE_S2IR0,
  STE_S2OR0,
  STE_S2SH0,
  STE_S2TG,
  STE_S2PS,
  STE_S2AA64,
  STE_S2ENDI,
  STE_S2PTW,
  STE_S2S,
  STE_S2R,
  STE_S2TTB,
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
  addMasks(used, [STE_V]);
  if (numberOf(words, STE_V) === 0) return used;
  addMasks(used, [STE_Config]);
  const config = numberOf(words, STE_Config);
  if ((config & STE_CONFIG_BIT_ENABLED) === 0) return used;
  if (config === STE_CONFIG_BYPASS) addMasks(used, [STE_SHCFG]);
  if ((config & STE_CONFIG_BIT_S1) !== 0) {
    addWords(used, STE_STAGE1_MASKS);
    if (numberOf(words, STE_S1DSS) === STE_S1DSS_BYPASS) addMasks(used, [STE_SHCFG]);
  }
  if ((config & STE_CONFIG_BIT_S2) !== 0) addWords(used, STE_STAGE2_MASKS);
  return used;
}

/**
 * Bits that may change under an STE in use without harm: MEV, which only decides how many event records there are, and
 * EATS[0], because ATS is off at the device while its STE changes; not with split-stage ATS or S2S on either side, where
 * EATS decides whether the STE is ILLEGAL.
 */
export function steSafeBits(current: readonly bigint[], target: readonly bigint[]): EntryWords {
  const safe = emptyEntry();
  addMasks(safe, [STE_MEV]);
  const eats = numberOf(current, STE_EATS) | numberOf(target, STE_EATS);
  const s2s = numberOf(current, STE_S2S) | numberOf(target, STE_S2S);
  if ((eats & STE_EATS_SPLIT) === 0 && s2s === 0) {
    safe[STE_EATS >>> 16] |= maskOf(STE_EATS) & (BigInt(STE_EATS_TRANS) << BigInt((STE_EATS >>> 8) & 0xff));
  }
  return safe;
}

/** Whether an STE sends transactions through a stage. */
export function steTranslates(words: readonly bigint[]): boolean {
  const config = numberOf(words, STE_Config);
  return (
    numberOf(words, STE_V) === 1 &&
    (config & STE_CONFIG_BIT_ENABLED) !== 0 &&
    (config & (STE_CONFIG_BIT_S1 | STE_CONFIG_BIT_S2)) !== 0
  );
}

/** The bits of a CD that matter: all, but for what EPD0 takes out. */
export function cdUsedBits(words: readonly bigint[]): EntryWords {
  const used = emptyEntry();
  addMasks(used, [CD_V]);
  if (numberOf(words, CD_V) === 0) return used;
  used.fill(ALL_BITS, 0, ENTRY_WORDS);
  if (numberOf(words, CD_EPD0) === 1) {
    for (const at of [CD_T0SZ, CD_TG0, CD_IR0, CD_OR0, CD_SH0, CD_TTB0]) used[at >>> 16] &= ~maskOf(at);
  }
  return used;
}

/** Nothing of a CD in use may change freely. */
export function cdSafeBits(): EntryWords {
  return emptyEntry();
}

/** Whether a CD is one. */
export function cdTranslates(words: readonly bigint[]): boolean {
  return numberOf(words, CD_V) === 1;
}
