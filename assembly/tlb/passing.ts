// Which accesses an entry serves without a look at the configuration or a hardware update: worked out once, when it is filled.
import * as Entry from '../abi/entry';
import * as Flag from '../abi/flag';
import { bits32 } from '../memory/bits';

/** The access map of Entry.LEVELS when the STE overrides nothing; entries tagged by context have none. */
export const UNSHAPED: u32 = 0o76543210;

const ACCESS_FLAGS: u32 = Flag.WRITE | Flag.INSTRUCTION | Flag.PRIVILEGED;

// Lowest bit of Entry.LEVELS_ACCESS for a kind as it comes: three bits each.
@inline
function placeOf(raw: u32): u32 {
  return 8 + 3 * raw;
}

/** What of Entry.LEVELS says that accesses of kind `raw` become `access`. */
@inline
export function accessMap(raw: u32, access: u32): u32 {
  return access << placeOf(raw);
}

/** The access kind after the STE's overrides, as a stream-tagged entry remembers them. */
@inline
export function entryAccess(e: usize, raw: u32): u32 {
  return (load<u32>(e, Entry.LEVELS) >> placeOf(raw)) & ACCESS_FLAGS;
}

/** True when unprivileged accesses fault whatever the entry allows (E0PD, which the configuration has to confirm). */
@inline
export function e0pdEntry(e: usize, access: u32): bool {
  return (load<u32>(e, Entry.FLAGS) & Entry.FLAG_E0PD) != 0 && !(access & Flag.PRIVILEGED);
}

/** Bits by Flag.WRITE | Flag.INSTRUCTION | Flag.PRIVILEGED as they come; writes are data (IHI 0070 §13.1.2). 0 for a table. */
export function passing(e: usize): u32 {
  if (!(load<u32>(e, Entry.FLAGS) & Entry.FLAG_LEAF)) return 0;
  if (load<u32>(e, Entry.FLAGS) & Entry.FLAG_BYPASS) return Entry.PASSES_ALL; // loops of hits count hits alone
  const perm = load<u32>(e, Entry.PERM);
  const passes =
    bits32(perm, Entry.PERM_STAGE1) & bits32(perm, Entry.PERM_STAGE2) & ~bits32(perm, Entry.PERM_PENDING);
  const map = bits32(load<u32>(e, Entry.LEVELS), Entry.LEVELS_ACCESS);
  if (!(load<u32>(e, Entry.FLAGS) & Entry.FLAG_E0PD) && (map == UNSHAPED || map == 0)) return passes;
  let allowed: u32 = 0;
  for (let raw: u32 = 0; raw < 8; raw++) {
    const access = entryAccess(e, raw & Flag.WRITE ? raw & ~Flag.INSTRUCTION : raw);
    if ((passes >> access) & 1 && !e0pdEntry(e, access)) allowed |= 1 << raw;
  }
  return allowed;
}
