// Runs of rows of one stream that miss and walk straight: what `plainMiss` does (translate/miss.ts), with everything that follows from
// the stream found out once for the run, and the sums of counters stored at its end. Takes one stage; with TLBs of the shapes that
// translate/hits.ts takes, and with walk caches of stage 1 of which each level has one of four ways (State.S1_PROBE, S1_READ,
// COMBINE), pages of 4 KiB that are neither global nor contiguous. Whatever else a row is ends the run before that row has changed
// anything. test/equal/.
import * as AttributeWord from '../request/attribute-word';
import * as Cache from '../abi/cache';
import { accessKind } from '../request/access';
import * as Config from '../request/config';
import * as Entry from '../abi/entry';
import * as Flag from '../abi/flag';
import * as Half from '../request/half';
import * as HitPlace from '../abi/hit-place';
import * as StreamMemo from '../abi/stream-memo';
import * as StreamRecord from '../abi/stream-record';
import * as Geometry from '../arch/geometry';
import { pow2 } from '../memory/bits';
import * as Bus from '../memory/bus';
import { checkAccess } from '../memory/check';
import { add } from '../memory/sum';
import { oasBits } from '../state/regs';
import { printOf, tagAt } from '../tlb/array';
import { contextGeneration } from '../tlb/context';
import { UNSHAPED } from '../tlb/passing';
import * as Quiet from '../tlb/quiet';
import { contiguousSpan } from '../walk/descriptor';
import { ownerOf } from '../walk/fill';
import { permissionIndex } from '../walk/plan';
import * as Straight from '../walk/straight';
import * as Alike from './alike';
import * as Columns from './columns';
import { countCached, countReads, MOST } from './level-counts';
import { nestedRun } from './nested-run';
import { planned, usePlanned } from './planned';
import * as Probes from './probes';
import { severalRows } from './several';
import * as Streams from './streams';
import { lineOf, noteTable, tableOfLine } from './last-tables';

const TABLE: u64 = 3;
const AF: u64 = 1 << 10;
const NG: u64 = 1 << 11;
const CONTIGUOUS: u64 = 1 << 52;
const HIERARCHICAL: u64 = 59;
const PAGE: u64 = 0xfff;
const TABLE_MARKS: u32 = Entry.FLAG_S1 | Entry.FLAG_TABLE_PA;
const TAKEN: u32 = Alike.KINDS | Flag.SSV;

// The kind of access of a row; w: four times its number.
@inline
function accessAt(w: usize): u32 {
  return accessKind(load<u32>(Columns.flagsAt + w));
}

@inline
function pair(low: i64, high: i64): v128 {
  return i64x2.replace_lane(i64x2.splat(low), 1, high);
}

// The TBU of memo line m has a TLB.
@inline
function tlbOf(m: usize): bool {
  const micro = <usize>load<u32>(m, StreamMemo.MICRO);
  const main = <usize>load<u32>(m, StreamMemo.MAIN);
  return (load<u32>(micro, Cache.ENTRIES) | load<u32>(main, Cache.ENTRIES)) != 0;
}

/** Rows [i, end) as far as they are such a run, MOST of them at most; gives the row after it. */
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
  const cached = stages == Config.FLAG_S1 ? Probes.cached1 : Probes.cached2;
  // Numbers that are to be given first change more than a row does.
  if (load<u32>(c, Config.CONTEXT_GEN) != contextGeneration() || !load<u32>(c, Config.CONTEXT)) {
    if (cached || tlbOf(m)) return i;
  }
  end = min(end, i + MOST);
  const second = stages == Config.FLAG_S2;
  if (second || stages == Config.FLAG_S1) {
    if (cached) return Probes.quiet1 && !second ? runCached(i, end, m, c, flags, sid, ssid) : i;
    if (!second && !tlbOf(m) && othersFollow(i, end, sid, flags, ssid)) {
      const next = severalRows(i, end, c, flags);
      if (next > i) return next;
    }
    return runPlain(second, i, end, m, c, flags, sid, ssid);
  }
  return Probes.cached1 || Probes.cached2 || tlbOf(m) ? i : nestedRun(i, end, m, c, flags, sid, ssid);
}

// The row after row i is of another stream.
@inline
function othersFollow(i: u32, end: u32, sid: u32, flags: u32, ssid: u32): bool {
  const w = (<usize>(i + 1)) << 2;
  if (i + 1 == end) return false;
  return (
    load<u32>(Columns.streams + w) != sid ||
    ((flags & Flag.SSV) != 0 && load<u32>(Columns.substreams + w) != ssid)
  );
}

