// The scheduler: takes events in time order, of one tick the latest made first (wheel.ts), and lets the pipeline, the source and the
// devices' answers go on. What may happen between calls of the host is ours; it changes no time.
import * as Cache from '../abi/cache';
import * as CacheIndex from '../abi/cache-index';
import * as Column from '../abi/column';
import * as EventNode from '../abi/event-node';
import * as Header from '../abi/header';
import * as Request from '../abi/request';
import * as Timing from '../abi/timing';
import { base, cacheAt, region } from '../memory/base';
import { roomForWork } from '../queues/notify';
import { overflowBy, settleAll, stopAt } from '../queues/pmu';
import { PC_OFFER } from './accept';
import { aheadFrom } from './ahead';
import { commandStep, resetCommandEngine } from './command-engine';
import { PC_RESPONSE } from './finish';
import * as Process from './process';
import { locateTiming, tm } from './region';
import * as Scheduler from './scheduler';
import * as Tbu from './tbu';
import * as Tokens from './tokens';
import { noteSyncWait, overtaken } from './overtaken';
import { resume } from './pipeline';
import { resetPrefetch } from './prefetch';
import { initSemaphore } from './semaphore';
import * as Stretch from './stretch';
import { still } from './stretch-begin';
import * as Source from './source';
import { clearTally, toCycles } from './tally';
import * as Wheel from './wheel';

export const FINISHED: i32 = 1;
export const PAUSED: i32 = 0;
/** The last row has been accepted and further ones follow: nothing may happen before they are there. */
export const HUNGRY: i32 = 2;
export const COMMAND: i32 = 3;

@inline
export function timed(): bool {
  return load<u32>(base, Header.TIMED) != 0;
}

/** Time begins: nothing in flight, all tokens there. */
export function resetTiming(): void {
  if (!timed()) return;
  locateTiming();
  memory.fill(tm + Timing.STATE, 0, Timing.BYTES - Timing.STATE);
  Wheel.clearWheel();
  clearTally();
  initSemaphore(tm + Tokens.TCU, load<u32>(tm, Timing.TCU_SLOTS));
  initSemaphore(tm + Tokens.CONFIG, load<u32>(cacheAt(CacheIndex.CONFIG), Cache.SLOTS));
  initSemaphore(tm + Tokens.TCU_TLB, load<u32>(cacheAt(CacheIndex.TCU), Cache.SLOTS));
  initSemaphore(tm + Tokens.IPA, load<u32>(cacheAt(CacheIndex.IPA), Cache.SLOTS));
  initSemaphore(tm + Tokens.PROBE, load<u32>(tm, Timing.WALK_PORTS));
  initSemaphore(tm + Tokens.WALK, load<u32>(tm, Timing.WALK_SLOTS));
  initSemaphore(tm + Tokens.STEP, load<u32>(tm, Timing.STEP_PORTS));
  initSemaphore(tm + Tokens.CONFIG_WALK, load<u32>(tm, Timing.CONFIG_SLOTS));
  initSemaphore(tm + Tokens.MEMORY, load<u32>(tm, Timing.MEM_PORTS));
  const tbus = <i32>load<u32>(base, Header.TBUS);
  for (let i = 0; i < tbus; i++) {
    const b = tm + Tbu.FIRST + <usize>(i * Tbu.BYTES);
    initSemaphore(b + Tbu.PORT, 1);
    initSemaphore(b + Tbu.MICRO, load<u32>(cacheAt(CacheIndex.TBU + 2 * i), Cache.SLOTS));
    initSemaphore(b + Tbu.MAIN, load<u32>(cacheAt(CacheIndex.TBU + 2 * i + 1), Cache.SLOTS));
    initSemaphore(b + Tbu.DOWN, 1);
    initSemaphore(b + Tbu.UP, 1);
  }
  const blocks = <i32>load<u32>(base, Header.POOL_CAP);
  let free: usize = 0;
  for (let i = blocks - 1; i >= 0; i--) {
    const q = region(base + Header.POOL) + <usize>(i * Request.POOL_STRIDE);
    store<u32>(q, <u32>free, Process.LINK);
    free = q;
  }
  store<u32>(tm, <u32>free, Scheduler.FREE_BLOCK);
  resetCommandEngine();
  resetPrefetch();
  store<u32>(base, 0, Header.INBOX_HEAD);
  store<u32>(base, 0, Header.INBOX_TAIL);
  store<u32>(base, 0, Header.DONE_COUNT);
}

