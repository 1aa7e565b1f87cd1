/** A guest's stage 1 configuration against the identification registers of the SMMU that shall run it. */
import { hex } from '../../base/check.js';
import { IommuError } from '../../base/errors.js';
import { SMMUV3_S1_CFG, type GuestStageConfig } from './guest-stage-config.js';

/** What the host's SMMU can do. */
export interface GuestStageLimits {
  /** 8, or 16 with IDR0.ASID16. */
  asidBits: number;
  /** IDR1.SSIDSIZE */
  ssidBits: number;
  /** Bits of an IPA: IDR5.OAS decoded. */
  ipaBits: number;
}

/** @throws IommuError EINVAL when the guest asks for more than the SMMU has */
export function checkGuestStageLimits(config: GuestStageConfig, limits: GuestStageLimits): void {
  if (config.flags === SMMUV3_S1_CFG) {
    const { asidBits, cdptrDma } = config.smmuS1!;
    if (asidBits > limits.asidBits) {
      refuse(`smmu_s1.asid_bits = ${asidBits} is more than the SMMU's ${limits.asidBits} (IDR0.ASID16)`);
    }
    if (cdptrDma >> BigInt(limits.ipaBits) !== 0n) {
      refuse(`smmu_s1.cdptr_dma = ${hex(cdptrDma)} lies beyond the ${limits.ipaBits}-bit address space`);
    }
    return;
  }
  const { basePtr, pasidBits } = config.pasidt!;
  if (pasidBits > limits.ssidBits) {
    refuse(`pasidt.pasid_bits = ${pasidBits} is more than the SMMU's ${limits.ssidBits} (IDR1.SSIDSIZE)`);
  }
  const bytes = 64n << BigInt(pasidBits);
  if (basePtr % bytes !== 0n) {
    // S1ContextPtr of a linear table is aligned to its size (IHI 0070 §5.2, S1ContextPtr).
    refuse(`pasidt.base_ptr = ${hex(basePtr)} must be aligned to the ${bytes} bytes of its table`);
  }
  if ((basePtr + bytes - 1n) >> BigInt(limits.ipaBits) !== 0n) {
    refuse(`pasidt.base_ptr = ${hex(basePtr)} lies beyond the ${limits.ipaBits}-bit address space`);
  }
}

function refuse(reason: string): never {
  throw new IommuError('EINVAL', reason);
}
