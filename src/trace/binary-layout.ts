/**
 * The compact binary form: a header, then blocks of rows. A block is the input columns of a batch one after the other, so
 * that reading it is seven copies. All integers are little-endian (docs/traces.md).
 */

/** "SMMUTRC" and a newline, which a transfer in text mode would spoil. */
export const MAGIC = Uint8Array.of(0x53, 0x4d, 0x4d, 0x55, 0x54, 0x52, 0x43, 0x0a);
export const BINARY_VERSION = 1;

// Header
export const B_MAGIC = 0; // u8[8]
export const B_VERSION = 8; // u32
export const B_HEADER_BYTES = 12; // u32, a multiple of 16: where the first block begins
export const B_ROWS = 16; // u64; all ones: not known when it was written
export const B_BLOCK_ROWS = 24; // u32, rows of every block but the last
export const B_ROW_BYTES = 28; // u32, ROW_BYTES
export const B_TIMES = 32; // u32, index into TIMES
export const B_SUBSTREAMS = 36; // u32, 1: rows may have FLAG_SSV
export const B_NOTE = 64; // UTF-8 text to the end of the header, padded with spaces

export const TIMES = ['none', 'arrival', 'gap'] as const;
export const ROWS_UNKNOWN = (1n << 64n) - 1n;
/** iova 8, streamId 4, substreamId 4, flags 4, size 2, requester 2, arrival 8. */
export const ROW_BYTES = 32;
export const BLOCK_ROWS_MAX = 1 << 20;
