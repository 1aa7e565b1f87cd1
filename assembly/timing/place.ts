// Where the next step of the state machine is timed; what costs nothing is done on the way. Walk caches are asked one after the other
// from level 3 upwards (gem5: walkCacheLookup), or all at once (a guess for MMU-600's eight and MMU-700's one).
import * as Cache from '../abi/cache';
import * as CacheIndex from '../abi/cache-index';
import * as Timing from '../abi/timing';
import * as Config from '../request/config';
import * as Half from '../request/half';
import * as Machine from '../request/machine';
import * as State from '../request/state';
import { cacheAt } from '../memory/base';
import { advance } from '../translate/machine';
import { cachedFrom, hasWalkCache, stage2Caches, firstCached } from '../walk/fill';
import { drop, held } from './delay';
import * as Pc from './pc';
import * as Process from './process';
import { tm } from './region';
import { endConfigWalk, endWalk } from './slots';

/** Does the step at hand and says where the next one is timed. */
@inline
export function step(q: usize): u32 {
  return place(q, advance(q, Pc.STOPS));
}

/** The program counter for a step, and for those that cost nothing the step itself. */
export function place(q: usize, s: u32): u32 {
  while (true) {
    switch (s) {
      case State.MICRO:
        if (load<u32>(<usize>load<u32>(q, Machine.MICRO), Cache.ENTRIES)) return Pc.MICRO;
        break;
      case State.MAIN:
        if (load<u32>(<usize>load<u32>(q, Machine.MAIN), Cache.ENTRIES)) return Pc.MAIN;
        break;
      case State.LINK_DOWN: // missed in the TBU (gem5: hazard4kCheck comes before smmuTranslation)
        return Pc.HAZARD;
      case State.CONFIG_LOOKUP:
        if (load<u32>(cacheAt(CacheIndex.CONFIG), Cache.ENTRIES)) return Pc.CONFIG;
        break;
      case State.TCU_LOOKUP:
        if (load<u32>(cacheAt(CacheIndex.TCU), Cache.ENTRIES)) return Pc.TCU_TLB;
        break;
      case State.WALK:
        return Pc.WALK;
      case State.IPA_LOOKUP:
        return Pc.IPA;
      case State.S2_BEGIN:
        drop(q, Process.HELD_S2_STARTED);
        break;
      case State.S1_PROBE:
        drop(q, Process.HELD_S1_STARTED);
        if (probes(q, 0)) return Pc.PROBE;
        break;
      case State.S2_PROBE:
        if (probes(q, 1)) return Pc.PROBE;
        break;
      case State.CONFIG_FILL:
        endConfigWalk(q);
        if (load<u32>(cacheAt(CacheIndex.CONFIG), Cache.ENTRIES)) return Pc.FILL_CONFIG;
        break;
      case State.S2_NEXT: {
        const level = load<i32>(q, Machine.S2_LEVEL);
        if (stage2Caches(q) && cachedFrom(1, level, level)) return Pc.FILL_WALK;
        break;
      }
      case State.S2_DONE: {
        const level = load<i32>(q, Machine.S2_DONE_LEVEL);
        if (stage2Caches(q) && cachedFrom(1, level, level)) return Pc.FILL_WALK;
        if (load<u32>(cacheAt(CacheIndex.IPA), Cache.ENTRIES)) return Pc.FILL_IPA;
        break;
      }
      case State.RESTART:
        endWalk(q);
        break;
      case State.COMBINE: {
        if (load<u32>(q, Machine.DEFERRED)) break; // nothing is filled before its updates are made (IHI 0070 §3.13, §3.14)
        const level = load<i32>(q, Machine.S1_LEVEL);
        const walked = (load<u32>(q, Machine.FILL) & Machine.FILL_WALK) != 0;
        if (
          walked &&
          load<u32>(<usize>load<u32>(q, Machine.CFG), Config.FLAGS) & Config.FLAG_S1 &&
          cachedFrom(0, level, level)
        )
          return Pc.FILL_WALK;
        if (load<u32>(cacheAt(CacheIndex.TCU), Cache.ENTRIES)) return Pc.FILL_TCU;
        break;
      }
      case State.S1_READ:
        if (load<u32>(q, Machine.TABLE_FRESH) && hasWalkCache(load<i32>(q, Machine.S1_LEVEL) - 1))
          return Pc.FILL_TABLE;
        return held(q, Process.HELD_S1_STARTED) ? Pc.READ : Pc.START;
      case State.S2_READ:
        return held(q, Process.HELD_S2_STARTED) ? Pc.READ : Pc.START;
      case State.L1STD_READ:
      case State.STE_READ:
        return held(q, Process.HELD_CONFIG_WALK) ? Pc.READ : Pc.CONFIG_WALK; // MMU-700 TRM: CTW_SLOTS
      case State.L1CD_READ:
      case State.CD_READ:
      case State.COMMIT:
        return Pc.READ;
      case State.S1_UPDATE:
      case State.S1_TABLE_UPDATE:
      case State.S2_UPDATE:
      case State.S2_TABLE_UPDATE:
        if (load<u32>(q, Machine.DEFER)) break; // memory is written at the end, if at all
        return Pc.READ;
      case State.S1_EVALUATE:
      case State.S2_EVALUATE:
        return Pc.EVALUATE;
      case State.LINK_UP:
        return load<u32>(q, Machine.BYPASS) ? Pc.BYPASS : Pc.UP; // a bypass takes a walk slot (gem5: smmuTranslation)
      case State.TBU_FILL:
        return Pc.FILL_MAIN;
      case State.FAULT:
      case State.FORWARD:
        if (held(q, Process.HELD_TCU)) return Pc.UP; // a fault in the TCU crosses the link too (gem5: smmuTranslation)
        return s == State.FAULT ? Pc.FAULT_ORDER : Pc.ORDER;
    }
    s = advance(q, Pc.STOPS);
  }
}

// A walk cache look-up would meet a cache.
function probes(q: usize, stage2: i32): bool {
  if (stage2 && !stage2Caches(q)) return false; // tables' addresses are not looked up (gem5: wc_nonfinal_enable)
  const half = stage2 ? <usize>load<u32>(q, Machine.CFG) + Config.STAGE2 : <usize>load<u32>(q, Machine.HALF);
  return cachedFrom(stage2, load<i32>(q, Machine.PROBE_LEVEL), <i32>load<i8>(half, Half.START));
}

/** Look-up time of the walk cache that is probed next; of all, when they are probed at once. */
export function probeLatency(q: usize): u32 {
  const stage2 = load<u32>(q, Machine.STATE) == State.S2_PROBE ? 1 : 0;
  const level = load<i32>(q, Machine.PROBE_LEVEL);
  if (!load<u32>(tm, Timing.PARALLEL)) return load<u32>(firstCached(stage2, level), Cache.LATENCY);
  const half = stage2 ? <usize>load<u32>(q, Machine.CFG) + Config.STAGE2 : <usize>load<u32>(q, Machine.HALF);
  let slowest: u32 = 0;
  for (let l = <i32>load<i8>(half, Half.START); l <= level; l++) {
    if (cachedFrom(stage2, l, l)) slowest = max(slowest, load<u32>(firstCached(stage2, l), Cache.LATENCY));
  }
  return slowest;
}
