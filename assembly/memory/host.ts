// The functions that the module imports: the embedder's bus, its memory's latency, and the map from streams to TBUs. They run inside the core
// and must not enter it again; the host refuses that with EBUSY.

/** Reads `len` bytes at physical address `pa` into linear memory at `ptr`. 0: external abort. */
@external("host", "busRead")
export declare function hostBusRead(pa: f64, ptr: usize, len: i32): i32;
/** Writes `len` bytes from linear memory at `ptr` to physical address `pa`. 0: external abort. */
@external("host", "busWrite")
export declare function hostBusWrite(pa: f64, ptr: usize, len: i32): i32;
/** Compare-and-exchange of 8 bytes; the value found is stored at `found`. 0: external abort. */
@external("host", "busCas")
export declare function hostBusCas(pa: f64, expected: u64, desired: u64, found: usize): i32;
/** The TBU of a StreamID that the core meets for the first time. */
@external("host", "tbuOf")
export declare function hostTbuOf(streamId: u32): i32;
/** TCU cycles from the issue of a table access at `cycle` to its answer; `what` is TableAccess. */
@external("host", "walkLatency")
export declare function hostWalkLatency(pa: f64, what: i32, level: i32, streamId: u32, cycle: f64): u32;
