// A stretch (stretch.ts) whose rows are all alike comes to do the same again and again: when everything that decides what happens next
// is as it was some rows before, so many ticks later, then what follows repeats what came between, tick for tick, for as long as the
// rows go on to be alike. Of those only the look-ups are left, in their order, and sums.
//
// Rows are alike when they are reads that are offered as soon as they may be, and hit the micro TLB; whose they are and where they go
// changes no time, for none waits for its order. What decides is listed word by word (`list`) and compared whole: nothing is guessed.
// The rows skipped are a multiple of the records, so that rings and records stay where they are. test/equal holds the times, the
// statistics and the replacement equal with the machine's.
import * as Cache from '../abi/cache';
import * as CacheIndex from '../abi/cache-index';
import * as Column from '../abi/column';
import * as Entry from '../abi/entry';
import * as Flag from '../abi/flag';
import * as Header from '../abi/header';
import * as Histogram from '../abi/histogram';
import * as HitPlace from '../abi/hit-place';
import * as Request from '../abi/request';
import * as Status from '../abi/status';
import * as StreamMemo from '../abi/stream-memo';
import * as StreamRecord from '../abi/stream-record';
import * as StreamTimes from '../abi/stream-times';
import * as Stretch from '../abi/stretch';
import * as Timing from '../abi/timing';
import { base, cacheAt, region } from '../memory/base';
import { add } from '../memory/sum';
import * as Quiet from '../tlb/quiet';
import { entryOf, ownerAt, payload, printOf, printsAt, tagAt, touch } from '../tlb/array';
import { streamMix } from '../tlb/index-mix';
import { find, makeTag } from '../tlb/lookup';
import * as Fast from '../translate/fast';
import { isLineOf, memoAt, substreamOf } from '../translate/streams';
import { answeredBy } from '../walk/hit';
import { keep } from './stretch-record';
import { tm } from './region';
import * as Scheduler from './scheduler';
import { NEVER } from './wheel';

const TICK: u64 = Stretch.KEY_TICK;
/** Ticks from the origin up to which rows are skipped. */
const MOST_TICKS: u64 = 1 << 26;

/** What the last `repeat` skipped. */
export let ticks: u64 = 0;
export let rows: u32 = 0;
export let periods: u64 = 0;
export let latencies: u64 = 0;
export let bytes: u64 = 0;

let s: usize = 0;
let n: u32 = 0;

@inline
function word(at: i32): u32 {
  return load<u32>(s + <usize>at);
}

@inline
function long(at: i32): u64 {
  return load<u64>(s + <usize>at);
}

@inline
function ringKey(ring: i32, i: u32, size: u32): u64 {
  return load<u64>(s + <usize>ring + ((<usize>(i & (size - 1))) << 3));
}

// An event: how far off, what, and whose, counted from the row accepted last.
@inline
function event(to: usize, k: u64, clock: u64): void {
  const kind = (<u32>k) & 7;
  const nobodys = kind == Stretch.KIND_OFFER || kind == Stretch.KIND_ANSWER;
  const id = nobodys ? 0 : (<u32>(k >> 3) - word(Stretch.PORT_END)) & (n - 1);
  store<u32>(to, <u32>((k >> TICK) - clock));
  store<u32>(to, (id << 3) | kind, 4);
}

