// Which accesses an entry serves without a look at the configuration or a hardware update: worked out once, when it is filled.
import * as Entry from '../abi/entry';
import * as Flag from '../abi/flag';

/** The access map of Entry.LEVELS when the STE overrides nothing; entries tagged by context have none. */
export const UNSHAPED: u32 = 0o76543210;

/** The access kind after the STE's overrides, as a stream-tagged entry remembers them. */
@inline
export function entryAccess(e: usize, raw: u32): u32 {
  return (load<u32>(e, Entry.LEVELS) >> (8 + 3 * raw)) & 7;
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
  const passes = perm & (perm >> 8) & ~(perm >> 16) & 0xff;
  const map = load<u32>(e, Entry.LEVELS) >> 8;
  if (!(load<u32>(e, Entry.FLAGS) & Entry.FLAG_E0PD) && (map == UNSHAPED || map == 0)) return passes;
  let allowed: u32 = 0;
  for (let raw: u32 = 0; raw < 8; raw++) {
    const access = entryAccess(e, raw & Flag.WRITE ? raw & ~2 : raw);
    if ((passes >> access) & 1 && !e0pdEntry(e, access)) allowed |= 1 << raw;
  }
  return allowed;
}
