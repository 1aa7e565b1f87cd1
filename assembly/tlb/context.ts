// Context numbers: what a TLB tag says besides page and size, interned to 14 bits so that a tag is one 64-bit word. A number
// is given at first use. When all are given, those that no cache entry carries are taken back; if every one is in use, the
// translation caches are emptied (more than 16,383 contexts alive at once).
import { forgetLastStream } from './last-stream';
import { base, cacheAt, region } from '../memory/base';
import { withStream } from '../request/substream';
import { clearCache, ownerAt, tagAt } from './array';
import * as Cache from '../abi/cache';
import * as ContextTable from '../abi/context-table';
import * as Entry from '../abi/entry';
import * as Header from '../abi/header';
import * as StreamMemo from '../abi/stream-memo';

const MAX: u32 = (1 << ContextTable.BITS) - 1;
const SLOT_MASK: u32 = ContextTable.SLOTS - 1;

// Key kinds, bits [63:61]; never 0, so that no key is 0.
const KEY_STREAM: u64 = 1 << 61;
const KEY_ASID: u64 = 2 << 61;
const KEY_GLOBAL: u64 = 3 << 61;
const KEY_IPA: u64 = 4 << 61;

/** One StreamID with its SubstreamID (`substream` carries SSV in bit 31). */
@inline
export function streamKey(sid: u32, substream: u32): u64 {
  return KEY_STREAM | withStream(sid, substream);
}

/** Non-global entries of one address space: ASET is not compared (IHI 0070 §3.17). */
@inline
export function asidKey(world: u32, vmid: u32, asid: u32): u64 {
  return KEY_ASID | ((<u64>world) << 32) | ((<u64>vmid) << 16) | (<u64>asid);
}

/** Global entries: any ASID, equal ASET (IHI 0070 §3.17.1). */
@inline
export function globalKey(world: u32, vmid: u32, aset: u32): u64 {
  return KEY_GLOBAL | ((<u64>world) << 32) | ((<u64>vmid) << 16) | (<u64>aset);
}

/** IPA-indexed entries of one VMID. */
@inline
export function ipaKey(vmid: u32): u64 {
  return KEY_IPA | (<u64>vmid);
}

@inline
export function isAsidKey(key: u64): bool {
  return key >> 61 == KEY_ASID >> 61;
}

@inline
export function isIpaKey(key: u64): bool {
  return key >> 61 == KEY_IPA >> 61;
}

/** StreamWorld of an address space. */
@inline
export function worldOf(key: u64): u32 {
  return (<u32>(key >> 32)) & 3;
}

/** VMID of an address space or of an IPA space. */
@inline
export function vmidOf(key: u64): u32 {
  return isIpaKey(key) ? (<u32>key) & 0xffff : ((<u32>key) >> 16) & 0xffff;
}

/** ASID of an address space; an IPA space has none, which is 0. */
@inline
export function asidOf(key: u64): u32 {
  return isIpaKey(key) ? 0 : (<u32>key) & 0xffff;
}

/** The key of a number that has been given; 0: of none. */
@inline
export function keyOf(number: u32): u64 {
  if (!number) return 0;
  return load<u64>(region(base + Header.CONTEXTS) + ContextTable.KEY_OF + ((<usize>number) << 3));
}

@inline
function slotOf(key: u64): u32 {
  return (<u32>((key * 0x9e3779b97f4a7c15) >> 49)) & SLOT_MASK;
}

function insert(table: usize, key: u64, number: u32): void {
  let slot = slotOf(key);
  while (load<u64>(table + ContextTable.KEYS + ((<usize>slot) << 3))) slot = (slot + 1) & SLOT_MASK;
  store<u64>(table + ContextTable.KEYS + ((<usize>slot) << 3), key);
  store<u16>(table + ContextTable.NUMBERS + ((<usize>slot) << 1), <u16>number);
  store<u64>(table + ContextTable.KEY_OF + ((<usize>number) << 3), key);
}

