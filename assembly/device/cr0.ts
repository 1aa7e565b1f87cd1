// SMMU_CR0 and SMMU_CR0ACK (IHI 0070 §6.3.9, §6.3.10). Updates are synchronous: the acknowledge follows at once, and with
// it everything that the Update promises.
import { bits32, maskOf32 } from '../memory/bits';
import { reg32, setReg32, idrField } from '../state/regs';
import { forgetLastStream } from '../tlb/last-stream';
import { abortAllStalls, retryWaitingStalls } from '../translate/stall';
import { consumeCommands, finishCommands } from '../commands/cmdq';
import * as Cr0 from '../arch/cr0';
import * as Idr0 from '../arch/idr0';
import * as Register from '../arch/register';

function implemented(): u32 {
  let mask = maskOf32(Cr0.SMMUEN) | maskOf32(Cr0.EVENTQEN) | maskOf32(Cr0.CMDQEN);
  if (idrField(0, Idr0.PRI)) mask |= maskOf32(Cr0.PRIQEN);
  if (idrField(0, Idr0.ATS)) mask |= maskOf32(Cr0.ATSCHK);
  if (idrField(0, Idr0.VMW)) mask |= maskOf32(Cr0.VMW);
  return mask;
}

/** A register is guarded by a field of CR0 while either CR0 or CR0ACK shows it set (v3.2: the write is ignored). */
@inline
export function guarded(enable: i32): bool {
  return bits32(reg32(Register.CR0) | reg32(Register.CR0ACK), enable) != 0;
}

/** §6.3.9.3 to §6.3.9.6: what a rising or falling enable promises, in that order. */
export function writeCr0(v: u32): void {
  const now = v & implemented();
  const before = reg32(Register.CR0ACK);
  setReg32(Register.CR0, now);
  setReg32(Register.CR0ACK, now);
  forgetLastStream(); // remembered while SMMUEN was 1
  const fallen = before & ~now;
  const risen = now & ~before;
  if (bits32(fallen, Cr0.SMMUEN)) abortAllStalls();
  if (bits32(risen, Cr0.EVENTQEN)) retryWaitingStalls();
  if (bits32(fallen, Cr0.CMDQEN)) finishCommands();
  if (bits32(risen, Cr0.CMDQEN)) consumeCommands();
}
