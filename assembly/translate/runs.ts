// Runs of rows of one stream that miss and walk straight: what `plainMiss` does (translate/miss.ts), with everything that follows from
// the stream found out once for the run, and the sums of counters stored at its end. Takes one stage, without walk caches; with TLBs
// of the shapes that translate/hits.ts takes, pages of 4 KiB that are neither global nor contiguous. Whatever else a row is ends the
// run before that row has changed anything. test/equal/.
import * as AttributeWord from '../request/attribute-word';
import * as Cache from '../abi/cache';
import * as Config from '../request/config';
import * as DeviceCounters from '../abi/device-counters';
import * as Entry from '../abi/entry';
import * as Flag from '../abi/flag';
import * as Half from '../request/half';
import * as HitPlace from '../abi/hit-place';
import * as Layout from '../abi/layout';
import * as Machine from '../request/machine';
import * as Request from '../abi/request';
import * as StreamMemo from '../abi/stream-memo';
import * as StreamRecord from '../abi/stream-record';
import * as Geometry from '../arch/geometry';
import { base, requestAt } from '../memory/base';
import { pow2 } from '../memory/bits';
import * as Bus from '../memory/bus';
import { checkAccess } from '../memory/check';
import { oasBits } from '../state/regs';
import { payload, printOf, tagAt } from '../tlb/array';
import { contextGeneration } from '../tlb/context';
import { fillAbsent, fillReady } from '../tlb/lookup';
import { UNSHAPED } from '../tlb/passing';
import * as Quiet from '../tlb/quiet';
import { contiguousSpan } from '../walk/descriptor';
import { ownerOf } from '../walk/fill';
import { permissionIndex } from '../walk/plan';
import * as Straight from '../walk/straight';
import * as Columns from './columns';
import { planned, usePlanned } from './planned';
import * as Probes from './probes';
import * as Streams from './streams';

const TABLE: u64 = 3;
const AF: u64 = 1 << 10;
const NG: u64 = 1 << 11;
const CONTIGUOUS: u64 = 1 << 52;
const HIERARCHICAL: u64 = 59;
const PAGE: u64 = 0xfff;
const TAKEN: u32 = Flag.WRITE | Flag.INSTRUCTION | Flag.PRIVILEGED | Flag.SSV;

@inline
function add(at: usize, n: u64): void {
  store<u64>(at, load<u64>(at) + n);
}

/** Rows [i, end) as far as they are such a run; gives the row after it. */
export function walkRun(i: u32, end: u32): u32 {
  const w = (<usize>i) << 2;
  const flags = load<u32>(Columns.flagsAt + w);
  const sid = load<u32>(Columns.streams + w);
  const ssid = load<u32>(Columns.substreams + w);
  if (!Probes.usable || flags & ~TAKEN) return i;
  const substream = Streams.substreamOf(flags, ssid);
  const m = Streams.memoAt(sid, substream);
  if (!Streams.isLineOf(m, sid, substream)) return i;
  const c = planned(m, sid, substream);
  if (!c) return i;
  const stages = load<u32>(c, Config.FLAGS) & (Config.FLAG_S1 | Config.FLAG_S2);
  // Numbers that are to be given first change more than a row does.
  if (load<u32>(c, Config.CONTEXT_GEN) != contextGeneration() || !load<u32>(c, Config.CONTEXT)) {
    if (load<u32>(<usize>load<u32>(m, StreamMemo.MICRO), Cache.ENTRIES)) return i;
    if (load<u32>(<usize>load<u32>(m, StreamMemo.MAIN), Cache.ENTRIES)) return i;
  }
  if (stages == Config.FLAG_S1) return Probes.cached1 ? i : run1(i, end, m, c, flags, sid, ssid);
  if (stages == Config.FLAG_S2) return Probes.cached2 ? i : run2(i, end, m, c, flags, sid, ssid);
  return i;
}

function run1(i: u32, end: u32, m: usize, c: usize, flags: u32, sid: u32, ssid: u32): u32 {
  return run(false, i, end, m, c, flags, sid, ssid);
}
function run2(i: u32, end: u32, m: usize, c: usize, flags: u32, sid: u32, ssid: u32): u32 {
  return run(true, i, end, m, c, flags, sid, ssid);
}

