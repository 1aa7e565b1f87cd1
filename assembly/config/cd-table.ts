// From a CD's index to the CD, through stage 2 when nested: linear and 2-level CD tables (IHI 0070 §3.3.2, §3.4.3, §5.3).
import * as Why from '../abi/why';
import { address, bits, field, pow2 } from '../memory/bits';
import { read64, readInto, busFault } from '../memory/bus';
import * as Request from '../abi/request';
import * as Step from '../abi/step';
import * as TableAccess from '../abi/table-access';
import * as Access from '../request/access';
import * as Config from '../request/config';
import * as Machine from '../request/machine';
import { beginStage2 } from '../request/machine';
import * as State from '../request/state';
import * as Cd from '../arch/cd';
import * as Event from '../arch/event';
import * as EventRecord from '../arch/event-record';
import * as L1cd from '../arch/l1cd';
import * as Ste from '../arch/ste';
import * as Count from '../request/count';
import * as Fault from '../request/fault';
import { seenAt, seenWords } from '../walk/deferred';
import * as Trace from '../request/trace';
import { countConfigRead } from '../state/counters';
import { counting } from '../state/pmu';
import { oasBits } from '../state/regs';
import { contextPointer } from './ste';
import { cdIllegal, decodeCd } from './cd';

// log2 of the CDs of a leaf table: 4 KB of them, or 64 KB.
@inline
function leafLog2(wide: bool): u32 {
  return wide ? Cd.LEAF_64K_LOG2 : Cd.LEAF_4K_LOG2;
}

// Where the L1CD or the CD is (§3.3.2). Bits of the pointer below the table's size are RES0 and count as 0 (§5.2 S1ContextPtr).
export function cdTable(q: usize, index: u32, cdMax: u32): u32 {
  const ste = q + Machine.STE;
  const table = contextPointer(ste);
  const fmt = cdMax == 0 ? 0 : field(ste, Ste.S1Fmt);
  if (fmt == Ste.S1FMT_4K_L2 || fmt == Ste.S1FMT_64K_L2) {
    const leaf = leafLog2(fmt == Ste.S1FMT_64K_L2);
    const low = cdMax > leaf ? cdMax - leaf + L1cd.BYTES_LOG2 : 0;
    const entry = (<u64>(index >> leaf)) << L1cd.BYTES_LOG2;
    store<u64>(q, ((table >> (<u64>low)) << (<u64>low)) + entry, Machine.CD_ADDR);
    return State.L1CD_ADDRESS;
  }
  const low = cdMax + Cd.BYTES_LOG2;
  store<u64>(q, ((table >> (<u64>low)) << (<u64>low)) + ((<u64>index) << Cd.BYTES_LOG2), Machine.CD_ADDR);
  return State.CD_ADDRESS;
}

/** The address in Machine.CD_ADDR through stage 2, if there is one, on the way to `next`. */
export function structureAddress(q: usize, next: u32): u32 {
  const at = load<u64>(q, Machine.CD_ADDR);
  if (load<u32>(q + Machine.CONFIG, Config.FLAGS) & Config.FLAG_S2) {
    return beginStage2(q, at, EventRecord.CLASS_CD, Access.PRIVILEGED, next);
  }
  store<u64>(q, at, Machine.S2_PA);
  return next;
}

export function readL1cd(q: usize): u32 {
  const pa = load<u64>(q, Machine.S2_PA);
  store<u32>(q, load<u32>(q, Request.READS_CD) + 1, Request.READS_CD);
  countConfigRead(TableAccess.L1CD);
  const desc = seenAt(q, pa, read64(pa));
  const failed = busFault;
  if (counting()) Count.countConfigAccess(q);
  if (Trace.tracing())
    Trace.traceMore(
      Trace.traceRead(Step.L1CD, 0, 0, pa, desc),
      EventRecord.CLASS_CD,
      load<u64>(q, Machine.CD_ADDR),
      failed ? 0 : 1,
    );
  if (failed) return Fault.fetchFault(q, Event.F_CD_FETCH, pa, Why.EXTERNAL_ABORT); // §7.3.10
  if (!bits(desc, L1cd.V)) return Fault.badSubstream(q, Why.L1CD_INVALID); // §5.3 V
  const wide = field(q + Machine.STE, Ste.S1Fmt) == Ste.S1FMT_64K_L2;
  let table = address(desc, L1cd.L2Ptr);
  if (wide) table &= ~(pow2(Cd.LEAF_64K_LOG2 + Cd.BYTES_LOG2) - 1); // [15:12] are RES0 (§5.3 L2Ptr)
  // Beyond OAS (or IAS when nested) it is no CD table: C_BAD_SUBSTREAMID (§3.4.3).
  if (table >> (<u64>oasBits())) return Fault.badSubstream(q, Why.L1CD_ADDRESS);
  const index = load<u32>(q + Machine.CONFIG, Config.CD_INDEX) & ((1 << leafLog2(wide)) - 1);
  store<u64>(q, table + ((<u64>index) << Cd.BYTES_LOG2), Machine.CD_ADDR);
  return State.CD_ADDRESS;
}

export function readCd(q: usize): u32 {
  const pa = load<u64>(q, Machine.S2_PA);
  store<u32>(q, load<u32>(q, Request.READS_CD) + 1, Request.READS_CD);
  countConfigRead(TableAccess.CD);
  const cd = q + Machine.CD;
  const ok = readInto(pa, cd, Cd.BYTES);
  if (load<u32>(q, Machine.DEFERRED)) seenWords(q, pa, cd, Cd.BYTES);
  if (counting()) Count.countConfigAccess(q);
  if (Trace.tracing())
    Trace.traceMore(
      Trace.traceRead(Step.CD, 0, 0, pa, load<u64>(cd)),
      EventRecord.CLASS_CD,
      load<u64>(q, Machine.CD_ADDR),
      ok ? 1 : 0,
    );
  if (!ok) return Fault.fetchFault(q, Event.F_CD_FETCH, pa, Why.EXTERNAL_ABORT); // §7.3.10
  const c = q + Machine.CONFIG;
  if (cdIllegal(c, cd)) return Fault.configError(q, Event.C_BAD_CD, Why.CD_ILLEGAL); // §5.4.2
  decodeCd(c, cd);
  return State.CONFIG_FILL;
}
