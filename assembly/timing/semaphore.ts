// Ports and slots: a number of tokens and a queue of those that wait for one. A token that is given back wakes the first
// waiter in the same tick; it tries again and, if another took the token meanwhile, waits at the end (gem5's rule).
import * as Process from './process';
import { tm } from './region';
import * as Scheduler from './scheduler';
import { schedule } from './wheel';

const TOKENS: i32 = 0;
const CAPACITY: i32 = 4;
const FIRST: i32 = 8;
const LAST: i32 = 12;

/** Gives the semaphore `tokens` tokens, 0 for no limit. */
export function initSemaphore(s: usize, tokens: u32): void {
  store<u32>(s, tokens ? tokens : 0x3fffffff, TOKENS);
  store<u32>(s, tokens, CAPACITY);
  store<u64>(s, 0, FIRST);
}

/** Takes a token for request q; false: it waits and goes on at `pc`. */
@inline
export function acquire(q: usize, s: usize, pc: u32): bool {
  const tokens = load<u32>(s, TOKENS);
  if (tokens) {
    store<u32>(s, tokens - 1, TOKENS);
    return true;
  }
  queue(q, s, pc);
  return false;
}

/** Request q waits for a token. */
export function queue(q: usize, s: usize, pc: u32): void {
  store<u32>(q, pc, Process.PC);
  store<u32>(q, 0, Process.LINK);
  const last = <usize>load<u32>(s, LAST);
  if (last) store<u32>(last, <u32>q, Process.LINK);
  else store<u32>(s, <u32>q, FIRST);
  store<u32>(s, <u32>q, LAST);
  if (load<u64>(q, Process.SINCE) == 0) store<u64>(q, load<u64>(tm, Scheduler.NOW) + 1, Process.SINCE);
}

/** Gives a token back. */
@inline
export function release(s: usize): void {
  store<u32>(s, load<u32>(s, TOKENS) + 1, TOKENS);
  const first = <usize>load<u32>(s, FIRST);
  if (first) wake(s, first);
}

function wake(s: usize, first: usize): void {
  const next = load<u32>(first, Process.LINK);
  store<u32>(s, next, FIRST);
  if (!next) store<u32>(s, 0, LAST);
  schedule(load<u64>(tm, Scheduler.NOW), load<u32>(first, Process.PC), <u32>first);
}

/** Ticks that q has waited since it first found no token; the wait is over. */
@inline
export function waited(q: usize): u64 {
  const since = load<u64>(q, Process.SINCE);
  if (!since) return 0;
  store<u64>(q, 0, Process.SINCE);
  return load<u64>(tm, Scheduler.NOW) + 1 - since;
}

/** As `acquire`, where nobody counts how long q waited. */
@inline
export function take(q: usize, s: usize, pc: u32): bool {
  if (!acquire(q, s, pc)) return false;
  waited(q);
  return true;
}
