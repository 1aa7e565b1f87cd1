// The cached configuration of a stream that has a plan (walk/plan.ts). The one of the stream's last straight walk is tried first, so
// that a walk begins without waiting for a look-up.
import { cacheAt } from '../memory/base';
import * as Cache from '../abi/cache';
import * as CacheIndex from '../abi/cache-index';
import * as Entry from '../abi/entry';
import * as StreamMemo from '../abi/stream-memo';
import * as Config from '../request/config';
import { payload, probe, tagAt, touch } from '../tlb/array';
import { configTag, setOfConfig } from '../tlb/config-cache';

@inline
function indexOf(cache: usize, c: usize): u32 {
  return <u32>((c - payload(cache, 0)) / <usize>Entry.CONFIG_BYTES);
}

/** The configuration of memo line m's stream, not counted as a look-up; 0: none is cached, or it has no plan. */
export function planned(m: usize, sid: u32, substream: u32): usize {
  const cache = cacheAt(CacheIndex.CONFIG);
  const tag = configTag(sid, substream);
  let c = <usize>load<u32>(m, StreamMemo.CONFIG);
  if (!c || load<u64>(tagAt(cache, indexOf(cache, c))) != tag) {
    const i = probe(cache, setOfConfig(cache, sid, substream), tag);
    if (i < 0) return 0;
    c = payload(cache, i);
    store<u32>(m, <u32>c, StreamMemo.CONFIG);
  }
  return load<u32>(c, Config.PLAN) ? c : 0;
}

/** Counts n look-ups that hit configuration c, as `findConfig` does. */
export function usePlanned(c: usize, n: u32): void {
  const cache = cacheAt(CacheIndex.CONFIG);
  store<u64>(cache, load<u64>(cache, Cache.HITS) + <u64>n, Cache.HITS);
  const i = indexOf(cache, c);
  // Only a clock tells several uses from one.
  const uses: u32 = load<u32>(cache, Cache.POLICY) == Cache.POLICY_LRU ? n : 1;
  for (let k: u32 = 0; k < uses; k++) touch(cache, i);
}
