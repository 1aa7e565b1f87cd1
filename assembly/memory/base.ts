// Where the core's region begins in linear memory, and the globals derived from it. All mutable state lives in linear
// memory; a wasm global holds nothing that `init` cannot derive again, so a copy of the region is a snapshot of the device.
import * as Cache from '../abi/cache';
import * as Header from '../abi/header';
import * as Layout from '../abi/layout';
import * as Request from '../abi/request';

export let base: usize = 0;

export function setBase(b: usize): void {
  base = b;
}

/** Request block i. */
@inline
export function requestAt(i: i32): usize {
  return base + <usize>(Layout.REQUESTS + i * Request.BYTES);
}

/** Descriptor of cache i. */
@inline
export function cacheAt(i: i32): usize {
  return base + Layout.CACHES + <usize>(i * Cache.BYTES);
}

/** A pointer held in memory at `at` as an offset from the core base. */
@inline
export function region(at: usize): usize {
  return base + <usize>load<u32>(at);
}

/** The invalidation generation: a walk that an invalidation overtook does not fill (tlb/selection). */
@inline
export function generation(): u32 {
  return load<u32>(base + Header.GENERATION);
}
