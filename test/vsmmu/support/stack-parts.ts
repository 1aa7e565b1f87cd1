// What the whole stack is made of, as its books have it.
import type { HostIommu, IommuDevice, IommuDomain } from '../../../src/iommu/index.js';
import type { VirtualDevice, VirtualSmmu } from '../../../src/vsmmu/index.js';

export type Guest = HostIommu<VirtualSmmu>;

/** A domain of the guest's, and what it maps: page to guest-physical page. */
export interface GuestDomain {
  readonly domain: IommuDomain;
  readonly pages: Map<bigint, { readonly to: bigint; readonly write: boolean }>;
  /** Pages that were mapped, the last ones first: what is stale shows there. */
  readonly gone: bigint[];
}

/** A device: the host's, the guest's, and what the guest has attached it to. */
export interface StackDevice {
  readonly sid: number | undefined;
  vsid: number;
  /** undefined: unplugged. */
  handle: VirtualDevice | undefined;
  /** undefined: the guest's driver does not know it. */
  guest: IommuDevice | undefined;
  attached: GuestDomain | undefined;
  /** No failure has been injected since the guest last touched its STE. */
  clean: boolean;
}
