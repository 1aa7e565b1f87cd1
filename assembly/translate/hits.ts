// Rows that hit, in loops without a call: what is live across a call has its home in memory, and a hit is shorter than that. The loops
// take rows of plain streams of one TBU whose micro TLB is one set of sixteen ways with pseudo-LRU and whose main TLB, when it has
// one, has four ways that no hit moves; the entries are pages of 4 KiB, or these and one larger size, none global, none a fragment.
// A row that is anything else, or misses, ends the loop before anything has changed, and whoever called does it (translate/rows.ts).
// What a row does is what `fastHit` does for it (translate/fast.ts), which is what State.MICRO, State.MAIN, State.TBU_FILL and
// State.FORWARD do; the counts of the caches are summed up and stored at the end. test/equal/ holds them equal.
import { base, region } from '../memory/base';
import { pow2 } from '../memory/bits';
import { add } from '../memory/sum';
import * as Cache from '../abi/cache';
import * as Entry from '../abi/entry';
import * as Header from '../abi/header';
import * as HitPlace from '../abi/hit-place';
import * as StreamMemo from '../abi/stream-memo';
import * as StreamRecord from '../abi/stream-record';
import { printOf, tagAt } from '../tlb/array';
import * as Quiet from '../tlb/quiet';
import { crossesNothing } from './alike';
import * as Columns from './columns';
import { isLineOf, memoAt, substreamOf, TBU_MASK } from './streams';

/** Rows that are looked at together. */
const BLOCK: u32 = 128;
/** Sets and page numbers of larger entries could differ above the tag's 56 bits. */
const MAX_SHIFT: u64 = 34;
const PAGE: u64 = 0xfff;

// The block that was looked at last, and what its rows have in common.
let blockFirst: u32 = 0;
let blockEnd: u32 = 0;
let blockAlike: bool = false;
let blockOfOne: bool = false;
let blockOfKinds: bool = false;
/** Few of the rows done last hit the main TLB. */
let rare: bool = true;

/** Rows may have been written: another call begins, or the machine has run. */
@inline
export function forgetBlock(): void {
  blockEnd = 0;
}

/** Rows [i, end) as far as they are plain hits; gives the row that is not. */
export function hitRows(i: u32, end: u32): u32 {
  const first = (<usize>i) << 2;
  const flags = load<u32>(Columns.flagsAt + first);
  const sid = load<u32>(Columns.streams + first);
  const substream = substreamOf(flags, load<u32>(Columns.substreams + first));
  const m = memoAt(sid, substream);
  if (!isLineOf(m, sid, substream)) return i;
  const c = <usize>load<u32>(m, StreamMemo.MICRO);
  const main = <usize>load<u32>(m, StreamMemo.MAIN);
  const present = load<u64>(c, Cache.SIZES) | load<u64>(main, Cache.SIZES);
  const more = present & ~1;
  if (!(present & 1) || more & (more - 1) || 75 - clz(present) > MAX_SHIFT) return i;
  if (!Quiet.takesMicro(c) || !Quiet.takesMain(main)) return i;
  const key = load<u64>(m, StreamMemo.KEY) & (TBU_MASK | ((<u64>1) << 63));
  while (i < end) {
    if (i < blockFirst || i >= blockEnd || blockEnd > end) lookAt(i, end);
    const stop = blockEnd;
    let done: u32;
    if (blockAlike) {
      // All have one stream, or it is looked up for each.
      if (more) done = blockOfOne ? oneOfTwo(i, stop, key, c, main) : alikeOfTwo(i, stop, key, c, main);
      else if (rare)
        done = blockOfOne ? oneHinted(i, stop, key, c, main) : alikeHinted(i, stop, key, c, main);
      else done = blockOfOne ? oneRows(i, stop, key, c, main) : kindsRows(i, stop, key, c, main);
    } else if (blockOfKinds && !more) {
      done = rare ? kindsHinted(i, stop, key, c, main) : kindsRows(i, stop, key, c, main);
    } else done = more ? mixedOfTwo(i, stop, key, c, main) : mixedRows(i, stop, key, c, main);
    if (done != stop) return done;
    i = stop;
  }
  return i;
}

