// The linear-memory layout and the numbers that core and host exchange. Portable: compiled by asc and by tsc, imports
// nothing. All offsets are bytes from the core base unless a line says otherwise; all integers are little-endian.
// The host computes the map with `regionEnd` and writes it into the header before it calls `init`; the core reads it there.

export const ABI_VERSION: i32 = 1;
export const ABI_MAGIC: i32 = 0x334d4d53; // "SMM3"

/**
 * Bytes left free before the header: the compiler takes it that no pointer of the core lies below 1024, and folds offsets by it.
 * "Core base" below is the header's address, coreBase of the host API + CORE_PAD.
 */
export const CORE_PAD: i32 = 1024;

// ---- Header (0x000..0x1ff): written by the host at creation, constant afterwards except H_NOW and the counters' heads ----
export const H_MAGIC: i32 = 0x000;
export const H_VERSION: i32 = 0x004;
export const H_CORE_BYTES: i32 = 0x008; // size of the core's region
export const H_TBUS: i32 = 0x00c; // number of TBUs, 1..MAX_TBUS
export const H_HOST_FLAGS: i32 = 0x010; // HOST_*
export const H_WINDOWS: i32 = 0x014; // number of RAM windows, 0..MAX_WINDOWS
export const H_CACHES: i32 = 0x018; // number of cache descriptors
export const H_CONTEXTS: i32 = 0x01c; // -> context intern table (CTX_*)
export const H_STREAMS: i32 = 0x020; // -> stream records (SR_*)
export const H_STREAM_CAP: i32 = 0x024; // how many; record 0 gathers what finds no record of its own
export const H_STREAM_HASH: i32 = 0x028; // -> u32[2 * power of two >= 2 * cap]: record index + 1 by StreamID
export const H_STREAM_HASH_MASK: i32 = 0x02c;
export const H_STREAM_COUNT: i32 = 0x030; // records in use (record 0 included)
export const H_STALLS: i32 = 0x034; // -> stalled transactions (ST_*)
export const H_STALL_CAP: i32 = 0x038;
export const H_RESUMED: i32 = 0x03c; // -> ring of resumed transactions (ST_* records)
export const H_RESUMED_CAP: i32 = 0x040;
export const H_RESUMED_COUNT: i32 = 0x044; // records waiting for the host, from index 0
export const H_NOTIFY: i32 = 0x048; // -> notifications for the host, in order (NT_*)
export const H_NOTIFY_CAP: i32 = 0x04c;
export const H_NOTIFY_COUNT: i32 = 0x050; // the host sets it to 0 when it has taken them
export const H_MORE_WORK: i32 = 0x054; // 1: the core stopped early for want of room here; call `continueWork` after draining
export const H_TRACE: i32 = 0x058; // -> step records (TR_*)
export const H_TRACE_CAP: i32 = 0x05c; // 0: no trace memory
export const H_TRACE_COUNT: i32 = 0x060; // records written (may pass the capacity: then the rest was dropped)
export const H_TRACE_MASK: i32 = 0x064; // 0: off, else on
export const H_BATCH: i32 = 0x068; // -> batch memory
export const H_BATCH_BYTES: i32 = 0x06c;
export const H_MEMO: i32 = 0x070; // -> stream memo (SM_*)
export const H_STALL_NEXT: i32 = 0x074; // next STAG to try
export const H_GENERATION: i32 = 0x078; // invalidation generation: one more at every CFGI or TLBI command
export const H_SPARSE_FULL: i32 = 0x07c; // writes that found no page left in a sparse window's pool
export const H_NOW: i32 = 0x080; // u64, TCU cycles
export const H_SEED: i32 = 0x088; // u64, state of the replacement generator (xorshift64), never 0
export const H_CONTEXT_GEN: i32 = 0x090; // u32, one more whenever context numbers were recycled
export const H_CONTEXT_COUNT: i32 = 0x094; // u32, context numbers handed out
export const H_CHECK_VIOLATIONS: i32 = 0x098; // u32, accesses outside the windows seen by a checking build
export const H_STALL_COUNT: i32 = 0x09c; // u32, stalled transactions held
export const H_WALK_ROUTE: i32 = 0x0a0; // u32[2][5]: cache index for stage 1 then stage 2, levels -1..3; NO_CACHE where not cached
export const H_SYNC_COUNT: i32 = 0x0c8; // u32, CMD_SYNCs completed
export const H_HITS: i32 = 0x0cc; // -> hit memo (HM_*)
export const H_TIMED: i32 = 0x0d0; // 1: timing is on, the regions below exist
export const H_TIMING: i32 = 0x0d4; // -> timing configuration and state (TM_*)
export const H_POOL: i32 = 0x0d8; // -> request blocks of transactions in flight, POOL_STRIDE apart
export const H_POOL_CAP: i32 = 0x0dc; // TBUs * TM_TBU_SLOTS
export const H_NODES: i32 = 0x0e0; // -> event nodes (EN_*)
export const H_NODE_CAP: i32 = 0x0e4;
export const H_INBOX: i32 = 0x0e8; // -> ring of submitted transactions, IN_BYTES each
export const H_INBOX_CAP: i32 = 0x0ec;
export const H_INBOX_HEAD: i32 = 0x0f0; // u32 records taken out so far
export const H_INBOX_TAIL: i32 = 0x0f4; // u32 records put in so far (by the host)
export const H_DONE: i32 = 0x0f8; // -> ring of finished submitted transactions, IN_BYTES each
export const H_DONE_CAP: i32 = 0x0fc;
export const H_DONE_COUNT: i32 = 0x100; // u32 records waiting for the host, from index 0
export const H_PMCG: i32 = 0x104; // -> counter groups (PG_*): the TCU's, then one for each TBU
export const H_PMU: i32 = 0x108; // u32 not 0: a counter counts something that happens to transactions
export const H_PMU_CFGR: i32 = 0x10c; // u32 SMMU_PMCG_CFGR, of every group
export const H_PMU_NEXT: i32 = 0x110; // u64 tick (cycle, with time off) at which a cycle counter's overflow takes effect; 0: none
export const H_PMU_STOPS: i32 = 0x118; // u32 planned overflows since anything else happened
export const H_AGENTS: i32 = 0x120; // -> request blocks of what is no transaction: the command engine, then each TBU's invalidations
export const H_PREFETCHES: i32 = 0x124; // -> request blocks of prefetches
export const H_PREFETCH_CAP: i32 = 0x128;
export const H_STREAM_TIMES: i32 = 0x130; // -> times of the stream records (SL_*), while time is on

