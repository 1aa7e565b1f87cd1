/**
 * The window through which devices reach their real doorbells under a guest's stage 1: the host's stage 2 maps each doorbell's
 * page there, and programs the device with addresses in it (Linux, IOMMU_RESV_SW_MSI). The guest maps the window one to one.
 */
import { type IommuDevice, PROT_MMIO, PROT_NOEXEC, PROT_WRITE } from '../iommu/index.js';
import type { PagingHwpt } from './paging-hwpt.js';

/** Where it is, for a guest and for the host's tables. */
export const SW_MSI_START = 0x0800_0000n;
export const SW_MSI_BYTES = 0x10_0000n;

/** A device and the place of its doorbell. */
export interface InterruptingDevice {
  readonly device: IommuDevice;
  readonly doorbell: number | undefined;
  readonly pageBytes: bigint;
}

/** The doorbells of one context, by their place in the window. */
export class DoorbellPages {
  readonly #pages: bigint[] = [];

  /** @param pageBytes of the smallest page that the host's tables have */
  constructor(readonly pageBytes: bigint) {}

  placeOf(doorbell: bigint): number {
    const page = doorbell - (doorbell % this.pageBytes);
    const known = this.#pages.indexOf(page);
    return known >= 0 ? known : this.#pages.push(page) - 1;
  }
}

/** The address to program into the device; undefined: it has no doorbell. */
export function msiAddress({ device, doorbell, pageBytes }: InterruptingDevice): bigint | undefined {
  if (doorbell === undefined) return undefined;
  return SW_MSI_START + BigInt(doorbell) * pageBytes + (device.msiDoorbell! % pageBytes);
}

/** Maps the device's doorbell in a page table, once. */
export function mapDoorbell(hwpt: PagingHwpt, { device, doorbell, pageBytes }: InterruptingDevice): void {
  if (doorbell === undefined || hwpt.doorbells.has(doorbell)) return;
  const page = device.msiDoorbell! - (device.msiDoorbell! % pageBytes);
  const iova = SW_MSI_START + BigInt(doorbell) * pageBytes;
  hwpt.iommu.map(hwpt.domain, iova, page, pageBytes, PROT_WRITE | PROT_NOEXEC | PROT_MMIO);
  hwpt.doorbells.add(doorbell);
}
