// Kinds of access: bits of Machine.ACCESS and RAW_ACCESS.
import * as Flag from '../abi/flag';

export const WRITE: u32 = 1;
export const INSTRUCTION: u32 = 2;
export const PRIVILEGED: u32 = 4;

/** The access kind of a transaction as it comes: writes and read-modify-writes are data (§13.1.2). */
@inline
export function accessKind(flags: u32): u32 {
  if (flags & (Flag.WRITE | Flag.ATOMIC)) return Flag.WRITE | (flags & Flag.PRIVILEGED);
  return flags & (Flag.INSTRUCTION | Flag.PRIVILEGED);
}
