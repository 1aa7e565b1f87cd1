/** Which of a page table's pages have been written: HWPT_SET_DIRTY_TRACKING and HWPT_GET_DIRTY_BITMAP. */
import { hex } from '../base/check.js';
import { IommuError } from '../base/errors.js';
import type { PagingHwpt } from './paging-hwpt.js';

/** A question for dirty pages. */
export interface DirtyQuery {
  readonly iova: bigint;
  readonly length: bigint;
  /** Bytes that one bit stands for. */
  readonly pageSize: bigint;
  /** IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR: what is dirty stays so. */
  readonly clear: boolean;
}

/**
 * Switches tracking on or off. Hardware notes writes all the time (Linux, arm_smmu_set_dirty_tracking): on begins with clean pages.
 * @throws IommuError EOPNOTSUPP: made without DIRTY_TRACKING
 */
export function setDirtyTracking(hwpt: PagingHwpt, enable: boolean): void {
  checkTracked(hwpt);
  if (!enable) return;
  for (const { iova, length } of hwpt.ioas.areas) hwpt.domain.dirtyLeaves(iova, length, true);
}

/**
 * One bit for each page, the lowest address first in the lowest bit. A leaf of the tables is one thing to the hardware: a write anywhere
 * in it makes all its pages dirty, and whoever clears a part of it clears it all.
 * @throws IommuError EOVERFLOW; EINVAL: not aligned to pages of the IOAS and of the bitmap, a page size that is no power of two, or a
 *   hole in the range; EOPNOTSUPP: made without DIRTY_TRACKING
 */
export function dirtyBitmap(hwpt: PagingHwpt, { iova, length, pageSize, clear }: DirtyQuery): Uint8Array {
  const end = iova + length;
  if (end > 1n << 64n || (length === 0n && iova > 0n))
    throw new IommuError('EOVERFLOW', `${hex(length)} bytes at ${hex(iova)}`);
  const power = pageSize !== 0n && (pageSize & (pageSize - 1n)) === 0n;
  for (const unit of [hwpt.ioas.alignment, power ? pageSize : 0n]) {
    if (unit === 0n || iova % unit !== 0n || end % unit !== 0n)
      throw new IommuError(
        'EINVAL',
        `iova ${hex(iova)}, length ${hex(length)} and page_size ${hex(pageSize)} do not fit`,
      );
  }
  checkTracked(hwpt);
  try {
    hwpt.ioas.pieces(iova, length);
  } catch (error) {
    throw error instanceof IommuError ? new IommuError('EINVAL', 'some of the range is not mapped') : error;
  }
  const bits = Number(length / pageSize);
  const bitmap = new Uint8Array(Math.ceil(bits / 8));
  for (const leaf of hwpt.domain.dirtyLeaves(iova, length, clear)) {
    const first = leaf.iova < iova ? 0 : Number((leaf.iova - iova) / pageSize);
    const last = Math.min(bits - 1, Number((leaf.iova + leaf.size - 1n - iova) / pageSize));
    for (let bit = first; bit <= last; bit++) bitmap[bit >> 3] |= 1 << (bit & 7);
  }
  return bitmap;
}

function checkTracked({ domain }: PagingHwpt): void {
  if (!domain.dirty) throw new IommuError('EOPNOTSUPP', 'the page table was made without DIRTY_TRACKING');
}
