/** What every call for a guest asks of its domain and device first. */
import { show } from '../base/check.js';
import { IommuError } from '../base/errors.js';
import { IommuDevice } from './device.js';
import { Domain } from './domain.js';

/**
 * The device is attached to the nested domain.
 * @throws IommuError EINVAL, or ENXIO for a device behind another SMMU
 */
export function checkNested(domain: Domain, device: IommuDevice): void {
  if (!(domain instanceof Domain)) {
    throw new IommuError('EINVAL', `domain must come from domainAlloc, not be ${show(domain)}`);
  }
  if (!(device instanceof IommuDevice)) {
    throw new IommuError('EINVAL', `device must come from addDevice, not be ${show(device)}`);
  }
  if (domain.driver !== device.driver) throw new IommuError('ENXIO', 'the device is behind another SMMU');
  if (domain.type !== 'nested') {
    throw new IommuError('EINVAL', `only a domain of type 'nested' serves a guest, not '${domain.type}'`);
  }
  if (device.domain !== domain) throw new IommuError('EINVAL', 'the device is not attached to this domain');
}
