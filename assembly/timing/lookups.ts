// Look-ups in the TCU: each takes a token of its cache's ports for the cache's latency, and the step of the state machine is done
// when that has passed (gem5; docs/timing.md).
import * as Cache from '../abi/cache';
import * as CacheIndex from '../abi/cache-index';
import { cacheAt } from '../memory/base';
import { onAfterTcu } from './delay';
import * as Pc from './pc';
import { probeLatency, step } from './place';
import { tm } from './region';
import { release, take } from './semaphore';
import * as Tokens from './tokens';

@inline
function latencyOf(cache: i32): u32 {
  return load<u32>(cacheAt(cache), Cache.LATENCY);
}

// The look-up has taken its time: its token goes back, and the step is done.
@inline
function answered(q: usize, token: i32): u32 {
  release(tm + token);
  return step(q);
}

/** Into the configuration cache (gem5: configCacheLookup). */
export function config(q: usize): u32 {
  if (!take(q, tm + Tokens.CONFIG, Pc.CONFIG)) return Pc.WAITS;
  return onAfterTcu(q, latencyOf(CacheIndex.CONFIG), Pc.CONFIG_END);
}

export function configEnd(q: usize): u32 {
  return answered(q, Tokens.CONFIG);
}

/** Into the TLB of the TCU (gem5: smmuTLBLookup). */
export function tcuTlb(q: usize): u32 {
  if (!take(q, tm + Tokens.TCU_TLB, Pc.TCU_TLB)) return Pc.WAITS;
  return onAfterTcu(q, latencyOf(CacheIndex.TCU), Pc.TCU_TLB_END);
}

export function tcuTlbEnd(q: usize): u32 {
  return answered(q, Tokens.TCU_TLB);
}

/** Into the walk caches (gem5: walkCacheLookup). */
export function probe(q: usize): u32 {
  if (!take(q, tm + Tokens.PROBE, Pc.PROBE)) return Pc.WAITS;
  return onAfterTcu(q, probeLatency(q), Pc.PROBE_END);
}

export function probeEnd(q: usize): u32 {
  return answered(q, Tokens.PROBE);
}

/** Into the IPA cache (gem5: translateStage2). */
export function ipa(q: usize): u32 {
  if (!take(q, tm + Tokens.IPA, Pc.IPA)) return Pc.WAITS;
  return onAfterTcu(q, latencyOf(CacheIndex.IPA), Pc.IPA_END);
}

export function ipaEnd(q: usize): u32 {
  return answered(q, Tokens.IPA);
}
