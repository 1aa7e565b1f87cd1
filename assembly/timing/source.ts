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
import * as Substream from '../request/substream';
import { base, region, requestAt } from '../memory/base';
import { copy16 } from '../memory/copy';
import { FAST_FLAGS } from '../translate/fast';
import { isLineOf, memoAt, streamMemo, tbuOfLine } from '../translate/streams';
import { DEFAULT_ATTRIBUTES } from '../walk/attributes';
import { noteRefused, stillRefused, takeSlot, PC_OFFER } from './accept';
import { aheadOf } from './ahead';
import { beats } from './delay';
import { takeDone } from './finish';
import * as Process from './process';
import { tm } from './region';
import * as Scheduler from './scheduler';
import * as Tbu from './tbu';
import { enter } from './pipeline';
import { addTo, noteOffer } from './tally';
import { NEVER, schedule } from './wheel';

const PAGE: u32 = 4096;
/** Ticks that arrivals count to: what follows them has as many again. src/config/resolve-timing.ts has the same. */
const LAST_TICK: u64 = 0x7fffffffffffffff;

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
  return load<u32>(tm, Scheduler.INBOX_NEXT) != load<u32>(base, Header.INBOX_TAIL);
}

/** Something is left to offer. */
export function sourceOpen(): bool {
  return submitted() || load<u32>(tm, Scheduler.SOURCE) != Scheduler.SOURCE_NONE;
}

@inline
function column(c: i32): usize {
  return <usize>load<u32>(tm + Scheduler.COLUMNS + <usize>(c << 2));
}

@inline
function tooLate(cycles: u64, period: u64): bool {
  return period == 1 ? cycles > LAST_TICK : cycles > LAST_TICK / period;
}

/** Tick from an arrival in cycles, 0 meaning the cycle after the last one; never before that. NEVER: too late to be counted. */
function arrivalTick(cycles: u64): u64 {
  const last = load<u64>(tm, Scheduler.LAST_ARRIVAL);
  const period = tcuTicks();
  if (cycles == 0) return last + period;
  return tooLate(cycles, period) ? NEVER : max(cycles * period, last);
}

/** Notes when the next transaction is offered, and schedules that. */
export function prepareOffer(): void {
  if (nextOffer()) scheduleOffer();
}

@inline
function scheduleOffer(): void {
  store<u32>(tm, 1, Scheduler.OFFER_SET);
  schedule(max(load<u64>(tm, Scheduler.OFFER), load<u64>(tm, Scheduler.NOW)), PC_OFFER, 0);
}

// Scheduler.OFFER is when the next transaction is offered; false: that is scheduled already, or waits for something else than time.
@inline
function nextOffer(): bool {
  if (load<u32>(tm, Scheduler.OFFER_SET) || load<u32>(tm, Scheduler.REFUSED) || !sourceOpen()) return false;
  if (!load<u32>(tm, Scheduler.ROW_READY)) {
    let at: u64 = 0;
    const first = submitted();
    if (first) {
      at = arrivalTick(load<u64>(inboxRecord(load<u32>(tm, Scheduler.INBOX_NEXT)), Request.ARRIVAL));
    } else {
      const source = load<u32>(tm, Scheduler.SOURCE);
      if (source == Scheduler.SOURCE_NONE) return false;
      if (source == Scheduler.SOURCE_MAIN)
        at = arrivalTick(load<u64>(requestAt(Request.MAIN), Request.ARRIVAL));
      else if (source == Scheduler.SOURCE_OPEN)
        at = arrivalTick(load<u64>(column(Column.ARRIVAL) + ((<usize>load<u32>(tm, Scheduler.ROW)) << 3)));
      else at = load<u64>(tm, Scheduler.LOOP);
      if (at == NEVER) {
        store<i32>(tm, <i32>load<u32>(tm, Scheduler.ROW) + 1, Scheduler.BAD_ROW);
        return false;
      }
    }
    store<u64>(tm, at, Scheduler.OFFER);
    store<u32>(tm, first ? Scheduler.READY_SUBMITTED : Scheduler.READY_ROW, Scheduler.ROW_READY);
  }
  if (
    !submitted() &&
    load<u32>(tm, Scheduler.SOURCE) == Scheduler.SOURCE_LOOP &&
    load<u32>(tm, Scheduler.OUTSTANDING) >= load<u32>(tm, Scheduler.LIMIT)
  )
    return false;
  return true;
}

