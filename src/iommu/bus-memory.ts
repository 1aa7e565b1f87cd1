/** A driver whose tables and queues are in memory that only the embedder's bus reaches. */
import { big, hex, integer, show } from '../base/check.js';
import type { Bus } from '../core/bus.js';
import type { GuestMemory } from '../core/guest-memory.js';
import type { SmmuHardware } from './hardware-port.js';

const U64 = (1n << 64n) - 1n;

/**
 * What lies behind a bus as {@link GuestMemory}: each access is one call of the bus. A bus that does not answer is a RangeError, as an
 * address outside RAM is, and so is `view`: nothing of a bus lies in linear memory.
 */
export function busMemory(bus: Bus): GuestMemory {
  if (typeof (bus as Partial<Bus> | undefined)?.read !== 'function' || typeof bus.write !== 'function')
    throw new TypeError(`bus must be an object with read and write, not ${show(bus)}`);
  const buffer = new DataView(new ArrayBuffer(8));
  const small = (length: number): Uint8Array => new Uint8Array(buffer.buffer, 0, length);
  const read = (pa: bigint, into: Uint8Array): void => {
    if (bus.read(Number(pa), into) !== true) refuse('read', pa, into.length);
  };
  const write = (pa: bigint, from: Uint8Array): void => {
    if (bus.write(Number(pa), from) !== true) refuse('write', pa, from.length);
  };
  return {
    read64: (pa) => (read(pa, small(8)), buffer.getBigUint64(0, true)),
    read32: (pa) => (read(pa, small(4)), buffer.getUint32(0, true)),
    write64: (pa, value) => {
      buffer.setBigUint64(0, big(value, 'value', 0n, U64), true);
      write(pa, small(8));
    },
    write32: (pa, value) => {
      buffer.setUint32(0, integer(value, 'value', 0, 0xffff_ffff), true);
      write(pa, small(4));
    },
    read: (pa, length) => {
      const bytes = new Uint8Array(length);
      read(pa, bytes);
      return bytes;
    },
    write,
    view: (pa, length) => {
      throw new RangeError(`a view of ${length} bytes at ${hex(pa)} cannot be: they lie behind the bus`);
    },
  };
}

function refuse(what: string, pa: bigint, length: number): never {
  throw new RangeError(`the bus does not answer a ${what} of ${length} bytes at ${hex(pa)}`);
}

/** The same SMMU to a driver that reaches memory in another way. */
export function withMemory(smmu: SmmuHardware, memory: GuestMemory): SmmuHardware {
  return {
    memory,
    read32: (offset) => smmu.read32(offset),
    read64: (offset) => smmu.read64(offset),
    write32: (offset, value) => smmu.write32(offset, value),
    write64: (offset, value) => smmu.write64(offset, value),
    nextEvent: () => smmu.nextEvent(),
    advance: (to) => smmu.advance(to),
  };
}
