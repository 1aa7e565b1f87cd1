/** Events on their way from the host to the guest: what is lost is counted, what is the host's stays there. */
import * as Event from '../../assembly/arch/event.js';
import * as EventRecord from '../../assembly/arch/event-record.js';
import { maskOf, numberOf, placed } from '../base/fields.js';
import type { EventWords } from './backend.js';

/** Sequence numbers are 31 bits. */
const SEQUENCES = 2 ** 31;

/** Counts what was lost on the way, by sequence numbers. */
export class SequenceWatch {
  #last: number | undefined;

  /** An event with its number came. @returns how many before it were lost */
  event(sequence: number): number {
    return Math.max(0, this.#step(sequence) - 1);
  }

  /** All up to this number are lost. @returns how many more that is */
  lost(sequence: number): number {
    return this.#step(sequence);
  }

  /** Of the first number nothing is known. */
  #step(sequence: number): number {
    const last = this.#last;
    this.#last = sequence;
    if (last === undefined) return 1;
    return (sequence - last + SEQUENCES) % SEQUENCES;
  }
}

const CLASS_DATA = 2;
const IPA = maskOf(EventRecord.IPA);
/** What a fault of a walk has in common with F_WALK_EABT in word 1. */
const ACCESS =
  maskOf(EventRecord.RnW) | maskOf(EventRecord.InD) | maskOf(EventRecord.PnU) | maskOf(EventRecord.CLASS);

/**
 * A fault of stage 2 on the way to the guest's own tables, as a machine without stage 2 would have said it: the guest has pointed
 * outside its RAM. undefined: a fault of the data's, which is nothing to the guest.
 */
export function stage2FaultForGuest([word0, word1, word2, word3]: EventWords): EventWords | undefined {
  const kind = numberOf([0n, word1], EventRecord.CLASS);
  if (kind >= CLASS_DATA) return undefined;
  const head = word0 & ~maskOf(EventRecord.NUMBER);
  const fetch = word3 & IPA;
  if (kind === 0) return [head | BigInt(Event.F_CD_FETCH), 0n, 0n, fetch];
  return [head | BigInt(Event.F_WALK_EABT), word1 & ACCESS, word2, fetch];
}

/** A guest's record without addresses that are the host's: where a fetch failed is a physical address. */
export function withoutHostAddress(words: EventWords): EventWords {
  const type = numberOf(words, EventRecord.NUMBER);
  if (type !== Event.F_CD_FETCH && type !== Event.F_WALK_EABT) return words;
  return [words[0], words[1], words[2], 0n];
}

/** Whether stage 2 is at fault. */
export function isStage2(words: EventWords): boolean {
  return numberOf(words, EventRecord.S2) === 1 && numberOf(words, EventRecord.NUMBER) >= Event.F_WALK_EABT;
}

/** C_BAD_STE for a stream. */
export function badSte(vsid: number): EventWords {
  return [placed(EventRecord.StreamID, vsid) | placed(EventRecord.NUMBER, Event.C_BAD_STE), 0n, 0n, 0n];
}
