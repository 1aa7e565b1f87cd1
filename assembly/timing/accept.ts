// Slots and write buffer of a TBU: what it needs to accept a transaction, and what it gives back when one is forwarded. gem5's
// SMMUv3DeviceInterface (xlate_slots, wrbuf_slots) accepts, frees and tells a refused device to try again like that; MMU-600 and
// MMU-700 hold a slot until a transaction is sent on (their TRMs).
import * as Flag from '../abi/flag';
import * as Request from '../abi/request';
import * as Timing from '../abi/timing';
import { schedule } from './wheel';
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

/** Takes a slot, and beats for a write, at the TBU of q; false: there is no room. A write larger than the buffer fits an empty one. */
@inline
export function takeSlot(q: usize): bool {
  const tbu = <usize>load<u32>(q, Process.TBU);
  if (load<u32>(tbu, Tbu.SLOTS) >= load<u32>(tm, Timing.TBU_SLOTS)) return false;
  if (buffered(q)) {
    const limit = load<u32>(tm, Timing.WRITE_BEATS);
    const used = load<u32>(tbu, Tbu.BEATS);
    if (limit && used && used + load<u32>(q, Process.BEATS) > limit) return false;
    store<u32>(tbu, used + load<u32>(q, Process.BEATS), Tbu.BEATS);
  }
  store<u32>(tbu, load<u32>(tbu, Tbu.SLOTS) + 1, Tbu.SLOTS);
  noteSlots(1);
  noteFull(tbu);
  return true;
}

/** Gives back what q held; a refused source tries again a TBU cycle later. */
@inline
export function freeSlot(q: usize): void {
  const tbu = <usize>load<u32>(q, Process.TBU);
  store<u32>(tbu, load<u32>(tbu, Tbu.SLOTS) - 1, Tbu.SLOTS);
  if (buffered(q)) store<u32>(tbu, load<u32>(tbu, Tbu.BEATS) - load<u32>(q, Process.BEATS), Tbu.BEATS);
  noteSlots(-1);
  noteFull(tbu);
  if (load<u32>(tm, Scheduler.REFUSED) && !load<u32>(tm, Scheduler.OFFER_SET)) {
    const period = <u64>load<u32>(tm, Timing.TBU_TICKS);
    const now = load<u64>(tm, Scheduler.NOW);
    store<u32>(tm, 1, Scheduler.OFFER_SET);
    schedule(((now + period - 1) / period + 1) * period, PC_OFFER, 0);
  }
}
