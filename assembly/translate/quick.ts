// The shortest way of one look-up: a plain access, without a SubstreamID, that hits a page of 4 KiB in a micro TLB of the shape that
// loops know (tlb/quiet.ts), with time off and nobody counting or tracing. It does what `fastHit` does (translate/fast.ts), which is
// what State.MICRO and State.FORWARD do, and calls nothing, so that nothing is kept for a call. Whatever else a look-up is has changed
// nothing here. test/equal/.
import * as Header from '../abi/header';
import * as HitPlace from '../abi/hit-place';
import * as StreamMemo from '../abi/stream-memo';
import * as Entry from '../abi/entry';
import { counting } from '../state/pmu';
import { smmuEnabled } from '../state/regs';
import { base } from '../memory/base';
import { ADDRESS, quietHit } from '../tlb/quiet';
import { accountMicroHit } from './fast';
import { isLineOf, memoAt } from './streams';

/** Flags of an access: write, instruction, privileged. */
const ACCESS: u32 = 7;

/** The physical address; -1: another way. `packed`: as of `lookup`. */
@inline
export function quickLookup(sid: u32, va: u64, packed: u32): i64 {
  if ((packed & ~ACCESS) | load<u32>(base, Header.TRACE_MASK) | (<u32>counting())) return -1;
  const m = memoAt(sid, 0);
  if (!smmuEnabled() || !isLineOf(m, sid, 0)) return -1;
  const e = quietHit(<usize>load<u32>(m, StreamMemo.MICRO), load<u32>(m, StreamMemo.CONTEXT), va, packed);
  if (!e) return -1;
  accountMicroHit(<usize>load<u32>(m, StreamMemo.STREAM), HitPlace.MICRO);
  return <i64>((load<u64>(e, Entry.PA) & ADDRESS) | (va & 0xfff));
}
