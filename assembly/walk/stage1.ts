// Stage 1: from the input address to an IPA (or PA), VMSAv8-64 (DDI 0487 D8; IHI 0070 §3.3, §3.4, §3.13).
import * as Why from '../abi/why';
import * as CacheIndex from '../abi/cache-index';
import * as Entry from '../abi/entry';
import * as Header from '../abi/header';
import * as HitPlace from '../abi/hit-place';
import * as Request from '../abi/request';
import * as Step from '../abi/step';
import * as Access from '../request/access';
import * as AttributeWord from '../request/attribute-word';
import * as Config from '../request/config';
import * as Half from '../request/half';
import * as Machine from '../request/machine';
import { beginStage2, cfg, half } from '../request/machine';
import * as State from '../request/state';
import * as Cd from '../arch/cd';
import * as Event from '../arch/event';
import * as EventRecord from '../arch/event-record';
import { blockAllowed, contiguousLog2, levelShift } from '../arch/geometry';
import * as Idr3 from '../arch/idr3';
import * as Pte from '../arch/pte';
import { base, cacheAt } from '../memory/base';
import { bits, field } from '../memory/bits';
import { read64, busFault } from '../memory/bus';
import { countRead } from '../state/counters';
import { counting } from '../state/pmu';
import { idrField, oasBits } from '../state/regs';
import { lookup } from '../tlb/lookup';
import { countProbe, countWalkRead } from '../request/count';
import { descriptorAddress, descriptorAt, leafOutput, ordered, rootTable } from './descriptor';
import { stage1Fault, walkAbort } from '../request/fault';
import { cachedFrom, fillStage1Table, internContexts } from './fill';
import { takeHit, HIT_USED, HIT_MISS } from './hit';
import {
  stage1Permissions,
  allows,
  lacksReadOnly,
  HIER_UXN,
  HIER_PXN,
  PERM_HD,
  PERM_PAN,
  PERM_EPAN,
  PERM_WXN,
  PERM_PRIVILEGE,
} from './permission';
import { refused, whyStage1 } from './why';
import { updateNeedsStage2 } from './stage1-update';
import { contiguousSpan } from './stage2';
import { tracing, traceRead, traceMore, traceLookup } from '../request/trace';
import { seenAt } from './deferred';
import { updatesDescriptors } from './update';

/** The half that an address belongs to: VA[55], in regimes with two. */
export function selectHalf(q: usize): usize {
  const c = cfg(q);
  const upper =
    (load<u32>(c, Config.FLAGS) & Config.FLAG_TWO_HALVES) != 0 &&
    ((load<u64>(q, Request.IOVA) >> 55) & 1) != 0;
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
  const top: u64 = flags & Half.FLAG_TBI ? 56 : 64;
  const iasize = <u64>load<u8>(h, Half.IASIZE);
  const rest = (<i64>(va << (64 - top))) >> (64 - top + iasize);
  const upper = h == cfg(q) + Config.HALF1;
  // Above the half's input size, or a regime without TTB1 (§3.4.1); CD.EPDx forbids the walk (§5.4).
  if (iasize == 0 || rest != (upper ? -1 : 0))
    return stage1Fault(q, Event.F_TRANSLATION, false, Why.INPUT_RANGE);
  if (flags & Half.FLAG_EPD) return stage1Fault(q, Event.F_TRANSLATION, false, Why.EPD);
  store<i32>(q, 3, Machine.PROBE_LEVEL);
  return State.S1_PROBE;
}

