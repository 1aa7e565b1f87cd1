// Batches, time off: rows of columns, in order. Runs of plain hits go through the loops of hits.ts; a row that they leave is tried by
// itself: with others of its stream that walk straight (runs.ts), as a hit (fast.ts), as a walk that goes straight (miss.ts), and what is neither runs through the machine. Each row gives
// what a single call would.
import { base, requestAt } from '../memory/base';
import * as Ahead from '../abi/ahead';
import * as Column from '../abi/column';
import * as Header from '../abi/header';
import * as Request from '../abi/request';
import * as Status from '../abi/status';
import { plain, slow } from './entry';
import { readRows } from './ahead';
import { fastHit, hitAddress, hitLevel, hitStatus, lineAtHand, missed, FAST_FLAGS } from './fast';
import { setColumns, statusOf } from './columns';
import { forgetBlock, hitRows } from './hits';
import { missAddress, plainMiss } from './miss';
import { walkRun } from './runs';
import { forgetStrayed, noteStrayed, strayed } from './last-tables';
import { substreamOf } from './streams';
import { forgetTablePages } from '../walk/table-pages';

/** Rows at most that are not offered to the loops after these took none. */
const MOST_SKIPPED: u32 = 15;
/** One of so many rows has to have walked from table to table that descriptors of the next are read ahead. */
const SOME: u32 = 4;
/** Rows after which that is asked anew, while they do not; of a run at most. */
const UNASKED: u32 = 128;
/** Rows of a run at most, after one that was shorter: it looks at all of them first. */
const FEW: u32 = 8;

// Rows of the last call since that was asked last: no part of the device's state.
let unasked: u32 = 0;

/**
 * Rows [start, start + count) of a batch. Gives the rows done, which are fewer when one left a notification for the host; a
 * negative result -n - 1 says that the row after n more is malformed (it crosses a 4 KiB boundary), rows before it are done.
 * Adds the rows that did not end ok to Header.OUTCOMES.
 */
export function translateBatch(batch: u32, capacity: i32, start: u32, count: u32): i32 {
  const iovas = base + <usize>batch;
  const streams = iovas + <usize>Column.offset(Column.STREAM, capacity);
  const substreams = iovas + <usize>Column.offset(Column.SUBSTREAM, capacity);
  const flagsAt = iovas + <usize>Column.offset(Column.FLAGS, capacity);
  const sizes = iovas + <usize>Column.offset(Column.SIZE, capacity);
  const requesters = iovas + <usize>Column.offset(Column.REQUESTER, capacity);
  const arrivals = iovas + <usize>Column.offset(Column.ARRIVAL, capacity);
  const pas = iovas + <usize>Column.offset(Column.PA, capacity);
  const statuses = iovas + <usize>Column.offset(Column.STATUS, capacity);
  const quick = SHORT_CUTS && plain();
  forgetTablePages();
  forgetBlock();
  const q = requestAt(Request.MAIN);
  if (quick) setColumns(iovas, streams, substreams, flagsAt, sizes, pas, statuses);
  const end = start + count;
  let skipped: u32 = 0;
  let skip: u32 = 0;
  let ahead = start;
  let reach = UNASKED;
  let before = start - unasked;
  unasked = 0;
  for (let i = start; i < end; i++) {
    if (quick) {
      if (i >= ahead) {
        const far = strayed * SOME < i - before;
        ahead = min(end, i + (far ? UNASKED : Ahead.ROWS));
        if (!far) readRows(iovas, streams, substreams, flagsAt, i, ahead - i);
        forgetStrayed();
        before = i;
      }
      if (skip) skip--;
      else {
        const done = hitRows(i, end);
        if (done == end) break;
        skipped = done == i ? min(2 * skipped + 1, MOST_SKIPPED) : 0;
        skip = skipped;
        i = done;
      }
      const stop = min(min(end, ahead), i + reach);
      const next = walkRun(i, stop);
      reach = next == stop ? UNASKED : FEW;
      if (next > i) {
        i = next - 1;
        continue;
      }
    }
    const w = (<usize>i) << 2;
    const d = (<usize>i) << 3;
    const iova = load<u64>(iovas + d);
    const sid = load<u32>(streams + w);
    const ssid = load<u32>(substreams + w);
    const flags = load<u32>(flagsAt + w);
    const size = <u32>load<u16>(sizes + ((<usize>i) << 1));
    if (((<u32>iova) & 0xfff) + size > 4096) return -(<i32>(i - start)) - 1;
    if (quick && !(flags & ~FAST_FLAGS)) {
      const substream = substreamOf(flags, ssid);
      const hit = fastHit(sid, substream, iova, flags);
      if (hit) {
        store<u64>(pas + d, hitAddress(hit, iova));
        store<u32>(statuses + w, hitStatus(hit, hitLevel));
        continue;
      }
      if (missed) {
        const status = plainMiss(lineAtHand, sid, substream, iova, flags);
        if (status != u32.MAX_VALUE) {
          store<u64>(pas + d, missAddress);
          store<u32>(statuses + w, status);
          noteStrayed();
          continue;
        }
      }
    }
    store<u32>(q, size ? size : Request.DEFAULT_SIZE, Request.SIZE);
    store<u32>(q, <u32>load<u16>(requesters + ((<usize>i) << 1)), Request.REQUESTER);
    store<u64>(q, load<u64>(arrivals + d), Request.ARRIVAL);
    slow(sid, ssid, iova, flags);
    forgetTablePages();
    forgetBlock();
    const status = load<u32>(q, Request.STATUS);
    store<u64>(pas + d, load<u64>(q, Request.PA));
    store<u32>(statuses + w, statusOf(q));
    if (status != Status.OK) {
      const outcomes = base + Header.OUTCOMES + ((<usize>status) << 2);
      store<u32>(outcomes, load<u32>(outcomes) + 1);
    }
    if (load<u32>(base, Header.NOTIFY_COUNT)) return <i32>(i - start) + 1;
  }
  unasked = end - before;
  return <i32>count;
}
