// The step record of a fault: what the rule that refused was about, for the host to put into words.
import * as Request from '../abi/request';
import * as Step from '../abi/step';
import * as StepRecord from '../abi/step-record';
import * as Access from '../request/access';
import * as Config from '../request/config';
import * as Half from '../request/half';
import * as Machine from '../request/machine';
import * as EventRecord from '../arch/event-record';
import * as Register from '../arch/register';
import * as Strtab from '../arch/strtab';
import * as Why from '../abi/why';
import { bits32, field } from '../memory/bits';
import { oasBits, reg32 } from '../state/regs';
import { traceEnd } from '../request/trace';

/** Writes the record of the fault that q has. */
export function traceFault(q: usize): void {
  const stage = load<u32>(q, Machine.FAULT_STAGE);
  const why = load<u32>(q, Machine.WHY);
  const where = why == Why.ABOVE_OAS ? load<u64>(q, Machine.STE_ADDR) : 0;
  const t = traceEnd(Step.FAULT, stage, load<u64>(q, Request.IOVA), where, load<u32>(q, Machine.FAULT));
  if (!t) return;
  store<u32>(t, why, StepRecord.WHY);
  store<u32>(t, limitOf(q, stage, why), StepRecord.LIMIT);
  store<u32>(t, accessOf(q, stage), StepRecord.ACCESS);
  if (stage == 1) store<i32>(t, load<i32>(q, Machine.S1_LEVEL), StepRecord.LEVEL);
  if (stage == 2) {
    store<i32>(t, load<i32>(q, Machine.S2_LEVEL), StepRecord.LEVEL);
    store<u32>(t, load<u32>(q, Machine.S2_CLASS), StepRecord.CLASS);
    store<u64>(t, load<u64>(q, Machine.S2_IPA), StepRecord.IPA);
  }
}

// The access that was refused: of stage 2, that of a CD fetch or descriptor where it was for one. Beside it, how it came.
function accessOf(q: usize, stage: u32): u32 {
  const own = stage != 2 || load<u32>(q, Machine.S2_CLASS) == EventRecord.CLASS_IN;
  let kind = own ? load<u32>(q, Machine.ACCESS) : load<u32>(q, Machine.S2_ACCESS);
  if (own && stage && field(q + Request.EVENT_WORDS, EventRecord.RnW)) kind &= ~Access.WRITE; // an atomic that lacks the read
  const upper = load<u32>(q, Machine.HALF) == load<u32>(q, Machine.CFG) + <u32>Config.HALF1;
  const levels =
    stage != 1 || load<u32>(<usize>load<u32>(q, Machine.CFG), Config.FLAGS) & Config.FLAG_TWO_HALVES;
  return (
    kind |
    (load<u32>(q, Machine.RAW_ACCESS) << StepRecord.ACCESS_RAW_SHIFT) |
    (upper ? StepRecord.ACCESS_HALF_1 : 0) |
    (levels ? 0 : StepRecord.ACCESS_ONE_LEVEL)
  );
}

// The bits that the rule allows, where it is about an address or a StreamID.
function limitOf(q: usize, stage: u32, why: u32): u32 {
  const c = <usize>load<u32>(q, Machine.CFG);
  if (why == Why.INPUT_RANGE) {
    return <u32>load<u8>(stage == 1 ? <usize>load<u32>(q, Machine.HALF) : c + Config.STAGE2, Half.IASIZE);
  }
  if (why == Why.TABLE_ADDRESS || why == Why.OUTPUT_ADDRESS) {
    return stage == 1 ? load<u32>(c, Config.IPS) : load<u32>(c, Config.S2PS);
  }
  if (why == Why.STREAM_RANGE) return bits32(reg32(Register.STRTAB_BASE_CFG), Strtab.BASE_CFG_LOG2SIZE);
  return oasBits();
}
