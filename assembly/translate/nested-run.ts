// Runs of nested walks of one stream, side by side: Ahead.NESTED_ROWS of them take each level together, so that the memory behind fetches their
// descriptors at the same time. They do what `plainMiss` does (translate/miss.ts) where only configurations are cached: no row of them
// changes what another finds. Stage 1 has pages at level 3. A row that is anything else ends the run before it has changed anything.
// Stage 1: State.S1_ROOT to State.S1_DONE, stage 2: State.S2_BEGIN to State.S2_DONE, as walk/straight.ts has them. test/equal/.
import * as Ahead from '../abi/ahead';
import { accessKind } from '../request/access';
import * as Config from '../request/config';
import * as DeviceCounters from '../abi/device-counters';
import * as Half from '../request/half';
import * as Header from '../abi/header';
import * as HitPlace from '../abi/hit-place';
import * as Layout from '../abi/layout';
import * as StreamMemo from '../abi/stream-memo';
import * as StreamRecord from '../abi/stream-record';
import * as Geometry from '../arch/geometry';
import { base, region } from '../memory/base';
import { pow2 } from '../memory/bits';
import * as Bus from '../memory/bus';
import { checkAccess } from '../memory/check';
import { add } from '../memory/sum';
import { oasBits } from '../state/regs';
import { contiguousSpan } from '../walk/descriptor';
import { permissionIndex } from '../walk/plan';
import * as Straight from '../walk/straight';
import { isKnown, rememberFor, tablePage } from '../walk/table-pages';
import { alikeUntil } from './alike';
import * as Columns from './columns';
import { countReads2 } from './miss';
import { usePlanned } from './planned';

const TABLE: u64 = 3;
const AF: u64 = 1 << 10;
const CONTIGUOUS: u64 = 1 << 52;
const HIERARCHICAL: u64 = 59;
const PAGE: u64 = 0xfff;
const READ_PRIVILEGED: u32 = 4;
/** A leaf's level + 1, at bits that descriptors leave to software. */
const LEVEL: u64 = 55;
const LEVEL_MASK: u64 = 7 << LEVEL;
/** One for each level from -1 up. */
const ONE_OF_EACH: u64 = 0x0101010101;
const ODD: u64 = Half.FLAG_EPD | Half.FLAG_E0PD | Half.FLAG_BIG_ENDIAN;

// Stage 2 of configuration c for walks side by side: the leaf for `input`, which lets the access pass, with its level at LEVEL; 0:
// something is unusual.
@inline
function leaf2(
  c: usize,
  shape: u64,
  ps: u64,
  input: u64,
  wide: i32,
  first: u64,
  limit: u64,
  mem: usize,
  access: u32,
): u64 {
  const g = (shape >> 8) & 0xff;
  const stride = g - 3;
  const high = Straight.highBits(shape);
  const address = Straight.FORMAT_48 & ~(pow2(<u32>g) - 1);
  const inTable = (pow2(<u32>stride) - 1) << 3;
  let level = <i32>(<i8>(shape >> 16));
  let shift = g + stride * <u64>(3 - level);
  if (input >> (shape & 0xff)) return 0;
  let off = (load<u64>(c + Config.STAGE2, Half.TTB) | ((input >> shift) << 3)) - first;
  let desc: u64;
  for (;;) {
    if (off >= limit) return 0;
    if (CHECKING) checkAccess(mem + <usize>off, 8);
    desc = load<u64>(mem + <usize>off);
    if (level == 3 || (desc & TABLE) != TABLE) break;
    const next = desc & address;
    if (next >> ps || desc & high) return 0;
    level++;
    shift -= stride;
    off = (next | ((input >> (shift - 3)) & inTable)) - first;
  }
  if ((desc & (1 | AF | high)) != (1 | AF)) return 0;
  if (level == 3 ? !(desc & 2) : !Geometry.blockAllowed(<u32>g, level, 0, wide)) return 0;
  const leaf = (desc & ~LEVEL_MASK) | ((<u64>(level + 1)) << LEVEL);
  if (outputOf(leaf, shift, input, shape) >> ps) return 0;
  return ((<u32>load<u8>(c + permissionIndex(desc), Config.PERMS2)) >> access) & 1 ? leaf : 0;
}

