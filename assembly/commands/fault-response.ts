// CMD_RESUME and CMD_STALL_TERM (IHI 0070 §4.7.1, §4.7.2): answers to stalled transactions. What names none does nothing.
import { bits } from '../memory/bits';
import { idrField } from '../state/regs';
import { resumeStalled, terminateStalls } from '../translate/stall';
import { streamId } from './parameters';
import { CMD_RESUME_Ab, CMD_RESUME_Ac, CMD_RESUME_STAG } from '../arch/commands';
import { IDR0_STALL_MODEL, IDR0_STALL_MODEL_TERMINATE_ONLY, IDR0_TERM_MODEL } from '../arch/idr';

/** Without the stall model both commands are illegal. */
export function stallModel(): bool {
  return idrField(0, IDR0_STALL_MODEL) != IDR0_STALL_MODEL_TERMINATE_ONLY;
}

export function commandResume(dw0: u64, dw1: u64): void {
  const retry = bits(dw0, CMD_RESUME_Ac) != 0;
  const abort = bits(dw0, CMD_RESUME_Ab) != 0 || idrField(0, IDR0_TERM_MODEL) != 0;
  resumeStalled(streamId(dw0), <u32>bits(dw1, CMD_RESUME_STAG), retry, abort);
}

export function commandStallTerm(dw0: u64): void {
  terminateStalls(streamId(dw0));
}