export const HOST_BUS: i32 = 1; // host.busRead/busWrite/busCas may be called
export const HOST_TBU_OF: i32 = 2; // host.tbuOf decides the TBU of a new stream
export const HOST_MSI: i32 = 4; // the host takes MSIs that neither RAM nor the bus took
export const HOST_CLAIMED_CAS: i32 = 8; // the bus has compareExchange64
export const HOST_LATENCY: i32 = 32; // host.walkLatency tells how long each table access takes
export const HOST_ASYNC: i32 = 16; // commands have their effect, and CONS moves, as time passes

export const MAX_TBUS: i32 = 64;
export const MAX_WINDOWS: i32 = 16;
export const NO_CACHE: i32 = -1;

// ---- Register file image: offset r of page 0 at REGS + r (r < 0x200), page 1 at the same low offset, ID_REGS at REGS_ID ----
export const REGS: i32 = 0x200;
export const REGS_BYTES: i32 = 0x200;
export const REGS_ID: i32 = 0x400; // PIDR4..CIDR3 (0xfd0..0xfff)

// ---- RAM windows ----
export const WINDOWS: i32 = 0x440;
export const WINDOW_BYTES: i32 = 64;
export const W_BASE: i32 = 0; // u64 first physical address
export const W_SIZE: i32 = 8; // u64 bytes
export const W_MEM: i32 = 16; // u32 offset in linear memory (absolute, not from the core base) of the bytes, or of the page pool
export const W_SPARSE: i32 = 20; // u32 1: pages come into being when written
export const W_HASH: i32 = 24; // u32 sparse: offset from the core base of u32[2^n]: pool page + 1
export const W_HASH_MASK: i32 = 28;
export const W_KEYS: i32 = 32; // u32 sparse: offset from the core base of u64[pool pages]: page number of each pool page
export const W_POOL: i32 = 36; // u32 sparse: pages in the pool
export const W_USED: i32 = 40; // u32 sparse: pages in use

// ---- Caches: descriptors, then tags and payloads wherever the map puts them ----
export const CACHES: i32 = 0x840;
export const CACHE_BYTES: i32 = 256;
// Index of each cache. The two of TBU t: CACHE_TBU + 2t (micro) and CACHE_TBU + 2t + 1 (main).
export const CACHE_CONFIG: i32 = 0;
export const CACHE_TCU: i32 = 1;
export const CACHE_IPA: i32 = 2;
export const CACHE_WALK_S1: i32 = 3; // + level + 1, levels -1..3
export const CACHE_WALK_S2: i32 = 8; // + level + 1
export const CACHE_WALK_UNIFIED: i32 = 13;
export const CACHE_TBU: i32 = 14;

