// Sparse RAM windows: pages come into being when they are written. Pages are found through an open-addressing hash of
// page numbers; the pool never gives a page back. The host allocates by the same rules (src/core/sparse-pages.ts).
import { base } from './base';
import * as Header from '../abi/header';
import * as RamWindow from '../abi/ram-window';

/** Linear address of the byte at `pa`, or 0 when its page does not exist and `create` is false or the pool is empty. */
export function sparseLocate(w: usize, pa: u64, create: bool): usize {
  const page = pa >> 12;
  const hash = base + <usize>load<u32>(w, RamWindow.HASH);
  const mask = load<u32>(w, RamWindow.HASH_MASK);
  const keys = base + <usize>load<u32>(w, RamWindow.KEYS);
  let slot = ((<u32>page * 0x9e3779b1) ^ (<u32>(page >> 32))) & mask;
  for (;;) {
    const n = load<u32>(hash + ((<usize>slot) << 2));
    if (n == 0) break;
    if (load<u64>(keys + ((<usize>(n - 1)) << 3)) == page) {
      return <usize>load<u32>(w, RamWindow.MEM) + ((<usize>(n - 1)) << 12) + <usize>(pa & 0xfff);
    }
    slot = (slot + 1) & mask;
  }
  if (!create) return 0;
  const used = load<u32>(w, RamWindow.USED);
  if (used >= load<u32>(w, RamWindow.POOL)) {
    store<u32>(base + Header.SPARSE_FULL, load<u32>(base + Header.SPARSE_FULL) + 1);
    return 0;
  }
  store<u64>(keys + ((<usize>used) << 3), page);
  store<u32>(hash + ((<usize>slot) << 2), used + 1);
  store<u32>(w, used + 1, RamWindow.USED);
  return <usize>load<u32>(w, RamWindow.MEM) + ((<usize>used) << 12) + <usize>(pa & 0xfff);
}
