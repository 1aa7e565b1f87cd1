// Which bits of each writable register exist, given the identification registers. What is not here is RES0: it reads as 0
// and a write to it is dropped (IHI 0070 §6.3).
import { idrField } from '../state/regs';
import {
  IDR0_BTM,
  IDR0_Hyp,
  IDR0_MSI,
  IDR0_PRI,
  IDR0_ST_LEVEL,
  IDR1_SSIDSIZE,
  IDR0_ATSRECERR,
} from '../arch/idr';
import {
  CR2_E2H,
  CR2_PTM,
  CR2_REC_CFG_ATS,
  CR2_RECINVSID,
  GBPA_ABORT,
  GBPA_ALLOCCFG,
  GBPA_INSTCFG,
  GBPA_MTCFG,
  GBPA_MemAttr,
  GBPA_PRIVCFG,
  GBPA_SHCFG,
  GERROR_BIT_CMDQ_ERR,
  GERROR_BIT_EVENTQ_ABT_ERR,
  GERROR_BIT_MSI_CMDQ_ABT_ERR,
  GERROR_BIT_MSI_EVENTQ_ABT_ERR,
  GERROR_BIT_MSI_GERROR_ABT_ERR,
  GERROR_BIT_MSI_PRIQ_ABT_ERR,
  GERROR_BIT_PRIQ_ABT_ERR,
  GERROR_BIT_SFM_ERR,
  IRQ_CTRL_EVENTQ_IRQEN,
  IRQ_CTRL_GERROR_IRQEN,
  IRQ_CTRL_PRIQ_IRQEN,
  STRTAB_BASE_CFG_FMT,
  STRTAB_BASE_CFG_LOG2SIZE,
  STRTAB_BASE_CFG_SPLIT,
} from '../arch/registers';

/** The bits of a field of a 32-bit register. */
@inline
export function fieldMask(f: i32): u32 {
  const lsb: u32 = (f >> 8) & 0x1f;
  return (u32.MAX_VALUE >> (<u32>(32 - (f & 0xff)))) << lsb;
}

export function cr2Mask(): u32 {
  let mask = fieldMask(CR2_RECINVSID);
  if (idrField(0, IDR0_Hyp)) mask |= fieldMask(CR2_E2H);
  if (idrField(0, IDR0_BTM)) mask |= fieldMask(CR2_PTM);
  if (idrField(0, IDR0_ATSRECERR)) mask |= fieldMask(CR2_REC_CFG_ATS);
  return mask;
}

/** Without the override features the fields still store what is written; they have no effect then. */
export function gbpaMask(): u32 {
  return (
    fieldMask(GBPA_MemAttr) |
    fieldMask(GBPA_MTCFG) |
    fieldMask(GBPA_ALLOCCFG) |
    fieldMask(GBPA_SHCFG) |
    fieldMask(GBPA_PRIVCFG) |
    fieldMask(GBPA_INSTCFG) |
    fieldMask(GBPA_ABORT)
  );
}

export function irqCtrlMask(): u32 {
  const mask = fieldMask(IRQ_CTRL_GERROR_IRQEN) | fieldMask(IRQ_CTRL_EVENTQ_IRQEN);
  return idrField(0, IDR0_PRI) ? mask | fieldMask(IRQ_CTRL_PRIQ_IRQEN) : mask;
}

export function gerrorMask(): u32 {
  const msi = idrField(0, IDR0_MSI) != 0;
  const pri = idrField(0, IDR0_PRI) != 0;
  let mask: u32 = GERROR_BIT_CMDQ_ERR | GERROR_BIT_EVENTQ_ABT_ERR | GERROR_BIT_SFM_ERR;
  if (pri) mask |= GERROR_BIT_PRIQ_ABT_ERR;
  if (msi)
    mask |= GERROR_BIT_MSI_CMDQ_ABT_ERR | GERROR_BIT_MSI_EVENTQ_ABT_ERR | GERROR_BIT_MSI_GERROR_ABT_ERR;
  if (msi && pri) mask |= GERROR_BIT_MSI_PRIQ_ABT_ERR;
  return mask;
}

export function strtabBaseCfgMask(): u32 {
  const mask = fieldMask(STRTAB_BASE_CFG_LOG2SIZE);
  if (idrField(0, IDR0_ST_LEVEL) == 0) return mask;
  return mask | fieldMask(STRTAB_BASE_CFG_SPLIT) | fieldMask(STRTAB_BASE_CFG_FMT);
}

/** High half of GATOS_SID: SUBSTREAMID and, with substreams, SSID_VALID. */
export function substreamMask(): u32 {
  const size = idrField(1, IDR1_SSIDSIZE);
  return size == 0 ? 0 : ((<u32>1) << 20) | (((<u32>1) << size) - 1);
}