export const C_ENTRIES: i32 = 0; // u32, 0: the cache does not exist
export const C_SETS: i32 = 4;
export const C_WAYS: i32 = 8;
export const C_SET_MASK: i32 = 12; // sets - 1 when a power of two, else -1
export const C_POLICY: i32 = 16; // POLICY_*
export const C_TAG_KIND: i32 = 20; // TAG_*
export const C_INDEX: i32 = 24; // INDEX_*
export const C_TAGS: i32 = 28; // -> u64[sets][ways padded to even]; 0: invalid
export const C_DATA: i32 = 32; // -> payloads, same order, C_STRIDE bytes each
export const C_STRIDE: i32 = 36;
export const C_REPL: i32 = 40; // -> replacement state, REPL_BYTES a set + REPL_ENTRY_BYTES an entry
export const C_ROW: i32 = 44; // ways padded to even: tags and payloads of one set
export const C_MEMO: i32 = 48; // -> u16[256], way + 1 by tag hash; 0: none (only when ways > 8)
export const C_SIZE_COUNTS: i32 = 52; // -> u32[64]: entries of each size code
export const C_COUNTER: i32 = 56; // u32 round-robin counter of the whole cache
export const C_COUNTER_PER_SET: i32 = 60; // 1: round-robin counts in each set
export const C_SIZES: i32 = 64; // u64, size codes present
export const C_VALID: i32 = 72; // u32 valid entries
export const C_GLOBALS: i32 = 76; // u32 valid entries tagged as global
export const C_FRAGMENTS: i32 = 80; // u32 valid entries smaller than the stage 1 leaf they came from
export const C_HITS: i32 = 88; // u64
export const C_MISSES: i32 = 96; // u64
export const C_FILLS: i32 = 104; // u64
export const C_EVICTIONS: i32 = 112; // u64 valid entries replaced by a fill
export const C_INVALIDATED: i32 = 120; // u64 valid entries removed by a command
export const C_LATENCY: i32 = 128; // u32 look-up time in cycles (timing)
export const C_SLOTS: i32 = 132; // u32 look-ups that may overlap (timing)
export const C_FINAL_ONLY: i32 = 148; // u32, stage 2 walk caches: 1: walks for stage 1 descriptors and CDs neither look in nor fill
export const C_CLOCK: i32 = 136; // u64 LRU clock
export const C_VERSION: i32 = 144; // u32, one more at every fill and removal

export const POLICY_ROUND_ROBIN: i32 = 0;
export const POLICY_LRU: i32 = 1;
export const POLICY_PLRU: i32 = 2; // tree pseudo-LRU; ways a power of two, at most 64
export const POLICY_RRIP: i32 = 3; // SRRIP, 2 bits
export const POLICY_RANDOM: i32 = 4;
export const TAG_STREAM: i32 = 0; // StreamID and SubstreamID; obeys CFGI too
export const TAG_CONTEXT: i32 = 1; // StreamWorld, VMID, ASID
export const INDEX_MODULO: i32 = 0; // page number mod sets (configuration cache: StreamID xor SubstreamID mod sets)
export const INDEX_XOR: i32 = 1; // (page number xor ASID xor VMID) mod sets (configuration cache: the same as modulo)
export const INDEX_HASH: i32 = 2; // folded page number with context mixed in, mod sets
export const REPL_SET_BYTES: i32 = 8; // replacement state of a set (pLRU bits or its round-robin counter)
export const REPL_WAY_BYTES: i32 = 16; // of a way, behind the entries: the masks of pseudo-LRU
export const REPL_ENTRY_BYTES: i32 = 8; // of an entry (LRU stamp or RRPV)

// Translation payload. The tag is page << 20 | size code << 14 | context, page = VA[55:12] with the bits below the size clear.
export const ENTRY_BYTES: i32 = 48;
export const E_PA: i32 = 0; // u64: output (page base, or next table); bits [11:0] EF_*
export const E_PERM: i32 = 8; // u32: what is allowed by stage 1 [7:0] and stage 2 [15:8], bit = access kind (write | instruction<<1 | privileged<<2); dirty update pending [23:16]; table: hierarchical bits
export const E_ATTR: i32 = 12; // u32: memory attributes of the stages, AT_*
export const E_IPA: i32 = 16; // u64: output of stage 1
export const E_ID: i32 = 24; // u64: VMID | ASID << 16 | StreamWorld << 32 | regime bits, EI_*
export const E_STREAM: i32 = 32; // u32 StreamID (tag kind stream)
export const E_SUBSTREAM: i32 = 36; // u32 SubstreamID | SSV << 31
export const E_SPANS: i32 = 40; // u32: log2 span of the entry [7:0], of the stage 1 leaf or table [15:8], of the stage 2 leaf [23:16]; granule log2 [31:24]
export const E_LEVELS: i32 = 44; // u32: stage 1 level + 1 [3:0], stage 2 level + 1 [7:4]; [31:8] the access kind after STE overrides for each of the eight as they come, 3 bits each (stream-tagged)

export const EF_LEAF: i32 = 1;
export const EF_GLOBAL: i32 = 2; // nG = 0
export const EF_TBI: i32 = 4; // VA[63:56] ignored
export const EF_ASET: i32 = 8;
export const EF_S1: i32 = 16; // holds a stage 1 result
export const EF_S2: i32 = 32; // holds a stage 2 result
export const EF_E0PD: i32 = 64; // unprivileged accesses fault (stream-tagged entries)
export const EF_PREFETCHED: i32 = 256; // made by a prefetch (main TLB)
export const EF_TABLE_PA: i32 = 128; // E_PA of a table is a physical address valid for the whole table

// Configuration cache payload: the decoded STE and CD together, assembly/walk/config-block.ts. The tag is
// StreamID | SubstreamID << 32 | SSV << 52 | 1 << 63.
export const CONFIG_ENTRY_BYTES: i32 = 256;