/** The region's address, after `init` or a restored snapshot. */
export function bindTiming(): void {
  if (timed()) locateTiming();
}

function noteNow(): void {
  store<u64>(base, toCycles(load<u64>(tm, Scheduler.NOW)), Header.NOW);
}

function hungry(): bool {
  if (load<u32>(tm, Scheduler.SOURCE) != Scheduler.SOURCE_NONE) return false;
  noteNow();
  return true;
}

/**
 * Runs events up to tick `limit`; with `more`, to where the rows that follow are needed (HUNGRY). PAUSED: the host has something
 * to take first. COMMAND: the command engine waits for `due`.
 */
export function runUntil(limit: u64, more: bool): i32 {
  const end = run(limit, more);
  if (SHORT_CUTS) Wheel.keepCall();
  return end;
}

function run(limit: u64, more: bool): i32 {
  if (more && hungry()) return HUNGRY;
  Source.prepareOffer(); // whoever changes what it depends on later, an offer or an answer, calls it then
  while (true) {
    if (SHORT_CUTS && limit == Wheel.NEVER && still() && Stretch.stretch(more) && more && hungry())
      return HUNGRY;
    const at = Wheel.nextTime();
    const drained =
      limit == Wheel.NEVER && (at == Wheel.NEVER || (load<u32>(tm, Scheduler.BACKGROUND) && answeredAll()));
    const overflow = drained ? 0 : overflowBy(min(at, limit));
    if (overflow) {
      const stop = stopAt(overflow, min(at, limit));
      if (stop > load<u64>(tm, Scheduler.NOW)) Wheel.moveTo(stop);
      settleAll();
      if (!load<u32>(base, Header.NOTIFY_COUNT)) continue;
      noteNow();
      return PAUSED;
    }
    if (load<u32>(base, Header.PMU_STOPS)) store<u32>(base, 0, Header.PMU_STOPS);
    if (drained || at > limit) {
      if (limit != Wheel.NEVER && limit > load<u64>(tm, Scheduler.NOW)) Wheel.moveTo(limit);
      noteNow();
      return FINISHED;
    }
    if (at > load<u64>(tm, Scheduler.NOW)) Wheel.moveTo(at);
    if (SHORT_CUTS) Wheel.setHorizon(limit);
    // Who runs ahead moves on to a later tick.
    for (let event = Wheel.takeNow(); event; event = Wheel.takeNow()) {
      const pc = Wheel.pcOf(event);
      if (pc < Wheel.FIRST_NODE_PC) {
        resume(Wheel.requestOf(event), pc);
      } else {
        const arg = Wheel.argumentOf(event);
        if (pc == PC_OFFER) {
          Source.offer();
          if (more && hungry()) return HUNGRY; // what follows is offered before anything else happens
        } else if (pc == PC_RESPONSE) {
          Source.answered(arg);
        } else if (commandStep(<usize>arg, pc)) {
          noteNow();
          return COMMAND;
        }
        if (load<u32>(tm, Scheduler.BAD_ROW)) {
          noteNow();
          return PAUSED;
        }
      }
      if (
        load<u32>(base, Header.NOTIFY_COUNT) ||
        load<u32>(base, Header.DONE_COUNT) >= load<u32>(base, Header.DONE_CAP)
      ) {
        noteNow();
        return PAUSED;
      }
    }
    Wheel.endTick();
  }
}

/**
 * Lets time pass until no request is in flight that holds what was invalidated (overtaken.ts); false: the host has to take
 * notifications first.
 */
export function letLeave(): bool {
  if (!overtaken()) return true;
  const since = load<u64>(tm, Scheduler.NOW);
  while (overtaken() && roomForWork()) {
    const at = Wheel.nextTime();
    if (at == Wheel.NEVER) break; // they have events, or wait for somebody that has
    runUntil(at, false);
  }
  noteSyncWait(since);
  return !overtaken() || Wheel.nextTime() == Wheel.NEVER;
}

/** Rows follow the last one, as `timedLoop` has to know; or none do. */
export function noteFollowing(follows: bool): void {
  store<u32>(tm, follows ? 1 : 0, Scheduler.FOLLOWS);
}

/** Every transaction given so far has been answered. */
export function answeredAll(): bool {
  return !load<u32>(tm, Scheduler.ACTIVE) && !load<u32>(tm, Scheduler.ANSWERS) && !Source.sourceOpen();
}

