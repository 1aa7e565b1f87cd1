// Rows that hit, in loops without a call: what is live across a call has its home in memory, and a hit is shorter than that. The loops
// take rows of plain streams of one TBU whose micro TLB is one set of sixteen ways with pseudo-LRU and whose main TLB, when it has
// one, has four ways that no hit moves; the entries are pages of 4 KiB, or these and one larger size, none global, none a fragment.
// A row that is anything else, or misses, ends the loop before anything has changed, and whoever called does it (translate/rows.ts).
// What a row does is what `fastHit` does for it (translate/fast.ts), which is what State.MICRO, State.MAIN, State.TBU_FILL and
// State.FORWARD do; the counts of the caches are summed up and stored at the end. test/equal/ holds them equal.
import * as CacheIndex from '../abi/cache-index';
import { base, cacheAt, region } from '../memory/base';
import { pow2 } from '../memory/bits';
import * as Cache from '../abi/cache';
import * as Entry from '../abi/entry';
import * as Header from '../abi/header';
import * as HitPlace from '../abi/hit-place';
import * as StreamMemo from '../abi/stream-memo';
import * as StreamRecord from '../abi/stream-record';
import { ownerAt, payload, printOf, printsAt, tagAt } from '../tlb/array';
import { setState, wayMasks } from '../tlb/replace';
import { isLineOf, memoAt, substreamOf, TBU_MASK } from './streams';

export const WAYS: u32 = 16;
const MAIN_WAYS: u32 = 4;
/** Rows that are looked at together: whether they are alike. */
const BLOCK: u32 = 128;
/** Sets and page numbers of larger entries could differ above the tag's 56 bits. */
const MAX_SHIFT: u64 = 34;
const ADDRESS: u64 = 0x00fffffffffff000;
const PAGE: u64 = 0xfff;

// A micro TLB of sixteen ways lies in one piece (src/core/map.ts), so that one register reaches all of it.
export const DATA: usize = 8 * 16;
export const TREE: usize = DATA + 48 * 16;
const MASKS: usize = TREE + 8 + 8 * 16;
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
export function bindHits(): void {
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
  add(c + Cache.HITS, 1);
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
    load<u32>(c, Cache.INDEX) == Cache.INDEX_MODULO &&
    (policy == Cache.POLICY_ROUND_ROBIN || policy == Cache.POLICY_RANDOM) &&
    plainEntries(c)
  );
}

// The columns, for all loops of a call.
export let iovas: usize = 0;
export let streams: usize = 0;
export let substreams: usize = 0;
export let flagsAt: usize = 0;
export let sizes: usize = 0;
export let pas: usize = 0;
export let statuses: usize = 0;

/** Where the columns of the rows are. */
export function setColumns(
  iova: usize,
  stream: usize,
  substream: usize,
  flag: usize,
  size: usize,
  pa: usize,
  status: usize,
): void {
  iovas = iova;
  streams = stream;
  substreams = substream;
  flagsAt = flag;
  sizes = size;
  pas = pa;
  statuses = status;
}

/** Rows [i, end) as far as they are plain hits; gives the row that is not. */
export function hitRows(i: u32, end: u32): u32 {
  const first = (<usize>i) << 2;
  const flags = load<u32>(flagsAt + first);
  const sid = load<u32>(streams + first);
  const substream = substreamOf(flags, load<u32>(substreams + first));
  const m = memoAt(sid, substream);
  if (!isLineOf(m, sid, substream)) return i;
  const c = <usize>load<u32>(m, StreamMemo.MICRO);
  const main = <usize>load<u32>(m, StreamMemo.MAIN);
  const present = load<u64>(c, Cache.SIZES) | load<u64>(main, Cache.SIZES);
  const more = present & ~1;
  if (!(present & 1) || more & (more - 1) || 75 - clz(present) > MAX_SHIFT) return i;
  if (!takesMicro(c) || !takesMain(main)) return i;
  const key = load<u64>(m, StreamMemo.KEY) & (TBU_MASK | ((<u64>1) << 63));
  while (i < end) {
    const stop = min(i + BLOCK, end);
    let done: u32;
    if (stop - i == BLOCK && alike(i))
      done = more ? alikeOfTwo(i, stop, key, c, main) : alikeRows(i, stop, key, c, main);
    else done = more ? mixedOfTwo(i, stop, key, c, main) : mixedRows(i, stop, key, c, main);
    if (done != stop) return done;
    i = stop;
  }
  return i;
}

