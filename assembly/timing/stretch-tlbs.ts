// The TLBs of the TBU in a stretch (stretch.ts): look-ups under way, who waits for one, and fills of the micro TLB: passage.ts `micro`
// and `microEnd`, miss.ts `main` and `mainEnd`, fills.ts `micro`. Look-ups of a TLB end in the order in which they began, because all
// take as long.
import * as Cache from '../abi/cache';
import * as CacheIndex from '../abi/cache-index';
import * as Column from '../abi/column';
import * as Entry from '../abi/entry';
import * as HitPlace from '../abi/hit-place';
import * as Stretch from '../abi/stretch';
import { cacheAt } from '../memory/base';
import { add } from '../memory/sum';
import { ownerAt, payload, touch } from '../tlb/array';
import { streamMix } from '../tlb/index-mix';
import * as Lookup from '../tlb/lookup';
import { quietHit } from '../tlb/quiet';
import { passes } from '../translate/fast';
import { substreamOf } from '../translate/streams';
import * as StretchBegin from './stretch-begin';
import * as StretchClock from './stretch-clock';
import * as StretchOrder from './stretch-order';
import * as StretchRecord from './stretch-record';
import { tm } from './region';
import * as Tbu from './tbu';

/** How an event ended: the stretch ends before it, the row has its answer, it missed the micro TLB. */
export const UNUSUAL: u32 = 0;
export const ANSWERED: u32 = 1;
export const MISSED: u32 = 2;

/** Keys of the look-ups that end next. */
export let nextMicro: u64 = 0;
export let nextMain: u64 = 0;

let micro: usize = 0;
let main: usize = 0;
let hasMain: bool = false;
let microLatency: u64 = 0;
let mainLatency: u64 = 0;

// Rings of the look-ups behind those, queues of who waits, and tokens that are there
let microRing: usize = 0;
let microFirst: u32 = 0;
let microEnd: u32 = 0;
let mainRing: usize = 0;
let mainFirst: u32 = 0;
let mainEnd: u32 = 0;
let microQueue: usize = 0;
let microWait: u32 = 0;
let microWaitEnd: u32 = 0;
let mainQueue: usize = 0;
let mainWait: u32 = 0;
let mainWaitEnd: u32 = 0;
let microFree: u32 = 0;
let mainFree: u32 = 0;

let microHits: u64 = 0;
let microMisses: u64 = 0;
let mainHits: u64 = 0;

export function begin(): void {
  const n = StretchRecord.mask + 1;
  micro = cacheAt(CacheIndex.TBU);
  main = cacheAt(CacheIndex.TBU + 1);
  hasMain = StretchBegin.takesMain(main);
  microLatency = <u64>load<u32>(micro, Cache.LATENCY);
  mainLatency = <u64>load<u32>(main, Cache.LATENCY);
  microRing = StretchRecord.ring(Stretch.microRing(n));
  mainRing = StretchRecord.ring(Stretch.mainRing(n));
  microQueue = StretchRecord.ring(Stretch.microQueue(n));
  mainQueue = StretchRecord.ring(Stretch.mainQueue(n));
  nextMicro = StretchClock.NEVER;
  nextMain = StretchClock.NEVER;
  microFirst = 0;
  microEnd = 0;
  mainFirst = 0;
  mainEnd = 0;
  microWait = 0;
  microWaitEnd = 0;
  mainWait = 0;
  mainWaitEnd = 0;
  microFree = load<u32>(tm + Tbu.FIRST + Tbu.MICRO);
  mainFree = load<u32>(tm + Tbu.FIRST + Tbu.MAIN);
  microHits = 0;
  microMisses = 0;
  mainHits = 0;
}

@inline
function key(ring: usize, i: u32): usize {
  return ring + ((<usize>(i & StretchRecord.mask)) << 3);
}

@inline
function word(queue: usize, i: u32): usize {
  return queue + ((<usize>(i & StretchRecord.mask)) << 2);
}

@inline
function beginMicro(now: u64, id: u32): void {
  const k = StretchClock.key(StretchClock.afterTbu(now, microLatency), id, Stretch.KIND_MICRO);
  if (nextMicro == StretchClock.NEVER) nextMicro = k;
  else store<u64>(key(microRing, microEnd++), k);
}

@inline
function beginMain(now: u64, id: u32): void {
  const k = StretchClock.key(StretchClock.afterTbu(now, mainLatency), id, Stretch.KIND_MAIN);
  if (nextMain == StretchClock.NEVER) nextMain = k;
  else store<u64>(key(mainRing, mainEnd++), k);
}

/** Record `id` has passed the port: into the micro TLB. */
@inline
export function enter(now: u64, id: u32): void {
  if (microFree) {
    microFree--;
    beginMicro(now, id);
  } else store<u32>(word(microQueue, microWaitEnd++), id);
}

