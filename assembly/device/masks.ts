// Which bits of each writable register exist, given the identification registers. What is not here is RES0: it reads as 0
// and a write to it is dropped (IHI 0070 §6.3).
import { maskOf, maskOf32 } from '../memory/bits';
import { idrField } from '../state/regs';
import * as Cr2 from '../arch/cr2';
import * as Gatos from '../arch/gatos';
import * as Gbpa from '../arch/gbpa';
import * as Gerror from '../arch/gerror';
import * as Idr0 from '../arch/idr0';
import * as Idr1 from '../arch/idr1';
import * as IrqCtrl from '../arch/irq-ctrl';
import * as Strtab from '../arch/strtab';

export function cr2Mask(): u32 {
  let mask = maskOf32(Cr2.RECINVSID);
  if (idrField(0, Idr0.Hyp)) mask |= maskOf32(Cr2.E2H);
  if (idrField(0, Idr0.BTM)) mask |= maskOf32(Cr2.PTM);
  if (idrField(0, Idr0.ATSRECERR)) mask |= maskOf32(Cr2.REC_CFG_ATS);
  return mask;
}

/** Without the override features the fields still store what is written; they have no effect then. */
export function gbpaMask(): u32 {
  return (
    maskOf32(Gbpa.MemAttr) |
    maskOf32(Gbpa.MTCFG) |
    maskOf32(Gbpa.ALLOCCFG) |
    maskOf32(Gbpa.SHCFG) |
    maskOf32(Gbpa.PRIVCFG) |
    maskOf32(Gbpa.INSTCFG) |
    maskOf32(Gbpa.ABORT)
  );
}

export function irqCtrlMask(): u32 {
  const mask = maskOf32(IrqCtrl.GERROR_IRQEN) | maskOf32(IrqCtrl.EVENTQ_IRQEN);
  return idrField(0, Idr0.PRI) ? mask | maskOf32(IrqCtrl.PRIQ_IRQEN) : mask;
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
  const mask = maskOf32(Strtab.BASE_CFG_LOG2SIZE);
  if (idrField(0, Idr0.ST_LEVEL) == 0) return mask;
  return mask | maskOf32(Strtab.BASE_CFG_SPLIT) | maskOf32(Strtab.BASE_CFG_FMT);
}

/** High half of GATOS_SID: SUBSTREAMID and, with substreams, SSID_VALID. */
export function substreamMask(): u32 {
  const size = idrField(1, Idr1.SSIDSIZE);
  return size == 0 ? 0 : (<u32>(maskOf(Gatos.SID_SSID_VALID) >> 32)) | (((<u32>1) << size) - 1);
}
