// Slots and write buffer of a TBU: what it needs to accept a transaction, and what it gives back when one is forwarded. gem5's
// SMMUv3DeviceInterface (xlate_slots, wrbuf_slots) accepts, frees and tells a refused device to try again like that; MMU-600 and
// MMU-700 hold a slot until a transaction is sent on (their TRMs).
import * as Flag from '../abi/flag';
import * as Request from '../abi/request';
import * as Header from '../abi/header';
import * as Timing from '../abi/timing';
import { base } from '../memory/base';
import { edgeAfter } from './delay';
import { call, keepCall, schedule } from './wheel';
import { noteFull } from './full';
import { noteSlots } from './tally';
import * as Process from './process';
import { tm } from './region';
import * as Scheduler from './scheduler';
import * as Tbu from './tbu';

/** Event: the source offers its next transaction. */
export const PC_OFFER: u32 = 100;

@inline
function buffered(q: usize): bool {
  return (load<u32>(q, Request.FLAGS) & (Flag.WRITE | Flag.ATOMIC)) != 0;
}

/** Takes a slot, and beats for a write, at the TBU of q; false: there is no room. */
@inline
export function takeSlot(q: usize): bool {
  const tbu = <usize>load<u32>(q, Process.TBU);
  const beats: u32 = buffered(q) ? load<u32>(q, Process.BEATS) : 0;
  if (!hasRoom(tbu, beats)) return false;
  if (beats) store<u32>(tbu, load<u32>(tbu, Tbu.BEATS) + beats, Tbu.BEATS);
  store<u32>(tbu, load<u32>(tbu, Tbu.SLOTS) + 1, Tbu.SLOTS);
  noteSlots(1);
  noteFull(tbu);
  return true;
}

/** Gives back what q held. */
@inline
export function freeSlot(q: usize): void {
  const tbu = <usize>load<u32>(q, Process.TBU);
  store<u32>(tbu, load<u32>(tbu, Tbu.SLOTS) - 1, Tbu.SLOTS);
  if (buffered(q)) store<u32>(tbu, load<u32>(tbu, Tbu.BEATS) - load<u32>(q, Process.BEATS), Tbu.BEATS);
  noteSlots(-1);
  noteFull(tbu);
  callRefused();
}

/**
 * A refused source tries again a TBU cycle later, unless that is scheduled already: when slots or beats come free, and whenever memory
 * accepts a request (gem5: scheduleDeviceRetries). So it may find in that cycle what comes free in it before the source's turn.
 */
@inline
export function callRefused(): void {
  if (load<u32>(tm, Scheduler.REFUSED)) callSource();
}

function callSource(): void {
  if (load<u32>(tm, Scheduler.OFFER_SET)) {
    if (SHORT_CUTS && !refusedAgain()) keepCall();
    return;
  }
  const inVain = SHORT_CUTS && refusedAgain();
  store<u32>(tm, 1, Scheduler.OFFER_SET);
  const at = edgeAfter(load<u64>(tm, Scheduler.NOW), 1, load<u32>(tm, Timing.TBU_TICKS));
  if (inVain) call(at, PC_OFFER);
  else schedule(at, PC_OFFER, 0);
}

// As things are the source would be refused again, and nothing comes of it: `offer` would see just that.
function refusedAgain(): bool {
  return (
    load<u32>(tm, Scheduler.ROW_READY) != Scheduler.READY_NO &&
    load<u32>(tm, Scheduler.INBOX_NEXT) == load<u32>(base, Header.INBOX_TAIL) &&
    stillRefused()
  );
}

/** Whether what was refused for want of room would be refused again. */
@inline
export function stillRefused(): bool {
  const tbu = <usize>load<u32>(tm, Scheduler.REFUSED_BY);
  if (!tbu) return load<u32>(tm, Scheduler.FREE_BLOCK) == 0;
  return !hasRoom(tbu, load<u32>(tm, Scheduler.REFUSED_BEATS));
}

// A slot, and beats of the write buffer; a write larger than the buffer fits an empty one.
@inline
function hasRoom(tbu: usize, beats: u32): bool {
  if (load<u32>(tbu, Tbu.SLOTS) >= load<u32>(tm, Timing.TBU_SLOTS)) return false; // gem5: xlate_slots; MMU-700: TBUCFG_XLATE_SLOTS
  const limit = load<u32>(tm, Timing.WRITE_BEATS);
  const used = load<u32>(tbu, Tbu.BEATS);
  return !(beats && limit && used && used + beats > limit); // gem5: wrbuf_slots
}

/** q, or with 0 a row that there is no block for, has been refused. */
export function noteRefused(q: usize): void {
  store<u32>(tm, 1, Scheduler.REFUSED);
  store<u32>(tm, q ? load<u32>(q, Process.TBU) : 0, Scheduler.REFUSED_BY);
  store<u32>(tm, q && buffered(q) ? load<u32>(q, Process.BEATS) : 0, Scheduler.REFUSED_BEATS);
}
