/** Small integers handed out once each: ASIDs and VMIDs. */
import { integer } from '../../base/check.js';
import { IommuError } from '../../base/errors.js';

/**
 * Gives the numbers of [first, last], lowest first, and a released one only once the fresh ones are used up: a number that
 * comes back late is less likely to meet what an incomplete invalidation left behind. The holder invalidates BEFORE it
 * releases.
 */
export class IdAllocator {
  readonly #first: number;
  readonly #last: number;
  #fresh: number;
  readonly #released: number[] = [];
  readonly #free = new Set<number>();

  constructor(first: number, last: number) {
    this.#first = integer(first, 'first', 0, 0xffff_ffff);
    this.#last = integer(last, 'last', first, 0xffff_ffff);
    this.#fresh = first;
  }

  /** Numbers in use. */
  get used(): number {
    return this.#fresh - this.#first - this.#free.size;
  }

  /** @throws IommuError ENOSPC when all are in use */
  alloc(): number {
    if (this.#fresh <= this.#last) return this.#fresh++;
    const id = this.#released.shift();
    if (id === undefined) {
      throw new IommuError('ENOSPC', `all ids from ${this.#first} to ${this.#last} are in use`);
    }
    this.#free.delete(id);
    return id;
  }

  /** @throws RangeError when `id` is not in use */
  release(id: number): void {
    if (!Number.isInteger(id) || id < this.#first || id >= this.#fresh || this.#free.has(id)) {
      throw new RangeError(`id ${id} is not in use`);
    }
    this.#released.push(id);
    this.#free.add(id);
  }
}
