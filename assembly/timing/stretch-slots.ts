// Slots and write buffer of the TBU in a stretch (stretch.ts), and when a device that was refused offers again: accept.ts.
import * as Stretch from '../abi/stretch';
import * as Timing from '../abi/timing';
import * as TimingCounters from '../abi/timing-counters';
import * as StretchClock from './stretch-clock';
import { tm } from './region';
import * as Scheduler from './scheduler';
import { addTo } from './tally';
import * as Tbu from './tbu';

const OFFER: u64 = Stretch.KIND_OFFER;

/** Key of the next offer. */
export let next: u64 = 0;
export let used: u32 = 0;
export let refused: bool = false;

let slots: u32 = 0;
let writeBeats: u32 = 0;
let buffered: u32 = 0;
let refusedBy: u32 = 0;
let refusedBeats: u32 = 0;
let changed: u64 = 0;
let sum: u64 = 0;
let most: u32 = 0;
let refusals: u64 = 0;

/** Nothing is in flight; the next offer is due at tick `first`. */
export function begin(first: u64): void {
  slots = load<u32>(tm, Timing.TBU_SLOTS);
  writeBeats = load<u32>(tm, Timing.WRITE_BEATS);
  next = StretchClock.key(first, 0, OFFER);
  used = 0;
  buffered = load<u32>(tm + Tbu.FIRST, Tbu.BEATS);
  refused = false;
  refusedBy = load<u32>(tm, Scheduler.REFUSED_BY);
  refusedBeats = load<u32>(tm, Scheduler.REFUSED_BEATS);
  changed = load<u64>(tm, Scheduler.SLOT_CHANGE) - StretchClock.origin; // modulo 2^64, as only differences count
  sum = 0;
  most = <u32>load<u64>(tm + Timing.STATS, TimingCounters.SLOT_MAX);
  refusals = 0;
}

/** The offer at hand has come, or is to be made otherwise. */
@inline
export function takeOffer(): void {
  next = StretchClock.NEVER;
}

/** The next offer is due at a tick. */
@inline
export function offerAt(tick: u64): void {
  next = StretchClock.key(tick, 0, OFFER);
}

@inline
export function hasSlot(): bool {
  return used < slots;
}

/** Beats of a write, 0: a read, have room beside those that are there; one larger than the buffer fits an empty one. */
@inline
export function hasRoom(beats: u32): bool {
  return !(beats && writeBeats && buffered && buffered + beats > writeBeats);
}

/** What was refused would be refused again. */
@inline
export function stillRefused(): bool {
  return used >= slots || (refusedBy != 0 && buffered != 0 && buffered + refusedBeats > writeBeats);
}

/** There is no room; `by`: the TBU with beats of a write, 0: there is no slot. */
@inline
export function refuse(by: u32, beats: u32): void {
  if (!refused) refusals++;
  refused = true;
  refusedBy = by;
  refusedBeats = beats;
}

@inline
function note(now: u64): void {
  sum += <u64>used * (now - changed);
  changed = now;
}

/** `takeSlot`; beats: of a write. */
@inline
export function take(now: u64, beats: u32): void {
  buffered += beats;
  note(now);
  used++;
  if (used > most) most = used;
  refused = false;
}

/** `freeSlot`, `callRefused` */
@inline
export function free(now: u64, r: usize): void {
  note(now);
  used--;
  if (load<u32>(r, Stretch.KEY) & 1) buffered -= load<u32>(r, Stretch.BEATS);
  if (refused && next == StretchClock.NEVER) offerAt(StretchClock.afterTbu(now, 1));
}

/** For hand-over.ts and repeat.ts. */
export function save(s: usize): void {
  store<u64>(s, next, Stretch.OFFER);
  store<u64>(s, changed, Stretch.SLOT_CHANGE);
  store<u32>(s, refused ? 1 : 0, Stretch.REFUSED);
  store<u32>(s, refusedBy, Stretch.REFUSED_BY);
  store<u32>(s, refusedBeats, Stretch.REFUSED_BEATS);
  store<u32>(s, used, Stretch.USED);
  store<u32>(s, buffered, Stretch.BUFFERED);
  store<u64>(s, refusals, Stretch.REFUSALS);
  store<u64>(s, sum, Stretch.SLOT_TICKS);
}

/** What happened since the moment saved in s has happened so many times more. */
export function repeat(s: usize, ticks: u64, times: u64): void {
  changed += ticks;
  next = StretchClock.later(next, ticks);
  refusals += times * (refusals - load<u64>(s, Stretch.SAVED_REFUSALS));
  sum += times * (sum - load<u64>(s, Stretch.SAVED_SLOT_TICKS));
}

/** The machine goes on from here. `taken`: rows were accepted; `first`: tick of the first offer. */
export function handBack(taken: bool, first: u64): void {
  store<u32>(tm, next != StretchClock.NEVER ? 1 : 0, Scheduler.OFFER_SET);
  store<u32>(tm, refused ? 1 : 0, Scheduler.REFUSED);
  store<u32>(tm, refusedBy, Scheduler.REFUSED_BY);
  store<u32>(tm, refusedBeats, Scheduler.REFUSED_BEATS);
  store<u32>(tm, used, Scheduler.SLOTS);
  store<u32>(tm, used, Scheduler.ACTIVE);
  store<u64>(tm, StretchClock.origin + changed, Scheduler.SLOT_CHANGE);
  store<u32>(tm + Tbu.FIRST, used, Tbu.SLOTS);
  store<u32>(tm + Tbu.FIRST, buffered, Tbu.BEATS);
  const t = tm + Timing.STATS;
  if (load<u64>(t, TimingCounters.FIRST_OFFER) == u64.MAX_VALUE && (taken || refusals))
    store<u64>(t, StretchClock.origin + first, TimingCounters.FIRST_OFFER);
  store<u64>(t, <u64>most, TimingCounters.SLOT_MAX);
  addTo(TimingCounters.SLOT_CYCLES, sum);
  addTo(TimingCounters.REFUSED, refusals);
}
