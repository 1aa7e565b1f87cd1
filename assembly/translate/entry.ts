// How transactions enter: one at a time, looked up, and in batches. Time is off: each runs to its end, hits are short-cut.
import { base, region, requestAt } from '../memory/base';
import {
  DEFAULT_SIZE,
  H_NOTIFY_COUNT,
  REQUEST_MAIN,
  Q_IOVA,
  Q_SID,
  Q_SSID,
  Q_FLAGS,
  Q_SIZE,
  Q_REQUESTER,
  Q_ATTRS,
  Q_ARRIVAL,
  Q_KIND,
  Q_STATUS,
  Q_EVENT,
  Q_PA,
  Q_LOG2,
  Q_HIT,
  FLAG_SUBSTREAM_SHIFT,
  STATUS_OK,
  KIND_TRANSACTION,
  columnOffset,
  COL_STREAM,
  COL_SUBSTREAM,
  COL_FLAGS,
  COL_SIZE,
  COL_REQUESTER,
  COL_ARRIVAL,
  COL_PA,
  COL_STATUS,
  H_HITS,
  H_TRACE_MASK,
} from '../abi';
import { smmuEnabled } from '../state/regs';
import { DEFAULT_ATTRIBUTES } from '../walk/attributes';
import { M_STALL_SLOT } from '../walk/request';
import { finishAttributes } from './attributes';
import { fastHit, fastStatus, hitAddress, clearHitMemo, FAST_FLAGS } from './fast';
import { runToEnd } from './machine';
import { clearStreamMemo } from './streams';

/** The main request block to its end; the host has filled its inputs. */
export function translate(): i32 {
  const q = requestAt(REQUEST_MAIN);
  store<u32>(q, KIND_TRANSACTION, Q_KIND);
  store<i32>(q, -1, M_STALL_SLOT);
  runToEnd(q);
  finishAttributes(q);
  return load<i32>(q, Q_STATUS);
}

// Runs a transaction with default attributes through the main block; size, requester and arrival stand there already.
function slow(sid: u32, ssid: u32, iova: u64, flags: u32): usize {
  const q = requestAt(REQUEST_MAIN);
  store<u64>(q, iova, Q_IOVA);
  store<u32>(q, sid, Q_SID);
  store<u32>(q, ssid, Q_SSID);
  store<u32>(q, flags, Q_FLAGS);
  store<u32>(q, DEFAULT_ATTRIBUTES, Q_ATTRS);
  store<u32>(q, KIND_TRANSACTION, Q_KIND);
  store<i32>(q, -1, M_STALL_SLOT);
  runToEnd(q);
  return q;
}

function lookupAddress(sid: u32, iova: u64, packed: u32): f64 {
  const flags = packed & 0xfff;
  const ssid = packed >> FLAG_SUBSTREAM_SHIFT;
  if (!(flags & ~FAST_FLAGS) && smmuEnabled()) {
    const hit = fastHit(region(base + H_HITS), sid, ssid, iova, flags);
    if (hit) return <f64>hitAddress(hit, iova);
  }
  const q = requestAt(REQUEST_MAIN);
  store<u32>(q, DEFAULT_SIZE, Q_SIZE);
  store<u32>(q, sid, Q_REQUESTER);
  store<u64>(q, 0, Q_ARRIVAL);
  slow(sid, ssid, iova, flags);
  if (load<u32>(q, Q_STATUS) == STATUS_OK) return <f64>load<u64>(q, Q_PA);
  finishAttributes(q);
  return -1;
}

/** One address, iova below 2^53: the physical address, or -1 for anything but success. */
export function lookup(sid: u32, iova: f64, flags: u32): f64 {
  return lookupAddress(sid, <u64>iova, flags);
}

/** The same with the address as two words. */
export function lookupWords(sid: u32, lo: u32, hi: u32, flags: u32): f64 {
  return lookupAddress(sid, ((<u64>hi) << 32) | (<u64>lo), flags);
}

/**
 * Rows [start, start + count) of a batch. Gives the rows done, which are fewer when one left a notification for the host; a
 * negative result -n - 1 says that the row after n more is malformed (it crosses a 4 KiB boundary), rows before it are done.
 */
export function translateBatch(batch: u32, capacity: i32, start: u32, count: u32): i32 {
  const at = base + <usize>batch;
  const streams = at + <usize>columnOffset(COL_STREAM, capacity);
  const substreams = at + <usize>columnOffset(COL_SUBSTREAM, capacity);
  const flagsAt = at + <usize>columnOffset(COL_FLAGS, capacity);
  const sizes = at + <usize>columnOffset(COL_SIZE, capacity);
  const requesters = at + <usize>columnOffset(COL_REQUESTER, capacity);
  const arrivals = at + <usize>columnOffset(COL_ARRIVAL, capacity);
  const pas = at + <usize>columnOffset(COL_PA, capacity);
  const statuses = at + <usize>columnOffset(COL_STATUS, capacity);
  const enabled = smmuEnabled() && !load<u32>(base, H_TRACE_MASK);
  const lines = region(base + H_HITS);
  const q = requestAt(REQUEST_MAIN);
  const end = start + count;
  for (let i = start; i < end; i++) {
    const w = (<usize>i) << 2;
    const d = (<usize>i) << 3;
    const iova = load<u64>(at + d);
    const sid = load<u32>(streams + w);
    const ssid = load<u32>(substreams + w);
    const flags = load<u32>(flagsAt + w);
    const size = <u32>load<u16>(sizes + ((<usize>i) << 1));
    if (((<u32>iova) & 0xfff) + size > 4096) return -(<i32>(i - start)) - 1;
    if (enabled && !(flags & ~FAST_FLAGS)) {
      const hit = fastHit(lines, sid, ssid, iova, flags);
      if (hit) {
        store<u64>(pas + d, hitAddress(hit, iova));
        store<u32>(statuses + w, fastStatus(hit));
        continue;
      }
    }
    store<u32>(q, size ? size : DEFAULT_SIZE, Q_SIZE);
    store<u32>(q, <u32>load<u16>(requesters + ((<usize>i) << 1)), Q_REQUESTER);
    store<u64>(q, load<u64>(arrivals + d), Q_ARRIVAL);
    slow(sid, ssid, iova, flags);
    store<u64>(pas + d, load<u64>(q, Q_PA));
    store<u32>(
      statuses + w,
      load<u32>(q, Q_STATUS) |
        (load<u32>(q, Q_EVENT) << 8) |
        (load<u32>(q, Q_LOG2) << 16) |
        (load<u32>(q, Q_HIT) << 24),
    );
    if (load<u32>(base, H_NOTIFY_COUNT)) return <i32>(i - start) + 1;
  }
  return <i32>count;
}

/** Empties what is derived and holds addresses. */
export function forgetMemos(): void {
  clearHitMemo();
  clearStreamMemo();
}
