// Stage 2: from an IPA to a physical address, for a transaction (CLASS IN), a stage 1 descriptor (TT) or a CD fetch (CD)
// (IHI 0070 §3.3, §3.4, §3.13; DDI 0487 D8).
// It is a sub-procedure of the machine: `beginStage2` notes where to go on.
import * as Why from '../abi/why';
import { base, cacheAt } from '../memory/base';
import { bits, field, pow2 } from '../memory/bits';
import { read64, busFault } from '../memory/bus';
import * as Cache from '../abi/cache';
import * as CacheIndex from '../abi/cache-index';
import * as Entry from '../abi/entry';
import * as Header from '../abi/header';
import * as Request from '../abi/request';
import * as Step from '../abi/step';
import * as AttributeWord from '../request/attribute-word';
import * as Config from '../request/config';
import * as Half from '../request/half';
import * as Machine from '../request/machine';
import { cfg } from '../request/machine';
import * as State from '../request/state';
import * as Event from '../arch/event';
import * as EventRecord from '../arch/event-record';
import { blockAllowed, contiguousLog2, levelShift } from '../arch/geometry';
import * as Idr3 from '../arch/idr3';
import * as Pte from '../arch/pte';
import * as S2pte from '../arch/s2pte';
import * as Ste from '../arch/ste';
import { lookup } from '../tlb/lookup';
import { descriptorAddress, descriptorAt, leafOutput, ordered, rootTable } from './descriptor';
import { stage2Permissions, allows, lacksReadOnly } from './permission';
import { refused, whyStage2 } from './why';
import { stage2Fault, walkAbort } from '../request/fault';
import { memAttrIsDevice } from './attributes';
import { fillStage2Table, cachedFrom, stage2Caches, fillStage2Leaf, ipaContext, ipaMix } from './fill';
import { seenAt } from './deferred';
import { updateDescriptor, updatesDescriptors } from './update';
import { countProbe, countWalkRead } from '../request/count';
import { tracing, traceRead, traceMore, traceLookup } from '../request/trace';
import { countRead } from '../state/counters';
import { counting } from '../state/pmu';
import { idrField, oasBits } from '../state/regs';

export function stage2Begin(q: usize): u32 {
  const half = cfg(q) + Config.STAGE2;
  const ipa = load<u64>(q, Machine.S2_IPA);
  // Beyond the input size of STE.S2T0SZ (§3.4).
  if (ipa >> (<u64>load<u8>(half, Half.IASIZE)))
    return stage2Fault(q, Event.F_TRANSLATION, false, Why.INPUT_RANGE);
  if (load<u32>(cacheAt(CacheIndex.IPA), Cache.ENTRIES)) return State.IPA_LOOKUP;
  store<i32>(q, 3, Machine.PROBE_LEVEL);
  return State.S2_PROBE;
}

/** IPA cache: whole translations by IPA. */
export function ipaLookup(q: usize): u32 {
  const c = cacheAt(CacheIndex.IPA);
  const ipa = load<u64>(q, Machine.S2_IPA);
  const e = lookup(c, ipa, ipaContext(q), 0, ipaMix(q));
  if (tracing()) traceLookup(Step.LOOKUP, CacheIndex.IPA, ipa, e != 0, e ? load<u64>(e, Entry.PA) : 0);
  if (e && useLeaf(q, e)) return checkLeaf(q, false);
  store<i32>(q, 3, Machine.PROBE_LEVEL);
  return State.S2_PROBE;
}

