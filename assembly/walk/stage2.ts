// Stage 2: from an IPA to a physical address, for a transaction (CLASS IN), a stage 1 descriptor (TT) or a CD fetch (CD).
// It is a sub-procedure of the machine: `beginStage2` notes where to go on.
import { base, cacheAt } from '../memory/base';
import { bits, field, pow2 } from '../memory/bits';
import { read64, cas64, busFault } from '../memory/bus';
import {
  Q_FLAGS,
  Q_READS_S2,
  H_WALK_ROUTE,
  NO_CACHE,
  CACHE_IPA,
  CACHE_WALK_UNIFIED,
  C_ENTRIES,
  E_PA,
  E_PERM,
  E_ATTR,
  E_SPANS,
  E_LEVELS,
  EF_LEAF,
  STEP_DESCRIPTOR,
  STEP_UPDATE,
  STEP_LOOKUP,
} from '../abi';
import {
  EV_F_TRANSLATION,
  EV_F_ADDR_SIZE,
  EV_F_ACCESS,
  EV_F_PERMISSION,
  EV_F_WALK_EABT,
  EVT_CLASS_IN,
} from '../arch/events';
import {
  PTE_Valid,
  PTE_AF,
  S2PTE_Contiguous,
  S2PTE_MemAttr,
  S2PTE_SH,
  blockAllowed,
  contiguousLog2,
  levelShift,
} from '../arch/descriptors';
import { STE_S2AFFD, STE_S2PTW, STE_S2FWB } from '../arch/ste';
import { IDR3_FWB, IDR3_XNX } from '../arch/idr';
import {
  CF_FLAGS,
  CF_STAGE2,
  CF_S2PS,
  CF_STE,
  CFF_S2_HA,
  CFF_S2_HD,
  CFF_S2_HAFT,
  HF_IASIZE,
  HF_GRANULE,
  HF_START,
  HF_FORMAT,
  HF_FLAGS,
  HF_SH,
  HFF_BIG_ENDIAN,
  FORMAT_DS,
} from '../tlb/config-fields';
import { lookup } from '../tlb/lookup';
import { descriptorAddress, descriptorAt, leafOutput, ordered, rootTable } from './descriptor';
import { stage2Permissions, allows, lacksReadOnly } from './permission';
import { stage2Fault, walkAbort } from './fault';
import { memAttrIsDevice } from './attributes';
import { fillStage2Table, cachedFrom, stage2Caches, fillStage2Leaf, ipaContext, ipaMix } from './fill';
import { updatesDescriptors } from './update';
import { countProbe, countWalkAccess, countWalkRead } from './count';
import { tracing, traceRead, traceMore, traceLookup } from './trace';
import { countRead } from '../state/counters';
import { counting } from '../state/pmu';
import { idrField, oasBits } from '../state/regs';
import { cfg } from './request';
import * as M from './request';
import * as S from './states';

/** Sends the machine through stage 2 for `ipa`; it goes on at `next` with M_S2_PA. */
@inline
export function beginStage2(q: usize, ipa: u64, cls: u32, access: u32, next: u32): u32 {
  store<u64>(q, ipa, M.M_S2_IPA);
  store<u32>(q, cls, M.M_S2_CLASS);
  store<u32>(q, access, M.M_S2_ACCESS);
  store<u32>(q, next, M.M_S2_RETURN);
  return S.S_S2_BEGIN;
}

export function stage2Begin(q: usize): u32 {
  const half = cfg(q) + CF_STAGE2;
  const ipa = load<u64>(q, M.M_S2_IPA);
  if (ipa >> (<u64>load<u8>(half, HF_IASIZE))) return stage2Fault(q, EV_F_TRANSLATION, false);
  if (load<u32>(cacheAt(CACHE_IPA), C_ENTRIES)) return S.S_IPA_LOOKUP;
  store<i32>(q, 3, M.M_PROBE_LEVEL);
  return S.S_S2_PROBE;
}

/** IPA cache: whole translations by IPA. */
export function ipaLookup(q: usize): u32 {
  const c = cacheAt(CACHE_IPA);
  const ipa = load<u64>(q, M.M_S2_IPA);
  const e = lookup(c, ipa, ipaContext(q), 0, ipaMix(q));
  if (tracing()) traceLookup(STEP_LOOKUP, CACHE_IPA, ipa, e != 0, e ? load<u64>(e, E_PA) : 0);
  if (e && useLeaf(q, e)) return checkLeaf(q);
  store<i32>(q, 3, M.M_PROBE_LEVEL);
  return S.S_S2_PROBE;
}

