/** The hardware as the driver sees it. */
import type { Smmu } from '../device/smmu.js';

/**
 * What a driver reaches an SMMU through: registers, the memory that its tables and queues lie in, and time to wait. Class Smmu
 * is one; a virtual SMMU in front of a guest's driver is another.
 */
export type SmmuHardware = Pick<
  Smmu,
  'read32' | 'read64' | 'write32' | 'write64' | 'memory' | 'nextEvent' | 'advance'
>;
