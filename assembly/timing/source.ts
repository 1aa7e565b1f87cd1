// Where transactions come from in time: submitted ones first, then a batch with arrival times (open loop) or with a limit of
// outstanding transactions (closed loop: an answer makes room for the next offer, a cycle later, as in gem5's contention
// traces).
import * as Column from '../abi/column';
import * as Flag from '../abi/flag';
import * as Header from '../abi/header';
import * as Request from '../abi/request';
import * as StreamMemo from '../abi/stream-memo';
import * as Submission from '../abi/submission';
import * as Timing from '../abi/timing';
import * as TimingCounters from '../abi/timing-counters';
import * as Machine from '../request/machine';
import { base, region, requestAt } from '../memory/base';
import { copy16 } from '../memory/copy';
import { FAST_FLAGS } from '../translate/fast';
import { memoAt, memoKey, streamMemo } from '../translate/streams';
import { DEFAULT_ATTRIBUTES } from '../walk/attributes';
import { takeSlot, PC_OFFER } from './accept';
import { beats } from './delay';
import {
  tm,
  T_NOW,
  T_SOURCE,
  T_COLUMNS,
  T_ROW,
  T_END,
  T_LIMIT,
  T_OUTSTANDING,
  T_MIN_GAP,
  T_REQUESTERS,
  T_TURN,
  T_REFUSED,
  T_OFFER,
  T_LAST_ARRIVAL,
  T_BAD_ROW,
  T_OFFER_SET,
  T_INBOX_NEXT,
  T_ACTIVE,
  T_ROW_READY,
  T_LOOP,
  T_LAST_ACCEPT,
  READY_NO,
  READY_ROW,
  READY_SUBMITTED,
  T_FREE_BLOCK,
  TBUS,
  TBU_BYTES,
  P_LINK,
  P_ROW,
  P_DEST,
  P_TBU,
  P_BEATS,
  P_HELD,
  P_SINCE,
  P_ORDER_KEY,
  SOURCE_NONE,
  SOURCE_OPEN,
  SOURCE_LOOP,
  SOURCE_MAIN,
  DEST_INBOX,
  T_ANSWERS,
  HELD_SHORT,
} from './layout';
import { enter } from './pipeline';
import { addTo, noteOffer } from './tally';
import { schedule } from './wheel';

const PAGE: u32 = 4096;

@inline
function tcuTicks(): u64 {
  return <u64>load<u32>(tm, Timing.TCU_TICKS);
}

@inline
function inboxRecord(n: u32): usize {
  return region(base + Header.INBOX) + <usize>((n % load<u32>(base, Header.INBOX_CAP)) * Submission.BYTES);
}

@inline
function submitted(): bool {
  return load<u32>(tm, T_INBOX_NEXT) != load<u32>(base, Header.INBOX_TAIL);
}

/** Something is left to offer. */
export function sourceOpen(): bool {
  return submitted() || load<u32>(tm, T_SOURCE) != SOURCE_NONE;
}

@inline
function column(c: i32): usize {
  return <usize>load<u32>(tm + T_COLUMNS + <usize>(c << 2));
}

/** Tick from an arrival in cycles, 0 meaning the cycle after the last one; never before that. */
function arrivalTick(cycles: u64): u64 {
  const last = load<u64>(tm, T_LAST_ARRIVAL);
  if (cycles == 0) return last + tcuTicks();
  return max(cycles * tcuTicks(), last);
}

/** Notes when the next transaction is offered, and schedules that. */
export function prepareOffer(): void {
  if (nextOffer()) scheduleOffer();
}

@inline
function scheduleOffer(): void {
  store<u32>(tm, 1, T_OFFER_SET);
  schedule(max(load<u64>(tm, T_OFFER), load<u64>(tm, T_NOW)), PC_OFFER, 0);
}

// T_OFFER is when the next transaction is offered; false: that is scheduled already, or waits for something else than time.
@inline
function nextOffer(): bool {
  if (load<u32>(tm, T_OFFER_SET) || load<u32>(tm, T_REFUSED) || !sourceOpen()) return false;
  if (!load<u32>(tm, T_ROW_READY)) {
    let at: u64 = 0;
    const first = submitted();
    if (first) {
      at = arrivalTick(load<u64>(inboxRecord(load<u32>(tm, T_INBOX_NEXT)), Request.ARRIVAL));
    } else {
      const source = load<u32>(tm, T_SOURCE);
      if (source == SOURCE_NONE) return false;
      if (source == SOURCE_MAIN) at = arrivalTick(load<u64>(requestAt(Request.MAIN), Request.ARRIVAL));
      else if (source == SOURCE_OPEN)
        at = arrivalTick(load<u64>(column(Column.ARRIVAL) + ((<usize>load<u32>(tm, T_ROW)) << 3)));
      else at = load<u64>(tm, T_LOOP);
    }
    store<u64>(tm, at, T_OFFER);
    store<u32>(tm, first ? READY_SUBMITTED : READY_ROW, T_ROW_READY);
  }
  if (
    !submitted() &&
    load<u32>(tm, T_SOURCE) == SOURCE_LOOP &&
    load<u32>(tm, T_OUTSTANDING) >= load<u32>(tm, T_LIMIT)
  )
    return false;
  return true;
}