/** Walk cache, from the last level up; a unified cache answers for all levels at once. */
export function stage2Probe(q: usize): u32 {
  const half = cfg(q) + CF_STAGE2;
  const start = <i32>load<i8>(half, HF_START);
  const ipa = load<u64>(q, M.M_S2_IPA);
  let level = stage2Caches(q) ? load<i32>(q, M.M_PROBE_LEVEL) : start - 1;
  while (level >= start) {
    const n = load<i32>(base + H_WALK_ROUTE + 20 + <usize>((level + 1) << 2));
    level--;
    if (n == NO_CACHE) continue;
    const c = cacheAt(n);
    const e = lookup(c, ipa, ipaContext(q), 0, ipaMix(q));
    if (tracing()) traceLookup(STEP_LOOKUP, n, ipa, e != 0, e ? load<u64>(e, E_PA) : 0);
    if (counting()) countProbe(q, 2, level + 1, start, c, e);
    if (e) {
      if (load<u64>(e, E_PA) & EF_LEAF) {
        if (useLeaf(q, e)) return checkLeaf(q);
      } else {
        store<u64>(q, load<u64>(e, E_PA) & ~0xfff, M.M_S2_TABLE);
        store<i32>(q, <i32>((load<u32>(e, E_LEVELS) >> 4) & 15), M.M_S2_LEVEL);
        return S.S_S2_READ;
      }
    }
    if (n == CACHE_WALK_UNIFIED) break;
    if (load<u32>(q, M.M_TIMED) == 1 && cachedFrom(1, level, start)) {
      store<i32>(q, level, M.M_PROBE_LEVEL);
      return S.S_S2_PROBE;
    }
  }
  store<u64>(q, rootTable(half), M.M_S2_TABLE);
  store<i32>(q, start, M.M_S2_LEVEL);
  return S.S_S2_READ;
}

// Takes a cached leaf as the result. False when the access needs a hardware update of it first: then it must be walked to.
function useLeaf(q: usize, e: usize): bool {
  const perm = load<u32>(e, E_PERM);
  if (((perm >> 16) >> load<u32>(q, M.M_S2_ACCESS)) & 1) return false;
  const span = load<u32>(e, E_SPANS) & 0xff;
  const inside = pow2(span) - 1;
  store<u64>(q, (load<u64>(e, E_PA) & ~0xfff & ~inside) | (load<u64>(q, M.M_S2_IPA) & inside), M.M_S2_PA);
  store<u32>(q, span, M.M_S2_SPAN);
  store<u32>(q, perm, M.M_S2_PERM);
  store<u32>(q, load<u32>(e, E_ATTR), M.M_S2_ATTR);
  store<i32>(q, <i32>((load<u32>(e, E_LEVELS) >> 4) & 15) - 1, M.M_S2_DONE_LEVEL);
  return true;
}

// Permission of a leaf, base permissions before S2PTW (IHI 0070 §7.3.22).
function checkLeaf(q: usize): u32 {
  const perm = load<u32>(q, M.M_S2_PERM);
  const access = load<u32>(q, M.M_S2_ACCESS);
  const isData = load<u32>(q, M.M_S2_CLASS) == EVT_CLASS_IN;
  const flags = isData ? load<u32>(q, Q_FLAGS) : 0;
  if (!allows(perm, access, flags))
    return stage2Fault(q, EV_F_PERMISSION, lacksReadOnly(perm, access, flags));
  if (!isData && field(cfg(q) + CF_STE, STE_S2PTW) && isDevice(load<u32>(q, M.M_S2_ATTR))) {
    return stage2Fault(q, EV_F_PERMISSION, false);
  }
  return load<u32>(q, M.M_S2_RETURN);
}

@inline
function isDevice(attr: u32): bool {
  const memAttr = (attr >> 11) & 15;
  return attr & M.AT_FWB ? !(memAttr & 4) : memAttrIsDevice(memAttr);
}

/** Physical address of the descriptor that is read or updated next. */
export function stage2DescriptorAddress(q: usize): u64 {
  if (load<u32>(q, M.M_STATE) != S.S_S2_READ) return load<u64>(q, M.M_S2_DESC_PA);
  const half = cfg(q) + CF_STAGE2;
  return descriptorAt(half, load<u64>(q, M.M_S2_TABLE), load<i32>(q, M.M_S2_LEVEL), load<u64>(q, M.M_S2_IPA));
}

