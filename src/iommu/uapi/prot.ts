/** Protection bits of `map`, with the values of Linux's IOMMU_* (include/linux/iommu.h). */

export const PROT_READ = 1;
export const PROT_WRITE = 2;
/** DMA is coherent with the CPU caches: Normal Write-Back, Inner Shareable. Without it: Normal Non-cacheable. */
export const PROT_CACHE = 4;
export const PROT_NOEXEC = 8;
/** A device's registers, for instance an MSI doorbell: Device-nGnRE. */
export const PROT_MMIO = 16;
/** Stage 1: privileged accesses only. */
export const PROT_PRIV = 32;

/** All bits that `map` knows. */
export const PROT_ALL = 63;
