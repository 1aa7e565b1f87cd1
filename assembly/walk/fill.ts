// Entries made by walks: Table descriptors and stage 2 leaves on the way, the combined answer at the end. A fill is dropped
// when an invalidation consumed after the transaction began names the entry (IHI 0070 §3.21.3: none may stay from stale data).
import { base, cacheAt, generation } from '../memory/base';
import { bits32, in32 } from '../memory/bits';
import * as Cache from '../abi/cache';
import * as CacheIndex from '../abi/cache-index';
import * as Entry from '../abi/entry';
import * as Header from '../abi/header';
import * as Request from '../abi/request';
import * as Step from '../abi/step';
import * as AttributeWord from '../request/attribute-word';
import * as Config from '../request/config';
import * as Half from '../request/half';
import * as Machine from '../request/machine';
import { cfg } from '../request/machine';
import { asidKey, globalKey, ipaKey, intern, contextGeneration, keyOf } from '../tlb/context';
import { entryOvertaken } from '../tlb/selection';
import { contextMix, ipaMix } from '../tlb/index-mix';
import { fill, fillFrom } from '../tlb/lookup';
import * as EventRecord from '../arch/event-record';
import { levelShift } from '../arch/geometry';
import { tracing, traceLookup } from '../request/trace';

/** Makes the context numbers of a configuration valid (again, after numbers were recycled). */
export function internContexts(c: usize): void {
  while (load<u32>(c, Config.CONTEXT_GEN) != contextGeneration() || !load<u32>(c, Config.CONTEXT)) {
    const world = load<u32>(c, Config.WORLD);
    const vmid = load<u32>(c, Config.VMID);
    store<u32>(c, contextGeneration(), Config.CONTEXT_GEN);
    store<u32>(c, intern(asidKey(world, vmid, load<u32>(c, Config.ASID))), Config.CONTEXT);
    store<u32>(
      c,
      intern(globalKey(world, vmid, load<u32>(c, Config.FLAGS) & Config.FLAG_ASET ? 1 : 0)),
      Config.GLOBAL,
    );
    store<u32>(c, intern(ipaKey(vmid)), Config.IPA);
  }
}

/** Context number of this configuration's IPA-indexed entries. */
export function ipaContext(q: usize): u32 {
  internContexts(cfg(q));
  return load<u32>(cfg(q), Config.IPA);
}

/**
 * A walk that left a hardware update out (HAFT or a leaf's; ATOS with HTTUI) or holds one back (a speculative read) fills nothing: a
 * later one would start below it and never make it (IHI 0070 §3.13.6, §3.14, §6.3.37).
 */
@inline
export function fillsNothing(q: usize): bool {
  return load<u64>(q, Machine.SKIPPED) != 0; // and Machine.DEFERRED
}

/** Entry.SPANS: log2 of what the entry covers, of what its leaf or table of each stage does, and of the granule. */
@inline
export function spansOf(entry: u32, stage1: u32, stage2: u32, granule: u32): u32 {
  return (
    in32(Entry.SPANS_ENTRY, entry) |
    in32(Entry.SPANS_STAGE1, stage1) |
    in32(Entry.SPANS_STAGE2, stage2) |
    in32(Entry.SPANS_GRANULE, granule)
  );
}

/** What of Entry.LEVELS says that the descriptor of stage 2 is of a level. */
@inline
export function stage2Levels(level: i32): u32 {
  return in32(Entry.LEVELS_STAGE2, level + 1);
}

/** The cache of descriptors of a level (stage2: 0 stage 1, 1 stage 2), CacheIndex.NONE: they are not cached. */
@inline
export function route(stage2: i32, level: i32): i32 {
  return load<i32>(base + Header.WALK_ROUTE + <usize>((stage2 * 5 + level + 1) << 2));
}

/** A look-up for some level from `level` up to `start` would meet a cache (stage2: 0 stage 1, 1 stage 2). */
export function cachedFrom(stage2: i32, level: i32, start: i32): bool {
  for (; level >= start; level--) if (route(stage2, level) != CacheIndex.NONE) return true;
  return false;
}

