// The short way of a plain transaction that hits a stream-tagged micro TLB: the same times, statistics and replacement as the
// state machine gives, without its request block. Whoever turns out to be anything else goes on in the machine.
import {
  C_ENTRIES,
  C_MISSES,
  C_TAG_KIND,
  FLAG_SSV,
  H_TRACE_MASK,
  HM_STATUS,
  Q_FLAGS,
  Q_HIT,
  Q_IOVA,
  Q_LOG2,
  Q_PA,
  Q_SID,
  Q_SSID,
  Q_STATUS,
  HIT_MICRO,
  TAG_STREAM,
} from '../abi';
import { base, generation } from '../memory/base';
import { counting } from '../state/pmu';
import { smmuEnabled } from '../state/regs';
import { identify } from '../translate/begin';
import { accountMicroHit, hitAddress, microFind, microHit, microMissed } from '../translate/fast';
import * as M from '../walk/request';
import * as S from '../walk/states';
import { drop, held } from './delay';
import { HELD_SHORT } from './layout';
import { PC_ORDER } from './program';
import { place, step } from './place';

/** q has passed the port. True: it goes on to its micro TLB as it is; false: the machine begins. */
@inline
export function startsShort(q: usize): bool {
  if (!held(q, HELD_SHORT)) return false;
  const c = <usize>load<u32>(q, M.M_MICRO);
  if (
    smmuEnabled() &&
    load<u32>(c, C_ENTRIES) &&
    load<u32>(c, C_TAG_KIND) == TAG_STREAM &&
    !load<u32>(base, H_TRACE_MASK) &&
    !counting()
  ) {
    store<u32>(q, generation(), M.M_GENERATION);
    return true;
  }
  drop(q, HELD_SHORT);
  return false;
}

/** The micro TLB's time has passed: the program counter that follows. */
@inline
export function afterMicro(q: usize): u32 {
  if (!held(q, HELD_SHORT)) return step(q);
  const flags = load<u32>(q, Q_FLAGS);
  const substream = flags & FLAG_SSV ? (load<u32>(q, Q_SSID) & 0xfffff) | 0x80000000 : 0;
  const va = load<u64>(q, Q_IOVA);
  if (counting()) return longWay(q, flags, S.S_MICRO);
  const c = <usize>load<u32>(q, M.M_MICRO);
  const sid = load<u32>(q, Q_SID);
  let line = microHit(c, sid, substream, va, flags);
  if (!line) line = microFind(c, sid, substream, va, flags);
  if (!line) return microMissed ? missed(q, flags, c) : longWay(q, flags, S.S_MICRO);
  const status = load<u32>(line, HM_STATUS);
  store<u64>(q, 0, Q_STATUS); // STATUS_OK, and no event in Q_EVENT
  store<u64>(q, hitAddress(line, va), Q_PA);
  store<u32>(q, (status >> 16) & 0xff, Q_LOG2);
  store<u32>(q, HIT_MICRO, Q_HIT);
  return PC_ORDER;
}

function missed(q: usize, flags: u32, c: usize): u32 {
  store<u64>(c, load<u64>(c, C_MISSES) + 1, C_MISSES);
  return longWay(q, flags, S.S_MAIN);
}

// What `begin` would have done at the port, as of then; the machine goes on at `state`.
function longWay(q: usize, flags: u32, state: u32): u32 {
  drop(q, HELD_SHORT);
  const began = load<u32>(q, M.M_GENERATION);
  identify(q, flags);
  store<u32>(q, began, M.M_GENERATION);
  store<u32>(q, state, M.M_STATE);
  return state == S.S_MICRO ? step(q) : place(q, state);
}

/** q leaves for memory. True: its statistics are kept; false: the machine does that. */
@inline
export function endsShort(q: usize): bool {
  if (!held(q, HELD_SHORT)) return false;
  accountMicroHit(<usize>load<u32>(q, M.M_STREAM));
  return true;
}
