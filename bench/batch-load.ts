/** Batches, filled beforehand, as loads: every row's address and status is compared after each call. */
import { type Batch, FLAG_PRIVILEGED, STATUS_OK, type Smmu } from '../src/index.js';
import { CHUNK_ROWS, type Load } from './measure.js';

/** The rows of one batch: input, and the output that is right. */
export interface Rows {
  readonly streamId: Uint32Array;
  /** Low and high words. */
  readonly iova: Uint32Array;
  readonly pa: Uint32Array;
}

/** Memory of a batch of one chunk: 68 bytes a row, and room for the columns' alignment. */
export const CHUNK_BYTES = CHUNK_ROWS * 68 + 256;

function fill(smmu: Smmu, rows: Rows): Batch {
  const batch = smmu.createBatch(rows.streamId.length);
  batch.streamId.set(rows.streamId);
  batch.iovaWords.set(rows.iova);
  return batch;
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

/** One chunk a call, the chunks in turn. */
export function batchLoad(smmu: Smmu, name: string, chunks: readonly Rows[], privileged = false): BatchLoad {
  const batches = chunks.map((rows) => {
    const batch = fill(smmu, rows);
    if (privileged) batch.flags.fill(FLAG_PRIVILEGED);
    return batch;
  });
  let chunk = 0;
  return {
    name,
    operations: chunks[0].streamId.length,
    prepare: () => {
      chunk = (chunk + 1) % chunks.length;
    },
    work: () => {
      smmu.translateBatch(batches[chunk]);
    },
    check: () => checkRows(batches[chunk], chunks[chunk], name),
    hitShares: () => {
      const shares = [0, 0, 0, 0, 0, 0];
      const { status } = batches[chunk];
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
