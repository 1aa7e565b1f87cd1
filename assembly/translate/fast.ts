// The short cut of hits in a stream-tagged micro TLB, which needs neither configuration nor state machine: the same look-up,
// replacement and statistics as the machine's S_MICRO step.
import {
  C_ENTRIES, C_TAG_KIND, C_HITS, TAG_STREAM, E_PA, E_PERM, E_SPANS, SM_KEY, SM_CONTEXT, SM_MICRO, SM_STREAM, SR_OUTCOME, SR_HIT,
  FLAG_WRITE, FLAG_INSTRUCTION, FLAG_PRIVILEGED, FLAG_SSV, FLAG_ATOMIC, HIT_MICRO, H_TRACE_MASK,
} from '../abi';
import { base } from '../memory/base';
import { payload, touch } from '../tlb/array';
import { find } from '../tlb/lookup';
import { needed, e0pdEntry } from '../walk/hit';
import { accessKind } from './begin';
import { memoAt, memoKey, streamMemo } from './streams';
import { streamMix } from './tbu';

/** Transactions that may take the short cut carry no other flag. */
export const FAST_FLAGS: u32 = FLAG_WRITE | FLAG_INSTRUCTION | FLAG_PRIVILEGED | FLAG_SSV | FLAG_ATOMIC;

/** The entry that serves the access, statistics kept; 0: the machine has to run. */
export function fastHit(sid: u32, ssid: u32, va: u64, flags: u32): usize {
  const substream = flags & FLAG_SSV ? (ssid & 0xfffff) | 0x80000000 : 0;
  let m = memoAt(sid, substream);
  if (load<u64>(m, SM_KEY) != memoKey(sid, substream)) m = streamMemo(sid, substream);
  const c = <usize>load<u32>(m, SM_MICRO);
  if (!load<u32>(c, C_ENTRIES) || load<u32>(c, C_TAG_KIND) != TAG_STREAM || load<u32>(base, H_TRACE_MASK)) return 0;
  const i = find(c, va, load<u32>(m, SM_CONTEXT), 0, <u64>streamMix(sid, substream));
  if (i < 0) return 0;
  const e = payload(c, i);
  const access = accessKind(flags);
  const need = needed(access, flags);
  const perm = load<u32>(e, E_PERM);
  if ((perm & (perm >> 8) & ~(perm >> 16) & need) != need || e0pdEntry(e, access)) return 0;
  touch(c, i);
  store<u64>(c, load<u64>(c, C_HITS) + 1, C_HITS);
  const record = <usize>load<u32>(m, SM_STREAM);
  store<u64>(record, load<u64>(record, SR_OUTCOME) + 1, SR_OUTCOME);
  store<u64>(record, load<u64>(record, SR_HIT + 8 * HIT_MICRO) + 1, SR_HIT + 8 * HIT_MICRO);
  return e;
}

/** Output address of a hit. */
@inline
export function hitAddress(e: usize, va: u64): u64 {
  const inside = (<u64>1 << <u64>(load<u32>(e, E_SPANS) & 0xff)) - 1;
  return (load<u64>(e, E_PA) & 0x00fffffffffff000 & ~inside) | (va & inside);
}
