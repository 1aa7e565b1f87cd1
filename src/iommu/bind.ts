/**
 * A guest's stage 1 over the host's stage 2: the two ops of the 2018 series. The driver reads the 32-byte structure from
 * memory, judges it, and rewrites the device's STEs; TLB maintenance is the guest's (`cacheInvalidate`).
 */
import { IommuError } from '../base/errors.js';
import { steOf } from './attach.js';
import type { IommuDevice } from './device.js';
import type { Domain } from './domain.js';
import {
  decodeGuestStageConfig,
  encodeGuestStageConfig,
  GUEST_STAGE_CONFIG_BYTES,
  type GuestStageConfig,
  guestStageRequest,
} from './uapi/guest-stage-config.js';
import { checkGuestStageLimits } from './uapi/limits.js';

/** Binds what the object or the 32 raw bytes say; they are placed in memory, and read from there. */
export function bindGuestStage(
  domain: Domain,
  device: IommuDevice,
  config: GuestStageConfig | Uint8Array,
): void {
  checkBound(domain, device);
  const bytes = ArrayBuffer.isView(config) ? config : encodeGuestStageConfig(config);
  if (bytes.byteLength !== GUEST_STAGE_CONFIG_BYTES) decodeGuestStageConfig(bytes); // which refuses the length
  device.driver.smmu.memory.write(device.configPa, bytes);
  bindGuestStageAt(domain, device, device.configPa);
}

/** Binds from the structure as it stands at `pa`. */
export function bindGuestStageAt(domain: Domain, device: IommuDevice, pa: bigint): void {
  checkBound(domain, device);
  const { smmu, features } = device.driver;
  const config = decodeGuestStageConfig(smmu.memory.read(pa, GUEST_STAGE_CONFIG_BYTES));
  checkGuestStageLimits(config, {
    asidBits: features.asidBits,
    ssidBits: features.ssidBits,
    ipaBits: features.oasBits,
  });
  const translating = device.guest !== undefined && guestStageRequest(device.guest) === 'translate';
  if (translating && guestStageRequest(config) === 'translate') {
    throw new IommuError(
      'EINVAL',
      "the guest's stage 1 is translating: unbind it, or bind bypass or abort, before another",
    );
  }
  device.guest = config;
  device.writeStes(steOf(device), false);
}

/** Restores stage 2 alone. Does nothing when nothing is bound; never fails. */
export function unbindGuestStage(domain: Domain, device: IommuDevice): void {
  if (device.domain !== domain || device.guest === undefined) return;
  device.guest = undefined;
  device.writeStes(steOf(device), false);
}

/** @throws IommuError */
export function checkBound(domain: Domain, device: IommuDevice): void {
  if (domain.driver !== device.driver) throw new IommuError('ENXIO', 'the device is behind another SMMU');
  if (domain.type !== 'nested') {
    throw new IommuError(
      'EINVAL',
      `only a domain of type 'nested' takes a guest's stage 1, not '${domain.type}'`,
    );
  }
  if (device.domain !== domain) throw new IommuError('EINVAL', 'the device is not attached to this domain');
}
