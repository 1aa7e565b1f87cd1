// The fills of a straight walk that has passed its last check, in the machine's order: Table descriptors and the leaf into the walk
// caches of stage 1 (State.S1_READ, State.COMBINE), the answer into main and micro TLB (State.TBU_FILL). Entries are what walk/fill.ts
// makes.
import { cacheAt, requestAt } from '../memory/base';
import * as AttributeWord from '../request/attribute-word';
import * as CacheIndex from '../abi/cache-index';
import * as Entry from '../abi/entry';
import * as Half from '../request/half';
import * as Machine from '../request/machine';
import * as Request from '../abi/request';
import * as StreamMemo from '../abi/stream-memo';
import * as Config from '../request/config';
import { pow2 } from '../memory/bits';
import { levelShift } from '../arch/geometry';
import { contextGeneration } from '../tlb/context';
import { contextMix, streamMix } from '../tlb/index-mix';
import { fillAbsent, fillReady } from '../tlb/lookup';
import { UNSHAPED } from '../tlb/passing';
import { internContexts, ownerOf } from '../walk/fill';
import * as Straight from '../walk/straight';
import { cached1, route } from './probes';
import { streamMemo } from './streams';

/**
 * The fills for va of stream `sid`, whose walk by configuration c and half h (or stage 2) stands in walk/straight.ts; `span`: of the answer.
 * micro, main: its TBU's TLBs, 0: there is none.
 */
export function fillStraight(
  c: usize,
  h: usize,
  sid: u32,
  substream: u32,
  va: u64,
  span: u32,
  micro: usize,
  main: usize,
): void {
  const image = requestAt(Request.MAIN) + Machine.IMAGE;
  const flags = load<u32>(c, Config.FLAGS);
  const s1 = (flags & Config.FLAG_S1) != 0;
  // A leaf that a walk cache held is not filled again.
  const walked = cached1 && s1 && Straight.from1 <= 3;
  if (walked) fillTables(c, h, va, image);
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
  if (walked) {
    const n = route(0, Straight.level1);
    if (n != CacheIndex.NONE) fillLeaf(c, cacheAt(n), va, span, image, marks);
  }
  if (!micro && !main) return;
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
  if (main)
    fillReady(main, fillAbsent(main, va, span, context, streamMix(main, sid, substream)), image, owner);
  if (micro)
    fillReady(micro, fillAbsent(micro, va, span, context, streamMix(micro, sid, substream)), image, owner);
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
    const table = load<u64>(Straight.tableAt(level));
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
