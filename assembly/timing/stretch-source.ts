// Where the rows of a stretch (stretch.ts) come from: source.ts `offer`, `fetch` and `answered`, of a batch in an open or closed loop.
import * as Column from '../abi/column';
import * as Flag from '../abi/flag';
import * as Request from '../abi/request';
import * as StreamMemo from '../abi/stream-memo';
import * as Stretch from '../abi/stretch';
import * as Timing from '../abi/timing';
import { contextGeneration } from '../tlb/context';
import { FAST_FLAGS } from '../translate/fast';
import { isLineOf, memoAt, streamMemo, substreamOf } from '../translate/streams';
import * as Period from './period';
import * as StretchAnswers from './stretch-answers';
import * as StretchBegin from './stretch-begin';
import * as StretchClock from './stretch-clock';
import * as StretchPort from './stretch-port';
import * as StretchRecord from './stretch-record';
import * as StretchSlots from './stretch-slots';
import { tm } from './region';
import * as Scheduler from './scheduler';
import { paceLoop } from './source';
import * as Tbu from './tbu';

const PAGE: u32 = 4096;

/** The row at hand, and the end of all. */
export let row: u32 = 0;
export let end: u32 = 0;
/** The row behind the last that is unlike the others: a write, or one that is not due as soon as it may be. */
export let unlike: u32 = 0;
/** The last row that was due later than it could be accepted. */
export let early: u32 = 0;
/** The greatest word in the ARRIVAL column of rows that are alike. */
export let alike: u64 = 0;
/** A closed loop. */
export let loop: bool = false;
/** The offer at hand goes on in the machine. */
export let again: bool = false;

let limit: u32 = 0;
let minGap: u64 = 0;
let requesters: u32 = 0;
let generation: u32 = 0;
let portLog2: u32 = 0;
let iovas: usize = 0;
let streams: usize = 0;
let substreams: usize = 0;
let flagsAt: usize = 0;
let sizes: usize = 0;
let requesterAt: usize = 0;
let arrivals: usize = 0;

let turn: u32 = 0;
let ready: bool = false;
let offerAt: u64 = 0;
let loopAt: u64 = 0;
let lastArrival: u64 = 0;
let lastAccept: u64 = 0;
let outstanding: u32 = 0;
/** The closed loop's pace is the machine's to find. */
let pace: bool = false;

export function begin(): void {
  loop = load<u32>(tm, Scheduler.SOURCE) == Scheduler.SOURCE_LOOP;
  limit = load<u32>(tm, Scheduler.LIMIT);
  minGap = max<u64>(load<u32>(tm, Scheduler.MIN_GAP), 1);
  requesters = load<u32>(tm, Scheduler.REQUESTERS);
  generation = contextGeneration();
  portLog2 = <u32>ctz(load<u32>(tm, Timing.PORT_BYTES));
  iovas = StretchRecord.column(Column.IOVA);
  streams = StretchRecord.column(Column.STREAM);
  substreams = StretchRecord.column(Column.SUBSTREAM);
  flagsAt = StretchRecord.column(Column.FLAGS);
  sizes = StretchRecord.column(Column.SIZE);
  requesterAt = StretchRecord.column(Column.REQUESTER);
  arrivals = StretchRecord.column(Column.ARRIVAL);
  row = load<u32>(tm, Scheduler.ROW);
  end = load<u32>(tm, Scheduler.END);
  turn = load<u32>(tm, Scheduler.TURN);
  ready = true;
  offerAt = load<u64>(tm, Scheduler.OFFER);
  loopAt = load<u64>(tm, Scheduler.LOOP);
  lastArrival = load<u64>(tm, Scheduler.LAST_ARRIVAL);
  lastAccept = load<u64>(tm, Scheduler.LAST_ACCEPT);
  outstanding = load<u32>(tm, Scheduler.OUTSTANDING);
  again = false;
  pace = false;
  alike = loop ? minGap : 0;
  unlike = row;
  early = row;
}

/** The row at hand is unlike those before. */
@inline
export function noteUnlike(): void {
  unlike = row;
}

/** An offer's time has come: rows enter as long as they are due and there is room. */
export function offer(now: u64): void {
  StretchSlots.takeOffer();
  while (row < end) {
    if (StretchSlots.refused && ready && StretchSlots.stillRefused()) return;
    if (!ready && !isDue(now)) return;
    if (loop && outstanding >= limit) return;
    // Whether there is room comes first, as there is no block then to read the row into.
    if (!StretchSlots.hasSlot()) return StretchSlots.refuse(0, 0);
    const r = StretchPort.freeRecord();
    if (!fetch(now, r)) {
      again = true;
      return;
    }
    const beats: u32 = load<u32>(r, Stretch.KEY) & 1 ? load<u32>(r, Stretch.BEATS) : 0;
    if (!StretchSlots.hasRoom(beats)) return StretchSlots.refuse(<u32>(tm + Tbu.FIRST), beats);
    store<u32>(r, Stretch.FLIES, Stretch.BUSY);
    store<u32>(r, 0, Stretch.MISSED);
    StretchSlots.take(now, beats);
    ready = false;
    advance(now, beats);
    StretchPort.enter(now);
    if (pace && row < end) {
      again = true;
      return;
    }
  }
}

