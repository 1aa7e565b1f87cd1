// A look-up that comes while nothing is under way, of the stream of the last such one (timing/alone.ts), that finds its page in the way
// where pages like it were last: what `translateAlone` does, from what is at hand.
import * as Cache from '../abi/cache';
import * as Entry from '../abi/entry';
import * as Header from '../abi/header';
import * as HitPlace from '../abi/hit-place';
import * as StreamMemo from '../abi/stream-memo';
import * as StreamRecord from '../abi/stream-record';
import { base } from '../memory/base';
import { add } from '../memory/sum';
import { entryOf, payload, tagAt } from '../tlb/array';
import * as LastStream from '../tlb/last-stream';
import { ADDRESS, hintAt, hints, noteHit, pageTag } from '../tlb/quiet';
import { unusual } from '../translate/quick';
import { passAgain, passAlone } from './alone-times';
import { tm } from './region';
import * as Scheduler from './scheduler';
import { timesOf } from './stream-tally';

/** Of the micro TLB at hand: where its entries begin, and whether it is quiet (tlb/quiet.ts); what is kept of its stream's times. */
let data: usize = 0;
let quiet: bool = false;
let times: usize = 0;

/** The last look-up alone was of this stream, with memo line m, and hit the entry at e of its micro TLB. */
export function rememberAlone(sid: u32, substream: u32, m: usize, e: usize, va: u64): void {
  const micro = <usize>load<u32>(m, StreamMemo.MICRO);
  if (substream || !takes(micro)) return;
  const t = tagAt(micro, 0);
  store<u8>(hintAt(hints(), va), <u8>entryOf(micro, e));
  if (<u64>sid == LastStream.timedSid) return;
  const counter = <usize>load<u32>(m, StreamMemo.STREAM) + StreamRecord.HIT + 8 * HitPlace.MICRO;
  LastStream.rememberStream(sid, micro, t, load<u32>(m, StreamMemo.CONTEXT), counter, hints());
  LastStream.withTime();
  data = payload(micro, 0);
  times = timesOf(<usize>load<u32>(m, StreamMemo.STREAM));
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

// Somebody else is under way, waits, is to be offered, or has left something for the host.
@inline
function crowded(): u64 {
  const b = base;
  const s = tm;
  return (
    load<u64>(s, Scheduler.MAP_WORDS) |
    (<u64>(
      (load<u32>(s, Scheduler.FAR) |
        load<u32>(b, Header.NOTIFY_COUNT) |
        load<u32>(b, Header.DONE_COUNT) |
        load<u32>(s, Scheduler.SOURCE) |
        (load<u32>(s, Scheduler.INBOX_NEXT) ^ load<u32>(b, Header.INBOX_TAIL)))
    )) |
    load<u64>(b, Header.PMU_NEXT)
  );
}

/** Output address of a look-up as `lookup` has it; -1: another way. */
export function lookupAgain(sid: u32, va: u64, packed: u32): f64 {
  if (((<u64>sid) ^ LastStream.timedSid) | (<u64>unusual(packed)) | (va >> 52) | crowded()) return -1;
  const t = LastStream.lastTags;
  const way = <usize>load<u8>(hintAt(LastStream.lastHints, va));
  if (load<u64>(t + (way << 3)) != pageTag(va, LastStream.lastContext)) return -1;
  const hot = load<u64>(data + way * Entry.BYTES, Entry.PA);
  if (!((hot >> (<u64>packed)) & 1)) return -1;

  const micro = LastStream.lastMicro;
  if (quiet) noteHit(micro, t, way << 4);
  else add(micro + Cache.HITS);
  add(LastStream.lastCounter, 1);
  if (!passAgain(micro, packed, times)) passAlone(micro, packed, times);
  return <f64>(<i64>((hot & ADDRESS) | (va & 0xfff)));
}