// Everything that decides what comes next, into list `which`; gives its words, 0: too many.
function list(which: i32): u32 {
  const start = s + <usize>Stretch.listAt(n, which);
  const accepted = word(Stretch.PORT_END);
  const used = word(Stretch.USED);
  const clock = long(Stretch.CLOCK);
  const tick = long(Stretch.ORIGIN) + clock;
  const unit = load<u32>(tm, Timing.TCU_TICKS) * load<u32>(tm, Timing.TBU_TICKS);
  let to = start;
  store<u32>(to, <u32>(clock % <u64>unit));
  store<u32>(to, used | (word(Stretch.BUFFERED) << 16), 4);
  store<u32>(to, accepted - word(Stretch.PORT_FIRST), 8);
  store<u32>(to, word(Stretch.READY) | (word(Stretch.REFUSED) << 1), 12);
  store<u32>(to, word(Stretch.REFUSED_BY), 16);
  store<u32>(to, word(Stretch.REFUSED_BEATS), 20);
  store<u32>(to, word(Stretch.OUTSTANDING), 24);
  store<u32>(to, word(Stretch.MICRO_FREE), 28);
  store<u64>(to, long(Stretch.SLOT_CHANGE) - clock, 32);
  store<u64>(
    to,
    load<u32>(tm, Scheduler.SOURCE) == Scheduler.SOURCE_LOOP ? long(Stretch.LOOP_AT) - tick : 0,
    40,
  );
  to += 48;
  for (let i = word(Stretch.MICRO_WAIT); i != word(Stretch.MICRO_WAIT_END); i++, to += 4) {
    const id = load<u32>(s + <usize>Stretch.microQueue(n) + ((<usize>(i & (n - 1))) << 2));
    store<u32>(to, (id - accepted) & (n - 1));
  }
  store<u32>(to, u32.MAX_VALUE);
  to += 4;
  for (let i = word(Stretch.MEMORY_WAIT); i != word(Stretch.MEMORY_WAIT_END); i++, to += 8) {
    const id = load<u32>(s + <usize>Stretch.memoryQueue(n) + ((<usize>(i & (n - 1))) << 2));
    const r = s + <usize>(Stretch.recordsAt(n) + id * Stretch.BYTES);
    store<u32>(to, (id - accepted) & (n - 1));
    store<u32>(to, <u32>clock - load<u32>(r, Stretch.SINCE), 4);
  }
  store<u32>(to, u32.MAX_VALUE);
  to += 4;
  for (let i = accepted - used; i != accepted; i++, to += 4) {
    const r = s + <usize>(Stretch.recordsAt(n) + (i & (n - 1)) * Stretch.BYTES);
    store<u32>(to, <u32>clock - load<u32>(r, Stretch.ACCEPTED));
  }
  // Events in their order
  let offer = long(Stretch.OFFER);
  let port = long(Stretch.PORT);
  let memory = long(Stretch.MEMORY);
  let micro = word(Stretch.MICRO_FIRST);
  let answer = word(Stretch.ANSWER_FIRST);
  if (word(Stretch.ANSWER_END) - answer > <u32>Stretch.LISTED_ANSWERS) return 0;
  while (true) {
    const m = micro == word(Stretch.MICRO_END) ? NEVER : ringKey(Stretch.microRing(n), micro, n);
    const a =
      answer == word(Stretch.ANSWER_END) ? NEVER : ringKey(Stretch.ANSWER_RING, answer, Stretch.ANSWERS);
    const k = min(min(min(m, a), offer), min(port, memory));
    if (k == NEVER) break;
    event(to, k, clock);
    to += 8;
    if (k == m) micro++;
    else if (k == a) answer++;
    else if (k == offer) offer = NEVER;
    else if (k == port) port = NEVER;
    else memory = NEVER;
  }
  return (<u32>(to - start)) >> 2;
}

/** Notes the moment of the stretch in scratch; false: it is none to come back to. */
export function save(scratch: usize): bool {
  s = scratch;
  n = load<u32>(base, Header.STRETCH_RECORDS);
  const words = list(0);
  store<u32>(s, words, Stretch.SAVED_WORDS);
  store<u64>(s, long(Stretch.CLOCK), Stretch.SAVED_CLOCK);
  store<u32>(s, word(Stretch.ROW_AT_HAND), Stretch.SAVED_ROW);
  store<u64>(s, long(Stretch.REFUSALS), Stretch.SAVED_REFUSALS);
  store<u64>(s, long(Stretch.STALLS), Stretch.SAVED_STALLS);
  store<u64>(s, long(Stretch.SLOT_TICKS), Stretch.SAVED_SLOT_TICKS);
  store<u64>(s, long(Stretch.DONE), Stretch.SAVED_DONE);
  store<u64>(s, long(Stretch.OFFER_AT), Stretch.SAVED_OFFER_AT);
  store<u64>(s, long(Stretch.LAST_ARRIVAL), Stretch.SAVED_LAST_ARRIVAL);
  return words != 0;
}

@inline
function column(c: i32): usize {
  return <usize>load<u32>(tm + Scheduler.COLUMNS + <usize>(c << 2));
}

