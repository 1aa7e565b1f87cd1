/** The guest's memory, where an address of the guest's may lead anywhere. */
import type { GuestMemory } from '../core/guest-memory.js';

/** Guest RAM by guest-physical address. An address outside throws RangeError, as `guestMemory` of smmuv3-wasm/iommu does. */
export type VirtualRam = Pick<GuestMemory, 'read64' | 'write64' | 'read' | 'write'>;

/** Reads and writes of which the guest chose the address. */
export class GuestAccess {
  constructor(
    private readonly ram: VirtualRam,
    /** Guest-physical address bits. */
    private readonly bits: number,
  ) {}

  /** `count` words, each read once, as one copy: what the guest writes meanwhile is not seen. undefined: no RAM there. */
  words(address: bigint, count: number): bigint[] | undefined {
    const bytes = this.bytes(address, 8 * count);
    if (bytes === undefined) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Array.from({ length: count }, (_, i) => view.getBigUint64(8 * i, true));
  }

  bytes(address: bigint, length: number): Uint8Array | undefined {
    if (address >> BigInt(this.bits) !== 0n) return undefined;
    try {
      return this.ram.read(address, length);
    } catch {
      return undefined;
    }
  }

  /** @returns false: no RAM there, and nothing was written */
  write(address: bigint, bytes: Uint8Array): boolean {
    if (address >> BigInt(this.bits) !== 0n) return false;
    try {
      this.ram.write(address, bytes);
      return true;
    } catch {
      return false;
    }
  }

  /** For hardware update of table entries. undefined: no RAM there. */
  compareExchange(address: bigint, expected: bigint, value: bigint): bigint | undefined {
    try {
      const found = this.ram.read64(address);
      if (found === expected) this.ram.write64(address, value);
      return found;
    } catch {
      return undefined;
    }
  }
}
