// How far rows of a batch are alike, several looked at at once, so that loops over them need not ask each.
import * as Flag from '../abi/flag';
import * as Columns from './columns';

const PAGE: i32 = 4096;

// Which of four rows cross a page of 4 KiB; w: four times the first.
@inline
function crossing(w: usize): v128 {
  const va = Columns.iovas + (w << 1);
  const low = v128.shuffle<i32>(v128.load(va), v128.load(va, 16), 0, 2, 4, 6);
  const inside = v128.and(low, i32x4.splat(PAGE - 1));
  return i32x4.gt_s(i32x4.add(inside, v128.load16x4_u(Columns.sizes + (w >> 1))), i32x4.splat(PAGE));
}

/** Flags of a kind of access. */
export const KINDS: u32 = Flag.WRITE | Flag.INSTRUCTION | Flag.PRIVILEGED;

/**
 * The first of rows [i, end) that has not these flags, `free` ones left out, and StreamID, nor with Flag.SSV this SubstreamID, or crosses
 * a page of 4 KiB.
 */
export function alikeUntil(i: u32, end: u32, flags: u32, free: u32, sid: u32, ssid: u32): u32 {
  const allFlags = i32x4.splat(flags);
  const anyFlags = i32x4.splat(free);
  const allStreams = i32x4.splat(sid);
  const allSubstreams = i32x4.splat(ssid);
  const within = flags & Flag.SSV ? i32x4.splat(-1) : i32x4.splat(0);
  for (; i + 4 <= end; i += 4) {
    const w = (<usize>i) << 2;
    const other = v128.or(
      v128.or(
        v128.xor(v128.load(Columns.streams + w), allStreams),
        v128.andnot(v128.xor(v128.load(Columns.flagsAt + w), allFlags), anyFlags),
      ),
      v128.or(v128.and(v128.xor(v128.load(Columns.substreams + w), allSubstreams), within), crossing(w)),
    );
    if (v128.any_true(other)) break;
  }
  for (; i < end; i++) {
    const w = (<usize>i) << 2;
    const size = <i32>load<u16>(Columns.sizes + (w >> 1));
    if (load<u32>(Columns.streams + w) != sid || (load<u32>(Columns.flagsAt + w) ^ flags) & ~free) break;
    if (flags & Flag.SSV && load<u32>(Columns.substreams + w) != ssid) break;
    if ((load<i32>(Columns.iovas + (w << 1)) & (PAGE - 1)) + size > PAGE) break;
  }
  return i;
}

/** None of rows [i, end), a multiple of four, crosses a page of 4 KiB. */
export function crossesNothing(i: u32, end: u32): bool {
  let other = i64x2.splat(0);
  for (; i < end; i += 4) other = v128.or(other, crossing((<usize>i) << 2));
  return !v128.any_true(other);
}
