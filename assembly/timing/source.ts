// Where transactions come from in time: submitted ones first, then a batch with arrival times (open loop) or with a limit of
// outstanding transactions (closed loop: an answer makes room for the next offer).
import {
  DEFAULT_SIZE,
  H_INBOX,
  H_INBOX_CAP,
  H_INBOX_HEAD,
  H_INBOX_TAIL,
  H_DONE,
  H_DONE_CAP,
  H_DONE_COUNT,
  IN_BYTES,
  Q_MACHINE,
  Q_IOVA,
  Q_SID,
  Q_SSID,
  Q_FLAGS,
  Q_SIZE,
  Q_REQUESTER,
  Q_ATTRS,
  Q_ARRIVAL,
  Q_KIND,
  Q_ACCEPTED,
  KIND_TRANSACTION,
  REQUEST_MAIN,
  FLAG_WRITE,
  FLAG_ATOMIC,
  FLAG_SSV,
  TM_TCU_TICKS,
  TM_PORT_BYTES,
  TS_REFUSED,
  SM_KEY,
  SM_MICRO,
  SM_STREAM,
  SM_TBU,
  COL_IOVA,
  COL_STREAM,
  COL_SUBSTREAM,
  COL_FLAGS,
  COL_SIZE,
  COL_REQUESTER,
  COL_ARRIVAL,
  IN_TICKET,
} from '../abi';
import { base, region, requestAt } from '../memory/base';
import { copy16 } from '../memory/copy';
import { FAST_FLAGS } from '../translate/fast';
import { memoAt, memoKey, streamMemo } from '../translate/streams';
import { DEFAULT_ATTRIBUTES } from '../walk/attributes';
import { M_MICRO, M_STALL_SLOT, M_STREAM } from '../walk/request';
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
  return <u64>load<u32>(tm, TM_TCU_TICKS);
}

@inline
function inboxRecord(n: u32): usize {
  return region(base + H_INBOX) + <usize>((n % load<u32>(base, H_INBOX_CAP)) * IN_BYTES);
}

@inline
function submitted(): bool {
  return load<u32>(tm, T_INBOX_NEXT) != load<u32>(base, H_INBOX_TAIL);
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
      at = arrivalTick(load<u64>(inboxRecord(load<u32>(tm, T_INBOX_NEXT)), Q_ARRIVAL));
    } else {
      const source = load<u32>(tm, T_SOURCE);
      if (source == SOURCE_NONE) return false;
      if (source == SOURCE_MAIN) at = arrivalTick(load<u64>(requestAt(REQUEST_MAIN), Q_ARRIVAL));
      else if (source == SOURCE_OPEN)
        at = arrivalTick(load<u64>(column(COL_ARRIVAL) + ((<usize>load<u32>(tm, T_ROW)) << 3)));
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
      if (!load<u32>(tm, T_REFUSED)) addTo(TS_REFUSED, 1);
      store<u32>(tm, 1, T_REFUSED);
      return;
    }
    store<u32>(tm, 0, T_REFUSED);
    store<u32>(tm, load<u32>(q, P_LINK), T_FREE_BLOCK);
    store<u32>(tm, load<u32>(tm, T_ACTIVE) + 1, T_ACTIVE);
    store<u32>(tm, 0, T_ROW_READY);
    store<u64>(q, now, Q_ACCEPTED);
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
  store<u32>(tm, load<u32>(tm, T_OUTSTANDING) + 1, T_OUTSTANDING);
  store<u64>(tm, now, T_LAST_ACCEPT);
  paceLoop();
}

/** The row at hand of a closed loop is offered its gap after the acceptance of the one before it. */
export function paceLoop(): void {
  const row = load<u32>(tm, T_ROW);
  let gap = max<u64>(load<u32>(tm, T_MIN_GAP), 1);
  if (row < load<u32>(tm, T_END)) gap = max(gap, load<u64>(column(COL_ARRIVAL) + ((<usize>row) << 3)));
  const period = tcuTicks();
  store<u64>(tm, ((load<u64>(tm, T_LAST_ACCEPT) + period - 1) / period + gap) * period, T_LOOP);
}

