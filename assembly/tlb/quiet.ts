// TLBs of the shapes that loops know, which hold several of them in locals: a micro TLB that is one set of sixteen ways with pseudo-LRU
// and lies in one piece, a main TLB of four ways that no hit moves. Every entry of theirs is plain: tagged by stream, neither global nor a
// fragment. What is done here is what `find`, `noteUse` and `pickVictim` do.
import * as Cache from '../abi/cache';
import * as CacheIndex from '../abi/cache-index';
import * as Entry from '../abi/entry';
import * as Header from '../abi/header';
import { base, cacheAt, region } from '../memory/base';
import { ownerAt, payload, printOf, printsAt, tagAt } from './array';
import { folded } from './index-mix';
import { nextRandom, roundRobin, setState, wayMasks } from './replace';

export const WAYS: u32 = 16;
const MAIN_WAYS: u32 = 4;
const PAGE: u64 = 0xfff;
const ADDRESS_MASK: u64 = (1 << 56) - 1;

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

/** Marks the micro TLBs whose shape the loops know. Once, when an instance is bound to its region. */
export function bindQuiet(): void {
  const n = load<u32>(base, Header.CACHES);
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

/**
 * The entry of such a micro TLB, c, that answers an access to a page of 4 KiB; the look-up is counted and the policy told. 0: another
 * way, nothing has changed. `context`: number of the stream.
 */
@inline
export function quietHit(c: usize, context: u32, va: u64, flags: u32): usize {
  // Sizes are tried from the smallest on, and here is only one.
  if (!load<u32>(c, Cache.QUIET) || load<u64>(c, Cache.SIZES) != 1) return 0;
  const t = tagAt(c, 0);
  const tag = ((va & ~PAGE) << 8) | (<u64>context);
  const lanes = lanesOf(v128.load(t, PRINTS), v128.load(t, PRINTS + 16), i16x8.splat(<i16>printOf(tag)));
  if (!lanes || <u64>(((<i64>va) >> 55) + 1) > 1) return 0;
  const way = <usize>ctz(lanes);
  const e = t + DATA + way * Entry.BYTES;
  if (load<u64>(t + (way << 3)) != tag || !((load<u64>(e, Entry.PA) >> (<u64>(flags & 7))) & 1)) return 0;
  const masks = t + (way << 4);
  store<u32>(t, (load<u32>(t, TREE) & load<u32>(masks, MASKS)) | load<u32>(masks, MASKS + 8), TREE);
  store<u64>(c, load<u64>(c, Cache.HITS) + 1, Cache.HITS);
  return e;
}

/** The loops know such a main TLB, or none. */
@inline
export function takesMain(c: usize): bool {
  if (!load<u32>(c, Cache.ENTRIES)) return true;
  const policy = load<u32>(c, Cache.POLICY);
  return (
    load<u32>(c, Cache.WAYS) == MAIN_WAYS &&
    load<u32>(c, Cache.SET_MASK) != u32.MAX_VALUE &&
    (policy == Cache.POLICY_ROUND_ROBIN || policy == Cache.POLICY_RANDOM) &&
    plainEntries(c)
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

/** The way that a full set of such a main TLB gives up. */
@inline
export function victimOfMain(main: usize, set: u32): usize {
  if (load<u32>(main, Cache.POLICY) == Cache.POLICY_RANDOM) return <usize>((nextRandom() >> 32) & 3);
  const counter = roundRobin(main, set);
  const next = (load<u32>(counter) + 1) & 3;
  store<u32>(counter, next);
  return <usize>next;
}