/** The micro TLB answers record r, of number `id`. */
export function microAnswers(now: u64, id: u32, r: usize): u32 {
  if (StretchOrder.full()) return UNUSUAL;
  const va = load<u64>(r, Stretch.VA);
  const flags = load<u32>(r, Stretch.FLAGS);
  const context = load<u32>(r, Stretch.CONTEXT);
  let e = quietHit(micro, context, va, flags);
  let missed = false;
  if (e)
    keep(r, micro, <u32>(e - payload(micro, 0)) / Entry.BYTES, va, HitPlace.MICRO); // it has been counted, and the policy told
  else {
    const i = Lookup.find(micro, va, context, 0, <u64>mixOf(r));
    missed = i < 0;
    if (missed ? !hasMain : !passes(payload(micro, i), flags)) return UNUSUAL;
    if (!missed) {
      touch(micro, i);
      microHits++;
      keep(r, micro, i, va, HitPlace.MICRO);
    }
  }
  nextMicro = microFirst != microEnd ? load<u64>(key(microRing, microFirst++)) : StretchClock.NEVER;
  if (!missed) StretchOrder.pass(now, id, r);
  else {
    microMisses++;
    StretchRecord.noteMissed(r);
    StretchOrder.join(id);
    if (mainFree) {
      mainFree--;
      beginMain(now, id);
    } else store<u32>(word(mainQueue, mainWaitEnd++), id);
  }
  giveMicro(now);
  return missed ? MISSED : ANSWERED;
}

/** The main TLB answers record r, of number `id`: into the micro TLB, for which a token has to be there, and goes back at once. */
export function mainAnswers(now: u64, id: u32, r: usize): u32 {
  const va = load<u64>(r, Stretch.VA);
  const i = Lookup.find(main, va, load<u32>(r, Stretch.CONTEXT), 0, <u64>load<u32>(r, Stretch.MIX));
  if (i < 0 || !passes(payload(main, i), load<u32>(r, Stretch.FLAGS))) return UNUSUAL;
  touch(main, i);
  mainHits++;
  keep(r, main, i, va, HitPlace.MAIN);
  nextMain = mainFirst != mainEnd ? load<u64>(key(mainRing, mainFirst++)) : StretchClock.NEVER;
  if (microFree) fill(now, id, r);
  else store<u32>(word(microQueue, microWaitEnd++), id | Stretch.FILLS);
  if (mainWait != mainWaitEnd) beginMain(now, load<u32>(word(mainQueue, mainWait++)));
  else mainFree++;
  return ANSWERED;
}

// A token of the micro TLB comes back: whom it wakes goes on in the same tick (semaphore.ts), and one that fills gives it back.
@inline
function giveMicro(now: u64): void {
  while (microWait != microWaitEnd) {
    const next = load<u32>(word(microQueue, microWait++));
    if (!(next & Stretch.FILLS)) return beginMicro(now, next);
    const id = next & (Stretch.FILLS - 1);
    fill(now, id, StretchRecord.record(id));
  }
  microFree++;
}

function keep(r: usize, c: usize, i: u32, va: u64, place: u32): void {
  StretchRecord.keep(r, payload(c, i), load<u16>(ownerAt(c, i)), va, place);
}

// The micro TLB is filled with the entry that record r keeps (translate/tbu.ts `tbuFill`), and the row leaves in its order.
function fill(now: u64, id: u32, r: usize): void {
  const image = r + Stretch.IMAGE;
  const size = load<u32>(image, Entry.SPANS) & 0xff;
  const i = Lookup.fill(micro, load<u64>(r, Stretch.VA), size, load<u32>(r, Stretch.CONTEXT), mixOf(r));
  Lookup.fillReady(micro, i, image, load<u32>(r, Stretch.OWNER));
  StretchOrder.leave(now, id, r);
}

// What a micro TLB of several sets mixes into its index.
function mixOf(r: usize): u32 {
  if (load<u32>(micro, Cache.SETS) == 1) return 0;
  const w = (<usize>load<u32>(r, Stretch.ROW)) << 2;
  const substream = substreamOf(
    load<u32>(r, Stretch.FLAGS),
    load<u32>(StretchRecord.column(Column.SUBSTREAM) + w),
  );
  return streamMix(micro, load<u32>(StretchRecord.column(Column.STREAM) + w), substream);
}

/** For hand-over.ts and repeat.ts: all look-ups stand in the rings. */
export function save(s: usize): void {
  if (nextMicro != StretchClock.NEVER) store<u64>(key(microRing, --microFirst), nextMicro);
  if (nextMain != StretchClock.NEVER) store<u64>(key(mainRing, --mainFirst), nextMain);
  store<u32>(s, microFirst, Stretch.MICRO_FIRST);
  store<u32>(s, microEnd, Stretch.MICRO_END);
  store<u32>(s, mainFirst, Stretch.MAIN_FIRST);
  store<u32>(s, mainEnd, Stretch.MAIN_END);
  store<u32>(s, microWait, Stretch.MICRO_WAIT);
  store<u32>(s, microWaitEnd, Stretch.MICRO_WAIT_END);
  store<u32>(s, mainWait, Stretch.MAIN_WAIT);
  store<u32>(s, mainWaitEnd, Stretch.MAIN_WAIT_END);
  store<u32>(s, microFree, Stretch.MICRO_FREE);
}

/** The stretch goes on after `save`. */
export function goOn(): void {
  if (nextMicro != StretchClock.NEVER) nextMicro = load<u64>(key(microRing, microFirst++));
  if (nextMain != StretchClock.NEVER) nextMain = load<u64>(key(mainRing, mainFirst++));
}

/** Tokens as the machine has them, before what is in flight is handed over. */
export function giveTokens(): void {
  store<u32>(tm + Tbu.FIRST + Tbu.MICRO, microFree);
  store<u32>(tm + Tbu.FIRST + Tbu.MAIN, mainFree);
}

/** Sums into the counters. */
export function handBack(): void {
  add(micro + Cache.HITS, microHits);
  add(micro + Cache.MISSES, microMisses);
  add(main + Cache.HITS, mainHits);
}
