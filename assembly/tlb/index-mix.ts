// What an index function adds of the context: gem5's own formula in the caches that it has it for, else a hash of every bit, so that
// which sets contexts share does not depend on how software numbers them.
import * as Cache from '../abi/cache';
import * as Config from '../request/config';
import { withStream } from '../request/substream';

/** Finalizer of MurmurHash3 (Appleby): 64 bits into 32, each of which depends on all. */
export function mixed(key: u64): u32 {
  let x = key;
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccd;
  x ^= x >> 33;
  x *= 0xc4ceb9fe1a85ec53;
  x ^= x >> 33;
  return <u32>x;
}

const GLOBAL: u64 = 1 << 40;
const BY_IPA: u64 = 1 << 41;
const STREAM: u64 = 1 << 62;

@inline
function key(c: usize): u64 {
  return (<u64>load<u32>(c, Config.VMID)) | ((<u64>load<u32>(c, Config.WORLD)) << 32);
}

/** Notes the hashes of a complete configuration: global entries' in the high half. */
export function noteMixes(c: usize): void {
  const own = mixed(key(c) | ((<u64>load<u32>(c, Config.ASID)) << 16));
  store<u64>(c, (<u64>own) | ((<u64>mixed(key(c) | GLOBAL)) << 32), Config.HASH);
  store<u64>(c, <u64>mixed((<u64>load<u32>(c, Config.VMID)) | BY_IPA), Config.IPA_HASH);
}

@inline
function ofGem5(cache: usize): bool {
  return load<u32>(cache, Cache.INDEX) == Cache.INDEX_XOR;
}

/** Index mix of entries by input address of a configuration, and of its global ones in the high half, in a cache. */
@inline
export function contextMix(cache: usize, c: usize): u64 {
  if (!ofGem5(cache)) return load<u64>(c, Config.HASH);
  const vmid = load<u32>(c, Config.VMID);
  return (<u64>(load<u32>(c, Config.ASID) ^ vmid)) | ((<u64>vmid) << 32);
}

/** The same of entries by IPA. */
@inline
export function ipaMix(cache: usize, c: usize): u64 {
  return ofGem5(cache) ? <u64>load<u32>(c, Config.VMID) : load<u64>(c, Config.IPA_HASH);
}

/** A page number with its upper bits folded onto those that choose a set (Cache.INDEX_HASH). */
@inline
export function folded(page: u64): u64 {
  return page ^ (page >> 7) ^ (page >> 17);
}

/** Index mix of a stream-tagged cache; `substream` carries SSV in bit 31. */
@inline
export function streamMix(cache: usize, sid: u32, substream: u32): u32 {
  if (load<u32>(cache, Cache.INDEX) == Cache.INDEX_MODULO) return 0;
  return mixed(withStream(sid, substream) | STREAM);
}
