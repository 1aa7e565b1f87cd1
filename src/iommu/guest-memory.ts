/** Memory as a guest numbers it: what lies at `ipa` for the guest lies at `pa` for the host. */
import { hex } from '../base/check.js';
import type { GuestMemory } from '../core/guest-memory.js';

/** Where a guest's RAM is. */
export interface GuestRam {
  /** First address for the guest. */
  readonly ipa: bigint;
  /** First address for the host. */
  readonly pa: bigint;
  readonly size: number;
}

/**
 * A guest's view of its RAM, for what a guest's kernel does: building Context Descriptors and translation tables by its own
 * addresses. An address outside is a RangeError.
 */
export function guestMemory(memory: GuestMemory, { ipa, pa, size }: GuestRam): GuestMemory {
  const end = ipa + BigInt(size);
  const at = (address: bigint, length: number): bigint => {
    if (address < ipa || address + BigInt(length) > end) {
      throw new RangeError(
        `guest address ${hex(address)} (${length} bytes from there) is outside ${hex(ipa)}..${hex(end - 1n)}`,
      );
    }
    return address - ipa + pa;
  };
  return {
    read64: (address) => memory.read64(at(address, 8)),
    write64: (address, value) => memory.write64(at(address, 8), value),
    read32: (address) => memory.read32(at(address, 4)),
    write32: (address, value) => memory.write32(at(address, 4), value),
    read: (address, length) => memory.read(at(address, length), length),
    write: (address, bytes) => memory.write(at(address, bytes.length), bytes),
    view: (address, length) => memory.view(at(address, length), length),
  };
}
