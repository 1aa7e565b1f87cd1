// A plain transaction that comes while nothing is under way and hits its micro TLB: it can wait for nobody, and nobody for it,
// so that its times follow from each other without an event.
import * as Cache from '../abi/cache';
import * as Flag from '../abi/flag';
import * as Header from '../abi/header';
import * as HitPlace from '../abi/hit-place';
import * as StreamMemo from '../abi/stream-memo';
import * as Timing from '../abi/timing';
import { base } from '../memory/base';
import { overflowBy } from '../queues/pmu';
import * as Substream from '../request/substream';
import { counting } from '../state/pmu';
import { smmuEnabled } from '../state/regs';
import { answeredBy } from '../walk/hit';
import { FAST_FLAGS, accountMicroHit, hitAddress, microFind } from '../translate/fast';
import { isLineOf, memoAt } from '../translate/streams';
import { rememberAlone } from './again';
import { beats, edgeAfter } from './delay';
import { noteAnswer } from './finish';
import { tm } from './region';
import * as Scheduler from './scheduler';
import { sourceOpen } from './source';
import { respondAt } from './passage';
import { noteOffer, noteSlotAlone, toCycles } from './tally';
import { NEVER, emptyWheel } from './wheel';

/** Output address of a transaction of `size` bytes that arrives a cycle after the last one; -1: it has to go the long way. */
export function translateAlone(sid: u32, ssid: u32, va: u64, flags: u32, size: u32): f64 {
  if (!SHORT_CUTS || flags & ~FAST_FLAGS || sourceOpen() || !emptyWheel()) return -1;
  const substream = Substream.word(flags, ssid);
  const m = memoAt(sid, substream);
  if (!isLineOf(m, sid, substream)) return -1;
  const c = <usize>load<u32>(m, StreamMemo.MICRO);
  if (
    !smmuEnabled() ||
    !load<u32>(c, Cache.ENTRIES) ||
    load<u32>(c, Cache.TAG_KIND) != Cache.TAG_STREAM ||
    load<u32>(base, Header.TRACE_MASK) ||
    counting() ||
    overflowBy(NEVER - 1) // none is planned
  )
    return -1;
  const e = microFind(c, sid, substream, va, flags);
  if (!e) return -1;
  rememberAlone(sid, substream, m, e, va);

  const tbuTicks = load<u32>(tm, Timing.TBU_TICKS);
  const tcuTicks = load<u32>(tm, Timing.TCU_TICKS);
  const write = (flags & Flag.WRITE) != 0;
  const arrival = load<u64>(tm, Scheduler.LAST_ARRIVAL) + <u64>tcuTicks;
  const accepted = max(arrival, load<u64>(tm, Scheduler.NOW));
  store<u64>(tm, arrival, Scheduler.LAST_ARRIVAL);
  store<u64>(tm, accepted, Scheduler.NOW);
  noteOffer();
  let at = edgeAfter(accepted, write ? beats(size, load<u32>(tm, Timing.PORT_BYTES)) : 1, tbuTicks);
  at = edgeAfter(at, load<u32>(c, Cache.LATENCY), tbuTicks);
  at = edgeAfter(at, write ? beats(size, load<u32>(tm, Timing.MEM_BYTES)) : 1, tcuTicks);
  store<u64>(tm, at, Scheduler.NOW);
  noteSlotAlone(accepted, at);
  accountMicroHit(<usize>load<u32>(m, StreamMemo.STREAM), answeredBy(e, HitPlace.MICRO));
  const response = respondAt(edgeAfter(at, load<u32>(tm, Timing.DATA_LATENCY), tcuTicks));
  noteAnswer(<usize>load<u32>(m, StreamMemo.STREAM), toCycles(response) - toCycles(accepted), response, size);
  const end = max(load<u64>(tm, Scheduler.LAST_RESPONSE), at);
  store<u64>(tm, end, Scheduler.NOW);
  store<u64>(base, toCycles(end), Header.NOW);
  return <f64>hitAddress(e, va);
}
