// Time, as the exports let it pass: the scheduler's events, and between them the commands that the command engine comes to.
import * as Header from '../abi/header';
import { executeNext, retireNext } from '../commands/cmdq';
import { base } from '../memory/base';
import { roomForWork } from '../queues/notify';
import { COMMAND_LATER, commandExecuted, duePc, goOn, PC_EXECUTE } from '../timing/command-engine';
import {
  answeredAll,
  COMMAND,
  FINISHED,
  HUNGRY,
  lastResponse,
  noteFollowing,
  offerMain,
  PAUSED,
  refusedRow,
  runUntil,
  tickOf,
  tickNow,
} from '../timing/engine';
import { NEVER } from '../timing/wheel';

function run(limit: u64, more: bool = false): i32 {
  while (true) {
    const state = runUntil(limit, more);
    if (state != COMMAND) return state;
    if (duePc != PC_EXECUTE) goOn(retireNext());
    else commandExecuted(roomForWork() ? executeNext() : COMMAND_LATER);
    if (load<u32>(base + Header.NOTIFY_COUNT)) return PAUSED;
  }
}

// Events are run up to the latest response: of one in a batch there is no event.
function runToLastResponse(): i32 {
  const last = lastResponse();
  return last > tickNow() ? run(last) : FINISHED;
}

/**
 * Runs until everything given so far is answered: 1. With `more`, until its last row has been accepted: 2, and rows given then
 * follow as if they had been there. 0: the host has something to take first; negative: -1 - row of a malformed row.
 */
export function drain(more: bool): i32 {
  const state = run(NEVER, more);
  noteFollowing(state == HUNGRY);
  const bad = refusedRow();
  if (bad) {
    while (run(NEVER) == PAUSED && !answeredAll()) {}
    return bad;
  }
  return state == FINISHED ? runToLastResponse() : state;
}

/** The main request block, once, through everything. Notifications are the host's to take after the call. */
export function timedTranslate(): void {
  offerMain();
  while (run(NEVER) == PAUSED && !answeredAll()) {}
  while (runToLastResponse() == PAUSED) {}
}

/** Runs to a cycle; as `drain`. */
export function advanceTo(cycle: u64): i32 {
  return run(tickOf(cycle));
}
