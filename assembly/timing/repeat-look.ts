// Rows that a stretch skips (repeat.ts) are looked up, and the policy is told: whether they are alike, what they hit, what they find.
import * as Cache from '../abi/cache';
import * as Entry from '../abi/entry';
import * as Flag from '../abi/flag';
import * as HitPlace from '../abi/hit-place';
import * as StreamMemo from '../abi/stream-memo';
import * as Quiet from '../tlb/quiet';
import { payload, printOf, printsAt, tagAt, touch } from '../tlb/array';
import { streamMix } from '../tlb/index-mix';
import { find, makeTag } from '../tlb/lookup';
import * as Fast from '../translate/fast';
import { isLineOf, memoAt, substreamOf } from '../translate/streams';
import { answeredBy } from '../walk/hit';
import * as RepeatColumns from './repeat-columns';

const ALIKE_FLAGS: u32 = Fast.FAST_FLAGS & ~Flag.WRITE;

/** Rows from x on, and before `end`, that are offered as soon as they may be, and reads that the memo knows; gives the first other. */
export function alike(x: u32, end: u32, most: u64): u32 {
  for (; x < end; x++) {
    const w = (<usize>x) << 2;
    const d = (<usize>x) << 3;
    const flags = load<u32>(RepeatColumns.flagsAt + w);
    const sid = load<u32>(RepeatColumns.streams + w);
    const substream = substreamOf(flags, load<u32>(RepeatColumns.substreams + w));
    if (
      flags & ~ALIKE_FLAGS ||
      ((<u32>load<u64>(RepeatColumns.iovas + d)) & 0xfff) + <u32>load<u16>(RepeatColumns.sizes + (w >> 1)) >
        4096 ||
      load<u64>(RepeatColumns.arrivals + d) > most ||
      !isLineOf(memoAt(sid, substream), sid, substream)
    )
      break;
  }
  return x;
}

// The entry of micro TLB c that row x hits, which lets it pass; 0: none. Nothing changes.
export function entryOfRow(c: usize, x: u32): usize {
  const w = (<usize>x) << 2;
  const flags = load<u32>(RepeatColumns.flagsAt + w);
  const sid = load<u32>(RepeatColumns.streams + w);
  const substream = substreamOf(flags, load<u32>(RepeatColumns.substreams + w));
  const m = memoAt(sid, substream);
  const va = load<u64>(RepeatColumns.iovas + ((<usize>x) << 3));
  const mix = load<u32>(c, Cache.SETS) == 1 ? 0 : <u64>streamMix(c, sid, substream);
  const i = find(c, va, load<u32>(m, StreamMemo.CONTEXT), 0, mix);
  if (i < 0) return 0;
  const e = payload(c, i);
  return Fast.passes(e, flags) ? e : 0;
}

// The ways whose prints are that of a tag.
@inline
function hitsOf(prints: usize, lanes: usize, tag: u64): u64 {
  const wanted = i16x8.splat(<i16>printOf(tag));
  let hits: u64 = 0;
  for (let at: usize = 0; at < lanes; at += 32) {
    const found = i8x16.narrow_i16x8_s(
      i16x8.eq(v128.load(prints + at), wanted),
      i16x8.eq(v128.load(prints + at, 16), wanted),
    );
    const lanesHit = <u32>i8x16.bitmask(found);
    hits |= (<u64>lanesHit) << ((<u64>at) >> 1);
  }
  return hits;
}

