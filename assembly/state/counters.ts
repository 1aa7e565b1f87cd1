// Counters of the device as a whole (abi: CT_*).
import { COUNTERS, CT_CONFIG_READS, CT_LEVEL_READS } from '../abi';
import { base } from '../memory/base';

/** One more in the counter at CT_*. */
@inline
export function count(counter: i32): void {
  const at = base + <usize>(COUNTERS + counter);
  store<u64>(at, load<u64>(at) + 1);
}

/** An entry of the stream table or a CD table is read; `what`: WALK_L1STD to WALK_CD. */
@inline
export function countConfigRead(what: i32): void {
  count(CT_CONFIG_READS + (what << 3));
}

/** A descriptor of a level is read; `stage2`: 0 or 1. */
@inline
export function countRead(stage2: i32, level: i32): void {
  count(CT_LEVEL_READS + ((stage2 * 5 + level + 1) << 3));
}