// ---- Context intern table: hash of u64 keys to 14-bit numbers ----
export const CTX_BITS: i32 = 14;
export const CTX_SLOTS: i32 = 32768;
export const CTX_KEYS: i32 = 0; // u64[CTX_SLOTS], 0: empty
export const CTX_NUMBERS: i32 = CTX_SLOTS * 8; // u16[CTX_SLOTS]
export const CTX_KEY_OF: i32 = CTX_SLOTS * 10; // u64[2^CTX_BITS], 0: number free
export const CTX_USED: i32 = CTX_KEY_OF + (8 << CTX_BITS); // u8[2^CTX_BITS], marks of the recycler
export const CTX_BYTES: i32 = CTX_USED + (1 << CTX_BITS);

// ---- Stream memo: direct-mapped, by StreamID and SubstreamID ----
export const SM_ENTRIES: i32 = 256;
export const SM_BYTES: i32 = 32;
export const SM_KEY: i32 = 0; // u64 StreamID | SubstreamID << 32 | SSV << 52 | valid << 63
export const SM_CONTEXT: i32 = 8; // u32 interned (stream-tagged caches)
export const SM_STREAM: i32 = 12; // u32 -> stream record (absolute)
export const SM_MICRO: i32 = 16; // u32 -> descriptor of its micro TLB (absolute)
export const SM_MAIN: i32 = 20; // u32 -> of its main TLB
export const SM_TBU: i32 = 24;

// ---- Hit memo: direct-mapped, by page and stream; what a hit in a micro TLB comes to, for as long as that TLB is unchanged ----
export const HM_LINES: i32 = 256;
export const HM_BYTES: i32 = 64;
export const HM_VERSION: i32 = 0; // u32 C_VERSION of the cache when the line was made
export const HM_CACHE: i32 = 4; // u32 -> its descriptor (absolute; 0: line empty)
export const HM_PAGE: i32 = 8; // u64 input address >> 12
export const HM_STREAM: i32 = 16; // u64 as SM_KEY
export const HM_PA: i32 = 24; // u64 output page
export const HM_ALLOWED: i32 = 32; // u32 bit for each access kind as it comes that passes
export const HM_STATUS: i32 = 36; // u32 the batch's status word
export const HM_RECORD: i32 = 40; // u32 -> stream record (absolute)
export const HM_TREE: i32 = 44; // u32 -> pseudo-LRU bits of the set (absolute); 0: another policy
export const HM_MASKS: i32 = 48; // u32 -> the way's two masks
export const HM_INDEX: i32 = 52; // u32 entry

// ---- Stream records ----
export const STREAM_BYTES: i32 = 192;
export const SR_SID: i32 = 0; // u32
export const SR_TBU: i32 = 4; // u32
export const SR_OUTCOME: i32 = 8; // u64[4] by STATUS_*
export const SR_HIT: i32 = 40; // u64[6] by HIT_*
export const SR_READS: i32 = 88; // u64[4]: ste, cd, stage 1, stage 2
export const SR_CONFIG_HITS: i32 = 120; // u64
export const SR_CONFIG_MISSES: i32 = 128; // u64
export const SR_EVENTS: i32 = 136; // u64 event records caused
export const SR_WALKS: i32 = 144; // u64 transactions that read a descriptor

// ---- Batch columns: bytes per row of each, in this order, each column 16-byte aligned ----
export const COLUMNS: i32 = 12;
export const COL_IOVA: i32 = 0;
export const COL_STREAM: i32 = 1;
export const COL_SUBSTREAM: i32 = 2;
export const COL_FLAGS: i32 = 3;
export const COL_SIZE: i32 = 4;
export const COL_REQUESTER: i32 = 5;
export const COL_ARRIVAL: i32 = 6;
export const COL_PA: i32 = 7;
export const COL_STATUS: i32 = 8;
export const COL_ACCEPTED: i32 = 9;
export const COL_TRANSLATED: i32 = 10;
export const COL_COMPLETION: i32 = 11;
/** Bytes per row of column c. */
export function columnWidth(c: i32): i32 {
  if (c == COL_SIZE || c == COL_REQUESTER) return 2;
  if (c == COL_STREAM || c == COL_SUBSTREAM || c == COL_FLAGS || c == COL_STATUS) return 4;
  return 8;
}
/** Offset of column c from the batch's start, for a batch of `capacity` rows; c = COLUMNS gives the batch's size. */
export function columnOffset(c: i32, capacity: i32): i32 {
  let at: i32 = 0;
  for (let i: i32 = 0; i < c; i++) at += (columnWidth(i) * capacity + 15) & ~15;
  return at;
}

// ---- Public numbers ----
export const FLAG_WRITE: i32 = 1;
export const FLAG_INSTRUCTION: i32 = 2;
export const FLAG_PRIVILEGED: i32 = 4;
export const FLAG_SSV: i32 = 8;
export const FLAG_TRANSLATED: i32 = 16;
export const FLAG_SPECULATIVE: i32 = 32;
export const FLAG_ATOMIC: i32 = 64;
export const FLAG_SUBSTREAM_SHIFT: i32 = 12; // lookup(): SubstreamID in flags [31:12]

