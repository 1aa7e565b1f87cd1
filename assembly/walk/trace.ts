// Step records for `explain`: written only when the trace word is set, never formatted here.
import { base, region } from '../memory/base';
import {
  H_TRACE,
  H_TRACE_CAP,
  H_TRACE_COUNT,
  H_TRACE_MASK,
  TRACE_BYTES,
  TR_KIND,
  TR_STAGE,
  TR_LEVEL,
  TR_CLASS,
  TR_ADDRESS,
  TR_DATA,
  TR_IPA,
  TR_RESULT,
} from '../abi';

@inline
export function tracing(): bool {
  return load<u32>(base, H_TRACE_MASK) != 0;
}

/** The next record, its kind and place filled in; 0 when the memory for them is full. */
function next(kind: u32, stage: u32, level: i32): usize {
  const n = load<u32>(base, H_TRACE_COUNT);
  store<u32>(base, n + 1, H_TRACE_COUNT);
  if (n >= load<u32>(base, H_TRACE_CAP)) return 0;
  const t = region(base + H_TRACE) + <usize>(n * TRACE_BYTES);
  memory.fill(t, 0, TRACE_BYTES);
  store<u32>(t, kind, TR_KIND);
  store<u32>(t, stage, TR_STAGE);
  store<i32>(t, level, TR_LEVEL);
  return t;
}

/** A read of guest memory, or an update of it. */
export function traceRead(kind: u32, stage: u32, level: i32, pa: u64, data: u64): usize {
  const t = next(kind, stage, level);
  if (!t) return 0;
  store<u64>(t, pa, TR_ADDRESS);
  store<u64>(t, data, TR_DATA);
  store<u32>(t, 1, TR_RESULT);
  return t;
}

/** Adds purpose and intermediate address to the record that `traceRead` gave. */
export function traceMore(t: usize, cls: u32, ipa: u64, ok: bool): void {
  if (!t) return;
  store<u32>(t, cls, TR_CLASS);
  store<u64>(t, ipa, TR_IPA);
  store<u32>(t, ok ? 1 : 0, TR_RESULT);
}

/** A look-up in cache `index`. */
export function traceLookup(kind: u32, index: u32, address: u64, hit: bool, data: u64): void {
  const t = next(kind, 0, index);
  if (!t) return;
  store<u64>(t, address, TR_ADDRESS);
  store<u64>(t, data, TR_DATA);
  store<u32>(t, hit ? 1 : 0, TR_RESULT);
}

/** An end of the translation: fault, bypass or output. */
export function traceEnd(kind: u32, stage: u32, address: u64, data: u64, result: u32): void {
  const t = next(kind, stage, 0);
  if (!t) return;
  store<u64>(t, address, TR_ADDRESS);
  store<u64>(t, data, TR_DATA);
  store<u32>(t, result, TR_RESULT);
}
