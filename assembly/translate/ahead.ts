// Reads ahead: the descriptors that the next rows will walk over, level by level for all of them, so that the memory behind fetches
// them side by side; a walk alone waits for each. Nothing that is read here is believed or counted, and nothing is read outside the
// dense window used last, so that rows give what they give without it. The configuration is that of the stream's last walk.
import { base, region } from '../memory/base';
import { pow2 } from '../memory/bits';
import { memoBase, memoLimit, memoMem } from '../memory/bus';
import * as Config from '../request/config';
import * as Half from '../request/half';
import * as Header from '../abi/header';
import * as StreamMemo from '../abi/stream-memo';
import { memoAt, substreamOf } from './streams';

const ADDRESS: u64 = 0x0000fffffffff000;
// A row's scratch
const BYTES: usize = 32;
const VA: usize = 0; // u64
const DESC: usize = 8; // u64 the descriptor read last; 0: no more
const SHIFT: usize = 16; // u32 lowest bit that its table resolves
const STRIDE: usize = 20; // u32

@inline
function at(pa: u64): u64 {
  const off = pa - memoBase;
  return off < memoLimit ? load<u64>(memoMem + <usize>off) : 0;
}

/** Reads for rows [i, i + n), at most 32. */
export function readAhead(
  iovas: usize,
  streams: usize,
  substreams: usize,
  flagsAt: usize,
  i: u32,
  n: u32,
): void {
  const rows = region(base + Header.AHEAD);
  const end = rows + <usize>n * BYTES;
  let w = (<usize>i) << 2;
  for (let row = rows; row != end; row += BYTES, w += 4) {
    const va = load<u64>(iovas + (w << 1));
    const m = memoAt(load<u32>(streams + w), substreamOf(load<u32>(flagsAt + w), load<u32>(substreams + w)));
    const c = <usize>load<u32>(m, StreamMemo.CONFIG);
    store<u64>(row, 0, DESC);
    if (!c || !load<u32>(c, Config.PLAN)) continue;
    const flags = load<u32>(c, Config.FLAGS);
    if (flags & Config.FLAG_S2 && flags & Config.FLAG_S1) continue;
    const h =
      flags & Config.FLAG_S2 ? c + Config.STAGE2 : (va >> 55) & 1 ? c + Config.HALF1 : c + Config.HALF0;
    const g = <u32>load<u8>(h, Half.GRANULE);
    const stride = g - 3;
    const shift = g + stride * <u32>(3 - <i32>load<i8>(h, Half.START));
    store<u64>(row, va, VA);
    store<u32>(row, shift, SHIFT);
    store<u32>(row, stride, STRIDE);
    const inside = va & (pow2(load<u8>(h, Half.IASIZE)) - 1);
    store<u64>(row, at(load<u64>(h, Half.TTB) + ((inside >> (<u64>shift)) << 3)), DESC);
  }
  const first = memoBase;
  const limit = memoLimit;
  const mem = memoMem;
  for (let more = true; more;) {
    more = false;
    for (let row = rows; row != end; row += BYTES) {
      const desc = load<u64>(row, DESC);
      const stride = load<u32>(row, STRIDE);
      const shift = load<u32>(row, SHIFT) - stride;
      if ((desc & 3) != 3 || shift <= stride) continue;
      const index = (load<u64>(row, VA) >> (<u64>shift)) & (pow2(stride) - 1);
      const off = (desc & ADDRESS) + (index << 3) - first;
      store<u32>(row, shift, SHIFT);
      store<u64>(row, off < limit ? load<u64>(mem + <usize>off) : 0, DESC);
      more = true;
    }
  }
}
