// What a cache holds, kept up to date at every fill and removal: how many entries, of which sizes, how many global ones and
// how many fragments. Look-ups probe only sizes that are present, invalidations skip caches that hold nothing to find.
import { bits32, pow2 } from '../memory/bits';
import { base } from '../memory/base';
import * as Cache from '../abi/cache';
import * as Entry from '../abi/entry';

@inline
function sizeCode(tag: u64): usize {
  return <usize>((tag >> 14) & 63);
}

@inline
function holdsTranslations(c: usize): bool {
  return load<u32>(c, Cache.STRIDE) == Entry.BYTES;
}

/** An entry with the tag `fresh` in the place of one with the tag `old` changes nothing here, before its payload is written. */
@inline
export function sameInCensus(c: usize, old: u64, fresh: u64): bool {
  if (!holdsTranslations(c)) return true;
  return sizeCode(old) == sizeCode(fresh) && plainCensus(c);
}

/** Counts the size of a tag that was just placed. */
export function noteSize(c: usize, tag: u64): void {
  if (!holdsTranslations(c)) return;
  const code = sizeCode(tag);
  const counts = sizeCounts(c) + (code << 2);
  store<u32>(counts, load<u32>(counts) + 1);
  store<u64>(c, load<u64>(c, Cache.SIZES) | pow2(<u32>code), Cache.SIZES);
}

/** True for a leaf entry that covers less than the stage 1 leaf it came from: an address elsewhere in that leaf names it too. */
@inline
function isFragment(e: usize): bool {
  const spans = load<u32>(e, Entry.SPANS);
  return (
    (load<u32>(e, Entry.FLAGS) & Entry.FLAG_LEAF) != 0 &&
    bits32(spans, Entry.SPANS_STAGE1) > bits32(spans, Entry.SPANS_ENTRY)
  );
}

/** Counts the payload of a new entry, after it was written. */
export function noteEntry(c: usize, e: usize): void {
  if (load<u32>(e, Entry.FLAGS) & Entry.FLAG_GLOBAL)
    store<u32>(c, load<u32>(c, Cache.GLOBALS) + 1, Cache.GLOBALS);
  if (isFragment(e)) store<u32>(c, load<u32>(c, Cache.FRAGMENTS) + 1, Cache.FRAGMENTS);
}

/** There are neither global entries nor fragments in the cache. */
@inline
export function plainCensus(c: usize): bool {
  return !(load<u32>(c, Cache.GLOBALS) | load<u32>(c, Cache.FRAGMENTS));
}

/** Where a cache counts entries by size code. */
@inline
export function sizeCounts(c: usize): usize {
  return base + <usize>load<u32>(c, Cache.SIZE_COUNTS);
}

/** One entry less of a tag's size in `counts`; how many are left. */
@inline
export function uncount(counts: usize, tag: u64): u32 {
  const at = counts + (sizeCode(tag) << 2);
  const left = load<u32>(at) - 1;
  store<u32>(at, left);
  return left;
}

/** Takes n translations, neither global nor fragments, out of the census; `uncount` has been asked for each. */
export function forgotPlain(c: usize, n: u32): void {
  store<u32>(c, load<u32>(c, Cache.VALID) - n, Cache.VALID);
  const counts = sizeCounts(c);
  let sizes = load<u64>(c, Cache.SIZES);
  for (let present = sizes; present; present &= present - 1)
    if (!load<u32>(counts + ((<usize>ctz(present)) << 2))) sizes ^= present & -present;
  store<u64>(c, sizes, Cache.SIZES);
}

/** Takes entry i out of the census; the caller clears or replaces its tag. */
export function forgetEntry(c: usize, i: u32): void {
  store<u32>(c, load<u32>(c, Cache.VALID) - 1, Cache.VALID);
  if (!holdsTranslations(c)) return;
  const tag = load<u64>(base + <usize>load<u32>(c, Cache.TAGS) + ((<usize>i) << 3));
  if (!uncount(sizeCounts(c), tag))
    store<u64>(c, load<u64>(c, Cache.SIZES) & ~pow2(<u32>sizeCode(tag)), Cache.SIZES);
  if (plainCensus(c)) return;
  const e = base + <usize>load<u32>(c, Cache.DATA) + <usize>(i * Entry.BYTES);
  if (load<u32>(e, Entry.FLAGS) & Entry.FLAG_GLOBAL)
    store<u32>(c, load<u32>(c, Cache.GLOBALS) - 1, Cache.GLOBALS);
  if (isFragment(e)) store<u32>(c, load<u32>(c, Cache.FRAGMENTS) - 1, Cache.FRAGMENTS);
}
