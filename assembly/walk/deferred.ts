// Hardware updates that a speculative read holds back until it is known to succeed (IHI 0070 §3.14). Its walk is that of any
// other read: what it would have written it sees when it reads there again, so that it decides as if memory had changed.
import { base, region, requestAt } from '../memory/base';
import { busFault, cas64, read64 } from '../memory/bus';
import * as Deferred from '../abi/deferred';
import * as Header from '../abi/header';
import * as Request from '../abi/request';
import * as Machine from '../request/machine';

const ADDRESS: u64 = 0x00ffffffffffffff;
const LEVEL_SHIFT: u64 = 56;
const BIG_ENDIAN: u64 = 1 << 62;
const STAGE_2: u64 = 1 << 63;

/** Which descriptor is updated, in one word: its stage, level, byte order and physical address. */
@inline
export function descriptorPlace(stage: u32, level: i32, big: bool, pa: u64): u64 {
  const how = (stage == 2 ? STAGE_2 : 0) | (big ? BIG_ENDIAN : 0);
  return pa | ((<u64>(level + 1)) << LEVEL_SHIFT) | how;
}

@inline
export function placeAddress(place: u64): u64 {
  return place & ADDRESS;
}

@inline
export function placeStage(place: u64): u32 {
  return place & STAGE_2 ? 2 : 1;
}

@inline
export function placeLevel(place: u64): i32 {
  return <i32>((place >> LEVEL_SHIFT) & 7) - 1;
}

@inline
export function placeBigEndian(place: u64): bool {
  return (place & BIG_ENDIAN) != 0;
}

// The list of a request block: those of the fixed blocks first, then those of the pool.
function listOf(q: usize): usize {
  const first = requestAt(Request.MAIN);
  const fixed = q - first;
  const i =
    fixed < 2 * <usize>Request.BYTES
      ? fixed / <usize>Request.BYTES
      : 2 + (q - region(base + Header.POOL)) / <usize>Request.POOL_STRIDE;
  return region(base + Header.DEFERRED) + i * <usize>Deferred.BYTES;
}

@inline
function entryAt(list: usize, i: u32): usize {
  return list + Deferred.ENTRIES + <usize>(i * Deferred.UPDATE_BYTES);
}

// The update of the word at pa, or 0.
function findEntry(list: usize, n: u32, pa: u64): usize {
  for (let i: u32 = 0; i < n; i++) {
    const u = entryAt(list, i);
    if (placeAddress(load<u64>(u, Deferred.UPDATE_PLACE)) == pa) return u;
  }
  return 0;
}

/** What the walk of q sees at pa, where memory holds `raw`. */
export function seenAt(q: usize, pa: u64, raw: u64): u64 {
  const n = load<u32>(q, Machine.DEFERRED);
  if (!n) return raw;
  const u = findEntry(listOf(q), n, pa);
  return u ? load<u64>(u, Deferred.UPDATE_WANTED) : raw;
}

/** The same for a structure of so many bytes, which has been copied to `at`. */
export function seenWords(q: usize, pa: u64, at: usize, bytes: u32): void {
  for (let i: u32 = 0; i < bytes; i += 8)
    store<u64>(at + <usize>i, seenAt(q, pa + <u64>i, load<u64>(at + <usize>i)));
}

/** As `cas64` for what the walk of q sees: 1 the update will be made, 0 something else stands there, -1 external abort. */
export function defer(q: usize, place: u64, found: u64, wanted: u64): i32 {
  const pa = placeAddress(place);
  const n = load<u32>(q, Machine.DEFERRED);
  const list = listOf(q);
  const before = findEntry(list, n, pa);
  if (before) {
    if (load<u64>(before, Deferred.UPDATE_WANTED) != found) return 0;
    store<u64>(before, wanted, Deferred.UPDATE_WANTED);
    return 1;
  }
  const now = read64(pa);
  // More than a walk has descriptors: its tables change all the time, and it ends as one that memory does not let be updated.
  if (busFault || n >= <u32>Deferred.MAX) return -1;
  if (now != found) return 0;
  const u = entryAt(list, n);
  store<u64>(u, place, Deferred.UPDATE_PLACE);
  store<u64>(u, found, Deferred.UPDATE_FOUND);
  store<u64>(u, wanted, Deferred.UPDATE_WANTED);
  store<u32>(q, n + 1, Machine.DEFERRED);
  return 1;
}

/** The walk has succeeded: its updates will be made, and it goes on at `next`. */
export function beginCommit(q: usize, next: u32): void {
  const list = listOf(q);
  store<u32>(list, next, Deferred.AFTER);
  store<u32>(list, 0, Deferred.DONE);
}

/** The step after the commit. */
export function afterCommit(q: usize): u32 {
  return load<u32>(listOf(q), Deferred.AFTER);
}

/** The place of the update whose access comes next. */
export function nextDeferred(q: usize): u64 {
  const list = listOf(q);
  return load<u64>(entryAt(list, load<u32>(list, Deferred.DONE)), Deferred.UPDATE_PLACE);
}

/** The access of an update has taken its time; true: it was the last one. */
export function lastAccess(q: usize): bool {
  const list = listOf(q);
  const done = load<u32>(list, Deferred.DONE) + 1;
  store<u32>(list, done, Deferred.DONE);
  return done >= load<u32>(q, Machine.DEFERRED);
}

/** The place of update i of q, and what is written there. */
export function deferredPlace(q: usize, i: u32): u64 {
  return load<u64>(entryAt(listOf(q), i), Deferred.UPDATE_PLACE);
}

export function deferredValue(q: usize, i: u32): u64 {
  return load<u64>(entryAt(listOf(q), i), Deferred.UPDATE_WANTED);
}

/** All updates of q reach memory, or none does: 1 made, 0 one of the descriptors has changed meanwhile, -1 external abort. */
export function applyDeferred(q: usize): i32 {
  const list = listOf(q);
  const n = load<u32>(q, Machine.DEFERRED);
  for (let i: u32 = 0; i < n; i++) {
    const u = entryAt(list, i);
    const done = cas64(
      placeAddress(load<u64>(u, Deferred.UPDATE_PLACE)),
      load<u64>(u, Deferred.UPDATE_FOUND),
      load<u64>(u, Deferred.UPDATE_WANTED),
    );
    if (done > 0) continue;
    failedAt = i;
    takeBack(list, i);
    return done;
  }
  return 1;
}

/** The update at which the last `applyDeferred` failed. */
export let failedAt: u32 = 0;

// Undoes the first n updates, the last one first.
function takeBack(list: usize, n: u32): void {
  while (n) {
    n--;
    const u = entryAt(list, n);
    cas64(
      placeAddress(load<u64>(u, Deferred.UPDATE_PLACE)),
      load<u64>(u, Deferred.UPDATE_WANTED),
      load<u64>(u, Deferred.UPDATE_FOUND),
    );
  }
}