// Columns of the batch, for the loops below.
let iovas: usize = 0;
let streams: usize = 0;
let substreams: usize = 0;
let flagsAt: usize = 0;
let sizes: usize = 0;
let arrivals: usize = 0;
let pas: usize = 0;
let statuses: usize = 0;
let accepts: usize = 0;
let translations: usize = 0;
let completions: usize = 0;

function findColumns(): void {
  iovas = column(Column.IOVA);
  streams = column(Column.STREAM);
  substreams = column(Column.SUBSTREAM);
  flagsAt = column(Column.FLAGS);
  sizes = column(Column.SIZE);
  arrivals = column(Column.ARRIVAL);
  pas = column(Column.PA);
  statuses = column(Column.STATUS);
  accepts = column(Column.ACCEPTED);
  translations = column(Column.TRANSLATED);
  completions = column(Column.COMPLETION);
}

@inline
function lineOf(x: u32): usize {
  const w = (<usize>x) << 2;
  return memoAt(load<u32>(streams + w), substreamOf(load<u32>(flagsAt + w), load<u32>(substreams + w)));
}

const ALIKE_FLAGS: u32 = Fast.FAST_FLAGS & ~Flag.WRITE;

/** Rows from x on, and before `end`, that are offered as soon as they may be, and reads that the memo knows; gives the first other. */
function alike(x: u32, end: u32, most: u64): u32 {
  for (; x < end; x++) {
    const w = (<usize>x) << 2;
    const d = (<usize>x) << 3;
    const flags = load<u32>(flagsAt + w);
    const sid = load<u32>(streams + w);
    const substream = substreamOf(flags, load<u32>(substreams + w));
    if (
      flags & ~ALIKE_FLAGS ||
      ((<u32>load<u64>(iovas + d)) & 0xfff) + <u32>load<u16>(sizes + (w >> 1)) > 4096 ||
      load<u64>(arrivals + d) > most ||
      !isLineOf(memoAt(sid, substream), sid, substream)
    )
      break;
  }
  return x;
}

