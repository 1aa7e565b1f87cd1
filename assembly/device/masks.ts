// Which bits of each writable register exist, given the identification registers. What is not here is RES0: it reads as 0
// and a write to it is dropped (IHI 0070 §6.3).
import { idrField } from '../state/regs';
import * as Cr2 from '../arch/cr2';
import * as Gbpa from '../arch/gbpa';
import * as Gerror from '../arch/gerror';
import * as Idr0 from '../arch/idr0';
import * as Idr1 from '../arch/idr1';
import * as IrqCtrl from '../arch/irq-ctrl';
import * as Strtab from '../arch/strtab';

/** The bits of a field of a 32-bit register. */
@inline
export function fieldMask(f: i32): u32 {
  const lsb: u32 = (f >> 8) & 0x1f;
  return (u32.MAX_VALUE >> (<u32>(32 - (f & 0xff)))) << lsb;
}

export function cr2Mask(): u32 {
  let mask = fieldMask(Cr2.RECINVSID);
  if (idrField(0, Idr0.Hyp)) mask |= fieldMask(Cr2.E2H);
  if (idrField(0, Idr0.BTM)) mask |= fieldMask(Cr2.PTM);
  if (idrField(0, Idr0.ATSRECERR)) mask |= fieldMask(Cr2.REC_CFG_ATS);
  return mask;
}

/** Without the override features the fields still store what is written; they have no effect then. */
export function gbpaMask(): u32 {
  return (
    fieldMask(Gbpa.MemAttr) |
    fieldMask(Gbpa.MTCFG) |
    fieldMask(Gbpa.ALLOCCFG) |
    fieldMask(Gbpa.SHCFG) |
    fieldMask(Gbpa.PRIVCFG) |
    fieldMask(Gbpa.INSTCFG) |
    fieldMask(Gbpa.ABORT)
  );
}

export function irqCtrlMask(): u32 {
  const mask = fieldMask(IrqCtrl.GERROR_IRQEN) | fieldMask(IrqCtrl.EVENTQ_IRQEN);
  return idrField(0, Idr0.PRI) ? mask | fieldMask(IrqCtrl.PRIQ_IRQEN) : mask;
}

export function gerrorMask(): u32 {
  const msi = idrField(0, Idr0.MSI) != 0;
  const pri = idrField(0, Idr0.PRI) != 0;
  let mask: u32 = Gerror.BIT_CMDQ_ERR | Gerror.BIT_EVENTQ_ABT_ERR | Gerror.BIT_SFM_ERR;
  if (pri) mask |= Gerror.BIT_PRIQ_ABT_ERR;
  if (msi)
    mask |= Gerror.BIT_MSI_CMDQ_ABT_ERR | Gerror.BIT_MSI_EVENTQ_ABT_ERR | Gerror.BIT_MSI_GERROR_ABT_ERR;
  if (msi && pri) mask |= Gerror.BIT_MSI_PRIQ_ABT_ERR;
  return mask;
}

export function strtabBaseCfgMask(): u32 {
  const mask = fieldMask(Strtab.BASE_CFG_LOG2SIZE);
  if (idrField(0, Idr0.ST_LEVEL) == 0) return mask;
  return mask | fieldMask(Strtab.BASE_CFG_SPLIT) | fieldMask(Strtab.BASE_CFG_FMT);
}

/** High half of GATOS_SID: SUBSTREAMID and, with substreams, SSID_VALID. */
export function substreamMask(): u32 {
  const size = idrField(1, Idr1.SSIDSIZE);
  return size == 0 ? 0 : ((<u32>1) << 20) | (((<u32>1) << size) - 1);
}
