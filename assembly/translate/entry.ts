// How transactions enter: one at a time, looked up, and in batches. Time is off: each runs to its end, hits are short-cut.
import { base, region, requestAt } from '../memory/base';
import * as Column from '../abi/column';
import * as Flag from '../abi/flag';
import * as Header from '../abi/header';
import * as Request from '../abi/request';
import * as Status from '../abi/status';
import * as Machine from '../request/machine';
import { smmuEnabled } from '../state/regs';
import { DEFAULT_ATTRIBUTES } from '../walk/attributes';
import { finishAttributes } from './attributes';
import { fastHit, fastStatus, hitAddress, clearHitMemo, FAST_FLAGS } from './fast';
import { runToEnd } from './machine';
import { clearStreamMemo } from './streams';

/** The main request block to its end; the host has filled its inputs. */
export function translate(): i32 {
  const q = requestAt(Request.MAIN);
  store<u32>(q, Request.KIND_TRANSACTION, Request.KIND);
  store<i32>(q, -1, Machine.STALL_SLOT);
  runToEnd(q);
  finishAttributes(q);
  return load<i32>(q, Request.STATUS);
}

// Runs a transaction with default attributes through the main block; size, requester and arrival stand there already.
function slow(sid: u32, ssid: u32, iova: u64, flags: u32): usize {
  const q = requestAt(Request.MAIN);
  store<u64>(q, iova, Request.IOVA);
  store<u32>(q, sid, Request.SID);
  store<u32>(q, ssid, Request.SSID);
  store<u32>(q, flags, Request.FLAGS);
  store<u32>(q, DEFAULT_ATTRIBUTES, Request.ATTRS);
  store<u32>(q, Request.KIND_TRANSACTION, Request.KIND);
  store<i32>(q, -1, Machine.STALL_SLOT);
  runToEnd(q);
  return q;
}

function lookupAddress(sid: u32, iova: u64, packed: u32): f64 {
  const flags = packed & 0xfff;
  const ssid = packed >> Flag.SUBSTREAM_SHIFT;
  if (SHORT_CUTS && !(flags & ~FAST_FLAGS) && smmuEnabled()) {
    const hit = fastHit(region(base + Header.HITS), sid, ssid, iova, flags);
    if (hit) return <f64>hitAddress(hit, iova);
  }
  const q = requestAt(Request.MAIN);
  store<u32>(q, Request.DEFAULT_SIZE, Request.SIZE);
  store<u32>(q, sid, Request.REQUESTER);
  store<u64>(q, 0, Request.ARRIVAL);
  slow(sid, ssid, iova, flags);
  if (load<u32>(q, Request.STATUS) == Status.OK) return <f64>load<u64>(q, Request.PA);
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
  const streams = at + <usize>Column.offset(Column.STREAM, capacity);
  const substreams = at + <usize>Column.offset(Column.SUBSTREAM, capacity);
  const flagsAt = at + <usize>Column.offset(Column.FLAGS, capacity);
  const sizes = at + <usize>Column.offset(Column.SIZE, capacity);
  const requesters = at + <usize>Column.offset(Column.REQUESTER, capacity);
  const arrivals = at + <usize>Column.offset(Column.ARRIVAL, capacity);
  const pas = at + <usize>Column.offset(Column.PA, capacity);
  const statuses = at + <usize>Column.offset(Column.STATUS, capacity);
  const enabled = SHORT_CUTS && smmuEnabled() && !load<u32>(base, Header.TRACE_MASK);
  const lines = region(base + Header.HITS);
  const q = requestAt(Request.MAIN);
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
    store<u32>(q, size ? size : Request.DEFAULT_SIZE, Request.SIZE);
    store<u32>(q, <u32>load<u16>(requesters + ((<usize>i) << 1)), Request.REQUESTER);
    store<u64>(q, load<u64>(arrivals + d), Request.ARRIVAL);
    slow(sid, ssid, iova, flags);
    store<u64>(pas + d, load<u64>(q, Request.PA));
    store<u32>(
      statuses + w,
      load<u32>(q, Request.STATUS) |
        (load<u32>(q, Request.EVENT) << 8) |
        (load<u32>(q, Request.LOG2) << 16) |
        (load<u32>(q, Request.HIT) << 24),
    );
    if (load<u32>(base, Header.NOTIFY_COUNT)) return <i32>(i - start) + 1;
  }
  return <i32>count;
}

/** Empties what is derived and holds addresses. */
export function forgetMemos(): void {
  clearHitMemo();
  clearStreamMemo();
}
