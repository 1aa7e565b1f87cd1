// Answers on their way to the device of a closed loop, in a stretch (stretch.ts): each makes room for another row.
import * as Stretch from '../abi/stretch';
import * as StretchClock from './stretch-clock';
import * as StretchRecord from './stretch-record';

/** Key of the next. */
export let next: u64 = 0;

let first: u32 = 0;
let end: u32 = 0;
let ring: usize = 0;

export function begin(): void {
  next = StretchClock.NEVER;
  first = 0;
  end = 0;
  ring = StretchRecord.ring(Stretch.ANSWER_RING);
}

@inline
function at(i: u32): usize {
  return ring + ((<usize>(i & (Stretch.ANSWERS - 1))) << 3);
}

/** No other one has a place. */
@inline
export function full(): bool {
  return end - first >= <u32>Stretch.ANSWERS - 2;
}

/** One comes at a tick. Of one tick, when memory's clock is the faster one, the latest made comes first. */
@inline
export function put(tick: u64): void {
  const key = StretchClock.key(tick, 0, Stretch.KIND_ANSWER);
  if (next == StretchClock.NEVER) {
    next = key;
    return;
  }
  let last = end;
  while (last != first) {
    const before = load<u64>(at(last - 1));
    if (before < key) break;
    store<u64>(at(last), before);
    last--;
  }
  let put = key;
  if (last == first && next > key) {
    put = next;
    next = key;
  }
  store<u64>(at(last), put);
  end++;
}

/** The next one has come. */
@inline
export function take(): void {
  next = StretchClock.NEVER;
  if (first != end) next = load<u64>(at(first++));
}

/** For hand-over.ts and repeat.ts: all stand in the ring. */
export function save(s: usize): void {
  if (next != StretchClock.NEVER) store<u64>(at(--first), next);
  store<u32>(s, first, Stretch.ANSWER_FIRST);
  store<u32>(s, end, Stretch.ANSWER_END);
}

/** The stretch goes on after `save`. */
export function goOn(): void {
  if (next != StretchClock.NEVER) next = load<u64>(at(first++));
}
