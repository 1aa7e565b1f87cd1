/** The pages of a sparse window, found and made by the same rules as in the core (assembly/memory/sparse.ts). */
import * as RamWindow from '../../assembly/abi/ram-window.js';
import type { CoreMemory } from './core-memory.js';
import { PAGE_BYTES } from '../config/windows.js';

const PAGE_SHIFT = 12n;
const GOLDEN = 0x9e3779b1; // 2^32 divided by the golden ratio (Knuth, multiplicative hashing)

/** One sparse window. `descriptor`: offset of its RamWindow record from the core base. */
export class SparsePages {
  constructor(
    private readonly core: CoreMemory,
    private readonly descriptor: number,
  ) {}

  /**
   * Address in linear memory of the page that holds `pa`; undefined when it does not exist and `create` is false.
   * @throws RangeError when the pool has no page left
   */
  locate(pa: bigint, create: boolean): number | undefined {
    const { core } = this;
    const page = pa >> PAGE_SHIFT;
    const low = Number(BigInt.asUintN(32, page));
    const high = Number(page >> 32n);
    const hash = this.#word(RamWindow.HASH);
    const mask = this.#word(RamWindow.HASH_MASK);
    const keys = this.#word(RamWindow.KEYS);
    let slot = ((Math.imul(low, GOLDEN) ^ high) & mask) >>> 0;
    for (;;) {
      const n = core.get32(hash + 4 * slot);
      if (n === 0) break;
      const key = keys + 8 * (n - 1);
      if (core.get32(key) === low && core.get32(key + 4) === high) return this.#page(n - 1);
      slot = (slot + 1) & mask;
    }
    if (!create) return undefined;
    const used = this.#word(RamWindow.USED);
    if (used >= this.#word(RamWindow.POOL)) {
      throw new RangeError(
        `the sparse RAM window's pool of ${used} pages of 4 KiB is used up: give the window a larger pool`,
      );
    }
    core.set64(keys + 8 * used, page);
    core.set32(hash + 4 * slot, used + 1);
    core.set32(this.descriptor + RamWindow.USED, used + 1);
    return this.#page(used);
  }

  #word(field: number): number {
    return this.core.get32(this.descriptor + field);
  }

  #page(n: number): number {
    return this.#word(RamWindow.MEM) + n * PAGE_BYTES;
  }
}
