// The columns of the batch that is the source, for loops over rows that a stretch skips (repeat.ts).
import * as Column from '../abi/column';
import { memoAt, substreamOf } from '../translate/streams';
import { tm } from './region';
import * as Scheduler from './scheduler';

@inline
function column(c: i32): usize {
  return <usize>load<u32>(tm + Scheduler.COLUMNS + <usize>(c << 2));
}

export let iovas: usize = 0;
export let streams: usize = 0;
export let substreams: usize = 0;
export let flagsAt: usize = 0;
export let sizes: usize = 0;
export let arrivals: usize = 0;
export let requesters: usize = 0;
export let pas: usize = 0;
export let statuses: usize = 0;
export let accepts: usize = 0;
export let translations: usize = 0;
export let completions: usize = 0;

/** Finds them: a batch begins. */
export function findColumns(): void {
  iovas = column(Column.IOVA);
  streams = column(Column.STREAM);
  substreams = column(Column.SUBSTREAM);
  flagsAt = column(Column.FLAGS);
  sizes = column(Column.SIZE);
  arrivals = column(Column.ARRIVAL);
  requesters = column(Column.REQUESTER);
  pas = column(Column.PA);
  statuses = column(Column.STATUS);
  accepts = column(Column.ACCEPTED);
  translations = column(Column.TRANSLATED);
  completions = column(Column.COMPLETION);
}

/** The memo's line of row x, which is of its stream. */
@inline
export function lineOf(x: u32): usize {
  const w = (<usize>x) << 2;
  return memoAt(load<u32>(streams + w), substreamOf(load<u32>(flagsAt + w), load<u32>(substreams + w)));
}
