// A cache's descriptor; its tags and payloads lie wherever the map puts them.

export const BYTES: i32 = 256;

export const ENTRIES: i32 = 0; // u32, 0: the cache does not exist
export const SETS: i32 = 4;
export const WAYS: i32 = 8;
export const SET_MASK: i32 = 12; // sets - 1 when a power of two, else -1
export const POLICY: i32 = 16; // POLICY_*
export const TAG_KIND: i32 = 20; // TAG_*
export const INDEX: i32 = 24; // INDEX_*
export const TAGS: i32 = 28; // -> u64[sets][ways padded to even]; 0: invalid
export const DATA: i32 = 32; // -> payloads, same order, STRIDE bytes each
export const STRIDE: i32 = 36;
export const REPL: i32 = 40; // -> replacement state, REPL_SET_BYTES a set + REPL_ENTRY_BYTES an entry
export const ROW: i32 = 44; // ways padded to even: tags and payloads of one set
export const PRINTS: i32 = 48; // -> u16[sets][LANES], a hash of each tag; 0: none, few ways are compared by tag
export const SIZE_COUNTS: i32 = 52; // -> u32[64]: entries of each size code
export const COUNTER: i32 = 56; // u32 round-robin counter of the whole cache
export const COUNTER_PER_SET: i32 = 60; // 1: round-robin counts in each set
export const SIZES: i32 = 64; // u64, size codes present
export const VALID: i32 = 72; // u32 valid entries
export const GLOBALS: i32 = 76; // u32 valid entries tagged as global
export const FRAGMENTS: i32 = 80; // u32 valid entries smaller than the stage 1 leaf they came from
export const HITS: i32 = 88; // u64
export const MISSES: i32 = 96; // u64
export const FILLS: i32 = 104; // u64
export const EVICTIONS: i32 = 112; // u64 valid entries replaced by a fill
export const INVALIDATED: i32 = 120; // u64 valid entries removed by a command
export const LATENCY: i32 = 128; // u32 look-up time in cycles (timing)
export const SLOTS: i32 = 132; // u32 look-ups that may overlap (timing)
export const FINAL_ONLY: i32 = 148; // u32, stage 2 walk caches: 1: walks for stage 1 descriptors and CDs neither look in nor fill
export const CLOCK: i32 = 136; // u64 LRU clock
export const LANES: i32 = 144; // u32 prints of one set: ways padded to eight
export const INSERTIONS: i32 = 152; // u64 invalid ways filled
export const MERGED: i32 = 160; // u64 look-ups that missed and whose transaction then shared another's answer: not among MISSES
export const SHARED_COUNTER: i32 = 168; // u32 index + 1 of the cache whose round-robin counter it uses; 0: its own
export const OWNERS: i32 = 172; // -> u16[sets][ROW]: context number of the address space that the entry belongs to
export const QUIET: i32 = 176; // u32 1: a micro TLB that tlb/quiet.ts knows; derived
export const NEXT: i32 = 180; // u32 index of the next cache that exists, 0: it is the last; derived

export const POLICY_ROUND_ROBIN: i32 = 0;
export const POLICY_LRU: i32 = 1;
export const POLICY_PLRU: i32 = 2; // tree pseudo-LRU; ways a power of two, at most 64
export const POLICY_RRIP: i32 = 3; // SRRIP, 2 bits
export const POLICY_RANDOM: i32 = 4;
export const TAG_STREAM: i32 = 0; // StreamID and SubstreamID; obeys CFGI too
export const TAG_CONTEXT: i32 = 1; // StreamWorld, VMID, ASID
export const INDEX_MODULO: i32 = 0; // page number mod sets (configuration cache: StreamID xor SubstreamID mod sets)
export const INDEX_XOR: i32 = 1; // gem5's: (page number xor ASID xor VMID) mod sets (configuration cache: the same as modulo)
export const INDEX_HASH: i32 = 2; // folded page number xor a hash of the context, mod sets (configuration cache: a hash)
export const INDEX_XOR_HASH: i32 = 3; // page number xor a hash of the context, mod sets
export const REPL_SET_BYTES: i32 = 8; // replacement state of a set (pLRU bits or its round-robin counter)
export const REPL_WAY_BYTES: i32 = 16; // of a way, behind the entries: the masks of pseudo-LRU
export const REPL_ENTRY_BYTES: i32 = 8; // of an entry (LRU stamp or RRPV)

/** Ways of one row of tags: even, so that pairs compare at once. */
export function rowWays(ways: i32): i32 {
  return (ways + 1) & ~1;
}
/** Prints of one set: eight compare at once; 0: so few ways that their tags are compared. */
export function printLanes(ways: i32): i32 {
  return ways > 4 ? (ways + 7) & ~7 : 0;
}
