// What memory answers a table access with: the configured latency, or the embedder's own, and the way back when that is narrow.
import {
  HOST_LATENCY,
  H_HOST_FLAGS,
  Q_SID,
  TM_MEM_LATENCY,
  TM_RETURN_BYTES,
  TM_TCU_TICKS,
  WALK_CD,
  WALK_L1CD,
  WALK_L1STD,
  WALK_STAGE1,
  WALK_STAGE2,
  WALK_STE,
  WALK_WRITE,
} from '../abi';
import { base } from '../memory/base';
import { stage1DescriptorAddress } from '../walk/stage1-update';
import { stage2DescriptorAddress } from '../walk/stage2';
import { beats, edge } from './delay';
import { T_NOW, T_RETURN_FREE, tm } from './layout';
import { toCycles } from './tally';
import { hostWalkLatency } from '../memory/host';
import * as M from '../walk/request';
import * as S from '../walk/states';

/** Tick at which the access that q issued now is answered. */
export function answerOf(q: usize): u64 {
  const flags = load<u32>(base, H_HOST_FLAGS);
  const width = load<u32>(tm, TM_RETURN_BYTES);
  const latency = flags & HOST_LATENCY ? asked(q) : load<u32>(tm, TM_MEM_LATENCY);
  const period = load<u32>(tm, TM_TCU_TICKS);
  const at = edge(latency, period);
  if (!width) return at;
  const n = beats(bytesOf(load<u32>(q, M.M_STATE)), width);
  const from = max(at, load<u64>(tm, T_RETURN_FREE));
  store<u64>(tm, from + <u64>(n * period), T_RETURN_FREE);
  return from + <u64>((n - 1) * period);
}

function bytesOf(state: u32): u32 {
  return state == S.S_STE_READ || state == S.S_CD_READ ? 64 : 8;
}

function asked(q: usize): u32 {
  const state = load<u32>(q, M.M_STATE);
  let what = WALK_STAGE1;
  let level = 0;
  let address: u64 = 0;
  if (state == S.S_L1STD_READ || state == S.S_STE_READ) {
    what = state == S.S_STE_READ ? WALK_STE : WALK_L1STD;
    address = load<u64>(q, M.M_STE_ADDR);
  } else if (state == S.S_L1CD_READ || state == S.S_CD_READ) {
    what = state == S.S_CD_READ ? WALK_CD : WALK_L1CD;
    address = load<u64>(q, M.M_S2_PA);
  } else if (state == S.S_S2_READ || state == S.S_S2_UPDATE || state == S.S_S2_TABLE_UPDATE) {
    what = WALK_STAGE2;
    level = load<i32>(q, M.M_S2_LEVEL);
    address = stage2DescriptorAddress(q);
  } else {
    level = load<i32>(q, M.M_S1_LEVEL);
    address = stage1DescriptorAddress(q);
  }
  if (state != S.S_S1_READ && state != S.S_S2_READ && what >= WALK_STAGE1) what |= WALK_WRITE;
  return hostWalkLatency(<f64>address, what, level, load<u32>(q, Q_SID), <f64>toCycles(load<u64>(tm, T_NOW)));
}
