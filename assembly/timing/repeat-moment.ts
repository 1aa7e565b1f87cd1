// A moment of a stretch (stretch.ts): everything that decides what comes next, as a list of words that is compared whole. Times are
// counted from the moment, rows from the one accepted last, so that two moments with the same list go on alike.
import * as Header from '../abi/header';
import * as Stretch from '../abi/stretch';
import * as Timing from '../abi/timing';
import { base } from '../memory/base';
import { tm } from './region';
import * as Scheduler from './scheduler';
import { NEVER } from './wheel';

const TICK: u64 = Stretch.KEY_TICK;

/** The stretch's scratch, and how many records it has. */
export let s: usize = 0;
export let n: u32 = 0;

@inline
export function word(at: i32): u32 {
  return load<u32>(s + <usize>at);
}

@inline
export function long(at: i32): u64 {
  return load<u64>(s + <usize>at);
}

@inline
function ringKey(ring: i32, i: u32, size: u32): u64 {
  return load<u64>(s + <usize>ring + ((<usize>(i & (size - 1))) << 3));
}

// An event: how far off, what, and whose, counted from the row accepted last.
@inline
function event(to: usize, k: u64, clock: u64): void {
  const kind = (<u32>k) & 7;
  const nobodys = kind == Stretch.KIND_OFFER || kind == Stretch.KIND_ANSWER;
  const id = nobodys ? 0 : (<u32>(k >> 3) - word(Stretch.PORT_END)) & (n - 1);
  store<u32>(to, <u32>((k >> TICK) - clock));
  store<u32>(to, (id << 3) | kind, 4);
}

// Everything that decides what comes next, into list `which`; gives its words, 0: too many.
function list(which: i32): u32 {
  const start = s + <usize>Stretch.listAt(n, which);
  const accepted = word(Stretch.PORT_END);
  const used = word(Stretch.USED);
  const clock = long(Stretch.CLOCK);
  const tick = long(Stretch.ORIGIN) + clock;
  const unit = load<u32>(tm, Timing.TCU_TICKS) * load<u32>(tm, Timing.TBU_TICKS);
  let to = start;
  store<u32>(to, <u32>(clock % <u64>unit));
  store<u32>(to, used | (word(Stretch.BUFFERED) << 16), 4);
  store<u32>(to, accepted - word(Stretch.PORT_FIRST), 8);
  store<u32>(to, word(Stretch.READY) | (word(Stretch.REFUSED) << 1), 12);
  store<u32>(to, word(Stretch.REFUSED_BY), 16);
  store<u32>(to, word(Stretch.REFUSED_BEATS), 20);
  store<u32>(to, word(Stretch.OUTSTANDING), 24);
  store<u32>(to, word(Stretch.MICRO_FREE), 28);
  store<u64>(to, long(Stretch.SLOT_CHANGE) - clock, 32);
  store<u64>(
    to,
    load<u32>(tm, Scheduler.SOURCE) == Scheduler.SOURCE_LOOP ? long(Stretch.LOOP_AT) - tick : 0,
    40,
  );
  to += 48;
  for (let i = word(Stretch.MICRO_WAIT); i != word(Stretch.MICRO_WAIT_END); i++, to += 4) {
    const id = load<u32>(s + <usize>Stretch.microQueue(n) + ((<usize>(i & (n - 1))) << 2));
    store<u32>(to, (id - accepted) & (n - 1));
  }
  store<u32>(to, u32.MAX_VALUE);
  to += 4;
  for (let i = word(Stretch.MEMORY_WAIT); i != word(Stretch.MEMORY_WAIT_END); i++, to += 8) {
    const id = load<u32>(s + <usize>Stretch.memoryQueue(n) + ((<usize>(i & (n - 1))) << 2));
    const r = s + <usize>(Stretch.recordsAt(n) + id * Stretch.BYTES);
    store<u32>(to, (id - accepted) & (n - 1));
    store<u32>(to, <u32>clock - load<u32>(r, Stretch.SINCE), 4);
  }
  store<u32>(to, u32.MAX_VALUE);
  to += 4;
  for (let i = accepted - used; i != accepted; i++, to += 4) {
    const r = s + <usize>(Stretch.recordsAt(n) + (i & (n - 1)) * Stretch.BYTES);
    store<u32>(to, <u32>clock - load<u32>(r, Stretch.ACCEPTED));
  }
  // Events in their order
  let offer = long(Stretch.OFFER);
  let port = long(Stretch.PORT);
  let memory = long(Stretch.MEMORY);
  let micro = word(Stretch.MICRO_FIRST);
  let answer = word(Stretch.ANSWER_FIRST);
  if (word(Stretch.ANSWER_END) - answer > <u32>Stretch.LISTED_ANSWERS) return 0;
  while (true) {
    const m = micro == word(Stretch.MICRO_END) ? NEVER : ringKey(Stretch.microRing(n), micro, n);
    const a =
      answer == word(Stretch.ANSWER_END) ? NEVER : ringKey(Stretch.ANSWER_RING, answer, Stretch.ANSWERS);
    const k = min(min(min(m, a), offer), min(port, memory));
    if (k == NEVER) break;
    event(to, k, clock);
    to += 8;
    if (k == m) micro++;
    else if (k == a) answer++;
    else if (k == offer) offer = NEVER;
    else if (k == port) port = NEVER;
    else memory = NEVER;
  }
  return (<u32>(to - start)) >> 2;
}

/** Notes the moment of the stretch in scratch; false: it is none to come back to. */
export function save(scratch: usize): bool {
  s = scratch;
  n = load<u32>(base, Header.STRETCH_RECORDS);
  const words = list(0);
  store<u32>(s, words, Stretch.SAVED_WORDS);
  store<u64>(s, long(Stretch.CLOCK), Stretch.SAVED_CLOCK);
  store<u32>(s, word(Stretch.ROW_AT_HAND), Stretch.SAVED_ROW);
  store<u64>(s, long(Stretch.REFUSALS), Stretch.SAVED_REFUSALS);
  store<u64>(s, long(Stretch.STALLS), Stretch.SAVED_STALLS);
  store<u64>(s, long(Stretch.SLOT_TICKS), Stretch.SAVED_SLOT_TICKS);
  store<u64>(s, long(Stretch.DONE), Stretch.SAVED_DONE);
  store<u64>(s, long(Stretch.OFFER_AT), Stretch.SAVED_OFFER_AT);
  store<u64>(s, long(Stretch.LAST_ARRIVAL), Stretch.SAVED_LAST_ARRIVAL);
  return words != 0;
}

/** Whether the stretch in scratch is as it was when it was saved, but for the time. */
export function asSaved(scratch: usize): bool {
  s = scratch;
  n = load<u32>(base, Header.STRETCH_RECORDS);
  const words = list(1);
  if (words != word(Stretch.SAVED_WORDS)) return false;
  const before = s + <usize>Stretch.listAt(n, 0);
  return memory.compare(before, s + <usize>Stretch.listAt(n, 1), (<usize>words) << 2) == 0;
}
