// Where the next step of the state machine is timed; what costs nothing is done on the way.
import { CACHE_CONFIG, CACHE_IPA, CACHE_TCU, C_ENTRIES, C_LATENCY, TM_PARALLEL } from '../abi';
import { cacheAt } from '../memory/base';
import { CFF_S1, CF_FLAGS, CF_STAGE2, HF_START } from '../tlb/config-fields';
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
import { endConfigWalk } from './slots';
import * as M from '../walk/request';
import * as S from '../walk/states';

/** Does the step at hand and says where the next one is timed. */
@inline
export function step(q: usize): u32 {
  return place(q, advance(q, STOPS));
}

/** The program counter for a step, and for those that cost nothing the step itself. */
export function place(q: usize, s: u32): u32 {
  while (true) {
    switch (s) {
      case S.S_MICRO:
        if (load<u32>(<usize>load<u32>(q, M.M_MICRO), C_ENTRIES)) return PC_MICRO;
        break;
      case S.S_MAIN:
        if (load<u32>(<usize>load<u32>(q, M.M_MAIN), C_ENTRIES)) return PC_MAIN;
        break;
      case S.S_LINK_DOWN:
        return PC_HAZARD;
      case S.S_CONFIG_LOOKUP:
        if (load<u32>(cacheAt(CACHE_CONFIG), C_ENTRIES)) return PC_CONFIG;
        break;
      case S.S_TCU_LOOKUP:
        if (load<u32>(cacheAt(CACHE_TCU), C_ENTRIES)) return PC_TCU_TLB;
        break;
      case S.S_WALK:
        return PC_WALK;
      case S.S_IPA_LOOKUP:
        return PC_IPA;
      case S.S_S2_BEGIN:
        drop(q, HELD_S2_STARTED);
        break;
      case S.S_S1_PROBE:
        drop(q, HELD_S1_STARTED);
        if (probes(q, 0)) return PC_PROBE;
        break;
      case S.S_S2_PROBE:
        if (probes(q, 1)) return PC_PROBE;
        break;
      case S.S_CONFIG_FILL:
        endConfigWalk(q);
        if (load<u32>(cacheAt(CACHE_CONFIG), C_ENTRIES)) return PC_FILL_CONFIG;
        break;
      case S.S_S2_NEXT: {
        const level = load<i32>(q, M.M_S2_LEVEL);
        if (stage2Caches(q) && cachedFrom(1, level, level)) return PC_FILL_WALK;
        break;
      }
      case S.S_S2_DONE: {
        const level = load<i32>(q, M.M_S2_DONE_LEVEL);
        if (stage2Caches(q) && cachedFrom(1, level, level)) return PC_FILL_WALK;
        if (load<u32>(cacheAt(CACHE_IPA), C_ENTRIES)) return PC_FILL_IPA;
        break;
      }
      case S.S_COMBINE: {
        const level = load<i32>(q, M.M_S1_LEVEL);
        const walked = (load<u32>(q, M.M_FILL) & M.FILL_WALK) != 0;
        if (
          walked &&
          load<u32>(<usize>load<u32>(q, M.M_CFG), CF_FLAGS) & CFF_S1 &&
          cachedFrom(0, level, level)
        )
          return PC_FILL_WALK;
        if (load<u32>(cacheAt(CACHE_TCU), C_ENTRIES)) return PC_FILL_TCU;
        break;
      }
      case S.S_S1_READ:
        if (load<u32>(q, M.M_TABLE_FRESH) && hasWalkCache(load<i32>(q, M.M_S1_LEVEL) - 1))
          return PC_FILL_TABLE;
        return held(q, HELD_S1_STARTED) ? PC_READ : PC_START;
      case S.S_S2_READ:
        return held(q, HELD_S2_STARTED) ? PC_READ : PC_START;
      case S.S_L1STD_READ:
      case S.S_STE_READ:
        return held(q, HELD_CONFIG_WALK) ? PC_READ : PC_CONFIG_WALK;
      case S.S_L1CD_READ:
      case S.S_CD_READ:
      case S.S_S1_UPDATE:
      case S.S_S1_TABLE_UPDATE:
      case S.S_S2_UPDATE:
      case S.S_S2_TABLE_UPDATE:
        return PC_READ;
      case S.S_S1_EVALUATE:
      case S.S_S2_EVALUATE:
        return PC_EVALUATE;
      case S.S_LINK_UP:
        return load<u32>(q, M.M_BYPASS) ? PC_BYPASS : PC_UP;
      case S.S_TBU_FILL:
        return PC_FILL_MAIN;
      case S.S_FAULT:
      case S.S_FORWARD:
        if (held(q, HELD_TCU)) return PC_UP;
        return s == S.S_FAULT ? PC_FAULT_ORDER : PC_ORDER;
    }
    s = advance(q, STOPS);
  }
}

// A walk cache look-up would meet a cache.
function probes(q: usize, stage2: i32): bool {
  if (stage2 && !stage2Caches(q)) return false;
  const half = stage2 ? <usize>load<u32>(q, M.M_CFG) + CF_STAGE2 : <usize>load<u32>(q, M.M_HALF);
  return cachedFrom(stage2, load<i32>(q, M.M_PROBE_LEVEL), <i32>load<i8>(half, HF_START));
}

/** Look-up time of the walk cache that is probed next; of all, when they are probed at once. */
export function probeLatency(q: usize): u32 {
  const stage2 = load<u32>(q, M.M_STATE) == S.S_S2_PROBE ? 1 : 0;
  const level = load<i32>(q, M.M_PROBE_LEVEL);
  if (!load<u32>(tm, TM_PARALLEL)) return load<u32>(firstCached(stage2, level), C_LATENCY);
  const half = stage2 ? <usize>load<u32>(q, M.M_CFG) + CF_STAGE2 : <usize>load<u32>(q, M.M_HALF);
  let slowest: u32 = 0;
  for (let l = <i32>load<i8>(half, HF_START); l <= level; l++) {
    if (cachedFrom(stage2, l, l)) slowest = max(slowest, load<u32>(firstCached(stage2, l), C_LATENCY));
  }
  return slowest;
}
