// SMMU_GERROR and SMMU_GERRORN (IHI 0070 §6.3.19, §7.5): a flag is active while its two bits differ.
import { reg32, setReg32 } from './regs';
import { R_GERROR, R_GERRORN } from '../arch/registers';

/** Any flag of the mask is active. */
@inline
export function gerrorActive(mask: u32): bool {
  return ((reg32(R_GERROR) ^ reg32(R_GERRORN)) & mask) != 0;
}

/** Activates one flag; false when it was active already, which drops the second error. */
export function gerrorActivate(flag: u32): bool {
  if (gerrorActive(flag)) return false;
  setReg32(R_GERROR, reg32(R_GERROR) ^ flag);
  return true;
}
