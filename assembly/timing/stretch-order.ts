// The order in which a requester's rows leave, in a stretch (stretch.ts): hazard.ts. A ring holds those that missed the micro TLB, or
// wait for one that did, in the order in which they came; whoever is not in it has nobody of its requester before it.
import * as Stretch from '../abi/stretch';
import * as Timing from '../abi/timing';
import * as TimingCounters from '../abi/timing-counters';
import * as StretchMemory from './stretch-memory';
import * as StretchRecord from './stretch-record';
import { tm } from './region';
import { addTo } from './tally';

/** The ring's first and end. */
export let first: u32 = 0;
export let end: u32 = 0;

let ring: usize = 0;
let ordered: bool = false;
let stalls: u64 = 0;

export function begin(): void {
  first = 0;
  end = 0;
  ring = StretchRecord.ring(Stretch.behindRing(StretchRecord.mask + 1));
  ordered = load<u32>(tm, Timing.ORDERED) != 0;
  stalls = 0;
}

// A place holds a record's number + 1, or 0: it has left.
@inline
function place(i: u32): usize {
  return ring + ((<usize>(i & StretchRecord.mask)) << 2);
}

@inline
function recordAt(number: u32): usize {
  return StretchRecord.record(number - 1);
}

/** No other one has a place. */
@inline
export function full(): bool {
  return end - first > StretchRecord.mask;
}

/** Record r, of number `id`, missed the micro TLB: those of its requester that come after it wait for it. */
@inline
export function join(id: u32): void {
  if (ordered) store<u32>(place(end++), id + 1);
}

/** Record r, of number `id`, has its answer at once; it leaves, or waits for one of its requester that came before (`mayLeave`). */
@inline
export function pass(now: u64, id: u32, r: usize): void {
  if (first != end && isBehind(r)) {
    store<u32>(r, <u32>now, Stretch.SINCE);
    store<u32>(r, Stretch.WAITS, Stretch.BUSY);
    store<u32>(place(end++), id + 1);
  } else StretchMemory.send(now, id, r);
}

function isBehind(r: usize): bool {
  const key = load<u32>(r, Stretch.KEY);
  for (let b = first; b != end; b++) {
    const other = load<u32>(place(b));
    if (other && load<u32>(recordAt(other), Stretch.KEY) == key) return true;
  }
  return false;
}

/** Record r, of number `id`, which had joined, has its answer: it leaves, and those that waited for it; or it waits itself. */
export function leave(now: u64, id: u32, r: usize): void {
  if (!ordered) return StretchMemory.send(now, id, r);
  const key = load<u32>(r, Stretch.KEY);
  let at = first;
  for (; ; at++) {
    const other = load<u32>(place(at));
    if (other == id + 1) break;
    if (other && load<u32>(recordAt(other), Stretch.KEY) == key) {
      store<u32>(r, Stretch.WAITS, Stretch.BUSY);
      store<u32>(r, <u32>now, Stretch.SINCE);
      return;
    }
  }
  while (true) {
    // `leaveOrder`: the next of the requester may go on, and does so when this one has.
    store<u32>(place(at), 0);
    const next = waiterBehind(at, key);
    while (first != end && !load<u32>(place(first))) first++;
    StretchMemory.send(now, id, r);
    if (next == end) return;
    at = next;
    id = load<u32>(place(at)) - 1;
    r = StretchRecord.record(id);
    store<u32>(r, Stretch.FLIES, Stretch.BUSY);
    stalls += now - <u64>load<u32>(r, Stretch.SINCE);
  }
}

// The place of the next of that requester behind `at` if it waits; `end`: it does not, or there is none.
function waiterBehind(at: u32, key: u32): u32 {
  for (at++; at != end; at++) {
    const other = load<u32>(place(at));
    if (other && load<u32>(recordAt(other), Stretch.KEY) == key)
      return load<u32>(recordAt(other), Stretch.BUSY) == Stretch.WAITS ? at : end;
  }
  return end;
}

/** For hand-over.ts and repeat.ts. */
export function save(s: usize): void {
  store<u32>(s, first, Stretch.BEHIND);
  store<u32>(s, end, Stretch.BEHIND_END);
}

/** Sums into the statistics. */
export function handBack(): void {
  addTo(TimingCounters.STALL_ORDER, stalls);
}
