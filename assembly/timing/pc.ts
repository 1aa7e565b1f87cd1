// The program counters of a transaction in time, and the steps of the state machine that they time.
import * as State from '../request/state';

/** Instead of a program counter: the transaction waits for time or for somebody else. */
export const WAITS: u32 = 0xffffffff;

// Program counters. Each waits for what its name says; _END comes when its time has passed.
export const PORT: u32 = 0;
export const PORT_END: u32 = 1;
export const MICRO: u32 = 2;
export const MICRO_END: u32 = 3;
export const MAIN: u32 = 4;
export const MAIN_END: u32 = 5;
export const HAZARD: u32 = 6;
export const WOKEN: u32 = 7;
export const TCU_SLOT: u32 = 8;
export const DOWN: u32 = 9;
export const DOWN_SENT: u32 = 10;
export const ARRIVED: u32 = 11;
export const STEP: u32 = 12; // the time of a step that holds no token has passed
export const CONFIG: u32 = 13;
export const CONFIG_END: u32 = 14;
export const READ: u32 = 15;
export const READ_ISSUED: u32 = 16;
export const START: u32 = 17;
export const START_END: u32 = 18;
export const EVALUATE: u32 = 19;
export const EVALUATE_END: u32 = 20;
export const TCU_TLB: u32 = 21;
export const TCU_TLB_END: u32 = 22;
export const WALK: u32 = 23;
export const PROBE: u32 = 24;
export const PROBE_END: u32 = 25;
export const IPA: u32 = 26;
export const IPA_END: u32 = 27;
export const UP: u32 = 28;
export const UP_SENT: u32 = 29;
export const UP_END: u32 = 30;
export const FILL_MAIN: u32 = 31;
export const FILL_MICRO: u32 = 32;
export const ORDER: u32 = 33;
export const FORWARD: u32 = 34;
export const FORWARD_END: u32 = 35;
export const FAULT_ORDER: u32 = 36;
export const EVENT: u32 = 37;
export const EVENT_SENT: u32 = 38;
export const FAULT_END: u32 = 39;
export const FILL_CONFIG: u32 = 40;
export const FILL_TABLE: u32 = 41;
export const FILL_WALK: u32 = 42;
export const FILL_IPA: u32 = 43;
export const FILL_TCU: u32 = 44;
export const BYPASS: u32 = 45;
export const CONFIG_WALK: u32 = 49;
export const PREFETCH: u32 = 46;
export const PREFETCH_SLOT: u32 = 47;
export const PREFETCH_FILL: u32 = 48;
export const EVENT_WRITTEN: u32 = 50;

/** The steps whose time the pipeline decides. */
export const STOPS: u64 =
  ((<u64>1) << State.MICRO) |
  ((<u64>1) << State.MAIN) |
  ((<u64>1) << State.LINK_DOWN) |
  ((<u64>1) << State.CONFIG_LOOKUP) |
  ((<u64>1) << State.L1STD_READ) |
  ((<u64>1) << State.STE_READ) |
  ((<u64>1) << State.L1CD_READ) |
  ((<u64>1) << State.CD_READ) |
  ((<u64>1) << State.TCU_LOOKUP) |
  ((<u64>1) << State.WALK) |
  ((<u64>1) << State.S1_PROBE) |
  ((<u64>1) << State.S1_READ) |
  ((<u64>1) << State.S1_EVALUATE) |
  ((<u64>1) << State.S1_UPDATE) |
  ((<u64>1) << State.S1_TABLE_UPDATE) |
  ((<u64>1) << State.S2_BEGIN) |
  ((<u64>1) << State.IPA_LOOKUP) |
  ((<u64>1) << State.S2_PROBE) |
  ((<u64>1) << State.S2_READ) |
  ((<u64>1) << State.S2_EVALUATE) |
  ((<u64>1) << State.S2_UPDATE) |
  ((<u64>1) << State.S2_TABLE_UPDATE) |
  ((<u64>1) << State.LINK_UP) |
  ((<u64>1) << State.TBU_FILL) |
  ((<u64>1) << State.FAULT) |
  ((<u64>1) << State.FORWARD) |
  ((<u64>1) << State.CONFIG_FILL) |
  ((<u64>1) << State.S2_NEXT) |
  ((<u64>1) << State.S2_DONE) |
  ((<u64>1) << State.COMBINE) |
  ((<u64>1) << State.COMMIT) |
  ((<u64>1) << State.RESTART);
export const TBU_LOOKUPS: u64 = ((<u64>1) << State.MICRO) | ((<u64>1) << State.MAIN);
