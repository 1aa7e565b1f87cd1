/** Page tables of hardware: the host's own, and a guest's stage 1 over one of them (Linux, iommufd_hwpt_paging and _nested). */
import * as Ste from '../../assembly/arch/ste.js';
import { numberOf } from '../base/fields.js';
import type { HostIommu, IommuDomain, SmmuHardware, VirtualSte } from '../iommu/index.js';
import type { FaultQueue } from './fault-queue.js';
import type { Ioas } from './ioas.js';
import { FdObject } from './objects.js';
import type { Viommu } from './viommu.js';

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

/** A guest's stage 1: what its STE says, over the stage 2 that the virtual SMMU stands on. */
export class NestedHwpt extends FdObject {
  readonly kind = 'HWPT_NESTED';

  constructor(
    readonly viommu: Viommu,
    /** As the host keeps it: V = 0 has become two zeros. */
    readonly ste: VirtualSte,
    readonly fault: FaultQueue | undefined,
  ) {
    super();
    viommu.users++;
    if (fault !== undefined) fault.users++;
  }

  /** Its devices reach memory through the guest's tables. */
  get translates(): boolean {
    return numberOf(this.ste, Ste.Config) === Ste.CONFIG_S1_TRANSLATE_S2_BYPASS;
  }

  release(): void {
    if (this.fault !== undefined) this.fault.users--;
    this.viommu.users--;
  }
}
