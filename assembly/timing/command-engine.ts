// The command engine in time: commands one after another, each fetched, executed, sent to the TBUs when it invalidates, and
// waited for (gem5's SMMUCommandExecProcess; MMU-600AE TRM; cycles of an invalidation and of CMD_SYNC are measured or guessed, see
// the presets). Their effects are commands/'s: at the doorbell, and then only the time is left to pass here; or, with
// HostFlags.ASYNC, when the engine comes to them, which the driver of the scheduler is asked for (COMMAND of engine.ts).
import * as Cache from '../abi/cache';
import * as CacheIndex from '../abi/cache-index';
import * as Header from '../abi/header';
import * as HostFlags from '../abi/host-flags';
import * as Request from '../abi/request';
import * as Timing from '../abi/timing';
import * as TimingCounters from '../abi/timing-counters';
import * as Command from '../arch/command';
import { base, cacheAt, region } from '../memory/base';
import { callRefused } from './accept';
import { afterTbu, afterTcu, beats, tbuOf } from './delay';
import * as Process from './process';
import { tm } from './region';
import * as Scheduler from './scheduler';
import * as Tbu from './tbu';
import * as Tokens from './tokens';
import { PC_RETIRE, beginSyncWait, overtaken } from './overtaken';
import { acquire, release, take, waited } from './semaphore';
import { addTo, noteBacklog } from './tally';
import { schedule } from './wheel';

// Classes of commands
export const COMMAND_OTHER: i32 = 0;
export const COMMAND_INVALIDATE: i32 = 1;
export const COMMAND_SYNC: i32 = 2;
/** There is none to execute. */
export const COMMAND_NONE: i32 = -1;
/** It cannot be executed in this cycle. */
export const COMMAND_LATER: i32 = -2;
const CLASSES: i32 = 3;

// Program counters of the engine
const PC_COMMAND: u32 = 128;
const PC_FETCH_ISSUED: u32 = 129;
export const PC_EXECUTE: u32 = 130;
const PC_EXECUTED: u32 = 131; // PC_RETIRE follows: overtaken.ts
const PC_SYNC_END: u32 = 133;
// and of an invalidation on its way to a TBU and back
const PC_INVALIDATE_UP: u32 = 140;
const PC_INVALIDATE_SENT: u32 = 141;
const PC_INVALIDATE_LOOKUP: u32 = 142;
const PC_INVALIDATE_DONE: u32 = 143;
const PC_INVALIDATE_DOWN: u32 = 144;
const PC_INVALIDATE_BACK: u32 = 145;
const PC_INVALIDATE_ACK: u32 = 146;

@inline
function engine(): usize {
  return region(base + Header.AGENTS);
}

/** The block of TBU i's invalidations. */
@inline
function agent(i: u32): usize {
  return engine() + <usize>((1 + i) * Request.BYTES);
}

/** Nothing is under way; the TBUs' states lie at Tbu.FIRST. */
export function resetCommandEngine(): void {
  const tbus = load<u32>(base, Header.TBUS);
  memory.fill(engine(), 0, <usize>((1 + tbus) * Request.BYTES));
  for (let i: u32 = 0; i < tbus; i++) {
    store<u32>(agent(i), <u32>(tm + Tbu.FIRST) + i * Tbu.BYTES, Process.TBU);
    store<u32>(agent(i), i, Process.ROW);
  }
}

@inline
export function asyncCommands(): bool {
  return (load<u32>(base, Header.HOST_FLAGS) & HostFlags.ASYNC) != 0;
}

@inline
function left(c: i32): usize {
  return tm + Scheduler.COMMANDS + <usize>(c << 2);
}

/** A command of class c has had its effect: its time is still to pass. */
export function noteCommand(c: i32): void {
  store<u32>(left(c), load<u32>(left(c)) + 1);
  noteBacklog(1);
}

/** HostFlags.ASYNC: n commands wait or are under way. */
export function noteWaiting(n: u32): void {
  if (!asyncCommands()) return;
  noteBacklog(<i32>(n - load<u32>(tm, Scheduler.BACKLOG)));
}

