/**
 * The Stream table (IHI 0070 §3.3.1, §5.1): linear, or two levels with a second level for each 256 StreamIDs that have a
 * device. Every entry that nobody configured aborts.
 */
import * as L1std from '../../assembly/arch/l1std.js';
import * as Register from '../../assembly/arch/register.js';
import * as Ste from '../../assembly/arch/ste.js';
import * as Strtab from '../../assembly/arch/strtab.js';
import { hex } from '../base/check.js';
import { IommuError } from '../base/errors.js';
import type { SmmuHardware } from './hardware-port.js';
import type { PagePool } from './alloc/pages.js';
import type { SmmuFeatures } from './features.js';

/** StreamID bits of a second level. */
const SPLIT = 8;
/** First-level entries that the driver is willing to pay for: 1 MiB. */
const MAX_L1_LOG2 = 17;
const READ_ALLOCATE = 1n << 62n;
/** V = 1, Config = abort. */
const ABORT_STE = 1n;
const shiftOf = (at: number): number => (at >>> 8) & 0xff;

/** The table of one SMMU. */
export class StreamTable {
  readonly twoLevel: boolean;
  readonly base: bigint;
  /** StreamIDs below 2^sidBits have an entry, or may get one. */
  readonly sidBits: number;
  readonly #level2 = new Map<number, bigint>();

  /** @throws IommuError ENOMEM when the pool has no room */
  constructor(
    private readonly smmu: SmmuHardware,
    private readonly pool: PagePool,
    features: SmmuFeatures,
  ) {
    this.twoLevel = features.twoLevelStreamTable && features.sidBits > SPLIT;
    if (this.twoLevel) {
      const l1Log2 = Math.min(features.sidBits - SPLIT, MAX_L1_LOG2);
      this.sidBits = l1Log2 + SPLIT;
      const bytes = 2 ** l1Log2 * L1std.BYTES;
      this.base = pool.alloc(bytes, Math.max(bytes, 64));
    } else {
      this.sidBits = features.sidBits;
      const bytes = 2 ** this.sidBits * Ste.BYTES;
      this.base = pool.alloc(bytes, bytes);
      this.#fillWithAbort(this.base, 2 ** this.sidBits);
    }
  }

  /** Tells the SMMU where the table is; SMMUEN is 0. */
  install(): void {
    const format = this.twoLevel
      ? (Strtab.FMT_2LVL << shiftOf(Strtab.BASE_CFG_FMT)) | (SPLIT << shiftOf(Strtab.BASE_CFG_SPLIT))
      : 0;
    this.smmu.write64(Register.STRTAB_BASE, READ_ALLOCATE | this.base);
    this.smmu.write32(Register.STRTAB_BASE_CFG, format | this.sidBits);
  }

  /**
   * Makes room for a StreamID.
   * @returns whether a level 1 descriptor was written, which the SMMU may hold cached as it was
   * @throws IommuError ERANGE beyond the table, ENOMEM
   */
  reserve(streamId: number): boolean {
    if (streamId >= 2 ** this.sidBits) {
      throw new IommuError(
        'ERANGE',
        `StreamID ${hex(streamId)} is beyond the ${this.sidBits} bits of the Stream table`,
      );
    }
    const index = Math.floor(streamId / 2 ** SPLIT);
    if (!this.twoLevel || this.#level2.has(index)) return false;
    const bytes = Ste.BYTES << SPLIT;
    const level2 = this.pool.alloc(bytes, bytes);
    this.#fillWithAbort(level2, 2 ** SPLIT);
    this.#level2.set(index, level2);
    // Span n: the array holds 2^(n - 1) entries.
    this.smmu.memory.write64(this.base + BigInt(index * L1std.BYTES), level2 | BigInt(SPLIT + 1));
    return true;
  }

  /** Physical address of the STE of a reserved StreamID. */
  ste(streamId: number): bigint {
    if (!this.twoLevel) return this.base + (BigInt(streamId) << BigInt(Ste.BYTES_LOG2));
    const level2 = this.#level2.get(Math.floor(streamId / 2 ** SPLIT));
    if (level2 === undefined) throw new RangeError(`StreamID ${hex(streamId)} has not been reserved`);
    return level2 + BigInt((streamId % 2 ** SPLIT) << Ste.BYTES_LOG2);
  }

  #fillWithAbort(table: bigint, entries: number): void {
    for (let i = 0; i < entries; i++) this.smmu.memory.write64(table + BigInt(i * Ste.BYTES), ABORT_STE);
  }
}