@inline
function levelOf(leaf: u64): i32 {
  return <i32>((leaf & LEVEL_MASK) >> LEVEL) - 1;
}

// log2 of what a leaf of stage 2 covers, without its Contiguous bit.
@inline
function shiftOf(leaf: u64, shape: u64): u64 {
  const g = (shape >> 8) & 0xff;
  return g + (g - 3) * <u64>(3 - levelOf(leaf));
}

@inline
function outputOf(leaf: u64, shift: u64, input: u64, shape: u64): u64 {
  const inside = pow2(<u32>shift) - 1;
  const address = Straight.FORMAT_48 & ~(pow2(<u32>((shape >> 8) & 0xff)) - 1);
  return (leaf & address & ~inside) | (input & inside);
}

// Descriptors that were read for it, eight bits for each level.
@inline
function readsOf(leaf: u64, shape: u64): u64 {
  const start = <i32>(<i8>(shape >> 16));
  const until = pow2(<u32>(8 * (levelOf(leaf) + 2))) - 1;
  const first = <u64>(8 * (start + 1));
  return (ONE_OF_EACH << first) & until;
}

/** Rows [i, end) of memo line m and configuration c, nested, as far as they are such a run; gives the row after it. */
export function nestedRun(i: u32, end: u32, m: usize, c: usize, flags: u32, sid: u32, ssid: u32): u32 {
  const h = c + Config.HALF0;
  const shape = load<u64>(h, Half.IASIZE);
  const shape2 = load<u64>(c + Config.STAGE2, Half.IASIZE);
  const start = <i32>(<i8>(shape >> 16));
  if (Straight.oddFormat(shape) || (shape >> 32) & ODD || !(shape & 0xff)) return i;
  if (Straight.oddFormat(shape2) || (shape2 >> 32) & Half.FLAG_BIG_ENDIAN) return i;
  end = alikeUntil(i, end, flags, 0, sid, ssid);
  rememberFor(c);
  const access = accessKind(flags);
  const begin = i;
  let reads2: u64 = 0;
  while (i < end) {
    const some = min<u32>(Ahead.NESTED_ROWS, end - i);
    let n = roots(i, some, h, shape);
    for (let level = start; level < 3 && n; level++) n = tables(i, n, c, h, shape, level);
    if (n) n = lastTables(n, c, shape2);
    fetch(n);
    if (n) n = leaves(i, n, c, shape, access);
    if (n) n = outputs(i, n, c, shape2, access);
    reads2 += countReads2(readsOfRows(n));
    i += n;
    if (n < some) break;
  }
  const rows = i - begin;
  if (rows) count(m, c, start, rows, reads2);
  return i;
}

// Where the first descriptor of each row is.
function roots(i: u32, n: u32, h: usize, shape: u64): u32 {
  const iasize = shape & 0xff;
  const g = (shape >> 8) & 0xff;
  const top = g + (g - 3) * <u64>(3 - <i32>(<i8>(shape >> 16)));
  const root = load<u64>(h, Half.TTB);
  let row = region(base + Header.AHEAD);
  for (let k: u32 = 0; k < n; k++) {
    const va = load<u64>(Columns.iovas + ((<usize>(i + k)) << 3));
    if (va >> iasize) return k;
    store<u64>(row, root | ((va >> top) << 3), Ahead.AT);
    store<u64>(row, 0, Ahead.READS2);
    row += Ahead.ROW_BYTES;
  }
  return n;
}

