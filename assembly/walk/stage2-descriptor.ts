// What a stage 2 descriptor says: Table, Block, Page or fault; the leaf's result and its permissions (IHI 0070 §3.4, §3.13; DDI 0487 D8).
import * as Why from '../abi/why';
import { bits, bits32, field, maskOf } from '../memory/bits';
import * as Request from '../abi/request';
import * as AttributeWord from '../request/attribute-word';
import * as Config from '../request/config';
import * as Half from '../request/half';
import * as Machine from '../request/machine';
import * as State from '../request/state';
import * as Event from '../arch/event';
import * as EventRecord from '../arch/event-record';
import * as Geometry from '../arch/geometry';
import * as Idr3 from '../arch/idr3';
import * as MemAttr from '../arch/mem-attr';
import * as Pte from '../arch/pte';
import * as S2pte from '../arch/s2pte';
import * as Ste from '../arch/ste';
import * as Descriptor from './descriptor';
import * as Permission from './permission';
import { refused, whyStage2 } from './why';
import * as Fault from '../request/fault';
import { fillStage2Table } from './fill';
import { updatesDescriptors } from './update';
import * as Trace from '../request/trace';
import { idrField } from '../state/regs';
import { memAttrIsDevice } from './attributes';

export function stage2Evaluate(q: usize): u32 {
  const c = Machine.cfg(q);
  const half = c + Config.STAGE2;
  const desc = load<u64>(q, Machine.S2_DESC);
  const level = load<i32>(q, Machine.S2_LEVEL);
  const why = Descriptor.faultOf(
    desc,
    level,
    half,
    load<u64>(q, Machine.S2_IPA),
    <u64>load<u32>(c, Config.S2PS),
  );
  if (why != Why.NONE) return Fault.stage2Fault(q, Descriptor.eventOf(why), false, why);
  if (Descriptor.isLeaf(desc, level)) return State.S2_LEAF;
  // S2HAFT: the Table descriptor's own access flag; what could not be marked is not cached (§3.13.6).
  if (load<u32>(c, Config.FLAGS) & Config.FLAG_S2_HAFT && !bits(desc, Pte.AF)) {
    if (updatesDescriptors(q)) {
      store<u64>(q, desc | maskOf(Pte.AF_Table), Machine.S2_NEW);
      return State.S2_TABLE_UPDATE;
    }
    descend(q, tableOf(half, desc));
    return State.S2_READ;
  }
  return State.S2_NEXT;
}

@inline
function tableOf(half: usize, desc: u64): u64 {
  return Descriptor.descriptorAddress(
    desc,
    <u32>load<u8>(half, Half.FORMAT),
    <u32>load<u8>(half, Half.GRANULE),
  );
}

@inline
function descend(q: usize, table: u64): void {
  store<u64>(q, table, Machine.S2_TABLE);
  store<i32>(q, load<i32>(q, Machine.S2_LEVEL) + 1, Machine.S2_LEVEL);
}

/** One level down; the Table descriptor may be cached. */
export function stage2Next(q: usize): u32 {
  const half = Machine.cfg(q) + Config.STAGE2;
  const next = tableOf(half, load<u64>(q, Machine.S2_DESC));
  fillStage2Table(q, next);
  descend(q, next);
  return State.S2_READ;
}

export function stage2Leaf(q: usize): u32 {
  const c = Machine.cfg(q);
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
    return Fault.stage2Fault(q, Event.F_ACCESS, false, Why.ACCESS_FLAG);

  const pa = Descriptor.leafOutput(
    Descriptor.descriptorAddress(desc, <u32>load<u8>(half, Half.FORMAT), g),
    Geometry.levelShift(g, level),
    ipa,
  );
  // The contiguous hint, but not where each descriptor's access flag is hardware's own (DDI 0487 D8.7.1, D8.5.5).
  const span = Descriptor.leafSpan(half, level, ipa, pa, bits(desc, S2pte.Contiguous) && !ha);
  store<u64>(q, pa, Machine.S2_PA);
  store<u32>(q, min(span, load<u32>(c, Config.S2PS)), Machine.S2_SPAN);
  store<i32>(q, level, Machine.S2_DONE_LEVEL);

  const sh =
    load<u8>(half, Half.FORMAT) == Half.FORMAT_DS ? load<u32>(half, Half.SH) : <u32>bits(desc, S2pte.SH);
  let attr = AttributeWord.stage2(<u32>bits(desc, S2pte.MemAttr), sh);
  if (field(ste, Ste.S2FWB) && idrField(3, Idr3.FWB)) attr |= AttributeWord.FWB;
  store<u32>(q, attr, Machine.S2_ATTR);
  const xnx = idrField(3, Idr3.XNX) != 0;
  let perm = Permission.stage2Permissions(desc, (flags & Config.FLAG_S2_HD) != 0, xnx);
  store<u32>(q, perm, Machine.S2_PERM);
  const next = checkLeaf(q, true);
  if (next == State.FAULT) return next;

  // Hardware update: the access flag (§3.13.2), and the dirty state of a leaf that is written (§3.13.3), in one.
  let fresh = desc;
  if (!bits(desc, Pte.AF) && ha) fresh |= maskOf(S2pte.AF);
  if (Permission.awaitsDirty(perm, load<u32>(q, Machine.S2_ACCESS))) fresh |= maskOf(S2pte.S2AP_1);
  if (fresh != desc && updatesDescriptors(q)) {
    store<u64>(q, fresh, Machine.S2_NEW);
    return State.S2_UPDATE;
  }
  return fresh == desc ? State.S2_DONE : next;
}

// Permission of a leaf, base permissions before S2PTW (IHI 0070 §7.3.22).
export function checkLeaf(q: usize, walked: bool): u32 {
  const perm = load<u32>(q, Machine.S2_PERM);
  const access = load<u32>(q, Machine.S2_ACCESS);
  const isData = load<u32>(q, Machine.S2_CLASS) == EventRecord.CLASS_IN;
  const flags = isData ? load<u32>(q, Request.FLAGS) : 0;
  if (!Permission.allows(perm, access, flags)) {
    const why = walked && Trace.tracing() ? whyStage2(refused(perm, access)) : Why.CACHED;
    return Fault.stage2Fault(q, Event.F_PERMISSION, Permission.lacksReadOnly(perm, access, flags), why);
  }
  // STE.S2PTW: no table and no CD in Device memory (§5.2 S2PTW).
  if (!isData && field(Machine.cfg(q) + Config.STE, Ste.S2PTW) && isDevice(load<u32>(q, Machine.S2_ATTR))) {
    return Fault.stage2Fault(q, Event.F_PERMISSION, false, Why.S2PTW);
  }
  return load<u32>(q, Machine.S2_RETURN);
}

@inline
function isDevice(attr: u32): bool {
  const memAttr = AttributeWord.memAttr(attr);
  return attr & AttributeWord.FWB ? !bits32(memAttr, MemAttr.FWB_Normal) : memAttrIsDevice(memAttr);
}
