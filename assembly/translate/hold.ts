// Stalled transactions (IHI 0070 §3.12.2): they wait in a table, the place in it is the STAG. A stall record is never lost; if
// the event queue is not writable the transaction waits for it, and is tried again when it is.
import { base, region } from '../memory/base';
import { recordStall } from '../queues/eventq';
import {
  H_STALLS,
  H_STALL_CAP,
  H_STALL_COUNT,
  H_STALL_NEXT,
  STALL_BYTES,
  ST_STATE,
  ST_STAG,
  STALL_FREE,
  STALL_RECORDED,
  STALL_WAITING,
  Q_MACHINE,
  Q_STATUS,
  Q_STAG,
  Q_RECORDED,
  Q_EVENT_WORDS,
  STATUS_STALLED,
} from '../abi';
import { M_STALL_SLOT } from '../walk/request';

const STALL_BIT: u64 = 1 << 31;

@inline
export function stallAt(i: u32): usize {
  return region(base + H_STALLS) + <usize>(i * STALL_BYTES);
}

function freeSlot(): i32 {
  const cap = load<u32>(base, H_STALL_CAP);
  const first = load<u32>(base, H_STALL_NEXT);
  for (let i: u32 = 0; i < cap; i++) {
    const slot = first + i < cap ? first + i : first + i - cap;
    if (load<u32>(stallAt(slot), ST_STATE) == STALL_FREE) {
      store<u32>(base, slot + 1 < cap ? slot + 1 : 0, H_STALL_NEXT);
      return slot;
    }
  }
  return -1;
}

/** Stalls transaction q. False: as many as IDR5.STALL_MAX wait already, so it terminates instead (§3.12.2 lets a model do so). */
export function holdStalled(q: usize): bool {
  let slot = load<i32>(q, M_STALL_SLOT);
  if (slot < 0) slot = freeSlot();
  if (slot < 0) return false;
  const words = q + Q_EVENT_WORDS;
  store<u64>(words, load<u64>(words, 8) | STALL_BIT | (<u64>slot), 8);
  const recorded = recordStall(words);
  store<u32>(q, STATUS_STALLED, Q_STATUS);
  store<u32>(q, slot, Q_STAG);
  store<u32>(q, recorded ? 1 : 0, Q_RECORDED);
  const st = stallAt(slot);
  if (load<u32>(st, ST_STATE) == STALL_FREE)
    store<u32>(base, load<u32>(base, H_STALL_COUNT) + 1, H_STALL_COUNT);
  memory.copy(st, q, Q_MACHINE);
  store<u32>(st, recorded ? STALL_RECORDED : STALL_WAITING, ST_STATE);
  store<u32>(st, slot, ST_STAG);
  return true;
}

/** Frees a slot: its STAG may be given again. */
export function releaseStall(slot: u32): void {
  store<u32>(stallAt(slot), STALL_FREE, ST_STATE);
  store<u32>(base, load<u32>(base, H_STALL_COUNT) - 1, H_STALL_COUNT);
}
