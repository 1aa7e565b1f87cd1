// The shortest way of one look-up: a plain access, without a SubstreamID, that hits a page of 4 KiB in a micro TLB of the shape that
// loops know (tlb/quiet.ts), with time off and nobody counting or tracing. It does what `fastHit` does (translate/fast.ts), which is
// what State.MICRO and State.FORWARD do, and calls nothing, so that nothing is kept for a call. Whatever else a look-up is has changed
// nothing here. test/equal/.
import * as Cache from '../abi/cache';
import * as Entry from '../abi/entry';
import * as Header from '../abi/header';
import * as HitPlace from '../abi/hit-place';
import * as StreamMemo from '../abi/stream-memo';
import * as StreamRecord from '../abi/stream-record';
import { counting } from '../state/pmu';
import { smmuEnabled } from '../state/regs';
import { base } from '../memory/base';
import { tagAt } from '../tlb/array';
import * as LastStream from '../tlb/last-stream';
import { ADDRESS, quietHitAt } from '../tlb/quiet';
import { isLineOf, memoAt } from './streams';

/** Flags of an access: write, instruction, privileged. */
const ACCESS: u32 = 7;

// Not in one piece with what calls it, which would have to keep registers for it.
function remember(sid: u32): bool {
  const m = memoAt(sid, 0);
  if (!isLineOf(m, sid, 0)) return false;
  const micro = <usize>load<u32>(m, StreamMemo.MICRO);
  if (!load<u32>(micro, Cache.QUIET)) return false;
  const counter = <usize>load<u32>(m, StreamMemo.STREAM) + StreamRecord.HIT + 8 * HitPlace.MICRO;
  LastStream.rememberStream(sid, micro, tagAt(micro, 0), load<u32>(m, StreamMemo.CONTEXT), counter);
  return true;
}

/** The physical address; -1: another way. `packed`: as of `lookup`. */
@inline
export function quickLookup(sid: u32, va: u64, packed: u32): i64 {
  if ((packed & ~ACCESS) | load<u32>(base, Header.TRACE_MASK) | (<u32>counting())) return -1;
  if (!smmuEnabled()) return -1;
  if (<u64>sid + 1 != LastStream.lastSid && !remember(sid)) return -1;
  const e = quietHitAt(LastStream.lastMicro, LastStream.lastTags, LastStream.lastContext, va, packed);
  if (!e) return -1;
  store<u64>(LastStream.lastCounter, load<u64>(LastStream.lastCounter) + 1);
  return <i64>((load<u64>(e, Entry.PA) & ADDRESS) | (va & 0xfff));
}