/** The number of `key`; 0: it has none. */
export function numberOf(key: u64): u32 {
  const table = region(base + Header.CONTEXTS);
  let slot = slotOf(key);
  let there = load<u64>(table + ContextTable.KEYS + ((<usize>slot) << 3));
  while (there && there != key) {
    slot = (slot + 1) & SLOT_MASK;
    there = load<u64>(table + ContextTable.KEYS + ((<usize>slot) << 3));
  }
  return there ? <u32>load<u16>(table + ContextTable.NUMBERS + ((<usize>slot) << 1)) : 0;
}

/** The number of `key`, given now if it has none. */
export function intern(key: u64): u32 {
  const known = numberOf(key);
  if (known) return known;
  const table = region(base + Header.CONTEXTS);
  let number = freeNumber(table);
  if (!number) {
    recycle(table);
    number = freeNumber(table);
  }
  insert(table, key, number);
  return number;
}

// Numbers are given in order until they run out, then from those that the recycler freed (their KEY_OF is 0).
function freeNumber(table: usize): u32 {
  let next = load<u32>(base, Header.CONTEXT_COUNT) + 1;
  while (next <= MAX && load<u64>(table + ContextTable.KEY_OF + ((<usize>next) << 3))) next++;
  if (next > MAX) {
    store<u32>(base, MAX, Header.CONTEXT_COUNT);
    return 0;
  }
  store<u32>(base, next, Header.CONTEXT_COUNT);
  return next;
}

function recycle(table: usize): void {
  memory.fill(table + ContextTable.USED, 0, 1 << ContextTable.BITS);
  const caches = load<u32>(base, Header.CACHES);
  for (let n: u32 = 0; n < caches; n++) {
    const c = cacheAt(n);
    if (load<u32>(c, Cache.ENTRIES) == 0 || load<u32>(c, Cache.STRIDE) != Entry.BYTES) continue;
    const slots = load<u32>(c, Cache.SETS) * load<u32>(c, Cache.ROW);
    for (let i: u32 = 0; i < slots; i++) {
      store<u8>(table + ContextTable.USED + <usize>(load<u64>(tagAt(c, i)) & MAX), 1);
      store<u8>(table + ContextTable.USED + <usize>load<u16>(ownerAt(c, i)), 1);
    }
  }
  let free: u32 = 0;
  for (let n: u32 = 1; n <= MAX; n++) if (!load<u8>(table + ContextTable.USED + <usize>n)) free++;
  if (!free) {
    for (let n: u32 = 0; n < caches; n++) {
      if (load<u32>(cacheAt(n), Cache.STRIDE) == Entry.BYTES) clearCache(cacheAt(n));
    }
    memory.fill(table + ContextTable.USED, 0, 1 << ContextTable.BITS);
  }
  memory.fill(table + ContextTable.KEYS, 0, ContextTable.SLOTS << 3);
  for (let n: u32 = 1; n <= MAX; n++) {
    const key = load<u64>(table + ContextTable.KEY_OF + ((<usize>n) << 3));
    if (!key) continue;
    if (load<u8>(table + ContextTable.USED + <usize>n)) insert(table, key, n);
    else store<u64>(table + ContextTable.KEY_OF + ((<usize>n) << 3), 0);
  }
  store<u32>(base, 0, Header.CONTEXT_COUNT);
  forgetNumbers();
}

/** Whoever keeps a number beside the caches compares this generation before using it. */
@inline
export function contextGeneration(): u32 {
  return load<u32>(base, Header.CONTEXT_GEN);
}

function forgetNumbers(): void {
  store<u32>(base, load<u32>(base, Header.CONTEXT_GEN) + 1, Header.CONTEXT_GEN);
  memory.fill(region(base + Header.MEMO), 0, StreamMemo.ENTRIES * StreamMemo.BYTES);
  forgetLastStream();
}

/** Takes every number back; the caches are empty. */
export function clearContexts(): void {
  memory.fill(region(base + Header.CONTEXTS), 0, ContextTable.BYTES);
  store<u32>(base, 0, Header.CONTEXT_COUNT);
  forgetNumbers();
}