/** Nothing more is offered: the row at hand is malformed; -1 - row of it, or 0. */
export function refusedRow(): i32 {
  const bad = load<i32>(tm, Scheduler.BAD_ROW);
  if (bad) {
    store<i32>(tm, 0, Scheduler.BAD_ROW);
    if (load<u64>(tm, Scheduler.LOOP) == Wheel.NEVER)
      store<u64>(tm, load<u64>(tm, Scheduler.NOW), Scheduler.LOOP); // its gap was what is wrong
    setSource(Scheduler.SOURCE_NONE);
  }
  return -bad;
}

/** Tick of the latest response, which may be still to come. */
export function lastResponse(): u64 {
  return load<u64>(tm, Scheduler.LAST_RESPONSE);
}

export function tickNow(): u64 {
  return load<u64>(tm, Scheduler.NOW);
}

function setSource(kind: u32): void {
  store<u32>(tm, kind, Scheduler.SOURCE);
  store<u32>(tm, 0, Scheduler.ROW_READY);
}

/** Rows of a batch with their arrival times. */
export function timedBatch(batch: u32, capacity: i32, start: u32, count: u32): void {
  if (!count) return;
  for (let c = 0; c < Column.COUNT; c++) {
    const at = base + <usize>batch + <usize>Column.offset(c, capacity);
    store<u32>(tm + Scheduler.COLUMNS + <usize>(c << 2), <u32>at);
  }
  store<u32>(tm, start, Scheduler.ROW);
  aheadFrom(start);
  Stretch.tryStretch();
  store<u32>(tm, start + count, Scheduler.END);
  store<u32>(tm, 0, Scheduler.REQUESTERS);
  setSource(Scheduler.SOURCE_OPEN);
}

/** Rows of a batch through a closed loop; the arrival column holds gaps. */
export function timedLoop(
  batch: u32,
  capacity: i32,
  start: u32,
  count: u32,
  outstanding: u32,
  minGap: u32,
  requesters: u32,
  firstOffer: i64,
): void {
  if (!count) return;
  timedBatch(batch, capacity, start, count);
  const follows = load<u32>(tm, Scheduler.FOLLOWS) != 0;
  setSource(Scheduler.SOURCE_LOOP);
  // Every answer in flight is an event; the host sizes the nodes for all that a configuration can have, up to a limit.
  const most =
    load<u32>(base, Header.NODE_CAP) -
    load<u32>(base, Header.INBOX_CAP) -
    load<u32>(base, Header.POOL_CAP) -
    EventNode.SPARE -
    2 * load<u32>(base, Header.TBUS);
  store<u32>(tm, min(max<u32>(outstanding, 1), most), Scheduler.LIMIT);
  store<u32>(tm, minGap, Scheduler.MIN_GAP);
  store<u32>(tm, requesters, Scheduler.REQUESTERS);
  const now = load<u64>(tm, Scheduler.NOW);
  const first = firstOffer < 0 ? now : <u64>firstOffer * <u64>load<u32>(tm, Timing.TCU_TICKS);
  if (follows) {
    if (load<u32>(tm, Scheduler.TURN) >= requesters) store<u32>(tm, 0, Scheduler.TURN);
    Source.paceLoop();
    if (firstOffer >= 0 && load<u64>(tm, Scheduler.LOOP) < first) store<u64>(tm, first, Scheduler.LOOP);
    return;
  }
  store<u32>(tm, 0, Scheduler.TURN);
  // A loop that goes on in a further batch keeps its pace: its next offer was set when the last row was accepted.
  if (firstOffer >= 0 || load<u64>(tm, Scheduler.LOOP) < now) store<u64>(tm, max(first, now), Scheduler.LOOP);
}

/** The main request block becomes the source, once. */
export function offerMain(): void {
  setSource(Scheduler.SOURCE_MAIN);
  store<u32>(tm, 0, Scheduler.ROW);
  store<u32>(tm, 1, Scheduler.END);
}

/** Tick of a cycle. */
export function tickOf(cycle: u64): u64 {
  return cycle * <u64>load<u32>(tm, Timing.TCU_TICKS);
}

/** Cycle of the next event, -1 when nothing is to come. */
export function nextEvent(): i64 {
  Source.prepareOffer();
  const overflow = overflowBy(Wheel.NEVER);
  const at = overflow ? min(Wheel.nextTime(), overflow) : Wheel.nextTime();
  return at == Wheel.NEVER ? -1 : <i64>toCycles(at);
}
