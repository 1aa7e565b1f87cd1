// A plain transaction that comes while nothing is under way and hits its micro TLB: it can wait for nobody, and nobody for it,
// so that its times follow from each other without an event.
import {
  C_ENTRIES,
  C_LATENCY,
  C_TAG_KIND,
  FLAG_SSV,
  FLAG_WRITE,
  H_NOW,
  H_TRACE_MASK,
  SM_KEY,
  SM_MICRO,
  SM_STREAM,
  TAG_STREAM,
  TM_DATA_LATENCY,
  TM_MEM_BYTES,
  TM_PORT_BYTES,
  TM_TBU_TICKS,
  TM_TCU_TICKS,
} from '../abi';
import { base } from '../memory/base';
import { overflowBy } from '../queues/pmu';
import { counting } from '../state/pmu';
import { smmuEnabled } from '../state/regs';
import { FAST_FLAGS, accountMicroHit, hitAddress, microFind, microHit } from '../translate/fast';
import { memoAt, memoKey } from '../translate/streams';
import { beats, edgeAfter } from './delay';
import { noteAnswer } from './finish';
import { T_LAST_ARRIVAL, T_LAST_RESPONSE, T_NOW, tm } from './layout';
import { sourceOpen } from './source';
import { respondAt } from './stages';
import { noteOffer, noteSlotAlone, toCycles } from './tally';
import { NEVER, emptyWheel } from './wheel';

/** Output address of a transaction of `size` bytes that arrives a cycle after the last one; -1: it has to go the long way. */
export function translateAlone(sid: u32, ssid: u32, va: u64, flags: u32, size: u32): f64 {
  if (flags & ~FAST_FLAGS || sourceOpen() || !emptyWheel()) return -1;
  const substream = flags & FLAG_SSV ? (ssid & 0xfffff) | 0x80000000 : 0;
  const m = memoAt(sid, substream);
  if (load<u64>(m, SM_KEY) != memoKey(sid, substream)) return -1;
  const c = <usize>load<u32>(m, SM_MICRO);
  if (
    !smmuEnabled() ||
    !load<u32>(c, C_ENTRIES) ||
    load<u32>(c, C_TAG_KIND) != TAG_STREAM ||
    load<u32>(base, H_TRACE_MASK) ||
    counting() ||
    overflowBy(NEVER - 1) // none is planned
  )
    return -1;
  let line = microHit(c, sid, substream, va, flags);
  if (!line) line = microFind(c, sid, substream, va, flags);
  if (!line) return -1;

  const tbuTicks = load<u32>(tm, TM_TBU_TICKS);
  const tcuTicks = load<u32>(tm, TM_TCU_TICKS);
  const write = (flags & FLAG_WRITE) != 0;
  const arrival = load<u64>(tm, T_LAST_ARRIVAL) + <u64>tcuTicks;
  const accepted = max(arrival, load<u64>(tm, T_NOW));
  store<u64>(tm, arrival, T_LAST_ARRIVAL);
  store<u64>(tm, accepted, T_NOW);
  noteOffer();
  let at = edgeAfter(accepted, write ? beats(size, load<u32>(tm, TM_PORT_BYTES)) : 1, tbuTicks);
  at = edgeAfter(at, load<u32>(c, C_LATENCY), tbuTicks);
  at = edgeAfter(at, write ? beats(size, load<u32>(tm, TM_MEM_BYTES)) : 1, tcuTicks);
  store<u64>(tm, at, T_NOW);
  noteSlotAlone(accepted, at);
  accountMicroHit(<usize>load<u32>(m, SM_STREAM));
  const response = respondAt(edgeAfter(at, load<u32>(tm, TM_DATA_LATENCY), tcuTicks));
  noteAnswer(<usize>load<u32>(m, SM_STREAM), toCycles(response) - toCycles(accepted), response, size);
  const end = max(load<u64>(tm, T_LAST_RESPONSE), at);
  store<u64>(tm, end, T_NOW);
  store<u64>(base, toCycles(end), H_NOW);
  return <f64>hitAddress(line, va);
}