/** The doorbell: the engine begins a cycle later, unless it is at work. */
export function startCommandEngine(): void {
  if (load<u32>(tm, Scheduler.COMMAND_BUSY)) return; // one command after another (gem5: SMMUCommandExecProcess)
  store<u32>(tm, 1, Scheduler.COMMAND_BUSY);
  store<u32>(tm, load<u32>(tm, Scheduler.BACKGROUND) + 1, Scheduler.BACKGROUND);
  store<u64>(tm, load<u64>(tm, Scheduler.NOW), Scheduler.COMMAND_SINCE);
  inTcu(engine(), 1, PC_COMMAND);
}

function noteBusy(): void {
  const now = load<u64>(tm, Scheduler.NOW);
  addTo(TimingCounters.COMMAND_CYCLES, now - load<u64>(tm, Scheduler.COMMAND_SINCE));
  store<u64>(tm, now, Scheduler.COMMAND_SINCE);
}

function stop(): void {
  store<u32>(tm, 0, Scheduler.COMMAND_BUSY);
  store<u32>(tm, load<u32>(tm, Scheduler.BACKGROUND) - 1, Scheduler.BACKGROUND);
}

// The next of those whose effects came at a doorbell: what one doorbell brought is taken in this order of classes.
function nextLeft(): i32 {
  for (let c = 0; c < CLASSES; c++) {
    const n = load<u32>(left(c));
    if (!n) continue;
    store<u32>(left(c), n - 1);
    return c;
  }
  return COMMAND_NONE;
}

/** An event of q, the engine or an agent. True: the command of `duePc` (PC_EXECUTE or PC_RETIRE) is the caller's to do. */
export function commandStep(q: usize, pc: u32): bool {
  while (true) {
    switch (pc) {
      case PC_COMMAND:
        if (load<u32>(tm, Timing.COMMAND_FETCH)) {
          if (!acquire(q, tm + Tokens.MEMORY, PC_COMMAND)) return false;
          addTo(TimingCounters.STALL_MEMORY, waited(q));
          inTcu(q, beats(Command.BYTES, load<u32>(tm, Timing.MEM_BYTES)), PC_FETCH_ISSUED);
          return false;
        }
        pc = PC_EXECUTE;
        break;
      case PC_FETCH_ISSUED:
        giveBack(tm + Tokens.MEMORY);
        inTcu(q, load<u32>(tm, Timing.MEM_LATENCY), PC_EXECUTE);
        callRefused();
        return false;
      case PC_EXECUTE:
        if (asyncCommands()) {
          duePc = PC_EXECUTE;
          return true;
        }
        execute(nextLeft());
        return false;
      case PC_EXECUTED:
        sendToTbus();
        return false;
      case PC_SYNC_END: // IHI 0070 §4.7.3, §3.21.1; at the doorbell the queue's consumer has waited already
        if (asyncCommands() && commandHeld() && overtaken()) {
          beginSyncWait();
          return false;
        }
        pc = PC_RETIRE;
        break;
      case PC_RETIRE:
        noteBusy();
        if (asyncCommands()) {
          duePc = PC_RETIRE;
          return true;
        }
        noteBacklog(-1);
        goOn(load<u32>(left(0)) + load<u32>(left(1)) + load<u32>(left(2)) != 0);
        return false;
      default:
        if (invalidateStep(q, pc)) {
          pc = PC_RETIRE;
          q = engine();
          break;
        }
        return false;
    }
  }
}

/** What the caller of `commandStep` shall do. */
export let duePc: u32 = 0;

function execute(c: i32): void {
  const q = engine();
  const cycles = load<u32>(tm, Timing.COMMAND) + (c == COMMAND_SYNC ? load<u32>(tm, Timing.SYNC) : 0);
  const sent = c == COMMAND_INVALIDATE && load<u32>(tm, Timing.INVALIDATE) != 0;
  inTcu(q, cycles, sent ? PC_EXECUTED : c == COMMAND_SYNC ? PC_SYNC_END : PC_RETIRE);
}

/** The command at hand had its effect; it is of class c. */
export function commandExecuted(c: i32): void {
  if (c == COMMAND_LATER) inTcu(engine(), 1, PC_EXECUTE);
  else if (c == COMMAND_NONE) {
    noteBusy();
    stop();
  } else execute(c);
}

