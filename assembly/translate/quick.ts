// The shortest way of one look-up: a plain access, without a SubstreamID, that hits a page of 4 KiB in a micro TLB of the shape that
// loops know (tlb/quiet.ts), with time off and nobody counting or tracing. It does what `fastHit` does (translate/fast.ts), which is
// what State.MICRO and State.FORWARD do, and calls nothing before it is done, so that nothing is kept for a call. Whatever else a look-up
// is has changed nothing here. test/equal/.
import * as Cache from '../abi/cache';
import * as Entry from '../abi/entry';
import * as Header from '../abi/header';
import * as HitPlace from '../abi/hit-place';
import * as StreamMemo from '../abi/stream-memo';
import * as StreamRecord from '../abi/stream-record';
import { smmuEnabled } from '../state/regs';
import { base } from '../memory/base';
import { add } from '../memory/sum';
import { tagAt } from '../tlb/array';
import * as LastStream from '../tlb/last-stream';
import {
  ADDRESS,
  entryOfWay,
  hintAt,
  hintOfEntry,
  hints,
  noteHit,
  pageTag,
  quietHitAt,
  tagOfWay,
} from '../tlb/quiet';
import { isLineOf, memoAt } from './streams';

/** The highest twelve bits of 2^52 as a number of 64 bits. */
const INTEGER_TOP: u64 = 0x433;
/** Flags of an access: write, instruction, privileged. */
const ACCESS: u32 = 7;

// Makes the stream the one at hand, if its look-ups may come this way at all. What is asked here alone makes it forgotten when it
// changes: SMMUEN (device/cr0.ts), the memo, the context numbers.
function remember(sid: u32): bool {
  if (!smmuEnabled()) return false;
  const m = memoAt(sid, 0);
  if (!isLineOf(m, sid, 0)) return false;
  const micro = <usize>load<u32>(m, StreamMemo.MICRO);
  if (!load<u32>(micro, Cache.QUIET)) return false;
  const counter = <usize>load<u32>(m, StreamMemo.STREAM) + StreamRecord.HIT + 8 * HitPlace.MICRO;
  LastStream.rememberStream(sid, micro, tagAt(micro, 0), load<u32>(m, StreamMemo.CONTEXT), counter, hints());
  return true;
}

/** Flags, or somebody who counts or traces, that send a look-up another way; 0: none does. */
@inline
export function unusual(packed: u32): u32 {
  const b = base;
  return (packed & ~ACCESS) | load<u32>(b, Header.TRACE_MASK) | load<u32>(b, Header.PMU);
}

/**
 * 0: of a look-up that the way of a hint may answer. An integer below 2^52 stands in the lowest bits of its sum with that, which is exact:
 * `sum` are the bits of the sum, `back` those of what is left when it is taken off again, `iova` those of the address. Whatever
 * is no such integer differs somewhere; and nothing of the look-up is unusual, and its stream is that of the last one.
 */
@inline
export function strange(sid: u32, packed: u32, sum: u64, back: u64, iova: u64): u64 {
  const other = (back ^ iova) | ((sum >> 52) ^ INTEGER_TOP);
  return other | (<u64>unusual(packed)) | ((<u64>sid) ^ LastStream.lastSid);
}

/** The hint for the page of such an address. */
@inline
export function hintFor(sum: u64): usize {
  return load<u8>(hintAt(LastStream.lastHints, sum));
}

/** Its way holds the page. */
@inline
export function isThere(hint: usize, sum: u64): bool {
  return tagOfWay(LastStream.lastTags, hint) == ((sum & ~0xfff) << 8) + LastStream.lastSummand;
}

/** How the way's entry begins: Entry.PA. */
@inline
export function hotOf(hint: usize): u64 {
  return load<u64>(entryOfWay(LastStream.lastTags, hint), Entry.PA);
}

/** Counts the hit there. @returns the physical address */
@inline
export function takeHinted(hint: usize, hot: u64, sum: u64): f64 {
  noteHit(LastStream.lastMicro, LastStream.lastTags, hint);
  add(LastStream.lastCounter);
  return <f64>(<i64>((hot & ADDRESS) | (sum & 0xfff)));
}

/** The entry that answers a look-up of any stream and page, everything counted; 0: another way. `packed`: as of `lookup`. */
export function quickEntry(sid: u32, va: u64, packed: u32): usize {
  if (unusual(packed)) return 0;
  if (<u64>sid != LastStream.lastSid && !remember(sid)) return 0;
  const t = LastStream.lastTags;
  const e = quietHitAt(LastStream.lastMicro, t, LastStream.lastContext, va, packed);
  if (!e) return 0;
  store<u8>(hintAt(LastStream.lastHints, va), <u8>hintOfEntry(t, e));
  add(LastStream.lastCounter);
  return e;
}

/** The same of the last look-up's stream, when the page is in the way where pages like it were last. */
export function hintedEntry(sid: u32, va: u64, packed: u32): usize {
  if ((<u64>unusual(packed)) | ((<u64>sid) ^ LastStream.lastSid) | (va >> 55)) return 0;
  const t = LastStream.lastTags;
  const hint = hintFor(va);
  if (tagOfWay(t, hint) != pageTag(va, LastStream.lastContext) || !((hotOf(hint) >> (<u64>packed)) & 1))
    return 0;
  noteHit(LastStream.lastMicro, t, hint);
  add(LastStream.lastCounter);
  return entryOfWay(t, hint);
}

/** The physical address of such an entry. */
@inline
export function addressIn(e: usize, va: u64): f64 {
  return <f64>(<i64>((load<u64>(e, Entry.PA) & ADDRESS) | (va & 0xfff)));
}
