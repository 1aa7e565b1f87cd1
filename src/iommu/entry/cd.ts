/** Context Descriptors as the driver writes them (IHI 0070 §5.4; the choice of values is Linux's). */
import {
  CD_A,
  CD_AA64,
  CD_ASET,
  CD_ASID,
  CD_EPD0,
  CD_EPD1,
  CD_HA,
  CD_HD,
  CD_IPS,
  CD_IR0,
  CD_IR1,
  CD_MAIR,
  CD_OR0,
  CD_OR1,
  CD_R,
  CD_S,
  CD_SH0,
  CD_SH1,
  CD_T0SZ,
  CD_T1SZ,
  CD_TG0,
  CD_TG0_16K,
  CD_TG0_64K,
  CD_TG1,
  CD_TG1_16K,
  CD_TG1_4K,
  CD_TG1_64K,
  CD_TTB0,
  CD_TTB1,
  CD_V,
} from '../../../assembly/arch/cd.js';
import type { Stage1Registers } from '../pgtable/registers.js';
import { emptyEntry, setAddress, setField, type EntryWords } from './fields.js';

/** What the host decides for a context. */
export interface CdTraits {
  asid: number;
  /** Faults stall instead of aborting. */
  stall?: boolean;
  /** Hardware access flag and dirty state updates (IDR0.HTTU >= 2). */
  dirty?: boolean;
}

/** No context: V is 0. */
export function cdClear(): EntryWords {
  return emptyEntry();
}

/** One half of the input addresses through `registers`, the other half closed. */
export function cdStage1(registers: Stage1Registers, traits: CdTraits): EntryWords {
  const words = common(registers, traits);
  setField(words, CD_R, 1);
  setField(words, CD_S, traits.stall === true);
  if (registers.ttbr1) setTtb1(words, registers);
  else setTtb0(words, registers);
  return words;
}

/**
 * A context whose owner is gone: both halves closed, faults neither stall nor are recorded. From {@link cdStage1} it can be
 * reached without V = 0 in between, since TTB0 and its fields are IGNORED with EPD0.
 */
export function cdReleased(registers: Stage1Registers, traits: CdTraits): EntryWords {
  return common(registers, traits);
}

/** Both halves closed. */
function common(registers: Stage1Registers, traits: CdTraits): EntryWords {
  const words = emptyEntry();
  setField(words, CD_V, 1);
  setField(words, CD_EPD0, 1);
  setField(words, CD_EPD1, 1);
  setField(words, CD_IPS, registers.ips);
  setField(words, CD_AA64, 1);
  setField(words, CD_A, 1);
  setField(words, CD_ASET, 1); // the ASIDs are the driver's own, no PE broadcasts for them
  setField(words, CD_ASID, traits.asid);
  setField(words, CD_HA, traits.dirty === true);
  setField(words, CD_HD, traits.dirty === true);
  setField(words, CD_MAIR, registers.mair);
  return words;
}

function setTtb0(words: EntryWords, registers: Stage1Registers): void {
  setField(words, CD_EPD0, 0);
  setField(words, CD_T0SZ, registers.tsz);
  setField(words, CD_TG0, registers.tg0);
  setField(words, CD_IR0, registers.ir);
  setField(words, CD_OR0, registers.or);
  setField(words, CD_SH0, registers.sh);
  setAddress(words, CD_TTB0, registers.ttb);
}

function setTtb1(words: EntryWords, registers: Stage1Registers): void {
  setField(words, CD_EPD1, 0);
  setField(words, CD_T1SZ, registers.tsz);
  setField(words, CD_TG1, tg1(registers.tg0));
  setField(words, CD_IR1, registers.ir);
  setField(words, CD_OR1, registers.or);
  setField(words, CD_SH1, registers.sh);
  setAddress(words, CD_TTB1, registers.ttb);
}

/** TG1 codes the granules differently. */
function tg1(tg0: number): number {
  return tg0 === CD_TG0_64K ? CD_TG1_64K : tg0 === CD_TG0_16K ? CD_TG1_16K : CD_TG1_4K;
}
