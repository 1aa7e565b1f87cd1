// Events in time order; of one tick, the latest made first. A wheel of 4096 ticks with a bitmap finds the next one; what
// lies further ahead waits in a list until the wheel reaches it. A request has one event at most, which is a part of its
// block; what is nobody's (offers, answers) and what lies far ahead takes a node.
import { pow2 } from '../memory/bits';
import { base, region } from '../memory/base';
import { overflowBy } from '../queues/pmu';
import { counting } from '../state/pmu';
import * as EventNode from '../abi/event-node';
import * as Header from '../abi/header';
import * as Timing from '../abi/timing';
import * as Process from './process';
import { tm } from './region';
import * as Scheduler from './scheduler';

const BUCKETS: u32 = 1 << Timing.WHEEL_LOG2;
const MASK: u32 = BUCKETS - 1;
const WORDS: u32 = BUCKETS >> 6;
export const NEVER: u64 = 0xffffffffffffffff;

/** Program counters from here on are no request's: their events are nodes, and carry an argument of their own. */
export const FIRST_NODE_PC: u32 = 100;

// An event: the same two words begin a node, and stand at Process.PC of a request.
const N_PC: i32 = 0;
const N_NEXT: i32 = Process.LINK - Process.PC; // u32 -> next event of the bucket; of a node also next free, or next far
const N_ARG: i32 = 8;
const N_TIME: i32 = 16;

/** Empties the wheel at tick 0. */
export function clearWheel(): void {
  memory.fill(tm + Scheduler.WHEEL_MAP, 0, BUCKETS >> 3);
  memory.fill(tm + Scheduler.WHEEL, 0, BUCKETS << 2);
  store<u64>(tm, 0, Scheduler.MAP_WORDS);
  let free: usize = 0;
  for (let i = load<u32>(base, Header.NODE_CAP); i > 0; i--) {
    const node = region(base + Header.NODES) + <usize>((i - 1) * EventNode.BYTES);
    store<u32>(node, <u32>free, N_NEXT);
    free = node;
  }
  store<u32>(tm, <u32>free, Scheduler.FREE_NODE);
  store<u32>(tm, 0, Scheduler.FAR);
  store<u64>(tm, NEVER, Scheduler.FAR_MIN);
}

/** The events of tick `time`, which is not further than the wheel reaches. */
@inline
export function bucketOf(time: u64): usize {
  return tm + Scheduler.WHEEL + (((<usize>time) & MASK) << 2);
}

// Of one tick, the event made last comes first: gem5's rule, which lets whoever is woken by a token take it before newcomers.
@inline
function put(event: usize, time: u64): void {
  const slot = bucketOf(time);
  const first = load<u32>(slot);
  store<u32>(event, first, N_NEXT);
  store<u32>(slot, <u32>event);
  if (!first) mark((<u32>time) & MASK);
}

@inline
function mark(bucket: u32): void {
  const word = tm + Scheduler.WHEEL_MAP + ((<usize>(bucket >> 6)) << 3);
  store<u64>(word, load<u64>(word) | pow2(bucket & 63));
  store<u64>(tm, load<u64>(tm, Scheduler.MAP_WORDS) | pow2(bucket >> 6), Scheduler.MAP_WORDS);
}

function newNode(pc: u32, arg: u32): usize {
  const node = <usize>load<u32>(tm, Scheduler.FREE_NODE);
  if (!node) unreachable(); // more events than requests, responses and offers can have: the host sizes the nodes for all of them
  store<u32>(tm, load<u32>(node, N_NEXT), Scheduler.FREE_NODE);
  store<u32>(node, pc, N_PC);
  store<u32>(node, arg, N_ARG);
  return node;
}

@inline
function freeNode(node: usize): void {
  store<u32>(node, load<u32>(tm, Scheduler.FREE_NODE), N_NEXT);
  store<u32>(tm, <u32>node, Scheduler.FREE_NODE);
}

/** Event `pc` for `arg` at tick `time`, not before now; below FIRST_NODE_PC the argument is a request, which has no other event. */
@inline
export function schedule(time: u64, pc: u32, arg: u32): void {
  if (time - load<u64>(tm, Scheduler.NOW) >= <u64>BUCKETS) {
    scheduleFar(time, pc, arg);
  } else if (pc < FIRST_NODE_PC) {
    store<u32>(<usize>arg, pc, Process.PC);
    put(<usize>arg + Process.PC, time);
  } else {
    put(newNode(pc, arg), time);
  }
}

