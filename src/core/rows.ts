/** Transactions as columns. */

/** The columns that say which transactions: those of a batch, which the core reads, or of memory of their own. */
export interface Rows {
  /** Rows. */
  readonly capacity: number;
  /** In: input addresses, u32 pairs, low word first. */
  readonly iovaWords: Uint32Array;
  /** In. */
  readonly streamId: Uint32Array;
  /** In; counts with FLAG_SSV. */
  readonly substreamId: Uint32Array;
  /** In: FLAG_*. */
  readonly flags: Uint32Array;
  /** In: bytes, 1..4096; 0 is 64. */
  readonly size: Uint16Array;
  /** In: ordering id. */
  readonly requester: Uint16Array;
  /** In: cycles, u32 pairs, low word first; 0 is the default. In a closed loop: least gaps after the row before. */
  readonly arrivalWords: Uint32Array;
}
