// Context numbers: what a TLB tag says besides page and size, interned to 14 bits so that a tag is one 64-bit word. A number
// is given at first use. When all are given, those that no cache entry carries are taken back; if every one is in use, the
// translation caches are emptied (more than 16,383 contexts alive at once).
import { base, cacheAt, region } from '../memory/base';
import { clearCache, tagAt } from './array';
import {
  H_CONTEXTS,
  H_CONTEXT_COUNT,
  H_CONTEXT_GEN,
  H_CACHES,
  H_MEMO,
  CTX_BITS,
  CTX_SLOTS,
  CTX_KEYS,
  CTX_NUMBERS,
  CTX_KEY_OF,
  CTX_USED,
  CTX_BYTES,
  C_ENTRIES,
  C_SETS,
  C_ROW,
  C_STRIDE,
  ENTRY_BYTES,
  SM_ENTRIES,
  SM_BYTES,
} from '../abi';

const MAX: u32 = (1 << CTX_BITS) - 1;
const SLOT_MASK: u32 = CTX_SLOTS - 1;

// Key kinds, bits [63:61]; never 0, so that no key is 0.
const KEY_STREAM: u64 = 1 << 61;
const KEY_ASID: u64 = 2 << 61;
const KEY_GLOBAL: u64 = 3 << 61;
const KEY_IPA: u64 = 4 << 61;

/** One StreamID with its SubstreamID (`substream` carries SSV in bit 31). */
@inline
export function streamKey(sid: u32, substream: u32): u64 {
  return KEY_STREAM | ((<u64>(substream >> 31)) << 52) | ((<u64>(substream & 0xfffff)) << 32) | (<u64>sid);
}

/** Non-global entries of one address space: ASET is not compared (IHI 0070 §3.17). */
@inline
export function asidKey(world: u32, vmid: u32, asid: u32): u64 {
  return KEY_ASID | ((<u64>world) << 32) | ((<u64>vmid) << 16) | (<u64>asid);
}

/** Global entries: any ASID, equal ASET. */
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
function slotOf(key: u64): u32 {
  return (<u32>((key * 0x9e3779b97f4a7c15) >> 49)) & SLOT_MASK;
}

function insert(table: usize, key: u64, number: u32): void {
  let slot = slotOf(key);
  while (load<u64>(table + CTX_KEYS + ((<usize>slot) << 3))) slot = (slot + 1) & SLOT_MASK;
  store<u64>(table + CTX_KEYS + ((<usize>slot) << 3), key);
  store<u16>(table + CTX_NUMBERS + ((<usize>slot) << 1), <u16>number);
  store<u64>(table + CTX_KEY_OF + ((<usize>number) << 3), key);
}

/** The number of `key`, given now if it has none. */
export function intern(key: u64): u32 {
  const table = region(base + H_CONTEXTS);
  let slot = slotOf(key);
  for (;;) {
    const there = load<u64>(table + CTX_KEYS + ((<usize>slot) << 3));
    if (there == key) return <u32>load<u16>(table + CTX_NUMBERS + ((<usize>slot) << 1));
    if (!there) break;
    slot = (slot + 1) & SLOT_MASK;
  }
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
  let next = load<u32>(base, H_CONTEXT_COUNT) + 1;
  while (next <= MAX && load<u64>(table + CTX_KEY_OF + ((<usize>next) << 3))) next++;
  if (next > MAX) {
    store<u32>(base, MAX, H_CONTEXT_COUNT);
    return 0;
  }
  store<u32>(base, next, H_CONTEXT_COUNT);
  return next;
}

function recycle(table: usize): void {
  memory.fill(table + CTX_USED, 0, 1 << CTX_BITS);
  const caches = load<u32>(base, H_CACHES);
  for (let n: u32 = 0; n < caches; n++) {
    const c = cacheAt(n);
    if (load<u32>(c, C_ENTRIES) == 0 || load<u32>(c, C_STRIDE) != ENTRY_BYTES) continue;
    const slots = load<u32>(c, C_SETS) * load<u32>(c, C_ROW);
    for (let i: u32 = 0; i < slots; i++)
      store<u8>(table + CTX_USED + <usize>(load<u64>(tagAt(c, i)) & MAX), 1);
  }
  let free: u32 = 0;
  for (let n: u32 = 1; n <= MAX; n++) if (!load<u8>(table + CTX_USED + <usize>n)) free++;
  if (!free) {
    for (let n: u32 = 0; n < caches; n++) {
      if (load<u32>(cacheAt(n), C_STRIDE) == ENTRY_BYTES) clearCache(cacheAt(n));
    }
    memory.fill(table + CTX_USED, 0, 1 << CTX_BITS);
  }
  memory.fill(table + CTX_KEYS, 0, CTX_SLOTS << 3);
  for (let n: u32 = 1; n <= MAX; n++) {
    const key = load<u64>(table + CTX_KEY_OF + ((<usize>n) << 3));
    if (!key) continue;
    if (load<u8>(table + CTX_USED + <usize>n)) insert(table, key, n);
    else store<u64>(table + CTX_KEY_OF + ((<usize>n) << 3), 0);
  }
  store<u32>(base, 0, H_CONTEXT_COUNT);
  forgetNumbers();
}

/** Whoever keeps a number beside the caches compares this generation before using it. */
@inline
export function contextGeneration(): u32 {
  return load<u32>(base, H_CONTEXT_GEN);
}

function forgetNumbers(): void {
  store<u32>(base, load<u32>(base, H_CONTEXT_GEN) + 1, H_CONTEXT_GEN);
  memory.fill(region(base + H_MEMO), 0, SM_ENTRIES * SM_BYTES);
}

/** Takes every number back; the caches are empty. */
export function clearContexts(): void {
  memory.fill(region(base + H_CONTEXTS), 0, CTX_BYTES);
  store<u32>(base, 0, H_CONTEXT_COUNT);
  forgetNumbers();
}
