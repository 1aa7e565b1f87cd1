// A guest's Context Descriptor, with stalls where asked, and what became of stalled transactions.
import { cd as encodeCd } from '../../support/encode.js';
import type { IoPageTable } from '../../../src/iommu/index.js';
import type { Guest } from '../../iommu/support/guest.js';
import type { Host } from '../../iommu/support/host.js';

/** Writes a CD for a 39-bit, 4 KiB table; its IPA. */
export function cd(
  guest: Guest,
  table: IoPageTable,
  stall: boolean,
  asid = 5,
  at = guest.pool.alloc(64),
): bigint {
  const words = encodeCd({
    T0SZ: 25,
    IR0: 1,
    OR0: 1,
    SH0: 3,
    EPD1: 1,
    V: 1,
    IPS: 5,
    AA64: 1,
    S: stall ? 1 : 0,
    R: 1,
    A: 1,
    ASET: 1,
    ASID: asid,
    TTB0: table.ttb,
    MAIR: 0xff,
  });
  words.forEach((word, i) => guest.memory.write64(at + BigInt(8 * i), word));
  return at;
}

/** Statuses of the stalled transactions that have ended. */
export const ended = ({ smmu }: Host): string[] => smmu.takeResumed().map(({ outcome }) => outcome.status);
