// A plain transaction that comes while nothing is under way and hits its micro TLB: it can wait for nobody, and nobody for it,
// so that its times follow from each other without an event.
import * as Cache from '../abi/cache';
import * as Header from '../abi/header';
import * as HitPlace from '../abi/hit-place';
import * as StreamMemo from '../abi/stream-memo';
import { base } from '../memory/base';
import { overflowBy } from '../queues/pmu';
import * as Substream from '../request/substream';
import { counting } from '../state/pmu';
import { smmuEnabled } from '../state/regs';
import { answeredBy } from '../walk/hit';
import { FAST_FLAGS, accountMicroHit, hitAddress, microFind } from '../translate/fast';
import { isLineOf, memoAt } from '../translate/streams';
import { rememberAlone } from './again';
import { passAlone } from './alone-times';
import { sourceOpen } from './source';
import { timesOf } from './stream-tally';
import { NEVER, emptyWheel } from './wheel';

/** Output address of a transaction of the default size that arrives a cycle after the last one; -1: it has to go the long way. */
export function translateAlone(sid: u32, ssid: u32, va: u64, flags: u32): f64 {
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
  const record = <usize>load<u32>(m, StreamMemo.STREAM);
  accountMicroHit(record, answeredBy(e, HitPlace.MICRO));
  passAlone(c, flags, timesOf(record));
  return <f64>hitAddress(e, va);
}
