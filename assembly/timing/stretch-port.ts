// The TBU's port in a stretch (stretch.ts): passage.ts `port` and `portEnd`. All that were accepted and have not begun wait for it, in
// the order of their records.
import * as Stretch from '../abi/stretch';
import * as StretchClock from './stretch-clock';
import * as StretchRecord from './stretch-record';
import * as StretchTlbs from './stretch-tlbs';

/** Key of who is in the port. */
export let next: u64 = 0;
/** Number of the first that waits, and of the next to be accepted. */
export let first: u32 = 0;
export let accepted: u32 = 0;

export function begin(): void {
  next = StretchClock.NEVER;
  first = 0;
  accepted = 0;
}

/** The record of the next row to be accepted. */
@inline
export function freeRecord(): usize {
  return StretchRecord.record(accepted & StretchRecord.mask);
}

// Into the port, which is free: the first that waits.
@inline
function pass(now: u64): void {
  const id = first++ & StretchRecord.mask;
  next = StretchClock.key(
    StretchClock.afterTbu(now, <u64>load<u32>(StretchRecord.record(id), Stretch.BEATS)),
    id,
    Stretch.KIND_PORT,
  );
}

/** The row in `freeRecord` has been accepted. */
@inline
export function enter(now: u64): void {
  accepted++;
  if (next == StretchClock.NEVER) pass(now);
}

/** Record `id` has passed. */
export function passed(now: u64, id: u32): void {
  next = StretchClock.NEVER;
  StretchTlbs.enter(now, id);
  if (first != accepted) pass(now);
}

/** For hand-over.ts and repeat.ts. */
export function save(s: usize): void {
  store<u64>(s, next, Stretch.PORT);
  store<u32>(s, first, Stretch.PORT_FIRST);
  store<u32>(s, accepted, Stretch.PORT_END);
}

export function repeat(ticks: u64): void {
  next = StretchClock.later(next, ticks);
}
