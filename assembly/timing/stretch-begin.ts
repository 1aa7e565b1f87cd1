// Where a stretch of hits (stretch.ts) may begin: nothing is under way, and the device is one whose rows its loop knows, watched by nobody.
import * as Cache from '../abi/cache';
import * as Header from '../abi/header';
import * as Timing from '../abi/timing';
import { base } from '../memory/base';
import { overflowBy } from '../queues/pmu';
import { counting } from '../state/pmu';
import { smmuEnabled } from '../state/regs';
import { MOST_PERIOD } from './period';
import { tm } from './region';
import * as Scheduler from './scheduler';
import { NEVER } from './wheel';

/** Cycles of a latency or a gap, at most. */
export const MOST_CYCLES: u64 = 1 << 16;

/** Nothing is under way but an offer of a batch: a stretch may begin. */
@inline
export function still(): bool {
  const source = load<u32>(tm, Scheduler.SOURCE);
  return (
    (source == Scheduler.SOURCE_OPEN || source == Scheduler.SOURCE_LOOP) &&
    !(
      load<u32>(tm, Scheduler.ACTIVE) |
      load<u32>(tm, Scheduler.ANSWERS) |
      load<u32>(tm, Scheduler.BACKGROUND)
    )
  );
}

@inline
function powerOfTwo(n: u32): bool {
  return (n & (n - 1)) == 0;
}

/** The device is one whose rows these loops know, and nobody watches them. */
export function takes(c: usize, main: usize): bool {
  const inside =
    load<u32>(tm, Timing.DATA_LATENCY) |
    load<u32>(tm, Timing.RESPONSE) |
    load<u32>(c, Cache.LATENCY) |
    load<u32>(main, Cache.LATENCY);
  return (
    load<u32>(base, Header.STRETCH_RECORDS) != 0 &&
    !load<u32>(base, Header.DONE_COUNT) && // the scratch lies there
    load<u32>(base, Header.TBUS) == 1 &&
    load<u32>(tm, Scheduler.INBOX_NEXT) == load<u32>(base, Header.INBOX_TAIL) &&
    load<u32>(tm, Scheduler.OFFER_SET) != 0 &&
    load<u32>(tm, Scheduler.ROW_READY) == Scheduler.READY_ROW &&
    !load<u32>(tm, Scheduler.REFUSED) &&
    smmuEnabled() &&
    load<u32>(c, Cache.ENTRIES) != 0 &&
    load<u32>(c, Cache.TAG_KIND) == Cache.TAG_STREAM &&
    load<u32>(c, Cache.LATENCY) != 0 &&
    !load<u32>(base, Header.TRACE_MASK) &&
    !counting() &&
    !overflowBy(NEVER - 1) && // none is planned
    load<u32>(tm, Timing.MEM_PORTS) == 1 &&
    load<u32>(tm, Timing.TCU_TICKS) < MOST_PERIOD &&
    load<u32>(tm, Timing.TBU_TICKS) < MOST_PERIOD &&
    inside < <u32>MOST_CYCLES &&
    (load<u32>(tm, Timing.DATA_LATENCY) | load<u32>(tm, Timing.RESPONSE)) != 0 &&
    powerOfTwo(load<u32>(tm, Timing.PORT_BYTES)) &&
    powerOfTwo(load<u32>(tm, Timing.MEM_BYTES))
  );
}

/** A row that misses the micro TLB may go on to the main TLB. */
export function takesMain(main: usize): bool {
  return (
    load<u32>(main, Cache.ENTRIES) != 0 &&
    load<u32>(main, Cache.TAG_KIND) == Cache.TAG_STREAM &&
    load<u32>(main, Cache.LATENCY) != 0 &&
    !(load<u32>(tm, Timing.PREFETCH) && load<u32>(tm, Timing.PREFETCH_TBU))
  );
}
