/**
 * A guest's stage 1 as today's kernel takes it: the first two words of the guest's own STE, joined with the host's stage 2 (Linux,
 * arm-smmu-v3-iommufd.c). The 2018 form is in bind.ts.
 */
import { IommuError } from '../base/errors.js';
import { checkPair, moveTo, steOf } from './attach.js';
import type { IommuDevice } from './device.js';
import type { Domain } from './domain.js';
import { acceptVste, type VirtualSte } from './entry/vste.js';

/**
 * Attaches a device to a nested domain with the guest's STE in force from the first moment, or changes the STE of one that is
 * attached: there is no state in between. undefined: stage 2 alone.
 * @throws IommuError EINVAL: not a 'nested' domain, freed, or of another SMMU; EBUSY: the device uses PASIDs; ENODEV: removed
 */
export function attachVste(domain: Domain, device: IommuDevice, ste: VirtualSte | undefined): void {
  checkPair(domain, device);
  if (domain.type !== 'nested') {
    throw new IommuError('EINVAL', `only a domain of type 'nested' serves a guest, not '${domain.type}'`);
  }
  const kept = ste === undefined ? undefined : acceptVste(ste);
  moveTo(domain, device, () => {
    device.guest = undefined;
    device.vste = kept;
    device.writeStes(steOf(device), true);
  });
}