/** The offer's time has come: transactions enter as long as they are due and there is room. */
export function offer(): void {
  store<u32>(tm, 0, T_OFFER_SET);
  while (sourceOpen()) {
    // Something was submitted since the row's time was noted: it comes first.
    if (load<u32>(tm, T_ROW_READY) == READY_ROW && submitted()) store<u32>(tm, READY_NO, T_ROW_READY);
    const now = load<u64>(tm, T_NOW);
    if (!load<u32>(tm, T_ROW_READY)) {
      if (!nextOffer()) return;
      if (load<u64>(tm, T_OFFER) > now) {
        scheduleOffer();
        return;
      }
    } else if (load<u64>(tm, T_OFFER) > now) {
      prepareOffer();
      return;
    }
    const fromInbox = submitted();
    const looping = !fromInbox && load<u32>(tm, T_SOURCE) == SOURCE_LOOP;
    if (looping && load<u32>(tm, T_OUTSTANDING) >= load<u32>(tm, T_LIMIT)) return;
    const q = <usize>load<u32>(tm, T_FREE_BLOCK);
    if (!load<u32>(tm, T_REFUSED)) noteOffer();
    if (!q || !fetch(q, fromInbox)) {
      if (load<u32>(tm, T_BAD_ROW)) return;
      if (!load<u32>(tm, T_REFUSED)) addTo(TimingCounters.REFUSED, 1);
      store<u32>(tm, 1, T_REFUSED);
      return;
    }
    store<u32>(tm, 0, T_REFUSED);
    store<u32>(tm, load<u32>(q, P_LINK), T_FREE_BLOCK);
    store<u32>(tm, load<u32>(tm, T_ACTIVE) + 1, T_ACTIVE);
    store<u32>(tm, 0, T_ROW_READY);
    store<u64>(q, now, Request.ACCEPTED);
    advanceSource(fromInbox, now);
    enter(q);
  }
}

// Moves on to the next transaction; `now` is when the one before it was accepted.
@inline
function advanceSource(fromInbox: bool, now: u64): void {
  store<u64>(tm, load<u64>(tm, T_OFFER), T_LAST_ARRIVAL);
  if (fromInbox) {
    store<u32>(tm, load<u32>(tm, T_INBOX_NEXT) + 1, T_INBOX_NEXT);
    return;
  }
  const source = load<u32>(tm, T_SOURCE);
  const row = load<u32>(tm, T_ROW) + 1;
  store<u32>(tm, row, T_ROW);
  if (row >= load<u32>(tm, T_END)) store<u32>(tm, SOURCE_NONE, T_SOURCE);
  if (source != SOURCE_LOOP) return;
  const turn = load<u32>(tm, T_TURN) + 1;
  store<u32>(tm, turn < load<u32>(tm, T_REQUESTERS) ? turn : 0, T_TURN);
  store<u32>(tm, load<u32>(tm, T_OUTSTANDING) + 1, T_OUTSTANDING);
  store<u64>(tm, now, T_LAST_ACCEPT);
  paceLoop();
}

/** The row at hand of a closed loop is offered its gap after the acceptance of the one before it. */
export function paceLoop(): void {
  const row = load<u32>(tm, T_ROW);
  let gap = max<u64>(load<u32>(tm, T_MIN_GAP), 1);
  if (row < load<u32>(tm, T_END)) gap = max(gap, load<u64>(column(Column.ARRIVAL) + ((<usize>row) << 3)));
  const period = tcuTicks();
  store<u64>(tm, ((load<u64>(tm, T_LAST_ACCEPT) + period - 1) / period + gap) * period, T_LOOP);
}

