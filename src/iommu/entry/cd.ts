/** Context Descriptors as the driver writes them (IHI 0070 §5.4; the choice of values is Linux's). */
import * as Cd from '../../../assembly/arch/cd.js';
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
  setField(words, Cd.R, 1);
  setField(words, Cd.S, traits.stall === true);
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
  setField(words, Cd.V, 1);
  setField(words, Cd.EPD0, 1);
  setField(words, Cd.EPD1, 1);
  setField(words, Cd.IPS, registers.ips);
  setField(words, Cd.AA64, 1);
  setField(words, Cd.A, 1);
  setField(words, Cd.ASET, 1); // the ASIDs are the driver's own, no PE broadcasts for them
  setField(words, Cd.ASID, traits.asid);
  setField(words, Cd.HA, traits.dirty === true);
  setField(words, Cd.HD, traits.dirty === true);
  setField(words, Cd.MAIR, registers.mair);
  return words;
}

function setTtb0(words: EntryWords, registers: Stage1Registers): void {
  setField(words, Cd.EPD0, 0);
  setField(words, Cd.T0SZ, registers.tsz);
  setField(words, Cd.TG0, registers.tg0);
  setField(words, Cd.IR0, registers.ir);
  setField(words, Cd.OR0, registers.or);
  setField(words, Cd.SH0, registers.sh);
  setAddress(words, Cd.TTB0, registers.ttb);
}

function setTtb1(words: EntryWords, registers: Stage1Registers): void {
  setField(words, Cd.EPD1, 0);
  setField(words, Cd.T1SZ, registers.tsz);
  setField(words, Cd.TG1, tg1(registers.tg0));
  setField(words, Cd.IR1, registers.ir);
  setField(words, Cd.OR1, registers.or);
  setField(words, Cd.SH1, registers.sh);
  setAddress(words, Cd.TTB1, registers.ttb);
}

/** TG1 codes the granules differently. */
function tg1(tg0: number): number {
  return tg0 === Cd.TG0_64K ? Cd.TG1_64K : tg0 === Cd.TG0_16K ? Cd.TG1_16K : Cd.TG1_4K;
}
