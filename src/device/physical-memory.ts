/** Memory by physical address as a device meets it behind the SMMU: RAM windows, and the embedder's bus outside of them. */
import type { BusBridge } from '../core/bus-bridge.js';
import type { WindowMemory } from '../core/guest-memory.js';

/** Of one device. */
export class PhysicalMemory {
  constructor(
    private readonly ram: WindowMemory,
    private readonly bridge: BusBridge,
  ) {}

  /** @returns false: nothing answers; what comes before it has been read */
  read(pa: bigint, into: Uint8Array): boolean {
    return this.#pieces(pa, into, (at, bytes, inRam) => {
      if (!inRam) return this.bridge.read(Number(at), bytes);
      bytes.set(this.ram.read(at, bytes.length));
      return true;
    });
  }

  /** @returns false: nothing answers; what comes before it has been written */
  write(pa: bigint, from: Uint8Array): boolean {
    return this.#pieces(pa, from, (at, bytes, inRam) => {
      if (!inRam) return this.bridge.write(Number(at), bytes);
      this.ram.write(at, bytes);
      return true;
    });
  }

  #pieces(
    pa: bigint,
    bytes: Uint8Array,
    use: (pa: bigint, bytes: Uint8Array, inRam: boolean) => boolean,
  ): boolean {
    for (let start = 0; start < bytes.length;) {
      const { inRam, length } = this.ram.span(pa + BigInt(start), bytes.length - start);
      if (!use(pa + BigInt(start), bytes.subarray(start, start + length), inRam)) return false;
      start += length;
    }
    return true;
  }
}
