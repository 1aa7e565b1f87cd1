/**
 * Changing an entry of eight words that hardware may read between any two writes, and may have cached until it is told
 * otherwise: today's order, which keeps the stream working where that is possible, and the order of 2018.
 */
import { hex } from '../../base/check.js';
import { emptyEntry, ENTRY_WORDS, type EntryWords } from './fields.js';

/** One entry in memory, and what is known of its kind. V lies in word 0 of both kinds. */
export interface EntryWriter {
  /** Word `i` as it stands in memory. */
  read(i: number): bigint;
  /** A single 64-bit store. */
  write(i: number, value: bigint): void;
  /** Returns when the hardware has seen all writes: for an STE CFGI_STE and CMD_SYNC, for a CD one CFGI_CD per StreamID and CMD_SYNC. */
  sync(): void;
  /** The bits that hardware looks at in such an entry. */
  used(words: readonly bigint[]): EntryWords;
  /** Bits used by both entries that may change at any time all the same. */
  safe(current: readonly bigint[], target: readonly bigint[]): EntryWords;
  /** Whether such an entry translates anything, so that 2018's driver calls it live. */
  translates(words: readonly bigint[]): boolean;
}

/** What an update took. */
export interface EntryUpdate {
  syncs: number;
  /** At each sync the entry was valid: no transaction that follows one meets an invalid entry. */
  hitless: boolean;
}

/** The entry as it stands. */
export function readEntry(writer: EntryWriter): EntryWords {
  const words = emptyEntry();
  for (let i = 0; i < ENTRY_WORDS; i++) words[i] = writer.read(i);
  return words;
}

/**
 * Today's order. Bits that the entry in force does not use are set first; if after that one word holds all that remains,
 * its single store switches from the old entry to the new one (hitless), and the rest is tidied up. Otherwise the entry is
 * invalid for a while. Syncs: 0 if nothing changes, else 1 to 3.
 */
export function writeEntryHitless(writer: EntryWriter, target: readonly bigint[]): EntryUpdate {
  const entry = readEntry(writer);
  const used = writer.used(entry);
  const targetUsed = writer.used(target);
  const safe = writer.safe(entry, target);
  const prepared = emptyEntry();
  const critical: number[] = [];
  for (let i = 0; i < ENTRY_WORDS; i++) {
    const stray = target[i] & ~targetUsed[i];
    if (stray !== 0n)
      throw new RangeError(`word ${i} of the new entry sets ${hex(stray)}, which is not used`);
    const fixed = used[i] & ~(safe[i] & targetUsed[i]);
    prepared[i] = (entry[i] & fixed) | (target[i] & ~fixed);
    if ((prepared[i] & targetUsed[i]) !== target[i]) critical.push(i);
  }
  const steps = new Steps(writer, entry);
  if (critical.length > 1) {
    steps.put([0n], 0);
    steps.put(target.slice(1), 1);
    steps.put(target.slice(0, 1), 0);
    return steps.update;
  }
  if (critical.length === 1) {
    const [word] = critical;
    // What is unused in the deciding word changes along with it, and may save a sync.
    prepared[word] = entry[word];
    steps.put(prepared, 0);
    steps.put(target.slice(word, word + 1), word);
  }
  steps.put(target, 0);
  return steps.update;
}

/** Stores, and the syncs after them. */
class Steps {
  readonly update: EntryUpdate = { syncs: 0, hitless: true };

  constructor(
    private readonly writer: EntryWriter,
    private readonly entry: EntryWords,
  ) {}

  /** Stores what differs, and syncs if anything did, or in any case. */
  put(words: readonly bigint[], first: number, always = false): void {
    let changed = always;
    words.forEach((word, i) => {
      if (this.entry[first + i] === word) return;
      this.entry[first + i] = word;
      this.writer.write(first + i, word);
      changed = true;
    });
    if (!changed) return;
    this.writer.sync();
    this.update.syncs++;
    // Of an invalid entry nothing is used but V, which is 0.
    if ((this.writer.used(this.entry)[0] & this.entry[0]) === 0n) this.update.hitless = false;
  }
}

/**
 * The order of 2018, with a sync after each step whether or not it changed anything.
 *
 * - To an entry that does not translate (abort, bypass, invalid): word 0, then the others; one sync. Word 0 decides at once;
 *   a bypass may still see the old SHCFG until the sync.
 * - To one that translates, from one that does not: words 1 to 7, sync, word 0, sync.
 * - To one that translates, from one that does: word 0 := 0 and a sync before these, so that nobody sees a mixture; a
 *   transaction in this window meets an invalid entry.
 */
export function writeEntryBreakBeforeMake(writer: EntryWriter, target: readonly bigint[]): EntryUpdate {
  const entry = readEntry(writer);
  const live = writer.translates(entry);
  const steps = new Steps(writer, entry);
  if (!writer.translates(target)) {
    steps.put(target, 0, true);
    return steps.update;
  }
  if (live) steps.put([0n], 0, true);
  steps.put(target.slice(1), 1, true);
  steps.put(target.slice(0, 1), 0, true);
  return steps.update;
}
