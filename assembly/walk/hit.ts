// Using a cached translation for an access: it must give the same permission outcome as a walk would, and must not serve a
// write that still needs a dirty state update (IHI 0070 §3.13.3; permissions: DDI 0487 D8.4).
import * as Why from '../abi/why';
import { address, bits32, in32, maskOf32, pow2 } from '../memory/bits';
import * as Entry from '../abi/entry';
import * as Flag from '../abi/flag';
import * as HitPlace from '../abi/hit-place';
import * as Request from '../abi/request';
import * as AttributeWord from '../request/attribute-word';
import * as Machine from '../request/machine';
import * as Event from '../arch/event';
import * as EventRecord from '../arch/event-record';
import { allows, lacksReadOnly, readKind } from './permission';
import { stage1Fault, stage2Fault } from '../request/fault';

export const HIT_USED: u32 = 0; // the answer stands in the request
export const HIT_MISS: u32 = 1; // a hardware update has to be made first: walk
export const HIT_FAULT: u32 = 2; // refused; the event is made

/** What a hit of entry e in the TLB `hit` counts as: a remembered bypass translates nothing. */
@inline
export function answeredBy(e: usize, hit: u32): u32 {
  return load<u32>(e, Entry.FLAGS) & Entry.FLAG_BYPASS ? HitPlace.NONE : hit;
}

/** The permission bits of an entry that an access kind needs. */
@inline
export function needed(access: u32, flags: u32): u32 {
  const need: u32 = 1 << access;
  return flags & Flag.ATOMIC ? need | (1 << readKind(access)) : need;
}

/**
 * A dirty state update comes first (IHI 0070 §3.13.3): stage 1 allows the access, and its update precedes what stage 2 says of the
 * output.
 */
@inline
export function awaitsUpdate(perm: u32, need: u32): bool {
  return (perm & need) == need && (bits32(perm, Entry.PERM_PENDING) & need) != 0;
}

/** Tries entry e for the access; HIT_*. */
export function takeHit(q: usize, e: usize, access: u32, hit: u32): u32 {
  const perm = load<u32>(e, Entry.PERM);
  const need = needed(access, load<u32>(q, Request.FLAGS));
  const both = bits32(perm, Entry.PERM_STAGE1) & bits32(perm, Entry.PERM_STAGE2);
  if (awaitsUpdate(perm, need)) return HIT_MISS;
  store<u32>(q, hit, Request.HIT);
  if ((both & need) != need) return refuse(q, e, access);
  useEntry(q, e);
  return HIT_USED;
}

/** Copies an entry's answer into the request, as if the stages had just been walked. */
export function useEntry(q: usize, e: usize): void {
  const spans = load<u32>(e, Entry.SPANS);
  const inside = pow2(bits32(spans, Entry.SPANS_ENTRY)) - 1;
  const va = load<u64>(q, Request.IOVA) & inside;
  const entry = load<u64>(e, Entry.PA);
  const perm = load<u32>(e, Entry.PERM);
  const attr = load<u32>(e, Entry.ATTR);
  store<u64>(q, (address(entry, Entry.PA_ADDRESS) & ~inside) | va, Machine.S2_PA);
  store<u64>(q, load<u64>(e, Entry.IPA) | va, Machine.IPA);
  store<u32>(q, bits32(spans, Entry.SPANS_STAGE1), Machine.S1_SPAN);
  store<u32>(q, bits32(spans, Entry.SPANS_STAGE2), Machine.S2_SPAN);
  store<u32>(q, perm & ~maskOf32(Entry.PERM_STAGE2), Machine.S1_PERM);
  store<u32>(q, bits32(perm, Entry.PERM_STAGE2), Machine.S2_PERM);
  store<u32>(q, AttributeWord.ofStage1(attr), Machine.S1_ATTR);
  store<u32>(q, AttributeWord.ofStage2(attr), Machine.S2_ATTR);
  store<u32>(q, bits32(load<u32>(e, Entry.LEVELS), Entry.LEVELS_BOTH), Machine.LEVELS);
  store<u32>(q, load<u32>(e, Entry.FLAGS) & (Entry.FLAG_GLOBAL | Entry.FLAG_TBI), Machine.S1_FLAGS);
  finishPermissions(q);
}

/** What both stages allow, what still needs a dirty state update, and what they say of attributes. */
export function finishPermissions(q: usize): void {
  const s1 = load<u32>(q, Machine.S1_PERM);
  const s2 = load<u32>(q, Machine.S2_PERM);
  const stage1 = bits32(s1, Entry.PERM_STAGE1);
  const stage2 = in32(Entry.PERM_STAGE2, bits32(s2, Entry.PERM_STAGE1));
  store<u32>(q, stage1 | stage2 | ((s1 | s2) & maskOf32(Entry.PERM_PENDING)), Machine.ALLOWED);
  store<u32>(q, load<u32>(q, Machine.S1_ATTR) | load<u32>(q, Machine.S2_ATTR), Machine.ATTRS);
}

/** F_PERMISSION of the stage that refuses, stage 1 first (IHI 0070 §7.3.22). */
export function refuse(q: usize, e: usize, access: u32): u32 {
  const perm = load<u32>(e, Entry.PERM);
  const flags = load<u32>(q, Request.FLAGS);
  const spans = load<u32>(e, Entry.SPANS);
  // An invalidation may name the entry before the fault is reported.
  store<u32>(q, bits32(spans, Entry.SPANS_STAGE1), Machine.S1_SPAN);
  store<u32>(q, bits32(spans, Entry.SPANS_STAGE2), Machine.S2_SPAN);
  store<u32>(q, bits32(load<u32>(e, Entry.LEVELS), Entry.LEVELS_BOTH), Machine.LEVELS);
  store<u32>(q, load<u32>(e, Entry.FLAGS) & (Entry.FLAG_GLOBAL | Entry.FLAG_TBI), Machine.S1_FLAGS);
  const s1 = bits32(perm, Entry.PERM_STAGE1);
  if (!allows(s1, access, flags)) {
    stage1Fault(q, Event.F_PERMISSION, lacksReadOnly(s1, access, flags), Why.CACHED);
    return HIT_FAULT;
  }
  const s2 = bits32(perm, Entry.PERM_STAGE2);
  const inside = pow2(bits32(spans, Entry.SPANS_ENTRY)) - 1;
  store<u64>(q, (load<u64>(e, Entry.IPA) & ~inside) | (load<u64>(q, Request.IOVA) & inside), Machine.S2_IPA);
  store<u32>(q, EventRecord.CLASS_IN, Machine.S2_CLASS);
  store<u32>(q, access, Machine.S2_ACCESS);
  stage2Fault(q, Event.F_PERMISSION, lacksReadOnly(s2, access, flags), Why.CACHED);
  return HIT_FAULT;
}
