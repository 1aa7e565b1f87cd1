/** The memory of user space, which pointers in structures lead into. */
import type { GuestMemory } from '../core/guest-memory.js';

/** Memory by the addresses of the process that makes the calls. What it throws is EFAULT to the caller. */
export interface UserMemory {
  read(address: bigint, length: number): Uint8Array;
  write(address: bigint, bytes: Uint8Array): void;
  /** Where [address, address + length) lies in the machine, for IOAS_MAP. Default: at the same number. */
  physical?(address: bigint, length: bigint): bigint;
  /** Where bytes of a memory file (memfd) lie in the machine, for IOAS_MAP_FILE; undefined: no such file. Default: there are none. */
  file?(fd: number, start: bigint, length: bigint): bigint | undefined;
}

/** RAM of the model, by physical address. */
export function windowUserMemory(memory: GuestMemory): UserMemory {
  return {
    read: (address, length) => memory.read(address, length),
    write: (address, bytes) => memory.write(address, bytes),
  };
}
