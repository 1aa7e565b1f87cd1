/** Class Iommufd: today's kernel interface to user space (docs/vsmmu.md). */
import { IommufdCalls } from './calls.js';
import { runIoctl } from './ioctl.js';

/**
 * One open /dev/iommu. Calls are named as the kernel's ioctls; by number and bytes they go through {@link Iommufd.ioctl}. Whatever is
 * refused throws {@link IommuError} with the kernel's `code`, and changes nothing.
 */
export class Iommufd extends IommufdCalls {
  /**
   * A call as a program makes it against the kernel.
   * @param nr IOMMU_*, 0x3b80 and up
   * @param bytes the structure; what the call gives back is stored there, `entry_num` of a failed HWPT_INVALIDATE too
   * @throws IommuError ENOTTY: no such number; E2BIG: more bytes than are known, and not 0; EFAULT: a pointer to nothing; and as the call
   */
  ioctl(nr: number, bytes: Uint8Array): void {
    runIoctl(this, nr, bytes);
  }
}
