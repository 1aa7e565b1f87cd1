// Address translation operations of the global interface (IHI 0070 §9.1). A request runs to its end inside the write that
// sets RUN; it records no event and never stalls.
import { address, addressAt, bits, bits32, field, in32, put } from '../memory/bits';
import { idrField, reg64, setReg64, truncateToOas } from '../state/regs';
import { translateInner } from '../translate/inner';
import { inner, innerStream } from '../commands/inner';
import * as Flag from '../abi/flag';
import * as Atos from '../request/atos';
import * as Request from '../abi/request';
import * as Status from '../abi/status';
import * as Event from '../arch/event';
import * as EventRecord from '../arch/event-record';
import * as Gatos from '../arch/gatos';
import * as Idr0 from '../arch/idr0';
import * as Mair from '../arch/mair';
import * as Register from '../arch/register';
import * as Shareability from '../arch/shareability';

// Decided before any structure is read: a type that is reserved or asks for a stage that does not exist, or a
// SubstreamID for stage 2 alone.
function invalidRequest(type: u32, ssv: bool): bool {
  const s1 = idrField(0, Idr0.S1P) != 0;
  const s2 = idrField(0, Idr0.S2P) != 0;
  if (type == Gatos.TYPE_RESERVED) return true;
  if (type == Gatos.TYPE_S1) return !s1;
  if (type == Gatos.TYPE_S2) return !s2 || ssv;
  return !s1 || !s2;
}

function fault(code: u32, reason: u32, page: u64): void {
  let par = put(0, Gatos.PAR_FAULT, 1);
  par = put(par, Gatos.PAR_FAULTCODE, code);
  par = put(par, Gatos.PAR_REASON, reason);
  setReg64(Register.GATOS_PAR, put(par, Gatos.PAR_FADDR, page));
}

/** GATOS_CTRL.RUN was set while SMMUEN is 1. */
export function runAtos(): void {
  const sid = reg64(Register.GATOS_SID);
  const addr = reg64(Register.GATOS_ADDR);
  const type = <u32>bits(addr, Gatos.ADDR_TYPE);
  const ssv = bits(sid, Gatos.SID_SSID_VALID) != 0;
  if (invalidRequest(type, ssv)) {
    fault(Gatos.FAULT_INV_REQ, Gatos.REASON_OTHER, 0);
    return;
  }

  innerStream(
    Request.KIND_ATOS,
    <u32>bits(sid, Gatos.SID_STREAMID),
    ssv,
    <u32>bits(sid, Gatos.SID_SUBSTREAMID),
  );
  const q = inner();
  let flags = load<u32>(q, Request.FLAGS);
  if (bits(addr, Gatos.ADDR_PnU)) flags |= Flag.PRIVILEGED;
  if (bits(addr, Gatos.ADDR_RnW) == 0) flags |= Flag.WRITE;
  else if (bits(addr, Gatos.ADDR_InD)) flags |= Flag.INSTRUCTION;
  store<u32>(q, flags, Request.FLAGS);
  store<u64>(q, address(addr, Gatos.ADDR_ADDR), Request.IOVA);
  store<u32>(q, Atos.word(type, <u32>bits(addr, Gatos.ADDR_HTTUI)), Request.ATOS);
  if (translateInner() == Status.OK) reportAddress(q, type);
  else reportFault(q, type);
}

// With Size 1 the lowest set bit N of ADDR says 2^(N+1) bytes, the other way round than in PCIe ATS (§6.3.40).
function reportAddress(q: usize, type: u32): void {
  const log2 = <u64>min<u32>(max<u32>(load<u32>(q, Request.LOG2), 12), 52);
  let page = truncateToOas(load<u64>(q, Request.PA)) & ~(((<u64>1) << log2) - 1);
  if (log2 > 12) page |= (<u64>1) << (log2 - 1);
  const attrs = load<u32>(q, Request.OUT_ATTRS);
  let type8 = bits32(attrs, Request.ATTRS_TYPE);
  if (type == Gatos.TYPE_S2) type8 = stage2Hints(type8);
  const ordered = !bits32(type8, Mair.Outer) || type8 == Mair.NORMAL_NC; // Device and Normal iNC-oNC are Outer Shareable
  let par = address(page, Gatos.PAR_ADDR);
  par = put(par, Gatos.PAR_Size, log2 > 12 ? 1 : 0);
  par = put(par, Gatos.PAR_SH, ordered ? Shareability.OUTER_SHAREABLE : bits32(attrs, Request.ATTRS_SH));
  setReg64(Register.GATOS_PAR, put(par, Gatos.PAR_ATTR, type8));
}

// Stage 2 descriptors have no allocation hints: RA and WA are 1, TR is 0.
function stage2Hints(mair: u32): u32 {
  const outer = bits32(mair, Mair.Outer);
  if (!outer) return mair;
  return in32(Mair.Outer, withHints(outer)) | in32(Mair.Inner, withHints(bits32(mair, Mair.Inner)));
}

function withHints(n: u32): u32 {
  return n == Mair.NC ? n : (n & Mair.WB) | Mair.NON_TRANSIENT | Mair.RW;
}

@inline
function translationRelated(event: u32): bool {
  return (
    event == Event.F_TRANSLATION ||
    event == Event.F_ADDR_SIZE ||
    event == Event.F_ACCESS ||
    event == Event.F_PERMISSION
  );
}

// The table of §9.1.4. `translateInner` answers an abort without an event when the STE does not enable the stage asked
// for; everything else comes with the event that a transaction would have caused.
function reportFault(q: usize, type: u32): void {
  const event = load<u32>(q, Request.EVENT);
  if (event == 0) {
    fault(Gatos.FAULT_INV_STAGE, Gatos.REASON_OTHER, 0);
    return;
  }
  const words = q + Request.EVENT_WORDS;
  const tabled = translationRelated(event) || event == Event.F_WALK_EABT; // the events that have S2 and CLASS
  const stage2 = tabled && field(words, EventRecord.S2) != 0;
  const cls = <u32>field(words, EventRecord.CLASS);
  if (type == Gatos.TYPE_S2) {
    fault(event, event == Event.F_ADDR_SIZE && !stage2 ? Gatos.REASON_OTHER : Gatos.REASON_IN, 0);
  } else if (!stage2) {
    fault(event, Gatos.REASON_OTHER, 0);
  } else if (type == Gatos.TYPE_S1) {
    // Stage 2 is not the asker's business: the fetch looks as if it had aborted.
    fault(cls == EventRecord.CLASS_CD ? Event.F_CD_FETCH : Event.F_WALK_EABT, Gatos.REASON_OTHER, 0);
  } else {
    const page =
      event == Event.F_WALK_EABT
        ? 0
        : bits(truncateToOas(addressAt(words, EventRecord.IPA)), Gatos.PAR_FADDR);
    fault(event, Gatos.REASON_CD + cls, page); // REASON counts as CLASS does: CD, TT, IN
  }
}