/** Walk cache, from the last level up; a unified cache answers for all levels at once. */
export function stage2Probe(q: usize): u32 {
  const half = cfg(q) + Config.STAGE2;
  const start = <i32>load<i8>(half, Half.START);
  const ipa = load<u64>(q, Machine.S2_IPA);
  let level = stage2Caches(q) ? load<i32>(q, Machine.PROBE_LEVEL) : start - 1;
  while (level >= start) {
    const n = load<i32>(base + Header.WALK_ROUTE + 20 + <usize>((level + 1) << 2));
    level--;
    if (n == CacheIndex.NONE) continue;
    const c = cacheAt(n);
    const e = lookup(c, ipa, ipaContext(q), 0, ipaMix(q));
    if (tracing()) traceLookup(Step.LOOKUP, n, ipa, e != 0, e ? load<u64>(e, Entry.PA) : 0);
    if (counting()) countProbe(q, 2, level + 1, start, c, e);
    if (e) {
      if (load<u32>(e, Entry.FLAGS) & Entry.FLAG_LEAF) {
        if (useLeaf(q, e)) return checkLeaf(q, false);
      } else {
        store<u64>(q, load<u64>(e, Entry.PA) & ~0xfff, Machine.S2_TABLE);
        store<i32>(q, <i32>((load<u32>(e, Entry.LEVELS) >> 4) & 15), Machine.S2_LEVEL);
        return State.S2_READ;
      }
    }
    if (n == CacheIndex.WALK_UNIFIED) break;
    if (load<u32>(q, Machine.TIMED) == 1 && cachedFrom(1, level, start)) {
      store<i32>(q, level, Machine.PROBE_LEVEL);
      return State.S2_PROBE;
    }
  }
  store<u64>(q, rootTable(half), Machine.S2_TABLE);
  store<i32>(q, start, Machine.S2_LEVEL);
  return State.S2_READ;
}

// Takes a cached leaf as the result. False when the access needs a hardware update of it first: then it must be walked to.
function useLeaf(q: usize, e: usize): bool {
  const perm = load<u32>(e, Entry.PERM);
  if (((perm >> 16) >> load<u32>(q, Machine.S2_ACCESS)) & 1) return false;
  const span = load<u32>(e, Entry.SPANS) & 0xff;
  const inside = pow2(span) - 1;
  store<u64>(
    q,
    (load<u64>(e, Entry.PA) & ~0xfff & ~inside) | (load<u64>(q, Machine.S2_IPA) & inside),
    Machine.S2_PA,
  );
  store<u32>(q, span, Machine.S2_SPAN);
  store<u32>(q, perm, Machine.S2_PERM);
  store<u32>(q, load<u32>(e, Entry.ATTR), Machine.S2_ATTR);
  store<i32>(q, <i32>((load<u32>(e, Entry.LEVELS) >> 4) & 15) - 1, Machine.S2_DONE_LEVEL);
  return true;
}

// Permission of a leaf, base permissions before S2PTW (IHI 0070 §7.3.22).
function checkLeaf(q: usize, walked: bool): u32 {
  const perm = load<u32>(q, Machine.S2_PERM);
  const access = load<u32>(q, Machine.S2_ACCESS);
  const isData = load<u32>(q, Machine.S2_CLASS) == EventRecord.CLASS_IN;
  const flags = isData ? load<u32>(q, Request.FLAGS) : 0;
  if (!allows(perm, access, flags)) {
    const why = walked && tracing() ? whyStage2(refused(perm, access)) : Why.CACHED;
    return stage2Fault(q, Event.F_PERMISSION, lacksReadOnly(perm, access, flags), why);
  }
  // STE.S2PTW: no table and no CD in Device memory (§5.2 S2PTW).
  if (!isData && field(cfg(q) + Config.STE, Ste.S2PTW) && isDevice(load<u32>(q, Machine.S2_ATTR))) {
    return stage2Fault(q, Event.F_PERMISSION, false, Why.S2PTW);
  }
  return load<u32>(q, Machine.S2_RETURN);
}

@inline
function isDevice(attr: u32): bool {
  const memAttr = (attr >> 11) & 15;
  return attr & AttributeWord.FWB ? !(memAttr & 4) : memAttrIsDevice(memAttr);
}

/** Physical address of the descriptor that is read or updated next. */
export function stage2DescriptorAddress(q: usize): u64 {
  if (load<u32>(q, Machine.STATE) != State.S2_READ) return load<u64>(q, Machine.S2_DESC_PA);
  const half = cfg(q) + Config.STAGE2;
  return descriptorAt(
    half,
    load<u64>(q, Machine.S2_TABLE),
    load<i32>(q, Machine.S2_LEVEL),
    load<u64>(q, Machine.S2_IPA),
  );
}

