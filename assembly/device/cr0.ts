// SMMU_CR0 and SMMU_CR0ACK (IHI 0070 §6.3.9, §6.3.10). Updates are synchronous: the acknowledge follows at once, and with
// it everything that the Update promises.
import { bits32 } from '../memory/bits';
import { reg32, setReg32, idrField } from '../state/regs';
import { abortAllStalls, retryWaitingStalls } from '../translate/stall';
import { consumeCommands, finishCommands } from '../commands/cmdq';
import {
  R_CR0,
  R_CR0ACK,
  CR0_SMMUEN,
  CR0_PRIQEN,
  CR0_EVENTQEN,
  CR0_CMDQEN,
  CR0_ATSCHK,
  CR0_VMW,
} from '../arch/registers';
import { IDR0_ATS, IDR0_PRI, IDR0_VMW } from '../arch/idr';
import { fieldMask } from './masks';

function implemented(): u32 {
  let mask = fieldMask(CR0_SMMUEN) | fieldMask(CR0_EVENTQEN) | fieldMask(CR0_CMDQEN);
  if (idrField(0, IDR0_PRI)) mask |= fieldMask(CR0_PRIQEN);
  if (idrField(0, IDR0_ATS)) mask |= fieldMask(CR0_ATSCHK);
  if (idrField(0, IDR0_VMW)) mask |= fieldMask(CR0_VMW);
  return mask;
}

/** A register is guarded by a field of CR0 while either CR0 or CR0ACK shows it set (v3.2: the write is ignored). */
@inline
export function guarded(enable: i32): bool {
  return bits32(reg32(R_CR0) | reg32(R_CR0ACK), enable) != 0;
}

/** §6.3.9.3 to §6.3.9.6: what a rising or falling enable promises, in that order. */
export function writeCr0(v: u32): void {
  const now = v & implemented();
  const before = reg32(R_CR0ACK);
  setReg32(R_CR0, now);
  setReg32(R_CR0ACK, now);
  const fallen = before & ~now;
  const risen = now & ~before;
  if (bits32(fallen, CR0_SMMUEN)) abortAllStalls();
  if (bits32(risen, CR0_EVENTQEN)) retryWaitingStalls();
  if (bits32(fallen, CR0_CMDQEN)) finishCommands();
  if (bits32(risen, CR0_CMDQEN)) consumeCommands();
}
