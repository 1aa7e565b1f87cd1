/** Entries in guest memory. */
import type { GuestMemory } from '../../core/guest-memory.js';
import type { EntryWords } from './fields.js';
import type { EntryWriter } from './update.js';
import { cdSafeBits, cdTranslates, cdUsedBits, steSafeBits, steTranslates, steUsedBits } from './used.js';

/** An STE or CD at `pa`; `sync` is what the hardware must be told after a step. */
class MemoryEntry implements EntryWriter {
  constructor(
    private readonly memory: GuestMemory,
    private readonly pa: bigint,
    private readonly kind: Pick<EntryWriter, 'used' | 'safe' | 'translates'>,
    readonly sync: () => void,
  ) {}

  read(i: number): bigint {
    return this.memory.read64(this.pa + BigInt(8 * i));
  }

  write(i: number, value: bigint): void {
    this.memory.write64(this.pa + BigInt(8 * i), value);
  }

  used(words: readonly bigint[]): EntryWords {
    return this.kind.used(words);
  }

  safe(current: readonly bigint[], target: readonly bigint[]): EntryWords {
    return this.kind.safe(current, target);
  }

  translates(words: readonly bigint[]): boolean {
    return this.kind.translates(words);
  }
}

const STE = { used: steUsedBits, safe: steSafeBits, translates: steTranslates };
const CD = { used: cdUsedBits, safe: cdSafeBits, translates: cdTranslates };

/** The STE at `pa`; `sync` sends CFGI_STE (leaf) and CMD_SYNC. */
export function steWriter(memory: GuestMemory, pa: bigint, sync: () => void): EntryWriter {
  return new MemoryEntry(memory, pa, STE, sync);
}

/** The CD at `pa`; `sync` sends CFGI_CD for each StreamID and CMD_SYNC. */
export function cdWriter(memory: GuestMemory, pa: bigint, sync: () => void): EntryWriter {
  return new MemoryEntry(memory, pa, CD, sync);
}
