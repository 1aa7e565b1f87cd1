// Slots of the TCU: taken, waited for and given back. Requests from link to link, walks, and fetches of configurations are limited
// apart (MMU-700 TRM: XLATE, PTW and CTW slots; gem5: xlate_slots, ptw_slots); who finds no walk slot waits in the request buffer.
import * as TimingCounters from '../abi/timing-counters';
import { counting } from '../state/pmu';
import { countBuffered } from '../request/count';
import { drop, held, hold } from './delay';
import * as Process from './process';
import { tm } from './region';
import * as Tokens from './tokens';
import { acquire, release, waited } from './semaphore';
import { addTo, noteQueue, noteTcu, noteWalks } from './tally';

/** A slot of the TCU for q; false: it waits, and goes on at `pc`. */
export function takeTcuSlot(q: usize, pc: u32): bool {
  if (!acquire(q, tm + Tokens.TCU, pc)) return false;
  addTo(TimingCounters.STALL_TCU_SLOT, waited(q));
  hold(q, Process.HELD_TCU);
  noteTcu(1);
  return true;
}

/** q leaves the TCU. */
export function leaveTcu(q: usize): void {
  drop(q, Process.HELD_TCU);
  release(tm + Tokens.TCU);
  noteTcu(-1);
}

/** A configuration fetch of q may begin; false: it waits, and goes on at `pc`. */
export function takeConfigSlot(q: usize, pc: u32): bool {
  if (!acquire(q, tm + Tokens.CONFIG_WALK, pc)) return false;
  addTo(TimingCounters.STALL_CONFIG_SLOT, waited(q));
  hold(q, Process.HELD_CONFIG_WALK);
  return true;
}

/** q has its configuration, or will not get it. */
export function endConfigWalk(q: usize): void {
  if (!held(q, Process.HELD_CONFIG_WALK)) return;
  drop(q, Process.HELD_CONFIG_WALK);
  release(tm + Tokens.CONFIG_WALK);
}

/** A walk slot for q; false: it waits in the request buffer of the TCU, and goes on at `pc`. */
export function takeWalkSlot(q: usize, pc: u32): bool {
  const waits = load<u64>(q, Process.SINCE) != 0;
  if (!acquire(q, tm + Tokens.WALK, pc)) {
    if (!waits) noteQueue(1);
    if (!waits && counting()) countBuffered(q); // MMU-600AE TRM: event 0x91
    return false;
  }
  addTo(TimingCounters.STALL_WALK_SLOT, waited(q));
  if (waits) noteQueue(-1);
  return true;
}

/** q's walk has ended, if it had begun. */
export function endWalk(q: usize): void {
  if (!held(q, Process.HELD_WALK)) return;
  drop(q, Process.HELD_WALK);
  noteWalks(-1);
  release(tm + Tokens.WALK);
}
