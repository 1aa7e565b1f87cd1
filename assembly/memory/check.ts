// The checking build's watchman: every access to guest memory must lie inside a window. The release build compiles none
// of it (the calls stand behind the constant CHECKING).
import { base } from './base';
import {
  WINDOWS,
  WINDOW_BYTES,
  W_SIZE,
  W_MEM,
  W_SPARSE,
  W_POOL,
  H_WINDOWS,
  H_CHECK_VIOLATIONS,
} from '../abi';

/** Counts the access [at, at + len) of linear memory as a violation unless one window's bytes hold it. */
export function checkAccess(at: usize, len: u32): void {
  const n = load<u32>(base + H_WINDOWS);
  let w = base + WINDOWS;
  for (let i: u32 = 0; i < n; i++) {
    const start = <u64>load<u32>(w, W_MEM);
    const size = load<u32>(w, W_SPARSE) ? (<u64>load<u32>(w, W_POOL)) << 12 : load<u64>(w, W_SIZE);
    if (<u64>at >= start && <u64>at + <u64>len <= start + size) return;
    w += WINDOW_BYTES;
  }
  store<u32>(base + H_CHECK_VIOLATIONS, load<u32>(base + H_CHECK_VIOLATIONS) + 1);
}
