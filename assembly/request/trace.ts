// Step records for `explain`: written only when the trace word is set, never formatted here.
import { base, region } from '../memory/base';
import * as Header from '../abi/header';
import * as Step from '../abi/step';
import * as StepRecord from '../abi/step-record';
import * as Config from './config';

@inline
export function tracing(): bool {
  return load<u32>(base, Header.TRACE_MASK) != 0;
}

/** The next record, its kind and place filled in; 0 when the memory for them is full. */
function next(kind: u32, stage: u32, level: i32): usize {
  const n = load<u32>(base, Header.TRACE_COUNT);
  store<u32>(base, n + 1, Header.TRACE_COUNT);
  if (n >= load<u32>(base, Header.TRACE_CAP)) return 0;
  const t = region(base + Header.TRACE) + <usize>(n * StepRecord.BYTES);
  memory.fill(t, 0, StepRecord.BYTES);
  store<u32>(t, kind, StepRecord.KIND);
  store<u32>(t, stage, StepRecord.STAGE);
  store<i32>(t, level, StepRecord.LEVEL);
  return t;
}

/** A read of guest memory, or an update of it. */
export function traceRead(kind: u32, stage: u32, level: i32, pa: u64, data: u64): usize {
  const t = next(kind, stage, level);
  if (!t) return 0;
  store<u64>(t, pa, StepRecord.ADDRESS);
  store<u64>(t, data, StepRecord.DATA);
  store<u32>(t, 1, StepRecord.RESULT);
  return t;
}

/** Adds purpose and intermediate address to the record that `traceRead` gave. */
export function traceMore(t: usize, cls: u32, ipa: u64, result: u32): void {
  if (!t) return;
  store<u32>(t, cls, StepRecord.CLASS);
  store<u64>(t, ipa, StepRecord.IPA);
  store<u32>(t, result, StepRecord.RESULT);
}

/** A look-up in cache `index`. */
export function traceLookup(kind: u32, index: u32, address: u64, hit: bool, data: u64): void {
  const t = next(kind, 0, index);
  if (!t) return;
  store<u64>(t, address, StepRecord.ADDRESS);
  store<u64>(t, data, StepRecord.DATA);
  store<u32>(t, hit ? 1 : 0, StepRecord.RESULT);
}

/** The words of STE and CD that a hit in the configuration cache found at c. */
export function traceHeld(c: usize): void {
  for (let i = 0; i < 4; i++) {
    const t = next(Step.HELD, 0, i);
    if (!t) return;
    store<u64>(t, load<u64>(c + <usize>(i << 3), Config.STE), StepRecord.ADDRESS);
    store<u64>(t, load<u64>(c + <usize>(i << 3), Config.CD), StepRecord.DATA);
    store<u32>(t, load<i32>(c, Config.CD_INDEX) < 0 ? 0 : 1, StepRecord.RESULT);
  }
}

/** An end of the translation: fault, bypass or output; gives the record, for what else a fault has to say. */
export function traceEnd(kind: u32, stage: u32, address: u64, data: u64, result: u32): usize {
  const t = next(kind, stage, 0);
  if (!t) return 0;
  store<u64>(t, address, StepRecord.ADDRESS);
  store<u64>(t, data, StepRecord.DATA);
  store<u32>(t, result, StepRecord.RESULT);
  return t;
}