export const STATUS_OK: i32 = 0;
export const STATUS_ABORT: i32 = 1;
export const STATUS_RAZ_WI: i32 = 2;
export const STATUS_STALLED: i32 = 3;
export const STATUS_PENDING: i32 = 4;

export const HIT_NONE: i32 = 0;
export const HIT_MICRO: i32 = 1;
export const HIT_MAIN: i32 = 2;
export const HIT_TCU: i32 = 3;
export const HIT_WALK_CACHE: i32 = 4;
export const HIT_WALK: i32 = 5;

// ---- Request blocks: one transaction each ----
export const REQUESTS: i32 = 0x9900;
export const REQUEST_BYTES: i32 = 0x400;
export const POOL_STRIDE: i32 = 0x440; // in the pool: at a power of two the blocks would share a few sets of the host's caches
export const REQUEST_MAIN: i32 = 0; // translate, lookup, batches
export const REQUEST_INNER: i32 = 1; // what the device starts itself: ATOS, prefetch, retries of stalls

// inputs
export const Q_IOVA: i32 = 0x00; // u64
export const Q_SID: i32 = 0x08; // u32
export const Q_SSID: i32 = 0x0c; // u32
export const Q_FLAGS: i32 = 0x10; // u32 FLAG_*
export const Q_SIZE: i32 = 0x14; // u32 bytes
export const DEFAULT_SIZE: i32 = 64; // of a transaction that does not say
export const Q_REQUESTER: i32 = 0x18; // u32
export const Q_ATTRS: i32 = 0x1c; // u32 incoming attributes: memType [7:0], shareability [9:8], allocHints [12:10] (RA<<2 | WA<<1 | TR)
export const Q_ARRIVAL: i32 = 0x20; // u64
export const Q_KIND: i32 = 0x28; // u32 KIND_*
export const Q_ATOS: i32 = 0x2c; // u32 KIND_ATOS: TYPE [1:0], HTTUI [2]
// results
export const Q_STATUS: i32 = 0x30; // u32 STATUS_*
export const Q_EVENT: i32 = 0x34; // u32 event number, 0: none
export const Q_PA: i32 = 0x38; // u64
export const Q_LOG2: i32 = 0x40; // u32 log2 of the page size
export const Q_HIT: i32 = 0x44; // u32 HIT_*
export const Q_PERMS: i32 = 0x48; // u32 read 1, write 2, execute 4
export const Q_OUT_ATTRS: i32 = 0x4c; // u32 as Q_ATTRS
export const Q_STAG: i32 = 0x50; // u32
export const Q_RECORDED: i32 = 0x54; // u32 1: the event went into the queue (or will, for a stall that waits)
export const Q_READS_STE: i32 = 0x58; // u32
export const Q_READS_CD: i32 = 0x5c; // u32
export const Q_READS_S1: i32 = 0x60; // u32
export const Q_READS_S2: i32 = 0x64; // u32
export const Q_ACCEPTED: i32 = 0x68; // u64
export const Q_TRANSLATED: i32 = 0x70; // u64
export const Q_COMPLETION: i32 = 0x78; // u64
export const Q_EVENT_WORDS: i32 = 0x80; // u64[4]
// The machine's own state, 0xa0 on: assembly/translate/request.ts and assembly/walk/request.ts
export const Q_MACHINE: i32 = 0xa0;

export const KIND_TRANSACTION: i32 = 0;
export const KIND_ATOS: i32 = 1; // no event, no stall, attributes from the register
export const KIND_PREFETCH: i32 = 2; // CMD_PREFETCH_ADDR / CONFIG: no event, no stall, no dirty state
export const KIND_PREFETCH_CONFIG: i32 = 3;

// ---- Stalled (and resumed) transactions ----
export const STALL_BYTES: i32 = 0x100;
export const ST_REQUEST: i32 = 0; // the first Q_MACHINE bytes of its request block (inputs, and results when resumed)
export const ST_STATE: i32 = 0xa0; // u32 STALL_*
export const ST_STAG: i32 = 0xa4; // u32 (resumed: the STAG that it had)
export const ST_ORDER: i32 = 0xa8; // u32 sequence
export const STALL_FREE: i32 = 0;
export const STALL_RECORDED: i32 = 1; // its record is in the queue, waits for software
export const STALL_WAITING: i32 = 2; // the queue was not writable; is tried again when it is

// ---- Notifications ----
export const NOTIFY_BYTES: i32 = 32;
export const NT_KIND: i32 = 0; // u32 NOTIFY_*
export const NT_SOURCE: i32 = 4; // u32 IRQ_*
export const NT_ADDRESS: i32 = 8; // u64 MSI address
export const NT_DATA: i32 = 16; // u32 MSI data
export const NOTIFY_IRQ: i32 = 1; // wired pulse of NT_SOURCE
export const NOTIFY_MSI: i32 = 2; // an MSI that the host shall take; when it does not: `msiAborted(NT_SOURCE)`
export const NOTIFY_RESUMED: i32 = 3; // one record was added to the resumed ring
export const IRQ_EVENTQ: i32 = 0;
export const IRQ_PRIQ: i32 = 1;
export const IRQ_CMD_SYNC: i32 = 2;
export const IRQ_GERROR: i32 = 3;
export const IRQ_SEV: i32 = 4;

