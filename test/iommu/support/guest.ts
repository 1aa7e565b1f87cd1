// A guest in its own address space: RAM of the host seen at another number, a CD and stage 1 tables built there.
import * as Cd from '../../../assembly/arch/cd.js';
import type { GuestMemory } from '../../../src/index.js';
import {
  cdStage1,
  guestMemory,
  IoPageTable,
  PagePool,
  PROT_CACHE,
  PROT_READ,
  PROT_WRITE,
  type IommuDomain,
} from '../../../src/iommu/index.js';
import type { Host } from './host.js';

export const RW = PROT_READ | PROT_WRITE | PROT_CACHE;

/** One guest whose RAM of `size` bytes begins at `ipa` for itself and at `pa` for the host. */
export class Guest {
  readonly memory: GuestMemory;
  readonly pool: PagePool;

  constructor(
    readonly h: Host,
    readonly ipa: bigint,
    readonly pa: bigint,
    readonly size: number,
  ) {
    this.memory = guestMemory(h.smmu.memory, { ipa, pa, size });
    this.pool = new PagePool(this.memory, ipa, size);
  }

  /** Gives the guest its RAM in the host's stage 2. */
  mapRam(domain: IommuDomain): void {
    this.h.iommu.map(domain, this.ipa, this.pa, this.size, RW);
  }

  table(iasBits = 39, flushWalk?: (iova: bigint, span: bigint) => void): IoPageTable {
    const oasBits = this.h.iommu.features.oasBits;
    const shape = { stage: 1, granule: 12, iasBits, oasBits: Math.min(oasBits, 48) } as const;
    return new IoPageTable(this.memory, this.pool, {
      ...shape,
      ...(flushWalk === undefined ? {} : { flushWalk }),
    });
  }

  /** Writes a CD for the table at `at`, or at a fresh place; its IPA. */
  cd(table: IoPageTable, asid: number, at = this.pool.alloc(Cd.BYTES)): bigint {
    cdStage1(table.stage1, { asid }).forEach((word, i) => this.memory.write64(at + BigInt(8 * i), word));
    return at;
  }
}
