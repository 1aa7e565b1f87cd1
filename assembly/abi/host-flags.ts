// What the host offers the core: bits of Header.HOST_FLAGS.

export const BUS: i32 = 1; // host.busRead/busWrite/busCas may be called
export const TBU_OF: i32 = 2; // host.tbuOf decides the TBU of a new stream
export const MSI: i32 = 4; // the host takes MSIs that neither RAM nor the bus took
export const CLAIMED_CAS: i32 = 8; // the bus has compareExchange64
export const LATENCY: i32 = 32; // host.walkLatency tells how long each table access takes
export const ASYNC: i32 = 16; // commands have their effect, and CONS moves, as time passes
