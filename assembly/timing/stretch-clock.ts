// Time in a stretch (stretch.ts): ticks from an origin that is an edge of both clocks, and the keys of events. A key is the tick, then a
// stamp that falls with each event made, so that of one tick the latest made comes first (wheel.ts), the record and the kind.
import * as Stretch from '../abi/stretch';
import * as Timing from '../abi/timing';
import * as Period from './period';
import { tm } from './region';
import * as Wheel from './wheel';

/** No event. */
export const NEVER: u64 = Wheel.NEVER;

const TICK: u64 = Stretch.KEY_TICK;
const STAMP: u64 = 1 << 12;
/** Stamps that are left when a stretch ends for want of them: more than one event makes. */
const LAST_STAMPS: u64 = STAMP << 12;

/** The tick that others are counted from, and the TCU's cycle. */
export let origin: u64 = 0;
export let originCycles: u64 = 0;
/** Ticks of a cycle of the TCU. */
export let tcu: u64 = 0;

let byTcu: u64 = 0;
let tbu: u64 = 0;
let byTbu: u64 = 0;
let stamp: u64 = 0;

/** A stretch begins at tick `now` of the machine's. */
export function begin(now: u64): void {
  tcu = <u64>load<u32>(tm, Timing.TCU_TICKS);
  tbu = <u64>load<u32>(tm, Timing.TBU_TICKS);
  byTcu = Period.reciprocal(tcu);
  byTbu = Period.reciprocal(tbu);
  origin = now - (now % (tcu * tbu));
  originCycles = origin / tcu;
  stamp = 0xffffff * STAMP;
}

/** Another event may be made. */
@inline
export function hasStamps(): bool {
  return stamp >= LAST_STAMPS;
}

/** The tick n cycles of the TCU after the edge at or after `now`. */
@inline
export function afterTcu(now: u64, n: u64): u64 {
  return Period.edge(now, n, tcu, byTcu);
}

/** The same of the TBU. */
@inline
export function afterTbu(now: u64, n: u64): u64 {
  return Period.edge(now, n, tbu, byTbu);
}

/** Cycles of the TCU from the origin to the edge at or after a tick. */
@inline
export function cyclesTo(tick: u64): u64 {
  return Period.cycles(tick, tcu, byTcu);
}

/** An event of record `id` is made: the latest so far of its tick. */
@inline
export function key(at: u64, id: u64, kind: u64): u64 {
  stamp -= STAMP;
  return (at << TICK) | stamp | (id << 3) | kind;
}

@inline
export function tickOf(k: u64): u64 {
  return k >> TICK;
}

@inline
export function kindOf(k: u64): u64 {
  return k & 7;
}

@inline
export function recordOf(k: u64): u32 {
  return (<u32>(k >> 3)) & 511;
}

/** The same event so many ticks later; one that there is not stays so. */
export function later(k: u64, ticks: u64): u64 {
  return k == NEVER ? k : k + (ticks << TICK);
}

/** How far off an event is. */
@inline
export function off(k: u64, now: u64): u64 {
  return k == NEVER ? 0 : tickOf(k) - now;
}
