// The configuration cache: STE and CD of a context in one entry, found by StreamID and SubstreamID. Level 1 tables are not
// cached, nor are configurations that failed (IHI 0070 §3.21.3 allows both choices for a fetched but invalid structure).
import { probe, place, payload, toSet, touch } from './array';
import { streamMix } from './index-mix';
import * as Cache from '../abi/cache';
import * as Substream from '../request/substream';

const VALID: u64 = 1 << 63; // no tag is 0

/** Tag of a stream's context; `substream` carries SSV in bit 31. */
@inline
export function configTag(sid: u32, substream: u32): u64 {
  return VALID | Substream.withStream(sid, substream);
}

@inline
export function setOfConfig(c: usize, sid: u32, substream: u32): u32 {
  if (load<u32>(c, Cache.INDEX) == Cache.INDEX_HASH) return toSet(c, <u64>streamMix(c, sid, substream));
  return toSet(c, <u64>(sid ^ Substream.id(substream)));
}

/** The cached configuration of a context, or 0; counts. */
export function findConfig(c: usize, sid: u32, substream: u32): usize {
  const i = probe(c, setOfConfig(c, sid, substream), configTag(sid, substream));
  if (i < 0) {
    store<u64>(c, load<u64>(c, Cache.MISSES) + 1, Cache.MISSES);
    return 0;
  }
  store<u64>(c, load<u64>(c, Cache.HITS) + 1, Cache.HITS);
  touch(c, i);
  return payload(c, i);
}

/** A payload for a new configuration. */
export function placeConfig(c: usize, sid: u32, substream: u32): usize {
  return payload(c, place(c, setOfConfig(c, sid, substream), configTag(sid, substream)));
}