export const IRQ_PMCG: i32 = 5; // a pulse of any counter group; MSIs: + group

// ---- Counter groups ----
export const PG_BYTES: i32 = 0x680;
export const PG_CNTEN: i32 = 0x00; // u64 counters enabled
export const PG_INTEN: i32 = 0x08; // u64
export const PG_OVS: i32 = 0x10; // u64
export const PG_ACTIVE: i32 = 0x18; // u64 counters that count what happens to transactions, derived
export const PG_CYCLES: i32 = 0x20; // u64 counters that count cycles, derived
export const PG_SINCE: i32 = 0x28; // u64 tick (cycle, with time off) up to which those have been counted
export const PG_IRQ_CFG0: i32 = 0x30; // u64
export const PG_IRQ_CFG1: i32 = 0x38; // u32
export const PG_IRQ_CFG2: i32 = 0x3c; // u32
export const PG_IRQ_CTRL: i32 = 0x40; // u32, and IRQ_CTRLACK
export const PG_IRQ_STATUS: i32 = 0x44; // u32
export const PG_CR: i32 = 0x48; // u32
export const PG_FULL: i32 = 0x4c; // u32 FULL_*: what of the TBU is full now
export const PG_EVCNTR: i32 = 0x80; // u64[64]
export const PG_SVR: i32 = 0x280; // u64[64]
export const PG_EVTYPER: i32 = 0x480; // u32[64]
export const PG_SMR: i32 = 0x580; // u32[64]
export const FULL_SLOTS: i32 = 1;
export const FULL_BUFFER: i32 = 2;

// ---- Step records, for `explain` ----
export const TRACE_BYTES: i32 = 48;
export const TR_KIND: i32 = 0; // u32 STEP_*
export const TR_STAGE: i32 = 4; // u32 1, 2 or 0
export const TR_LEVEL: i32 = 8; // i32 level of a descriptor; cache index for look-ups and fills
export const TR_CLASS: i32 = 12; // u32 purpose of a stage 2 step: CLASS_*
export const TR_ADDRESS: i32 = 16; // u64 physical address read or written; input address of a look-up
export const TR_DATA: i32 = 24; // u64 the word read (dword 0 of a structure); output address of a hit
export const TR_IPA: i32 = 32; // u64 intermediate address, when there is one
export const TR_RESULT: i32 = 40; // u32: read: 1 done, 0 external abort; look-up: 1 hit, 0 miss; event: its number
export const STEP_LOOKUP: i32 = 1;
export const STEP_FILL: i32 = 2;
export const STEP_L1STD: i32 = 3;
export const STEP_STE: i32 = 4;
export const STEP_L1CD: i32 = 5;
export const STEP_CD: i32 = 6;
export const STEP_DESCRIPTOR: i32 = 7;
export const STEP_UPDATE: i32 = 8; // hardware update of a descriptor; TR_DATA is what was written
export const STEP_FAULT: i32 = 9; // TR_RESULT event number (0: silent abort)
export const STEP_BYPASS: i32 = 10;
export const STEP_OUTPUT: i32 = 11; // TR_ADDRESS input, TR_DATA output address

// ---- Counters of the device as a whole ----
export const COUNTERS: i32 = 0xa100; // u64 each
export const CT_COMMANDS: i32 = 0; // u64[256] by opcode, consumed
export const CT_EVENTS: i32 = 2048; // u64[256] by event number, recorded
export const CT_EVENTS_LOST: i32 = 4096; // u64 non-stall records that were dropped because the queue was not writable
export const CT_CERRORS: i32 = 4104; // u64 command errors
export const CT_MSIS: i32 = 4112; // u64 MSIs sent
export const CT_INTERRUPTS: i32 = 4120; // u64 wired pulses
export const CT_EVENTS_CAUSED: i32 = 4128; // u64 events of transactions, recorded or not
export const CT_LEVEL_READS: i32 = 4136; // u64[2][5] descriptors read: stage 1 then stage 2, levels -1..3
export const CT_CONFIG_READS: i32 = 4216; // u64[4] by WALK_L1STD, WALK_STE, WALK_L1CD, WALK_CD
export const COUNTERS_BYTES: i32 = 4248;

