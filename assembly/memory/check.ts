// The checking build's watchman: every access to guest memory must lie inside a window. The release build compiles none
// of it (the calls stand behind the constant CHECKING).
import { base } from './base';
import * as Header from '../abi/header';
import * as Layout from '../abi/layout';
import * as RamWindow from '../abi/ram-window';

/** Counts the access [at, at + len) of linear memory as a violation unless one window's bytes hold it. */
export function checkAccess(at: usize, len: u32): void {
  const n = load<u32>(base + Header.WINDOWS);
  let w = base + Layout.WINDOWS;
  for (let i: u32 = 0; i < n; i++) {
    const start = <u64>load<u32>(w, RamWindow.MEM);
    const size = load<u32>(w, RamWindow.SPARSE)
      ? (<u64>load<u32>(w, RamWindow.POOL)) << 12
      : load<u64>(w, RamWindow.SIZE);
    if (<u64>at >= start && <u64>at + <u64>len <= start + size) return;
    w += RamWindow.BYTES;
  }
  store<u32>(base + Header.CHECK_VIOLATIONS, load<u32>(base + Header.CHECK_VIOLATIONS) + 1);
}
