/** Packets put in order of their ticks, within a window: a heap of those that may still be overtaken. */

/** A packet that is a transaction. */
export interface Packet {
  readonly tick: bigint;
  /** Its number in the trace, by which packets of one tick are ordered. */
  readonly number: number;
  readonly address: bigint;
  readonly size: number;
  readonly flags: number;
  readonly streamId: number;
}

export class TickWindow {
  readonly #heap: Packet[] = [];

  /** @param packets that are looked at ahead */
  constructor(readonly packets: number) {}

  get length(): number {
    return this.#heap.length;
  }

  /** More than the window holds: the first must be taken before another comes. */
  get full(): boolean {
    return this.#heap.length > this.packets;
  }

  add(packet: Packet): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(packet);
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (before(heap[above], packet)) break;
      heap[at] = heap[above];
      at = above;
    }
    heap[at] = packet;
  }

  /** The first; undefined: there is none. */
  take(): Packet | undefined {
    const heap = this.#heap;
    const first = heap.at(0);
    const last = heap.pop();
    if (first === undefined || last === undefined || first === last) return first;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && before(heap[below + 1], heap[below])) below++;
      if (before(last, heap[below])) break;
      heap[at] = heap[below];
      at = below;
    }
    heap[at] = last;
    return first;
  }
}

function before(one: Packet, other: Packet): boolean {
  return one.tick < other.tick || (one.tick === other.tick && one.number < other.number);
}
