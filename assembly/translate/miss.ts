// The short cut of plain misses: transactions that both TLBs of their TBU have missed, whose configuration is cached and has a plan
// (walk/plan.ts), and whose walk goes straight (walk/straight.ts). Nothing has changed until the walk has passed its last check;
// then everything is done that the machine does, in its order: the look-ups' counts and replacement (State.MICRO, MAIN,
// CONFIG_LOOKUP, S1_PROBE), the fills of Table descriptors, of the leaf, of main and micro TLB (S1_READ, COMBINE, TBU_FILL),
// the statistics (FORWARD). Takes no part with a TCU TLB, an IPA cache, TLBs tagged by context, a unified walk cache, or walk
// caches in a nested walk. test/equal/ holds it against the machine.
import { base, cacheAt, requestAt } from '../memory/base';
import * as AttributeWord from '../request/attribute-word';
import * as Cache from '../abi/cache';
import * as CacheIndex from '../abi/cache-index';
import * as DeviceCounters from '../abi/device-counters';
import * as Entry from '../abi/entry';
import * as Half from '../request/half';
import * as Header from '../abi/header';
import * as HitPlace from '../abi/hit-place';
import * as Layout from '../abi/layout';
import * as Machine from '../request/machine';
import * as Request from '../abi/request';
import * as StreamMemo from '../abi/stream-memo';
import * as StreamRecord from '../abi/stream-record';
import * as Config from '../request/config';
import * as Flag from '../abi/flag';
import { pow2 } from '../memory/bits';
import { oasBits } from '../state/regs';
import { levelShift } from '../arch/geometry';
import { payload, probe, tagAt, touch } from '../tlb/array';
import { configTag, setOfConfig } from '../tlb/config-cache';
import { contextGeneration } from '../tlb/context';
import { contextMix, streamMix } from '../tlb/index-mix';
import { fillAbsent, fillReady, find } from '../tlb/lookup';
import { UNSHAPED } from '../tlb/passing';
import { internContexts, ownerOf } from '../walk/fill';
import * as Straight from '../walk/straight';
import {
  clearStraight,
  setInput,
  straight1,
  straight2,
  straightHalf,
  straightNested,
  tableAt,
  takeLeaf,
} from '../walk/straight';
import { streamMemo } from './streams';

// How stage 1 and stage 2 walks are cached in this device; derived by bindMisses.
export let cached1: bool = false;
export let cached2: bool = false;
export let usable: bool = false;

/** Finds out whether the caches are such as this short cut knows. Once, when an instance is bound to its region. */
export function bindMisses(): void {
  cached1 = false;
  usable =
    !load<u32>(cacheAt(CacheIndex.TCU), Cache.ENTRIES) &&
    load<u32>(cacheAt(CacheIndex.CONFIG), Cache.ENTRIES) != 0;
  cached2 = load<u32>(cacheAt(CacheIndex.IPA), Cache.ENTRIES) != 0;
  for (let i = 0; i < 5; i++) {
    const n = route(0, i - 1);
    if (n != CacheIndex.NONE) cached1 = true;
    if (n == CacheIndex.WALK_UNIFIED) usable = false;
    if (route(1, i - 1) != CacheIndex.NONE) cached2 = true;
  }
}

@inline
function route(stage2: i32, level: i32): i32 {
  return load<i32>(base + Header.WALK_ROUTE + <usize>((stage2 * 5 + level + 1) << 2));
}

@inline
function add(at: usize, n: u64): void {
  store<u64>(at, load<u64>(at) + n);
}

// What answered the last walk.
let foundIn: i32 = 0; // walk cache, or NONE
let foundAt: i32 = 0; // its entry
let lowest: i32 = 0; // level of the last look-up
let leafFound: bool = false;

/** Output address of the last plain miss. */
export let missAddress: u64 = 0;

/** The transaction of memo line m, which both TLBs have missed: its status word in a batch, or u32.MAX_VALUE: the machine has to run. */
export function plainMiss(m: usize, sid: u32, substream: u32, va: u64, flags: u32): u32 {
  if (!usable || <u64>(((<i64>va) >> 55) + 1) > 1) return u32.MAX_VALUE;
  const cache = cacheAt(CacheIndex.CONFIG);
  // The configuration of the last time, if it is still that of the stream: a walk begins without waiting for a look-up.
  let c = <usize>load<u32>(m, StreamMemo.CONFIG);
  let i = <i32>((c - payload(cache, 0)) / <usize>Entry.CONFIG_BYTES);
  if (!c || load<u64>(tagAt(cache, i)) != configTag(sid, substream)) {
    i = probe(cache, setOfConfig(cache, sid, substream), configTag(sid, substream));
    if (i < 0) return u32.MAX_VALUE;
    c = payload(cache, i);
    store<u32>(m, <u32>c, StreamMemo.CONFIG);
  }
  if (!load<u32>(c, Config.PLAN)) return u32.MAX_VALUE;
  const access =
    flags & Flag.WRITE
      ? flags & (Flag.WRITE | Flag.PRIVILEGED)
      : flags & (Flag.INSTRUCTION | Flag.PRIVILEGED);
  // Before a number is given: that may take others back, and the memo with them.
  record = <usize>load<u32>(m, StreamMemo.STREAM);
  micro = <usize>load<u32>(m, StreamMemo.MICRO);
  main = <usize>load<u32>(m, StreamMemo.MAIN);
  clearStraight();
  foundIn = CacheIndex.NONE;
  leafFound = false;
  let h: usize = c + Config.STAGE2;
  if (load<u32>(c, Config.FLAGS) & Config.FLAG_S1) {
    h = straightHalf(c, va);
    if (!h || !walk1(c, h, va, access)) return u32.MAX_VALUE;
  } else if (va >> (<u64>oasBits()) || cached2 || !alone2(c, va, access)) return u32.MAX_VALUE;
  finish(c, h, cache, i, sid, substream, va);
  return answered;
}

