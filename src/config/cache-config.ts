/** Which caches a device has and how each is built. Plain data: a configuration can be kept as JSON. */

/** How a set gives up an entry. `plru`: tree pseudo-LRU, ways a power of two up to 64; `rrip`: SRRIP with 2 bits. */
export type ReplacementPolicy = 'round-robin' | 'lru' | 'plru' | 'rrip' | 'random';

/** One cache. */
export interface CacheGeometry {
  /** Entries in all, 1..1,048,576. */
  readonly entries: number;
  /** Entries of one set, or `'full'`: one set holds all. */
  readonly ways: number | 'full';
  /** Sets, any number; when given, entries must be sets * ways. Default entries / ways. */
  readonly sets?: number;
  readonly policy: ReplacementPolicy;
  /** Round-robin counts in the cache as a whole (`cache`, the default) or in each set. */
  readonly counter?: 'cache' | 'set';
  /**
   * What an entry belongs to. `stream`: StreamID and SubstreamID, so that a hit needs no configuration; such an entry obeys
   * CMD_CFGI_* too. `context`: StreamWorld, VMID and ASID, shared by streams. Micro and main TLB and the TCU's TLB take either
   * (default `stream` for the first two, `context` for the third); the others have one only.
   */
  readonly tag?: 'stream' | 'context';
  /**
   * The set: page number modulo sets (default); `xor`: the same with a hash of the context (stream and SubstreamID, or StreamWorld, VMID and
   * ASID) mixed in, in the TCU's TLB and the IPA cache with ASID and VMID themselves, as gem5 has it; `hash`: the folded page number
   * and the hash of the context.
   */
  readonly index?: 'modulo' | 'xor' | 'hash';
  /** Time of a look-up in cycles of the clock that the cache runs with. Default 1. Means nothing while time is off. */
  readonly latency?: number;
  /** Look-ups that may overlap. Default 1. Means nothing while time is off. */
  readonly slots?: number;
  /** `false`: as if it were not there. Default true. */
  readonly enabled?: boolean;
}

/** Walk caches with an array for each stage and level: element n is level n; what is `false` or left out is not cached. */
export interface WalkCachesByLevel {
  readonly s1?: readonly (CacheGeometry | false)[];
  readonly s2?: readonly (CacheGeometry | false)[];
  /** Level -1 of 52-bit tables (LPA2). */
  readonly levelMinus1?: { readonly s1?: CacheGeometry | false; readonly s2?: CacheGeometry | false };
  /**
   * Whether the entries of stage 2 serve, and are filled by, the translation of the addresses of stage 1 tables and context
   * descriptors too, or output addresses alone. Default true.
   */
  readonly nonFinalStage2?: boolean;
  /** Round-robin replacement counts once for all of them (gem5), not in each or each set. Default false. */
  readonly sharedCounter?: boolean;
}

/** One walk cache for both stages and all levels. */
export interface UnifiedWalkCache {
  readonly unified: CacheGeometry;
  /** As in {@link WalkCachesByLevel}. */
  readonly nonFinalStage2?: boolean;
}

/** All caches of a device; one that is `false` or left out does not exist. */
export interface CacheConfig {
  /** In each TBU, the first to be asked. */
  readonly microTlb?: CacheGeometry | false;
  /** In each TBU, asked when the micro TLB misses. */
  readonly mainTlb?: CacheGeometry | false;
  /** In the TCU: whole translations of all TBUs. */
  readonly tcuTlb?: CacheGeometry | false;
  /** In the TCU: STE and CD of a StreamID and SubstreamID, one entry for both. */
  readonly configCache?: CacheGeometry | false;
  /** In the TCU: descriptors by stage and level. */
  readonly walkCaches?: WalkCachesByLevel | UnifiedWalkCache | false;
  /** In the TCU: IPA to PA. */
  readonly ipaCache?: CacheGeometry | false;
  /** Number of TBUs, 1..64, each with its own micro and main TLB. Default 1. */
  readonly tbus?: number;
}
