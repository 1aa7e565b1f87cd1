import { Fault, StartAgain } from './faults.js';
import type { FaultDetails } from './faults.js';
import type { Features } from './features.js';
import type { OracleState, OracleTxn, Reads } from './types.js';
import { byteSwap } from './words.js';
import type { Word } from './words.js';

/** The transaction's properties after STE overrides (§13.1.4). */
export interface Request {
  read: boolean;
  write: boolean;
  instruction: boolean;
  privileged: boolean;
}

/** One transaction under way: the inputs, the counters, and memory as this transaction sees it. */
export class Session {
  readonly reads: Reads = { ste: 0, cd: 0, s1: 0, s2: 0 };
  request: Request;
  /** As `OracleResult.shared`. */
  shared = false;

  constructor(
    readonly state: OracleState,
    readonly features: Features,
    readonly txn: OracleTxn,
    /** Updates of a speculative read, held back until it has succeeded (§3.14); they outlive a walk that starts again. */
    private readonly pending: Map<number, Word> | undefined,
  ) {
    const write = txn.write || txn.atomic;
    this.request = {
      read: !write || txn.atomic,
      write,
      instruction: txn.instruction && !write,
      privileged: txn.privileged,
    };
  }

  /** A 64-bit little-endian read; undefined is an external abort. */
  read(address: number): Word | undefined {
    return this.pending?.get(address) ?? this.state.mem.readWord(address);
  }

  readDescriptor(address: number, bigEndian: boolean): Word | undefined {
    const word = this.read(address);
    return word !== undefined && bigEndian ? byteSwap(word) : word;
  }

  /** A whole structure; undefined if any part aborts. */
  readWords(address: number, count: number): Word[] | undefined {
    const words: Word[] = [];
    for (let i = 0; i < count; i++) {
      const word = this.read(address + 8 * i);
      if (word === undefined) return undefined;
      words.push(word);
    }
    return words;
  }

  /** Hardware update of one descriptor: replaces `before`, which must still be there, by `after`. */
  updateDescriptor(
    address: number,
    bigEndian: boolean,
    before: Word,
    after: Word,
    abort: { event: number; details: FaultDetails },
  ): void {
    const now = this.readDescriptor(address, bigEndian);
    if (now === undefined) throw new Fault(abort.event, abort.details);
    if (now.hi !== before.hi || now.lo !== before.lo) throw new StartAgain();
    const raw = bigEndian ? byteSwap(after) : after;
    this.state.mem.noteUpdate?.(address, before.lo, after.lo);
    if (this.pending !== undefined) {
      this.pending.set(address, raw);
      return;
    }
    if (!this.state.mem.writeWord(address, raw)) throw new Fault(abort.event, abort.details);
  }

  /** A speculative read has succeeded: its held-back updates reach memory. */
  commit(): void {
    this.pending?.forEach((word, address) => this.state.mem.writeWord(address, word));
  }
}
