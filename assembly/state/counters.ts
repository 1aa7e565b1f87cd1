// Counters of the device as a whole (abi: CT_*).
import { base } from '../memory/base';
import { COUNTERS } from '../abi';

/** One more in the counter at CT_*. */
@inline
export function count(counter: i32): void {
  const at = base + <usize>(COUNTERS + counter);
  store<u64>(at, load<u64>(at) + 1);
}
