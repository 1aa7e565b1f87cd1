// What of a translation the counter groups count (IHI 0070 §10.3), each call behind a test of `counting()`. Events 1 to 3 are about
// transactions: address translation operations and prefetches are left out of them, retries of stalls are not.
import { cacheAt } from '../memory/base';
import { bits32 } from '../memory/bits';
import { countEvent } from '../queues/pmu';
import * as Cache from '../abi/cache';
import * as CacheIndex from '../abi/cache-index';
import * as Entry from '../abi/entry';
import * as Flag from '../abi/flag';
import * as Request from '../abi/request';
import * as Machine from './machine';
import * as PmuEvent from '../arch/pmu-event';

const TCU: u32 = 0;

function tcu(q: usize, event: u32, times: u64): void {
  countEvent(TCU, event, load<u32>(q, Request.SID), times);
}

function tbu(q: usize, event: u32, times: u64): void {
  const micro = <u32>(<usize>load<u32>(q, Machine.MICRO) - cacheAt(CacheIndex.TBU));
  countEvent(1 + micro / (2 * Cache.BYTES), event, load<u32>(q, Request.SID), times);
}

@inline
function isTransaction(q: usize): bool {
  return load<u32>(q, Request.KIND) == Request.KIND_TRANSACTION;
}

// True the first time for a transaction.
function once(q: usize, what: u32): bool {
  const counted = load<u32>(q, Machine.COUNTED);
  store<u32>(q, counted | what, Machine.COUNTED);
  return (counted & what) == 0;
}

/** A transaction enters its TBU. */
export function countTransaction(q: usize): void {
  if (isTransaction(q)) tbu(q, PmuEvent.TRANSACTION, 1);
}

/** A request reaches the TCU. That of a TLB tagged by context, which wants the configuration first, is no miss yet. */
export function countRequest(q: usize): void {
  const kind = load<u32>(q, Request.KIND);
  if (kind == Request.KIND_TRANSACTION) {
    tcu(q, PmuEvent.TRANSACTION, 1);
    tbu(q, PmuEvent.REQUEST, 1);
    if (!load<u32>(q, Machine.AFTER_CONFIG)) countTbuMiss(q);
  }
  if (kind == Request.KIND_PREFETCH || load<u32>(q, Request.FLAGS) & Flag.SPECULATIVE)
    tcu(q, PmuEvent.SPECULATIVE, 1);
}

/** The TLBs of the TBU had no answer. */
export function countTbuMiss(q: usize): void {
  if (isTransaction(q) && once(q, Machine.COUNTED_TBU_MISS)) tbu(q, PmuEvent.TLB_MISS, 1);
}

/** A look-up in cache c, micro or main TLB; e: what it found, or 0. */
export function countTlb(q: usize, c: usize, e: usize, micro: bool): void {
  if (micro) {
    tbu(q, PmuEvent.MICRO_LOOKUP, 1);
    if (!e) tbu(q, PmuEvent.MICRO_MISS, 1);
    return;
  }
  tbu(q, PmuEvent.MAIN_LOOKUP, 1);
  tbu(q, PmuEvent.MAIN_READ, setsRead(c, e));
  if (!e) tbu(q, PmuEvent.MAIN_MISS, 1);
}

// Page sizes present are tried one after the other, the smallest first.
function setsRead(c: usize, e: usize): u64 {
  let sizes = load<u64>(c, Cache.SIZES);
  if (e) {
    const code = <u64>(bits32(load<u32>(e, Entry.SPANS), Entry.SPANS_ENTRY) - Entry.SPAN_MIN);
    sizes &= ((<u64>2) << code) - 1;
  }
  return max<u64>(popcnt(sizes), 1);
}

/** A look-up in the configuration cache. */
export function countConfigLookup(q: usize, hit: bool): void {
  tcu(q, PmuEvent.CONFIG_LOOKUP, 1);
  tcu(q, PmuEvent.CONFIG_CACHE_READ, 1);
  if (!hit) tcu(q, PmuEvent.CONFIG_CACHE_MISS, 1);
}

/** The configuration has to be read from memory. */
export function countConfigMiss(q: usize): void {
  if (!isTransaction(q) || !once(q, Machine.COUNTED_CONFIG_MISS)) return;
  tcu(q, PmuEvent.CONFIG_MISS, 1);
  tbu(q, PmuEvent.CONFIG_MISS, 1);
}

/** A stream table entry, CD or level 1 descriptor is read. */
export function countConfigAccess(q: usize): void {
  tcu(q, PmuEvent.CONFIG_ACCESS, 1);
}

/** A translation table descriptor is read. */
export function countWalkRead(q: usize): void {
  countWalkAccess(q);
  if (isTransaction(q) && once(q, Machine.COUNTED_TCU_MISS)) tcu(q, PmuEvent.TLB_MISS, 1);
}

/** A translation table descriptor is read or updated. */
export function countWalkAccess(q: usize): void {
  tcu(q, PmuEvent.WALK_ACCESS, 1);
}

/**
 * A look-up in walk cache c of a stage (1, 2); e: what it found, or 0. `level` is the cache's own. A unified cache is asked
 * for all levels down from 3 to `start`, which count as far as the one that it answered.
 */
export function countProbe(q: usize, stage: i32, level: i32, start: i32, c: usize, e: usize): void {
  tcu(q, PmuEvent.WALK_CACHE_READ, setsRead(c, e));
  let last = level;
  let found = level;
  if (c == cacheAt(CacheIndex.WALK_UNIFIED)) {
    const levels = e ? load<u32>(e, Entry.LEVELS) : 0;
    const next = stage == 1 ? bits32(levels, Entry.LEVELS_STAGE1) : bits32(levels, Entry.LEVELS_STAGE2);
    found = e ? <i32>next - 1 : start;
    last = found;
    level = 3;
  }
  for (; level >= max(last, 0); level--) {
    tcu(q, PmuEvent.walkCache(stage, level), 1);
    if (!e || level != found) tcu(q, PmuEvent.walkCache(stage, level) + 1, 1);
  }
}

/** A request has to wait for a walk slot. */
export function countBuffered(q: usize): void {
  if (once(q, Machine.COUNTED_BUFFERED)) tcu(q, PmuEvent.BUFFERED, 1);
}
