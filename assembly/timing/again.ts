// A look-up that comes while nothing is under way, of the stream of the last such one (timing/alone.ts), that finds its page in the way
// where pages like it were last: what `translateAlone` does, from what is at hand. Cycles are counted from an anchor, a clock edge of both
// clocks, so that a product stands for each division.
import * as Cache from '../abi/cache';
import * as Entry from '../abi/entry';
import * as Flag from '../abi/flag';
import * as Header from '../abi/header';
import * as HitPlace from '../abi/hit-place';
import * as Request from '../abi/request';
import * as StreamMemo from '../abi/stream-memo';
import * as StreamRecord from '../abi/stream-record';
import * as Timing from '../abi/timing';
import { base } from '../memory/base';
import { add } from '../memory/sum';
import { entryOf, payload, tagAt } from '../tlb/array';
import * as LastStream from '../tlb/last-stream';
import { ADDRESS, hintAt, hints, noteHit, pageTag } from '../tlb/quiet';
import { unusual } from '../translate/quick';
import { beats } from './delay';
import { noteAnswer } from './finish';
import { tm } from './region';
import * as Scheduler from './scheduler';
import { sourceOpen } from './source';
import { noteOffer, noteSlotAlone, toCycles } from './tally';

/** Products are exact of fewer ticks than 2^28, and cycles of at most 255: so far from the anchor, and the latencies of one look-up. */
const FAR: u64 = 1 << 27;
const MOST_LATENCY: u64 = 1 << 26;
const SHIFT: u64 = 36;
const MOST_TICKS: u64 = 255;

let anchor: u64 = 0;
/** Ticks from the anchor on that products are good for; 0: there is no anchor yet. */
let reach: u64 = 0;
let anchorCycle: u64 = 0;
let byTcu: u64 = 0;
let byTbu: u64 = 0;
/** Of the micro TLB at hand: where its entries begin, and whether it is quiet (tlb/quiet.ts). */
let data: usize = 0;
let quiet: bool = false;

/** The last look-up alone was of this stream, with memo line m, and hit the entry at e of its micro TLB. */
export function rememberAlone(sid: u32, substream: u32, m: usize, e: usize, va: u64): void {
  const micro = <usize>load<u32>(m, StreamMemo.MICRO);
  if (substream || !takes(micro)) return;
  const t = tagAt(micro, 0);
  store<u8>(hintAt(hints(), va), <u8>entryOf(micro, e));
  if (<u64>sid == LastStream.timedSid) return;
  const counter = <usize>load<u32>(m, StreamMemo.STREAM) + StreamRecord.HIT + 8 * HitPlace.MICRO;
  reach = 0;
  LastStream.rememberTimed(sid, micro, t, load<u32>(m, StreamMemo.CONTEXT), counter, hints());
  data = payload(micro, 0);
  quiet = load<u32>(micro, Cache.QUIET) != 0;
}

// A TLB of one set, whose ways a hint can name, that is quiet, or whose policy is told of no hit.
@inline
function takes(micro: usize): bool {
  if (load<u32>(micro, Cache.QUIET)) return true;
  const policy = load<u32>(micro, Cache.POLICY);
  return (
    load<u32>(micro, Cache.TAG_KIND) == Cache.TAG_STREAM &&
    load<u32>(micro, Cache.SETS) == 1 &&
    load<u32>(micro, Cache.ENTRIES) <= 256 &&
    (policy == Cache.POLICY_ROUND_ROBIN || policy == Cache.POLICY_RANDOM)
  );
}

// Makes `now` the anchor, or an edge of both clocks shortly before it; false: of such clocks there are no products.
function moveAnchor(now: u64): bool {
  const tcu = <u64>load<u32>(tm, Timing.TCU_TICKS);
  const tbu = <u64>load<u32>(tm, Timing.TBU_TICKS);
  const latencies =
    <u64>load<u32>(LastStream.lastMicro, Cache.LATENCY) +
    <u64>load<u32>(tm, Timing.DATA_LATENCY) +
    <u64>load<u32>(tm, Timing.RESPONSE) +
    2 * <u64>Request.DEFAULT_SIZE;
  if (max(tcu, tbu) > MOST_TICKS || latencies * max(tcu, tbu) > MOST_LATENCY) return false;
  anchor = now - (now % (tcu * tbu));
  anchorCycle = anchor / tcu;
  byTcu = ((<u64>1) << SHIFT) / tcu + 1;
  byTbu = ((<u64>1) << SHIFT) / tbu + 1;
  reach = FAR;
  return true;
}