/** The cache that a look-up from `level` up meets first; `cachedFrom` says that there is one. */
export function firstCached(stage2: i32, level: i32): usize {
  while (level > -1 && route(stage2, level) == CacheIndex.NONE) level--;
  return cacheAt(route(stage2, level));
}

/** Stage 2 as it is used now may look into its walk caches and fill them. */
@inline
export function stage2Caches(q: usize): bool {
  return load<u32>(q, Machine.S2_CLASS) == EventRecord.CLASS_IN || !finalOnly();
}

function finalOnly(): bool {
  for (let level = 3; level >= -1; level--) {
    const n = route(1, level);
    if (n != CacheIndex.NONE) return load<u32>(cacheAt(n), Cache.FINAL_ONLY) != 0;
  }
  return false;
}

/** A stage 1 walk cache exists for descriptors of `level`. */
@inline
export function hasWalkCache(level: i32): bool {
  return route(0, level) != CacheIndex.NONE;
}

// Entry `image` for va, of address space number `owner`, into cache n.
function put(q: usize, n: i32, va: u64, size: u32, context: u32, mix: u32, image: usize, owner: u32): void {
  const c = cacheAt(n);
  const since = load<u32>(q, Machine.GENERATION);
  const streamTagged = load<u32>(c, Cache.TAG_KIND) == Cache.TAG_STREAM;
  if (since != generation() && entryOvertaken(since, va, image, keyOf(owner), streamTagged)) return;
  if (tracing()) traceLookup(Step.FILL, n, va, true, load<u64>(image, Entry.PA));
  fillFrom(c, fill(c, va, size, context, mix), image, owner);
}

/** A stage 2 Table descriptor was followed to the table at `next`. */
export function fillStage2Table(q: usize, next: u64): void {
  const level = load<i32>(q, Machine.S2_LEVEL);
  const n = route(1, level);
  if (n == CacheIndex.NONE || fillsNothing(q) || !stage2Caches(q)) return;
  const g = <i32>load<u8>(cfg(q) + Config.STAGE2, Half.GRANULE);
  const span = <u32>levelShift(g, level);
  const image = q + Machine.IMAGE;
  store<u64>(image, next, Entry.PA);
  store<u64>(image, 0, Entry.PERM);
  store<u64>(image, 0, Entry.IPA);
  store<u64>(image, Entry.FLAG_S2, Entry.FLAGS);
  store<u64>(image, 0, Entry.STREAM);
  store<u32>(image, spansOf(span, 0, span, g), Entry.SPANS);
  store<u32>(image, stage2Levels(level), Entry.LEVELS);
  const context = ipaContext(q);
  put(q, n, load<u64>(q, Machine.S2_IPA), span, context, <u32>ipaMix(cacheAt(n), cfg(q)), image, context);
}

/** A stage 2 leaf was walked to. */
export function fillStage2Leaf(q: usize): void {
  if (fillsNothing(q)) return;
  const level = load<i32>(q, Machine.S2_DONE_LEVEL);
  const n = stage2Caches(q) ? route(1, level) : CacheIndex.NONE;
  const hasIpaCache = load<u32>(cacheAt(CacheIndex.IPA), Cache.ENTRIES) != 0;
  if (n == CacheIndex.NONE && !hasIpaCache) return;
  const span = load<u32>(q, Machine.S2_SPAN);
  const image = q + Machine.IMAGE;
  store<u64>(image, (load<u64>(q, Machine.S2_PA) >> (<u64>span)) << (<u64>span), Entry.PA);
  store<u32>(image, load<u32>(q, Machine.S2_PERM), Entry.PERM);
  store<u32>(image, load<u32>(q, Machine.S2_ATTR), Entry.ATTR);
  store<u64>(image, 0, Entry.IPA);
  store<u64>(image, Entry.FLAG_LEAF | Entry.FLAG_S2, Entry.FLAGS);
  store<u64>(image, 0, Entry.STREAM);
  store<u32>(image, spansOf(span, 0, span, load<u8>(cfg(q) + Config.STAGE2, Half.GRANULE)), Entry.SPANS);
  store<u32>(image, stage2Levels(level), Entry.LEVELS);
  const context = ipaContext(q);
  const ipa = load<u64>(q, Machine.S2_IPA);
  if (n != CacheIndex.NONE) put(q, n, ipa, span, context, <u32>ipaMix(cacheAt(n), cfg(q)), image, context);
  if (hasIpaCache)
    put(q, CacheIndex.IPA, ipa, span, context, <u32>ipaMix(cacheAt(CacheIndex.IPA), cfg(q)), image, context);
}

