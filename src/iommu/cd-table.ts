/** The Context Descriptors of one device: one, a linear table, or two levels with 64 KiB leaves (IHI 0070 §3.3.2, §5.3). */
import * as Cd from '../../assembly/arch/cd.js';
import * as L1cd from '../../assembly/arch/l1cd.js';
import * as Ste from '../../assembly/arch/ste.js';
import type { GuestMemory } from '../device/smmu.js';
import type { PagePool } from './alloc/pages.js';

const L1CD_V = 1n;

/** A table of 2^ssidBits CDs, all of them invalid until written. */
export class CdTable {
  readonly base: bigint;
  /** Ste.S1FMT_* */
  readonly format: number;
  readonly #bytes: number;
  readonly #leaves = new Map<number, bigint>();

  /** @throws IommuError ENOMEM */
  constructor(
    private readonly memory: GuestMemory,
    private readonly pool: PagePool,
    readonly ssidBits: number,
    twoLevel: boolean,
  ) {
    const two = twoLevel && ssidBits > Cd.LEAF_64K_LOG2;
    this.format = two ? Ste.S1FMT_64K_L2 : Ste.S1FMT_LINEAR;
    this.#bytes = two ? 2 ** (ssidBits - Cd.LEAF_64K_LOG2) * L1cd.BYTES : 2 ** ssidBits * Cd.BYTES;
    this.base = pool.alloc(this.#bytes, powerOfTwo(this.#bytes));
  }

  /**
   * Makes room for a CD.
   * @returns whether a level 1 descriptor was written, which the SMMU may hold cached as it was
   * @throws IommuError ENOMEM
   */
  reserve(ssid: number): boolean {
    const index = ssid >>> Cd.LEAF_64K_LOG2;
    if (this.format === Ste.S1FMT_LINEAR || this.#leaves.has(index)) return false;
    const bytes = Cd.BYTES << Cd.LEAF_64K_LOG2;
    const leaf = this.pool.alloc(bytes, bytes);
    this.#leaves.set(index, leaf);
    this.memory.write64(this.base + BigInt(index * L1cd.BYTES), leaf | L1CD_V);
    return true;
  }

  /** Physical address of a reserved CD. */
  cd(ssid: number): bigint {
    const leaf = this.#leaves.get(ssid >>> Cd.LEAF_64K_LOG2) ?? this.base;
    const index = this.format === Ste.S1FMT_LINEAR ? ssid : ssid & (2 ** Cd.LEAF_64K_LOG2 - 1);
    return leaf + BigInt(index * Cd.BYTES);
  }

  /** Gives the memory back; no STE names the table any more. */
  free(): void {
    for (const leaf of this.#leaves.values()) this.pool.free(leaf, Cd.BYTES << Cd.LEAF_64K_LOG2);
    this.pool.free(this.base, this.#bytes);
  }
}

function powerOfTwo(bytes: number): number {
  return Math.max(64, 2 ** Math.ceil(Math.log2(bytes)));
}
