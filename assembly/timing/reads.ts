// What a walk does most: issue a read (a cycle of a port, then memory's latency), take its answer, evaluate a descriptor (a cycle of
// a step port): gem5's doRead and its cycle semaphore. Functions of their own for the scheduler, as in stages.ts.
import * as Timing from '../abi/timing';
import * as TimingCounters from '../abi/timing-counters';
import * as Machine from '../request/machine';
import * as State from '../request/state';
import { continueFrom } from '../translate/machine';
import { stage1Evaluate, stage1Read } from '../walk/stage1';
import { stage2Evaluate, stage2Read } from '../walk/stage2';
import { answerOf } from './access';
import { afterTcu } from './delay';
import * as Pc from './pc';
import { tm } from './region';
import * as Tokens from './tokens';
import { place, step } from './place';
import { acquire, release, waited } from './semaphore';
import { WAITS } from './stages';
import { addTo } from './tally';
import { schedule } from './wheel';

/** Into the port to memory. */
@inline
export function read(q: usize): u32 {
  if (!acquire(q, tm + Tokens.MEMORY, Pc.READ)) return WAITS;
  addTo(TimingCounters.STALL_MEMORY, waited(q));
  afterTcu(q, 1, Pc.READ_ISSUED);
  return WAITS;
}

/** The read is on its way. */
export function readIssued(q: usize): void {
  release(tm + Tokens.MEMORY);
  schedule(answerOf(q), Pc.STEP, <u32>q);
}

/** The time of a step that holds no token has passed: of a read, nearly always. */
export function stepEnd(q: usize): u32 {
  const s = load<u32>(q, Machine.STATE);
  let next: u32 = 0;
  if (s == State.S1_READ) next = stage1Read(q);
  else if (s == State.S2_READ) next = stage2Read(q);
  else return step(q);
  if (next != State.S1_EVALUATE && next != State.S2_EVALUATE)
    return place(q, continueFrom(q, next, Pc.STOPS));
  store<u32>(q, next, Machine.STATE);
  return evaluate(q);
}

/** Into a port for steps of walks. */
@inline
export function evaluate(q: usize): u32 {
  if (!acquire(q, tm + Tokens.STEP, Pc.EVALUATE)) return WAITS;
  waited(q);
  afterTcu(q, load<u32>(tm, Timing.EVALUATE), Pc.EVALUATE_END);
  return WAITS;
}

/** The descriptor has been evaluated. */
export function evaluateEnd(q: usize): u32 {
  release(tm + Tokens.STEP);
  const next = load<u32>(q, Machine.STATE) == State.S1_EVALUATE ? stage1Evaluate(q) : stage2Evaluate(q);
  const pc = place(q, continueFrom(q, next, Pc.STOPS));
  return pc == Pc.READ ? read(q) : pc;
}
