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
import * as HitPlace from '../abi/hit-place';
import * as Request from '../abi/request';
import * as Status from '../abi/status';
import * as StreamMemo from '../abi/stream-memo';
import * as Stretch from '../abi/stretch';
import * as Timing from '../abi/timing';
import { cacheAt } from '../memory/base';
import { add } from '../memory/sum';
import { entryOf, ownerAt } from '../tlb/array';
import { memoAt, substreamOf } from '../translate/streams';
import { keep } from './stretch-record';
import * as RepeatColumns from './repeat-columns';
import * as RepeatFinish from './repeat-finish';
import * as RepeatLook from './repeat-look';
import { asSaved, long, n, s, word } from './repeat-moment';
import { tm } from './region';
import * as Scheduler from './scheduler';
import { NEVER } from './wheel';

export { bytes, latencies } from './repeat-finish';
export { save } from './repeat-moment';

const TICK: u64 = Stretch.KEY_TICK;
/** Ticks from the origin up to which rows are skipped. */
const MOST_TICKS: u64 = 1 << 26;

/** What the last `repeat` skipped. */
export let ticks: u64 = 0;
export let rows: u32 = 0;
export let periods: u64 = 0;

/**
 * The stretch in scratch is as it was when it was saved, but for the time: then rows before `end` that repeat what came between
 * are skipped, and true is given. `most`: the greatest word in the ARRIVAL column of rows that are alike. `late`: since then every row
 * of the open loop was due before it could be accepted, and that they fall behind further changes nothing.
 */
export function repeat(scratch: usize, end: u32, most: u64, late: bool): bool {
  rows = 0;
  ticks = 0;
  periods = 0;
  RepeatFinish.begin();
  if (!asSaved(scratch)) return false;
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
  RepeatColumns.findColumns();
  let same = row - used;
  let next = row; // to be accepted
  let checked = row;
  while (next + step < end && long(Stretch.CLOCK) + ticks + times < MOST_TICKS) {
    checked = RepeatLook.alike(checked, next + step, most);
    // The gap of a closed loop is that of the row behind, which an acceptance looks at.
    if (checked < next + step || load<u64>(RepeatColumns.arrivals + ((<usize>checked) << 3)) > most) break;
    const first = next - before;
    if (same < next + step) same = RepeatLook.sameStream(same, next + step, row - used);
    const one = same == next + step;
    const hits = one
      ? RepeatLook.lookOne(c, first, step, entries)
      : RepeatLook.lookAny(c, first, step, entries);
    if (hits < step) {
      // They are in flight yet, and will be looked up in their time.
      for (let x = first; x < first + hits; x++)
        store<u32>(RepeatColumns.statuses + ((<usize>x) << 2), Status.PENDING);
      break;
    }
    if (next == row) writeLookedUp(row, used, before, accepted);
    RepeatLook.touchAll(c, step, entries);
    RepeatFinish.finishTimes(next - used, step, period, cycles);
    if (one) RepeatFinish.finishOne(next - used, step, period);
    else RepeatFinish.finishAny(next - used, step);
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
    store<u64>(RepeatColumns.pas + ((<usize>x) << 3), load<u64>(r, Stretch.PA));
    store<u32>(RepeatColumns.statuses + ((<usize>x) << 2), load<u32>(r, Stretch.STATUS));
  }
}

// Records and events of what is in flight then: other rows, later.
function moveOn(c: usize, next: u32, used: u32, before: u32, accepted: u32): void {
  const requesters = load<u32>(tm, Scheduler.REQUESTERS);
  const turn = word(Stretch.TURN);
  for (let back = used; back; back--) {
    const x = next - back;
    const r = s + <usize>(Stretch.recordsAt(n) + ((accepted - back) & (n - 1)) * Stretch.BYTES);
    const w = (<usize>x) << 2;
    const flags = load<u32>(RepeatColumns.flagsAt + w);
    const m = memoAt(
      load<u32>(RepeatColumns.streams + w),
      substreamOf(flags, load<u32>(RepeatColumns.substreams + w)),
    );
    const va = load<u64>(RepeatColumns.iovas + ((<usize>x) << 3));
    const size = <u32>load<u16>(RepeatColumns.sizes + ((<usize>x) << 1));
    // Turns go on from that of the row at hand, whose own is `turn` and `rows` more.
    const own = requesters
      ? <u32>((<u64>turn + <u64>rows + <u64>requesters * <u64>used - <u64>back) % <u64>requesters)
      : <u32>load<u16>(RepeatColumns.requesters + ((<usize>x) << 1));
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
    const e = RepeatLook.entryOfRow(c, x);
    keep(r, e, load<u16>(ownerAt(c, entryOf(c, e))), va, HitPlace.MICRO);
    store<u32>(RepeatColumns.statuses + w, Status.PENDING);
  }
  const later = ticks << TICK;
  for (let i = word(Stretch.MICRO_FIRST); i != word(Stretch.MICRO_END); i++)
    add(s + <usize>Stretch.microRing(n) + ((<usize>(i & (n - 1))) << 3), later);
  for (let i = word(Stretch.ANSWER_FIRST); i != word(Stretch.ANSWER_END); i++)
    add(s + <usize>Stretch.ANSWER_RING + ((<usize>(i & (Stretch.ANSWERS - 1))) << 3), later);
}