function scheduleFar(time: u64, pc: u32, arg: u32): void {
  stayHere();
  const node = newNode(pc, arg);
  store<u64>(node, time, N_TIME);
  store<u32>(node, load<u32>(tm, Scheduler.FAR), N_NEXT);
  store<u32>(tm, <u32>node, Scheduler.FAR);
  if (time < load<u64>(tm, Scheduler.FAR_MIN)) store<u64>(tm, time, Scheduler.FAR_MIN);
}

// Brings events that the wheel now reaches from the far list, oldest first.
function gather(now: u64): void {
  let rest: usize = 0;
  let near: usize = 0;
  let least = NEVER;
  let node = <usize>load<u32>(tm, Scheduler.FAR);
  while (node) {
    const next = <usize>load<u32>(node, N_NEXT);
    const time = load<u64>(node, N_TIME);
    if (time - now < <u64>BUCKETS) {
      store<u32>(node, <u32>near, N_NEXT); // turns the order round: the list held the latest first
      near = node;
    } else {
      store<u32>(node, <u32>rest, N_NEXT);
      rest = node;
      if (time < least) least = time;
    }
    node = next;
  }
  // `rest` was turned round as well: turn it back.
  let back: usize = 0;
  while (rest) {
    const next = <usize>load<u32>(rest, N_NEXT);
    store<u32>(rest, <u32>back, N_NEXT);
    back = rest;
    rest = next;
  }
  store<u32>(tm, <u32>back, Scheduler.FAR);
  store<u64>(tm, least, Scheduler.FAR_MIN);
  while (near) {
    const next = <usize>load<u32>(near, N_NEXT);
    const pc = load<u32>(near, N_PC);
    const time = load<u64>(near, N_TIME);
    if (pc < FIRST_NODE_PC) {
      const q = <usize>load<u32>(near, N_ARG);
      freeNode(near);
      store<u32>(q, pc, Process.PC);
      put(q + Process.PC, time);
    } else {
      put(near, time);
    }
    near = next;
  }
}

/** No event is to come. */
@inline
export function emptyWheel(): bool {
  return (!load<u64>(tm, Scheduler.MAP_WORDS) && !load<u32>(tm, Scheduler.FAR)) || nextTime() == NEVER;
}

/** Tick of the next event, NEVER when there is none. */
export function nextTime(): u64 {
  const now = load<u64>(tm, Scheduler.NOW);
  if (load<u32>(bucketOf(now))) return now;
  // The mark of the tick at hand goes when its last event has gone, which may be long before the tick is over.
  const first = (<u32>now) & MASK;
  let at = tm + Scheduler.WHEEL_MAP + ((<usize>(first >> 6)) << 3);
  const marks = load<u64>(at) & ~pow2(first & 63);
  store<u64>(at, marks);
  const later = marks >> (<u64>(first & 63));
  if (later) return now + <u64>ctz(later);
  let words = load<u64>(tm, Scheduler.MAP_WORDS);
  if (!marks) {
    words &= ~pow2(first >> 6);
    store<u64>(tm, words, Scheduler.MAP_WORDS);
    if (!words) return load<u64>(tm, Scheduler.FAR_MIN);
  }
  // From the word behind this one, round to this one: its marks that are left lie before the tick at hand.
  const turn = ((first >> 6) + 1) & (WORDS - 1);
  const word = (turn + <u32>ctz(rotr<u64>(words, <u64>turn))) & (WORDS - 1);
  at = tm + Scheduler.WHEEL_MAP + ((<usize>word) << 3);
  const bucket = (word << 6) + <u32>ctz(load<u64>(at));
  return now + <u64>((bucket - first) & MASK);
}

/** Takes out the only event that there is, which is a node; gives its tick. */
export function takeOnly(): u64 {
  const at = nextTime(); // which leaves no mark but that of the event
  let node = <usize>load<u32>(tm, Scheduler.FAR);
  if (node) {
    store<u32>(tm, 0, Scheduler.FAR);
    store<u64>(tm, NEVER, Scheduler.FAR_MIN);
  } else {
    node = take(bucketOf(at));
    store<u64>(tm + Scheduler.WHEEL_MAP + ((<usize>(((<u32>at) & MASK) >> 6)) << 3), 0);
    store<u64>(tm, 0, Scheduler.MAP_WORDS);
  }
  freeNode(node);
  return at;
}

/** Moves to tick `time`, which is that of the next event or before it. */
@inline
export function moveTo(time: u64): void {
  store<u64>(tm, time, Scheduler.NOW);
  if (SHORT_CUTS && callAt < time) passCall();
  if (load<u32>(tm, Scheduler.FAR) && load<u64>(tm, Scheduler.FAR_MIN) - time < <u64>BUCKETS) gather(time);
}