export function stage2Read(q: usize): u32 {
  const half = cfg(q) + CF_STAGE2;
  const level = load<i32>(q, M.M_S2_LEVEL);
  const ipa = load<u64>(q, M.M_S2_IPA);
  const pa = descriptorAt(half, load<u64>(q, M.M_S2_TABLE), level, ipa);
  store<u64>(q, pa, M.M_S2_DESC_PA);
  store<u32>(q, load<u32>(q, Q_READS_S2) + 1, Q_READS_S2);
  countRead(1, level);
  const raw = read64(pa);
  const failed = busFault;
  if (counting()) countWalkRead(q);
  const desc = ordered(raw, (load<u32>(half, HF_FLAGS) & HFF_BIG_ENDIAN) != 0);
  if (tracing())
    traceMore(traceRead(STEP_DESCRIPTOR, 2, level, pa, desc), load<u32>(q, M.M_S2_CLASS), ipa, !failed);
  if (failed) return walkAbort(q, EV_F_WALK_EABT, 2, load<u32>(q, M.M_S2_CLASS), pa);
  store<u64>(q, desc, M.M_S2_DESC);
  return S.S_S2_EVALUATE;
}

export function stage2Evaluate(q: usize): u32 {
  const c = cfg(q);
  const half = c + CF_STAGE2;
  const desc = load<u64>(q, M.M_S2_DESC);
  const level = load<i32>(q, M.M_S2_LEVEL);
  if (!bits(desc, PTE_Valid)) return stage2Fault(q, EV_F_TRANSLATION, false);
  const g = <u32>load<u8>(half, HF_GRANULE);
  const format = <u32>load<u8>(half, HF_FORMAT);
  const table = (desc & 2) != 0;
  if (
    level == 3
      ? !table
      : !table && !blockAllowed(g, level, format == FORMAT_DS ? 1 : 0, oasBits() >= 52 ? 1 : 0)
  ) {
    return stage2Fault(q, EV_F_TRANSLATION, false);
  }
  const address = descriptorAddress(desc, format, g);
  if (level == 3 || !table) {
    if (leafOutput(address, levelShift(g, level), load<u64>(q, M.M_S2_IPA)) >> (<u64>load<u32>(c, CF_S2PS)))
      return stage2Fault(q, EV_F_ADDR_SIZE, false);
    return S.S_S2_LEAF;
  }
  if (address >> (<u64>load<u32>(c, CF_S2PS))) return stage2Fault(q, EV_F_ADDR_SIZE, false);
  if (load<u32>(c, CF_FLAGS) & CFF_S2_HAFT && !bits(desc, PTE_AF)) {
    if (updatesDescriptors(q)) {
      store<u64>(q, desc | (1 << 10), M.M_S2_NEW);
      return S.S_S2_TABLE_UPDATE;
    }
    descend(q, address);
    return S.S_S2_READ;
  }
  return S.S_S2_NEXT;
}

@inline
function descend(q: usize, table: u64): void {
  store<u64>(q, table, M.M_S2_TABLE);
  store<i32>(q, load<i32>(q, M.M_S2_LEVEL) + 1, M.M_S2_LEVEL);
}

/** One level down; the Table descriptor may be cached. */
export function stage2Next(q: usize): u32 {
  const half = cfg(q) + CF_STAGE2;
  const next = descriptorAddress(
    load<u64>(q, M.M_S2_DESC),
    <u32>load<u8>(half, HF_FORMAT),
    <u32>load<u8>(half, HF_GRANULE),
  );
  fillStage2Table(q, next);
  descend(q, next);
  return S.S_S2_READ;
}