let answered: u32 = 0;
let record: usize = 0;
let micro: usize = 0;
let main: usize = 0;

function alone2(c: usize, va: u64, access: u32): bool {
  if (!straight2(c, va, access)) return false;
  setInput(va);
  return true;
}

// Walk caches from the last level up, then the walk from where the first of them has an entry.
function walk1(c: usize, h: usize, va: u64, access: u32): bool {
  const nested = (load<u32>(c, Config.FLAGS) & Config.FLAG_S2) != 0;
  const start = <i32>load<i8>(h, Half.START);
  let level = start;
  let table = load<u64>(h, Half.TTB);
  if (nested) {
    if (cached1 || cached2) return false;
    return straightNested(c, h, va, access);
  }
  if (cached1) {
    // The machine gives the numbers here too, whatever comes of the walk.
    internContexts(c);
    for (lowest = 3; lowest >= start; lowest--) {
      const n = route(0, lowest);
      if (n == CacheIndex.NONE) continue;
      const found = find(
        cacheAt(n),
        va,
        load<u32>(c, Config.CONTEXT),
        load<u32>(c, Config.GLOBAL),
        contextMix(cacheAt(n), c),
      );
      if (found < 0) continue;
      foundIn = n;
      foundAt = found;
      const e = payload(cacheAt(n), found);
      const marks = load<u32>(e, Entry.FLAGS);
      if (marks & Entry.FLAG_LEAF) {
        // One that waits for an update of the dirty state was made through another configuration.
        if (load<u32>(e, Entry.PERM) >> 16 || !((load<u64>(e, Entry.PA) >> (<u64>access)) & 1)) return false;
        takeLeaf(e, va);
        leafFound = true;
        return true;
      }
      if (load<u32>(e, Entry.PERM) || !(marks & Entry.FLAG_TABLE_PA)) return false;
      level = <i32>(load<u32>(e, Entry.LEVELS) & 15);
      table = load<u64>(e, Entry.PA) & 0x00fffffffffff000;
      break;
    }
  }
  return straight1(c, h, va, access, level, table);
}

// The walk has passed: counts, fills and statistics.
function finish(c: usize, h: usize, cache: usize, configAt: u32, sid: u32, substream: u32, va: u64): void {
  const hasMicro = load<u32>(micro, Cache.ENTRIES) != 0;
  const hasMain = load<u32>(main, Cache.ENTRIES) != 0;
  if (hasMicro) add(micro + Cache.MISSES, 1);
  if (hasMain) add(main + Cache.MISSES, 1);
  add(cache + Cache.HITS, 1);
  touch(cache, configAt);
  add(record + StreamRecord.CONFIG_HITS, 1);
  const start = <i32>load<i8>(h, Half.START);
  if (cached1 && load<u32>(c, Config.FLAGS) & Config.FLAG_S1) countProbes(start);
  const n1 = leafFound ? 0 : countReads1();
  const n2 = countReads2(Straight.reads2);
  const span1 = Straight.span1;
  const span2 = Straight.span2;
  const span = span1 == 0 ? span2 : span2 == 0 ? span1 : min(span1, span2);
  if (cached1 || hasMicro || hasMain) fills(c, h, sid, substream, va, span, hasMicro, hasMain);
  const hit = n1 + n2 ? HitPlace.WALK : HitPlace.WALK_CACHE;
  add(record + StreamRecord.HIT + 8 * hit, 1);
  if (n1) add(record + StreamRecord.READS + 16, n1);
  if (n2) add(record + StreamRecord.READS + 24, n2);
  if (n1 + n2) add(record + StreamRecord.WALKS, 1);
  missAddress = Straight.pa;
  answered = (span << 16) | ((<u32>hit) << 24);
}