// Reads the transaction at hand into q and takes its slot; false: no room, or a malformed row (T_BAD_ROW).
@inline
function fetch(q: usize, fromInbox: bool): bool {
  const source = load<u32>(tm, T_SOURCE);
  if (fromInbox || source == SOURCE_MAIN) {
    const n = load<u32>(tm, T_INBOX_NEXT);
    copy16(q, fromInbox ? inboxRecord(n) : requestAt(REQUEST_MAIN), Q_MACHINE);
    store<u32>(q, fromInbox ? DEST_INBOX : SOURCE_MAIN, P_DEST);
    store<u32>(q, n, P_ROW);
    store<u32>(q, 0, P_HELD);
  } else {
    const row = load<u32>(tm, T_ROW);
    const h = (<usize>row) << 1;
    const w = (<usize>row) << 2;
    const d = (<usize>row) << 3;
    const size = <u32>load<u16>(column(COL_SIZE) + h);
    const iova = load<u64>(column(COL_IOVA) + d);
    if (((<u32>iova) & (PAGE - 1)) + size > PAGE) {
      store<i32>(tm, <i32>row + 1, T_BAD_ROW);
      return false;
    }
    const flags = load<u32>(column(COL_FLAGS) + w);
    store<u64>(q, iova, Q_IOVA);
    store<u32>(q, load<u32>(column(COL_STREAM) + w), Q_SID);
    store<u32>(q, load<u32>(column(COL_SUBSTREAM) + w), Q_SSID);
    store<u32>(q, flags, Q_FLAGS);
    store<u32>(q, size ? size : DEFAULT_SIZE, Q_SIZE);
    const ids = load<u32>(tm, T_REQUESTERS);
    store<u32>(q, ids ? row % ids : <u32>load<u16>(column(COL_REQUESTER) + h), Q_REQUESTER);
    store<u32>(q, DEFAULT_ATTRIBUTES, Q_ATTRS);
    store<u32>(q, source, P_DEST);
    store<u32>(q, row, P_ROW);
    store<u32>(q, flags & ~FAST_FLAGS ? 0 : HELD_SHORT, P_HELD);
  }
  store<u32>(q, KIND_TRANSACTION, Q_KIND);
  store<i32>(q, -1, M_STALL_SLOT);
  store<u64>(q, 0, P_SINCE);
  const flags = load<u32>(q, Q_FLAGS);
  const sid = load<u32>(q, Q_SID);
  const substream = flags & FLAG_SSV ? (load<u32>(q, Q_SSID) & 0xfffff) | 0x80000000 : 0;
  let m = memoAt(sid, substream);
  if (load<u64>(m, SM_KEY) != memoKey(sid, substream)) m = streamMemo(sid, substream);
  store<u32>(q, load<u32>(m, SM_STREAM), M_STREAM);
  store<u32>(q, load<u32>(m, SM_MICRO), M_MICRO);
  const tbu = load<u32>(m, SM_TBU);
  store<u32>(q, <u32>(tm + TBUS + <usize>(tbu * TBU_BYTES)), P_TBU);
  const write: u32 = flags & (FLAG_WRITE | FLAG_ATOMIC) ? 1 : 0;
  store<u32>(q, write ? beats(load<u32>(q, Q_SIZE), load<u32>(tm, TM_PORT_BYTES)) : 1, P_BEATS);
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
  const n = load<u32>(base, H_DONE_COUNT);
  if (n < load<u32>(base, H_DONE_CAP)) {
    copy16(region(base + H_DONE) + <usize>(n * IN_BYTES), record, IN_BYTES);
    store<u32>(base, n + 1, H_DONE_COUNT);
  }
  store<u32>(record, 1, DONE_MARK);
  // The ring gives records back in order.
  let head = load<u32>(base, H_INBOX_HEAD);
  const next = load<u32>(tm, T_INBOX_NEXT);
  while (head != next && load<u32>(inboxRecord(head), DONE_MARK)) {
    store<u32>(inboxRecord(head), 0, DONE_MARK);
    head++;
  }
  store<u32>(base, head, H_INBOX_HEAD);
}

const DONE_MARK: i32 = IN_TICKET + 4;
