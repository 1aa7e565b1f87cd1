// CMD_RESUME and CMD_STALL_TERM (IHI 0070 §4.7.1, §4.7.2): answers to stalled transactions. What names none does nothing.
import { bits } from '../memory/bits';
import { idrField } from '../state/regs';
import { resumeStalled, terminateStalls } from '../translate/stall';
import { streamId } from './parameters';
import * as Command from '../arch/command';
import * as Idr0 from '../arch/idr0';

/** Without the stall model both commands are illegal. */
export function stallModel(): bool {
  return idrField(0, Idr0.STALL_MODEL) != Idr0.STALL_MODEL_TERMINATE_ONLY;
}

export function commandResume(dw0: u64, dw1: u64): void {
  const retry = bits(dw0, Command.RESUME_Ac) != 0;
  const abort = bits(dw0, Command.RESUME_Ab) != 0 || idrField(0, Idr0.TERM_MODEL) != 0;
  resumeStalled(streamId(dw0), <u32>bits(dw1, Command.RESUME_STAG), retry, abort);
}

export function commandStallTerm(dw0: u64): void {
  terminateStalls(streamId(dw0));
}
