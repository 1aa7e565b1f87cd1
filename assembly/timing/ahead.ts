// Reads ahead in time as batches do without it (translate/rows.ts): when a row is offered, the descriptors of this row and the next,
// all at once, if enough walks began since the last time. It takes rows of batches, in open and closed loops; what is submitted comes
// alone. Nothing that is read is believed, counted or timed: rows give what they give without it, which test/equal compares.
import * as Ahead from '../abi/ahead';
import * as Column from '../abi/column';
import * as Request from '../abi/request';
import { readAhead } from '../translate/ahead';
import { planned } from '../translate/planned';
import { isLineOf, memoAt, substreamOf } from '../translate/streams';
import { tm } from './region';
import * as Scheduler from './scheduler';

/** So many walks have to have begun since the last decision that descriptors of the next rows are read ahead. */
const MANY: u32 = 8;

// The first row that the last reading did not decide about, and the walks begun since: no part of the device's state.
let next: u32 = 0;
let walks: u32 = 0;

/** Rows from `start` on become the source. */
export function aheadFrom(start: u32): void {
  next = start;
}

/** A walk of q begins: its stream's configuration is what rows of this stream are read ahead by. */
@inline
export function noteWalk(q: usize): void {
  if (!SHORT_CUTS) return;
  walks++;
  const sid = load<u32>(q, Request.SID);
  const substream = substreamOf(load<u32>(q, Request.FLAGS), load<u32>(q, Request.SSID));
  const m = memoAt(sid, substream);
  if (isLineOf(m, sid, substream)) planned(m, sid, substream);
}

/** Row `row` of the source's batch is offered. */
@inline
export function aheadOf(row: u32): void {
  if (SHORT_CUTS && row >= next) decide(row);
}

function decide(row: u32): void {
  const end = load<u32>(tm, Scheduler.END);
  next =
    walks >= MANY
      ? readAhead(
          column(Column.IOVA),
          column(Column.STREAM),
          column(Column.SUBSTREAM),
          column(Column.FLAGS),
          row,
          end,
        )
      : min(end, row + Ahead.ROWS);
  walks = 0;
}

@inline
function column(c: i32): usize {
  return <usize>load<u32>(tm + Scheduler.COLUMNS + <usize>(c << 2));
}
