/** A recorded SMMU that is asked, and whose memory may be edited. */
import type { Snapshot } from '../../../src/capture/index.js';
import { explain, type Explanation } from '../../../src/explain/index.js';
import { Smmu, type Transaction } from '../../../src/index.js';
import { bringUp, deviceOptions } from '../../../src/replay/index.js';

/** A 64-bit word that is not as it was recorded. */
export interface Edit {
  readonly address: bigint;
  readonly recorded: bigint;
  readonly word: bigint;
}

export class WalkSession {
  readonly #edits = new Map<bigint, Edit>();

  private constructor(
    readonly snapshot: Snapshot,
    readonly smmu: Smmu,
  ) {}

  /** @throws RangeError when no device can stand in for the recorded one */
  static async open(snapshot: Snapshot): Promise<WalkSession> {
    const start = performance.now();
    const session = new WalkSession(snapshot, await Smmu.create(deviceOptions(snapshot)));
    performance.measure('device', { start }); // npm run web:timing reads it
    session.begin();
    return session;
  }

  get edits(): readonly Edit[] {
    return [...this.#edits.values()];
  }

  edited(address: bigint): Edit | undefined {
    return this.#edits.get(address);
  }

  /** As recorded, but for the edits, and with empty caches; nothing is stalled. */
  begin(): void {
    const { smmu } = this;
    smmu.reset();
    bringUp(smmu, this.snapshot);
    for (const { address, word } of this.edits) smmu.memory.write64(address, word);
  }

  /** Translates with what the caches hold. The walk itself may change memory: access flags, dirty state. */
  walk(transaction: Transaction): Explanation {
    return explain(this.smmu, transaction);
  }

  /** What the word was before any edit of it. */
  #recorded(address: bigint): bigint {
    return this.#edits.get(address)?.recorded ?? this.smmu.memory.read64(address);
  }

  /** Writes a word as software would: caches are told nothing. @param address aligned to 8 bytes */
  edit(address: bigint, word: bigint): void {
    const recorded = this.#recorded(address);
    this.smmu.memory.write64(address, word);
    if (word === recorded) this.#edits.delete(address);
    else this.#edits.set(address, { address, recorded, word });
  }

  /** Takes all edits back. */
  restore(): void {
    for (const { address, recorded } of this.edits) this.smmu.memory.write64(address, recorded);
    this.#edits.clear();
  }

  close(): void {
    this.smmu.dispose();
  }
}
