// Rows of several streams that walk straight, one after the other in one loop: what a run of one row does (translate/runs.ts), where nothing
// but configurations is cached and these do not move. All of them are of stage 1 alone, through tables of the shape of the first row's,
// and whatever kind of access each is. A row that is anything else ends the loop before it has changed anything. test/equal/.
import * as Cache from '../abi/cache';
import * as CacheIndex from '../abi/cache-index';
import * as Entry from '../abi/entry';
import * as Flag from '../abi/flag';
import * as HitPlace from '../abi/hit-place';
import * as StreamMemo from '../abi/stream-memo';
import * as StreamRecord from '../abi/stream-record';
import { cacheAt } from '../memory/base';
import { pow2 } from '../memory/bits';
import * as Bus from '../memory/bus';
import { checkAccess } from '../memory/check';
import { add } from '../memory/sum';
import { accessKind } from '../request/access';
import * as Config from '../request/config';
import * as Half from '../request/half';
import { payload, tagAt } from '../tlb/array';
import { configTag } from '../tlb/config-cache';
import { permissionIndex } from '../walk/plan';
import * as Straight from '../walk/straight';
import { KINDS } from './alike';
import * as Columns from './columns';
import { countReads, MOST } from './level-counts';
import * as Streams from './streams';
import { forgetLastTables, isUnder, lineOf, noteTable, noteUnder, tableOfLine } from './last-tables';

/** A page, with its access flag. */
const LEAF: u64 = 3 | (1 << 10);
const CONTIGUOUS: u64 = 1 << 52;
const ODD: u64 = Half.FLAG_EPD | Half.FLAG_E0PD | Half.FLAG_BIG_ENDIAN;

/** Rows [i, end) as far as they are such; gives the row after them. `c`, `flags`: configuration, with a plan, and flags of the first. */
export function severalRows(i: u32, end: u32, c: usize, flags: u32): u32 {
  const cache = cacheAt(CacheIndex.CONFIG);
  const policy = load<u32>(cache, Cache.POLICY);
  if (policy != Cache.POLICY_ROUND_ROBIN && policy != Cache.POLICY_RANDOM) return i;
  const shape = load<u64>(c + Config.HALF0, Half.IASIZE);
  const iasize = shape & 0xff;
  if (Straight.oddFormat(shape) || (shape >> 32) & ODD || !iasize) return i;
  const high = Straight.highBits(shape);
  const g = (shape >> 8) & 0xff;
  const start = <i32>(<i8>(shape >> 16));
  const stride = g - 3;
  const leafSpan = g + stride;
  const inside = pow2(<u32>g) - 1;
  const ips = <u64>load<u32>(c, Config.IPS);
  const address = Straight.FORMAT_48 & ~(pow2(<u32>g) - 1);
  const inTable = pow2(<u32>stride) - 1;
  const config = load<u32>(c, Config.FLAGS);
  const first = Bus.memoBase;
  const limit = Bus.memoLimit;
  const mem = Bus.memoMem;
  const tags = tagAt(cache, 0);
  const configurations = payload(cache, 0);
  forgetLastTables();
  const begin = i;
  end = min(end, i + MOST);
  let counts: u64 = 0;
  for (; i < end; i++) {
    const w = (<usize>i) << 2;
    const va = load<u64>(Columns.iovas + (w << 1));
    const own = load<u32>(Columns.flagsAt + w);
    const sid = load<u32>(Columns.streams + w);
    const substream = Streams.substreamOf(own, load<u32>(Columns.substreams + w));
    const m = Streams.memoAt(sid, substream);
    const size = <u32>load<u16>(Columns.sizes + (w >> 1));
    c = <usize>load<u32>(m, StreamMemo.CONFIG);
    if (((own ^ flags) & ~(Flag.SSV | KINDS)) | (<u32>!c) | (<u32>(((<u32>va) & 0xfff) + size > 4096))) break;
    const at = <u32>((c - configurations) / <usize>Entry.CONFIG_BYTES);
    let other = load<u64>(tags + ((<usize>at) << 3)) ^ configTag(sid, substream);
    other |= (load<u64>(m, StreamMemo.KEY) & ~Streams.TBU_MASK) ^ configTag(sid, substream);
    other |= load<u64>(c + Config.HALF0, Half.IASIZE) ^ shape;
    other |= <u64>((load<u32>(c, Config.FLAGS) ^ config) | (load<u32>(c, Config.IPS) ^ (<u32>ips)));
    const access = accessKind(own);
    if (other | (va >> iasize) | (<u64>(load<u32>(c, Config.PLAN) ^ 1))) break;
    const line = lineOf(c);
    let out: u64 = 0;
    let level = 3;
    let span = <u32>g;
    let plain = false;
    if (isUnder(line, c, va >> leafSpan)) {
      const off = (tableOfLine(line) | (((va >> g) & inTable) << 3)) - first;
      if (CHECKING && off < limit) checkAccess(mem + <usize>off, 8);
      const desc = off < limit ? load<u64>(mem + <usize>off) : 0;
      out = (desc & address) | (va & inside);
      plain =
        (desc & (LEAF | CONTIGUOUS | high)) == LEAF &&
        !(out >> ips) &&
        (((<u32>load<u8>(c + permissionIndex(desc), Config.PERMS1)) >> access) & 1) != 0;
    }
    if (!plain) {
      // From the root, whatever the leaf is.
      if (!Straight.straight1(c, c + Config.HALF0, va, access, start, load<u64>(c + Config.HALF0, Half.TTB)))
        break;
      out = Straight.pa;
      level = Straight.level1;
      span = Straight.span1;
      if (level > start) {
        const table = load<u64>(Straight.tableAt(level - 1));
        noteTable(line, table, table != tableOfLine(line) ? 1 : 0);
        if (level == 3) noteUnder(line, c, va >> leafSpan);
      }
    }
    counts += pow2(12 * <u32>(level + 1));
    store<u64>(Columns.pas + (w << 1), out);
    store<u32>(Columns.statuses + w, (span << 16) | (HitPlace.WALK << 24));
    const record = <usize>load<u32>(m, StreamMemo.STREAM);
    add(record + StreamRecord.CONFIG_HITS);
    add(record + StreamRecord.HIT + 8 * HitPlace.WALK);
    add(record + StreamRecord.READS + 16, <u64>(level - start + 1));
    add(record + StreamRecord.WALKS);
  }
  add(cache + Cache.HITS, <u64>(i - begin));
  countReads(start, 0, counts);
  return i;
}