// second: stage 2 alone, else stage 1 alone.
@inline
function run(second: bool, i: u32, end: u32, m: usize, c: usize, flags: u32, sid: u32, ssid: u32): u32 {
  const micro = <usize>load<u32>(m, StreamMemo.MICRO);
  const main = <usize>load<u32>(m, StreamMemo.MAIN);
  const hasMicro = load<u32>(micro, Cache.ENTRIES) != 0;
  const hasMain = load<u32>(main, Cache.ENTRIES) != 0;
  const tlbs = hasMicro || hasMain;
  if (hasMicro && !Quiet.takesMicro(micro)) return i;
  if (!Quiet.takesMain(main)) return i;
  if ((load<u64>(micro, Cache.SIZES) | load<u64>(main, Cache.SIZES)) & ~1) return i;
  const h = second ? c + Config.STAGE2 : c + Config.HALF0;
  const shape = load<u64>(h, Half.IASIZE);
  const odd: u64 = second ? Half.FLAG_BIG_ENDIAN : Half.FLAG_EPD | Half.FLAG_E0PD | Half.FLAG_BIG_ENDIAN;
  const iasize = second ? min<u64>(shape & 0xff, <u64>oasBits()) : shape & 0xff;
  if (Straight.oddFormat(shape) || (shape >> 32) & odd || !iasize) return i;
  const high = Straight.highBits(shape);
  const had = !second && ((<u32>(shape >> 32)) & Half.FLAG_HAD) != 0;
  const g = (shape >> 8) & 0xff;
  const start = <i32>(<i8>(shape >> 16));
  const stride = g - 3;
  const top = g + stride * <u64>(3 - start);
  const ips = <u64>(second ? load<u32>(c, Config.S2PS) : load<u32>(c, Config.IPS));
  const address = Straight.FORMAT_48 & ~(pow2(<u32>g) - 1);
  const inTable = pow2(<u32>stride) - 1;
  const root = load<u64>(h, Half.TTB);
  const perms = second ? c + Config.PERMS2 : c + Config.PERMS1;
  const config = load<u32>(c, Config.FLAGS);
  // No groups with hardware updates of the access flag, as in stage1Leaf and stage2Leaf.
  const grouped = !(config & (second ? Config.FLAG_S2_HA : Config.FLAG_S1_HA));
  const halves = !second && (config & Config.FLAG_TWO_HALVES) != 0;
  const access =
    flags & Flag.WRITE
      ? flags & (Flag.WRITE | Flag.PRIVILEGED)
      : flags & (Flag.INSTRUCTION | Flag.PRIVILEGED);
  const wide = oasBits() >= 52 ? 1 : 0;
  const context = <u64>load<u32>(m, StreamMemo.CONTEXT);
  const mix = load<u32>(m, StreamMemo.MIX);
  const substream = Streams.substreamOf(flags, ssid);
  const t = tagAt(micro, 0);
  const owner = ownerOf(c);
  const first = Bus.memoBase;
  const limit = Bus.memoLimit;
  const mem = Bus.memoMem;
  const levels = base + Layout.COUNTERS + DeviceCounters.LEVEL_READS + (second ? 40 : 0);
  let marks: u32 = Entry.FLAG_LEAF | (second ? Entry.FLAG_S2 : Entry.FLAG_S1);
  if (!second && (<u32>(shape >> 32)) & Half.FLAG_TBI) marks |= Entry.FLAG_TBI;
  if (config & Config.FLAG_ASET) marks |= Entry.FLAG_ASET;
  const begin = i;
  let reads: u64 = 0;
  for (; i < end; i++) {
    const w = (<usize>i) << 2;
    const va = load<u64>(Columns.iovas + (w << 1));
    const size = <u32>load<u16>(Columns.sizes + (w >> 1));
    let other = (load<u32>(Columns.streams + w) ^ sid) | (load<u32>(Columns.flagsAt + w) ^ flags);
    if (flags & Flag.SSV) other |= load<u32>(Columns.substreams + w) ^ ssid;
    other |= (4096 - size - ((<u32>va) & 0xfff)) >> 31;
    if (other || va >> iasize) break;
    const tag = ((va & ~PAGE) << 8) | context;
    let f0 = i64x2.splat(0);
    let f1 = f0;
    let print = f0;
    let row: usize = 0;
    if (hasMicro) {
      print = i16x8.splat(<i16>printOf(tag));
      f0 = v128.load(t, Quiet.PRINTS);
      f1 = v128.load(t, Quiet.PRINTS + 16);
      if (Quiet.lanesOf(f0, f1, print)) break;
    }
    if (hasMain) {
      row = (<usize>Quiet.setOfMain(main, va, 12, mix)) << 2;
      if (Quiet.waysOf(tagAt(main, 0) + (row << 3), tag)) break;
    }
    let shift = top;
    let level = start;
    let place = root | ((va >> shift) << 3);
    let desc: u64 = 0;
    let off = place - first;
    while (off < limit) {
      if (CHECKING) checkAccess(mem + <usize>off, 8);
      desc = load<u64>(mem + <usize>off);
      if (level == 3 || (desc & TABLE) != TABLE) break;
      const next = desc & address;
      if ((!second && desc >> HIERARCHICAL && !had) || next >> ips || desc & high) {
        off = limit;
        break;
      }
      level++;
      shift -= stride;
      place = next | (((va >> shift) & inTable) << 3);
      off = place - first;
    }
    if (off >= limit || (desc & (1 | AF | high)) != (1 | AF)) break;
    if (level == 3 ? !(desc & 2) : !Geometry.blockAllowed(<u32>g, level, 0, wide)) break;
    const inside = pow2(<u32>shift) - 1;
    const out = (desc & address & ~inside) | (va & inside);
    const perm = <u32>load<u8>(perms + permissionIndex(desc));
    if (out >> ips || !((perm >> access) & 1)) break;
    let span = <u32>shift;
    if (desc & CONTIGUOUS && grouped)
      span = contiguousSpan(
        span,
        <u32>Geometry.contiguousLog2(<u32>g, level),
        va,
        out,
        <u32>load<u8>(h, Half.IASIZE),
      );
    if (tlbs) {
      if (span != 12 || (halves && !(desc & NG))) break;
      let attr = load<u32>(c, Config.SHAPE);
      if (second)
        attr |=
          load<u32>(c, Config.ATTR2) | (((<u32>(desc >> 2)) & 15) << 11) | (((<u32>(desc >> 8)) & 3) << 15);
      else
        attr |=
          AttributeWord.S1 |
          ((<u32>(load<u64>(c + Config.CD, 24) >> ((desc & 0x1c) << 1))) & 0xff) |
          ((<u32>desc) & 0x300);
      const page = out & ~PAGE;
      const allowed = second ? 0xff | (perm << 8) : perm | 0xff00;
      const image = requestAt(Request.MAIN) + Machine.IMAGE;
      const own = second ? (<u32>(level + 1)) << 4 : <u32>(level + 1);
      const v0 = i64x2.replace_lane(
        i64x2.splat(<i64>(page | (<u64>perm))),
        1,
        <i64>((<u64>allowed) | ((<u64>attr) << 32)),
      );
      const v1 = i64x2.replace_lane(i64x2.splat(<i64>(second ? va & ~PAGE : page)), 1, <i64>(<u64>marks));
      const spans = 12 | (second ? 12 << 16 : 12 << 8) | ((<u32>g) << 24);
      const v2 = i64x2.replace_lane(
        i64x2.splat(<i64>((<u64>sid) | ((<u64>substream) << 32))),
        1,
        <i64>((<u64>spans) | ((<u64>(own | (UNSHAPED << 8))) << 32)),
      );
      v128.store(image, v0);
      v128.store(image, v1, 16);
      v128.store(image, v2, 32);
      if (hasMain) {
        if (load<u32>(main, Cache.VALID) == load<u32>(main, Cache.ENTRIES)) {
          const at = row + Quiet.victimOfMain(main, <u32>(row >> 2));
          const to = payload(main, <u32>at);
          v128.store(to, v0);
          v128.store(to, v1, 16);
          v128.store(to, v2, 32);
          store<u64>(tagAt(main, 0) + (at << 3), tag);
          store<u16>(base + <usize>load<u32>(main, Cache.OWNERS) + (at << 1), <u16>owner);
          add(main + Cache.FILLS, 1);
          add(main + Cache.EVICTIONS, 1);
        } else fillReady(main, fillAbsent(main, va, 12, <u32>context, mix), image, owner);
      }
      if (hasMicro) {
        if (load<u32>(micro, Cache.VALID) == Quiet.WAYS) {
          let tree = load<u32>(t, Quiet.TREE);
          const step = Quiet.stepOf(tree);
          const victim = Quiet.victimOf(tree, step);
          tree = Quiet.turned(tree, step);
          store<u32>(t, tree, Quiet.TREE);
          const to = t + victim * Entry.BYTES;
          v128.store(to, v0, Quiet.DATA);
          v128.store(to, v1, Quiet.DATA + 16);
          v128.store(to, v2, Quiet.DATA + 32);
          store<u64>(t + (victim << 3), tag);
          store<u16>(t + (victim << 1), <u16>owner, Quiet.OWNERS);
          const lane = i16x8.splat(<i16>victim);
          v128.store(
            t,
            v128.bitselect(print, f0, i16x8.eq(lane, i16x8(0, 1, 2, 3, 4, 5, 6, 7))),
            Quiet.PRINTS,
          );
          v128.store(
            t,
            v128.bitselect(print, f1, i16x8.eq(lane, i16x8(8, 9, 10, 11, 12, 13, 14, 15))),
            Quiet.PRINTS + 16,
          );
          add(micro + Cache.FILLS, 1);
          add(micro + Cache.EVICTIONS, 1);
        } else fillReady(micro, fillAbsent(micro, va, 12, <u32>context, 0), image, owner);
      }
    }
    for (let l = start; l <= level; l++) add(levels + ((<usize>(l + 1)) << 3), 1);
    reads += <u64>(level - start + 1);
    store<u64>(Columns.pas + (w << 1), out);
    store<u32>(Columns.statuses + w, (min(span, <u32>ips) << 16) | (HitPlace.WALK << 24));
  }
  const rows = i - begin;
  if (!rows) return i;
  const n = <u64>rows;
  const record = <usize>load<u32>(m, StreamMemo.STREAM);
  if (hasMicro) add(micro + Cache.MISSES, n);
  if (hasMain) add(main + Cache.MISSES, n);
  usePlanned(c, rows);
  add(record + StreamRecord.CONFIG_HITS, n);
  add(record + StreamRecord.HIT + 8 * HitPlace.WALK, n);
  add(record + StreamRecord.READS + (second ? 24 : 16), reads);
  add(record + StreamRecord.WALKS, n);
  return i;
}
