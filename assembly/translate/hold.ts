// Stalled transactions (IHI 0070 §3.12.2): they wait in a table, the place in it is the STAG. A stall record is never lost; if
// the event queue is not writable the transaction waits for it, and is tried again when it is.
import { base, region } from '../memory/base';
import { setField } from '../memory/bits';
import { recordStall } from '../queues/eventq';
import * as Header from '../abi/header';
import * as Request from '../abi/request';
import * as StallRecord from '../abi/stall-record';
import * as Status from '../abi/status';
import * as EventRecord from '../arch/event-record';
import * as Machine from '../request/machine';

@inline
export function stallAt(i: u32): usize {
  return region(base + Header.STALLS) + <usize>(i * StallRecord.BYTES);
}

function freeSlot(): i32 {
  const cap = load<u32>(base, Header.STALL_CAP);
  const first = load<u32>(base, Header.STALL_NEXT);
  for (let i: u32 = 0; i < cap; i++) {
    const slot = first + i < cap ? first + i : first + i - cap;
    if (load<u32>(stallAt(slot), StallRecord.STATE) == StallRecord.STATE_FREE) {
      store<u32>(base, slot + 1 < cap ? slot + 1 : 0, Header.STALL_NEXT);
      return slot;
    }
  }
  return -1;
}

/** Stalls transaction q. False: as many as IDR5.STALL_MAX wait already, so it terminates instead (§3.12.2 lets a model do so). */
export function holdStalled(q: usize): bool {
  let slot = load<i32>(q, Machine.STALL_SLOT);
  if (slot < 0) slot = freeSlot();
  if (slot < 0) return false;
  const words = q + Request.EVENT_WORDS;
  setField(words, EventRecord.Stall, 1);
  setField(words, EventRecord.STAG, <u64>slot);
  const recorded = recordStall(words);
  store<u32>(q, Status.STALLED, Request.STATUS);
  store<u32>(q, slot, Request.STAG);
  store<u32>(q, recorded ? 1 : 0, Request.RECORDED);
  const st = stallAt(slot);
  if (load<u32>(st, StallRecord.STATE) == StallRecord.STATE_FREE)
    store<u32>(base, load<u32>(base, Header.STALL_COUNT) + 1, Header.STALL_COUNT);
  memory.copy(st, q, Request.MACHINE);
  store<u32>(st, recorded ? StallRecord.STATE_RECORDED : StallRecord.STATE_WAITING, StallRecord.STATE);
  store<u32>(st, slot, StallRecord.STAG);
  return true;
}

/** Frees a slot: its STAG may be given again. */
export function releaseStall(slot: u32): void {
  store<u32>(stallAt(slot), StallRecord.STATE_FREE, StallRecord.STATE);
  store<u32>(base, load<u32>(base, Header.STALL_COUNT) - 1, Header.STALL_COUNT);
}
