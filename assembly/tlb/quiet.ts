// TLBs of the shapes that loops know, which hold several of them in locals: a micro TLB that is one set of sixteen ways with pseudo-LRU
// and lies in one piece, a main TLB or walk cache of four ways that no hit moves. Every entry of theirs is plain: neither global nor a fragment,
// and in a TLB tagged by stream. What is done here is what `find`, `noteUse`, `pickVictim`, `placeAbsent` and `fillReady` do.
import * as Ahead from '../abi/ahead';
import * as Cache from '../abi/cache';
import * as CacheIndex from '../abi/cache-index';
import * as Entry from '../abi/entry';
import * as Header from '../abi/header';
import { base, cacheAt, region } from '../memory/base';
import { pow2 } from '../memory/bits';
import { add } from '../memory/sum';
import { ownerAt, payload, printOf, printsAt, tagAt } from './array';
import { folded } from './index-mix';
import { makeTag } from './lookup';
import { nextRandom, roundRobin, setState, wayMasks } from './replace';

export const WAYS: u32 = 16;
const MAIN_WAYS: u32 = 4;
const PAGE: u64 = 0xfff;
const ADDRESS_MASK: u64 = (1 << 56) - 1;
/** Entry.PA_ADDRESS in its place. */
export const ADDRESS: u64 = 0x00fffffffffff000;

// A micro TLB of sixteen ways lies in one piece (src/core/map.ts), so that one register reaches all of it.
export const DATA: usize = 8 * 16;
export const TREE: usize = DATA + 48 * 16;
export const MASKS: usize = TREE + 8 + 8 * 16;
export const PRINTS: usize = TREE + 400;
export const OWNERS: usize = PRINTS + 2 * 16;

@inline
function inOnePiece(c: usize): bool {
  const t = tagAt(c, 0);
  return (
    payload(c, 0) == t + DATA &&
    setState(c, 0) == t + TREE &&
    wayMasks(c, 0) == t + MASKS &&
    printsAt(c, 0) == t + PRINTS &&
    ownerAt(c, 0) == t + OWNERS
  );
}

@inline
function plainEntries(c: usize): bool {
  return (
    load<u32>(c, Cache.TAG_KIND) == Cache.TAG_STREAM &&
    (load<u32>(c, Cache.GLOBALS) | load<u32>(c, Cache.FRAGMENTS)) == 0
  );
}

/** Marks the micro TLBs whose shape the loops know, and links the caches that exist. Once, when an instance is bound to its region. */
export function bindQuiet(): void {
  memory.fill(hints(), 0, Ahead.HINT_COUNT);
  const n = load<u32>(base, Header.CACHES);
  let next: u32 = 0;
  for (let k = n - 1; k > <u32>CacheIndex.CONFIG; k--) {
    store<u32>(cacheAt(k), next, Cache.NEXT);
    if (load<u32>(cacheAt(k), Cache.ENTRIES)) next = k;
  }
  store<u32>(cacheAt(CacheIndex.CONFIG), next, Cache.NEXT);
  for (let k: u32 = CacheIndex.TBU; k < n; k += 2) {
    const c = cacheAt(k);
    const quiet =
      load<u32>(c, Cache.ENTRIES) == WAYS &&
      load<u32>(c, Cache.WAYS) == WAYS &&
      load<u32>(c, Cache.POLICY) == Cache.POLICY_PLRU &&
      load<u32>(c, Cache.TAG_KIND) == Cache.TAG_STREAM &&
      inOnePiece(c);
    store<u32>(c, quiet ? 1 : 0, Cache.QUIET);
  }
}

/** The loops know such a micro TLB, and nothing in it is unusual. */
@inline
export function takesMicro(c: usize): bool {
  return load<u32>(c, Cache.QUIET) != 0 && (load<u32>(c, Cache.GLOBALS) | load<u32>(c, Cache.FRAGMENTS)) == 0;
}

/** Hints of the ways in which pages are: a byte each, 16 times the way, with time on the way. Believed when the tag is there. */
@inline
export function hints(): usize {
  return region(base + Header.AHEAD) + Ahead.HINTS;
}

/** The hint for the page of va. */
@inline
export function hintAt(all: usize, va: u64): usize {
  return all + <usize>((<u32>(va >> 12)) & (Ahead.HINT_COUNT - 1));
}

/** The tag of a hint's way, of tags at t. */
@inline
export function tagOfWay(t: usize, hint: usize): u64 {
  return load<u64>(t + (hint >> 1));
}

/** Its entry. */
@inline
export function entryOfWay(t: usize, hint: usize): usize {
  return t + DATA + 3 * hint;
}

/** The hint of the way of an entry. */
@inline
export function hintOfEntry(t: usize, e: usize): usize {
  return (e - t - DATA) / 3;
}

