// Stage 2: from an IPA to a physical address, for a transaction (CLASS IN), a stage 1 descriptor (TT) or a CD fetch (CD)
// (IHI 0070 §3.3, §3.4, §3.13; DDI 0487 D8).
// It is a sub-procedure of the machine: `beginStage2` notes where to go on.
import * as Why from '../abi/why';
import { cacheAt } from '../memory/base';
import { addressAt, bits, bits32, pow2 } from '../memory/bits';
import { read64, busFault } from '../memory/bus';
import * as Cache from '../abi/cache';
import * as CacheIndex from '../abi/cache-index';
import * as Entry from '../abi/entry';
import * as Request from '../abi/request';
import * as Step from '../abi/step';
import * as Config from '../request/config';
import * as Half from '../request/half';
import * as S2pte from '../arch/s2pte';
import * as Machine from '../request/machine';
import * as State from '../request/state';
import * as Event from '../arch/event';
import { ipaMix } from '../tlb/index-mix';
import { lookup } from '../tlb/lookup';
import * as Descriptor from './descriptor';
import * as Fault from '../request/fault';
import * as Fill from './fill';
import { seenAt } from './deferred';
import { updateDescriptor } from './update';
import { countProbe, countWalkRead } from '../request/count';
import * as Trace from '../request/trace';
import { countRead } from '../state/counters';
import { counting } from '../state/pmu';
import { checkLeaf } from './stage2-descriptor';
import { awaitsDirty, madeDirty } from './permission';

export function stage2Begin(q: usize): u32 {
  const half = Machine.cfg(q) + Config.STAGE2;
  const ipa = load<u64>(q, Machine.S2_IPA);
  // Beyond the input size of STE.S2T0SZ (§3.4).
  if (ipa >> (<u64>load<u8>(half, Half.IASIZE)))
    return Fault.stage2Fault(q, Event.F_TRANSLATION, false, Why.INPUT_RANGE);
  if (load<u32>(cacheAt(CacheIndex.IPA), Cache.ENTRIES)) return State.IPA_LOOKUP;
  store<i32>(q, 3, Machine.PROBE_LEVEL);
  return State.S2_PROBE;
}

/** IPA cache: whole translations by IPA. */
export function ipaLookup(q: usize): u32 {
  const c = cacheAt(CacheIndex.IPA);
  const ipa = load<u64>(q, Machine.S2_IPA);
  const e = lookup(c, ipa, Fill.ipaContext(q), 0, ipaMix(c, Machine.cfg(q)));
  if (Trace.tracing())
    Trace.traceLookup(Step.LOOKUP, CacheIndex.IPA, ipa, e != 0, e ? load<u64>(e, Entry.PA) : 0);
  if (e && useLeaf(q, e)) return checkLeaf(q, false);
  store<i32>(q, 3, Machine.PROBE_LEVEL);
  return State.S2_PROBE;
}

/** Walk cache, from the last level up; a unified cache answers for all levels at once. */
export function stage2Probe(q: usize): u32 {
  const half = Machine.cfg(q) + Config.STAGE2;
  const start = <i32>load<i8>(half, Half.START);
  const ipa = load<u64>(q, Machine.S2_IPA);
  let level = Fill.stage2Caches(q) ? load<i32>(q, Machine.PROBE_LEVEL) : start - 1;
  while (level >= start) {
    const n = Fill.route(1, level);
    level--;
    if (n == CacheIndex.NONE) continue;
    const c = cacheAt(n);
    const e = lookup(c, ipa, Fill.ipaContext(q), 0, ipaMix(c, Machine.cfg(q)));
    if (Trace.tracing()) Trace.traceLookup(Step.LOOKUP, n, ipa, e != 0, e ? load<u64>(e, Entry.PA) : 0);
    if (counting()) countProbe(q, 2, level + 1, start, c, e);
    if (e) {
      if (load<u32>(e, Entry.FLAGS) & Entry.FLAG_LEAF) {
        if (useLeaf(q, e)) return checkLeaf(q, false);
      } else {
        store<u64>(q, addressAt(e, Entry.PA_ADDRESS), Machine.S2_TABLE);
        store<i32>(q, levelOf(e) + 1, Machine.S2_LEVEL);
        return State.S2_READ;
      }
    }
    if (n == CacheIndex.WALK_UNIFIED) break;
    if (load<u32>(q, Machine.TIMED) == 1 && Fill.cachedFrom(1, level, start)) {
      store<i32>(q, level, Machine.PROBE_LEVEL);
      return State.S2_PROBE;
    }
  }
  store<u64>(q, Descriptor.rootTable(half), Machine.S2_TABLE);
  store<i32>(q, start, Machine.S2_LEVEL);
  return State.S2_READ;
}

