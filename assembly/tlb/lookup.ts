// Look-ups and fills of translations. A tag is page << 20 | size code << 14 | context number, page being VA[55:12] with the
// bits below the entry's size clear. A look-up probes every size present, the smallest first, so that of overlapping entries
// (software without break-before-make) the smallest answers (IHI 0070 §3.21.1: one entry's data is used, no conflict).
import { copy16 } from '../memory/copy';
import { ownerAt, probe, place, placeAbsent, payload, toSet, touch } from './array';
import { passing } from './passing';
import { noteEntry } from './census';
import { folded } from './index-mix';
import * as Cache from '../abi/cache';
import * as Entry from '../abi/entry';

const ADDRESS_MASK: u64 = (1 << 56) - 1;
const MIN_SIZE: u32 = 12;

@inline
export function makeTag(va: u64, size: u32, context: u32): u64 {
  return (((va >> (<u64>size)) << (<u64>size)) << 8) | ((<u64>(size - MIN_SIZE)) << 14) | (<u64>context);
}

/** The set of an address; `mix` is what the index function may add of the context. */
@inline
export function setOf(c: usize, va: u64, size: u32, mix: u32): u32 {
  let page = (va & ADDRESS_MASK) >> (<u64>size);
  const index = load<u32>(c, Cache.INDEX);
  if (index != Cache.INDEX_MODULO) {
    if (index == Cache.INDEX_HASH) page = folded(page);
    page ^= <u64>mix;
  }
  return toSet(c, page);
}

/** VA[63:56] of a hit: ignored under TBI, else the copies of VA[55] that the entry was made from. */
@inline
export function topByteFits(e: usize, va: u64): bool {
  return <u64>(((<i64>va) >> 55) + 1) <= 1 || (load<u32>(e, Entry.FLAGS) & Entry.FLAG_TBI) != 0;
}

/**
 * The entry that translates `va`, or -1. `mix` holds the index mix of the context in its low half, that of its global
 * entries in its high half; `globalContext` 0 when the regime has none.
 */
export function find(c: usize, va: u64, context: u32, globalContext: u32, mix: u64): i32 {
  let sizes = load<u64>(c, Cache.SIZES);
  const globals = globalContext != 0 && load<u32>(c, Cache.GLOBALS) != 0;
  while (sizes) {
    const size = <u32>ctz(sizes) + MIN_SIZE;
    sizes &= sizes - 1;
    let i = probe(c, setOf(c, va, size, <u32>mix), makeTag(va, size, context));
    if (i < 0 && globals)
      i = probe(c, setOf(c, va, size, <u32>(mix >> 32)), makeTag(va, size, globalContext));
    if (i >= 0 && topByteFits(payload(c, i), va)) return i;
  }
  return -1;
}

/** As `find`, counting hit or miss and telling the replacement policy of a hit. */
export function lookup(c: usize, va: u64, context: u32, globalContext: u32, mix: u64): usize {
  const i = find(c, va, context, globalContext, mix);
  if (i < 0) {
    store<u64>(c, load<u64>(c, Cache.MISSES) + 1, Cache.MISSES);
    return 0;
  }
  store<u64>(c, load<u64>(c, Cache.HITS) + 1, Cache.HITS);
  touch(c, i);
  return payload(c, i);
}

/** As `lookup`, of a transaction whose look-up has been counted already. */
export function lookupAgain(c: usize, va: u64, context: u32, globalContext: u32, mix: u64): usize {
  const i = find(c, va, context, globalContext, mix);
  if (i < 0) return 0;
  touch(c, i);
  return payload(c, i);
}

/** Places an entry for the `size`-bit page of `va`; its number goes to `fillFrom`. */
export function fill(c: usize, va: u64, size: u32, context: u32, mix: u32): u32 {
  return place(c, setOf(c, va, size, mix), makeTag(va, size, context));
}

/** As `fill`, when a look-up has just found no such entry. */
export function fillAbsent(c: usize, va: u64, size: u32, context: u32, mix: u32): u32 {
  return placeAbsent(c, setOf(c, va, size, mix), makeTag(va, size, context));
}

/** As `fillFrom`, from an image whose [7:0] of Entry.PA are what `passing` gives. */
export function fillReady(c: usize, i: u32, image: usize, owner: u32): void {
  const e = payload(c, i);
  copy16(e, image, Entry.BYTES);
  store<u16>(ownerAt(c, i), <u16>owner);
  noteEntry(c, e);
}

/** Copies an entry image into entry i, which `fill` gave, and counts it. `owner`: number of its address space, 0 for a bypass. */
export function fillFrom(c: usize, i: u32, image: usize, owner: u32): void {
  const e = payload(c, i);
  copy16(e, image, Entry.BYTES);
  store<u64>(e, (load<u64>(e, Entry.PA) & ~0xfff) | (<u64>passing(e)), Entry.PA);
  store<u16>(ownerAt(c, i), <u16>owner);
  noteEntry(c, e);
}
