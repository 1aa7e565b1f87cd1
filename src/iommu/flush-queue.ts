/**
 * Lazy mode: what an unmap took away stays in the TLBs until many such are removed at once, by one invalidation of each
 * domain's all. Faster, and until then a device still reaches what was unmapped.
 */
import type { CommandQueue } from './cmdq.js';
import type { Domain } from './domain.js';

/** Unmaps that may wait; the next one flushes (Linux's IOVA_DEFAULT_FQ_SIZE). */
const MAX_PENDING = 256;

/** Unmaps whose TLB entries are still there. */
export class FlushQueue {
  readonly #pending = new Map<Domain, { start: bigint; end: bigint }[]>();
  #count = 0;

  constructor(private readonly queue: CommandQueue) {}

  /** Unmaps that wait. */
  get pending(): number {
    return this.#count;
  }

  add(domain: Domain, start: bigint, bytes: bigint): void {
    if (this.#count === MAX_PENDING) this.flush();
    const ranges = this.#pending.get(domain);
    const range = { start, end: start + bytes };
    if (ranges === undefined) this.#pending.set(domain, [range]);
    else ranges.push(range);
    this.#count++;
  }

  /** Addresses that are mapped anew must not meet what is left of the old mapping. */
  flushOverlap(domain: Domain, start: bigint, bytes: bigint): void {
    const end = start + bytes;
    if (this.#pending.get(domain)?.some((range) => range.start < end && range.end > start) === true) {
      this.flush();
    }
  }

  /** Removes everything that waits, one CMD_SYNC for all. */
  flush(): void {
    if (this.#count === 0) return;
    for (const domain of this.#pending.keys()) domain.addFlushAll();
    this.#pending.clear();
    this.#count = 0;
    this.queue.sync();
  }
}
