// The system bus as the SMMU sees it: every guest access of the core goes through here. RAM windows first, then the
// embedder's bus, else an external abort. Accesses are little-endian and do not cross a 4 KiB page.
import { copy16 } from './copy';
import { base } from './base';
import { checkAccess } from './check';
import { sparseLocate } from './sparse';
import { hostBusRead, hostBusWrite, hostBusCas } from './host';
import * as Header from '../abi/header';
import * as HostFlags from '../abi/host-flags';
import * as Layout from '../abi/layout';
import * as RamWindow from '../abi/ram-window';

/** Set by every read: the last one ended in an external abort. */
export let busFault: bool = false;

// The window used last, when it is a dense one: derived, made again by `initBus` and `locate`.
export let memoBase: u64 = 0;
export let memoLimit: u64 = 0; // offsets below it may be read as 8 bytes
export let memoMem: usize = 0;

/** Forgets the memo; called by `init`. */
export function initBus(): void {
  memoBase = 0;
  memoLimit = 0;
  memoMem = 0;
}

// No access of 4 KiB or less begins at the last bytes of a 4 GiB memory's last page.
const NOWHERE: usize = 0xffffffff; // outside every window
const ABSENT: usize = 0xfffffffe; // inside a sparse window, page never written

/** Linear address of [pa, pa + len), or NOWHERE, or ABSENT. */
function locate(pa: u64, len: u32, create: bool): usize {
  const n = load<u32>(base + Header.WINDOWS);
  let w = base + Layout.WINDOWS;
  for (let i: u32 = 0; i < n; i++) {
    const off = pa - load<u64>(w, RamWindow.BASE);
    const size = load<u64>(w, RamWindow.SIZE);
    if (off < size && size - off >= <u64>len) {
      if (load<u32>(w, RamWindow.SPARSE)) {
        const at = sparseLocate(w, pa, create);
        return at == 0 ? ABSENT : at;
      }
      memoBase = load<u64>(w, RamWindow.BASE);
      memoLimit = size < 8 ? 0 : size - 7;
      if (BROKEN) memoLimit = size + 8192;
      memoMem = <usize>load<u32>(w, RamWindow.MEM);
      return memoMem + <usize>off;
    }
    w += RamWindow.BYTES;
  }
  return NOWHERE;
}

@inline
function hasBus(): bool {
  return (load<u32>(base + Header.HOST_FLAGS) & HostFlags.BUS) != 0;
}

/** Copies `len` bytes at `pa` to linear memory. False: external abort. */
export function readInto(pa: u64, dst: usize, len: u32): bool {
  const at = locate(pa, len, false);
  if (at < ABSENT) {
    if (CHECKING) checkAccess(at, len);
    if (len & 15) memory.copy(dst, at, len);
    else copy16(dst, at, len);
    return true;
  }
  if (at == ABSENT) {
    memory.fill(dst, 0, len);
    return true;
  }
  return hasBus() && hostBusRead(<f64>pa, dst, len) != 0;
}

/** Copies `len` bytes from linear memory to `pa`. False: external abort. */
export function writeFrom(pa: u64, src: usize, len: u32): bool {
  const at = locate(pa, len, true);
  if (at < ABSENT) {
    if (CHECKING) checkAccess(at, len);
    memory.copy(at, src, len);
    return true;
  }
  if (at == ABSENT) return false; // the sparse window's pool is used up
  return hasBus() && hostBusWrite(<f64>pa, src, len) != 0;
}

/** 8 bytes at `pa` (8-byte aligned); `busFault` tells of an external abort. */
export function read64(pa: u64): u64 {
  return read64Here(pa);
}

/** The same, where a call would show: in the window used last there is none. */
@inline
export function read64Here(pa: u64): u64 {
  const off = pa - memoBase;
  if (off >= memoLimit) return readElsewhere(pa);
  const at = memoMem + <usize>off;
  if (CHECKING) checkAccess(at, 8);
  busFault = false;
  return load<u64>(at);
}

function readElsewhere(pa: u64): u64 {
  const tmp = base + Layout.SCRATCH;
  busFault = !readInto(pa, tmp, 8);
  return busFault ? 0 : load<u64>(tmp);
}

export function write64(pa: u64, v: u64): bool {
  const tmp = base + Layout.SCRATCH;
  store<u64>(tmp, v);
  return writeFrom(pa, tmp, 8);
}

export function write32(pa: u64, v: u32): bool {
  const tmp = base + Layout.SCRATCH;
  store<u32>(tmp, v);
  return writeFrom(pa, tmp, 4);
}

/** Compare-and-swap of 8 bytes: 1 swapped, 0 the memory differs, -1 external abort. */
export function cas64(pa: u64, expected: u64, desired: u64): i32 {
  const at = locate(pa, 8, true);
  if (at < ABSENT) {
    if (CHECKING) checkAccess(at, 8);
    if (load<u64>(at) != expected) return 0;
    store<u64>(at, desired);
    return 1;
  }
  if (at == ABSENT || !hasBus()) return -1;
  const tmp = base + Layout.SCRATCH;
  if (hostBusCas(<f64>pa, expected, desired, tmp) == 0) return -1;
  return load<u64>(tmp) == expected ? 1 : 0;
}