// ---- Timing: configuration (u32 each, written by the host), then state ----
// Times are ticks: a tick is a common divisor of the TCU's and the TBUs' clock periods.
export const TM_TCU_TICKS: i32 = 0x00; // ticks of a TCU cycle, the cycle of the API
export const TM_TBU_TICKS: i32 = 0x04; // of a TBU cycle
export const TM_PORT_BYTES: i32 = 0x08; // bytes per beat at a TBU's port
export const TM_TBU_SLOTS: i32 = 0x0c; // transactions in a TBU until they are forwarded
export const TM_WRITE_BEATS: i32 = 0x10; // write buffer, beats; 0: no limit
export const TM_HAZARD: i32 = 0x14; // HAZARD_*
export const TM_HAZARD_STREAM: i32 = 0x18; // 1: only transactions of the same stream wait for each other
export const TM_HAZARD_ANY: i32 = 0x1c; // 1: any page's answer wakes all that wait in the TBU, 0: the page's own
export const TM_LINK_DOWN: i32 = 0x20; // TBU cycles from TBU to TCU
export const TM_LINK_UP: i32 = 0x24; // TCU cycles back
export const TM_TCU_SLOTS: i32 = 0x28; // requests in the TCU, links included
export const TM_WALK_SLOTS: i32 = 0x2c; // walks at once
export const TM_TCU_FRONT: i32 = 0x30; // TCU cycles between a request's arrival and its first look-up
export const TM_WALK_START: i32 = 0x34; // TCU cycles to start a walk of either stage
export const TM_EVALUATE: i32 = 0x38; // TCU cycles to evaluate a descriptor
export const TM_STEP_PORTS: i32 = 0x3c; // walk starts and evaluations at once
export const TM_PARALLEL: i32 = 0x40; // 1: the walk caches of all levels are looked up at once
export const TM_MEM_LATENCY: i32 = 0x44; // TCU cycles from a request's issue to its answer
export const TM_MEM_PORTS: i32 = 0x48; // memory requests that may be issued at once
export const TM_MEM_BYTES: i32 = 0x4c; // bytes per beat towards memory
export const TM_DATA_LATENCY: i32 = 0x50; // TCU cycles of a client's own access
export const TM_RESPONSE: i32 = 0x54; // TBU cycles from memory's answer to the device
export const TM_ORDERED: i32 = 0x58; // 1: transactions of one requester and direction leave in order
export const TM_EVENT_WRITE: i32 = 0x5c; // 1: a fault's response waits for its event record
export const TM_WALK_PORTS: i32 = 0x60; // look-ups in all walk caches at once
export const TM_COMMAND_FETCH: i32 = 0x64; // 1: each command is read from memory
export const TM_COMMAND: i32 = 0x68; // TCU cycles to execute a command
export const TM_INVALIDATE: i32 = 0x6c; // TBU cycles of an invalidation in each TBU; 0: the TBUs are not asked
export const TM_SYNC: i32 = 0x70; // TCU cycles of a CMD_SYNC
export const TM_PREFETCH: i32 = 0x78; // PREFETCH_*
export const TM_PREFETCH_TBU: i32 = 0x7c; // 1: into the main TLB, 0: into the TCU's caches only
export const TM_RETURN_BYTES: i32 = 0x74; // bytes per TCU cycle that table accesses are answered with; 0: no limit
export const PREFETCH_OFF: i32 = 0;
export const PREFETCH_FORWARD: i32 = 1;
export const PREFETCH_BACKWARD: i32 = 2;
export const PREFETCH_STE: i32 = 3; // each stream as its STE says
export const TM_CONFIG_SLOTS: i32 = 0x80; // configuration fetches at once; 0: no limit
export const HAZARD_NONE: i32 = 0;
export const HAZARD_SLEEP: i32 = 1; // wait for the page, then look up the main TLB again
export const HAZARD_MERGE: i32 = 2; // share the answer

// Table accesses, as host.walkLatency is told of them
export const WALK_L1STD: i32 = 0;
export const WALK_STE: i32 = 1;
export const WALK_L1CD: i32 = 2;
export const WALK_CD: i32 = 3;
export const WALK_STAGE1: i32 = 4;
export const WALK_STAGE2: i32 = 5;
export const WALK_WRITE: i32 = 8; // a hardware update of the descriptor

