// The register interface (IHI 0070 §6.2): pages 0 and 1. A 64-bit access is two 32-bit ones, low half first; what is not
// aligned, not a register or Secure reads as 0 and ignores writes.
import { base } from '../memory/base';
import { bits32, maskOf, maskOf32 } from '../memory/bits';
import { addressHighMask, reg32, setReg32, idrField, streamIdMask } from '../state/regs';
import { gerrorActive } from '../state/gerror';
import { indexMask } from '../queues/ring';
import { eventqLog2 } from '../queues/eventq';
import { cmdqLog2, consumeCommands } from '../commands/cmdq';
import { retryWaitingStalls } from '../translate/stall';
import { writeCr0, guarded } from './cr0';
import { runAtos } from './gatos';
import { cr2Mask, gbpaMask, gerrorMask, irqCtrlMask, strtabBaseCfgMask, substreamMask } from './masks';
import * as Layout from '../abi/layout';
import * as Cmdq from '../arch/cmdq';
import * as Cr0 from '../arch/cr0';
import * as Cr1 from '../arch/cr1';
import * as Eventq from '../arch/eventq';
import * as Gatos from '../arch/gatos';
import * as Gbpa from '../arch/gbpa';
import * as Gerror from '../arch/gerror';
import * as Idr0 from '../arch/idr0';
import * as IrqCfg from '../arch/irq-cfg';
import * as IrqCtrl from '../arch/irq-ctrl';
import * as Register from '../arch/register';
import * as Strtab from '../arch/strtab';

// High half of a base: address, and the hint RA or WA, which stands in the same bit of all of them.
@inline
function baseHighMask(): u32 {
  return addressHighMask() | (<u32>(maskOf(Strtab.BASE_RA) >> 32));
}

// Low half of GATOS_ADDR: page, and what is asked for.
@inline
function gatosAddrLowMask(): u32 {
  const asked =
    maskOf32(Gatos.ADDR_TYPE) |
    maskOf32(Gatos.ADDR_PnU) |
    maskOf32(Gatos.ADDR_RnW) |
    maskOf32(Gatos.ADDR_InD) |
    maskOf32(Gatos.ADDR_HTTUI);
  return (<u32>maskOf(Gatos.ADDR_ADDR)) | asked;
}

export function read32(off: i32): u32 {
  if ((off & 3) != 0 || off < 0) return 0;
  if (off < Layout.REGS_BYTES) {
    if (off == Register.CMDQ_CONS) return reg32(off) & (maskOf32(Cmdq.CONS_ERR) | indexMask(cmdqLog2()));
    if (off == Register.EVENTQ_PROD_ALIAS || off == Register.EVENTQ_CONS_ALIAS) return 0; // only in page 1
    return reg32(off);
  }
  if (off >= Register.PIDR4 && off <= Register.CIDR3)
    return load<u32>(base + <usize>(Layout.REGS_ID + off - Register.PIDR4));
  if (off == Register.EVENTQ_PROD)
    return reg32(off) & (maskOf32(Eventq.PROD_OVFLG) | indexMask(eventqLog2()));
  if (off == Register.EVENTQ_CONS) return reg32(off);
  return 0;
}

export function read64(off: i32): u64 {
  if ((off & 7) != 0) return 0;
  return (<u64>read32(off)) | ((<u64>read32(off + 4)) << 32);
}

export function write64(off: i32, v: u64): void {
  if ((off & 7) != 0) return;
  write32(off, <u32>v);
  write32(off + 4, <u32>(v >> 32));
}

export function write32(off: i32, v: u32): void {
  if (off == Register.CMDQ_PROD) {
    setReg32(off, v & maskOf32(Cmdq.PROD_WR));
    consumeCommands();
  } else if (off == Register.CR0) {
    writeCr0(v);
  } else if (off >= Register.PAGE1) {
    writePage1(off, v);
  } else if (off >= Register.GATOS_CTRL) {
    writeGatos(off, v);
  } else if (off < Register.STRTAB_BASE) {
    writeControl(off, v);
  } else {
    writeBase(off, v);
  }
}

// CR1 to GERROR_IRQ_CFG2 (§6.3.11 to §6.3.23)
function writeControl(off: i32, v: u32): void {
  if (off == Register.CR1) writeCr1(v);
  else if (off == Register.CR2) {
    if (!guarded(Cr0.SMMUEN)) setReg32(off, v & cr2Mask());
  } else if (off == Register.GBPA) {
    // Update must be written as 1 and is done at once, so it never reads as 1 (§6.3.14).
    if (bits32(v, Gbpa.Update)) setReg32(off, v & gbpaMask());
  } else if (off == Register.IRQ_CTRL) {
    setReg32(off, v & irqCtrlMask());
    setReg32(Register.IRQ_CTRLACK, v & irqCtrlMask());
  } else if (off == Register.GERRORN) writeGerrorn(v);
  else if (off >= Register.GERROR_IRQ_CFG0 && off <= Register.GERROR_IRQ_CFG2) {
    writeIrqConfig(
      off,
      Register.GERROR_IRQ_CFG0,
      Register.GERROR_IRQ_CFG1,
      Register.GERROR_IRQ_CFG2,
      IrqCtrl.GERROR_IRQEN,
      v,
    );
  }
}