export function stage2Leaf(q: usize): u32 {
  const c = cfg(q);
  const half = c + CF_STAGE2;
  let desc = load<u64>(q, M.M_S2_DESC);
  const level = load<i32>(q, M.M_S2_LEVEL);
  const g = <u32>load<u8>(half, HF_GRANULE);
  const flags = load<u32>(c, CF_FLAGS);
  const ipa = load<u64>(q, M.M_S2_IPA);
  const ste = c + CF_STE;
  const ha = (flags & CFF_S2_HA) != 0;
  if (!bits(desc, PTE_AF) && !ha && !field(ste, STE_S2AFFD)) return stage2Fault(q, EV_F_ACCESS, false);

  let span = <u32>levelShift(g, level);
  const pa = leafOutput(descriptorAddress(desc, <u32>load<u8>(half, HF_FORMAT), g), span, ipa);
  if (bits(desc, S2PTE_Contiguous) && !ha)
    span = contiguousSpan(span, <u32>contiguousLog2(g, level), ipa, pa, <u32>load<u8>(half, HF_IASIZE));
  store<u64>(q, pa, M.M_S2_PA);
  store<u32>(q, min(span, load<u32>(c, CF_S2PS)), M.M_S2_SPAN);
  store<i32>(q, level, M.M_S2_DONE_LEVEL);

  const sh = load<u8>(half, HF_FORMAT) == FORMAT_DS ? load<u32>(half, HF_SH) : <u32>bits(desc, S2PTE_SH);
  let attr = M.AT_S2 | ((<u32>bits(desc, S2PTE_MemAttr)) << 11) | (sh << 15);
  if (field(ste, STE_S2FWB) && idrField(3, IDR3_FWB)) attr |= M.AT_FWB;
  store<u32>(q, attr, M.M_S2_ATTR);
  const xnx = idrField(3, IDR3_XNX) != 0;
  let perm = stage2Permissions(desc, (flags & CFF_S2_HD) != 0, xnx);
  store<u32>(q, perm, M.M_S2_PERM);
  const next = checkLeaf(q);
  if (next == S.S_FAULT) return next;

  // Hardware update: the access flag, and the dirty state of a leaf that is written (IHI 0070 §3.13).
  let fresh = desc;
  if (!bits(desc, PTE_AF) && ha) fresh |= 1 << 10;
  if (((perm >> 16) >> load<u32>(q, M.M_S2_ACCESS)) & 1) fresh |= 1 << 7;
  if (fresh != desc && updatesDescriptors(q)) {
    store<u64>(q, fresh, M.M_S2_NEW);
    return S.S_S2_UPDATE;
  }
  return fresh == desc ? S.S_S2_DONE : next;
}

/** The span of a Contiguous group, when the descriptor agrees with its place in the group and the group with the input size. */
export function contiguousSpan(span: u32, more: u32, input: u64, output: u64, iasize: u32): u32 {
  if (!more || span + more > iasize) return span;
  const group = pow2(span + more) - 1;
  return (input ^ output) & group ? span : span + more;
}

/** The atomic update of a leaf; when memory changed meanwhile the stage 2 walk begins again. */
export function stage2Update(q: usize): u32 {
  const done = swap(q);
  if (done != S.S_DONE) return done;
  store<u64>(q, load<u64>(q, M.M_S2_NEW), M.M_S2_DESC);
  if ((load<u64>(q, M.M_S2_DESC) >> 7) & 1) store<u32>(q, load<u32>(q, M.M_S2_PERM) & 0xff, M.M_S2_PERM);
  return S.S_S2_DONE;
}

export function stage2TableUpdate(q: usize): u32 {
  const done = swap(q);
  if (done != S.S_DONE) return done;
  store<u64>(q, load<u64>(q, M.M_S2_NEW), M.M_S2_DESC);
  return S.S_S2_NEXT;
}

// S_DONE: swapped. Else the step to go to.
function swap(q: usize): u32 {
  const big = (load<u32>(cfg(q) + CF_STAGE2, HF_FLAGS) & HFF_BIG_ENDIAN) != 0;
  const pa = load<u64>(q, M.M_S2_DESC_PA);
  const done = cas64(pa, ordered(load<u64>(q, M.M_S2_DESC), big), ordered(load<u64>(q, M.M_S2_NEW), big));
  if (counting()) countWalkAccess(q);
  if (tracing()) {
    traceMore(
      traceRead(STEP_UPDATE, 2, load<i32>(q, M.M_S2_LEVEL), pa, load<u64>(q, M.M_S2_NEW)),
      load<u32>(q, M.M_S2_CLASS),
      load<u64>(q, M.M_S2_IPA),
      done > 0,
    );
  }
  if (done > 0) return S.S_DONE;
  const tries = load<u32>(q, M.M_RESTARTS) + 1;
  store<u32>(q, tries, M.M_RESTARTS);
  if (done < 0 || tries > MAX_RESTARTS)
    return walkAbort(q, EV_F_WALK_EABT, 2, load<u32>(q, M.M_S2_CLASS), pa);
  return S.S_S2_BEGIN;
}

/** Walks begun anew for one transaction before the update counts as aborted: memory that never agrees must not hang the core. */
export const MAX_RESTARTS: u32 = 64;

export function stage2Done(q: usize): u32 {
  fillStage2Leaf(q);
  return load<u32>(q, M.M_S2_RETURN);
}
