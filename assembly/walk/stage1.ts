// Stage 1: from the input address to an IPA (or PA), VMSAv8-64 (DDI 0487 D8; IHI 0070 §3.3, §3.4, §3.13).
import * as Why from '../abi/why';
import * as CacheIndex from '../abi/cache-index';
import * as Entry from '../abi/entry';
import * as HitPlace from '../abi/hit-place';
import * as Request from '../abi/request';
import * as Step from '../abi/step';
import { HALF_BIT, TOP_BYTE } from '../arch/geometry';
import * as Gatos from '../arch/gatos';
import * as Access from '../request/access';
import * as Atos from '../request/atos';
import * as Config from '../request/config';
import * as Half from '../request/half';
import * as Machine from '../request/machine';
import * as State from '../request/state';
import * as Event from '../arch/event';
import * as EventRecord from '../arch/event-record';
import { cacheAt } from '../memory/base';
import { address, bits32, pow2 } from '../memory/bits';
import { read64, busFault } from '../memory/bus';
import { countRead } from '../state/counters';
import { counting } from '../state/pmu';
import { contextMix } from '../tlb/index-mix';
import { lookup } from '../tlb/lookup';
import { countProbe, countWalkRead } from '../request/count';
import * as Descriptor from './descriptor';
import * as Fault from '../request/fault';
import * as Fill from './fill';
import * as Hit from './hit';
import * as Permission from './permission';
import * as Trace from '../request/trace';
import { seenAt } from './deferred';

/** The half that an address belongs to: VA[55], in regimes with two. */
export function selectHalf(q: usize): usize {
  const c = Machine.cfg(q);
  const upper =
    (load<u32>(c, Config.FLAGS) & Config.FLAG_TWO_HALVES) != 0 &&
    (load<u64>(q, Request.IOVA) & pow2(HALF_BIT)) != 0;
  const h = upper ? c + Config.HALF1 : c + Config.HALF0;
  store<u32>(q, <u32>h, Machine.HALF);
  store<u32>(q, load<u32>(h, Half.FLAGS) & Half.FLAG_TBI ? Entry.FLAG_TBI : 0, Machine.S1_FLAGS);
  return h;
}

/** E0PD: unprivileged accesses to the half fault, TLB hit or not (IHI 0070 §5.4 E0PD0). */
export function e0pdFaults(q: usize): bool {
  const h = selectHalf(q);
  return (
    (load<u32>(h, Half.FLAGS) & Half.FLAG_E0PD) != 0 && !(load<u32>(q, Machine.ACCESS) & Access.PRIVILEGED)
  );
}

/** Input range and EPD, then the walk caches. */
export function stage1Begin(q: usize): u32 {
  const h = selectHalf(q);
  const va = load<u64>(q, Request.IOVA);
  const flags = load<u32>(h, Half.FLAGS);
  const top: u64 = flags & Half.FLAG_TBI ? TOP_BYTE : 64;
  const iasize = <u64>load<u8>(h, Half.IASIZE);
  const rest = (<i64>(va << (64 - top))) >> (64 - top + iasize);
  const upper = h == Machine.cfg(q) + Config.HALF1;
  // Above the half's input size, or a regime without TTB1 (§3.4.1); CD.EPDx forbids the walk (§5.4).
  if (iasize == 0 || rest != (upper ? -1 : 0))
    return Fault.stage1Fault(q, Event.F_TRANSLATION, false, Why.INPUT_RANGE);
  if (flags & Half.FLAG_EPD) return Fault.stage1Fault(q, Event.F_TRANSLATION, false, Why.EPD);
  store<i32>(q, 3, Machine.PROBE_LEVEL);
  return State.S1_PROBE;
}

/** Walk caches, from the last level up; a unified cache answers for all levels at once. */
export function stage1Probe(q: usize): u32 {
  const c = Machine.cfg(q);
  const start = <i32>load<i8>(Machine.half(q), Half.START);
  const va = load<u64>(q, Request.IOVA);
  let level = load<i32>(q, Machine.PROBE_LEVEL);
  while (level >= start) {
    const n = Fill.route(0, level);
    level--;
    if (n == CacheIndex.NONE) continue;
    Fill.internContexts(c);
    const e = lookup(
      cacheAt(n),
      va,
      load<u32>(c, Config.CONTEXT),
      load<u32>(c, Config.GLOBAL),
      contextMix(cacheAt(n), c),
    );
    if (Trace.tracing()) Trace.traceLookup(Step.LOOKUP, n, va, e != 0, e ? load<u64>(e, Entry.PA) : 0);
    if (counting()) countProbe(q, 1, level + 1, start, cacheAt(n), e);
    if (e) {
      if (load<u32>(e, Entry.FLAGS) & Entry.FLAG_LEAF) {
        const taken = Hit.takeHit(q, e, load<u32>(q, Machine.ACCESS), HitPlace.WALK_CACHE);
        if (taken == Hit.HIT_USED)
          store<u32>(q, load<u32>(q, Machine.FILL) & ~Machine.FILL_WALK, Machine.FILL);
        if (taken != Hit.HIT_MISS) return taken == Hit.HIT_USED ? State.COMBINE : State.FAULT;
      } else {
        resumeAt(q, e);
        return State.S1_ADDRESS;
      }
    }
    if (n == CacheIndex.WALK_UNIFIED) break;
    if (load<u32>(q, Machine.TIMED) == 1 && Fill.cachedFrom(0, level, start)) {
      store<i32>(q, level, Machine.PROBE_LEVEL);
      return State.S1_PROBE;
    }
  }
  return State.S1_ROOT;
}