// STRTAB_BASE to EVENTQ_IRQ_CFG2 (§6.3.24 to §6.3.32), each guarded by its enable
function writeBase(off: i32, v: u32): void {
  if (off < Register.CMDQ_BASE) {
    if (guarded(Cr0.SMMUEN)) return;
    if (off == Register.STRTAB_BASE) setReg32(off, v & (<u32>maskOf(Strtab.BASE_ADDR)));
    else if (off == Register.STRTAB_BASE + 4) setReg32(off, v & baseHighMask());
    else if (off == Register.STRTAB_BASE_CFG) setReg32(off, v & strtabBaseCfgMask());
  } else if (off < Register.EVENTQ_BASE) {
    if (guarded(Cr0.CMDQEN)) return;
    if (off == Register.CMDQ_BASE) setReg32(off, v);
    else if (off == Register.CMDQ_BASE + 4) setReg32(off, v & baseHighMask());
    else if (off == Register.CMDQ_CONS) setReg32(off, v & (maskOf32(Cmdq.CONS_ERR) | maskOf32(Cmdq.CONS_RD)));
  } else if (off < Register.EVENTQ_PROD_ALIAS) {
    if (guarded(Cr0.EVENTQEN)) return;
    if (off == Register.EVENTQ_BASE) setReg32(off, v);
    else if (off == Register.EVENTQ_BASE + 4) setReg32(off, v & baseHighMask());
  } else if (off >= Register.EVENTQ_IRQ_CFG0 && off <= Register.EVENTQ_IRQ_CFG2) {
    writeIrqConfig(
      off,
      Register.EVENTQ_IRQ_CFG0,
      Register.EVENTQ_IRQ_CFG1,
      Register.EVENTQ_IRQ_CFG2,
      IrqCtrl.EVENTQ_IRQEN,
      v,
    );
  }
}

// The two halves have guards of their own (§6.3.11).
function writeCr1(v: u32): void {
  const tables = maskOf32(Cr1.TABLE_SH) | maskOf32(Cr1.TABLE_OC) | maskOf32(Cr1.TABLE_IC);
  const queues = maskOf32(Cr1.QUEUE_SH) | maskOf32(Cr1.QUEUE_OC) | maskOf32(Cr1.QUEUE_IC);
  let open: u32 = 0;
  if (!guarded(Cr0.SMMUEN)) open |= tables;
  if (!guarded(Cr0.CMDQEN) && !guarded(Cr0.EVENTQEN) && !guarded(Cr0.PRIQEN)) open |= queues;
  setReg32(Register.CR1, (reg32(Register.CR1) & ~open) | (v & open));
}

// Software that toggles an inactive flag makes it active, without an interrupt; toggling it back is as good as an
// acknowledge (§6.3.20: CONSTRAINED UNPREDICTABLE).
function writeGerrorn(v: u32): void {
  const commandError = gerrorActive(Gerror.BIT_CMDQ_ERR);
  const eventAbort = gerrorActive(Gerror.BIT_EVENTQ_ABT_ERR);
  setReg32(Register.GERRORN, v & gerrorMask());
  if (eventAbort && !gerrorActive(Gerror.BIT_EVENTQ_ABT_ERR)) retryWaitingStalls();
  if (commandError && !gerrorActive(Gerror.BIT_CMDQ_ERR)) consumeCommands();
}

// RES0 without MSIs; guarded by the source's enable in IRQ_CTRL and IRQ_CTRLACK (§3.18).
function writeIrqConfig(off: i32, cfg0: i32, cfg1: i32, cfg2: i32, enable: i32, v: u32): void {
  if (idrField(0, Idr0.MSI) == 0 || bits32(reg32(Register.IRQ_CTRL) | reg32(Register.IRQ_CTRLACK), enable))
    return;
  if (off == cfg0) setReg32(off, v & (<u32>maskOf(IrqCfg.ADDR)));
  else if (off == cfg0 + 4) setReg32(off, v & addressHighMask());
  else if (off == cfg1) setReg32(off, v);
  else if (off == cfg2) setReg32(off, v & (maskOf32(IrqCfg.MemAttr) | maskOf32(IrqCfg.SH)));
}

// §6.3.37 to §6.3.40. A request is over when the write that starts it returns, so RUN never guards anything that software sees.
function writeGatos(off: i32, v: u32): void {
  if (idrField(0, Idr0.ATOS) == 0) return;
  if (off == Register.GATOS_CTRL) {
    if (bits32(v, Gatos.CTRL_RUN) && guarded(Cr0.SMMUEN)) runAtos();
  } else if (off == Register.GATOS_SID) setReg32(off, v & streamIdMask());
  else if (off == Register.GATOS_SID + 4) setReg32(off, v & substreamMask());
  else if (off == Register.GATOS_ADDR) setReg32(off, v & gatosAddrLowMask());
  else if (off == Register.GATOS_ADDR + 4) setReg32(off, v);
}

function writePage1(off: i32, v: u32): void {
  if (off == Register.EVENTQ_PROD) {
    if (!guarded(Cr0.EVENTQEN)) setReg32(off, v & (maskOf32(Eventq.PROD_OVFLG) | maskOf32(Eventq.PROD_WR)));
  } else if (off == Register.EVENTQ_CONS) {
    setReg32(off, v & (maskOf32(Eventq.CONS_OVACKFLG) | maskOf32(Eventq.CONS_RD)));
    retryWaitingStalls();
  }
}
