// What memory answers a table access with: the configured latency (gem5's memory behind the walker), or the embedder's own, and the
// way back when that is narrow. Bytes: a whole STE or CD, one descriptor or level 1 entry (MMU-700 TRM: read sizes of the TCU).
import * as Header from '../abi/header';
import * as HostFlags from '../abi/host-flags';
import * as Request from '../abi/request';
import * as TableAccess from '../abi/table-access';
import * as Timing from '../abi/timing';
import * as Machine from '../request/machine';
import * as State from '../request/state';
import { base } from '../memory/base';
import { nextDeferred, placeAddress, placeLevel, placeStage } from '../walk/deferred';
import { stage1DescriptorAddress } from '../walk/stage1-update';
import { stage2DescriptorAddress } from '../walk/stage2';
import { beats, edge } from './delay';
import { tm } from './region';
import * as Scheduler from './scheduler';
import { toCycles } from './tally';
import { hostWalkLatency } from '../memory/host';

/** Tick at which the access that q issued now is answered. */
export function answerOf(q: usize): u64 {
  const flags = load<u32>(base, Header.HOST_FLAGS);
  const width = load<u32>(tm, Timing.RETURN_BYTES);
  const latency = flags & HostFlags.LATENCY ? asked(q) : load<u32>(tm, Timing.MEM_LATENCY);
  const period = load<u32>(tm, Timing.TCU_TICKS);
  const at = edge(latency, period);
  if (!width) return at;
  const n = beats(bytesOf(load<u32>(q, Machine.STATE)), width);
  const from = max(at, load<u64>(tm, Scheduler.RETURN_FREE));
  store<u64>(tm, from + <u64>(n * period), Scheduler.RETURN_FREE);
  return from + <u64>((n - 1) * period);
}

function bytesOf(state: u32): u32 {
  return state == State.STE_READ || state == State.CD_READ ? 64 : 8;
}

function asked(q: usize): u32 {
  const state = load<u32>(q, Machine.STATE);
  let what = TableAccess.STAGE1;
  let level = 0;
  let address: u64 = 0;
  if (state == State.L1STD_READ || state == State.STE_READ) {
    what = state == State.STE_READ ? TableAccess.STE : TableAccess.L1STD;
    address = load<u64>(q, Machine.STE_ADDR);
  } else if (state == State.L1CD_READ || state == State.CD_READ) {
    what = state == State.CD_READ ? TableAccess.CD : TableAccess.L1CD;
    address = load<u64>(q, Machine.S2_PA);
  } else if (state == State.S2_READ || state == State.S2_UPDATE || state == State.S2_TABLE_UPDATE) {
    what = TableAccess.STAGE2;
    level = load<i32>(q, Machine.S2_LEVEL);
    address = stage2DescriptorAddress(q);
  } else if (state == State.COMMIT) {
    const place = nextDeferred(q);
    if (placeStage(place) == 2) what = TableAccess.STAGE2;
    level = placeLevel(place);
    address = placeAddress(place);
  } else {
    level = load<i32>(q, Machine.S1_LEVEL);
    address = stage1DescriptorAddress(q);
  }
  if (state != State.S1_READ && state != State.S2_READ && what >= TableAccess.STAGE1)
    what |= TableAccess.WRITE;
  return hostWalkLatency(
    <f64>address,
    what,
    level,
    load<u32>(q, Request.SID),
    <f64>toCycles(load<u64>(tm, Scheduler.NOW)),
  );
}
