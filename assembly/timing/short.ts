// The short way of a plain transaction that hits a stream-tagged micro TLB: the same times, statistics and replacement as the
// state machine gives, without its request block. Whoever turns out to be anything else goes on in the machine.
import * as Cache from '../abi/cache';
import * as Entry from '../abi/entry';
import * as Flag from '../abi/flag';
import * as Header from '../abi/header';
import * as HitPlace from '../abi/hit-place';
import * as Request from '../abi/request';
import * as Machine from '../request/machine';
import * as Substream from '../request/substream';
import * as State from '../request/state';
import { base, generation } from '../memory/base';
import { bits32 } from '../memory/bits';
import { counting } from '../state/pmu';
import { smmuEnabled } from '../state/regs';
import { identify } from '../translate/begin';
import { accountMicroHit, hitAddress, microFind, microMissed } from '../translate/fast';
import { keepEntry } from '../translate/tbu';
import { answeredBy } from '../walk/hit';
import { drop, held } from './delay';
import * as Pc from './pc';
import * as Process from './process';
import { place, step } from './place';

/** q has passed the port. True: it goes on to its micro TLB as it is; false: the machine begins. */
@inline
export function startsShort(q: usize): bool {
  if (!held(q, Process.HELD_SHORT)) return false;
  const c = <usize>load<u32>(q, Machine.MICRO);
  if (
    SHORT_CUTS &&
    smmuEnabled() &&
    load<u32>(c, Cache.ENTRIES) &&
    load<u32>(c, Cache.TAG_KIND) == Cache.TAG_STREAM &&
    !load<u32>(base, Header.TRACE_MASK) &&
    !counting()
  ) {
    store<u32>(q, generation(), Machine.GENERATION);
    return true;
  }
  drop(q, Process.HELD_SHORT);
  return false;
}

/** The micro TLB's time has passed: the program counter that follows. */
@inline
export function afterMicro(q: usize): u32 {
  if (!held(q, Process.HELD_SHORT)) return step(q);
  const flags = load<u32>(q, Request.FLAGS);
  const substream = Substream.word(flags, load<u32>(q, Request.SSID));
  const va = load<u64>(q, Request.IOVA);
  if (counting()) return longWay(q, flags, State.MICRO); // the machine tells the PMCGs of it (IHI 0070 §10.3)
  const c = <usize>load<u32>(q, Machine.MICRO);
  const sid = load<u32>(q, Request.SID);
  const e = microFind(c, sid, substream, va, flags);
  if (!e) return microMissed ? missed(q, flags, c) : longWay(q, flags, State.MICRO);
  store<u64>(q, 0, Request.STATUS); // Status.OK, and no event in Request.EVENT
  store<u64>(q, hitAddress(e, va), Request.PA);
  store<u32>(q, bits32(load<u32>(e, Entry.SPANS), Entry.SPANS_ENTRY), Request.LOG2);
  store<u32>(q, answeredBy(e, HitPlace.MICRO), Request.HIT);
  // What it holds from now on, for invalidations that come before it leaves.
  keepEntry(q, c, e);
  store<u32>(q, State.FORWARD, Machine.STATE);
  return Pc.ORDER;
}

function missed(q: usize, flags: u32, c: usize): u32 {
  store<u64>(c, load<u64>(c, Cache.MISSES) + 1, Cache.MISSES);
  return longWay(q, flags, State.MAIN);
}

// What `begin` would have done at the port, as of then; the machine goes on at `state`.
function longWay(q: usize, flags: u32, state: u32): u32 {
  drop(q, Process.HELD_SHORT);
  const began = load<u32>(q, Machine.GENERATION);
  identify(q, flags);
  store<u32>(q, began, Machine.GENERATION);
  store<u32>(q, state, Machine.STATE);
  return state == State.MICRO ? step(q) : place(q, state);
}

/** q leaves for memory. True: its statistics are kept; false: the machine does that. */
@inline
export function endsShort(q: usize): bool {
  if (!held(q, Process.HELD_SHORT)) return false;
  accountMicroHit(<usize>load<u32>(q, Machine.STREAM), load<u32>(q, Request.HIT));
  return true;
}
