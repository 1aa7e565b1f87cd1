// The results of a plain hit that took the short cut (translate/fast.ts): what `answerFrom` and State.FORWARD leave in a request block, and
// `finishAttributes`, of an entry of a stream-tagged TLB. What the hit counts is counted.
import { bits32 } from '../memory/bits';
import * as Entry from '../abi/entry';
import * as Request from '../abi/request';
import * as Status from '../abi/status';
import * as Access from '../request/access';
import { unpackOverrides } from '../config/overrides';
import { entryAccess } from '../tlb/passing';
import { finalAttributes } from '../walk/attributes';
import { answerSpan } from '../walk/fill';
import { hitAddress } from './fast';

/** Request q, whose inputs stand in it, was answered by the entry at e, which counts as `hit`. */
export function answerHit(q: usize, e: usize, hit: u32): void {
  const spans = load<u32>(e, Entry.SPANS);
  store<u64>(q, hitAddress(e, load<u64>(q, Request.IOVA)), Request.PA);
  store<u64>(q, <u64>Status.OK, Request.STATUS); // and Request.EVENT
  const span = answerSpan(bits32(spans, Entry.SPANS_STAGE1), bits32(spans, Entry.SPANS_STAGE2));
  store<u32>(q, span ? span : Entry.SPAN_MIN, Request.LOG2);
  store<u32>(q, hit, Request.HIT);
  const perm = load<u32>(e, Entry.PERM);
  const both = bits32(perm, Entry.PERM_STAGE1) & bits32(perm, Entry.PERM_STAGE2);
  const access = entryAccess(e, Access.accessKind(load<u32>(q, Request.FLAGS)));
  store<u32>(q, (both >> (access & Access.PRIVILEGED)) & 7, Request.PERMS);
  const stages = load<u32>(e, Entry.ATTR);
  store<u32>(q, attributesOf(load<u32>(q, Request.ATTRS), stages), Request.OUT_ATTRS);
  store<u64>(q, 0, Request.STAG); // and Request.RECORDED
  store<u64>(q, 0, Request.READS_STE); // and Request.READS_CD
  store<u64>(q, 0, Request.READS_S1); // and Request.READS_S2
  store<u64>(q, 0, Request.EVENT_WORDS);
}

// What the last transaction's attributes and an entry's came to: they are the same ones most of the time.
let lastInput: u32 = 0;
let lastStages: u32 = 0xffffffff; // no entry's: bit 31 is none of AttributeWord
let lastResult: u32 = 0;

@inline
function attributesOf(input: u32, stages: u32): u32 {
  if (input != lastInput || stages != lastStages) {
    lastInput = input;
    lastStages = stages;
    lastResult = finalAttributes(unpackOverrides(input, stages), stages);
  }
  return lastResult;
}
