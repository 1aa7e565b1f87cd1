// SMMU_GERROR and SMMU_GERRORN (IHI 0070 §6.3.19, §7.5): a flag is active while its two bits differ.
import { reg32, setReg32 } from './regs';
import * as Register from '../arch/register';

/** Any flag of the mask is active. */
@inline
export function gerrorActive(mask: u32): bool {
  return ((reg32(Register.GERROR) ^ reg32(Register.GERRORN)) & mask) != 0;
}

/** Activates one flag; false when it was active already, which drops the second error. */
export function gerrorActivate(flag: u32): bool {
  if (gerrorActive(flag)) return false;
  setReg32(Register.GERROR, reg32(Register.GERROR) ^ flag);
  return true;
}
