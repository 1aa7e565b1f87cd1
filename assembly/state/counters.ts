// Counters of the device as a whole (abi: DeviceCounters).
import * as DeviceCounters from '../abi/device-counters';
import * as Layout from '../abi/layout';
import { base } from '../memory/base';

/** One more in the counter at DeviceCounters. */
@inline
export function count(counter: i32): void {
  const at = base + <usize>(Layout.COUNTERS + counter);
  store<u64>(at, load<u64>(at) + 1);
}

/** An entry of the stream table or a CD table is read; `what`: TableAccess.L1STD to TableAccess.CD. */
@inline
export function countConfigRead(what: i32): void {
  count(DeviceCounters.CONFIG_READS + (what << 3));
}

/** A descriptor of a level is read; `stage2`: 0 or 1. */
@inline
export function countRead(stage2: i32, level: i32): void {
  count(DeviceCounters.LEVEL_READS + ((stage2 * 5 + level + 1) << 3));
}
