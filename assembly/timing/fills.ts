// Fills: they take no time, but wait for a token of their cache (gem5; docs/timing.md).
import * as Cache from '../abi/cache';
import * as CacheIndex from '../abi/cache-index';
import { cacheAt } from '../memory/base';
import * as Machine from '../request/machine';
import * as State from '../request/state';
import { fillAnswer } from '../translate/machine';
import { tbuFillMain } from '../translate/tbu';
import { stage1Fill } from '../walk/stage1';
import { held, tbuOf } from './delay';
import { releasePage } from './hazard';
import * as Pc from './pc';
import { step } from './place';
import { endPrefetch, fillPrefetched, translated } from './prefetch';
import * as Process from './process';
import { tm } from './region';
import { release, take } from './semaphore';
import { endWalk } from './slots';
import * as Tbu from './tbu';
import * as Tokens from './tokens';

@inline
function exists(cache: usize): bool {
  return load<u32>(cache, Cache.ENTRIES) != 0;
}

/** The configuration (gem5: configCacheUpdate). */
export function config(q: usize): u32 {
  if (!take(q, tm + Tokens.CONFIG, Pc.FILL_CONFIG)) return Pc.WAITS;
  release(tm + Tokens.CONFIG);
  return step(q);
}

/** A Table descriptor of stage 1 into its walk cache; the next level's read follows (gem5: walkCacheUpdate). */
export function table(q: usize): u32 {
  if (!take(q, tm + Tokens.PROBE, Pc.FILL_TABLE)) return Pc.WAITS;
  stage1Fill(q);
  release(tm + Tokens.PROBE);
  return held(q, Process.HELD_S1_STARTED) ? Pc.READ : Pc.START;
}

/** What else goes into a walk cache: a leaf, or a Table descriptor of stage 2 (gem5: walkCacheUpdate). */
export function walk(q: usize): u32 {
  if (!take(q, tm + Tokens.PROBE, Pc.FILL_WALK)) return Pc.WAITS;
  const at = load<u32>(q, Machine.STATE);
  if (at == State.COMBINE) fillAnswer(q, Machine.FILL_WALK);
  release(tm + Tokens.PROBE);
  if (at == State.S2_DONE && exists(cacheAt(CacheIndex.IPA))) return Pc.FILL_IPA;
  if (at == State.COMBINE && exists(cacheAt(CacheIndex.TCU))) return Pc.FILL_TCU;
  return step(q);
}

/** A page of stage 2 into the IPA cache (gem5: translateStage2). */
export function ipa(q: usize): u32 {
  if (!take(q, tm + Tokens.IPA, Pc.FILL_IPA)) return Pc.WAITS;
  release(tm + Tokens.IPA);
  return step(q);
}

/** The walk has ended, the TLB's port may be busy (gem5: smmuTLBUpdate). */
export function tcu(q: usize): u32 {
  endWalk(q);
  if (!take(q, tm + Tokens.TCU_TLB, Pc.FILL_TCU)) return Pc.WAITS;
  fillAnswer(q, Machine.FILL_TCU);
  release(tm + Tokens.TCU_TLB);
  return step(q);
}

/** The main TLB; then those who sleep for the page wake (gem5: ifcTLBUpdate, hazard4kRelease). */
export function main(q: usize): u32 {
  if (load<u32>(q, Machine.FILL) & Machine.FILL_MAIN && exists(<usize>load<u32>(q, Machine.MAIN))) {
    if (!take(q, tbuOf(q) + Tbu.MAIN, Pc.FILL_MAIN)) return Pc.WAITS;
    tbuFillMain(q);
    release(tbuOf(q) + Tbu.MAIN);
  }
  releasePage(q);
  return Pc.FILL_MICRO;
}

/** The micro TLB (gem5: microTLBUpdate). */
export function micro(q: usize): u32 {
  if (exists(<usize>load<u32>(q, Machine.MICRO))) {
    if (!take(q, tbuOf(q) + Tbu.MICRO, Pc.FILL_MICRO)) return Pc.WAITS;
    release(tbuOf(q) + Tbu.MICRO);
  }
  return step(q);
}

/** A prefetch's answer, with which it ends (gem5: completePrefetch). */
export function prefetched(q: usize): u32 {
  if (translated(q) && exists(<usize>load<u32>(q, Machine.MAIN))) {
    if (!take(q, tbuOf(q) + Tbu.MAIN, Pc.PREFETCH_FILL)) return Pc.WAITS;
    fillPrefetched(q);
    release(tbuOf(q) + Tbu.MAIN);
  }
  releasePage(q);
  endPrefetch(q);
  return Pc.WAITS;
}