/** The offer's time has come: transactions enter as long as they are due and there is room. */
export function offer(): void {
  store<u32>(tm, 0, Scheduler.OFFER_SET);
  while (sourceOpen()) {
    // Something was submitted since the row's time was noted: it comes first.
    if (load<u32>(tm, Scheduler.ROW_READY) == Scheduler.READY_ROW && submitted())
      store<u32>(tm, Scheduler.READY_NO, Scheduler.ROW_READY);
    // Refused once more, and told when to come again (gem5: deviceNeedsRetry).
    if (load<u32>(tm, Scheduler.REFUSED) && load<u32>(tm, Scheduler.ROW_READY) && stillRefused()) return;
    const now = load<u64>(tm, Scheduler.NOW);
    if (!load<u32>(tm, Scheduler.ROW_READY)) {
      if (!nextOffer()) return;
      if (load<u64>(tm, Scheduler.OFFER) > now) {
        scheduleOffer();
        return;
      }
    } else if (load<u64>(tm, Scheduler.OFFER) > now) {
      prepareOffer();
      return;
    }
    const fromInbox = submitted();
    const looping = !fromInbox && load<u32>(tm, Scheduler.SOURCE) == Scheduler.SOURCE_LOOP;
    // The closed loop is full: an answer makes room (gem5's contention traces: max_outstanding).
    if (looping && load<u32>(tm, Scheduler.OUTSTANDING) >= load<u32>(tm, Scheduler.LIMIT)) return;
    const q = <usize>load<u32>(tm, Scheduler.FREE_BLOCK);
    if (!load<u32>(tm, Scheduler.REFUSED)) noteOffer();
    if (!q || !fetch(q, fromInbox)) {
      if (load<u32>(tm, Scheduler.BAD_ROW)) return;
      if (!load<u32>(tm, Scheduler.REFUSED)) addTo(TimingCounters.REFUSED, 1);
      noteRefused(q);
      return;
    }
    store<u32>(tm, 0, Scheduler.REFUSED);
    store<u32>(tm, load<u32>(q, Process.LINK), Scheduler.FREE_BLOCK);
    store<u32>(tm, load<u32>(tm, Scheduler.ACTIVE) + 1, Scheduler.ACTIVE);
    store<u32>(tm, 0, Scheduler.ROW_READY);
    store<u64>(q, now, Request.ACCEPTED);
    advanceSource(fromInbox, now);
    enter(q);
  }
}

// Moves on to the next transaction; `now` is when the one before it was accepted.
@inline
function advanceSource(fromInbox: bool, now: u64): void {
  store<u64>(tm, load<u64>(tm, Scheduler.OFFER), Scheduler.LAST_ARRIVAL);
  if (fromInbox) {
    store<u32>(tm, load<u32>(tm, Scheduler.INBOX_NEXT) + 1, Scheduler.INBOX_NEXT);
    return;
  }
  const source = load<u32>(tm, Scheduler.SOURCE);
  const row = load<u32>(tm, Scheduler.ROW) + 1;
  store<u32>(tm, row, Scheduler.ROW);
  if (row >= load<u32>(tm, Scheduler.END)) store<u32>(tm, Scheduler.SOURCE_NONE, Scheduler.SOURCE);
  if (source != Scheduler.SOURCE_LOOP) return;
  const turn = load<u32>(tm, Scheduler.TURN) + 1;
  store<u32>(tm, turn < load<u32>(tm, Scheduler.REQUESTERS) ? turn : 0, Scheduler.TURN);
  store<u32>(tm, load<u32>(tm, Scheduler.OUTSTANDING) + 1, Scheduler.OUTSTANDING);
  store<u64>(tm, now, Scheduler.LAST_ACCEPT);
  paceLoop();
}

/** The row at hand of a closed loop is offered its gap after the acceptance of the one before it. */
export function paceLoop(): void {
  const row = load<u32>(tm, Scheduler.ROW);
  let gap = max<u64>(load<u32>(tm, Scheduler.MIN_GAP), 1);
  if (row < load<u32>(tm, Scheduler.END))
    gap = max(gap, load<u64>(column(Column.ARRIVAL) + ((<usize>row) << 3)));
  const period = tcuTicks();
  const from = (load<u64>(tm, Scheduler.LAST_ACCEPT) + period - 1) / period;
  store<u64>(
    tm,
    gap > LAST_TICK || tooLate(from + gap, period) ? NEVER : (from + gap) * period,
    Scheduler.LOOP,
  );
}