@inline
function levelOf(e: usize): i32 {
  return <i32>bits32(load<u32>(e, Entry.LEVELS), Entry.LEVELS_STAGE2) - 1;
}

// Takes a cached leaf as the result. False when the access needs a hardware update of it first: then it must be walked to.
function useLeaf(q: usize, e: usize): bool {
  const perm = load<u32>(e, Entry.PERM);
  if (awaitsDirty(perm, load<u32>(q, Machine.S2_ACCESS))) return false;
  const span = bits32(load<u32>(e, Entry.SPANS), Entry.SPANS_ENTRY);
  const inside = pow2(span) - 1;
  store<u64>(
    q,
    (addressAt(e, Entry.PA_ADDRESS) & ~inside) | (load<u64>(q, Machine.S2_IPA) & inside),
    Machine.S2_PA,
  );
  store<u32>(q, span, Machine.S2_SPAN);
  store<u32>(q, perm, Machine.S2_PERM);
  store<u32>(q, load<u32>(e, Entry.ATTR), Machine.S2_ATTR);
  store<i32>(q, levelOf(e), Machine.S2_DONE_LEVEL);
  return true;
}

/** Physical address of the descriptor that is read or updated next. */
export function stage2DescriptorAddress(q: usize): u64 {
  if (load<u32>(q, Machine.STATE) != State.S2_READ) return load<u64>(q, Machine.S2_DESC_PA);
  const half = Machine.cfg(q) + Config.STAGE2;
  return Descriptor.descriptorAt(
    half,
    load<u64>(q, Machine.S2_TABLE),
    load<i32>(q, Machine.S2_LEVEL),
    load<u64>(q, Machine.S2_IPA),
  );
}

export function stage2Read(q: usize): u32 {
  const half = Machine.cfg(q) + Config.STAGE2;
  const level = load<i32>(q, Machine.S2_LEVEL);
  const ipa = load<u64>(q, Machine.S2_IPA);
  const pa = Descriptor.descriptorAt(half, load<u64>(q, Machine.S2_TABLE), level, ipa);
  store<u64>(q, pa, Machine.S2_DESC_PA);
  store<u32>(q, load<u32>(q, Request.READS_S2) + 1, Request.READS_S2);
  countRead(1, level);
  const raw = seenAt(q, pa, read64(pa));
  const failed = busFault;
  if (counting()) countWalkRead(q);
  const desc = Descriptor.ordered(raw, (load<u32>(half, Half.FLAGS) & Half.FLAG_BIG_ENDIAN) != 0);
  if (Trace.tracing())
    Trace.traceMore(
      Trace.traceRead(Step.DESCRIPTOR, 2, level, pa, desc),
      load<u32>(q, Machine.S2_CLASS),
      ipa,
      failed ? 0 : 1,
    );
  if (failed)
    return Fault.walkAbort(q, Event.F_WALK_EABT, 2, load<u32>(q, Machine.S2_CLASS), pa, Why.EXTERNAL_ABORT); // §7.3.12
  store<u64>(q, desc, Machine.S2_DESC);
  return State.S2_EVALUATE;
}

/** The atomic update of a leaf; when memory changed meanwhile the stage 2 walk begins again. */
export function stage2Update(q: usize): u32 {
  const done = swap(q);
  if (done != State.DONE) return done;
  store<u64>(q, load<u64>(q, Machine.S2_NEW), Machine.S2_DESC);
  if (bits(load<u64>(q, Machine.S2_DESC), S2pte.S2AP_1))
    store<u32>(q, madeDirty(load<u32>(q, Machine.S2_PERM)), Machine.S2_PERM);
  return State.S2_DONE;
}

export function stage2TableUpdate(q: usize): u32 {
  const done = swap(q);
  if (done != State.DONE) return done;
  store<u64>(q, load<u64>(q, Machine.S2_NEW), Machine.S2_DESC);
  return State.S2_NEXT;
}

// State.DONE: swapped, or held back. Else the step to go to.
function swap(q: usize): u32 {
  return updateDescriptor(
    q,
    2,
    load<i32>(q, Machine.S2_LEVEL),
    load<u64>(q, Machine.S2_DESC_PA),
    (load<u32>(Machine.cfg(q) + Config.STAGE2, Half.FLAGS) & Half.FLAG_BIG_ENDIAN) != 0,
    load<u64>(q, Machine.S2_DESC),
    load<u64>(q, Machine.S2_NEW),
    load<u32>(q, Machine.S2_CLASS),
    load<u64>(q, Machine.S2_IPA),
    State.S2_BEGIN,
  );
}

export function stage2Done(q: usize): u32 {
  Fill.fillStage2Leaf(q);
  return load<u32>(q, Machine.S2_RETURN);
}