// The look-ups in walk caches that walk1 made: misses down to the one that had something.
function countProbes(start: i32): void {
  const last = foundIn == CacheIndex.NONE ? start : lowest;
  for (let level = 3; level >= last; level--) {
    const n = route(0, level);
    if (n == CacheIndex.NONE) continue;
    const w = cacheAt(n);
    if (level == lowest && foundIn != CacheIndex.NONE) {
      add(w + Cache.HITS, 1);
      touch(w, foundAt);
    } else add(w + Cache.MISSES, 1);
  }
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

// The same of stage 2, by level.
@inline
function countReads2(reads: u64): u64 {
  let at = base + Layout.COUNTERS + DeviceCounters.LEVEL_READS + 40;
  let all: u64 = 0;
  for (; reads; reads >>= 8, at += 8) {
    const n = reads & 0xff;
    all += n;
    if (n) add(at, n);
  }
  return all;
}

function fills(
  c: usize,
  h: usize,
  sid: u32,
  substream: u32,
  va: u64,
  span: u32,
  hasMicro: bool,
  hasMain: bool,
): void {
  const image = requestAt(Request.MAIN) + Machine.IMAGE;
  const flags = load<u32>(c, Config.FLAGS);
  const s1 = (flags & Config.FLAG_S1) != 0;
  if (cached1 && s1 && !leafFound) fillTables(c, h, va, image);
  // The combined answer, as `makeImage` has it.
  const low = ~(pow2(span) - 1);
  let marks: u32 = Entry.FLAG_LEAF | Straight.marks;
  if (s1) marks |= Entry.FLAG_S1;
  if (Straight.attr2 & AttributeWord.S2) marks |= Entry.FLAG_S2;
  if (flags & Config.FLAG_ASET) marks |= Entry.FLAG_ASET;
  const levels = (<u32>(Straight.level1 + 1)) | ((<u32>(Straight.level2 + 1)) << 4);
  // What passes is what both stages allow: neither overrides nor E0PD are here.
  store<u64>(image, (Straight.pa & low) | (<u64>(Straight.perm1 & Straight.perm2)), Entry.PA);
  store<u32>(image, Straight.perm1 | (Straight.perm2 << 8), Entry.PERM);
  store<u32>(image, Straight.attr1 | Straight.attr2, Entry.ATTR);
  store<u64>(image, Straight.ipa & low, Entry.IPA);
  store<u64>(image, <u64>marks, Entry.FLAGS);
  store<u32>(image, sid, Entry.STREAM);
  store<u32>(image, substream, Entry.SUBSTREAM);
  const g = <u32>load<u8>(h, Half.GRANULE);
  store<u32>(image, span | (Straight.span1 << 8) | (Straight.span2 << 16) | (g << 24), Entry.SPANS);
  store<u32>(image, levels, Entry.LEVELS);
  if (cached1 && s1 && !leafFound) {
    const n = route(0, Straight.level1);
    if (n != CacheIndex.NONE) fillLeaf(c, cacheAt(n), va, span, image, marks);
  }
  if (!hasMicro && !hasMain) return;
  let generation: u32;
  let m: usize;
  do {
    generation = contextGeneration();
    internContexts(c);
    m = streamMemo(sid, substream);
  } while (generation != contextGeneration());
  store<u32>(image, levels | (UNSHAPED << 8), Entry.LEVELS);
  store<u32>(image, Straight.attr1 | Straight.attr2 | load<u32>(c, Config.SHAPE), Entry.ATTR);
  const context = load<u32>(m, StreamMemo.CONTEXT);
  const owner = ownerOf(c);
  if (hasMain) fillReady(main, fillAbsent(main, va, span, context, streamMix(main, sid, substream)), image, owner);
  if (hasMicro) fillReady(micro, fillAbsent(micro, va, span, context, streamMix(micro, sid, substream)), image, owner);
}

function fillLeaf(c: usize, w: usize, va: u64, span: u32, image: usize, marks: u32): void {
  const global = (marks & Entry.FLAG_GLOBAL) != 0;
  const mix = contextMix(w, c);
  const context = global ? load<u32>(c, Config.GLOBAL) : load<u32>(c, Config.CONTEXT);
  fillReady(
    w,
    fillAbsent(w, va, span, context, <u32>(global ? mix >> 32 : mix)),
    image,
    load<u32>(c, Config.CONTEXT),
  );
}

// Each Table descriptor that was read led to a table, which `fillStage1Table` caches when it is entered.
function fillTables(c: usize, h: usize, va: u64, image: usize): void {
  const g = <i32>load<u8>(h, Half.GRANULE);
  const context = load<u32>(c, Config.CONTEXT);
  const tbi: u32 = load<u32>(h, Half.FLAGS) & Half.FLAG_TBI ? Entry.FLAG_TBI : 0;
  for (let level = Straight.from1; level < Straight.level1; level++) {
    const n = route(0, level);
    if (n == CacheIndex.NONE) continue;
    const span = <u32>levelShift(g, level);
    const table = load<u64>(tableAt(level));
    store<u64>(image, table, Entry.PA);
    store<u64>(image, 0, Entry.PERM);
    store<u64>(image, table, Entry.IPA);
    store<u64>(image, <u64>(Entry.FLAG_S1 | Entry.FLAG_TABLE_PA | tbi), Entry.FLAGS);
    store<u64>(image, 0, Entry.STREAM);
    store<u32>(image, span | (span << 8) | ((<u32>g) << 24), Entry.SPANS);
    store<u32>(image, <u32>(level + 1), Entry.LEVELS);
    const w = cacheAt(n);
    fillReady(w, fillAbsent(w, va, span, context, <u32>contextMix(w, c)), image, context);
  }
}
