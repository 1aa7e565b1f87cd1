// The times of a transaction that hits its micro TLB while nothing is under way, from arrival to response: each follows from the one before.
// Cycles are counted from an anchor, an edge of both clocks, so that a product stands for each division.
import * as Ahead from '../abi/ahead';
import * as Cache from '../abi/cache';
import * as Flag from '../abi/flag';
import * as Header from '../abi/header';
import * as Request from '../abi/request';
import * as Timing from '../abi/timing';
import { base, region } from '../memory/base';
import { beats } from './delay';
import { noteAnswer } from './finish';
import { cycles as byProduct, MOST_PERIOD, MOST_TICKS, reciprocal } from './period';
import { tm } from './region';
import * as Scheduler from './scheduler';
import { bucketOf, noteOffer, noteSlotAlone, toCycles } from './tally';
import { NEVER } from './wheel';

/** Ticks of the latencies of one transaction: with MOST_TICKS from the anchor they stay where products are exact. */
const MOST_LATENCY: u64 = 1 << 26;

let anchor: u64 = 0;
let anchorCycle: u64 = 0;
/** The micro TLB that the anchor was made for; 0: there is none yet. */
let anchorMicro: usize = 0;
/** `reciprocal` of each clock; 0: of such clocks, or latencies, there are no products. */
let byTcu: u64 = 0;
let byTbu: u64 = 0;

/** Where the last read left the clock, in ticks and cycles, and the phase of that; NEVER: it left it nowhere, or the phase is not known. */
let restsAt: u64 = 0xffffffffffffffff; // a literal: of a name the compiler makes start code
let restCycle: u64 = 0;
let phase: usize = 0;

// What follows from where in a period of both clocks a read is accepted, once it has been found out: each that comes where the one before
// left the clock needs but a sum.
@inline
function phases(): usize {
  return region(base + Header.AHEAD) + Ahead.PHASES;
}

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
  if (micro != anchorMicro) memory.fill(phases(), 0, Ahead.PHASE_COUNT * Ahead.PHASE_BYTES);
  anchorMicro = micro;
  byTcu = exact ? reciprocal(tcu) : 0;
  byTbu = exact ? reciprocal(tbu) : 0;
}

// Ticks to cycles of a clock, rounded up.
@inline
function cycles(ticks: u64, period: u64, by: u64): u64 {
  return by ? byProduct(ticks, period, by) : (ticks + period - 1) / period;
}

/** A transaction of the default size that arrives a cycle after the last one passes micro TLB `micro`; `times`: of its stream. */
export function passAlone(micro: usize, flags: u32, times: usize): void {
  const s = tm;
  const tcu = <u64>load<u32>(s, Timing.TCU_TICKS);
  const tbu = <u64>load<u32>(s, Timing.TBU_TICKS);
  const arrival = load<u64>(s, Scheduler.LAST_ARRIVAL) + tcu;
  const accepted = max(arrival, load<u64>(s, Scheduler.NOW));
  if (accepted - anchor >= MOST_TICKS || micro != anchorMicro) moveAnchor(accepted, micro);
  noteArrival(arrival);
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
  const taken = ended - cycles(from, tcu, byTcu);
  noteAnswer(times, taken, bucketOf(taken), response, Request.DEFAULT_SIZE);
  const last = load<u64>(s, Scheduler.LAST_RESPONSE);
  store<u64>(s, last, Scheduler.NOW);
  store<u64>(base, last == response ? anchorCycle + ended : toCycles(last), Header.NOW);
  restsAt = NEVER;
  const both = tcu * tbu;
  if (last != response || flags & Flag.WRITE || both > <u64>Ahead.PHASE_COUNT || !byTcu) return;
  phase = phaseOf(from, both);
  store<u32>(phase, <u32>(left * tcu - from), Ahead.LEFT);
  store<u32>(phase, <u32>(seen - from), Ahead.SEEN);
  store<u32>(phase, <u32>taken, Ahead.CYCLES);
  store<i32>(phase, bucketOf(taken), Ahead.BUCKET);
  phase = phaseOf(seen, both);
  store<u32>(phaseOf(from, both), <u32>phase, Ahead.NEXT);
  restsAt = response;
  restCycle = anchorCycle + ended;
}

// It arrives at tick `arrival`, when it is offered too (source.ts `nextOffer`, `advanceSource`).
@inline
function noteArrival(arrival: u64): void {
  store<u64>(tm, arrival, Scheduler.OFFER);
  store<u64>(tm, arrival, Scheduler.LAST_ARRIVAL);
}

// Where ticks from the anchor lie in a period of both clocks.
@inline
function phaseOf(ticks: u64, both: u64): usize {
  return phases() + <usize>(<i32>(ticks % both) * Ahead.PHASE_BYTES);
}

/** `passAlone` for a read that is accepted where the last one left the clock, in a phase that is known; false: it is another. */
@inline
export function passAgain(micro: usize, flags: u32, times: usize): bool {
  const now = load<u64>(tm, Scheduler.NOW);
  const arrival = load<u64>(tm, Scheduler.LAST_ARRIVAL) + <u64>load<u32>(tm, Timing.TCU_TICKS);
  if (now != restsAt || arrival > now || micro != anchorMicro || flags & Flag.WRITE) return false;
  if (!load<u32>(phase, Ahead.LEFT)) return false;
  noteArrival(arrival);
  noteOffer();
  const taken = <u64>load<u32>(phase, Ahead.CYCLES);
  restsAt = now + <u64>load<u32>(phase, Ahead.SEEN);
  restCycle += taken;
  noteSlotAlone(now, now + <u64>load<u32>(phase, Ahead.LEFT));
  noteAnswer(times, taken, load<i32>(phase, Ahead.BUCKET), restsAt, Request.DEFAULT_SIZE);
  phase = <usize>load<u32>(phase, Ahead.NEXT);
  store<u64>(tm, restsAt, Scheduler.NOW);
  store<u64>(base, restCycle, Header.NOW);
  return true;
}