// Reads the transaction at hand into q and takes its slot; false: no room, or a malformed row (Scheduler.BAD_ROW).
@inline
function fetch(q: usize, fromInbox: bool): bool {
  const source = load<u32>(tm, Scheduler.SOURCE);
  if (fromInbox || source == Scheduler.SOURCE_MAIN) {
    const n = load<u32>(tm, Scheduler.INBOX_NEXT);
    copy16(q, fromInbox ? inboxRecord(n) : requestAt(Request.MAIN), Request.MACHINE);
    store<u32>(q, fromInbox ? Process.DEST_INBOX : Scheduler.SOURCE_MAIN, Process.DEST);
    store<u32>(q, n, Process.ROW);
    store<u32>(q, 0, Process.HELD);
  } else {
    const row = load<u32>(tm, Scheduler.ROW);
    aheadOf(row);
    const h = (<usize>row) << 1;
    const w = (<usize>row) << 2;
    const d = (<usize>row) << 3;
    const size = <u32>load<u16>(column(Column.SIZE) + h);
    const iova = load<u64>(column(Column.IOVA) + d);
    if (((<u32>iova) & (PAGE - 1)) + size > PAGE) {
      store<i32>(tm, <i32>row + 1, Scheduler.BAD_ROW);
      return false;
    }
    const flags = load<u32>(column(Column.FLAGS) + w);
    store<u64>(q, iova, Request.IOVA);
    store<u32>(q, load<u32>(column(Column.STREAM) + w), Request.SID);
    store<u32>(q, load<u32>(column(Column.SUBSTREAM) + w), Request.SSID);
    store<u32>(q, flags, Request.FLAGS);
    store<u32>(q, size ? size : Request.DEFAULT_SIZE, Request.SIZE);
    const ids = load<u32>(tm, Scheduler.REQUESTERS);
    store<u32>(
      q,
      ids ? load<u32>(tm, Scheduler.TURN) : <u32>load<u16>(column(Column.REQUESTER) + h),
      Request.REQUESTER,
    );
    store<u32>(q, DEFAULT_ATTRIBUTES, Request.ATTRS);
    store<u32>(q, source, Process.DEST);
    store<u32>(q, row, Process.ROW);
    store<u32>(q, flags & ~FAST_FLAGS ? 0 : Process.HELD_SHORT, Process.HELD);
  }
  store<u32>(q, Request.KIND_TRANSACTION, Request.KIND);
  store<i32>(q, -1, Machine.STALL_SLOT);
  store<u64>(q, 0, Process.SINCE);
  const flags = load<u32>(q, Request.FLAGS);
  const sid = load<u32>(q, Request.SID);
  const substream = Substream.word(flags, load<u32>(q, Request.SSID));
  let m = memoAt(sid, substream);
  if (!isLineOf(m, sid, substream)) m = streamMemo(sid, substream);
  store<u32>(q, load<u32>(m, StreamMemo.STREAM), Machine.STREAM);
  store<u32>(q, load<u32>(m, StreamMemo.MICRO), Machine.MICRO);
  const tbu = tbuOfLine(m);
  store<u32>(q, <u32>(tm + Tbu.FIRST + <usize>(tbu * Tbu.BYTES)), Process.TBU);
  const write: u32 = flags & (Flag.WRITE | Flag.ATOMIC) ? 1 : 0;
  store<u32>(
    q,
    write ? beats(load<u32>(q, Request.SIZE), load<u32>(tm, Timing.PORT_BYTES)) : 1,
    Process.BEATS,
  );
  store<u32>(q, (tbu << 1) | write, Process.ORDER_KEY);
  return takeSlot(q);
}

/** An answer reached its device: room in the closed loop, or a submitted transaction to hand over. */
export function answered(arg: u32): void {
  store<u32>(tm, load<u32>(tm, Scheduler.ANSWERS) - 1, Scheduler.ANSWERS);
  if (!arg) {
    store<u32>(tm, load<u32>(tm, Scheduler.OUTSTANDING) - 1, Scheduler.OUTSTANDING);
    const period = tcuTicks();
    const next = ((load<u64>(tm, Scheduler.NOW) + period - 1) / period + 1) * period;
    if (
      load<u32>(tm, Scheduler.SOURCE) != Scheduler.SOURCE_LOOP ||
      load<u32>(tm, Scheduler.OFFER_SET) ||
      load<u32>(tm, Scheduler.REFUSED)
    )
      return;
    if (next > load<u64>(tm, Scheduler.LOOP)) {
      store<u64>(tm, next, Scheduler.LOOP);
      if (load<u32>(tm, Scheduler.ROW_READY) == Scheduler.READY_ROW)
        store<u32>(tm, Scheduler.READY_NO, Scheduler.ROW_READY);
    }
    prepareOffer();
    return;
  }
  const record = inboxRecord(arg - 1);
  const done = takeDone();
  if (done) copy16(done, record, Submission.BYTES);
  store<u32>(record, 1, DONE_MARK);
  // The ring gives records back in order.
  let head = load<u32>(base, Header.INBOX_HEAD);
  const next = load<u32>(tm, Scheduler.INBOX_NEXT);
  while (head != next && load<u32>(inboxRecord(head), DONE_MARK)) {
    store<u32>(inboxRecord(head), 0, DONE_MARK);
    head++;
  }
  store<u32>(base, head, Header.INBOX_HEAD);
}

const DONE_MARK: i32 = Submission.TICKET + 4;