// Statistics of time, u64 each
export const TM_STATS: i32 = 0xc0;
export const TS_TRANSACTIONS: i32 = 0; // finished
export const TS_LATENCY_SUM: i32 = 8; // cycles from acceptance to response
export const TS_LATENCY_MAX: i32 = 16;
export const TS_FIRST_OFFER: i32 = 24; // tick of the first offer since the statistics were reset; -1: none
export const TS_LAST_RESPONSE: i32 = 32; // tick
export const TS_BYTES: i32 = 40; // of forwarded transactions
export const TS_REFUSED: i32 = 48; // offers that found no slot or no room in the write buffer
export const TS_STALL_ORDER: i32 = 56; // ticks spent waiting, by cause
export const TS_STALL_HAZARD: i32 = 64;
export const TS_STALL_TCU_SLOT: i32 = 72;
export const TS_STALL_WALK_SLOT: i32 = 80;
export const TS_STALL_MEMORY: i32 = 88;
export const TS_SLOT_CYCLES: i32 = 96; // TBU slots in use, summed over ticks
export const TS_WALK_CYCLES: i32 = 104; // walk slots in use, summed over ticks
export const TS_SLOT_MAX: i32 = 112;
export const TS_WALK_MAX: i32 = 120;
export const TS_COMMAND_CYCLES: i32 = 128; // ticks in which the command engine had something to do
export const TS_TBU_INVALIDATIONS: i32 = 136; // invalidations sent to the TBUs
export const TS_PREFETCHES: i32 = 144; // requests made ahead
export const TS_PREFETCH_DROPPED: i32 = 152; // not made: the page was there or under way, or too many were
export const TS_PREFETCH_READS: i32 = 160; // table reads made for them
export const TS_STALL_CONFIG_SLOT: i32 = 168;
export const TS_TCU_CYCLES: i32 = 176; // TCU slots in use, summed over ticks
export const TS_TCU_MAX: i32 = 184;
export const TS_QUEUE_CYCLES: i32 = 192; // requests that wait for a walk slot, summed over ticks
export const TS_QUEUE_MAX: i32 = 200;
export const TM_STATS_BYTES: i32 = 256;
export const TM_HISTOGRAM: i32 = 0x1c0; // u64[HISTOGRAM_BUCKETS] of latencies in TCU cycles
export const HISTOGRAM_SUB: i32 = 6; // log2 of the buckets in each doubling; latencies below 2^(SUB + 1) are exact
export const HISTOGRAM_BUCKETS: i32 = 1280;
export const TM_STATE: i32 = 0x29c0; // scheduler, semaphores
export const TM_NOW: i32 = TM_STATE; // u64 tick
export const TM_WHEEL_LOG2: i32 = 12;
export const TM_BYTES: i32 = TM_STATE + 0x4000 + (4 << TM_WHEEL_LOG2);
/** Bucket of a latency of n cycles; n < 2^24. */
export function histogramBucket(n: i32): i32 {
  if (n < 2 << HISTOGRAM_SUB) return n;
  let shift: i32 = 0;
  while (n >> (shift + HISTOGRAM_SUB + 1)) shift++;
  const bucket: i32 = (shift << HISTOGRAM_SUB) + (n >> shift);
  return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}
/** Least latency that falls into a bucket. */
export function histogramFloor(bucket: i32): i32 {
  if (bucket < 2 << HISTOGRAM_SUB) return bucket;
  const shift: i32 = (bucket >> HISTOGRAM_SUB) - 1;
  return (bucket - (shift << HISTOGRAM_SUB)) << shift;
}

// ---- Times of a stream record, same order as the records ----
export const SL_COUNT: i32 = 0; // u64 transactions answered
export const SL_LATENCY_SUM: i32 = 8; // u64 cycles from acceptance to response
export const SL_LATENCY_MAX: i32 = 16; // u64
export const SL_BYTES: i32 = 24; // u64 of forwarded transactions
export const SL_HISTOGRAM: i32 = 32; // u32[STREAM_BUCKETS]
export const STREAM_BUCKETS: i32 = 224; // up to 2^17 cycles; the last one holds all above
export const STREAM_TIME_BYTES: i32 = 32 + 4 * 224;
/** A stream's bucket for bucket n of the device's histogram: below 32 cycles one each, above 16 in each doubling. */
export function streamBucket(n: i32): i32 {
  if (n < 32) return n;
  if (n < 64) return (n >> 1) + 16;
  const bucket: i32 = (n >> 2) + 32;
  return bucket < STREAM_BUCKETS ? bucket : STREAM_BUCKETS - 1;
}
/** Least latency that falls into a stream's bucket. */
export function streamFloor(bucket: i32): i32 {
  if (bucket < 32) return bucket;
  const shift: i32 = (bucket >> 4) - 1;
  return (bucket - (shift << 4)) << shift;
}

// ---- Event nodes ----
export const EN_BYTES: i32 = 24;
export const EN_SPARE: i32 = 128; // nodes beside those of requests and answers, and two for each TBU

// ---- Submitted transactions: the first Q_MACHINE bytes of a request block; the ticket stands behind ----
export const IN_BYTES: i32 = 0xb0;
export const IN_TICKET: i32 = 0xa0; // u32

// ---- Bytes of the bus for its transfers ----
export const SCRATCH: i32 = 0xb1c0; // u8[64]

// ---- The latest invalidations, by generation modulo INVALIDATIONS_KEPT: tlb/selection.ts ----
export const INVALIDATIONS: i32 = 0xb200;
export const INVALIDATIONS_KEPT: i32 = 256;
export const INVALIDATION_BYTES: i32 = 56;

/** First byte after the fixed part: the host places the sized regions from here on. */
export const FIXED_END: i32 = 0xea00;

// ---- Results of exported functions ----
export const LEFT_SOMETHING: i32 = -2; // lookup with time on: this less the address; the host has to look what the core left
export const ERR_NONE: i32 = 0;
export const ERR_VERSION: i32 = 1; // header magic or version differs

/** End of a region of `bytes` that starts at the first 16-byte boundary from `at`; the region's start is the result minus the rounded bytes. */
export function regionEnd(at: i32, bytes: i32): i32 {
  return ((at + 15) & ~15) + ((bytes + 15) & ~15);
}
/** Start of the region that `regionEnd(at, …)` placed. */
export function regionStart(at: i32): i32 {
  return (at + 15) & ~15;
}
/** Ways of one row of tags: even, so that pairs compare at once. */
export function rowWays(ways: i32): i32 {
  return (ways + 1) & ~1;
}
