// Where the columns of a batch are, for all loops of a call, and what its STATUS column holds.
import * as Column from '../abi/column';
import * as Request from '../abi/request';
import { in32 } from '../memory/bits';

/** The STATUS column of a request that has ended. */
@inline
export function statusOf(q: usize): u32 {
  return (
    in32(Column.STATUS_STATUS, load<u32>(q, Request.STATUS)) |
    in32(Column.STATUS_EVENT, load<u32>(q, Request.EVENT)) |
    in32(Column.STATUS_LOG2, load<u32>(q, Request.LOG2)) |
    in32(Column.STATUS_HIT, load<u32>(q, Request.HIT))
  );
}

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