// Goes on below a cached Table descriptor.
function resumeAt(q: usize, e: usize): void {
  const entry = load<u64>(e, Entry.PA);
  const known = load<u32>(e, Entry.FLAGS) & Entry.FLAG_TABLE_PA;
  store<u64>(q, known ? address(entry, Entry.PA_ADDRESS) : load<u64>(e, Entry.IPA), Machine.S1_TABLE);
  store<u64>(q, load<u64>(e, Entry.IPA), Machine.TABLE_IPA);
  store<u32>(q, known ? 1 : 0, Machine.TABLE_PA);
  store<u32>(q, load<u32>(e, Entry.PERM), Machine.HIER);
  store<i32>(q, <i32>bits32(load<u32>(e, Entry.LEVELS), Entry.LEVELS_STAGE1), Machine.S1_LEVEL); // that of the Table + 1
  store<u32>(q, 0, Machine.TABLE_FRESH);
}

export function stage1Root(q: usize): u32 {
  const h = Machine.half(q);
  store<u64>(q, Descriptor.rootTable(h), Machine.S1_TABLE);
  store<u64>(q, Descriptor.rootTable(h), Machine.TABLE_IPA);
  store<i32>(q, <i32>load<i8>(h, Half.START), Machine.S1_LEVEL);
  store<u32>(q, 0, Machine.HIER);
  store<u32>(q, 0, Machine.TABLE_PA);
  store<u32>(q, 0, Machine.TABLE_FRESH);
  return State.S1_ADDRESS;
}

export function stage1Address(q: usize): u32 {
  const level = load<i32>(q, Machine.S1_LEVEL);
  const va = load<u64>(q, Request.IOVA);
  const at = Descriptor.descriptorAt(Machine.half(q), load<u64>(q, Machine.S1_TABLE), level, va);
  const nested = (load<u32>(Machine.cfg(q), Config.FLAGS) & Config.FLAG_S2) != 0;
  store<u64>(
    q,
    nested ? Descriptor.descriptorAt(Machine.half(q), load<u64>(q, Machine.TABLE_IPA), level, va) : at,
    Machine.S1_IPA,
  );
  store<u64>(q, at, Machine.S2_PA);
  if (!nested || load<u32>(q, Machine.TABLE_PA)) return State.S1_READ;
  return Machine.beginStage2(q, at, EventRecord.CLASS_TT, Access.PRIVILEGED, State.S1_READ);
}

/** The Table descriptor that was just followed, into its walk cache. */
export function stage1Fill(q: usize): void {
  store<u64>(q, load<u64>(q, Machine.S2_PA), Machine.S1_PA);
  const level = load<i32>(q, Machine.S1_LEVEL);
  if (load<u32>(q, Machine.TABLE_FRESH)) {
    if (!(load<u32>(Machine.cfg(q), Config.FLAGS) & Config.FLAG_S2)) store<u32>(q, 1, Machine.TABLE_PA);
    Fill.fillStage1Table(q, level - 1);
    store<u32>(q, 0, Machine.TABLE_PA);
    store<u32>(q, 0, Machine.TABLE_FRESH);
  }
}

export function stage1Read(q: usize): u32 {
  const level = load<i32>(q, Machine.S1_LEVEL);
  const pa = load<u64>(q, Machine.S2_PA);
  store<u64>(q, pa, Machine.S1_PA);
  stage1Fill(q);
  store<u32>(q, load<u32>(q, Request.READS_S1) + 1, Request.READS_S1);
  countRead(0, level);
  const raw = seenAt(q, pa, read64(pa));
  const failed = busFault;
  if (counting()) countWalkRead(q);
  const desc = Descriptor.ordered(raw, (load<u32>(Machine.half(q), Half.FLAGS) & Half.FLAG_BIG_ENDIAN) != 0);
  if (Trace.tracing())
    Trace.traceMore(
      Trace.traceRead(Step.DESCRIPTOR, 1, level, pa, desc),
      EventRecord.CLASS_IN,
      load<u64>(q, Machine.S1_IPA),
      failed ? 0 : 1,
    );
  if (failed) return Fault.walkAbort(q, Event.F_WALK_EABT, 1, EventRecord.CLASS_TT, pa, Why.EXTERNAL_ABORT); // §7.3.12
  store<u64>(q, desc, Machine.S1_DESC);
  return State.S1_EVALUATE;
}

/** Stage 1 is through: stage 2 for its output, or the answer. */
export function stage1Done(q: usize): u32 {
  store<u32>(q, <u32>(load<i32>(q, Machine.S1_LEVEL) + 1), Machine.LEVELS);
  if (load<u32>(Machine.cfg(q), Config.FLAGS) & Config.FLAG_S2 && !stage1Only(q)) {
    return Machine.beginStage2(
      q,
      load<u64>(q, Machine.IPA),
      EventRecord.CLASS_IN,
      load<u32>(q, Machine.ACCESS),
      State.COMBINE,
    );
  }
  store<u64>(q, load<u64>(q, Machine.IPA), Machine.S2_PA);
  store<u32>(q, Permission.ALL, Machine.S2_PERM);
  store<u32>(q, 0, Machine.S2_ATTR);
  store<u32>(q, 0, Machine.S2_SPAN);
  return State.COMBINE;
}

// ATOS TYPE 1 asks for stage 1 alone (§9.1).
@inline
function stage1Only(q: usize): bool {
  return Atos.asksFor(q, Gatos.TYPE_S1);
}
