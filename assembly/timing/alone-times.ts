// The times of a transaction that hits its micro TLB while nothing is under way, from arrival to response: each follows from the one before.
// Cycles are counted from an anchor, an edge of both clocks, so that a product stands for each division.
import * as Cache from '../abi/cache';
import * as Flag from '../abi/flag';
import * as Header from '../abi/header';
import * as Request from '../abi/request';
import * as Timing from '../abi/timing';
import { base } from '../memory/base';
import { beats } from './delay';
import { noteAnswer } from './finish';
import { cycles as byProduct, MOST_PERIOD, MOST_TICKS, reciprocal } from './period';
import { tm } from './region';
import * as Scheduler from './scheduler';
import { noteOffer, noteSlotAlone, toCycles } from './tally';

/** Ticks of the latencies of one transaction: with MOST_TICKS from the anchor they stay where products are exact. */
const MOST_LATENCY: u64 = 1 << 26;

let anchor: u64 = 0;
let anchorCycle: u64 = 0;
/** The micro TLB that the anchor was made for; 0: there is none yet. */
let anchorMicro: usize = 0;
/** `reciprocal` of each clock; 0: of such clocks, or latencies, there are no products. */
let byTcu: u64 = 0;
let byTbu: u64 = 0;

// Makes `now` the anchor, or an edge of both clocks shortly before it.
function moveAnchor(now: u64, micro: usize): void {
  const tcu = <u64>load<u32>(tm, Timing.TCU_TICKS);
  const tbu = <u64>load<u32>(tm, Timing.TBU_TICKS);
  const most = max(tcu, tbu);
  const latencies =
    <u64>load<u32>(micro, Cache.LATENCY) +
    <u64>load<u32>(tm, Timing.DATA_LATENCY) +
    <u64>load<u32>(tm, Timing.RESPONSE) +
    2 * <u64>Request.DEFAULT_SIZE;
  const exact = most < <u64>MOST_PERIOD && latencies * most <= MOST_LATENCY;
  anchor = now - (now % (tcu * tbu));
  anchorCycle = anchor / tcu;
  anchorMicro = micro;
  byTcu = exact ? reciprocal(tcu) : 0;
  byTbu = exact ? reciprocal(tbu) : 0;
}

// Ticks to cycles of a clock, rounded up.
@inline
function cycles(ticks: u64, period: u64, by: u64): u64 {
  return by ? byProduct(ticks, period, by) : (ticks + period - 1) / period;
}

/** A transaction of the default size that arrives a cycle after the last one passes micro TLB `micro`; `record`: of its stream. */
export function passAlone(micro: usize, flags: u32, record: usize): void {
  const s = tm;
  const tcu = <u64>load<u32>(s, Timing.TCU_TICKS);
  const tbu = <u64>load<u32>(s, Timing.TBU_TICKS);
  const arrival = load<u64>(s, Scheduler.LAST_ARRIVAL) + tcu;
  const accepted = max(arrival, load<u64>(s, Scheduler.NOW));
  if (accepted - anchor >= MOST_TICKS || micro != anchorMicro) moveAnchor(accepted, micro);
  store<u64>(s, arrival, Scheduler.LAST_ARRIVAL);
  store<u64>(s, accepted, Scheduler.NOW);
  noteOffer();
  let port: u64 = 1;
  let memory: u64 = 1;
  if (flags & Flag.WRITE) {
    port = <u64>beats(Request.DEFAULT_SIZE, load<u32>(s, Timing.PORT_BYTES));
    memory = <u64>beats(Request.DEFAULT_SIZE, load<u32>(s, Timing.MEM_BYTES));
  }
  const from = accepted - anchor;
  const looked = (cycles(from, tbu, byTbu) + port + <u64>load<u32>(micro, Cache.LATENCY)) * tbu;
  const left = cycles(looked, tcu, byTcu) + memory;
  const answer = (left + <u64>load<u32>(s, Timing.DATA_LATENCY)) * tcu;
  const seen = (cycles(answer, tbu, byTbu) + <u64>load<u32>(s, Timing.RESPONSE)) * tbu;
  const ended = cycles(seen, tcu, byTcu);
  const response = anchor + seen;
  noteSlotAlone(accepted, anchor + left * tcu);
  noteAnswer(record, ended - cycles(from, tcu, byTcu), response, Request.DEFAULT_SIZE);
  const last = load<u64>(s, Scheduler.LAST_RESPONSE);
  store<u64>(s, last, Scheduler.NOW);
  store<u64>(base, last == response ? anchorCycle + ended : toCycles(last), Header.NOW);
}