// From the descriptors of `level`, which are not the last ones, to those below.
function tables(i: u32, n: u32, c: usize, h: usize, shape: u64, level: i32): u32 {
  const g = (shape >> 8) & 0xff;
  const stride = g - 3;
  const below = g + stride * <u64>(2 - level) - 3;
  const ips = <u64>load<u32>(c, Config.IPS);
  const address = Straight.FORMAT_48 & ~(pow2(<u32>g) - 1);
  const inTable = (pow2(<u32>stride) - 1) << 3;
  const had = (load<u32>(h, Half.FLAGS) & Half.FLAG_HAD) != 0;
  const high = Straight.highBits(shape);
  const first = Bus.memoBase;
  const limit = Bus.memoLimit;
  const mem = Bus.memoMem;
  let row = region(base + Header.AHEAD);
  for (let k: u32 = 0; k < n; k++) {
    const at = load<u64>(row, Ahead.AT);
    const line = tablePage(at);
    if (!isKnown(line, at) && !Straight.throughStage2(c, at)) return k;
    const page = load<u64>(line, Ahead.PA);
    const reads = load<u64>(line, Ahead.READS);
    const off = (page | (at & PAGE)) - first;
    if (off >= limit) return k;
    if (CHECKING) checkAccess(mem + <usize>off, 8);
    const desc = load<u64>(mem + <usize>off);
    const next = desc & address;
    if ((desc & TABLE) != TABLE || (desc >> HIERARCHICAL && !had) || next >> ips || desc & high) return k;
    const va = load<u64>(Columns.iovas + ((<usize>(i + k)) << 3));
    store<u64>(row, next | ((va >> below) & inTable), Ahead.AT);
    store<u64>(row, load<u64>(row, Ahead.READS2) + reads, Ahead.READS2);
    row += Ahead.ROW_BYTES;
  }
  return n;
}

// Where the descriptors of level 3 are. What stage 2 makes of their pages is remembered from the row before alone: there are many of them.
function lastTables(n: u32, c: usize, shape2: u64): u32 {
  const ps = <u64>load<u32>(c, Config.S2PS);
  const wide = oasBits() >= 52 ? 1 : 0;
  const first = Bus.memoBase;
  const limit = Bus.memoLimit;
  const mem = Bus.memoMem;
  let row = region(base + Header.AHEAD);
  let known: u64 = u64.MAX_VALUE;
  let page: u64 = 0;
  let reads: u64 = 0;
  for (let k: u32 = 0; k < n; k++) {
    const at = load<u64>(row, Ahead.AT);
    if (at >> 12 != known) {
      const leaf = leaf2(c, shape2, ps, at, wide, first, limit, mem, READ_PRIVILEGED);
      if (!leaf) return k;
      page = outputOf(leaf, shiftOf(leaf, shape2), at, shape2) & ~PAGE;
      reads = readsOf(leaf, shape2);
      known = at >> 12;
    }
    const off = (page | (at & PAGE)) - first;
    if (off >= limit) return k;
    if (CHECKING) checkAccess(mem + <usize>off, 8);
    store<u32>(row, <u32>(mem + <usize>off), Ahead.WHERE);
    store<u64>(row, load<u64>(row, Ahead.READS2) + reads, Ahead.READS2);
    row += Ahead.ROW_BYTES;
  }
  return n;
}

// The descriptors themselves: so little between one and the next that all of them are on their way together.
function fetch(n: u32): void {
  let row = region(base + Header.AHEAD);
  const end = row + <usize>(n * Ahead.ROW_BYTES);
  for (; row != end; row += Ahead.ROW_BYTES)
    store<u64>(row, load<u64>(<usize>load<u32>(row, Ahead.WHERE)), Ahead.AT);
}

