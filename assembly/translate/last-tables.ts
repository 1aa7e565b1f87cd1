// The last table that each of the latest configurations walked to, in a direct-mapped memory: whether the next walk comes there again. How
// many rows of a batch did not says whether reading ahead is worth its while.
import * as Ahead from '../abi/ahead';
import * as Entry from '../abi/entry';
import * as Header from '../abi/header';
import { base, region } from '../memory/base';

/** Rows that walked to another last table than their stream's row before. */
export let strayed: u32 = 0;

const EPOCH: u64 = 1 << 40;
const LAST: u64 = 0xffffff0000000000;
let epoch: u64 = 0;

/** The lines are emptied before they are used. When an instance is bound to its region. */
@inline
export function bindLastTables(): void {
  epoch = LAST;
}

@inline
export function noteStrayed(): void {
  strayed++;
}

@inline
export function forgetStrayed(): void {
  strayed = 0;
}

/** What the lines say of input addresses holds no more: a loop begins, before which anything may have been written. */
export function forgetLastTables(): void {
  epoch += EPOCH;
  if (epoch) return;
  // All numbers have been used.
  memory.fill(region(base + Header.AHEAD) + Ahead.LINES, 0, Ahead.LINE_COUNT * Ahead.LINE_BYTES);
  epoch = EPOCH;
}

/** The line of configuration c. */
@inline
export function lineOf(c: usize): usize {
  const line = (c / Entry.CONFIG_BYTES) & (Ahead.LINE_COUNT - 1);
  return region(base + Header.AHEAD) + Ahead.LINES + line * Ahead.LINE_BYTES;
}

/** The table of a line is that of configuration c for addresses whose bits above it are `above`: `noteUnder` has said so in this loop. */
@inline
export function isUnder(line: usize, c: usize, above: u64): bool {
  return load<u64>(line, Ahead.UNDER) == (epoch | above) && load<u32>(line, Ahead.WHOSE) == <u32>c;
}

/** `noteTable` has been told of this walk. */
@inline
export function noteUnder(line: usize, c: usize, above: u64): void {
  store<u64>(line, epoch | above, Ahead.UNDER);
  store<u32>(line, <u32>c, Ahead.WHOSE);
}

/** The table of a line. */
@inline
export function tableOfLine(line: usize): u64 {
  return load<u64>(line, Ahead.TABLE);
}

/** Walks ended in the table at `table`, `strays` of them in another than the one before. */
@inline
export function noteTable(line: usize, table: u64, strays: u32): void {
  strayed += strays;
  if (tableOfLine(line) == table) return;
  store<u64>(line, 0, Ahead.UNDER);
  store<u64>(line, table, Ahead.TABLE);
}
