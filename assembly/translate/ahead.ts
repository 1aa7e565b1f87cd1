// Reads ahead: the descriptors that the next rows will walk over, level by level for all of them, so that the memory behind fetches
// them side by side; a walk alone waits for each. Nothing that is read here is believed or counted, and nothing is read outside the
// dense window used last, so that rows give what they give without it. The configuration is that of the stream's last walk.
import { base, region } from '../memory/base';
import { pow2 } from '../memory/bits';
import { memoBase, memoLimit, memoMem } from '../memory/bus';
import * as Config from '../request/config';
import * as Half from '../request/half';
import * as Ahead from '../abi/ahead';
import * as Header from '../abi/header';
import * as StreamMemo from '../abi/stream-memo';
import { memoAt, substreamOf } from './streams';

const ADDRESS: u64 = 0x0000fffffffff000;
@inline
function at(pa: u64): u64 {
  const off = pa - memoBase;
  return off < memoLimit ? load<u64>(memoMem + <usize>off) : 0;
}

/** Rows at most that one last level's table of theirs lets pass. */
const MOST_OF_TABLE: u32 = 512;
/** Bytes that a table of the last level covers, log2, where pages are the smallest. */
const TABLE_SPAN: u64 = 21;

/** Reads for some of the rows [i, end) if it is worth while; gives the row after those that were thought of. */
export function readAhead(
  iovas: usize,
  streams: usize,
  substreams: usize,
  flagsAt: usize,
  i: u32,
  end: u32,
): u32 {
  const same = ofOneTable(iovas, i, min(end, i + MOST_OF_TABLE));
  const n = min<u32>(Ahead.ROWS, end - i);
  if (same >= i + n) return same;
  readRows(iovas, streams, substreams, flagsAt, i, n);
  return i + n;
}

// The first of rows [i, end) whose address lies under another table than that of row i: what those before it read lies side by side.
function ofOneTable(iovas: usize, i: u32, end: u32): u32 {
  const first = load<u64>(iovas + ((<usize>i) << 3));
  for (i++; i < end; i++) if ((load<u64>(iovas + ((<usize>i) << 3)) ^ first) >> TABLE_SPAN) break;
  return i;
}

/** Reads for rows [i, i + n), Ahead.ROWS at most. */
export function readRows(
  iovas: usize,
  streams: usize,
  substreams: usize,
  flagsAt: usize,
  i: u32,
  n: u32,
): void {
  const rows = region(base + Header.AHEAD);
  const end = rows + <usize>(n * Ahead.ROW_BYTES);
  let w = (<usize>i) << 2;
  let shape: u32 = 0;
  let alike = true;
  for (let row = rows; row != end; row += Ahead.ROW_BYTES, w += 4) {
    const va = load<u64>(iovas + (w << 1));
    const substream = substreamOf(load<u32>(flagsAt + w), load<u32>(substreams + w));
    const c = <usize>load<u32>(memoAt(load<u32>(streams + w), substream), StreamMemo.CONFIG);
    const stages = c ? load<u32>(c, Config.FLAGS) & (Config.FLAG_S1 | Config.FLAG_S2) : 0;
    store<u64>(row, va, Ahead.VA);
    store<u64>(row, 0, Ahead.DESC);
    store<u32>(row, 0, Ahead.SHIFT);
    // A nested walk's addresses are not known before it is made.
    if (stages != Config.FLAG_S1 && stages != Config.FLAG_S2) continue;
    const upper = ((va >> 55) & 1) != 0;
    const h = stages == Config.FLAG_S2 ? c + Config.STAGE2 : upper ? c + Config.HALF1 : c + Config.HALF0;
    const own = load<u32>(h, Half.IASIZE);
    if (!own) continue; // no such half
    if (!shape) shape = own;
    if (own != shape) alike = false;
    const stride = ((own >> 8) & 0xff) - 3;
    const shift = stride + 3 + stride * <u32>(3 - <i32>(<i8>(own >> 16)));
    store<u32>(row, shift, Ahead.SHIFT);
    store<u32>(row, stride, Ahead.STRIDE);
    const inside = va & (pow2(own & 0xff) - 1);
    store<u64>(row, at(load<u64>(h, Half.TTB) + ((inside >> (<u64>shift)) << 3)), Ahead.DESC);
  }
  if (alike && shape) tablesAlike(rows, end, shape);
  else tables(rows, end);
}

// The tables below, for rows of one shape. Whether a descriptor leads to a table is not asked: what it leads to is only read.
function tablesAlike(rows: usize, end: usize, shape: u32): void {
  const first = memoBase;
  const limit = memoLimit;
  const mem = memoMem;
  const g = <u64>((shape >> 8) & 0xff);
  const stride = g - 3;
  const mask = (pow2(<u32>stride) - 1) << 3;
  let shift = g + stride * <u64>(3 - <i32>(<i8>(shape >> 16)));
  while (shift > g) {
    shift -= stride;
    for (let row = rows; row != end; row += Ahead.ROW_BYTES) {
      const off =
        (load<u64>(row, Ahead.DESC) & ADDRESS) + ((load<u64>(row, Ahead.VA) >> (shift - 3)) & mask) - first;
      store<u64>(row, off < limit ? load<u64>(mem + <usize>off) : 0, Ahead.DESC);
    }
  }
}

// The same for rows of several shapes.
function tables(rows: usize, end: usize): void {
  for (let more = true; more;) {
    more = false;
    for (let row = rows; row != end; row += Ahead.ROW_BYTES) {
      const desc = load<u64>(row, Ahead.DESC);
      const stride = load<u32>(row, Ahead.STRIDE);
      const shift = load<u32>(row, Ahead.SHIFT) - stride;
      if ((desc & 3) != 3 || shift <= stride) continue;
      const index = (load<u64>(row, Ahead.VA) >> (<u64>shift)) & (pow2(stride) - 1);
      store<u32>(row, shift, Ahead.SHIFT);
      store<u64>(row, at((desc & ADDRESS) + (index << 3)), Ahead.DESC);
      more = true;
    }
  }
}
