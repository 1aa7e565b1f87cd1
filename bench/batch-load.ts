/** Batches, filled beforehand, as loads: every row's address and status is compared after each call. */
import { type Batch, STATUS_OK, type Smmu } from '../src/index.js';
import { CHUNK_ROWS, type Load } from './measure.js';

/** The rows of one batch: input, and the output that is right. */
export interface Rows {
  readonly streamId: Uint32Array;
  /** FLAG_* of each row; default: reads. */
  readonly flags?: Uint32Array;
  readonly substreamId?: Uint32Array;
  /** Low and high words. */
  readonly iova: Uint32Array;
  readonly pa: Uint32Array;
}

/** Memory of a batch of one chunk: 68 bytes a row, and room for the columns' alignment. */
export const CHUNK_BYTES = CHUNK_ROWS * 68 + 256;

/** A batch and what its rows must give. */
export interface Chunk {
  readonly batch: Batch;
  readonly rows: Rows;
}

/** A batch for each chunk, filled once. Every stream is a requester of its own. */
export function chunksOf(smmu: Smmu, chunks: readonly Rows[]): Chunk[] {
  return chunks.map((rows) => {
    const batch = smmu.createBatch(rows.streamId.length);
    batch.streamId.set(rows.streamId);
    batch.requester.set(rows.streamId);
    batch.iovaWords.set(rows.iova);
    if (rows.flags !== undefined) batch.flags.set(rows.flags);
    if (rows.substreamId !== undefined) batch.substreamId.set(rows.substreamId);
    return { batch, rows };
  });
}

/** Throws unless every row is ok and has the right address. */
function checkRows(batch: Batch, { pa }: Rows, name: string): void {
  const { paWords, status } = batch;
  for (let row = 0; row < status.length; row++) {
    if (
      (status[row] & 0xff) !== STATUS_OK ||
      paWords[2 * row] !== pa[2 * row] ||
      paWords[2 * row + 1] !== pa[2 * row + 1]
    ) {
      const got = (BigInt(paWords[2 * row + 1]) << 32n) | BigInt(paWords[2 * row]);
      const right = (BigInt(pa[2 * row + 1]) << 32n) | BigInt(pa[2 * row]);
      throw new Error(
        `${name}: row ${row} gave 0x${got.toString(16)}, status 0x${status[row].toString(16)}; expected 0x${right.toString(16)}`,
      );
    }
  }
}

export interface BatchLoad extends Load {
  /** Share of the last chunk's rows by HIT_*. */
  hitShares(): number[];
}

/** What is done with a batch. */
export interface Manner {
  /** Default: `translateBatch`. */
  readonly run?: (smmu: Smmu, batch: Batch) => void;
  /** What else must be right of a finished batch. @throws Error */
  readonly check?: (batch: Batch) => void;
}

/** One chunk a call, the chunks in turn. */
export function batchLoad(
  smmu: Smmu,
  name: string,
  chunks: readonly Chunk[],
  manner: Manner = {},
): BatchLoad {
  const { run = (on, batch) => void on.translateBatch(batch), check } = manner;
  let chunk = 0;
  return {
    name,
    operations: chunks[0].batch.capacity,
    turns: chunks.length,
    prepare: () => {
      chunk = (chunk + 1) % chunks.length;
    },
    work: () => {
      run(smmu, chunks[chunk].batch);
    },
    check: () => {
      const { batch, rows } = chunks[chunk];
      checkRows(batch, rows, name);
      check?.(batch);
    },
    hitShares: () => {
      const shares = [0, 0, 0, 0, 0, 0];
      const { status } = chunks[chunk].batch;
      for (const word of status) shares[word >>> 24] += 1 / status.length;
      return shares;
    },
  };
}

/** Deterministic 32-bit numbers (xorshift). */
export function generator(seed: number): () => number {
  let x = seed >>> 0;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
}