// Ticks to cycles of a clock, rounded up.
@inline
function cycles(ticks: u64, period: u64, by: u64): u64 {
  return ((ticks + period - 1) * by) >> SHIFT;
}

// Somebody else is under way, waits, or has left something for the host.
@inline
function crowded(): u64 {
  const b = base;
  const s = tm;
  return (
    load<u64>(s, Scheduler.MAP_WORDS) |
    (<u64>(
      (load<u32>(s, Scheduler.FAR) | load<u32>(b, Header.NOTIFY_COUNT) | load<u32>(b, Header.DONE_COUNT))
    )) |
    load<u64>(b, Header.PMU_NEXT)
  );
}

/** Output address of a look-up as `lookup` has it; -1: another way. */
export function lookupAgain(sid: u32, va: u64, packed: u32): f64 {
  if (((<u64>sid) ^ LastStream.timedSid) | (<u64>unusual(packed)) | (va >> 52) | crowded()) return -1;
  if (sourceOpen()) return -1;
  const t = LastStream.lastTags;
  const way = <usize>load<u8>(hintAt(LastStream.lastHints, va));
  if (load<u64>(t + (way << 3)) != pageTag(va, LastStream.lastContext)) return -1;
  const hot = load<u64>(data + way * Entry.BYTES, Entry.PA);
  if (!((hot >> (<u64>packed)) & 1)) return -1;

  const s = tm;
  const tcu = <u64>load<u32>(s, Timing.TCU_TICKS);
  const tbu = <u64>load<u32>(s, Timing.TBU_TICKS);
  const arrival = load<u64>(s, Scheduler.LAST_ARRIVAL) + tcu;
  const accepted = max(arrival, load<u64>(s, Scheduler.NOW));
  if (accepted - anchor >= reach && !moveAnchor(accepted)) return -1;
  const micro = LastStream.lastMicro;
  if (quiet) noteHit(micro, t, way << 4);
  else add(micro + Cache.HITS);
  add(LastStream.lastCounter, 1);
  store<u64>(s, arrival, Scheduler.LAST_ARRIVAL);
  store<u64>(s, accepted, Scheduler.NOW);
  noteOffer();
  let port: u64 = 1;
  let memory: u64 = 1;
  if (packed & Flag.WRITE) {
    port = <u64>beats(Request.DEFAULT_SIZE, load<u32>(s, Timing.PORT_BYTES));
    memory = <u64>beats(Request.DEFAULT_SIZE, load<u32>(s, Timing.MEM_BYTES));
  }
  const from = accepted - anchor;
  const looked = (cycles(from, tbu, byTbu) + port + <u64>load<u32>(micro, Cache.LATENCY)) * tbu;
  const left = cycles(looked, tcu, byTcu) + memory;
  const answer = (left + <u64>load<u32>(s, Timing.DATA_LATENCY)) * tcu;
  const seen = (cycles(answer, tbu, byTbu) + <u64>load<u32>(s, Timing.RESPONSE)) * tbu;
  const ended = cycles(seen, tcu, byTcu);
  const at = anchor + left * tcu;
  const response = anchor + seen;
  noteSlotAlone(accepted, at);
  const record = LastStream.lastCounter - (StreamRecord.HIT + 8 * HitPlace.MICRO);
  noteAnswer(record, ended - cycles(from, tcu, byTcu), response, Request.DEFAULT_SIZE);
  const last = load<u64>(s, Scheduler.LAST_RESPONSE);
  store<u64>(s, last, Scheduler.NOW);
  store<u64>(base, last == response ? anchorCycle + ended : toCycles(last), Header.NOW);
  return <f64>(<i64>((hot & ADDRESS) | (va & 0xfff)));
}
