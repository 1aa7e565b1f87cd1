// The Event queue's producer (IHI 0070 §3.5.3, §3.5.4, §7.2, §7.4).
import { writeFrom } from '../memory/bus';
import { bits32, maskOf32 } from '../memory/bits';
import { count } from '../state/counters';
import { reg32, setReg32, regField, idrField } from '../state/regs';
import { gerrorActive } from '../state/gerror';
import { raiseEventq, raiseGerror } from './interrupts';
import { queueLog2, fill, indexMask, entryAddress, queueStart } from './ring';
import * as DeviceCounters from '../abi/device-counters';
import * as Cr0 from '../arch/cr0';
import * as EventRecord from '../arch/event-record';
import * as Eventq from '../arch/eventq';
import * as Gerror from '../arch/gerror';
import * as Idr1 from '../arch/idr1';
import * as Register from '../arch/register';

@inline
function enabled(): bool {
  return regField(Register.CR0ACK, Cr0.EVENTQEN) != 0;
}

export function eventqLog2(): u32 {
  return queueLog2(Register.EVENTQ_BASE, idrField(1, Idr1.EVENTQS));
}

// Records that fit. Inconsistent indices (more than 2^log2 entries) count as full.
function room(): u32 {
  const log2 = eventqLog2();
  const size: u32 = (<u32>1) << log2;
  const used = fill(reg32(Register.EVENTQ_PROD), reg32(Register.EVENTQ_CONS), log2);
  return used < size ? size - used : 0;
}

/**
 * Enabled, no active EVENTQ_ABT_ERR, and room for one more record than are on their way to memory; an overflow that was not
 * acknowledged does not matter.
 */
export function eventqAccepts(onTheirWay: u32): bool {
  return enabled() && !gerrorActive(Gerror.BIT_EVENTQ_ABT_ERR) && room() > onTheirWay;
}

/** A record can be written now. */
export function eventqWritable(): bool {
  return eventqAccepts(0);
}

// Record in memory, then PROD, then the interrupt. An external abort is synchronous: PROD stays.
function write(words: usize): bool {
  const log2 = eventqLog2();
  const prod = reg32(Register.EVENTQ_PROD);
  const start = queueStart(Register.EVENTQ_BASE, log2, EventRecord.BYTES_LOG2);
  const at = entryAddress(start, log2, EventRecord.BYTES_LOG2, prod);
  if (!writeFrom(at, words, EventRecord.BYTES)) {
    raiseGerror(Gerror.BIT_EVENTQ_ABT_ERR);
    return false;
  }
  const wasEmpty = fill(prod, reg32(Register.EVENTQ_CONS), log2) == 0;
  setReg32(Register.EVENTQ_PROD, (prod & maskOf32(Eventq.PROD_OVFLG)) | ((prod + 1) & indexMask(log2)));
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
  if (enabled() && !room()) {
    const prod = reg32(Register.EVENTQ_PROD);
    if (bits32(prod, Eventq.PROD_OVFLG) == regField(Register.EVENTQ_CONS, Eventq.CONS_OVACKFLG)) {
      setReg32(Register.EVENTQ_PROD, prod ^ maskOf32(Eventq.PROD_OVFLG));
    }
  }
  return false;
}

/** Records an event whose Stall is 1. False: not now; nothing is lost or overflows, the transaction waits (§7.2, §3.12.2). */
export function recordStall(words: usize): bool {
  return eventqWritable() && write(words);
}
