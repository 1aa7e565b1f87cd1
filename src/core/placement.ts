/** Where the core's region and the windows lie in linear memory: a memory of our own, or the embedder's. */
import * as Layout from '../../assembly/abi/layout.js';
import type { ResolvedWindow } from '../config/windows.js';
import { claimPlace } from './claims.js';

const WASM_PAGE = 65536;
const MAX_PAGES = 65536;
/** Regions start on 16-byte boundaries; the core loads vectors from them. */
const BASE_ALIGNMENT = 16;

/** The parts of linear memory that one device uses. */
export interface Placement {
  readonly memory: WebAssembly.Memory;
  /** Address of the core's header, Layout.CORE_PAD above the start of its bytes. */
  readonly header: number;
  /** Of each window, in linear memory. */
  readonly offsets: readonly number[];
  /** Gives a lent memory's places back. */
  readonly release: () => void;
}

interface Lent {
  readonly memory: WebAssembly.Memory;
  readonly coreBase: number;
}

/**
 * Places in a lent memory belong to the device until they are released.
 * @throws RangeError when something does not fit, or lies on something else
 */
export function placeDevice(
  coreBytes: number,
  windows: readonly ResolvedWindow[],
  lent: Lent | undefined,
): Placement {
  return lent === undefined ? ownMemory(coreBytes, windows) : lentMemory(coreBytes, windows, lent);
}

/** The core first, then the windows on WebAssembly page boundaries, so that none begins at address 0. */
function ownMemory(coreBytes: number, windows: readonly ResolvedWindow[]): Placement {
  let pages = Math.ceil(coreBytes / WASM_PAGE);
  const offsets = windows.map(({ bytes }) => {
    const offset = pages * WASM_PAGE;
    pages += Math.ceil(bytes / WASM_PAGE);
    return offset;
  });
  if (pages > MAX_PAGES) {
    throw new RangeError(
      `ram, caches and batchBytes need ${pages} WebAssembly pages together; 65536 (4 GiB) is the most there is`,
    );
  }
  return {
    memory: new WebAssembly.Memory({ initial: pages }),
    header: Layout.CORE_PAD,
    offsets,
    release: () => undefined,
  };
}

function lentMemory(coreBytes: number, windows: readonly ResolvedWindow[], lent: Lent): Placement {
  const { memory, coreBase } = lent;
  const { byteLength } = memory.buffer;
  if (coreBase % BASE_ALIGNMENT !== 0) {
    throw new RangeError(`coreBase must be a multiple of ${BASE_ALIGNMENT}, not ${coreBase}`);
  }
  // What follows the memory's end has all behind it.
  const parts: { name: string; start: number; end: number; needed?: number }[] = [
    { name: `the core's ${coreBytes} bytes at coreBase`, start: coreBase, end: coreBase + coreBytes },
    ...windows.map(({ path, offset, bytes, follow }) => ({
      name: path,
      start: offset!,
      end: follow ? MAX_PAGES * WASM_PAGE : offset! + bytes,
      needed: offset! + bytes,
    })),
  ];
  for (const { name, end, needed = end } of parts) {
    if (needed > byteLength) {
      throw new RangeError(`${name} would end at ${needed}, but the lent memory has ${byteLength} bytes`);
    }
  }
  const sorted = [...parts].sort((a, b) => a.start - b.start);
  sorted.forEach((part, i) => {
    const before = sorted[i - 1];
    if (before !== undefined && before.end > part.start) {
      throw new RangeError(
        `${part.name} would begin at ${part.start} of the lent memory, inside ${before.name}, which ends at ${before.end}`,
      );
    }
  });
  const [core, ...spans] = parts;
  const { release } = claimPlace(memory, core, spans);
  return {
    memory,
    header: coreBase + Layout.CORE_PAD,
    offsets: windows.map(({ offset }) => offset!),
    release,
  };
}
