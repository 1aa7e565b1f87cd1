// Interrupts, wired and message-signalled (IHI 0070 §3.18, §7.5.1). Everything here is called after the state that an
// interrupt announces can be read.
import { base } from '../memory/base';
import { address, bits32 } from '../memory/bits';
import { write32 } from '../memory/bus';
import { count } from '../state/counters';
import { reg32, reg64, idrField, truncateToOas } from '../state/regs';
import { gerrorActivate } from '../state/gerror';
import { groupAt, groups } from '../state/pmu';
import { notify, notifyPulse } from './notify';
import * as DeviceCounters from '../abi/device-counters';
import * as Header from '../abi/header';
import * as HostFlags from '../abi/host-flags';
import * as Irq from '../abi/irq';
import * as NotifyRecord from '../abi/notify-record';
import * as Pmcg from '../abi/pmcg';
import * as Gerror from '../arch/gerror';
import * as Idr0 from '../arch/idr0';
import * as IrqCfg from '../arch/irq-cfg';
import * as IrqCtrl from '../arch/irq-ctrl';
import * as Register from '../arch/register';

/** An MSI of `source` ended in an external abort: the source's GERROR flag, a counter group's IRQ_STATUS (also called by the host, for MSIs it refused). */
export function msiAborted(source: u32): void {
  if (source == Irq.EVENTQ) raiseGerror(Gerror.BIT_MSI_EVENTQ_ABT_ERR);
  else if (source == Irq.PRIQ) raiseGerror(Gerror.BIT_MSI_PRIQ_ABT_ERR);
  else if (source == Irq.CMD_SYNC) raiseGerror(Gerror.BIT_MSI_CMDQ_ABT_ERR);
  else if (source == Irq.GERROR) raiseGerror(Gerror.BIT_MSI_GERROR_ABT_ERR);
  else if (source >= <u32>Irq.PMCG && source - Irq.PMCG < groups())
    store<u32>(groupAt(source - Irq.PMCG), 1, Pmcg.IRQ_STATUS); // IRQ_ABT (§10.2.1)
}

/** Writes `data` to `address`: into RAM or the embedder's bus, else the host takes it, else it aborts. */
export function sendMsi(address: u64, data: u32, source: u32): void {
  const pa = truncateToOas(address);
  count(DeviceCounters.MSIS);
  if (write32(pa, data)) return;
  if (
    (load<u32>(base + Header.HOST_FLAGS) & HostFlags.MSI) != 0 &&
    notify(NotifyRecord.KIND_MSI, source, pa, data)
  )
    return;
  msiAborted(source);
}

/** A wired pulse, with no enable of its own (CMD_SYNC, wake-up events). */
export function pulse(source: u32): void {
  if (notifyPulse(source)) count(DeviceCounters.INTERRUPTS);
}

// The MSI first, so that a handler of the wired pulse finds it written.
function raise(source: u32, enable: i32, cfg0: i32, cfg1: i32): void {
  if (bits32(reg32(Register.IRQ_CTRLACK), enable) == 0) return;
  if (idrField(0, Idr0.MSI)) {
    const to = address(reg64(cfg0), IrqCfg.ADDR);
    if (to != 0) sendMsi(to, reg32(cfg1), source);
  }
  pulse(source);
}

/** The Event queue went from empty to non-empty. */
export function raiseEventq(): void {
  raise(Irq.EVENTQ, IrqCtrl.EVENTQ_IRQEN, Register.EVENTQ_IRQ_CFG0, Register.EVENTQ_IRQ_CFG1);
}

/** Activates a GERROR flag and, when it was inactive, raises the GERROR interrupt (MSI_GERROR_ABT_ERR raises none). */
export function raiseGerror(flag: u32): void {
  if (!gerrorActivate(flag) || flag == Gerror.BIT_MSI_GERROR_ABT_ERR) return;
  raise(Irq.GERROR, IrqCtrl.GERROR_IRQEN, Register.GERROR_IRQ_CFG0, Register.GERROR_IRQ_CFG1);
}