// Makes the rows from i on the block at hand, and finds out whether they are alike: they have the flags of the first, no SubstreamID,
// a size that crosses nothing and an address in the lower half; and whether they are of one stream. Of kinds they are when they would be
// alike but for the flags of their accesses.
function lookAt(i: u32, end: u32): void {
  blockFirst = i;
  blockEnd = min(i + BLOCK, end);
  blockAlike = false;
  blockOfOne = false;
  blockOfKinds = false;
  const f = Columns.flagsAt + ((<usize>i) << 2);
  const rows = (blockEnd - i) & ~7; // whole vectors of each column
  if (!rows || load<u32>(f) & ~7) return;
  blockEnd = i + rows;
  const sids = Columns.streams + ((<usize>i) << 2);
  const s = Columns.sizes + ((<usize>i) << 1);
  const va = Columns.iovas + ((<usize>i) << 3);
  const flags = i32x4.splat(load<i32>(f));
  const sid = i32x4.splat(load<i32>(sids));
  let other = i64x2.splat(0);
  let others = other;
  let size = other;
  let high = other;
  for (let k: usize = 0; k < <usize>(rows << 2); k += 16) {
    other = v128.or(other, v128.xor(v128.load(f + k), flags));
    others = v128.or(others, v128.xor(v128.load(sids + k), sid));
    high = v128.or(high, v128.or(v128.load(va + (k << 1)), v128.load(va + (k << 1), 16)));
  }
  for (let k: usize = 0; k < <usize>(rows << 1); k += 16) size = v128.or(size, v128.load(s + k));
  if (v128.any_true(v128.or(v128.andnot(other, i32x4.splat(7)), i64x2.shr_u(high, 55)))) return;
  if (v128.any_true(v128.andnot(size, i16x8.splat(1))) && !crossesNothing(i, blockEnd)) return;
  blockOfKinds = v128.any_true(other);
  blockAlike = !blockOfKinds;
  blockOfOne = !v128.any_true(others);
}

// The loops have functions of their own: inlined into one they would share its registers.
function oneRows(i: u32, end: u32, key: u64, c: usize, main: usize): u32 {
  return loop(true, true, false, false, false, i, end, key, c, main);
}
// Where most hit the main TLB it costs little to look at each row's kind.
function kindsRows(i: u32, end: u32, key: u64, c: usize, main: usize): u32 {
  return loop(true, false, false, false, true, i, end, key, c, main);
}
function mixedRows(i: u32, end: u32, key: u64, c: usize, main: usize): u32 {
  return loop(false, false, false, false, false, i, end, key, c, main);
}
function oneHinted(i: u32, end: u32, key: u64, c: usize, main: usize): u32 {
  return loop(true, true, false, true, false, i, end, key, c, main);
}
function alikeHinted(i: u32, end: u32, key: u64, c: usize, main: usize): u32 {
  return loop(true, false, false, true, false, i, end, key, c, main);
}
function kindsHinted(i: u32, end: u32, key: u64, c: usize, main: usize): u32 {
  return loop(true, false, false, true, true, i, end, key, c, main);
}
function oneOfTwo(i: u32, end: u32, key: u64, c: usize, main: usize): u32 {
  return loop(true, true, true, false, false, i, end, key, c, main);
}
function alikeOfTwo(i: u32, end: u32, key: u64, c: usize, main: usize): u32 {
  return loop(true, false, true, false, false, i, end, key, c, main);
}
function mixedOfTwo(i: u32, end: u32, key: u64, c: usize, main: usize): u32 {
  return loop(false, false, true, false, false, i, end, key, c, main);
}

// All bits, or none when x is 0; without a branch, for which it is cannot be foreseen.
@inline
function none(x: u32): i32 {
  return (<i32>x - 1) >> 31;
}

// x where the mask is 0, else y.
@inline
function either(x: u64, y: u64, mask: u64): u64 {
  return x ^ ((x ^ y) & mask);
}