/** The command at hand is consumed; `more`: another one waits. */
export function goOn(more: bool): void {
  if (more) schedule(load<u64>(tm, Scheduler.NOW), PC_COMMAND, <u32>engine());
  else stop();
}

/** Keeps the command whose time passes now. */
export function holdCommand(dw0: u64, dw1: u64): void {
  store<u64>(tm, dw0, Scheduler.COMMAND_HELD);
  store<u64>(tm, dw1, Scheduler.COMMAND_HELD + 8);
  store<u32>(tm, 1, Scheduler.COMMAND_HOLDS);
}

export function commandHeld(): bool {
  return load<u32>(tm, Scheduler.COMMAND_HOLDS) != 0;
}

export function heldCommand(word: i32): u64 {
  return load<u64>(tm + Scheduler.COMMAND_HELD + <usize>(word << 3));
}

export function dropCommand(): void {
  store<u32>(tm, 0, Scheduler.COMMAND_HOLDS);
}

// One invalidation at a time is under way, to all TBUs at once (MMU-600AE TRM: one invalidation token).
function sendToTbus(): void {
  const tbus = load<u32>(base, Header.TBUS);
  addTo(TimingCounters.TBU_INVALIDATIONS, 1);
  store<u32>(tm, tbus, Scheduler.COMMAND_ACKS);
  for (let i: u32 = 0; i < tbus; i++) schedule(load<u64>(tm, Scheduler.NOW), PC_INVALIDATE_UP, <u32>agent(i));
}

// The port of the TBU's larger TLB that there is, which is occupied meanwhile (a guess: no TRM says what an invalidation occupies).
function lookupPort(q: usize): usize {
  const i = <i32>load<u32>(q, Process.ROW);
  return tbuOf(q) + (load<u32>(cacheAt(CacheIndex.TBU + 2 * i + 1), Cache.ENTRIES) ? Tbu.MAIN : Tbu.MICRO);
}

// Calls in place of what passes hot paths inline: commands are few.
function taken(q: usize, port: usize, pc: u32): bool {
  return take(q, port, pc);
}
function giveBack(port: usize): void {
  release(port);
}
function inTcu(q: usize, cycles: u32, pc: u32): void {
  afterTcu(q, cycles, pc);
}
function inTbu(q: usize, cycles: u32, pc: u32): void {
  afterTbu(q, cycles, pc);
}

// True: the last TBU has answered.
function invalidateStep(q: usize, pc: u32): bool {
  while (true) {
    switch (pc) {
      case PC_INVALIDATE_UP:
        if (!taken(q, tbuOf(q) + Tbu.UP, PC_INVALIDATE_UP)) return false;
        inTcu(q, 1, PC_INVALIDATE_SENT);
        return false;
      case PC_INVALIDATE_SENT:
        giveBack(tbuOf(q) + Tbu.UP);
        inTcu(q, load<u32>(tm, Timing.LINK_UP) - 1, PC_INVALIDATE_LOOKUP);
        return false;
      case PC_INVALIDATE_LOOKUP:
        if (!taken(q, lookupPort(q), PC_INVALIDATE_LOOKUP)) return false;
        inTbu(q, load<u32>(tm, Timing.INVALIDATE), PC_INVALIDATE_DONE);
        return false;
      case PC_INVALIDATE_DONE:
        giveBack(lookupPort(q));
        pc = PC_INVALIDATE_DOWN;
        break;
      case PC_INVALIDATE_DOWN:
        if (!taken(q, tbuOf(q) + Tbu.DOWN, PC_INVALIDATE_DOWN)) return false;
        inTbu(q, 1, PC_INVALIDATE_BACK);
        return false;
      case PC_INVALIDATE_BACK:
        giveBack(tbuOf(q) + Tbu.DOWN);
        inTbu(q, load<u32>(tm, Timing.LINK_DOWN) - 1, PC_INVALIDATE_ACK);
        return false;
      default: {
        const acks = load<u32>(tm, Scheduler.COMMAND_ACKS) - 1;
        store<u32>(tm, acks, Scheduler.COMMAND_ACKS);
        return acks == 0;
      }
    }
  }
}