/** The tag of a page of 4 KiB in a TLB tagged by stream. */
@inline
export function pageTag(va: u64, context: u64): u64 {
  return ((va & ~PAGE) << 8) | context;
}

/** A hit in the way of a hint: counted, and the policy told. */
@inline
export function noteHit(c: usize, t: usize, hint: usize): void {
  const masks = t + hint;
  store<u32>(t, (load<u32>(t, TREE) & load<u32>(masks, MASKS)) | load<u32>(masks, MASKS + 8), TREE);
  store<u64>(c, load<u64>(c, Cache.HITS) + 1, Cache.HITS);
}

/**
 * The entry of such a micro TLB, c with its tags at t, that answers an access to a page of 4 KiB; the look-up is counted and the policy
 * told. 0: another way, nothing has changed. `context`: number of the stream.
 */
@inline
export function quietHitAt(c: usize, t: usize, context: u64, va: u64, flags: u32): usize {
  // Sizes are tried from the smallest on, and this is the smallest.
  const tag = pageTag(va, context);
  const lanes = lanesOf(v128.load(t, PRINTS), v128.load(t, PRINTS + 16), i16x8.splat(<i16>printOf(tag)));
  if (!lanes || <u64>(((<i64>va) >> 55) + 1) > 1) return 0;
  const way = <usize>ctz(lanes);
  const e = t + DATA + way * Entry.BYTES;
  if (load<u64>(t + (way << 3)) != tag || !((load<u64>(e, Entry.PA) >> (<u64>(flags & 7))) & 1)) return 0;
  noteHit(c, t, way << 4);
  return e;
}

/** The same for any micro TLB c. */
@inline
export function quietHit(c: usize, context: u32, va: u64, flags: u32): usize {
  return load<u32>(c, Cache.QUIET) ? quietHitAt(c, tagAt(c, 0), <u64>context, va, flags) : 0;
}

/** The cache is there, has four ways, and no hit moves them. */
@inline
export function ofFour(c: usize): bool {
  const policy = load<u32>(c, Cache.POLICY);
  return (
    load<u32>(c, Cache.WAYS) == MAIN_WAYS &&
    load<u32>(c, Cache.SET_MASK) != u32.MAX_VALUE &&
    (policy == Cache.POLICY_ROUND_ROBIN || policy == Cache.POLICY_RANDOM)
  );
}

/** The loops know such a main TLB, or none. */
@inline
export function takesMain(c: usize): bool {
  if (!load<u32>(c, Cache.ENTRIES)) return true;
  return ofFour(c) && plainEntries(c);
}

/** Entries of no other size than log2 `size` are there, and all are plain. */
@inline
export function onlyOfSize(c: usize, size: u64): bool {
  return (
    (load<u64>(c, Cache.SIZES) & ~pow2(<u32>size - 12)) == 0 &&
    (load<u32>(c, Cache.GLOBALS) | load<u32>(c, Cache.FRAGMENTS)) == 0
  );
}

/** The ways of a row of four that carry the tag. */
@inline
export function waysOf(tags: usize, tag: u64): u32 {
  const wanted = i64x2.splat(<i64>tag);
  return (
    i64x2.bitmask(i64x2.eq(v128.load(tags), wanted)) |
    (i64x2.bitmask(i64x2.eq(v128.load(tags, 16), wanted)) << 2)
  );
}

/** The ways of sixteen that have the print. */
@inline
export function lanesOf(f0: v128, f1: v128, print: v128): u32 {
  return i8x16.bitmask(i8x16.narrow_i16x8_s(i16x8.eq(f0, print), i16x8.eq(f1, print)));
}

/** What a fill does to a tree of sixteen ways, as `makeTree16` has it: the nodes on the way to the victim, and its pair of ways. */
@inline
export function stepOf(tree: u32): u32 {
  return load<u32>(region(base + Header.TREE16) + ((<usize>(tree & 0xfe)) << 1));
}

/** The way that the tree points at. */
@inline
export function victimOf(tree: u32, step: u32): usize {
  const pair = step >> 16;
  return <usize>((pair << 1) | ((tree >> (8 + pair)) & 1));
}

/** The tree pointing at the other side of each node on the way to its victim. */
@inline
export function turned(tree: u32, step: u32): u32 {
  return tree ^ ((step & 0xffff) | (1 << (8 + (step >> 16))));
}

/** The set of an address in such a main TLB: `setOf`. `mix`: StreamMemo.MIX. */
@inline
export function setOfMain(c: usize, va: u64, size: u64, mix: u32): u32 {
  let page = (va & ADDRESS_MASK) >> size;
  if (load<u32>(c, Cache.INDEX) == Cache.INDEX_HASH) page = folded(page);
  return ((<u32>page) ^ mix) & load<u32>(c, Cache.SET_MASK);
}

