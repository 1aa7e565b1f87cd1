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
import { HELD_S1_STARTED, HELD_S2_STARTED, HELD_TCU, HELD_CONFIG_WALK, tm } from './layout';
import {
  PC_BYPASS,
  PC_CONFIG,
  PC_EVALUATE,
  PC_FAULT_ORDER,
  PC_FILL_CONFIG,
  PC_FILL_IPA,
  PC_FILL_MAIN,
  PC_FILL_TABLE,
  PC_FILL_TCU,
  PC_FILL_WALK,
  PC_HAZARD,
  PC_IPA,
  PC_MAIN,
  PC_MICRO,
  PC_ORDER,
  PC_PROBE,
  PC_READ,
  PC_START,
  PC_TCU_TLB,
  PC_UP,
  PC_WALK,
  STOPS,
  PC_CONFIG_WALK,
} from './program';
import { endConfigWalk, endWalk } from './slots';

/** Does the step at hand and says where the next one is timed. */
@inline
export function step(q: usize): u32 {
  return place(q, advance(q, STOPS));
}

/** The program counter for a step, and for those that cost nothing the step itself. */
export function place(q: usize, s: u32): u32 {
  while (true) {
    switch (s) {
      case State.MICRO:
        if (load<u32>(<usize>load<u32>(q, Machine.MICRO), Cache.ENTRIES)) return PC_MICRO;
        break;
      case State.MAIN:
        if (load<u32>(<usize>load<u32>(q, Machine.MAIN), Cache.ENTRIES)) return PC_MAIN;
        break;
      case State.LINK_DOWN:
        return PC_HAZARD;
      case State.CONFIG_LOOKUP:
        if (load<u32>(cacheAt(CacheIndex.CONFIG), Cache.ENTRIES)) return PC_CONFIG;
        break;
      case State.TCU_LOOKUP:
        if (load<u32>(cacheAt(CacheIndex.TCU), Cache.ENTRIES)) return PC_TCU_TLB;
        break;
      case State.WALK:
        return PC_WALK;
      case State.IPA_LOOKUP:
        return PC_IPA;
      case State.S2_BEGIN:
        drop(q, HELD_S2_STARTED);
        break;
      case State.S1_PROBE:
        drop(q, HELD_S1_STARTED);
        if (probes(q, 0)) return PC_PROBE;
        break;
      case State.S2_PROBE:
        if (probes(q, 1)) return PC_PROBE;
        break;
      case State.CONFIG_FILL:
        endConfigWalk(q);
        if (load<u32>(cacheAt(CacheIndex.CONFIG), Cache.ENTRIES)) return PC_FILL_CONFIG;
        break;
      case State.S2_NEXT: {
        const level = load<i32>(q, Machine.S2_LEVEL);
        if (stage2Caches(q) && cachedFrom(1, level, level)) return PC_FILL_WALK;
        break;
      }
      case State.S2_DONE: {
        const level = load<i32>(q, Machine.S2_DONE_LEVEL);
        if (stage2Caches(q) && cachedFrom(1, level, level)) return PC_FILL_WALK;
        if (load<u32>(cacheAt(CacheIndex.IPA), Cache.ENTRIES)) return PC_FILL_IPA;
        break;
      }
      case State.RESTART:
        endWalk(q);
        break;
      case State.COMBINE: {
        if (load<u32>(q, Machine.DEFERRED)) break;
        const level = load<i32>(q, Machine.S1_LEVEL);
        const walked = (load<u32>(q, Machine.FILL) & Machine.FILL_WALK) != 0;
        if (
          walked &&
          load<u32>(<usize>load<u32>(q, Machine.CFG), Config.FLAGS) & Config.FLAG_S1 &&
          cachedFrom(0, level, level)
        )
          return PC_FILL_WALK;
        if (load<u32>(cacheAt(CacheIndex.TCU), Cache.ENTRIES)) return PC_FILL_TCU;
        break;
      }
      case State.S1_READ:
        if (load<u32>(q, Machine.TABLE_FRESH) && hasWalkCache(load<i32>(q, Machine.S1_LEVEL) - 1))
          return PC_FILL_TABLE;
        return held(q, HELD_S1_STARTED) ? PC_READ : PC_START;
      case State.S2_READ:
        return held(q, HELD_S2_STARTED) ? PC_READ : PC_START;
      case State.L1STD_READ:
      case State.STE_READ:
        return held(q, HELD_CONFIG_WALK) ? PC_READ : PC_CONFIG_WALK;
      case State.L1CD_READ:
      case State.CD_READ:
      case State.COMMIT:
        return PC_READ;
      case State.S1_UPDATE:
      case State.S1_TABLE_UPDATE:
      case State.S2_UPDATE:
      case State.S2_TABLE_UPDATE:
        if (load<u32>(q, Machine.DEFER)) break; // memory is written at the end, if at all
        return PC_READ;
      case State.S1_EVALUATE:
      case State.S2_EVALUATE:
        return PC_EVALUATE;
      case State.LINK_UP:
        return load<u32>(q, Machine.BYPASS) ? PC_BYPASS : PC_UP;
      case State.TBU_FILL:
        return PC_FILL_MAIN;
      case State.FAULT:
      case State.FORWARD:
        if (held(q, HELD_TCU)) return PC_UP;
        return s == State.FAULT ? PC_FAULT_ORDER : PC_ORDER;
    }
    s = advance(q, STOPS);
  }
}

// A walk cache look-up would meet a cache.
function probes(q: usize, stage2: i32): bool {
  if (stage2 && !stage2Caches(q)) return false;
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
