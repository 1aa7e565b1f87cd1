// Where the columns of a batch are, for all loops of a call.

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