// The entry of micro TLB c that row x hits, which lets it pass; 0: none. Nothing changes.
function entryOfRow(c: usize, x: u32): usize {
  const w = (<usize>x) << 2;
  const flags = load<u32>(flagsAt + w);
  const sid = load<u32>(streams + w);
  const substream = substreamOf(flags, load<u32>(substreams + w));
  const m = memoAt(sid, substream);
  const va = load<u64>(iovas + ((<usize>x) << 3));
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
  const flags0 = load<u32>(flagsAt + ((<usize>first) << 2));
  const context0 = load<u32>(lineOf(first), StreamMemo.CONTEXT);
  for (let x: u32 = 0; x < count; x++) {
    let e: usize = 0;
    const d = (<usize>(first + x)) << 3;
    const va = load<u64>(iovas + d);
    if (quick) {
      const flags = one ? flags0 : load<u32>(flagsAt + (d >> 1));
      const context = one ? context0 : load<u32>(lineOf(first + x), StreamMemo.CONTEXT);
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
    store<u64>(pas + d, Fast.hitAddress(e, va));
    store<u32>(statuses + (d >> 1), Fast.hitStatus(e, answeredBy(e, HitPlace.MICRO)));
  }
  return count;
}

function lookOne(c: usize, first: u32, count: u32, entries: usize): u32 {
  return look(true, c, first, count, entries);
}

function lookAny(c: usize, first: u32, count: u32, entries: usize): u32 {
  return look(false, c, first, count, entries);
}

// The policy is told of these rows' hits.
function touchAll(c: usize, count: u32, entries: usize): void {
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
function sameStream(x: u32, end: u32, as: u32): u32 {
  const w = (<usize>as) << 2;
  const flags = load<u32>(flagsAt + w);
  const sid = load<u32>(streams + w);
  if (flags & Flag.SSV) return x;
  const manyFlags = i32x4.splat(<i32>flags);
  const manySids = i32x4.splat(<i32>sid);
  for (; x + 4 <= end; x += 4) {
    const at = (<usize>x) << 2;
    const other = v128.or(
      v128.xor(v128.load(flagsAt + at), manyFlags),
      v128.xor(v128.load(streams + at), manySids),
    );
    if (v128.any_true(other)) break;
  }
  while (
    x < end &&
    load<u32>(flagsAt + ((<usize>x) << 2)) == flags &&
    load<u32>(streams + ((<usize>x) << 2)) == sid
  )
    x++;
  return x;
}

/**
 * The stretch in scratch is as it was when it was saved, but for the time: then rows before `end` that repeat what came between
 * are skipped, and true is given. `most`: the greatest word in the ARRIVAL column of rows that are alike. `late`: since then every row
 * of the open loop was due before it could be accepted, and that they fall behind further changes nothing.
 */
export function repeat(scratch: usize, end: u32, most: u64, late: bool): bool {
  s = scratch;
  n = load<u32>(base, Header.STRETCH_RECORDS);
  rows = 0;
  ticks = 0;
  periods = 0;
  latencies = 0;
  bytes = 0;
  const words = list(1);
  if (words != word(Stretch.SAVED_WORDS)) return false;
  const a = s + <usize>Stretch.listAt(n, 0);
  const b = s + <usize>Stretch.listAt(n, 1);
  if (memory.compare(a, b, (<usize>words) << 2)) return false;
  const row = word(Stretch.ROW_AT_HAND);
  const period = row - word(Stretch.SAVED_ROW);
  const passed = long(Stretch.CLOCK) - long(Stretch.SAVED_CLOCK);
  const offers = long(Stretch.OFFER_AT) - long(Stretch.SAVED_OFFER_AT);
  const arrivals = long(Stretch.LAST_ARRIVAL) - long(Stretch.SAVED_LAST_ARRIVAL);
  if ((offers != passed || arrivals != passed) && !(late && offers <= passed && arrivals <= passed))
    return false;
  if (!period || long(Stretch.DONE) - long(Stretch.SAVED_DONE) != <u64>period) return false;
  // So many that records stay in their places
  let step = period;
  while (step & (n - 1)) step += period;
  if (step > <u32>Stretch.SKIPPED) return false;
  skip(row, period, step, end, most);
  return rows != 0;
}

function skip(row: u32, period: u32, step: u32, end: u32, most: u64): void {
  const c = cacheAt(CacheIndex.TBU);
  const times = (long(Stretch.CLOCK) - long(Stretch.SAVED_CLOCK)) * <u64>(step / period);
  const cycles = times / <u64>load<u32>(tm, Timing.TCU_TICKS) / <u64>(step / period);
  const used = word(Stretch.USED);
  const accepted = word(Stretch.PORT_END);
  // Rows that have been accepted and not looked up: in the port or before it, in the micro TLB or before it
  const before =
    accepted -
    word(Stretch.PORT_FIRST) +
    (long(Stretch.PORT) != NEVER ? 1 : 0) +
    word(Stretch.MICRO_WAIT_END) -
    word(Stretch.MICRO_WAIT) +
    word(Stretch.MICRO_END) -
    word(Stretch.MICRO_FIRST);
  const entries = s + <usize>Stretch.entriesAt(n);
  findColumns();
  let same = row - used;
  let next = row; // to be accepted
  let checked = row;
  while (next + step < end && long(Stretch.CLOCK) + ticks + times < MOST_TICKS) {
    checked = alike(checked, next + step, most);
    // The gap of a closed loop is that of the row behind, which an acceptance looks at.
    if (checked < next + step || load<u64>(arrivals + ((<usize>checked) << 3)) > most) break;
    const first = next - before;
    if (same < next + step) same = sameStream(same, next + step, row - used);
    const one = same == next + step;
    const hits = one ? lookOne(c, first, step, entries) : lookAny(c, first, step, entries);
    if (hits < step) {
      // They are in flight yet, and will be looked up in their time.
      for (let x = first; x < first + hits; x++) store<u32>(statuses + ((<usize>x) << 2), Status.PENDING);
      break;
    }
    if (next == row) writeLookedUp(row, used, before, accepted);
    touchAll(c, step, entries);
    finishTimes(next - used, step, period, cycles);
    if (one) finishOne(next - used, step, period);
    else finishAny(next - used, step);
    next += step;
    ticks += times;
    periods += <u64>(step / period);
  }
  rows = next - row;
  if (!rows) return;
  add(c + Cache.HITS, <u64>rows);
  moveOn(c, next, used, before, accepted);
}

// What the rows in flight that have been looked up have found, into their columns.
function writeLookedUp(row: u32, used: u32, before: u32, accepted: u32): void {
  for (let x = row - used; x != row - before; x++) {
    const r = s + <usize>(Stretch.recordsAt(n) + ((accepted - (row - x)) & (n - 1)) * Stretch.BYTES);
    store<u64>(column(Column.PA) + ((<usize>x) << 3), load<u64>(r, Stretch.PA));
    store<u32>(column(Column.STATUS) + ((<usize>x) << 2), load<u32>(r, Stretch.STATUS));
  }
}

// Rows from `first` on have left, each as the one a period before had `cycles` cycles before: finish.ts. The device's part of it.
function finishTimes(first: u32, count: u32, period: u32, cycles: u64): void {
  const p = (<usize>period) << 3;
  const later = i64x2.splat(<i64>cycles);
  const end = (<usize>(first + count)) << 3;
  if (period > 1) {
    for (let d = (<usize>first) << 3; d != end; d += 16) {
      v128.store(accepts + d, i64x2.add(v128.load(accepts + d - p), later));
      v128.store(translations + d, i64x2.add(v128.load(translations + d - p), later));
      v128.store(completions + d, i64x2.add(v128.load(completions + d - p), later));
    }
  } else {
    for (let d = (<usize>first) << 3; d != end; d += 8) {
      store<u64>(accepts + d, load<u64>(accepts + d - p) + cycles);
      store<u64>(translations + d, load<u64>(translations + d - p) + cycles);
      store<u64>(completions + d, load<u64>(completions + d - p) + cycles);
    }
  }
  const times = <u64>(count / period);
  for (let x = first; x < first + period; x++) {
    const latency = latencyOf(x);
    add(tm + Timing.HISTOGRAM + ((<usize>bucketOf(latency)) << 3), times);
    latencies += latency * times;
  }
}

@inline
function latencyOf(x: u32): u64 {
  const d = (<usize>x) << 3;
  return load<u64>(completions + d) - load<u64>(accepts + d);
}

@inline
function bucketOf(latency: u64): i32 {
  return latency < 2 << Histogram.SUB ? <i32>latency : Histogram.bucketOf(<i32>min<u64>(latency, 0xffffff));
}

@inline
function sizeOf(x: u32): u64 {
  const size = <u64>load<u16>(sizes + ((<usize>x) << 1));
  return size ? size : Request.DEFAULT_SIZE;
}

@inline
function timesOf(record: usize): usize {
  const i = <u32>(record - region(base + Header.STREAMS)) / StreamRecord.BYTES;
  return region(base + Header.STREAM_TIMES) + <usize>(i * StreamTimes.BYTES);
}

@inline
function countLatency(times: usize, latency: u64, rows: u32): void {
  const count = times + <usize>(StreamTimes.HISTOGRAM + (StreamTimes.bucketOf(bucketOf(latency)) << 2));
  store<u32>(count, load<u32>(count) + rows);
}

// The part of their stream, when all are of one.
function finishOne(first: u32, count: u32, period: u32): void {
  const record = <usize>load<u32>(lineOf(first), StreamMemo.STREAM);
  const times = timesOf(record);
  let most: u64 = 0;
  let sum: u64 = 0;
  let size: u64 = 0;
  let hits: u64 = 0;
  for (let x = first; x < first + period; x++) {
    const latency = latencyOf(x);
    sum += latency;
    most = max(most, latency);
    countLatency(times, latency, count / period);
  }
  for (let x = first; x < first + count; x++) {
    size += sizeOf(x);
    hits += <u64>(load<u32>(statuses + ((<usize>x) << 2)) >> 24 == HitPlace.MICRO);
  }
  bytes += size;
  noteAll(record, times, count, sum * <u64>(count / period), size, most, hits);
}

// The same of rows of any stream.
function finishAny(first: u32, count: u32): void {
  for (let x = first; x < first + count; x++) {
    const record = <usize>load<u32>(lineOf(x), StreamMemo.STREAM);
    const times = timesOf(record);
    const latency = latencyOf(x);
    const size = sizeOf(x);
    add(record + StreamRecord.HIT + ((<usize>(load<u32>(statuses + ((<usize>x) << 2)) >> 24)) << 3), 1);
    add(times + StreamTimes.COUNT, 1);
    add(times + StreamTimes.LATENCY_SUM, latency);
    add(times + StreamTimes.FORWARDED_BYTES, size);
    if (latency > load<u64>(times, StreamTimes.LATENCY_MAX))
      store<u64>(times, latency, StreamTimes.LATENCY_MAX);
    countLatency(times, latency, 1);
    bytes += size;
  }
}

// A stream's sums; those of `count` rows that did not hit were let pass by a remembered bypass.
function noteAll(record: usize, times: usize, count: u64, sum: u64, some: u64, most: u64, hits: u64): void {
  add(record + StreamRecord.HIT + 8 * HitPlace.MICRO, hits);
  add(record + StreamRecord.HIT + 8 * HitPlace.NONE, count - hits);
  add(times + StreamTimes.COUNT, count);
  add(times + StreamTimes.LATENCY_SUM, sum);
  add(times + StreamTimes.FORWARDED_BYTES, some);
  if (most > load<u64>(times, StreamTimes.LATENCY_MAX)) store<u64>(times, most, StreamTimes.LATENCY_MAX);
}

// Records and events of what is in flight then: other rows, later.
function moveOn(c: usize, next: u32, used: u32, before: u32, accepted: u32): void {
  const requesters = load<u32>(tm, Scheduler.REQUESTERS);
  const turn = word(Stretch.TURN);
  for (let back = used; back; back--) {
    const x = next - back;
    const r = s + <usize>(Stretch.recordsAt(n) + ((accepted - back) & (n - 1)) * Stretch.BYTES);
    const w = (<usize>x) << 2;
    const flags = load<u32>(column(Column.FLAGS) + w);
    const m = memoAt(
      load<u32>(column(Column.STREAM) + w),
      substreamOf(flags, load<u32>(column(Column.SUBSTREAM) + w)),
    );
    const va = load<u64>(column(Column.IOVA) + ((<usize>x) << 3));
    const size = <u32>load<u16>(column(Column.SIZE) + ((<usize>x) << 1));
    // Turns go on from that of the row at hand, whose own is `turn` and `rows` more.
    const own = requesters
      ? <u32>((<u64>turn + <u64>rows + <u64>requesters * <u64>used - <u64>back) % <u64>requesters)
      : <u32>load<u16>(column(Column.REQUESTER) + ((<usize>x) << 1));
    store<u64>(r, va, Stretch.VA);
    store<u32>(r, x, Stretch.ROW);
    store<u32>(r, load<u32>(r, Stretch.ACCEPTED) + <u32>ticks, Stretch.ACCEPTED);
    store<u32>(r, load<u32>(r, Stretch.SINCE) + <u32>ticks, Stretch.SINCE);
    store<u32>(r, load<u32>(m, StreamMemo.STREAM), Stretch.STREAM);
    store<u32>(r, load<u32>(m, StreamMemo.CONTEXT), Stretch.CONTEXT);
    store<u32>(r, load<u32>(m, StreamMemo.MIX), Stretch.MIX);
    store<u32>(r, own << 1, Stretch.KEY);
    store<u32>(r, flags, Stretch.FLAGS);
    store<u32>(r, size ? size : Request.DEFAULT_SIZE, Stretch.SIZE);
    if (back <= before) continue;
    const e = entryOfRow(c, x);
    keep(r, e, load<u16>(ownerAt(c, entryOf(c, e))), va, HitPlace.MICRO);
    store<u32>(column(Column.STATUS) + w, Status.PENDING);
  }
  const later = ticks << TICK;
  for (let i = word(Stretch.MICRO_FIRST); i != word(Stretch.MICRO_END); i++)
    add(s + <usize>Stretch.microRing(n) + ((<usize>(i & (n - 1))) << 3), later);
  for (let i = word(Stretch.ANSWER_FIRST); i != word(Stretch.ANSWER_END); i++)
    add(s + <usize>Stretch.ANSWER_RING + ((<usize>(i & (Stretch.ANSWERS - 1))) << 3), later);
}
