// The short cut of plain hits in stream-tagged TLBs, which needs neither configuration nor state machine. It takes transactions that
// carry no other flags than FAST_FLAGS and hit an entry whose [7:0] of Entry.PA lets them pass; for those it does what State.MICRO, State.MAIN,
// State.TBU_FILL and State.FORWARD do (translate/tbu.ts, translate/outcome.ts): the look-ups with their counts and replacement, the micro
// TLB's fill from the main TLB, the stream's statistics. Whatever is anything else is found out before something has changed, and the
// machine does it. test/equal/ holds the two against each other.
import { pow2 } from '../memory/bits';
import { add } from '../memory/sum';
import * as Cache from '../abi/cache';
import * as Entry from '../abi/entry';
import * as Flag from '../abi/flag';
import * as HitPlace from '../abi/hit-place';
import * as StreamMemo from '../abi/stream-memo';
import * as StreamRecord from '../abi/stream-record';
import { ownerAt, payload, touch } from '../tlb/array';
import { streamMix } from '../tlb/index-mix';
import { quietHit } from '../tlb/quiet';
import { find, fillAbsent, fillFrom } from '../tlb/lookup';
import { answeredBy } from '../walk/hit';
import { isLineOf, memoAt, streamMemo } from './streams';

/** Transactions that may take the short cut carry no other flag; a read-modify-write takes the long way. */
export const FAST_FLAGS: u32 = Flag.WRITE | Flag.INSTRUCTION | Flag.PRIVILEGED | Flag.SSV;
const ACCESS_FLAGS: u32 = Flag.WRITE | Flag.INSTRUCTION | Flag.PRIVILEGED;

/** The entry lets an access of these flags pass at once. */
@inline
export function passes(e: usize, flags: u32): bool {
  const hot = <u32>load<u64>(e, Entry.PA);
  return (((hot >> (flags & ACCESS_FLAGS)) & 1) | (hot & Entry.PASSES_ALL)) != 0;
}

/** Output address of a hit in the entry at e. */
@inline
export function hitAddress(e: usize, va: u64): u64 {
  return (load<u64>(e, Entry.PA) & 0x00fffffffffff000) | (va & (pow2(load<u32>(e, Entry.SPANS) & 0xff) - 1));
}

/** The batch's status word of a hit in the entry at e. */
@inline
export function hitStatus(e: usize, level: u32): u32 {
  return ((load<u32>(e, Entry.SPANS) & 0xff) << 16) | (level << 24);
}

/** Where the last `fastHit` found its entry: HitPlace. */
export let hitLevel: u32 = 0;

/** Both TLBs of the TBU were asked by the last `fastHit`, as far as they exist, and had nothing. */
export let missed: bool = false;
/** Memo line of the stream that the last `fastHit` was for. */
export let lineAtHand: usize = 0;

/** The micro TLB's entry that serves the access, everything counted, filled from the main TLB if need be; 0: none does. */
export function fastHit(sid: u32, substream: u32, va: u64, flags: u32): usize {
  let m = memoAt(sid, substream);
  if (!isLineOf(m, sid, substream)) m = streamMemo(sid, substream);
  lineAtHand = m;
  missed = false;
  const c = <usize>load<u32>(m, StreamMemo.MICRO);
  const main = <usize>load<u32>(m, StreamMemo.MAIN);
  const context = load<u32>(m, StreamMemo.CONTEXT);
  const hasMicro = load<u32>(c, Cache.ENTRIES) != 0;
  if (hasMicro) {
    if (load<u32>(c, Cache.TAG_KIND) != Cache.TAG_STREAM) return 0;
    const i = find(c, va, context, 0, <u64>streamMix(c, sid, substream));
    if (i >= 0) {
      const e = payload(c, i);
      if (!passes(e, flags)) return 0;
      touch(c, i);
      add(c + Cache.HITS);
      hitLevel = answeredBy(e, HitPlace.MICRO);
      accountMicroHit(<usize>load<u32>(m, StreamMemo.STREAM), hitLevel);
      return e;
    }
  }
  if (load<u32>(main, Cache.ENTRIES)) {
    if (load<u32>(main, Cache.TAG_KIND) != Cache.TAG_STREAM) return 0;
    const j = find(main, va, context, 0, <u64>streamMix(main, sid, substream));
    if (j >= 0) {
      const from = payload(main, j);
      if (!hasMicro || !passes(from, flags)) return 0;
      add(c + Cache.MISSES);
      add(main + Cache.HITS);
      touch(main, j);
      const span = load<u32>(from, Entry.SPANS) & 0xff;
      const filled = fillAbsent(c, va, span, context, streamMix(c, sid, substream));
      fillFrom(c, filled, from, load<u16>(ownerAt(main, j)));
      hitLevel = answeredBy(from, HitPlace.MAIN);
      accountMicroHit(<usize>load<u32>(m, StreamMemo.STREAM), hitLevel);
      return payload(c, filled);
    }
  }
  missed = true;
  return 0;
}

/** A stream's statistics of a hit in its micro TLB, which counts as `hit`. */
@inline
export function accountMicroHit(record: usize, hit: u32): void {
  add(record + StreamRecord.HIT + ((<usize>hit) << 3));
}

/**
 * The look-up in micro TLB c alone, for a driver that times it: the entry of a hit that serves the access; 0: the machine has to
 * look it up, and `microMissed` tells whether there was none. The stream's statistics are kept when the transaction ends.
 */
export function microFind(c: usize, sid: u32, substream: u32, va: u64, flags: u32): usize {
  const m = streamMemo(sid, substream);
  microMissed = false;
  if (load<u32>(m, StreamMemo.MICRO) != <u32>c) return 0;
  const quiet = quietHit(c, load<u32>(m, StreamMemo.CONTEXT), va, flags);
  if (quiet) return quiet;
  const i = find(c, va, load<u32>(m, StreamMemo.CONTEXT), 0, <u64>streamMix(c, sid, substream));
  microMissed = i < 0;
  if (i < 0) return 0;
  const e = payload(c, i);
  if (!passes(e, flags)) return 0;
  touch(c, i);
  add(c + Cache.HITS);
  return e;
}

export let microMissed: bool = false;