/** Walk caches, from the last level up; a unified cache answers for all levels at once. */
export function stage1Probe(q: usize): u32 {
  const c = cfg(q);
  const start = <i32>load<i8>(half(q), Half.START);
  const va = load<u64>(q, Request.IOVA);
  let level = load<i32>(q, Machine.PROBE_LEVEL);
  while (level >= start) {
    const n = load<i32>(base + Header.WALK_ROUTE + <usize>((level + 1) << 2));
    level--;
    if (n == CacheIndex.NONE) continue;
    internContexts(c);
    const e = lookup(
      cacheAt(n),
      va,
      load<u32>(c, Config.CONTEXT),
      load<u32>(c, Config.GLOBAL),
      load<u64>(c, Config.MIX),
    );
    if (tracing()) traceLookup(Step.LOOKUP, n, va, e != 0, e ? load<u64>(e, Entry.PA) : 0);
    if (counting()) countProbe(q, 1, level + 1, start, cacheAt(n), e);
    if (e) {
      if (load<u32>(e, Entry.FLAGS) & Entry.FLAG_LEAF) {
        const taken = takeHit(q, e, load<u32>(q, Machine.ACCESS), HitPlace.WALK_CACHE);
        if (taken == HIT_USED) store<u32>(q, load<u32>(q, Machine.FILL) & ~Machine.FILL_WALK, Machine.FILL);
        if (taken != HIT_MISS) return taken == HIT_USED ? State.COMBINE : State.FAULT;
      } else {
        resumeAt(q, e);
        return State.S1_ADDRESS;
      }
    }
    if (n == CacheIndex.WALK_UNIFIED) break;
    if (load<u32>(q, Machine.TIMED) == 1 && cachedFrom(0, level, start)) {
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
  store<u64>(q, known ? entry & 0x00fffffffffff000 : load<u64>(e, Entry.IPA), Machine.S1_TABLE);
  store<u64>(q, load<u64>(e, Entry.IPA), Machine.TABLE_IPA);
  store<u32>(q, known ? 1 : 0, Machine.TABLE_PA);
  store<u32>(q, load<u32>(e, Entry.PERM), Machine.HIER);
  store<i32>(q, <i32>(load<u32>(e, Entry.LEVELS) & 15), Machine.S1_LEVEL);
  store<u32>(q, 0, Machine.TABLE_FRESH);
}

export function stage1Root(q: usize): u32 {
  const h = half(q);
  store<u64>(q, rootTable(h), Machine.S1_TABLE);
  store<u64>(q, rootTable(h), Machine.TABLE_IPA);
  store<i32>(q, <i32>load<i8>(h, Half.START), Machine.S1_LEVEL);
  store<u32>(q, 0, Machine.HIER);
  store<u32>(q, 0, Machine.TABLE_PA);
  store<u32>(q, 0, Machine.TABLE_FRESH);
  return State.S1_ADDRESS;
}

export function stage1Address(q: usize): u32 {
  const level = load<i32>(q, Machine.S1_LEVEL);
  const va = load<u64>(q, Request.IOVA);
  const at = descriptorAt(half(q), load<u64>(q, Machine.S1_TABLE), level, va);
  const nested = (load<u32>(cfg(q), Config.FLAGS) & Config.FLAG_S2) != 0;
  store<u64>(
    q,
    nested ? descriptorAt(half(q), load<u64>(q, Machine.TABLE_IPA), level, va) : at,
    Machine.S1_IPA,
  );
  store<u64>(q, at, Machine.S2_PA);
  if (!nested || load<u32>(q, Machine.TABLE_PA)) return State.S1_READ;
  return beginStage2(q, at, EventRecord.CLASS_TT, Access.PRIVILEGED, State.S1_READ);
}

/** The Table descriptor that was just followed, into its walk cache. */
export function stage1Fill(q: usize): void {
  store<u64>(q, load<u64>(q, Machine.S2_PA), Machine.S1_PA);
  const level = load<i32>(q, Machine.S1_LEVEL);
  if (load<u32>(q, Machine.TABLE_FRESH)) {
    if (!(load<u32>(cfg(q), Config.FLAGS) & Config.FLAG_S2)) store<u32>(q, 1, Machine.TABLE_PA);
    fillStage1Table(q, level - 1);
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
  const desc = ordered(raw, (load<u32>(half(q), Half.FLAGS) & Half.FLAG_BIG_ENDIAN) != 0);
  if (tracing())
    traceMore(
      traceRead(Step.DESCRIPTOR, 1, level, pa, desc),
      EventRecord.CLASS_IN,
      load<u64>(q, Machine.S1_IPA),
      failed ? 0 : 1,
    );
  if (failed) return walkAbort(q, Event.F_WALK_EABT, 1, EventRecord.CLASS_TT, pa, Why.EXTERNAL_ABORT); // §7.3.12
  store<u64>(q, desc, Machine.S1_DESC);
  return State.S1_EVALUATE;
}

export function stage1Evaluate(q: usize): u32 {
  const h = half(q);
  const c = cfg(q);
  const desc = load<u64>(q, Machine.S1_DESC);
  const level = load<i32>(q, Machine.S1_LEVEL);
  if (!bits(desc, Pte.Valid)) return stage1Fault(q, Event.F_TRANSLATION, false, Why.INVALID); // DDI 0487 D8.3.1.3
  const g = <u32>load<u8>(h, Half.GRANULE);
  const format = <u32>load<u8>(h, Half.FORMAT);
  const table = (desc & 2) != 0;
  // Reserved at level 3, or a Block where the granule has none (DDI 0487 D8.3.1.2).
  if (
    level == 3
      ? !table
      : !table && !blockAllowed(g, level, format == Half.FORMAT_DS ? 1 : 0, oasBits() >= 52 ? 1 : 0)
  ) {
    return stage1Fault(q, Event.F_TRANSLATION, false, level == 3 ? Why.RESERVED : Why.NO_BLOCK);
  }
  const address = descriptorAddress(desc, format, g);
  const ips = <u64>load<u32>(c, Config.IPS);
  if (level == 3 || !table) {
    // The whole output address counts: a block may be larger than the output size (IHI 0070 §3.4).
    if (leafOutput(address, levelShift(g, level), load<u64>(q, Request.IOVA)) >> ips)
      return stage1Fault(q, Event.F_ADDR_SIZE, false, Why.OUTPUT_ADDRESS);
    return State.S1_LEAF;
  }
  if (address >> ips) return stage1Fault(q, Event.F_ADDR_SIZE, false, Why.TABLE_ADDRESS); // §3.4
  // Hierarchical permissions, unless CD.HADx switches them off (DDI 0487 D8.4.6, §5.4).
  if (!(load<u32>(h, Half.FLAGS) & Half.FLAG_HAD)) {
    let hier = load<u32>(q, Machine.HIER) | (<u32>bits(desc, Pte.APTable));
    if (bits(desc, Pte.UXNTable)) hier |= HIER_UXN;
    if (bits(desc, Pte.PXNTable)) hier |= HIER_PXN;
    store<u32>(q, hier, Machine.HIER);
  }
  store<u32>(q, 1, Machine.TABLE_FRESH);
  // HAFT: the Table descriptor's own access flag (§3.13.6).
  if (load<u32>(c, Config.FLAGS) & Config.FLAG_S1_HAFT && !bits(desc, Pte.AF)) {
    if (!updatesDescriptors(q)) {
      // Not marked as accessed, so it may not be cached (IHI 0070 §3.13).
      store<u32>(q, 0, Machine.TABLE_FRESH);
      return State.S1_NEXT;
    }
    store<u64>(q, desc | (1 << 10), Machine.S1_NEW);
    return updateNeedsStage2(q, State.S1_TABLE_UPDATE);
  }
  return State.S1_NEXT;
}

/** One level down. */
export function stage1Next(q: usize): u32 {
  const h = half(q);
  const next = descriptorAddress(
    load<u64>(q, Machine.S1_DESC),
    <u32>load<u8>(h, Half.FORMAT),
    <u32>load<u8>(h, Half.GRANULE),
  );
  store<u64>(q, next, Machine.S1_TABLE);
  store<u64>(q, next, Machine.TABLE_IPA);
  store<u32>(q, 0, Machine.TABLE_PA);
  store<i32>(q, load<i32>(q, Machine.S1_LEVEL) + 1, Machine.S1_LEVEL);
  return State.S1_ADDRESS;
}

/** What the configuration has to say about the permissions of its leaves: PERM_*. */
export function stage1How(c: usize): u32 {
  const flags = load<u32>(c, Config.FLAGS);
  const cd = c + Config.CD;
  let how: u32 = 0;
  if (flags & Config.FLAG_S1_HD) how |= PERM_HD;
  if (flags & Config.FLAG_TWO_HALVES) how |= PERM_PRIVILEGE;
  if (field(cd, Cd.PAN)) how |= PERM_PAN;
  if (field(cd, Cd.EPAN) && idrField(3, Idr3.EPAN)) how |= PERM_EPAN;
  if (field(cd, Cd.WXN)) how |= PERM_WXN;
  return how;
}

export function stage1Leaf(q: usize): u32 {
  const h = half(q);
  const c = cfg(q);
  const cd = c + Config.CD;
  const flags = load<u32>(c, Config.FLAGS);
  const desc = load<u64>(q, Machine.S1_DESC);
  const level = load<i32>(q, Machine.S1_LEVEL);
  const g = <u32>load<u8>(h, Half.GRANULE);
  const va = load<u64>(q, Request.IOVA);
  const ha = (flags & Config.FLAG_S1_HA) != 0;
  // The access flag, unless hardware sets it or CD.AFFD waives the fault (§3.13.1, §5.4).
  if (!bits(desc, Pte.AF) && !ha && !field(cd, Cd.AFFD))
    return stage1Fault(q, Event.F_ACCESS, false, Why.ACCESS_FLAG);

  const how = stage1How(c);
  const perm = stage1Permissions(desc, load<u32>(q, Machine.HIER), how);
  const access = load<u32>(q, Machine.ACCESS);
  const qf = load<u32>(q, Request.FLAGS);
  // Direct permissions (DDI 0487 D8.4.1); the access flag comes before them (§7.3.22).
  if (!allows(perm, access, qf)) {
    const why = tracing()
      ? whyStage1(desc, load<u32>(q, Machine.HIER), how, refused(perm, access))
      : Why.NONE;
    return stage1Fault(q, Event.F_PERMISSION, lacksReadOnly(perm, access, qf), why);
  }

  let span = <u32>levelShift(g, level);
  const out = leafOutput(descriptorAddress(desc, <u32>load<u8>(h, Half.FORMAT), g), span, va);
  // The contiguous hint, but not where each descriptor's access flag is hardware's own (DDI 0487 D8.7.1, D8.5.5).
  if (bits(desc, Pte.Contiguous) && !ha) {
    span = contiguousSpan(span, <u32>contiguousLog2(g, level), va, out, <u32>load<u8>(h, Half.IASIZE));
  }
  store<u64>(q, out, Machine.IPA);
  store<u32>(q, min(span, load<u32>(c, Config.IPS)), Machine.S1_SPAN);
  store<u32>(q, perm, Machine.S1_PERM);
  const attr = (<u32>(load<u64>(cd, 24) >> (bits(desc, Pte.AttrIndx) << 3))) & 0xff;
  const sh = load<u8>(h, Half.FORMAT) == Half.FORMAT_DS ? load<u32>(h, Half.SH) : <u32>bits(desc, Pte.SH);
  store<u32>(q, AttributeWord.S1 | attr | (sh << 8), Machine.S1_ATTR);
  // Without ASIDs every entry is as good as global, and tagged by the StreamWorld alone.
  if (!bits(desc, Pte.nG) && flags & Config.FLAG_TWO_HALVES)
    store<u32>(q, load<u32>(q, Machine.S1_FLAGS) | Entry.FLAG_GLOBAL, Machine.S1_FLAGS);

  // Hardware update: the access flag (§3.13.2), and the dirty state of a leaf that is written (§3.13.3), in one.
  let fresh = desc;
  if (!bits(desc, Pte.AF) && ha) fresh |= 1 << 10;
  if (((perm >> 16) >> access) & 1) fresh &= ~(1 << 7);
  if (fresh != desc && updatesDescriptors(q)) {
    store<u64>(q, fresh, Machine.S1_NEW);
    return updateNeedsStage2(q, State.S1_UPDATE);
  }
  return State.S1_DONE;
}

/** Stage 1 is through: stage 2 for its output, or the answer. */
export function stage1Done(q: usize): u32 {
  store<u32>(q, <u32>(load<i32>(q, Machine.S1_LEVEL) + 1), Machine.LEVELS);
  if (load<u32>(cfg(q), Config.FLAGS) & Config.FLAG_S2 && !stage1Only(q)) {
    return beginStage2(
      q,
      load<u64>(q, Machine.IPA),
      EventRecord.CLASS_IN,
      load<u32>(q, Machine.ACCESS),
      State.COMBINE,
    );
  }
  store<u64>(q, load<u64>(q, Machine.IPA), Machine.S2_PA);
  store<u32>(q, 0xff, Machine.S2_PERM);
  store<u32>(q, 0, Machine.S2_ATTR);
  store<u32>(q, 0, Machine.S2_SPAN);
  return State.COMBINE;
}

// ATOS TYPE 1 asks for stage 1 alone (§9.1).
@inline
function stage1Only(q: usize): bool {
  return load<u32>(q, Request.KIND) == Request.KIND_ATOS && (load<u32>(q, Request.ATOS) & 3) == 1;
}
