// What most events of a timed walk do: a descriptor is read, and it is a plain Table. The same as State.S1_READ, and as S1_EVALUATE,
// S1_NEXT and S1_ADDRESS (of stage 2: S2_READ, S2_EVALUATE, S2_NEXT), for a configuration with a plan (walk/plan.ts), in the 48-bit
// format, little-endian, with the memory window used last, and watched by nobody. Whatever else comes is left to those steps, and
// nothing has changed then. test/equal/timed.test.ts holds both equal.
import { address, bits, maskOf, pow2 } from '../memory/bits';
import { memoBase, memoLimit, read64 } from '../memory/bus';
import * as CacheIndex from '../abi/cache-index';
import * as Request from '../abi/request';
import * as EventRecord from '../arch/event-record';
import * as Pte from '../arch/pte';
import * as Access from '../request/access';
import * as Config from '../request/config';
import * as Half from '../request/half';
import * as Machine from '../request/machine';
import * as State from '../request/state';
import { tracing } from '../request/trace';
import { countRead } from '../state/counters';
import { counting } from '../state/pmu';
import { descriptorAt } from './descriptor';
import { hasWalkCache, route } from './fill';

/** Not a state: the steps of the machine have to do it. */
export const OTHERWISE: u32 = 0xff;

@inline
function plain(q: usize, half: usize): bool {
  return (
    load<u32>(Machine.cfg(q), Config.PLAN) != 0 &&
    load<u8>(half, Half.FORMAT) == Half.FORMAT_48 &&
    !(load<u32>(half, Half.FLAGS) & Half.FLAG_BIG_ENDIAN)
  );
}

@inline
function readable(q: usize, half: usize, pa: u64): bool {
  return (
    pa - memoBase < memoLimit &&
    plain(q, half) &&
    !load<u32>(q, Machine.DEFERRED) &&
    !tracing() &&
    !counting()
  );
}

/** The descriptor of stage 1 that is due: `stage1Read`. */
export function readStep1(q: usize): bool {
  const pa = load<u64>(q, Machine.S2_PA);
  if (!readable(q, Machine.half(q), pa)) return false;
  const level = load<i32>(q, Machine.S1_LEVEL);
  if (load<u32>(q, Machine.TABLE_FRESH)) {
    if (hasWalkCache(level - 1)) return false;
    store<u32>(q, 0, Machine.TABLE_PA);
    store<u32>(q, 0, Machine.TABLE_FRESH);
  }
  store<u64>(q, pa, Machine.S1_PA);
  store<u32>(q, load<u32>(q, Request.READS_S1) + 1, Request.READS_S1);
  countRead(0, level);
  store<u64>(q, read64(pa), Machine.S1_DESC);
  return true;
}

/** That of stage 2: `stage2Read`. */
export function readStep2(q: usize): bool {
  const half = Machine.cfg(q) + Config.STAGE2;
  const level = load<i32>(q, Machine.S2_LEVEL);
  const pa = descriptorAt(half, load<u64>(q, Machine.S2_TABLE), level, load<u64>(q, Machine.S2_IPA));
  if (!readable(q, half, pa)) return false;
  store<u64>(q, pa, Machine.S2_DESC_PA);
  store<u32>(q, load<u32>(q, Request.READS_S2) + 1, Request.READS_S2);
  countRead(1, level);
  store<u64>(q, read64(pa), Machine.S2_DESC);
  return true;
}

// The table that a plain Table descriptor leads to; 0: it is something else, or lies at 0.
@inline
function tableOf(half: usize, desc: u64, level: i32, size: u64): u64 {
  const hierarchical = maskOf(Pte.APTable) | maskOf(Pte.UXNTable) | maskOf(Pte.PXNTable);
  if (level == 3 || bits(desc, Pte.Type) != Pte.TYPE_TABLE || desc & hierarchical) return 0;
  const table = address(desc, Pte.Address_4K) & ~(pow2(load<u8>(half, Half.GRANULE)) - 1);
  return table >> size ? 0 : table;
}

/** One level down in stage 1; the step that follows, or OTHERWISE. */
export function tableStep1(q: usize): u32 {
  const half = Machine.half(q);
  if (!plain(q, half)) return OTHERWISE;
  const c = Machine.cfg(q);
  const level = load<i32>(q, Machine.S1_LEVEL);
  const table = tableOf(half, load<u64>(q, Machine.S1_DESC), level, <u64>load<u32>(c, Config.IPS));
  if (!table) return OTHERWISE;
  const at = descriptorAt(half, table, level + 1, load<u64>(q, Request.IOVA));
  store<u64>(q, table, Machine.S1_TABLE);
  store<u64>(q, table, Machine.TABLE_IPA);
  store<u32>(q, 0, Machine.TABLE_PA);
  store<u32>(q, 1, Machine.TABLE_FRESH);
  store<i32>(q, level + 1, Machine.S1_LEVEL);
  store<u64>(q, at, Machine.S1_IPA);
  store<u64>(q, at, Machine.S2_PA);
  if (!(load<u32>(c, Config.FLAGS) & Config.FLAG_S2)) return State.S1_READ;
  return Machine.beginStage2(q, at, EventRecord.CLASS_TT, Access.PRIVILEGED, State.S1_READ);
}

/** One level down in stage 2, where no cache is to hold the table. */
export function tableStep2(q: usize): u32 {
  const c = Machine.cfg(q);
  const half = c + Config.STAGE2;
  const level = load<i32>(q, Machine.S2_LEVEL);
  if (!plain(q, half) || route(1, level) != CacheIndex.NONE) return OTHERWISE;
  const table = tableOf(half, load<u64>(q, Machine.S2_DESC), level, <u64>load<u32>(c, Config.S2PS));
  if (!table) return OTHERWISE;
  store<u64>(q, table, Machine.S2_TABLE);
  store<i32>(q, level + 1, Machine.S2_LEVEL);
  return State.S2_READ;
}
