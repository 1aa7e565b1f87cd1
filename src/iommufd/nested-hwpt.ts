/** A guest's stage 1 over a stage 2 of the host's (Linux, iommufd_hwpt_nested). */
import * as Ste from '../../assembly/arch/ste.js';
import { numberOf } from '../base/fields.js';
import type { VirtualSte } from '../iommu/index.js';
import type { FaultQueue } from './fault-queue.js';
import { FdObject } from './objects.js';
import type { Viommu } from './viommu.js';

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