/**
 * The stage 1 Table descriptor of `level` led to the table whose descriptor for this address was just located: its IPA and, when
 * one stage 2 page holds the whole table, its physical address (so that a later walk needs no stage 2 for it).
 */
export function fillStage1Table(q: usize, level: i32): void {
  const n = route(0, level);
  if (n == CacheIndex.NONE || fillsNothing(q)) return;
  const half = <usize>load<u32>(q, Machine.HALF);
  const g = <i32>load<u8>(half, Half.GRANULE);
  const span = <u32>levelShift(g, level);
  const image = q + Machine.IMAGE;
  const whole = load<u32>(q, Machine.TABLE_PA) || load<u32>(q, Machine.S2_SPAN) >= <u32>g;
  const tableIpa = load<u64>(q, Machine.S1_TABLE);
  const tablePa = (load<u64>(q, Machine.S1_PA) >> (<u64>g)) << (<u64>g);
  store<u64>(image, whole ? tablePa : tableIpa, Entry.PA);
  store<u64>(image, 0, Entry.PERM);
  store<u32>(image, load<u32>(q, Machine.HIER), Entry.PERM);
  store<u64>(image, tableIpa, Entry.IPA);
  // TBI belongs to the half, and so to every entry made through it.
  const marks: u32 = Entry.FLAG_S1 | (whole ? Entry.FLAG_TABLE_PA : 0) | load<u32>(q, Machine.S1_FLAGS);
  store<u64>(image, <u64>marks, Entry.FLAGS);
  store<u64>(image, 0, Entry.STREAM);
  store<u32>(image, spansOf(span, span, 0, g), Entry.SPANS);
  store<u32>(image, <u32>(level + 1), Entry.LEVELS);
  internContexts(cfg(q));
  const context = load<u32>(cfg(q), Config.CONTEXT);
  const mix = <u32>contextMix(cacheAt(n), cfg(q));
  put(q, n, load<u64>(q, Request.IOVA), span, context, mix, image, context);
}

/** The image of the combined answer, as context-tagged caches hold it, at Machine.IMAGE. */
export function makeImage(q: usize): usize {
  const image = q + Machine.IMAGE;
  const c = cfg(q);
  const flags = load<u32>(c, Config.FLAGS);
  const s1 = (flags & Config.FLAG_S1) != 0;
  const span = resultSpan(q);
  const pa = (load<u64>(q, Machine.S2_PA) >> (<u64>span)) << (<u64>span);
  let marks: u32 = Entry.FLAG_LEAF | load<u32>(q, Machine.S1_FLAGS);
  if (s1) marks |= Entry.FLAG_S1;
  if (load<u32>(q, Machine.ATTRS) & AttributeWord.S2) marks |= Entry.FLAG_S2;
  if (flags & Config.FLAG_ASET) marks |= Entry.FLAG_ASET;
  store<u64>(image, pa, Entry.PA);
  store<u32>(image, load<u32>(q, Machine.ALLOWED), Entry.PERM);
  store<u32>(image, load<u32>(q, Machine.ATTRS), Entry.ATTR);
  store<u64>(image, (load<u64>(q, Machine.IPA) >> (<u64>span)) << (<u64>span), Entry.IPA);
  store<u64>(image, <u64>marks, Entry.FLAGS);
  store<u32>(image, load<u32>(q, Request.SID), Entry.STREAM);
  store<u32>(image, load<u32>(q, Machine.SUBSTREAM), Entry.SUBSTREAM);
  const half = s1 ? <usize>load<u32>(q, Machine.HALF) : c + Config.STAGE2;
  store<u32>(
    image,
    spansOf(span, load<u32>(q, Machine.S1_SPAN), load<u32>(q, Machine.S2_SPAN), load<u8>(half, Half.GRANULE)),
    Entry.SPANS,
  );
  store<u32>(image, load<u32>(q, Machine.LEVELS), Entry.LEVELS);
  return image;
}