// Up to here may whoever runs ahead go.
let horizon: u64 = 0;

/**
 * Events are taken up to tick `limit`. Nobody runs ahead where a run may end before it, where events of the far list may come to the
 * wheel, where an overflow is planned or may be.
 */
@inline
export function setHorizon(limit: u64): void {
  const stays =
    (load<u32>(tm, Scheduler.BACKGROUND) | load<u32>(tm, Scheduler.FAR)) != 0 ||
    counting() ||
    overflowBy(NEVER - 1) != 0;
  horizon = stays ? 0 : limit;
}

/** Something has come of which `setHorizon` did not know. */
@inline
export function stayHere(): void {
  horizon = 0;
}

/** No event is left of the tick at hand. */
@inline
export function lastOfTick(): bool {
  return !load<u32>(bucketOf(load<u64>(tm, Scheduler.NOW)));
}

/**
 * No event is left of the tick at hand. One that were made now for tick `time` would be the next to be taken, and nobody has to be
 * asked before: it is that tick now, and whoever would make it goes on without it.
 */
export function runsAhead(time: u64): bool {
  if (
    time > horizon ||
    load<u32>(base, Header.NOTIFY_COUNT) || // the host has something to take
    !nothingBefore(time)
  )
    return false;
  store<u64>(tm, time, Scheduler.NOW);
  if (callAt < time) passCall();
  return true;
}

// The wheel holds nothing for the ticks before `time`.
@inline
function nothingBefore(time: u64): bool {
  const now = load<u64>(tm, Scheduler.NOW);
  const first = (<u32>now) & MASK;
  const at = tm + Scheduler.WHEEL_MAP + ((<usize>(first >> 6)) << 3);
  // Of the word of the tick at hand, whose own mark goes.
  const marks = load<u64>(at) & ~pow2(first & 63);
  const later = marks >> (<u64>(first & 63));
  if (!later || !marks) return nextTime() >= time;
  store<u64>(at, marks);
  return now + <u64>ctz(later) >= time;
}

// The event of a refused source that would be refused again, which nobody needs to see: its tick and program counter, and the event of
// its tick that was made last before it. Only within a run: `keepCall` makes it an event like any other.
let callAt: u64 = 0xffffffffffffffff; // NEVER
let callPc: u32 = 0;
let callBefore: u32 = 0;

/** Event `pc` at tick `time` does nothing, unless `keepCall` comes before it. */
export function call(time: u64, pc: u32): void {
  if (time - load<u64>(tm, Scheduler.NOW) >= <u64>BUCKETS) {
    scheduleFar(time, pc, 0);
    return;
  }
  callAt = time;
  callPc = pc;
  callBefore = load<u32>(bucketOf(time));
}

/** Such an event takes its place in the wheel. */
export function keepCall(): void {
  if (callAt == NEVER) return;
  const slot = bucketOf(callAt);
  if (!load<u32>(slot)) mark((<u32>callAt) & MASK);
  let at = slot;
  while (load<u32>(at) != callBefore) at = <usize>load<u32>(at) + N_NEXT;
  const node = newNode(callPc, 0);
  store<u32>(node, callBefore, N_NEXT);
  store<u32>(at, <u32>node);
  callAt = NEVER;
}

// Its moment has passed.
function passCall(): void {
  callAt = NEVER;
  store<u32>(tm, 0, Scheduler.OFFER_SET);
}

/** The tick at hand is over: no event of it is left. */
@inline
export function endTick(): void {
  if (SHORT_CUTS && callAt == load<u64>(tm, Scheduler.NOW)) passCall();
}

/** Takes the next event out of a bucket; 0: there is none. */
@inline
export function take(bucket: usize): usize {
  const event = <usize>load<u32>(bucket);
  if (event) store<u32>(bucket, load<u32>(event, N_NEXT));
  return event;
}

/** The same of the tick at hand. */
@inline
export function takeNow(): usize {
  const now = load<u64>(tm, Scheduler.NOW);
  const event = take(bucketOf(now));
  if (SHORT_CUTS && event == <usize>callBefore && callAt == now && event) passCall(); // it came before this one
  return event;
}

@inline
export function pcOf(event: usize): u32 {
  return load<u32>(event, N_PC);
}

/** Whose event it is, pc below FIRST_NODE_PC. */
@inline
export function requestOf(event: usize): usize {
  return event - Process.PC;
}

/** The argument of a node, which is free from now on. */
@inline
export function argumentOf(event: usize): u32 {
  freeNode(event);
  return load<u32>(event, N_ARG);
}
