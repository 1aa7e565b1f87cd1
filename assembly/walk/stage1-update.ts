// Hardware updates of stage 1 descriptors (IHI 0070 §3.13), through stage 2 when nested.
import * as EventRecord from '../arch/event-record';
import * as Pte from '../arch/pte';
import { bits } from '../memory/bits';
import * as Access from '../request/access';
import * as Config from '../request/config';
import * as Half from '../request/half';
import * as Machine from '../request/machine';
import { beginStage2, cfg, half } from '../request/machine';
import * as State from '../request/state';
import { madeDirty } from './permission';
import { updateDescriptor } from './update';

/**
 * The step of an update, or stage 2 first: of a nested stream a descriptor is updated where stage 2 lets the SMMU write (IHI 0070
 * §3.13.5; a fault has CLASS TT, TTRnW = 0).
 */
@inline
export function updateNeedsStage2(q: usize, next: u32): u32 {
  if (!(load<u32>(cfg(q), Config.FLAGS) & Config.FLAG_S2)) return next;
  return beginStage2(
    q,
    load<u64>(q, Machine.S1_IPA),
    EventRecord.CLASS_TT,
    Access.PRIVILEGED | Access.WRITE,
    next,
  );
}

/** The atomic update of the leaf; Machine.S2_PA is where stage 2 lets it be written. */
export function stage1Update(q: usize): u32 {
  const step = swap(q);
  if (step != State.DONE) return step;
  store<u64>(q, load<u64>(q, Machine.S1_NEW), Machine.S1_DESC);
  // A writable leaf waits for no further update (§3.13.3).
  if (!bits(load<u64>(q, Machine.S1_NEW), Pte.AP_2))
    store<u32>(q, madeDirty(load<u32>(q, Machine.S1_PERM)), Machine.S1_PERM);
  return State.S1_DONE;
}

export function stage1TableUpdate(q: usize): u32 {
  const step = swap(q);
  if (step != State.DONE) return step;
  store<u64>(q, load<u64>(q, Machine.S1_NEW), Machine.S1_DESC);
  return State.S1_NEXT;
}

/** Physical address of the descriptor that is read or updated next. */
export function stage1DescriptorAddress(q: usize): u64 {
  const translated =
    load<u32>(q, Machine.STATE) == State.S1_READ || (load<u32>(cfg(q), Config.FLAGS) & Config.FLAG_S2) != 0;
  return translated ? load<u64>(q, Machine.S2_PA) : load<u64>(q, Machine.S1_PA);
}

// State.DONE: swapped, or held back. Memory that changed since the read sends the walk back to its start.
function swap(q: usize): u32 {
  return updateDescriptor(
    q,
    1,
    load<i32>(q, Machine.S1_LEVEL),
    load<u32>(cfg(q), Config.FLAGS) & Config.FLAG_S2
      ? load<u64>(q, Machine.S2_PA)
      : load<u64>(q, Machine.S1_PA),
    (load<u32>(half(q), Half.FLAGS) & Half.FLAG_BIG_ENDIAN) != 0,
    load<u64>(q, Machine.S1_DESC),
    load<u64>(q, Machine.S1_NEW),
    EventRecord.CLASS_IN,
    load<u64>(q, Machine.S1_IPA),
    State.S1_REWALK,
  );
}