// All rows of the block at i have the flags of the first, no SubstreamID, and a size that crosses nothing.
function alike(i: u32): bool {
  const f = flagsAt + ((<usize>i) << 2);
  const s = sizes + ((<usize>i) << 1);
  if (load<u32>(f) & ~7) return false;
  const flags = i32x4.splat(load<i32>(f));
  let other = i64x2.splat(0);
  let size = other;
  for (let k: usize = 0; k < <usize>(BLOCK << 2); k += 16)
    other = v128.or(other, v128.xor(v128.load(f + k), flags));
  for (let k: usize = 0; k < <usize>(BLOCK << 1); k += 16) size = v128.or(size, v128.load(s + k));
  return !v128.any_true(v128.or(other, v128.andnot(size, i16x8.splat(1))));
}

// The loops have functions of their own: inlined into one they would share its registers.
function alikeRows(i: u32, end: u32, key: u64, c: usize, main: usize): u32 {
  return loop(true, false, i, end, key, c, main);
}
function mixedRows(i: u32, end: u32, key: u64, c: usize, main: usize): u32 {
  return loop(false, false, i, end, key, c, main);
}
function alikeOfTwo(i: u32, end: u32, key: u64, c: usize, main: usize): u32 {
  return loop(true, true, i, end, key, c, main);
}
function mixedOfTwo(i: u32, end: u32, key: u64, c: usize, main: usize): u32 {
  return loop(false, true, i, end, key, c, main);
}

