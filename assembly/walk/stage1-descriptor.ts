// What a stage 1 descriptor says: Table, Block, Page or fault; the leaf's result and its permissions (DDI 0487 D8; IHI 0070 §3.4,
// §3.13).
import * as Why from '../abi/why';
import * as Entry from '../abi/entry';
import * as Request from '../abi/request';
import * as AttributeWord from '../request/attribute-word';
import * as Config from '../request/config';
import * as Half from '../request/half';
import * as Machine from '../request/machine';
import * as State from '../request/state';
import * as Cd from '../arch/cd';
import * as Event from '../arch/event';
import * as Geometry from '../arch/geometry';
import * as Idr3 from '../arch/idr3';
import * as Pte from '../arch/pte';
import { bits, field, maskOf } from '../memory/bits';
import { idrField } from '../state/regs';
import * as Descriptor from './descriptor';
import * as Fault from '../request/fault';
import * as Permission from './permission';
import { refused, whyStage1 } from './why';
import { updateNeedsStage2 } from './stage1-update';
import * as Trace from '../request/trace';
import { updatesDescriptors } from './update';

export function stage1Evaluate(q: usize): u32 {
  const h = Machine.half(q);
  const c = Machine.cfg(q);
  const desc = load<u64>(q, Machine.S1_DESC);
  const level = load<i32>(q, Machine.S1_LEVEL);
  const why = Descriptor.faultOf(desc, level, h, load<u64>(q, Request.IOVA), <u64>load<u32>(c, Config.IPS));
  if (why != Why.NONE) return Fault.stage1Fault(q, Descriptor.eventOf(why), false, why);
  if (Descriptor.isLeaf(desc, level)) return State.S1_LEAF;
  // Hierarchical permissions, unless CD.HADx switches them off (DDI 0487 D8.4.6, §5.4).
  if (!(load<u32>(h, Half.FLAGS) & Half.FLAG_HAD)) {
    let hier = load<u32>(q, Machine.HIER) | (<u32>bits(desc, Pte.APTable));
    if (bits(desc, Pte.UXNTable)) hier |= Permission.HIER_UXN;
    if (bits(desc, Pte.PXNTable)) hier |= Permission.HIER_PXN;
    store<u32>(q, hier, Machine.HIER);
  }
  store<u32>(q, 1, Machine.TABLE_FRESH);
  // HAFT: the Table descriptor's own access flag (§3.13.6).
  if (load<u32>(c, Config.FLAGS) & Config.FLAG_S1_HAFT && !bits(desc, Pte.AF)) {
    if (!updatesDescriptors(q)) return State.S1_NEXT; // and the walk fills nothing
    store<u64>(q, desc | maskOf(Pte.AF_Table), Machine.S1_NEW);
    return updateNeedsStage2(q, State.S1_TABLE_UPDATE);
  }
  return State.S1_NEXT;
}

/** One level down. */
export function stage1Next(q: usize): u32 {
  const h = Machine.half(q);
  const next = Descriptor.descriptorAddress(
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

/** What the configuration has to say about the permissions of its leaves: Permission.PERM_*. */
export function stage1How(c: usize): u32 {
  const flags = load<u32>(c, Config.FLAGS);
  const cd = c + Config.CD;
  let how: u32 = 0;
  if (flags & Config.FLAG_S1_HD) how |= Permission.PERM_HD;
  if (flags & Config.FLAG_TWO_HALVES) how |= Permission.PERM_PRIVILEGE;
  if (field(cd, Cd.PAN)) how |= Permission.PERM_PAN;
  if (field(cd, Cd.EPAN) && idrField(3, Idr3.EPAN)) how |= Permission.PERM_EPAN;
  if (field(cd, Cd.WXN)) how |= Permission.PERM_WXN;
  return how;
}

export function stage1Leaf(q: usize): u32 {
  const h = Machine.half(q);
  const c = Machine.cfg(q);
  const cd = c + Config.CD;
  const flags = load<u32>(c, Config.FLAGS);
  const desc = load<u64>(q, Machine.S1_DESC);
  const level = load<i32>(q, Machine.S1_LEVEL);
  const g = <u32>load<u8>(h, Half.GRANULE);
  const va = load<u64>(q, Request.IOVA);
  const ha = (flags & Config.FLAG_S1_HA) != 0;
  // The access flag, unless hardware sets it or CD.AFFD waives the fault (§3.13.1, §5.4).
  if (!bits(desc, Pte.AF) && !ha && !field(cd, Cd.AFFD))
    return Fault.stage1Fault(q, Event.F_ACCESS, false, Why.ACCESS_FLAG);

  const how = stage1How(c);
  const perm = Permission.stage1Permissions(desc, load<u32>(q, Machine.HIER), how);
  const access = load<u32>(q, Machine.ACCESS);
  const qf = load<u32>(q, Request.FLAGS);
  // Direct permissions (DDI 0487 D8.4.1); the access flag comes before them (§7.3.22).
  if (!Permission.allows(perm, access, qf)) {
    const why = Trace.tracing()
      ? whyStage1(desc, load<u32>(q, Machine.HIER), how, refused(perm, access))
      : Why.NONE;
    return Fault.stage1Fault(q, Event.F_PERMISSION, Permission.lacksReadOnly(perm, access, qf), why);
  }

  const out = Descriptor.leafOutput(
    Descriptor.descriptorAddress(desc, <u32>load<u8>(h, Half.FORMAT), g),
    Geometry.levelShift(g, level),
    va,
  );
  // The contiguous hint, but not where each descriptor's access flag is hardware's own (DDI 0487 D8.7.1, D8.5.5).
  const span = Descriptor.leafSpan(h, level, va, out, bits(desc, Pte.Contiguous) && !ha);
  store<u64>(q, out, Machine.IPA);
  store<u32>(q, min(span, load<u32>(c, Config.IPS)), Machine.S1_SPAN);
  store<u32>(q, perm, Machine.S1_PERM);
  const attr = <u32>load<u8>(cd + <usize>bits(desc, Pte.AttrIndx), Cd.MAIR_BYTE);
  const sh = load<u8>(h, Half.FORMAT) == Half.FORMAT_DS ? load<u32>(h, Half.SH) : <u32>bits(desc, Pte.SH);
  store<u32>(q, AttributeWord.stage1(attr, sh), Machine.S1_ATTR);
  // Without ASIDs every entry is as good as global, and tagged by the StreamWorld alone.
  if (!bits(desc, Pte.nG) && flags & Config.FLAG_TWO_HALVES)
    store<u32>(q, load<u32>(q, Machine.S1_FLAGS) | Entry.FLAG_GLOBAL, Machine.S1_FLAGS);

  // Hardware update: the access flag (§3.13.2), and the dirty state of a leaf that is written (§3.13.3), in one.
  let fresh = desc;
  if (!bits(desc, Pte.AF) && ha) fresh |= maskOf(Pte.AF);
  if (Permission.awaitsDirty(perm, access)) fresh &= ~maskOf(Pte.AP_2);
  if (fresh != desc && updatesDescriptors(q)) {
    store<u64>(q, fresh, Machine.S1_NEW);
    return updateNeedsStage2(q, State.S1_UPDATE);
  }
  return State.S1_DONE;
}
