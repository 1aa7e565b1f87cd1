// How transactions enter one at a time. Time is off: each runs to its end, hits are short-cut. Batches: rows.ts.
import { base, requestAt } from '../memory/base';
import * as Flag from '../abi/flag';
import * as Header from '../abi/header';
import * as HitPlace from '../abi/hit-place';
import * as Request from '../abi/request';
import * as Status from '../abi/status';
import * as Machine from '../request/machine';
import { counting } from '../state/pmu';
import { smmuEnabled } from '../state/regs';
import { DEFAULT_ATTRIBUTES } from '../walk/attributes';
import { forgetTablePages } from '../walk/table-pages';
import { finishAttributes } from './attributes';
import { fastHit, hitAddress, hitLevel, lineAtHand, missed, FAST_FLAGS } from './fast';
import { answerHit } from './hit-answer';
import { missAddress, plainMiss } from './miss';
import { hintedEntry, quickEntry } from './quick';
import { substreamOf } from './streams';
import { runToEnd } from './machine';

let hitAt: u32 = 0;

// The entry that answers request q by a short cut, everything counted, and its HitPlace in `hitAt`; 0: the machine has to run.
@inline
function hitOf(q: usize): usize {
  const flags = load<u32>(q, Request.FLAGS);
  const sid = load<u32>(q, Request.SID);
  const va = load<u64>(q, Request.IOVA);
  hitAt = HitPlace.MICRO;
  let e = hintedEntry(sid, va, flags);
  if (!e) e = quickEntry(sid, va, flags);
  if (e || flags & ~FAST_FLAGS || !plain()) return e;
  e = fastHit(sid, substreamOf(flags, load<u32>(q, Request.SSID)), va, flags);
  hitAt = hitLevel;
  return e;
}

/** The main request block to its end; the host has filled its inputs. */
export function translate(): i32 {
  const q = requestAt(Request.MAIN);
  store<u32>(q, Request.KIND_TRANSACTION, Request.KIND);
  if (SHORT_CUTS) {
    const hit = hitOf(q);
    if (hit) {
      answerHit(q, hit, hitAt);
      return Status.OK;
    }
  }
  store<i32>(q, -1, Machine.STALL_SLOT);
  runToEnd(q);
  finishAttributes(q);
  return load<i32>(q, Request.STATUS);
}

/** Runs a transaction with default attributes through the main block; size, requester and arrival stand there already. */
export function slow(sid: u32, ssid: u32, iova: u64, flags: u32): usize {
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

/** Nobody wants to be told of every step, and SMMUEN is 1. */
@inline
export function plain(): bool {
  return smmuEnabled() && !load<u32>(base, Header.TRACE_MASK) && !counting();
}

/** One address: the physical address, or -1 for anything but success. `packed`: flags [11:0], SubstreamID [31:12]. */
export function lookup(sid: u32, iova: u64, packed: u32): f64 {
  const flags = packed & 0xfff;
  const ssid = packed >> Flag.SUBSTREAM_SHIFT;
  if (SHORT_CUTS && !(flags & ~FAST_FLAGS) && plain()) {
    const substream = substreamOf(flags, ssid);
    const hit = fastHit(sid, substream, iova, flags);
    if (hit) return <f64>hitAddress(hit, iova);
    forgetTablePages();
    if (missed && plainMiss(lineAtHand, sid, substream, iova, flags) != u32.MAX_VALUE)
      return <f64>missAddress;
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
