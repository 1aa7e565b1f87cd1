// Where a stretch (stretch.ts) keeps what is in flight: a record for each transaction, in the order of their acceptance.
import * as Entry from '../abi/entry';
import * as Header from '../abi/header';
import * as Stretch from '../abi/stretch';
import { base, region } from '../memory/base';
import { copy16 } from '../memory/copy';
import { hitAddress, hitStatus } from '../translate/fast';
import { answeredBy } from '../walk/hit';
import { tm } from './region';
import * as Scheduler from './scheduler';

/** The scratch, its records and one less than their number. */
export let scratch: usize = 0;
export let mask: u32 = 0;
/** Rows in flight that the micro TLB had nothing for. */
export let flying: u32 = 0;

let records: usize = 0;

/** All records are free. */
export function begin(): void {
  const n = load<u32>(base, Header.STRETCH_RECORDS);
  scratch = region(base + Header.STRETCH);
  mask = n - 1;
  records = scratch + <usize>Stretch.recordsAt(n);
  flying = 0;
  for (let r = records; r < records + <usize>(n * Stretch.BYTES); r += Stretch.BYTES)
    store<u32>(r, Stretch.IDLE, Stretch.BUSY);
}

@inline
export function record(id: u32): usize {
  return records + <usize>id * Stretch.BYTES;
}

@inline
export function idOf(r: usize): u32 {
  return <u32>(r - records) / Stretch.BYTES;
}

/** A ring or queue of the scratch. */
export function ring(at: i32): usize {
  return scratch + <usize>at;
}

export function column(c: i32): usize {
  return <usize>load<u32>(tm + Scheduler.COLUMNS + <usize>(c << 2));
}

/** The micro TLB has nothing for r. */
@inline
export function noteMissed(r: usize): void {
  store<u32>(r, 1, Stretch.MISSED);
  flying++;
}

/** r is in flight no longer. */
@inline
export function release(r: usize): void {
  store<u32>(r, Stretch.IDLE, Stretch.BUSY);
  flying -= load<u32>(r, Stretch.MISSED);
}

/** The row of record r hit the entry at e, of address space `owner`: what it holds while it is in flight, and what its device gets. */
@inline
export function keep(r: usize, e: usize, owner: u32, va: u64, place: u32): void {
  copy16(r + Stretch.IMAGE, e, Entry.BYTES);
  store<u32>(r, owner, Stretch.OWNER);
  store<u64>(r, hitAddress(e, va), Stretch.PA);
  store<u32>(r, hitStatus(e, answeredBy(e, place)), Stretch.STATUS);
}
