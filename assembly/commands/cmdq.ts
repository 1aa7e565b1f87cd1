// The Command queue's consumer (IHI 0070 §3.5, §4.1, §7.1). Runs until the queue is empty, an error is active, or the host
// has to take notifications first; SMMUEN does not matter.
import * as DeviceCounters from '../abi/device-counters';
import * as Header from '../abi/header';
import * as Irq from '../abi/irq';
import * as Cmdq from '../arch/cmdq';
import * as Command from '../arch/command';
import * as Cr0 from '../arch/cr0';
import * as Gerror from '../arch/gerror';
import * as Idr0 from '../arch/idr0';
import * as Idr1 from '../arch/idr1';
import * as Opcode from '../arch/opcode';
import * as Register from '../arch/register';
import { base, generation } from '../memory/base';
import { bits, in32, maskOf32 } from '../memory/bits';
import { read64Here, busFault } from '../memory/bus';
import { pulse, raiseGerror } from '../queues/interrupts';
import { roomForWork } from '../queues/notify';
import * as Ring from '../queues/ring';
import { count } from '../state/counters';
import { gerrorActive } from '../state/gerror';
import { reg32, setReg32, regField, idrField } from '../state/regs';
import * as CommandEngine from '../timing/command-engine';
import { letLeave, timed } from '../timing/engine';
import { endSyncWait, markOvertaken, overtaken } from '../timing/overtaken';
import { execute } from './execute';
import { signalSync } from './sync';

export function cmdqLog2(): u32 {
  return Ring.queueLog2(Register.CMDQ_BASE, idrField(1, Idr1.CMDQS));
}

// CONS stays on the command; ERR is readable before the GERROR flag, and that before the interrupt (§7.1).
function commandError(code: u32): void {
  setReg32(
    Register.CMDQ_CONS,
    (reg32(Register.CMDQ_CONS) & ~maskOf32(Cmdq.CONS_ERR)) | in32(Cmdq.CONS_ERR, code),
  );
  count(DeviceCounters.CERRORS);
  raiseGerror(Gerror.BIT_CMDQ_ERR);
}

// A command can be taken: the queue is on, no error is active, the indices make sense.
function waiting(): u32 {
  if (!regField(Register.CR0ACK, Cr0.CMDQEN) || gerrorActive(Gerror.BIT_CMDQ_ERR)) return 0;
  const log2 = cmdqLog2();
  const n = Ring.fill(reg32(Register.CMDQ_PROD), reg32(Register.CMDQ_CONS), log2);
  return n > (<u32>1) << log2 ? 0 : n;
}

@inline
function opcodeOf(dw0: u64): i32 {
  return <i32>bits(dw0, Command.OPCODE);
}

/** What the time of a command depends on. */
function classOf(opcode: i32): i32 {
  if (opcode == Opcode.SYNC) return CommandEngine.COMMAND_SYNC;
  const names =
    (opcode >= Opcode.CFGI_STE && opcode <= Opcode.CFGI_CD_ALL) ||
    (opcode >= Opcode.TLBI_NH_ALL && opcode <= Opcode.TLBI_NSNH_ALL);
  return names ? CommandEngine.COMMAND_INVALIDATE : CommandEngine.COMMAND_OTHER;
}

function cmdqStart(log2: u32): u64 {
  return Ring.queueStart(Register.CMDQ_BASE, log2, Command.BYTES_LOG2);
}

// The command at CONS of a queue of 2^log2 from `start` on has its effect; false: it is in error and CONS stays on it.
@inline
function take(start: u64, log2: u32): bool {
  const at = Ring.entryAddress(start, log2, Command.BYTES_LOG2, reg32(Register.CMDQ_CONS));
  dw0 = read64Here(at);
  let aborted = busFault;
  dw1 = read64Here(at + 8);
  aborted = aborted || busFault;
  const before = generation();
  const code = aborted ? Cmdq.CERROR_ABT : execute(opcodeOf(dw0), dw0, dw1);
  if (generation() != before && timed()) markOvertaken();
  if (code == Cmdq.CERROR_NONE) return true;
  commandError(code);
  return false;
}

// The command that was taken last.
let dw0: u64 = 0;
let dw1: u64 = 0;

// CONS passes the command, and a CMD_SYNC gives its signal.
@inline
function pass(log2: u32, dw0: u64, dw1: u64): void {
  const cons = reg32(Register.CMDQ_CONS);
  const full = Ring.fill(reg32(Register.CMDQ_PROD), cons, log2) == (<u32>1) << log2;
  const opcode = opcodeOf(dw0);
  setReg32(Register.CMDQ_CONS, (cons & maskOf32(Cmdq.CONS_ERR)) | ((cons + 1) & Ring.indexMask(log2)));
  count(DeviceCounters.COMMANDS + (opcode << 3));
  if (opcode == Opcode.SYNC) signalSync(dw0, dw1);
  if (full && idrField(0, Idr0.SEV)) pulse(Irq.SEV); // a full queue has room again (§4.1.4, IDR0.SEV)
}

/**
 * Call on a CMDQ_PROD write, CMDQEN 0 to 1, an acknowledged CMDQ_ERR, and from `continueWork`. The producer cannot move
 * meanwhile, so this ends after at most 2^19 commands. With HostFlags.ASYNC the command engine begins instead, if it is idle.
 */
export function consumeCommands(): void {
  const withTime = timed();
  if (withTime && CommandEngine.asyncCommands()) {
    const n = waiting();
    CommandEngine.noteWaiting(n);
    if (n) CommandEngine.startCommandEngine();
    return;
  }
  // Neither the queue nor its producer moves while it is on; an error ends it here.
  const log2 = cmdqLog2();
  const start = cmdqStart(log2);
  for (let n = waiting(); n; n = withTime ? waiting() : n - 1) {
    if (!roomForWork()) {
      store<u32>(base + Header.MORE_WORK, 1);
      return;
    }
    if (!take(start, log2)) return;
    if (withTime) {
      const c = classOf(opcodeOf(dw0));
      if (c == CommandEngine.COMMAND_SYNC && !letLeave()) {
        store<u32>(base + Header.MORE_WORK, 1);
        return;
      }
      CommandEngine.noteCommand(c);
      CommandEngine.startCommandEngine();
    }
    pass(log2, dw0, dw1);
  }
}

/** HostFlags.ASYNC: the command at CONS has its effect. Its class, or COMMAND_NONE. */
export function executeNext(): i32 {
  const log2 = cmdqLog2();
  if (!waiting() || !take(cmdqStart(log2), log2)) return CommandEngine.COMMAND_NONE;
  CommandEngine.holdCommand(dw0, dw1);
  return classOf(opcodeOf(dw0));
}

/** HostFlags.ASYNC: the command executed last is done with. True: another one waits. */
export function retireNext(): bool {
  if (CommandEngine.commandHeld())
    pass(cmdqLog2(), CommandEngine.heldCommand(0), CommandEngine.heldCommand(1));
  CommandEngine.dropCommand();
  const n = waiting();
  CommandEngine.noteWaiting(n);
  return n != 0;
}

/**
 * The queue is switched off: what is under way is done with at once (§6.3.9.3), but for a CMD_SYNC that cannot complete yet. That
 * is not consumed, and begins anew when the queue is on again.
 */
export function finishCommands(): void {
  if (!timed()) return;
  if (CommandEngine.commandHeld() && opcodeOf(CommandEngine.heldCommand(0)) == Opcode.SYNC && overtaken()) {
    CommandEngine.dropCommand();
    endSyncWait();
  } else retireNext();
}