// alike: all rows are, as `lookAt` says; kinds: but for their kinds. one: they are of one stream. two: a second size is present.
// hinted: most pages are in the way of the micro TLB in which they were last (tlb/quiet.ts), so that other tags need no look.
@inline
function loop(
  alike: bool,
  one: bool,
  two: bool,
  hinted: bool,
  kinds: bool,
  i: u32,
  end: u32,
  valid: u64,
  c: usize,
  main: usize,
): u32 {
  const memo = region(base + Header.MEMO);
  const t = tagAt(c, 0);
  const hints = Quiet.hints();
  // Nothing is filled while a way is free, nor without a main TLB to fill from.
  const from = load<u32>(c, Cache.VALID) == Quiet.WAYS && load<u32>(main, Cache.ENTRIES) != 0 ? main : 0;
  const tags = base + <usize>load<u32>(main, Cache.TAGS);
  const shift1 = two ? 75 - clz(load<u64>(c, Cache.SIZES) | load<u64>(main, Cache.SIZES)) : 12;
  const inside1 = two ? pow2(<u32>shift1) - 1 : 0;
  const code1 = (shift1 - 12) << 14;
  const flags0 = load<u32>(Columns.flagsAt + ((<usize>i) << 2));
  const may = pow2(flags0 & 7);
  const sid0 = load<u32>(Columns.streams + ((<usize>i) << 2));
  const m0 = memo + <usize>((sid0 & (StreamMemo.ENTRIES - 1)) * StreamMemo.BYTES);
  if (one && load<u64>(m0, StreamMemo.KEY) != (valid | (<u64>sid0))) return i;
  const context0 = <u64>load<u32>(m0, StreamMemo.CONTEXT);
  let f0 = v128.load(t, Quiet.PRINTS);
  let f1 = v128.load(t, Quiet.PRINTS + 16);
  let tree = load<u32>(t, Quiet.TREE);
  let fromMain: u32 = 0;
  let larger: i32 = 0; // entries of the second size more than before
  const begin = i;
  let va8 = Columns.iovas + ((<usize>i) << 3);
  let sid4 = Columns.streams + ((<usize>i) << 2);
  let pa8 = Columns.pas + ((<usize>i) << 3);
  let status4 = Columns.statuses + ((<usize>i) << 2);
  const last = Columns.iovas + ((<usize>end) << 3);
  const toFlags = Columns.flagsAt - Columns.streams;
  for (; va8 != last; va8 += 8, pa8 += 8, status4 += 4) {
    const va = load<u64>(va8);
    let m = m0;
    let context = context0;
    let allowed = may;
    if (!one) {
      const sid = load<u32>(sid4);
      let key = valid | (<u64>sid);
      let line = sid;
      let odd: u64 = 0;
      if (kinds) allowed = pow2(load<u32>(sid4 + toFlags) & 7);
      if (!alike) {
        const w = sid4 - Columns.streams;
        const flags = load<u32>(Columns.flagsAt + w);
        const substream = substreamOf(flags, load<u32>(Columns.substreams + w));
        key |= ((<u64>(substream >> 31)) << 52) | ((<u64>(substream & 0xfffff)) << 32);
        line ^= substream * 37;
        const size = <u32>load<u16>(Columns.sizes + (w >> 1));
        odd = <u64>(((4096 - size - ((<u32>va) & 0xfff)) >> 31) | (flags & ~15));
        odd |= (<u64>(((<i64>va) >> 55) + 1)) >> 1;
        allowed = pow2(flags & 7);
      }
      m = memo + <usize>((line & (StreamMemo.ENTRIES - 1)) * StreamMemo.BYTES);
      if (odd | (load<u64>(m, StreamMemo.KEY) ^ key)) break;
      context = <u64>load<u32>(m, StreamMemo.CONTEXT);
    }
    const tag0 = Quiet.pageTag(va, context);
    if (hinted) {
      const hint = <usize>load<u8>(Quiet.hintAt(hints, va));
      if (Quiet.tagOfWay(t, hint) == tag0) {
        const hot = load<u64>(Quiet.entryOfWay(t, hint));
        if (!(hot & allowed)) break;
        const at = t + hint;
        tree = (tree & load<u32>(at, Quiet.MASKS)) | load<u32>(at, Quiet.MASKS + 8);
        if (!one) add(<usize>load<u32>(m, StreamMemo.STREAM) + StreamRecord.HIT + 8 * HitPlace.MICRO, 1);
        store<u64>(pa8, (hot & Quiet.ADDRESS) | (va & PAGE));
        store<u32>(status4, (12 << 16) | (HitPlace.MICRO << 24));
        if (!one) sid4 += 4;
        continue;
      }
    }
    const print0 = i16x8.splat(<i16>printOf(tag0));
    let lanes = Quiet.lanesOf(f0, f1, print0);
    let tag = tag0;
    let tag1: u64 = 0;
    let print1 = print0;
    let inside = PAGE;
    let status: u32 = (12 << 16) | (HitPlace.MICRO << 24);
    if (two) {
      tag1 = ((va & ~inside1) << 8) | code1 | context;
      print1 = i16x8.splat(<i16>printOf(tag1));
      // The smaller one answers.
      const other = none(lanes);
      lanes |= Quiet.lanesOf(f0, f1, print1) & other;
      tag = either(tag0, tag1, <u64>(<i64>other));
      inside |= inside1 & (<u64>(<i64>other));
      status += ((<u32>code1) << 2) & other;
    }
    let hot: u64;
    if (lanes) {
      const way = <usize>ctz(lanes);
      if (load<u64>(t + (way << 3)) != tag) break;
      hot = load<u64>(t + way * Entry.BYTES, Quiet.DATA);
      if (!(hot & allowed)) break;
      if (hinted) store<u8>(Quiet.hintAt(hints, va), <u8>(way << 4));
      const at = t + (way << 4);
      tree = (tree & load<u32>(at, Quiet.MASKS)) | load<u32>(at, Quiet.MASKS + 8);
      if (!one) add(<usize>load<u32>(m, StreamMemo.STREAM) + StreamRecord.HIT + 8 * HitPlace.MICRO, 1);
    } else {
      if (!from) break;
      const mix = load<u32>(m, StreamMemo.MIX);
      let row = (<usize>Quiet.setOfMain(from, va, 12, mix)) << 2;
      let ways = Quiet.waysOf(tags + (row << 3), tag0);
      let print = print0;
      let second: i32 = 0;
      if (two) {
        const row1 = (<usize>Quiet.setOfMain(from, va, shift1, mix)) << 2;
        second = none(ways);
        const wide = <u64>(<i64>second);
        ways |= Quiet.waysOf(tags + (row1 << 3), tag1) & second;
        row = row ^ ((row ^ row1) & second);
        tag = either(tag0, tag1, wide);
        inside = PAGE | (inside1 & wide);
        status = ((12 << 16) | (HitPlace.MICRO << 24)) + (((<u32>code1) << 2) & second);
        print = v128.bitselect(print1, print0, i32x4.splat(second));
      }
      if (!ways) break;
      const index = row + <usize>ctz(ways);
      const e = base + <usize>load<u32>(from, Cache.DATA) + index * Entry.BYTES;
      hot = load<u64>(e);
      if (!(hot & allowed)) break;
      // The way that the tree points at, and the tree pointing at the other side of each node on the way to it.
      const step = Quiet.stepOf(tree);
      const victim = Quiet.victimOf(tree, step);
      tree = Quiet.turned(tree, step);
      const to = t + victim * Entry.BYTES;
      v128.store(to, v128.load(e), Quiet.DATA);
      v128.store(to, v128.load(e, 16), Quiet.DATA + 16);
      v128.store(to, v128.load(e, 32), Quiet.DATA + 32);
      if (two) {
        const gone = (<u32>load<u64>(t + (victim << 3))) & 0xfc000;
        larger += (gone == <u32>code1 ? -1 : 0) - second;
      }
      store<u64>(t + (victim << 3), tag);
      const owner = load<u16>(base + <usize>load<u32>(from, Cache.OWNERS) + (index << 1));
      store<u16>(t + (victim << 1), owner, Quiet.OWNERS);
      const lane = i16x8.splat(<i16>victim);
      f0 = v128.bitselect(print, f0, i16x8.eq(lane, i16x8(0, 1, 2, 3, 4, 5, 6, 7)));
      f1 = v128.bitselect(print, f1, i16x8.eq(lane, i16x8(8, 9, 10, 11, 12, 13, 14, 15)));
      fromMain++;
      status += (HitPlace.MAIN - HitPlace.MICRO) << 24;
      if (!one) add(<usize>load<u32>(m, StreamMemo.STREAM) + StreamRecord.HIT + 8 * HitPlace.MAIN, 1);
    }
    store<u64>(pa8, (hot & Quiet.ADDRESS) | (va & inside));
    store<u32>(status4, status);
    if (!one) sid4 += 4;
  }
  v128.store(t, f0, Quiet.PRINTS);
  v128.store(t, f1, Quiet.PRINTS + 16);
  store<u32>(t, tree, Quiet.TREE);
  i = <u32>((va8 - Columns.iovas) >> 3);
  const rows = i - begin;
  rare = fromMain << 3 <= rows;
  if (one) {
    const record = <usize>load<u32>(m0, StreamMemo.STREAM);
    add(record + StreamRecord.HIT + 8 * HitPlace.MICRO, rows - fromMain);
    add(record + StreamRecord.HIT + 8 * HitPlace.MAIN, fromMain);
  }
  add(c + Cache.HITS, rows - fromMain);
  if (fromMain) {
    add(c + Cache.MISSES, fromMain);
    add(c + Cache.FILLS, fromMain);
    add(c + Cache.EVICTIONS, fromMain);
    add(main + Cache.HITS, fromMain);
    if (two) countSizes(c, <u32>(shift1 - 12), larger);
  }
  return i;
}

// The census of Columns.sizes in cache c: entries of size code `code` are `more` more than before, and all others are pages of 4 KiB.
function countSizes(c: usize, code: u32, more: i32): void {
  const counts = base + <usize>load<u32>(c, Cache.SIZE_COUNTS);
  const larger = load<u32>(counts + ((<usize>code) << 2)) + <u32>more;
  const smaller = load<u32>(c, Cache.VALID) - larger;
  store<u32>(counts + ((<usize>code) << 2), larger);
  store<u32>(counts, smaller);
  store<u64>(c, (larger ? pow2(code) : 0) | (smaller ? 1 : 0), Cache.SIZES);
}
