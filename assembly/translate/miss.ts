// The short cut of plain misses: transactions that both TLBs of their TBU have missed, whose configuration is cached and has a plan
// (walk/plan.ts), and whose walk goes straight (walk/straight.ts). Nothing has changed until the walk has passed its last check;
// then everything is done that the machine does, in its order: the look-ups' counts and replacement (State.MICRO, MAIN,
// CONFIG_LOOKUP, S1_PROBE), the fills of Table descriptors, of the leaf, of main and micro TLB (S1_READ, COMBINE, TBU_FILL),
// the statistics (FORWARD). Takes no part with a TCU TLB, an IPA cache, TLBs tagged by context, a unified walk cache, or walk
// caches in a nested walk. test/equal/ holds it against the machine.
import { base } from '../memory/base';
import { add } from '../memory/sum';
import * as Cache from '../abi/cache';
import * as DeviceCounters from '../abi/device-counters';
import * as Entry from '../abi/entry';
import * as HitPlace from '../abi/hit-place';
import * as Layout from '../abi/layout';
import * as StreamMemo from '../abi/stream-memo';
import * as StreamRecord from '../abi/stream-record';
import { accessKind } from '../request/access';
import * as Config from '../request/config';
import * as Half from '../request/half';
import { oasBits } from '../state/regs';
import * as Straight from '../walk/straight';
import { planned, usePlanned } from './planned';
import * as Probes from './probes';
import { fillStraight } from './straight-fill';

/** Output address of the last plain miss. */
export let missAddress: u64 = 0;

/** The transaction of memo line m, which both TLBs have missed: its status word in a batch, or u32.MAX_VALUE: the machine has to run. */
export function plainMiss(m: usize, sid: u32, substream: u32, va: u64, flags: u32): u32 {
  if (!Probes.usable || <u64>(((<i64>va) >> 55) + 1) > 1) return u32.MAX_VALUE;
  const c = planned(m, sid, substream);
  if (!c) return u32.MAX_VALUE;
  const access = accessKind(flags);
  // Before a number is given: that may take others back, and the memo with them.
  record = <usize>load<u32>(m, StreamMemo.STREAM);
  micro = <usize>load<u32>(m, StreamMemo.MICRO);
  main = <usize>load<u32>(m, StreamMemo.MAIN);
  Straight.clearStraight();
  Probes.clearProbes();
  let h: usize = c + Config.STAGE2;
  if (load<u32>(c, Config.FLAGS) & Config.FLAG_S1) {
    h = Straight.straightHalf(c, va);
    if (!h || !walk1(c, h, va, access)) return u32.MAX_VALUE;
  } else if (va >> (<u64>oasBits()) || Probes.cached2 || !alone2(c, va, access)) return u32.MAX_VALUE;
  finish(c, h, sid, substream, va);
  return answered;
}

let answered: u32 = 0;
let record: usize = 0;
let micro: usize = 0;
let main: usize = 0;

function alone2(c: usize, va: u64, access: u32): bool {
  if (!Straight.straight2(c, va, access)) return false;
  Straight.setInput(va);
  return true;
}

// Walk caches from the last level up, then the walk from where the first of them has an entry.
function walk1(c: usize, h: usize, va: u64, access: u32): bool {
  const nested = (load<u32>(c, Config.FLAGS) & Config.FLAG_S2) != 0;
  const start = <i32>load<i8>(h, Half.START);
  let level = start;
  let table = load<u64>(h, Half.TTB);
  if (nested) {
    if (Probes.cached1 || Probes.cached2) return false;
    return Straight.straightNested(c, h, va, access);
  }
  if (Probes.cached1) {
    const e = Probes.probeTables(c, start, va);
    if (e) {
      const marks = load<u32>(e, Entry.FLAGS);
      if (marks & Entry.FLAG_LEAF) {
        // One that waits for an update of the dirty state was made through another configuration.
        if (load<u32>(e, Entry.PERM) >> 16 || !((load<u64>(e, Entry.PA) >> (<u64>access)) & 1)) return false;
        Straight.takeLeaf(e, va);
        return true;
      }
      if (load<u32>(e, Entry.PERM) || !(marks & Entry.FLAG_TABLE_PA)) return false;
      level = <i32>(load<u32>(e, Entry.LEVELS) & 15);
      table = load<u64>(e, Entry.PA) & 0x00fffffffffff000;
    }
  }
  return Straight.straight1(c, h, va, access, level, table);
}

// The walk has passed: counts, fills and statistics.
function finish(c: usize, h: usize, sid: u32, substream: u32, va: u64): void {
  const hasMicro = load<u32>(micro, Cache.ENTRIES) != 0;
  const hasMain = load<u32>(main, Cache.ENTRIES) != 0;
  if (hasMicro) add(micro + Cache.MISSES, 1);
  if (hasMain) add(main + Cache.MISSES, 1);
  usePlanned(c, 1);
  add(record + StreamRecord.CONFIG_HITS, 1);
  const start = <i32>load<i8>(h, Half.START);
  if (Probes.cached1 && load<u32>(c, Config.FLAGS) & Config.FLAG_S1) Probes.countProbes(start);
  const n1 = countReads1();
  const n2 = countReads2(Straight.reads2);
  const span1 = Straight.span1;
  const span2 = Straight.span2;
  const span = span1 == 0 ? span2 : span2 == 0 ? span1 : min(span1, span2);
  if (Probes.cached1 || hasMicro || hasMain)
    fillStraight(c, h, sid, substream, va, span, hasMicro ? micro : 0, hasMain ? main : 0);
  const hit = n1 + n2 ? HitPlace.WALK : HitPlace.WALK_CACHE;
  add(record + StreamRecord.HIT + 8 * hit, 1);
  if (n1) add(record + StreamRecord.READS + 16, n1);
  if (n2) add(record + StreamRecord.READS + 24, n2);
  if (n1 + n2) add(record + StreamRecord.WALKS, 1);
  missAddress = Straight.pa;
  answered = (span << 16) | ((<u32>hit) << 24);
}

// Counts the reads of stage 1, one of each level that was walked; gives how many they are.
@inline
function countReads1(): u64 {
  const from = Straight.from1;
  if (from > 3) return 0;
  const at = base + Layout.COUNTERS + DeviceCounters.LEVEL_READS;
  for (let level = from; level <= Straight.level1; level++) add(at + ((<usize>(level + 1)) << 3), 1);
  return <u64>(Straight.level1 - from + 1);
}

/** The same of stage 2: eight bits for each level from -1 up. */
@inline
export function countReads2(reads: u64): u64 {
  let at = base + Layout.COUNTERS + DeviceCounters.LEVEL_READS + 40;
  let all: u64 = 0;
  for (; reads; reads >>= 8, at += 8) {
    const n = reads & 0xff;
    all += n;
    if (n) add(at, n);
  }
  return all;
}
