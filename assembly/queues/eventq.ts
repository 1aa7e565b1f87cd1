// The Event queue's producer (IHI 0070 §3.5.3, §3.5.4, §7.2, §7.4).
import { writeFrom } from '../memory/bus';
import { bits32 } from '../memory/bits';
import { count } from '../state/counters';
import { reg32, setReg32, regField, idrField } from '../state/regs';
import { gerrorActive } from '../state/gerror';
import { raiseEventq, raiseGerror } from './interrupts';
import { queueLog2, fill, indexMask, entryAddress } from './ring';
import * as DeviceCounters from '../abi/device-counters';
import {
  R_CR0ACK,
  R_EVENTQ_BASE,
  R_EVENTQ_PROD,
  R_EVENTQ_CONS,
  CR0_EVENTQEN,
  EVENTQ_PROD_OVFLG,
  EVENTQ_CONS_OVACKFLG,
  GERROR_BIT_EVENTQ_ABT_ERR,
} from '../arch/registers';
import { IDR1_EVENTQS } from '../arch/idr';
import { EVT_BYTES, EVT_BYTES_LOG2 } from '../arch/events';

const OVFLG: u32 = 1 << 31;

@inline
function enabled(): bool {
  return regField(R_CR0ACK, CR0_EVENTQEN) != 0;
}

export function eventqLog2(): u32 {
  return queueLog2(R_EVENTQ_BASE, idrField(1, IDR1_EVENTQS));
}

// Inconsistent indices (more than 2^log2 entries) count as full.
function full(): bool {
  const log2 = eventqLog2();
  return fill(reg32(R_EVENTQ_PROD), reg32(R_EVENTQ_CONS), log2) >= (<u32>1) << log2;
}

/** Enabled, not full, and no active EVENTQ_ABT_ERR; an overflow that was not acknowledged does not matter. */
export function eventqWritable(): bool {
  return enabled() && !gerrorActive(GERROR_BIT_EVENTQ_ABT_ERR) && !full();
}

// Record in memory, then PROD, then the interrupt. An external abort is synchronous: PROD stays.
function write(words: usize): bool {
  const log2 = eventqLog2();
  const prod = reg32(R_EVENTQ_PROD);
  if (!writeFrom(entryAddress(R_EVENTQ_BASE, log2, EVT_BYTES_LOG2, prod), words, EVT_BYTES)) {
    raiseGerror(GERROR_BIT_EVENTQ_ABT_ERR);
    return false;
  }
  const wasEmpty = fill(prod, reg32(R_EVENTQ_CONS), log2) == 0;
  setReg32(R_EVENTQ_PROD, (prod & OVFLG) | ((prod + 1) & indexMask(log2)));
  count(DeviceCounters.EVENTS + ((<i32>load<u8>(words)) << 3));
  if (wasEmpty) raiseEventq();
  return true;
}

/**
 * Records an event whose Stall is 0. False: it was dropped. Only a full, enabled queue overflows, and an overflow is
 * signalled once until software acknowledges it; it raises neither interrupt nor GERROR (§7.4).
 */
export function recordEvent(words: usize): bool {
  if (eventqWritable() && write(words)) return true;
  count(DeviceCounters.EVENTS_LOST);
  if (enabled() && full()) {
    const prod = reg32(R_EVENTQ_PROD);
    if (bits32(prod, EVENTQ_PROD_OVFLG) == regField(R_EVENTQ_CONS, EVENTQ_CONS_OVACKFLG)) {
      setReg32(R_EVENTQ_PROD, prod ^ OVFLG);
    }
  }
  return false;
}

/** Records an event whose Stall is 1. False: not now; nothing is lost or overflows, the transaction waits (§7.2, §3.12.2). */
export function recordStall(words: usize): bool {
  return eventqWritable() && write(words);
}