export function stage2Read(q: usize): u32 {
  const half = cfg(q) + Config.STAGE2;
  const level = load<i32>(q, Machine.S2_LEVEL);
  const ipa = load<u64>(q, Machine.S2_IPA);
  const pa = descriptorAt(half, load<u64>(q, Machine.S2_TABLE), level, ipa);
  store<u64>(q, pa, Machine.S2_DESC_PA);
  store<u32>(q, load<u32>(q, Request.READS_S2) + 1, Request.READS_S2);
  countRead(1, level);
  const raw = seenAt(q, pa, read64(pa));
  const failed = busFault;
  if (counting()) countWalkRead(q);
  const desc = ordered(raw, (load<u32>(half, Half.FLAGS) & Half.FLAG_BIG_ENDIAN) != 0);
  if (tracing())
    traceMore(
      traceRead(Step.DESCRIPTOR, 2, level, pa, desc),
      load<u32>(q, Machine.S2_CLASS),
      ipa,
      failed ? 0 : 1,
    );
  if (failed)
    return walkAbort(q, Event.F_WALK_EABT, 2, load<u32>(q, Machine.S2_CLASS), pa, Why.EXTERNAL_ABORT); // §7.3.12
  store<u64>(q, desc, Machine.S2_DESC);
  return State.S2_EVALUATE;
}

export function stage2Evaluate(q: usize): u32 {
  const c = cfg(q);
  const half = c + Config.STAGE2;
  const desc = load<u64>(q, Machine.S2_DESC);
  const level = load<i32>(q, Machine.S2_LEVEL);
  if (!bits(desc, Pte.Valid)) return stage2Fault(q, Event.F_TRANSLATION, false, Why.INVALID); // DDI 0487 D8.3.1.3
  const g = <u32>load<u8>(half, Half.GRANULE);
  const format = <u32>load<u8>(half, Half.FORMAT);
  const table = (desc & 2) != 0;
  // Reserved at level 3, or a Block where the granule has none (DDI 0487 D8.3.1.2).
  if (
    level == 3
      ? !table
      : !table && !blockAllowed(g, level, format == Half.FORMAT_DS ? 1 : 0, oasBits() >= 52 ? 1 : 0)
  ) {
    return stage2Fault(q, Event.F_TRANSLATION, false, level == 3 ? Why.RESERVED : Why.NO_BLOCK);
  }
  const address = descriptorAddress(desc, format, g);
  if (level == 3 || !table) {
    // The whole output address counts, against S2PS (§3.4).
    if (
      leafOutput(address, levelShift(g, level), load<u64>(q, Machine.S2_IPA)) >>
      (<u64>load<u32>(c, Config.S2PS))
    )
      return stage2Fault(q, Event.F_ADDR_SIZE, false, Why.OUTPUT_ADDRESS);
    return State.S2_LEAF;
  }
  if (address >> (<u64>load<u32>(c, Config.S2PS)))
    return stage2Fault(q, Event.F_ADDR_SIZE, false, Why.TABLE_ADDRESS);
  // S2HAFT: the Table descriptor's own access flag; what could not be marked is not cached (§3.13.6).
  if (load<u32>(c, Config.FLAGS) & Config.FLAG_S2_HAFT && !bits(desc, Pte.AF)) {
    if (updatesDescriptors(q)) {
      store<u64>(q, desc | (1 << 10), Machine.S2_NEW);
      return State.S2_TABLE_UPDATE;
    }
    descend(q, address);
    return State.S2_READ;
  }
  return State.S2_NEXT;
}

@inline
function descend(q: usize, table: u64): void {
  store<u64>(q, table, Machine.S2_TABLE);
  store<i32>(q, load<i32>(q, Machine.S2_LEVEL) + 1, Machine.S2_LEVEL);
}

/** One level down; the Table descriptor may be cached. */
export function stage2Next(q: usize): u32 {
  const half = cfg(q) + Config.STAGE2;
  const next = descriptorAddress(
    load<u64>(q, Machine.S2_DESC),
    <u32>load<u8>(half, Half.FORMAT),
    <u32>load<u8>(half, Half.GRANULE),
  );
  fillStage2Table(q, next);
  descend(q, next);
  return State.S2_READ;
}