@inline
function add(at: usize, n: u32): void {
  store<u64>(at, load<u64>(at) + <u64>n);
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

// alike: all rows have the flags of the first, no SubstreamID and no size. two: a second size is present.
@inline
function loop(alike: bool, two: bool, i: u32, end: u32, valid: u64, c: usize, main: usize): u32 {
  const memo = region(base + Header.MEMO);
  const t = tagAt(c, 0);
  // Nothing is filled while a way is free, nor without a main TLB to fill from.
  const from = load<u32>(c, Cache.VALID) == WAYS && load<u32>(main, Cache.ENTRIES) != 0 ? main : 0;
  const shift1 = two ? 75 - clz(load<u64>(c, Cache.SIZES) | load<u64>(main, Cache.SIZES)) : 12;
  const inside1 = two ? pow2(<u32>shift1) - 1 : 0;
  const code1 = (shift1 - 12) << 14;
  const flags0 = load<u32>(flagsAt + ((<usize>i) << 2));
  let f0 = v128.load(t, PRINTS);
  let f1 = v128.load(t, PRINTS + 16);
  let tree = load<u32>(t, TREE);
  let fromMain: u32 = 0;
  let larger: i32 = 0; // entries of the second size more than before
  const begin = i;
  let va8 = iovas + ((<usize>i) << 3);
  let sid4 = streams + ((<usize>i) << 2);
  let pa8 = pas + ((<usize>i) << 3);
  let status4 = statuses + ((<usize>i) << 2);
  const last = iovas + ((<usize>end) << 3);
  for (; va8 != last; va8 += 8, sid4 += 4, pa8 += 8, status4 += 4) {
    const va = load<u64>(va8);
    const sid = load<u32>(sid4);
    let flags = flags0;
    let key = valid | (<u64>sid);
    let line = sid;
    let odd: u64 = 0;
    if (!alike) {
      const w = sid4 - streams;
      flags = load<u32>(flagsAt + w);
      const substream = substreamOf(flags, load<u32>(substreams + w));
      key |= ((<u64>(substream >> 31)) << 52) | ((<u64>(substream & 0xfffff)) << 32);
      line ^= substream * 37;
      const size = <u32>load<u16>(sizes + (w >> 1));
      odd = <u64>(((4096 - size - ((<u32>va) & 0xfff)) >> 31) | (flags & ~15));
      flags &= 7;
    }
    const m = memo + <usize>((line & (StreamMemo.ENTRIES - 1)) * StreamMemo.BYTES);
    odd |= load<u64>(m, StreamMemo.KEY) ^ key;
    odd |= (<u64>(((<i64>va) >> 55) + 1)) >> 1;
    if (odd) break;
    const context = <u64>load<u32>(m, StreamMemo.CONTEXT);
    const tag0 = ((va & ~PAGE) << 8) | context;
    const print0 = i16x8.splat(<i16>printOf(tag0));
    const lanes0 = lanesOf(f0, f1, print0);
    let lanes = lanes0;
    let tag = tag0;
    let print = print0;
    let tag1: u64 = 0;
    let print1 = print0;
    if (two) {
      tag1 = ((va & ~inside1) << 8) | code1 | context;
      print1 = i16x8.splat(<i16>printOf(tag1));
      // The smaller one answers; without a branch, for which of them it is cannot be foreseen.
      const lanes1 = lanesOf(f0, f1, print1);
      lanes = lanes0 ? lanes0 : lanes1;
      tag = lanes0 ? tag0 : tag1;
    }
    let hot: u64;
    let status: u32 = (12 << 16) | (HitPlace.MICRO << 24);
    let inside = PAGE;
    if (lanes) {
      const way = <usize>ctz(lanes);
      if (load<u64>(t + (way << 3)) != tag) break;
      hot = load<u64>(t + way * Entry.BYTES, DATA);
      if (!((hot >> (<u64>flags)) & 1)) break;
      if (two) {
        inside = lanes0 ? PAGE : inside1;
        status += lanes0 ? 0 : (<u32>code1) << 2;
      }
      const at = t + (way << 4);
      tree = (tree & load<u32>(at, MASKS)) | load<u32>(at, MASKS + 8);
      add(<usize>load<u32>(m, StreamMemo.STREAM) + StreamRecord.HIT + 8 * HitPlace.MICRO, 1);
    } else {
      if (!from) break;
      const sets = load<u32>(from, Cache.SET_MASK);
      const tags = base + <usize>load<u32>(from, Cache.TAGS);
      let row = (<usize>((<u32>(va >> 12)) & sets)) << 2;
      let ways = waysOf(tags + (row << 3), tag0);
      let second: u32 = 0;
      if (two) {
        const row1 = (<usize>((<u32>(va >> shift1)) & sets)) << 2;
        const ways1 = waysOf(tags + (row1 << 3), tag1);
        second = ways ? 0 : 1;
        row = ways ? row : row1;
        tag = ways ? tag0 : tag1;
        inside = ways ? PAGE : inside1;
        status += ways ? 0 : (<u32>code1) << 2;
        print = v128.bitselect(print0, print1, i32x4.splat(ways ? -1 : 0));
        ways = ways ? ways : ways1;
      }
      if (!ways) break;
      const index = row + <usize>ctz(ways);
      const e = base + <usize>load<u32>(from, Cache.DATA) + index * Entry.BYTES;
      hot = load<u64>(e);
      if (!((hot >> (<u64>flags)) & 1)) break;
      // The way that the tree points at, and the tree pointing at the other side of each node on the way to it.
      const step = load<u32>(region(base + Header.TREE16) + ((<usize>(tree & 0xfe)) << 1));
      const pair = step >> 16;
      const bit = (tree >> (8 + pair)) & 1;
      const victim = <usize>((pair << 1) | bit);
      tree ^= (step & 0xffff) | (1 << (8 + pair));
      const to = t + victim * Entry.BYTES;
      v128.store(to, v128.load(e), DATA);
      v128.store(to, v128.load(e, 16), DATA + 16);
      v128.store(to, v128.load(e, 32), DATA + 32);
      if (two) {
        const gone = (<u32>load<u64>(t + (victim << 3))) & 0xfc000;
        larger += <i32>second - (gone == <u32>code1 ? 1 : 0);
      }
      store<u64>(t + (victim << 3), tag);
      const owner = load<u16>(base + <usize>load<u32>(from, Cache.OWNERS) + (index << 1));
      store<u16>(t + (victim << 1), owner, OWNERS);
      const lane = i16x8.splat(<i16>victim);
      f0 = v128.bitselect(print, f0, i16x8.eq(lane, i16x8(0, 1, 2, 3, 4, 5, 6, 7)));
      f1 = v128.bitselect(print, f1, i16x8.eq(lane, i16x8(8, 9, 10, 11, 12, 13, 14, 15)));
      fromMain++;
      status += (HitPlace.MAIN - HitPlace.MICRO) << 24;
      add(<usize>load<u32>(m, StreamMemo.STREAM) + StreamRecord.HIT + 8 * HitPlace.MAIN, 1);
    }
    store<u64>(pa8, (hot & ADDRESS) | (va & inside));
    store<u32>(status4, status);
  }
  v128.store(t, f0, PRINTS);
  v128.store(t, f1, PRINTS + 16);
  store<u32>(t, tree, TREE);
  i = <u32>((va8 - iovas) >> 3);
  add(c + Cache.HITS, i - begin - fromMain);
  if (fromMain) {
    add(c + Cache.MISSES, fromMain);
    add(c + Cache.FILLS, fromMain);
    add(c + Cache.EVICTIONS, fromMain);
    add(main + Cache.HITS, fromMain);
    if (two) countSizes(c, <u32>(shift1 - 12), larger);
  }
  return i;
}

// The census of sizes in cache c: entries of size code `code` are `more` more than before, and all others are pages of 4 KiB.
function countSizes(c: usize, code: u32, more: i32): void {
  const counts = base + <usize>load<u32>(c, Cache.SIZE_COUNTS);
  const larger = load<u32>(counts + ((<usize>code) << 2)) + <u32>more;
  const smaller = load<u32>(c, Cache.VALID) - larger;
  store<u32>(counts + ((<usize>code) << 2), larger);
  store<u32>(counts, smaller);
  store<u64>(c, (larger ? pow2(code) : 0) | (smaller ? 1 : 0), Cache.SIZES);
}
