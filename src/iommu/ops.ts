/** `struct iommu_ops` for this driver, and the core calls that go through it. */
import { show } from '../base/check.js';
import { IommuError } from '../base/errors.js';
import { attach, detach, removeDevPasid, setDevPasid } from './attach.js';
import { bindGuestStage, unbindGuestStage } from './bind.js';
import type { IommuDevice } from './device.js';
import { Domain, type DomainOptions } from './domain.js';
import type { Driver } from './driver.js';
import { type CacheInvalidateInfo, cacheInvalidate } from './invalidate.js';
import { bindGuestMsi, type GuestMsi, unbindGuestMsi } from './msi.js';
import type { GuestStageConfig } from './uapi/guest-stage-config.js';

/** A domain as programs hold it. Made by `HostIommu.domainAlloc`; everything but `ops` is to be read only. */
export class IommuDomain extends Domain {
  constructor(
    driver: Driver,
    /** What the core calls go through; a program may take ops away. */
    public ops: IommuOps,
    options: DomainOptions,
  ) {
    super(driver, options);
  }
}

/** What a driver does for the core, each op optional: without it the core's call fails or does nothing. */
export interface IommuOps {
  readonly attachDev?: (domain: IommuDomain, dev: IommuDevice) => void;
  readonly detachDev?: (domain: IommuDomain, dev: IommuDevice) => void;
  readonly setDevPasid?: (domain: IommuDomain, dev: IommuDevice, pasid: number) => void;
  readonly removeDevPasid?: (dev: IommuDevice, pasid: number) => void;
  readonly flushIotlbAll?: (domain: IommuDomain) => void;
  readonly bindGuestStage?: (
    domain: IommuDomain,
    dev: IommuDevice,
    config: GuestStageConfig | Uint8Array,
  ) => void;
  readonly unbindGuestStage?: (domain: IommuDomain, dev: IommuDevice) => void;
  readonly cacheInvalidate?: (
    domain: IommuDomain,
    dev: IommuDevice,
    info: CacheInvalidateInfo | readonly CacheInvalidateInfo[],
  ) => void;
  readonly bindGuestMsi?: (domain: IommuDomain, dev: IommuDevice, msi: GuestMsi) => void;
  readonly unbindGuestMsi?: (domain: IommuDomain, dev: IommuDevice, iova: bigint) => void;
}

/** The ops of an SMMUv3. */
export const armSmmuOps: Readonly<IommuOps> = {
  attachDev: attach,
  detachDev: detach,
  setDevPasid,
  removeDevPasid,
  flushIotlbAll: (domain) => domain.flushAll(),
  bindGuestStage,
  unbindGuestStage,
  cacheInvalidate,
  bindGuestMsi,
  unbindGuestMsi,
};

/**
 * The ops of a domain.
 * @throws IommuError EINVAL for what is no domain
 */
export function opsOf(domain: IommuDomain): Readonly<IommuOps> {
  const ops = (domain as Partial<IommuDomain> | null | undefined)?.ops;
  if (ops === undefined)
    throw new IommuError('EINVAL', `domain must come from domainAlloc, not be ${show(domain)}`);
  return ops;
}

/**
 * The core call: binds a guest's stage 1 through `domain.ops`.
 * @throws IommuError ENODEV without the op; else what the op throws
 */
export function iommuBindGuestStage(
  domain: IommuDomain,
  dev: IommuDevice,
  cfg: GuestStageConfig | Uint8Array,
): void {
  const ops = opsOf(domain);
  if (ops.bindGuestStage === undefined) {
    throw new IommuError(
      'ENODEV',
      'the IOMMU of this domain binds no guest stage: its ops lack bindGuestStage',
    );
  }
  ops.bindGuestStage(domain, dev, cfg);
}

/**
 * The core call: unbinds through `domain.ops`; without the op, does nothing.
 * @throws IommuError EINVAL for what is no domain
 */
export function iommuUnbindGuestStage(domain: IommuDomain, dev: IommuDevice): void {
  opsOf(domain).unbindGuestStage?.(domain, dev);
}
