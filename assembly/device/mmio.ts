// The register interface (IHI 0070 §6.2): pages 0 and 1. A 64-bit access is two 32-bit ones, low half first; what is not
// aligned, not a register or Secure reads as 0 and ignores writes.
import { base } from '../memory/base';
import { bits32 } from '../memory/bits';
import { addressHighMask, reg32, setReg32, idrField, streamIdMask } from '../state/regs';
import { gerrorActive } from '../state/gerror';
import { indexMask } from '../queues/ring';
import { eventqLog2 } from '../queues/eventq';
import { cmdqLog2, consumeCommands } from '../commands/cmdq';
import { retryWaitingStalls } from '../translate/stall';
import { writeCr0, guarded } from './cr0';
import { runAtos } from './gatos';
import {
  cr2Mask,
  fieldMask,
  gbpaMask,
  gerrorMask,
  irqCtrlMask,
  strtabBaseCfgMask,
  substreamMask,
} from './masks';
import * as Layout from '../abi/layout';
import {
  R_CR0,
  R_CR1,
  R_CR2,
  R_GBPA,
  R_IRQ_CTRL,
  R_IRQ_CTRLACK,
  R_GERRORN,
  R_GERROR_IRQ_CFG0,
  R_GERROR_IRQ_CFG1,
  R_GERROR_IRQ_CFG2,
  R_STRTAB_BASE,
  R_STRTAB_BASE_CFG,
  R_CMDQ_BASE,
  R_CMDQ_PROD,
  R_CMDQ_CONS,
  R_EVENTQ_BASE,
  R_EVENTQ_IRQ_CFG0,
  R_EVENTQ_IRQ_CFG1,
  R_EVENTQ_IRQ_CFG2,
  R_GATOS_CTRL,
  R_GATOS_SID,
  R_GATOS_ADDR,
  R_PIDR4,
  R_CIDR3,
  R_PAGE1,
  R_EVENTQ_PROD,
  R_EVENTQ_CONS,
  R_EVENTQ_PROD_ALIAS,
  R_EVENTQ_CONS_ALIAS,
  CR0_SMMUEN,
  CR0_CMDQEN,
  CR0_EVENTQEN,
  CR0_PRIQEN,
  CR1_QUEUE_IC,
  CR1_QUEUE_OC,
  CR1_QUEUE_SH,
  CR1_TABLE_IC,
  CR1_TABLE_OC,
  CR1_TABLE_SH,
  CMDQ_PROD_WR,
  CMDQ_CONS_ERR,
  CMDQ_CONS_RD,
  EVENTQ_PROD_OVFLG,
  EVENTQ_PROD_WR,
  EVENTQ_CONS_OVACKFLG,
  EVENTQ_CONS_RD,
  GBPA_Update,
  IRQ_CFG2_MemAttr,
  IRQ_CFG2_SH,
  IRQ_CTRL_EVENTQ_IRQEN,
  IRQ_CTRL_GERROR_IRQEN,
  GATOS_CTRL_RUN,
  GERROR_BIT_CMDQ_ERR,
  GERROR_BIT_EVENTQ_ABT_ERR,
} from '../arch/registers';
import { IDR0_ATOS, IDR0_MSI } from '../arch/idr';

const HIGH_HALF_HINT: u32 = 1 << 30; // RA or WA, bit 62 of the bases
const GATOS_ADDR_LOW: u32 = 0xffffffc0;

export function read32(off: i32): u32 {
  if ((off & 3) != 0 || off < 0) return 0;
  if (off < Layout.REGS_BYTES) {
    if (off == R_CMDQ_CONS) return reg32(off) & (fieldMask(CMDQ_CONS_ERR) | indexMask(cmdqLog2()));
    if (off == R_EVENTQ_PROD_ALIAS || off == R_EVENTQ_CONS_ALIAS) return 0; // only in page 1
    return reg32(off);
  }
  if (off >= R_PIDR4 && off <= R_CIDR3) return load<u32>(base + <usize>(Layout.REGS_ID + off - R_PIDR4));
  if (off == R_EVENTQ_PROD) return reg32(off) & (fieldMask(EVENTQ_PROD_OVFLG) | indexMask(eventqLog2()));
  if (off == R_EVENTQ_CONS) return reg32(off);
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
  if (off == R_CMDQ_PROD) {
    setReg32(off, v & fieldMask(CMDQ_PROD_WR));
    consumeCommands();
  } else if (off == R_CR0) {
    writeCr0(v);
  } else if (off >= R_PAGE1) {
    writePage1(off, v);
  } else if (off >= R_GATOS_CTRL) {
    writeGatos(off, v);
  } else if (off < R_STRTAB_BASE) {
    writeControl(off, v);
  } else {
    writeBase(off, v);
  }
}

// CR1 to GERROR_IRQ_CFG2 (§6.3.11 to §6.3.23)
function writeControl(off: i32, v: u32): void {
  if (off == R_CR1) writeCr1(v);
  else if (off == R_CR2) {
    if (!guarded(CR0_SMMUEN)) setReg32(off, v & cr2Mask());
  } else if (off == R_GBPA) {
    // Update must be written as 1 and is done at once, so it never reads as 1 (§6.3.14).
    if (bits32(v, GBPA_Update)) setReg32(off, v & gbpaMask());
  } else if (off == R_IRQ_CTRL) {
    setReg32(off, v & irqCtrlMask());
    setReg32(R_IRQ_CTRLACK, v & irqCtrlMask());
  } else if (off == R_GERRORN) writeGerrorn(v);
  else if (off >= R_GERROR_IRQ_CFG0 && off <= R_GERROR_IRQ_CFG2) {
    writeIrqConfig(off, R_GERROR_IRQ_CFG0, R_GERROR_IRQ_CFG1, R_GERROR_IRQ_CFG2, IRQ_CTRL_GERROR_IRQEN, v);
  }
}