// Rows from `first` on are looked up, as far as nobody can tell: their output into the columns, their entries to `entries`; gives how
// many of `count` hit. `one`: all are of the stream and have the flags of the first.
@inline
function look(one: bool, c: usize, first: u32, count: u32, entries: usize): u32 {
  // The usual micro TLB in one loop: one set of 16 or 32 ways, entries of one size or two, none global.
  const present = load<u64>(c, Cache.SIZES);
  const larger = present & (present - 1);
  const many = load<u32>(c, Cache.LANES);
  const quick = load<u32>(c, Cache.SETS) == 1 && (many == 16 || many == 32) && !(larger & (larger - 1));
  const shift0 = ctz(present) + Entry.SPAN_MIN;
  const shift1 = larger ? ctz(larger) + Entry.SPAN_MIN : shift0;
  const two = shift1 != shift0;
  const t = tagAt(c, 0);
  const prints = printsAt(c, 0);
  const lanes = (<usize>load<u32>(c, Cache.LANES)) << 1;
  const data = payload(c, 0);
  const flags0 = load<u32>(RepeatColumns.flagsAt + ((<usize>first) << 2));
  const context0 = load<u32>(RepeatColumns.lineOf(first), StreamMemo.CONTEXT);
  for (let x: u32 = 0; x < count; x++) {
    let e: usize = 0;
    const d = (<usize>(first + x)) << 3;
    const va = load<u64>(RepeatColumns.iovas + d);
    if (quick) {
      const flags = one ? flags0 : load<u32>(RepeatColumns.flagsAt + (d >> 1));
      const context = one ? context0 : load<u32>(RepeatColumns.lineOf(first + x), StreamMemo.CONTEXT);
      let tag = makeTag(va, <u32>shift0, context);
      let hits = hitsOf(prints, lanes, tag);
      if (two) {
        // The smaller one answers; without a branch, for which it is cannot be foreseen.
        const other = makeTag(va, <u32>shift1, context);
        const none = <u64>((<i64>hits - 1) >> 63);
        hits |= hitsOf(prints, lanes, other) & none;
        tag ^= (tag ^ other) & none;
      }
      if (hits) {
        const way = <usize>ctz(hits);
        if (load<u64>(t + (way << 3)) == tag && <u64>(((<i64>va) >> 55) + 1) <= 1) {
          e = data + way * Entry.BYTES;
          if (!Fast.passes(e, flags)) return x;
        }
      }
    }
    if (!e) e = entryOfRow(c, first + x);
    if (!e) return x;
    store<u32>(entries + ((<usize>x) << 2), <u32>e);
    store<u64>(RepeatColumns.pas + d, Fast.hitAddress(e, va));
    store<u32>(RepeatColumns.statuses + (d >> 1), Fast.hitStatus(e, answeredBy(e, HitPlace.MICRO)));
  }
  return count;
}

export function lookOne(c: usize, first: u32, count: u32, entries: usize): u32 {
  return look(true, c, first, count, entries);
}

export function lookAny(c: usize, first: u32, count: u32, entries: usize): u32 {
  return look(false, c, first, count, entries);
}

// The policy is told of these rows' hits.
export function touchAll(c: usize, count: u32, entries: usize): void {
  const policy = load<u32>(c, Cache.POLICY);
  if (policy == Cache.POLICY_ROUND_ROBIN || policy == Cache.POLICY_RANDOM) return;
  const data = payload(c, 0);
  if (load<u32>(c, Cache.QUIET)) {
    const t = tagAt(c, 0);
    let tree = load<u32>(t, Quiet.TREE);
    for (let x: u32 = 0; x < count; x++) {
      const masks =
        t + ((<usize>(<u32>(<usize>load<u32>(entries + ((<usize>x) << 2)) - data) / Entry.BYTES)) << 4);
      tree = (tree & load<u32>(masks, Quiet.MASKS)) | load<u32>(masks, Quiet.MASKS + 8);
    }
    store<u32>(t, tree, Quiet.TREE);
    return;
  }
  for (let x: u32 = 0; x < count; x++)
    touch(c, <u32>(<usize>load<u32>(entries + ((<usize>x) << 2)) - data) / Entry.BYTES);
}

// Rows from x on have the stream and the flags of row `as`, and no SubstreamID; gives the first that has not.
export function sameStream(x: u32, end: u32, as: u32): u32 {
  const w = (<usize>as) << 2;
  const flags = load<u32>(RepeatColumns.flagsAt + w);
  const sid = load<u32>(RepeatColumns.streams + w);
  if (flags & Flag.SSV) return x;
  const manyFlags = i32x4.splat(<i32>flags);
  const manySids = i32x4.splat(<i32>sid);
  for (; x + 4 <= end; x += 4) {
    const at = (<usize>x) << 2;
    const other = v128.or(
      v128.xor(v128.load(RepeatColumns.flagsAt + at), manyFlags),
      v128.xor(v128.load(RepeatColumns.streams + at), manySids),
    );
    if (v128.any_true(other)) break;
  }
  while (
    x < end &&
    load<u32>(RepeatColumns.flagsAt + ((<usize>x) << 2)) == flags &&
    load<u32>(RepeatColumns.streams + ((<usize>x) << 2)) == sid
  )
    x++;
  return x;
}