// From the descriptors of level 3 to the outputs of stage 1.
function leaves(i: u32, n: u32, c: usize, shape: u64, access: u32): u32 {
  const g = (shape >> 8) & 0xff;
  const ips = <u64>load<u32>(c, Config.IPS);
  const address = Straight.FORMAT_48 & ~(pow2(<u32>g) - 1);
  const high = Straight.highBits(shape);
  const grouped = !(load<u32>(c, Config.FLAGS) & Config.FLAG_S1_HA);
  const inside = pow2(<u32>g) - 1;
  let row = region(base + Header.AHEAD);
  for (let k: u32 = 0; k < n; k++) {
    const desc = load<u64>(row, Ahead.AT);
    if ((desc & (TABLE | AF | high)) != (TABLE | AF)) return k;
    const va = load<u64>(Columns.iovas + ((<usize>(i + k)) << 3));
    const out = (desc & address) | (va & inside);
    if (out >> ips || !(((<u32>load<u8>(c + permissionIndex(desc), Config.PERMS1)) >> access) & 1)) return k;
    let span = <u32>g;
    if (desc & CONTIGUOUS && grouped)
      span = contiguousSpan(span, <u32>Geometry.contiguousLog2(<u32>g, 3), va, out, <u32>(shape & 0xff));
    store<u64>(row, out, Ahead.AT);
    store<u32>(row, min(span, <u32>ips), Ahead.SPAN);
    row += Ahead.ROW_BYTES;
  }
  return n;
}

// Stage 2 of the outputs, and the answers.
function outputs(i: u32, n: u32, c: usize, shape2: u64, access: u32): u32 {
  const ps = <u64>load<u32>(c, Config.S2PS);
  const wide = oasBits() >= 52 ? 1 : 0;
  const first = Bus.memoBase;
  const limit = Bus.memoLimit;
  const mem = Bus.memoMem;
  const grouped = !(load<u32>(c, Config.FLAGS) & Config.FLAG_S2_HA);
  let row = region(base + Header.AHEAD);
  for (let k: u32 = 0; k < n; k++) {
    const ipa = load<u64>(row, Ahead.AT);
    const leaf = leaf2(c, shape2, ps, ipa, wide, first, limit, mem, access);
    if (!leaf) return k;
    const shift = shiftOf(leaf, shape2);
    const out = outputOf(leaf, shift, ipa, shape2);
    let span = <u32>shift;
    if (leaf & CONTIGUOUS && grouped)
      span = contiguousSpan(
        span,
        <u32>Geometry.contiguousLog2((<u32>(shape2 >> 8)) & 0xff, levelOf(leaf)),
        ipa,
        out,
        <u32>(shape2 & 0xff),
      );
    span = min(min(span, <u32>ps), load<u32>(row, Ahead.SPAN));
    const w = (<usize>(i + k)) << 2;
    store<u64>(Columns.pas + (w << 1), out);
    store<u32>(Columns.statuses + w, (span << 16) | (HitPlace.WALK << 24));
    store<u64>(row, load<u64>(row, Ahead.READS2) + readsOf(leaf, shape2), Ahead.READS2);
    row += Ahead.ROW_BYTES;
  }
  return n;
}

// Descriptors of stage 2 that the first n rows read, eight bits for each level: at most six of a level a row, so that the sum of
// Ahead.NESTED_ROWS rows fits.
function readsOfRows(n: u32): u64 {
  let row = region(base + Header.AHEAD);
  let reads: u64 = 0;
  for (let k: u32 = 0; k < n; k++) {
    reads += load<u64>(row, Ahead.READS2);
    row += Ahead.ROW_BYTES;
  }
  return reads;
}

// Everything else that is counted for the rows of a run.
function count(m: usize, c: usize, start: i32, rows: u32, reads2: u64): void {
  const n = <u64>rows;
  const record = <usize>load<u32>(m, StreamMemo.STREAM);
  usePlanned(c, rows);
  const levels = base + Layout.COUNTERS + DeviceCounters.LEVEL_READS;
  for (let level = start; level <= 3; level++) add(levels + ((<usize>(level + 1)) << 3), n);
  add(record + StreamRecord.CONFIG_HITS, n);
  add(record + StreamRecord.HIT + 8 * HitPlace.WALK, n);
  add(record + StreamRecord.READS + 16, n * <u64>(4 - start));
  add(record + StreamRecord.READS + 24, reads2);
  add(record + StreamRecord.WALKS, n);
}