/**
 * A stream that bypasses both stages, as stream-tagged caches hold it: one entry for the whole output size. It goes with the
 * stream's configuration and no TLBI names it (IHI 0070 §3.17: a change of Config needs no TLB maintenance).
 */
export function makeBypassImage(q: usize): usize {
  const image = q + Machine.IMAGE;
  const span = load<u32>(q, Machine.S1_SPAN);
  store<u64>(image, 0, Entry.PA);
  store<u32>(image, 0xffff, Entry.PERM);
  store<u32>(image, 0, Entry.ATTR);
  store<u64>(image, 0, Entry.IPA);
  store<u64>(image, Entry.FLAG_LEAF | Entry.FLAG_BYPASS, Entry.FLAGS);
  store<u32>(image, load<u32>(q, Request.SID), Entry.STREAM);
  store<u32>(image, load<u32>(q, Machine.SUBSTREAM), Entry.SUBSTREAM);
  store<u32>(image, spansOf(span, span, 0, 0), Entry.SPANS);
  store<u32>(image, 0, Entry.LEVELS);
  return image;
}

/** log2 of what one answer covers: the smaller of the two stages' leaves (0: the stage does not take part). */
@inline
export function answerSpan(stage1: u32, stage2: u32): u32 {
  return stage1 == 0 ? stage2 : stage2 == 0 ? stage1 : min(stage1, stage2);
}

/** The same of q's walk. */
export function resultSpan(q: usize): u32 {
  return answerSpan(load<u32>(q, Machine.S1_SPAN), load<u32>(q, Machine.S2_SPAN));
}

/** The last-level entry of the stage 1 walk caches: the combined answer (MMU-600 TRM: S1L3 holds leaf pages). */
export function fillStage1Leaf(q: usize, image: usize): void {
  const level = <i32>bits32(load<u32>(q, Machine.LEVELS), Entry.LEVELS_STAGE1) - 1;
  const n = route(0, level);
  if (n == CacheIndex.NONE || fillsNothing(q)) return;
  fillContext(q, n, image);
}

/** Number of the address space that a combined answer belongs to: the IPA space of a stream without stage 1. */
@inline
export function ownerOf(c: usize): u32 {
  return load<u32>(c, Config.FLAGS) & Config.FLAG_S1
    ? load<u32>(c, Config.CONTEXT)
    : load<u32>(c, Config.IPA);
}

/** Fills context-tagged cache n with the combined answer. */
export function fillContext(q: usize, n: i32, image: usize): void {
  const c = cfg(q);
  internContexts(c);
  const owner = ownerOf(c);
  const va = load<u64>(q, Request.IOVA);
  const size = bits32(load<u32>(image, Entry.SPANS), Entry.SPANS_ENTRY);
  if (!(load<u32>(c, Config.FLAGS) & Config.FLAG_S1)) {
    put(q, n, va, size, owner, <u32>ipaMix(cacheAt(n), c), image, owner);
    return;
  }
  const global = (load<u32>(image, Entry.FLAGS) & Entry.FLAG_GLOBAL) != 0;
  const mix = contextMix(cacheAt(n), c);
  const context = global ? load<u32>(c, Config.GLOBAL) : owner;
  put(q, n, va, size, context, <u32>(global ? mix >> 32 : mix), image, owner);
}

/** Fills stream-tagged cache n; `owner`: 0 of a bypass. */
export function fillStream(q: usize, n: i32, context: u32, mix: u32, image: usize, owner: u32): void {
  put(
    q,
    n,
    load<u64>(q, Request.IOVA),
    bits32(load<u32>(image, Entry.SPANS), Entry.SPANS_ENTRY),
    context,
    mix,
    image,
    owner,
  );
}