/** The row of four that an address has in a walk cache: `setOf`. `hash`: Config.HASH. */
@inline
export function rowOfWalk(c: usize, va: u64, size: u64, hash: u32): usize {
  const mix = load<u32>(c, Cache.INDEX) == Cache.INDEX_MODULO ? 0 : hash;
  return (<usize>setOfMain(c, va, size, mix)) << 2;
}

// An invalid way is filled with an entry of size code `code`: `placeAbsent`.
@inline
function noteInsertion(c: usize, code: u32): void {
  const counts = base + <usize>load<u32>(c, Cache.SIZE_COUNTS) + ((<usize>code) << 2);
  store<u32>(counts, load<u32>(counts) + 1);
  store<u64>(c, load<u64>(c, Cache.SIZES) | pow2(code), Cache.SIZES);
  store<u32>(c, load<u32>(c, Cache.VALID) + 1, Cache.VALID);
  add(c + Cache.INSERTIONS);
}

@inline
function put(to: usize, v0: v128, v1: v128, v2: v128): void {
  v128.store(to, v0);
  v128.store(to, v1, 16);
  v128.store(to, v2, 32);
}

/**
 * An entry, v0 to v2, of a tag that a cache of four ways does not hold, into row `row` of it: `placeAbsent` and `fillReady`, but for
 * Cache.FILLS. All entries are of size code `code` and plain.
 */
@inline
export function fillFour(
  c: usize,
  row: usize,
  tag: u64,
  code: u32,
  owner: u32,
  v0: v128,
  v1: v128,
  v2: v128,
): void {
  const tags = base + <usize>load<u32>(c, Cache.TAGS);
  const free = load<u32>(c, Cache.VALID) == load<u32>(c, Cache.ENTRIES) ? 0 : waysOf(tags + (row << 3), 0);
  let at = row;
  if (free) {
    at += <usize>ctz(free);
    noteInsertion(c, code);
  } else {
    at += victimOfMain(c, <u32>(row >> 2));
    add(c + Cache.EVICTIONS);
  }
  store<u64>(tags + (at << 3), tag);
  store<u16>(base + <usize>load<u32>(c, Cache.OWNERS) + (at << 1), <u16>owner);
  put(base + <usize>load<u32>(c, Cache.DATA) + at * Entry.BYTES, v0, v1, v2);
}

/** The same in a walk cache, for the page of log2 `size` of va; `context` is its owner too. */
@inline
export function fillWalk(
  c: usize,
  va: u64,
  size: u64,
  context: u64,
  hash: u32,
  v0: v128,
  v1: v128,
  v2: v128,
): void {
  const row = rowOfWalk(c, va, size, hash);
  fillFour(c, row, makeTag(va, <u32>size, <u32>context), <u32>size - 12, <u32>context, v0, v1, v2);
}

/** The same in a micro TLB of pages of 4 KiB whose tags stand at t and prints in f0 and f1; `print`: that of the tag. */
@inline
export function fillMicro(
  c: usize,
  t: usize,
  f0: v128,
  f1: v128,
  print: v128,
  tag: u64,
  owner: u32,
  v0: v128,
  v1: v128,
  v2: v128,
): void {
  let tree = load<u32>(t, TREE);
  let way: usize;
  if (load<u32>(c, Cache.VALID) == WAYS) {
    const step = stepOf(tree);
    way = victimOf(tree, step);
    tree = turned(tree, step);
    add(c + Cache.EVICTIONS);
  } else {
    way = <usize>ctz(lanesOf(f0, f1, i64x2.splat(0)));
    const masks = t + (way << 4);
    tree = (tree & load<u32>(masks, MASKS)) | load<u32>(masks, MASKS + 8);
    noteInsertion(c, 0);
  }
  store<u32>(t, tree, TREE);
  put(t + DATA + way * Entry.BYTES, v0, v1, v2);
  store<u64>(t + (way << 3), tag);
  store<u16>(t + (way << 1), <u16>owner, OWNERS);
  const lane = i16x8.splat(<i16>way);
  v128.store(t, v128.bitselect(print, f0, i16x8.eq(lane, i16x8(0, 1, 2, 3, 4, 5, 6, 7))), PRINTS);
  v128.store(t, v128.bitselect(print, f1, i16x8.eq(lane, i16x8(8, 9, 10, 11, 12, 13, 14, 15))), PRINTS + 16);
}

/** The way that a full set of such a main TLB gives up. */
@inline
function victimOfMain(main: usize, set: u32): usize {
  if (load<u32>(main, Cache.POLICY) == Cache.POLICY_RANDOM) return <usize>((nextRandom() >> 32) & 3);
  const counter = roundRobin(main, set);
  const next = (load<u32>(counter) + 1) & 3;
  store<u32>(counter, next);
  return <usize>next;
}