export function stage2Leaf(q: usize): u32 {
  const c = cfg(q);
  const half = c + Config.STAGE2;
  let desc = load<u64>(q, Machine.S2_DESC);
  const level = load<i32>(q, Machine.S2_LEVEL);
  const g = <u32>load<u8>(half, Half.GRANULE);
  const flags = load<u32>(c, Config.FLAGS);
  const ipa = load<u64>(q, Machine.S2_IPA);
  const ste = c + Config.STE;
  const ha = (flags & Config.FLAG_S2_HA) != 0;
  // The access flag, unless hardware sets it or STE.S2AFFD waives the fault (§3.13.1, §5.2).
  if (!bits(desc, Pte.AF) && !ha && !field(ste, Ste.S2AFFD))
    return stage2Fault(q, Event.F_ACCESS, false, Why.ACCESS_FLAG);

  let span = <u32>levelShift(g, level);
  const pa = leafOutput(descriptorAddress(desc, <u32>load<u8>(half, Half.FORMAT), g), span, ipa);
  // The contiguous hint, but not where each descriptor's access flag is hardware's own (DDI 0487 D8.7.1, D8.5.5).
  if (bits(desc, S2pte.Contiguous) && !ha)
    span = contiguousSpan(span, <u32>contiguousLog2(g, level), ipa, pa, <u32>load<u8>(half, Half.IASIZE));
  store<u64>(q, pa, Machine.S2_PA);
  store<u32>(q, min(span, load<u32>(c, Config.S2PS)), Machine.S2_SPAN);
  store<i32>(q, level, Machine.S2_DONE_LEVEL);

  const sh =
    load<u8>(half, Half.FORMAT) == Half.FORMAT_DS ? load<u32>(half, Half.SH) : <u32>bits(desc, S2pte.SH);
  let attr = AttributeWord.S2 | ((<u32>bits(desc, S2pte.MemAttr)) << 11) | (sh << 15);
  if (field(ste, Ste.S2FWB) && idrField(3, Idr3.FWB)) attr |= AttributeWord.FWB;
  store<u32>(q, attr, Machine.S2_ATTR);
  const xnx = idrField(3, Idr3.XNX) != 0;
  let perm = stage2Permissions(desc, (flags & Config.FLAG_S2_HD) != 0, xnx);
  store<u32>(q, perm, Machine.S2_PERM);
  const next = checkLeaf(q, true);
  if (next == State.FAULT) return next;

  // Hardware update: the access flag (§3.13.2), and the dirty state of a leaf that is written (§3.13.3), in one.
  let fresh = desc;
  if (!bits(desc, Pte.AF) && ha) fresh |= 1 << 10;
  if (((perm >> 16) >> load<u32>(q, Machine.S2_ACCESS)) & 1) fresh |= 1 << 7;
  if (fresh != desc && updatesDescriptors(q)) {
    store<u64>(q, fresh, Machine.S2_NEW);
    return State.S2_UPDATE;
  }
  return fresh == desc ? State.S2_DONE : next;
}

/**
 * The span of a contiguous group, when the descriptor agrees with its place in the group and the group with the input size: a
 * misprogrammed one counts for itself (DDI 0487 D8.7.1.1).
 */
export function contiguousSpan(span: u32, more: u32, input: u64, output: u64, iasize: u32): u32 {
  if (!more || span + more > iasize) return span;
  const group = pow2(span + more) - 1;
  return (input ^ output) & group ? span : span + more;
}

/** The atomic update of a leaf; when memory changed meanwhile the stage 2 walk begins again. */
export function stage2Update(q: usize): u32 {
  const done = swap(q);
  if (done != State.DONE) return done;
  store<u64>(q, load<u64>(q, Machine.S2_NEW), Machine.S2_DESC);
  if ((load<u64>(q, Machine.S2_DESC) >> 7) & 1)
    store<u32>(q, load<u32>(q, Machine.S2_PERM) & 0xff, Machine.S2_PERM);
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
    (load<u32>(cfg(q) + Config.STAGE2, Half.FLAGS) & Half.FLAG_BIG_ENDIAN) != 0,
    load<u64>(q, Machine.S2_DESC),
    load<u64>(q, Machine.S2_NEW),
    load<u32>(q, Machine.S2_CLASS),
    load<u64>(q, Machine.S2_IPA),
    State.S2_BEGIN,
  );
}

export function stage2Done(q: usize): u32 {
  fillStage2Leaf(q);
  return load<u32>(q, Machine.S2_RETURN);
}
