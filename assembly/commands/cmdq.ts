// The Command queue's consumer (IHI 0070 §3.5, §4.1, §7.1). Runs until the queue is empty, an error is active, or the host
// has to take notifications first; SMMUEN does not matter.
import { base } from '../memory/base';
import { read64, busFault } from '../memory/bus';
import { count } from '../state/counters';
import { reg32, setReg32, regField, idrField } from '../state/regs';
import { gerrorActive } from '../state/gerror';
import { roomForWork } from '../queues/notify';
import { pulse, raiseGerror } from '../queues/interrupts';
import { queueLog2, fill, indexMask, entryAddress } from '../queues/ring';
import { execute } from './execute';
import { signalSync } from './sync';
import { CT_CERRORS, CT_COMMANDS, H_MORE_WORK, IRQ_SEV } from '../abi';
import {
  R_CR0ACK,
  R_CMDQ_BASE,
  R_CMDQ_PROD,
  R_CMDQ_CONS,
  CR0_CMDQEN,
  CERROR_ABT,
  CERROR_NONE,
  GERROR_BIT_CMDQ_ERR,
} from '../arch/registers';
import { IDR0_SEV, IDR1_CMDQS } from '../arch/idr';
import { CMD_BYTES_LOG2, OP_SYNC } from '../arch/commands';

const ERR_MASK: u32 = 0x7f << 24;

export function cmdqLog2(): u32 {
  return queueLog2(R_CMDQ_BASE, idrField(1, IDR1_CMDQS));
}

// CONS stays on the command; ERR is readable before the GERROR flag, and that before the interrupt.
function commandError(code: u32): void {
  setReg32(R_CMDQ_CONS, (reg32(R_CMDQ_CONS) & ~ERR_MASK) | (code << 24));
  count(CT_CERRORS);
  raiseGerror(GERROR_BIT_CMDQ_ERR);
}

/**
 * Call on a CMDQ_PROD write, CMDQEN 0 to 1, an acknowledged CMDQ_ERR, and from `continueWork`. The producer cannot move
 * meanwhile, so this ends after at most 2^19 commands.
 */
export function consumeCommands(): void {
  while (regField(R_CR0ACK, CR0_CMDQEN) && !gerrorActive(GERROR_BIT_CMDQ_ERR)) {
    const log2 = cmdqLog2();
    const cons = reg32(R_CMDQ_CONS);
    const waiting = fill(reg32(R_CMDQ_PROD), cons, log2);
    const capacity = (<u32>1) << log2;
    if (waiting == 0 || waiting > capacity) return; // empty, or inconsistent indices
    if (!roomForWork()) {
      store<u32>(base + H_MORE_WORK, 1);
      return;
    }

    const at = entryAddress(R_CMDQ_BASE, log2, CMD_BYTES_LOG2, cons);
    const dw0 = read64(at);
    let aborted = busFault;
    const dw1 = read64(at + 8);
    aborted = aborted || busFault;
    const opcode = <i32>(dw0 & 0xff);
    const code = aborted ? CERROR_ABT : execute(opcode, dw0, dw1);
    if (code != CERROR_NONE) {
      commandError(code);
      return;
    }

    setReg32(R_CMDQ_CONS, (cons & ERR_MASK) | ((cons + 1) & indexMask(log2)));
    count(CT_COMMANDS + (opcode << 3));
    if (opcode == OP_SYNC) signalSync(dw0, dw1);
    if (waiting == capacity && idrField(0, IDR0_SEV)) pulse(IRQ_SEV); // a full queue has room again (§4.1.4, IDR0.SEV)
  }
}
