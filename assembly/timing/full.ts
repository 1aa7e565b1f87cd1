// When slots and write buffer of a TBU are full, for the counters that count the cycles of it (MMU-600 and MMU-700 TRM: TBU events
// 0x85 and 0x87).
import { base } from '../memory/base';
import { counting } from '../state/pmu';
import { setFull } from '../queues/pmu';
import * as Header from '../abi/header';
import * as Pmcg from '../abi/pmcg';
import * as Timing from '../abi/timing';
import { tm } from './region';
import * as Tbu from './tbu';

function fullNow(tbu: usize): u32 {
  const slots: u32 = load<u32>(tbu, Tbu.SLOTS) >= load<u32>(tm, Timing.TBU_SLOTS) ? Pmcg.FULL_SLOTS : 0;
  const beats = load<u32>(tm, Timing.WRITE_BEATS);
  return beats && load<u32>(tbu, Tbu.BEATS) >= beats ? slots | Pmcg.FULL_BUFFER : slots;
}

/** Slots or beats of a TBU were taken or given back. */
@inline
export function noteFull(tbu: usize): void {
  if (counting()) setFull(1 + <u32>(tbu - tm - Tbu.FIRST) / Tbu.BYTES, fullNow(tbu));
}

/** Counter group n begins to look at its TBU. */
export function settleFull(n: u32): void {
  if (n && load<u32>(base, Header.TIMED)) setFull(n, fullNow(tm + Tbu.FIRST + <usize>((n - 1) * Tbu.BYTES)));
}
