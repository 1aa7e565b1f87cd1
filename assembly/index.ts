// The exports of the core: the ABI and nothing else. Results are numbers as Wasm has them (i32 and i64 are signed for the
// host); everything larger lies in linear memory as abi/ says.
import { base, setBase } from './memory/base';
import { initBus } from './memory/bus';
import { read32, read64, write32, write64 } from './device/mmio';
import { readPmcg, writePmcg } from './device/pmcg';
import { resetDevice, resetStatistics } from './device/reset';
import { consumeCommands } from './commands/cmdq';
import { retryWaitingStalls } from './translate/stall';
import { msiAborted as abortMsi } from './queues/interrupts';
import { overflowBy, passCycles } from './queues/pmu';
import * as Header from './abi/header';
import * as Layout from './abi/layout';
import * as Result from './abi/result';

import { bindProbes } from './translate/probes';
import { bindLastTables } from './translate/last-tables';
import { bindTablePages } from './walk/table-pages';
import { bindQuiet } from './tlb/quiet';
import { makeTree16 } from './tlb/replace';
import { clearStreamMemo as forgetMemos } from './translate/streams';
import { bindTiming, nextEvent as nextTimed, resetTiming, timed } from './timing/engine';
import { advanceTo as runTo, drain } from './device/clock';
import { clearStreamTally } from './timing/stream-tally';
import { clearTally } from './timing/tally';

export { translateBatch } from './translate/rows';
export { translate, lookup, lookupWords } from './device/entry';
export { timedBatch, timedLoop } from './timing/engine';

export function abiVersion(): i32 {
  return Layout.VERSION;
}

/** Binds the instance to the region that the host has laid out at `coreBase`, or restored; memos that hold addresses are emptied. */
export function init(coreBase: i32): i32 {
  setBase(<usize>(<u32>coreBase));
  initBus();
  if (load<i32>(base + Header.MAGIC) == Layout.MAGIC) {
    forgetMemos();
    makeTree16();
    bindProbes();
    bindTablePages();
    bindLastTables();
    bindQuiet();
    bindTiming();
  }
  return load<i32>(base + Header.MAGIC) == Layout.MAGIC && load<i32>(base + Header.VERSION) == Layout.VERSION
    ? Result.NO_ERROR
    : Result.WRONG_VERSION;
}

export function reset(): void {
  resetDevice();
  resetTiming();
}

export function resetStats(): void {
  resetStatistics();
  if (!timed()) return;
  clearTally();
  clearStreamTally();
}

export function mmioRead32(offset: i32): i32 {
  return <i32>read32(offset);
}

export function mmioRead64(offset: i32): i64 {
  return <i64>read64(offset);
}

export function mmioWrite32(offset: i32, value: i32): void {
  write32(offset, <u32>value);
}

export function mmioWrite64(offset: i32, value: i64): void {
  write64(offset, <u64>value);
}

/** Registers of a counter group: 0 is the TCU's, then those of the TBUs. */
export function pmcgRead32(group: i32, offset: i32): i32 {
  return <i32>readPmcg(<u32>group, offset);
}

export function pmcgWrite32(group: i32, offset: i32, value: i32): void {
  writePmcg(<u32>group, offset, <u32>value);
}

/** Goes on with work that stopped early for want of room for notifications (Header.MORE_WORK). */
export function continueWork(): void {
  store<u32>(base + Header.MORE_WORK, 0);
  retryWaitingStalls();
  consumeCommands();
}

/** The host refused an MSI that it was notified of. */
export function msiAborted(source: i32): void {
  abortMsi(<u32>source);
}

/**
 * Timed: runs until everything given is answered, 1; with `more`, until its last row has been accepted, 2: rows given now
 * follow it as if they had been there. 0: the host has notifications to take first; -1 - row: a malformed row.
 */
export function drive(more: i32): i32 {
  return timed() ? drain(more != 0) : 1;
}

/** Runs to a TCU cycle; 1 there, 0 the host has something to take first. */
export function advanceTo(cycle: i64): i32 {
  return timed() ? runTo(<u64>cycle) : passCycles(<u64>cycle);
}

/** Cycle of the next event, -1 when none is to come. */
export function nextEvent(): i64 {
  if (timed()) return nextTimed();
  const overflow = overflowBy(u64.MAX_VALUE);
  return overflow ? <i64>overflow : -1;
}