// Finds out when the row at hand is offered: true, it is due. Else another event is made, or the machine does it.
function isDue(now: u64): bool {
  const tick = StretchClock.origin + now;
  if (loop) offerAt = loopAt;
  else {
    const arrival = load<u64>(arrivals + ((<usize>row) << 3));
    if (arrival > Period.MOST_TICKS << 24) {
      again = true;
      return false;
    }
    offerAt = arrival == 0 ? lastArrival + StretchClock.tcu : max(arrival * StretchClock.tcu, lastArrival);
  }
  if (offerAt > tick && offerAt - StretchClock.origin >= Period.MOST_TICKS) {
    again = true;
    return false;
  }
  ready = true;
  if (loop && outstanding >= limit) return false;
  if (offerAt <= tick) return true;
  early = row;
  StretchSlots.offerAt(offerAt - StretchClock.origin);
  return false;
}

// The row at hand into record r: `fetch`. False: it is one for the machine.
@inline
function fetch(now: u64, r: usize): bool {
  const w = (<usize>row) << 2;
  const h = (<usize>row) << 1;
  const flags = load<u32>(flagsAt + w);
  const sid = load<u32>(streams + w);
  let size = <u32>load<u16>(sizes + h);
  const va = load<u64>(iovas + (w << 1));
  if (flags & ~FAST_FLAGS || ((<u32>va) & (PAGE - 1)) + size > PAGE) return false;
  if (load<u32>(r, Stretch.BUSY) != Stretch.IDLE) return false;
  const substream = substreamOf(flags, load<u32>(substreams + w));
  let m = memoAt(sid, substream);
  if (!isLineOf(m, sid, substream)) {
    m = streamMemo(sid, substream);
    if (contextGeneration() != generation) return false;
  }
  if (!size) size = Request.DEFAULT_SIZE;
  const write = flags & Flag.WRITE;
  const requester = requesters ? turn : <u32>load<u16>(requesterAt + h);
  store<u64>(r, va, Stretch.VA);
  store<u32>(r, row, Stretch.ROW);
  store<u32>(r, <u32>now, Stretch.ACCEPTED);
  store<u32>(r, load<u32>(m, StreamMemo.STREAM), Stretch.STREAM);
  store<u32>(r, load<u32>(m, StreamMemo.CONTEXT), Stretch.CONTEXT);
  store<u32>(r, load<u32>(m, StreamMemo.MIX), Stretch.MIX);
  store<u32>(r, (requester << 1) | write, Stretch.KEY);
  store<u32>(r, flags, Stretch.FLAGS);
  store<u32>(r, size, Stretch.SIZE);
  store<u32>(r, write ? (size + (1 << portLog2) - 1) >> portLog2 : 1, Stretch.BEATS);
  return true;
}

// `advanceSource`, `paceLoop`
@inline
function advance(now: u64, beats: u32): void {
  const next = arrivals + ((<usize>row) << 3);
  lastArrival = offerAt;
  row++;
  if (load<u64>(next) > alike || beats) unlike = row;
  if (!loop) return;
  turn = turn + 1 < requesters ? turn + 1 : 0;
  outstanding++;
  lastAccept = StretchClock.origin + now;
  const gap = row < end ? max(minGap, load<u64>(next, 8)) : minGap;
  if (gap >= StretchBegin.MOST_CYCLES) pace = true;
  loopAt = StretchClock.origin + StretchClock.afterTcu(now, gap & (StretchBegin.MOST_CYCLES - 1));
}

/** An answer has reached its device, in a closed loop. */
export function answered(now: u64): void {
  StretchAnswers.take();
  outstanding--;
  if (row >= end || StretchSlots.next != StretchClock.NEVER || StretchSlots.refused) return;
  const next = StretchClock.origin + StretchClock.afterTcu(now, 1);
  if (next > loopAt) {
    loopAt = next;
    ready = false;
  }
  if (!ready) offerAt = loopAt;
  ready = true;
  if (outstanding < limit)
    StretchSlots.offerAt(max(offerAt, StretchClock.origin + now) - StretchClock.origin);
}

/** For repeat.ts. */
export function save(s: usize): void {
  store<u64>(s, offerAt, Stretch.OFFER_AT);
  store<u64>(s, loopAt, Stretch.LOOP_AT);
  store<u64>(s, lastArrival, Stretch.LAST_ARRIVAL);
  store<u32>(s, ready ? 1 : 0, Stretch.READY);
  store<u32>(s, outstanding, Stretch.OUTSTANDING);
  store<u32>(s, row, Stretch.ROW_AT_HAND);
  store<u32>(s, turn, Stretch.TURN);
}

/** So many rows more have come and gone in so many ticks. */
export function repeat(ticks: u64, rows: u32): void {
  row += rows;
  if (requesters) turn = (turn + rows) % requesters;
  // In the open loop one arrives each cycle; where they do not fall behind, that is the same.
  const arrived = loop ? ticks : <u64>rows * StretchClock.tcu;
  offerAt += arrived;
  lastArrival += arrived;
  loopAt += ticks;
  lastAccept += ticks;
}

/** The machine goes on from here. */
export function handBack(): void {
  store<u32>(tm, row, Scheduler.ROW);
  if (row >= end) store<u32>(tm, Scheduler.SOURCE_NONE, Scheduler.SOURCE);
  store<u32>(tm, ready ? Scheduler.READY_ROW : Scheduler.READY_NO, Scheduler.ROW_READY);
  store<u64>(tm, offerAt, Scheduler.OFFER);
  store<u64>(tm, lastArrival, Scheduler.LAST_ARRIVAL);
  if (!loop) return;
  store<u32>(tm, turn, Scheduler.TURN);
  store<u32>(tm, outstanding, Scheduler.OUTSTANDING);
  store<u64>(tm, lastAccept, Scheduler.LAST_ACCEPT);
  store<u64>(tm, loopAt, Scheduler.LOOP);
  if (pace) paceLoop();
}