// The loops have functions of their own, as those of hits.ts.
function runPlain(second: bool, i: u32, end: u32, m: usize, c: usize, flags: u32, sid: u32, ssid: u32): u32 {
  return run(second, false, i, end, m, c, flags, sid, ssid);
}
function runCached(i: u32, end: u32, m: usize, c: usize, flags: u32, sid: u32, ssid: u32): u32 {
  return run(false, true, i, end, m, c, flags, sid, ssid);
}

// second: stage 2 alone, else stage 1 alone. cached: Table descriptors and leaves of stage 1 are kept in walk caches.
@inline
function run(
  second: bool,
  cached: bool,
  i: u32,
  end: u32,
  m: usize,
  c: usize,
  flags: u32,
  sid: u32,
  ssid: u32,
): u32 {
  const micro = <usize>load<u32>(m, StreamMemo.MICRO);
  const main = <usize>load<u32>(m, StreamMemo.MAIN);
  const hasMicro = load<u32>(micro, Cache.ENTRIES) != 0;
  const hasMain = load<u32>(main, Cache.ENTRIES) != 0;
  const fills = cached || hasMicro || hasMain;
  if (hasMicro && !Quiet.takesMicro(micro)) return i;
  if (!Quiet.takesMain(main)) return i;
  if ((load<u64>(micro, Cache.SIZES) | load<u64>(main, Cache.SIZES)) & ~1) return i;
  const h = second ? c + Config.STAGE2 : c + Config.HALF0;
  const shape = load<u64>(h, Half.IASIZE);
  const odd: u64 = second ? Half.FLAG_BIG_ENDIAN : Half.FLAG_EPD | Half.FLAG_E0PD | Half.FLAG_BIG_ENDIAN;
  const iasize = second ? min<u64>(shape & 0xff, <u64>oasBits()) : shape & 0xff;
  if (Straight.oddFormat(shape) || (shape >> 32) & odd || !iasize) return i;
  const high = Straight.highBits(shape);
  const had = second || ((<u32>(shape >> 32)) & Half.FLAG_HAD) != 0;
  const g = (shape >> 8) & 0xff;
  const start = <i32>(<i8>(shape >> 16));
  if (cached && (g != 12 || start < 0 || !Probes.takesTables(start))) return i;
  const stride = g - 3;
  const top = g + stride * <u64>(3 - start);
  const leafSpan = g + stride;
  const ips = <u64>(second ? load<u32>(c, Config.S2PS) : load<u32>(c, Config.IPS));
  const address = Straight.FORMAT_48 & ~(pow2(<u32>g) - 1);
  const inTable = pow2(<u32>stride) - 1;
  const root = load<u64>(h, Half.TTB);
  const perms = second ? c + Config.PERMS2 : c + Config.PERMS1;
  const config = load<u32>(c, Config.FLAGS);
  // No groups with hardware updates of the access flag, as in stage1Leaf and stage2Leaf.
  const grouped = !(config & (second ? Config.FLAG_S2_HA : Config.FLAG_S1_HA));
  const halves = !second && (config & Config.FLAG_TWO_HALVES) != 0;
  const wide = oasBits() >= 52 ? 1 : 0;
  const context = <u64>load<u32>(m, StreamMemo.CONTEXT);
  const space = <u64>load<u32>(c, Config.CONTEXT);
  const hash = <u32>load<u64>(c, Config.HASH);
  const mix = load<u32>(m, StreamMemo.MIX);
  const substream = Streams.substreamOf(flags, ssid);
  const t = tagAt(micro, 0);
  const owner = ownerOf(c);
  const first = Bus.memoBase;
  const limit = Bus.memoLimit;
  const mem = Bus.memoMem;
  const kept = Straight.tableAt(0);
  const tbi: u32 = !second && (<u32>(shape >> 32)) & Half.FLAG_TBI ? Entry.FLAG_TBI : 0;
  let marks: u32 = Entry.FLAG_LEAF | (second ? Entry.FLAG_S2 : Entry.FLAG_S1) | tbi;
  if (config & Config.FLAG_ASET) marks |= Entry.FLAG_ASET;
  const shaped = load<u32>(c, Config.SHAPE);
  // Of the words of an entry those that all of the run have; its leaf is a page of 4 KiB, which are of level 3.
  const spans: u32 = 12 | (second ? 12 << 16 : 12 << 8) | (12 << 24);
  const who = <i64>((<u64>sid) | ((<u64>substream) << 32));
  const levels: u32 = second ? 4 << 4 : 4;
  const v2 = pair(who, <i64>((<u64>spans) | ((<u64>(levels | (UNSHAPED << 8))) << 32)));
  const begin = i;
  end = Alike.alikeUntil(i, end, flags, Alike.KINDS, sid, ssid);
  // The last table of the row before, and what it is for; the same of a table of blocks, which is of level `last`.
  let known: u64 = u64.MAX_VALUE;
  const line = lineOf(c);
  let leaves = tableOfLine(line);
  let strays: u32 = 0;
  let above: u64 = u64.MAX_VALUE;
  let last = 3;
  let near = leafSpan;
  let counts: u64 = 0;
  let remembered: u32 = 0;
  for (; i < end; i++) {
    const w = (<usize>i) << 2;
    const va = load<u64>(Columns.iovas + (w << 1));
    if (va >> iasize) break;
    const tag = Quiet.pageTag(va, context);
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
    let out: u64 = 0;
    let status: u32 = (12 << 16) | (HitPlace.WALK_CACHE << 24);
    let v0 = i64x2.splat(0);
    let v1 = v0;
    const e = cached ? Probes.leafOf(va, space, hash) : 0;
    if (cached && e) {
      // The answer of an earlier walk, through a configuration that made just such entries.
      const own = (<u64>spans) | ((<u64>levels) << 32);
      const word = load<u64>(e, Entry.PA);
      if (load<u64>(e, Entry.SPANS) != own || load<u64>(e, Entry.FLAGS) != <u64>marks) break;
      if (load<u32>(e, Entry.PERM) >> 16 || !((word >> (<u64>accessAt(w))) & 1)) break;
      v0 = v128.or(v128.load(e), pair(0, <i64>((<u64>shaped) << 32)));
      v1 = v128.load(e, Entry.IPA);
      out = (word & Quiet.ADDRESS) | (va & PAGE);
      remembered++;
    } else {
      let shift = top;
      let level = start;
      let from = start;
      let desc: u64 = 0;
      let off: u64 = 0;
      let walks = true;
      if (va >> leafSpan == known) {
        // The walk would read what the row before read, whose table the walk cache above has.
        shift = g;
        level = 3;
        if (cached) from = 3;
        off = (leaves | (((va >> g) & inTable) << 3)) - first;
        if (CHECKING && off < limit) checkAccess(mem + <usize>off, 8);
        if (off < limit) desc = load<u64>(mem + <usize>off);
        walks = false;
      } else if (!cached && va >> near == above) {
        // The same of blocks; what leads further is walked from the root.
        shift = near - stride;
        level = last;
        off = (leaves | (((va >> shift) & inTable) << 3)) - first;
        if (CHECKING && off < limit) checkAccess(mem + <usize>off, 8);
        if (off < limit) desc = load<u64>(mem + <usize>off);
        walks = (desc & TABLE) == TABLE;
      }
      if (walks) {
        shift = top;
        level = start;
        let table = root;
        let index = va >> top;
        if (cached) {
          const e = Probes.tableOf(start, va, space, hash);
          if (e) {
            // A leaf, hierarchical permissions, a table of which part is somewhere else: none of them here.
            if (load<u32>(e, Entry.PERM) | (load<u32>(e, Entry.FLAGS) ^ (TABLE_MARKS | tbi))) break;
            level = load<u32>(e, Entry.LEVELS) & 15;
            shift = 39 - 9 * <u64>level;
            table = load<u64>(e, Entry.PA) & Quiet.ADDRESS;
            index = (va >> shift) & inTable;
            from = level;
          }
        }
        off = (table | (index << 3)) - first;
        while (off < limit) {
          if (CHECKING) checkAccess(mem + <usize>off, 8);
          desc = load<u64>(mem + <usize>off);
          if (level == 3 || (desc & TABLE) != TABLE) break;
          table = desc & address;
          if ((desc >> HIERARCHICAL && !had) || table >> ips || desc & high) {
            off = limit;
            break;
          }
          if (cached) store<u64>(kept + ((<usize>level) << 3), table);
          level++;
          shift -= stride;
          off = (table | (((va >> shift) & inTable) << 3)) - first;
        }
        strays += table != leaves ? 1 : 0;
        leaves = table;
        // Concatenated tables (DDI 0487 D8.2.2) are more than one.
        known = level == 3 && level > start ? va >> leafSpan : u64.MAX_VALUE;
        if (!cached) {
          last = level;
          near = shift + stride;
          above = level < 3 && level > start ? va >> near : u64.MAX_VALUE;
        }
      }
      if (off >= limit || (desc & (1 | AF | high)) != (1 | AF)) break;
      // Through walk caches all leaves are pages.
      if (
        cached
          ? level != 3 || (desc & CONTIGUOUS && grouped)
          : level != 3 && !Geometry.blockAllowed(<u32>g, level, 0, wide)
      )
        break;
      if (level == 3 && !(desc & 2)) break;
      const inside = pow2(<u32>shift) - 1;
      out = (desc & address & ~inside) | (va & inside);
      const perm = <u32>load<u8>(perms + permissionIndex(desc));
      if (out >> ips || !((perm >> accessAt(w)) & 1)) break;
      let span = <u32>shift;
      if (!cached && desc & CONTIGUOUS && grouped)
        span = contiguousSpan(
          span,
          <u32>Geometry.contiguousLog2(<u32>g, level),
          va,
          out,
          <u32>load<u8>(h, Half.IASIZE),
        );
      if (fills) {
        if (span != 12 || (halves && !(desc & NG))) break;
        let attr: u32;
        if (second)
          attr =
            load<u32>(c, Config.ATTR2) | (((<u32>(desc >> 2)) & 15) << 11) | (((<u32>(desc >> 8)) & 3) << 15);
        else
          attr =
            AttributeWord.S1 |
            ((<u32>(load<u64>(c + Config.CD, 24) >> ((desc & 0x1c) << 1))) & 0xff) |
            ((<u32>desc) & 0x300);
        const page = out & ~PAGE;
        const allowed = second ? 0xff | (perm << 8) : perm | 0xff00;
        const pa = <i64>(page | (<u64>perm));
        v1 = pair(<i64>(second ? va & ~PAGE : page), <i64>(<u64>marks));
        if (cached) {
          fillTables(from, va, space, hash, tbi);
          const leaf = pair(pa, <i64>((<u64>allowed) | ((<u64>attr) << 32)));
          const own = pair(who, <i64>((<u64>spans) | ((<u64>levels) << 32)));
          Quiet.fillWalk(Probes.tableCache(3), va, 12, <u64>space, hash, leaf, v1, own);
        }
        v0 = pair(pa, <i64>((<u64>allowed) | ((<u64>(attr | shaped)) << 32)));
      }
      counts += pow2(12 * <u32>((cached ? from : level) + 1));
      status = (min(span, <u32>ips) << 16) | (HitPlace.WALK << 24);
    }
    if (hasMain) Quiet.fillFour(main, row, tag, 0, owner, v0, v1, v2);
    if (hasMicro) Quiet.fillMicro(micro, t, f0, f1, print, tag, owner, v0, v1, v2);
    store<u64>(Columns.pas + (w << 1), out);
    store<u32>(Columns.statuses + w, status);
  }
  const rows = i - begin;
  if (!rows) return i;
  noteTable(line, leaves, strays);
  const n = <u64>rows;
  const record = <usize>load<u32>(m, StreamMemo.STREAM);
  if (hasMicro) {
    add(micro + Cache.MISSES, n);
    add(micro + Cache.FILLS, n);
  }
  if (hasMain) {
    add(main + Cache.MISSES, n);
    add(main + Cache.FILLS, n);
  }
  usePlanned(c, rows);
  add(record + StreamRecord.CONFIG_HITS, n);
  const walks = n - <u64>remembered;
  if (cached) {
    add(Probes.tableCache(3) + Cache.HITS, <u64>remembered);
    add(record + StreamRecord.HIT + 8 * HitPlace.WALK_CACHE, <u64>remembered);
  }
  add(record + StreamRecord.HIT + 8 * HitPlace.WALK, walks);
  const reads = cached ? countCached(start, counts) : countReads(start, second ? 5 : 0, counts);
  add(record + StreamRecord.READS + (second ? 24 : 16), reads);
  add(record + StreamRecord.WALKS, walks);
  return i;
}

// The Table descriptors that were read, from level `from` on, into their walk caches.
@inline
function fillTables(from: i32, va: u64, context: u64, hash: u32, tbi: u32): void {
  const kept = Straight.tableAt(0);
  for (let level = from; level < 3; level++) {
    const span = 39 - 9 * <u64>level;
    const table = load<i64>(kept + ((<usize>level) << 3));
    const words = (<u64>((<u32>span) | ((<u32>span) << 8) | (12 << 24))) | ((<u64>(level + 1)) << 32);
    Quiet.fillWalk(
      Probes.tableCache(level),
      va,
      span,
      context,
      hash,
      pair(table, 0),
      pair(table, <i64>(<u64>(TABLE_MARKS | tbi))),
      pair(0, <i64>words),
    );
  }
}