// STRTAB_BASE to EVENTQ_IRQ_CFG2 (§6.3.24 to §6.3.32), each guarded by its enable
function writeBase(off: i32, v: u32): void {
  if (off < R_CMDQ_BASE) {
    if (guarded(CR0_SMMUEN)) return;
    if (off == R_STRTAB_BASE) setReg32(off, v & 0xffffffc0);
    else if (off == R_STRTAB_BASE + 4) setReg32(off, v & (addressHighMask() | HIGH_HALF_HINT));
    else if (off == R_STRTAB_BASE_CFG) setReg32(off, v & strtabBaseCfgMask());
  } else if (off < R_EVENTQ_BASE) {
    if (guarded(CR0_CMDQEN)) return;
    if (off == R_CMDQ_BASE) setReg32(off, v);
    else if (off == R_CMDQ_BASE + 4) setReg32(off, v & (addressHighMask() | HIGH_HALF_HINT));
    else if (off == R_CMDQ_CONS) setReg32(off, v & (fieldMask(CMDQ_CONS_ERR) | fieldMask(CMDQ_CONS_RD)));
  } else if (off < R_EVENTQ_PROD_ALIAS) {
    if (guarded(CR0_EVENTQEN)) return;
    if (off == R_EVENTQ_BASE) setReg32(off, v);
    else if (off == R_EVENTQ_BASE + 4) setReg32(off, v & (addressHighMask() | HIGH_HALF_HINT));
  } else if (off >= R_EVENTQ_IRQ_CFG0 && off <= R_EVENTQ_IRQ_CFG2) {
    writeIrqConfig(off, R_EVENTQ_IRQ_CFG0, R_EVENTQ_IRQ_CFG1, R_EVENTQ_IRQ_CFG2, IRQ_CTRL_EVENTQ_IRQEN, v);
  }
}

// The two halves have guards of their own (§6.3.11).
function writeCr1(v: u32): void {
  const tables = fieldMask(CR1_TABLE_SH) | fieldMask(CR1_TABLE_OC) | fieldMask(CR1_TABLE_IC);
  const queues = fieldMask(CR1_QUEUE_SH) | fieldMask(CR1_QUEUE_OC) | fieldMask(CR1_QUEUE_IC);
  let open: u32 = 0;
  if (!guarded(CR0_SMMUEN)) open |= tables;
  if (!guarded(CR0_CMDQEN) && !guarded(CR0_EVENTQEN) && !guarded(CR0_PRIQEN)) open |= queues;
  setReg32(R_CR1, (reg32(R_CR1) & ~open) | (v & open));
}

// Software that toggles an inactive flag makes it active, without an interrupt; toggling it back is as good as an
// acknowledge (§6.3.20: CONSTRAINED UNPREDICTABLE).
function writeGerrorn(v: u32): void {
  const commandError = gerrorActive(GERROR_BIT_CMDQ_ERR);
  const eventAbort = gerrorActive(GERROR_BIT_EVENTQ_ABT_ERR);
  setReg32(R_GERRORN, v & gerrorMask());
  if (eventAbort && !gerrorActive(GERROR_BIT_EVENTQ_ABT_ERR)) retryWaitingStalls();
  if (commandError && !gerrorActive(GERROR_BIT_CMDQ_ERR)) consumeCommands();
}

// RES0 without MSIs; guarded by the source's enable in IRQ_CTRL and IRQ_CTRLACK (§3.18).
function writeIrqConfig(off: i32, cfg0: i32, cfg1: i32, cfg2: i32, enable: i32, v: u32): void {
  if (idrField(0, IDR0_MSI) == 0 || bits32(reg32(R_IRQ_CTRL) | reg32(R_IRQ_CTRLACK), enable)) return;
  if (off == cfg0) setReg32(off, v & 0xfffffffc);
  else if (off == cfg0 + 4) setReg32(off, v & addressHighMask());
  else if (off == cfg1) setReg32(off, v);
  else if (off == cfg2) setReg32(off, v & (fieldMask(IRQ_CFG2_MemAttr) | fieldMask(IRQ_CFG2_SH)));
}

// §6.3.37 to §6.3.40. A request is over when the write that starts it returns, so RUN never guards anything that software sees.
function writeGatos(off: i32, v: u32): void {
  if (idrField(0, IDR0_ATOS) == 0) return;
  if (off == R_GATOS_CTRL) {
    if (bits32(v, GATOS_CTRL_RUN) && guarded(CR0_SMMUEN)) runAtos();
  } else if (off == R_GATOS_SID) setReg32(off, v & streamIdMask());
  else if (off == R_GATOS_SID + 4) setReg32(off, v & substreamMask());
  else if (off == R_GATOS_ADDR) setReg32(off, v & GATOS_ADDR_LOW);
  else if (off == R_GATOS_ADDR + 4) setReg32(off, v);
}

function writePage1(off: i32, v: u32): void {
  if (off == R_EVENTQ_PROD) {
    if (!guarded(CR0_EVENTQEN)) setReg32(off, v & (fieldMask(EVENTQ_PROD_OVFLG) | fieldMask(EVENTQ_PROD_WR)));
  } else if (off == R_EVENTQ_CONS) {
    setReg32(off, v & (fieldMask(EVENTQ_CONS_OVACKFLG) | fieldMask(EVENTQ_CONS_RD)));
    retryWaitingStalls();
  }
}