// Reads the transaction at hand into q and takes its slot; false: no room, or a malformed row (T_BAD_ROW).
@inline
function fetch(q: usize, fromInbox: bool): bool {
  const source = load<u32>(tm, T_SOURCE);
  if (fromInbox || source == SOURCE_MAIN) {
    const n = load<u32>(tm, T_INBOX_NEXT);
    copy16(q, fromInbox ? inboxRecord(n) : requestAt(Request.MAIN), Request.MACHINE);
    store<u32>(q, fromInbox ? DEST_INBOX : SOURCE_MAIN, P_DEST);
    store<u32>(q, n, P_ROW);
    store<u32>(q, 0, P_HELD);
  } else {
    const row = load<u32>(tm, T_ROW);
    const h = (<usize>row) << 1;
    const w = (<usize>row) << 2;
    const d = (<usize>row) << 3;
    const size = <u32>load<u16>(column(Column.SIZE) + h);
    const iova = load<u64>(column(Column.IOVA) + d);
    if (((<u32>iova) & (PAGE - 1)) + size > PAGE) {
      store<i32>(tm, <i32>row + 1, T_BAD_ROW);
      return false;
    }
    const flags = load<u32>(column(Column.FLAGS) + w);
    store<u64>(q, iova, Request.IOVA);
    store<u32>(q, load<u32>(column(Column.STREAM) + w), Request.SID);
    store<u32>(q, load<u32>(column(Column.SUBSTREAM) + w), Request.SSID);
    store<u32>(q, flags, Request.FLAGS);
    store<u32>(q, size ? size : Request.DEFAULT_SIZE, Request.SIZE);
    const ids = load<u32>(tm, T_REQUESTERS);
    store<u32>(
      q,
      ids ? load<u32>(tm, T_TURN) : <u32>load<u16>(column(Column.REQUESTER) + h),
      Request.REQUESTER,
    );
    store<u32>(q, DEFAULT_ATTRIBUTES, Request.ATTRS);
    store<u32>(q, source, P_DEST);
    store<u32>(q, row, P_ROW);
    store<u32>(q, flags & ~FAST_FLAGS ? 0 : HELD_SHORT, P_HELD);
  }
  store<u32>(q, Request.KIND_TRANSACTION, Request.KIND);
  store<i32>(q, -1, Machine.STALL_SLOT);
  store<u64>(q, 0, P_SINCE);
  const flags = load<u32>(q, Request.FLAGS);
  const sid = load<u32>(q, Request.SID);
  const substream = flags & Flag.SSV ? (load<u32>(q, Request.SSID) & 0xfffff) | 0x80000000 : 0;
  let m = memoAt(sid, substream);
  if (load<u64>(m, StreamMemo.KEY) != memoKey(sid, substream)) m = streamMemo(sid, substream);
  store<u32>(q, load<u32>(m, StreamMemo.STREAM), Machine.STREAM);
  store<u32>(q, load<u32>(m, StreamMemo.MICRO), Machine.MICRO);
  const tbu = load<u32>(m, StreamMemo.TBU);
  store<u32>(q, <u32>(tm + TBUS + <usize>(tbu * TBU_BYTES)), P_TBU);
  const write: u32 = flags & (Flag.WRITE | Flag.ATOMIC) ? 1 : 0;
  store<u32>(q, write ? beats(load<u32>(q, Request.SIZE), load<u32>(tm, Timing.PORT_BYTES)) : 1, P_BEATS);
  store<u32>(q, (tbu << 1) | write, P_ORDER_KEY);
  return takeSlot(q);
}

/** An answer reached its device: room in the closed loop, or a submitted transaction to hand over. */
export function answered(arg: u32): void {
  store<u32>(tm, load<u32>(tm, T_ANSWERS) - 1, T_ANSWERS);
  if (!arg) {
    store<u32>(tm, load<u32>(tm, T_OUTSTANDING) - 1, T_OUTSTANDING);
    const period = tcuTicks();
    const next = ((load<u64>(tm, T_NOW) + period - 1) / period + 1) * period;
    if (load<u32>(tm, T_SOURCE) != SOURCE_LOOP || load<u32>(tm, T_OFFER_SET) || load<u32>(tm, T_REFUSED))
      return;
    if (next > load<u64>(tm, T_LOOP)) {
      store<u64>(tm, next, T_LOOP);
      if (load<u32>(tm, T_ROW_READY) == READY_ROW) store<u32>(tm, READY_NO, T_ROW_READY);
    }
    prepareOffer();
    return;
  }
  const record = inboxRecord(arg - 1);
  const n = load<u32>(base, Header.DONE_COUNT);
  if (n < load<u32>(base, Header.DONE_CAP)) {
    copy16(region(base + Header.DONE) + <usize>(n * Submission.BYTES), record, Submission.BYTES);
    store<u32>(base, n + 1, Header.DONE_COUNT);
  }
  store<u32>(record, 1, DONE_MARK);
  // The ring gives records back in order.
  let head = load<u32>(base, Header.INBOX_HEAD);
  const next = load<u32>(tm, T_INBOX_NEXT);
  while (head != next && load<u32>(inboxRecord(head), DONE_MARK)) {
    store<u32>(inboxRecord(head), 0, DONE_MARK);
    head++;
  }
  store<u32>(base, head, Header.INBOX_HEAD);
}

const DONE_MARK: i32 = Submission.TICKET + 4;
