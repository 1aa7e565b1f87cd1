/**
 * A guest's stage 1 over the host's stage 2: the two ops of the 2018 series. The driver reads the 32-byte structure from
 * memory, judges it, and rewrites the device's STEs; TLB maintenance is the guest's (`cacheInvalidate`). Whatever is wrong with
 * what it is given, the answer is an IommuError.
 */
import { big, hex } from '../base/check.js';
import { IommuError } from '../base/errors.js';
import type { GuestMemory } from '../core/guest-memory.js';
import { steOf } from './attach.js';
import { IommuDevice } from './device.js';
import type { Domain } from './domain.js';
import { checkNested } from './nested.js';
import {
  decodeGuestStageConfig,
  encodeGuestStageConfig,
  GUEST_STAGE_CONFIG_BYTES,
  type GuestStageConfig,
  guestStageRequest,
} from './uapi/guest-stage-config.js';
import { judge } from './uapi/judge.js';
import { checkGuestStageLimits } from './uapi/limits.js';

/** The structure holds 64-bit fields. */
const STRUCTURE_ALIGNMENT = 8n;

/** Binds what the object or the 32 raw bytes say; they are placed in memory, and read from there. */
export function bindGuestStage(
  domain: Domain,
  device: IommuDevice,
  config: GuestStageConfig | Uint8Array,
): void {
  checkNested(domain, device);
  const bytes = judge(() => bytesOf(config));
  device.driver.smmu.memory.write(device.configPa, bytes);
  bindGuestStageAt(domain, device, device.configPa);
}

/** @throws TypeError or RangeError when it cannot be the structure */
function bytesOf(config: GuestStageConfig | Uint8Array): Uint8Array {
  if (!ArrayBuffer.isView(config)) return encodeGuestStageConfig(config);
  if (config.byteLength !== GUEST_STAGE_CONFIG_BYTES) decodeGuestStageConfig(config); // which refuses the length
  return new Uint8Array(config.buffer, config.byteOffset, config.byteLength);
}

/** Binds from the structure as it stands at `pa`. */
export function bindGuestStageAt(domain: Domain, device: IommuDevice, pa: bigint): void {
  checkNested(domain, device);
  const { smmu, features } = device.driver;
  const config = decodeGuestStageConfig(structureAt(smmu.memory, pa));
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
  device.vste = undefined;
  device.writeStes(steOf(device), false);
}

/** Restores stage 2 alone. Does nothing when nothing is bound; never fails. */
export function unbindGuestStage(domain: Domain, device: IommuDevice): void {
  if (!(device instanceof IommuDevice) || device.domain !== domain) return;
  if (device.guest === undefined && device.vste === undefined) return;
  device.guest = undefined;
  device.vste = undefined;
  device.writeStes(steOf(device), false);
}

/** The bytes of the structure at `pa`. @throws IommuError EINVAL: no address of a structure; EFAULT: no memory there */
function structureAt(memory: GuestMemory, pa: bigint): Uint8Array {
  judge(() => big(pa, 'pa', 0n, (1n << 64n) - 1n));
  if (pa % STRUCTURE_ALIGNMENT !== 0n) {
    throw new IommuError(
      'EINVAL',
      `pa must be aligned to ${STRUCTURE_ALIGNMENT} bytes, as struct iommu_guest_stage_config is, not ${hex(pa)}`,
    );
  }
  try {
    return memory.read(pa, GUEST_STAGE_CONFIG_BYTES);
  } catch (error) {
    throw new IommuError('EFAULT', `pa ${hex(pa)}: ${(error as Error).message}`);
  }
}
