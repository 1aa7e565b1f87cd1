/** Page tables of the host's own (Linux, iommufd_hwpt_paging). */
import type { HostIommu, IommuDomain, SmmuHardware } from '../iommu/index.js';
import type { FaultQueue } from './fault-queue.js';
import type { Ioas } from './ioas.js';
import { FdObject } from './objects.js';

/** Tables of the host's that map what an IOAS maps. */
export class PagingHwpt extends FdObject {
  readonly kind = 'HWPT_PAGING';
  /** Doorbells that it maps in the window for MSIs, by their place in it. */
  readonly doorbells = new Set<number>();

  constructor(
    readonly ioas: Ioas,
    readonly iommu: HostIommu<SmmuHardware>,
    readonly domain: IommuDomain,
    readonly nestParent: boolean,
    readonly fault: FaultQueue | undefined,
    /** Made by attaching an IOAS itself, and gone with its last device. */
    readonly automatic: boolean,
  ) {
    super();
    ioas.join(this);
    if (fault !== undefined) fault.users++;
  }

  release(): void {
    if (this.fault !== undefined) this.fault.users--;
    this.ioas.leave(this);
    this.iommu.domainFree(this.domain);
  }
}
