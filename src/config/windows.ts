/** RAM windows: from the option `ram` to places in linear memory. */
import { big, hex, integer, record, show, truth } from '../base/check.js';

/** A range of guest RAM. */
export interface RamWindow {
  /** First physical address. */
  readonly base: bigint;
  /** Bytes. */
  readonly size: number;
  /** In a lent memory: where the window begins in linear memory. */
  readonly offset?: number;
  /**
   * Pages of 4 KiB come into being when they are written, and read as zero until then, so that `size` may be large: up to
   * 2^52 bytes. `base` and `size` are multiples of 4096.
   */
  readonly sparse?: boolean;
  /**
   * In a lent memory: the window ends where the memory ends, and grows when its lender grows it, as far as the next window or
   * 2^52. `size` is what there is at creation at least. Nothing else of a device may lie behind it.
   */
  readonly follow?: boolean;
  /** Sparse: bytes kept for pages, which is how much can be written. Default: size, but at most 64 MiB. */
  readonly pool?: number;
}

/** A window, checked, and how much of linear memory it takes. */
export interface ResolvedWindow {
  readonly path: string;
  readonly base: bigint;
  readonly size: bigint;
  readonly sparse: boolean;
  /** Bytes of linear memory: the window's, or its pool's. */
  readonly bytes: number;
  readonly offset: number | undefined;
  readonly follow: boolean;
}

/** 4 KiB: what a sparse window is made of. */
export const PAGE_BYTES = 4096;

const MAX_WINDOWS = 16;
const MAX_TOTAL = 3.5 * 2 ** 30;
const MAX_ADDRESS = 1n << 52n;
const DEFAULT_POOL = 64 * 2 ** 20;
const DEFAULT_RAM: readonly RamWindow[] = [{ base: 0x4000_0000n, size: 64 * 2 ** 20 }];

/**
 * @param lent whether the memory is the embedder's, so that windows have an offset; undefined: either is right
 * @throws RangeError or TypeError naming the window
 */
export function resolveWindows(option: unknown, lent: boolean | undefined): ResolvedWindow[] {
  if (option === undefined && lent) {
    throw new TypeError('ram must say which ranges of the lent memory are guest RAM (an empty array: none)');
  }
  const windows = option ?? DEFAULT_RAM;
  if (!Array.isArray(windows)) throw new TypeError(`ram must be an array of windows, not ${show(option)}`);
  if (windows.length > MAX_WINDOWS) {
    throw new RangeError(`ram must have at most ${MAX_WINDOWS} windows, not ${windows.length}`);
  }
  const resolved = windows.map((window: unknown, i) => resolveWindow(window, `ram[${i}]`, lent));
  const total = resolved.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total > MAX_TOTAL)
    throw new RangeError(`ram takes ${total} bytes; 3.5 GiB in all is the most there is room for`);
  refuseOverlap(resolved);
  return resolved;
}

function resolveWindow(value: unknown, path: string, lent: boolean | undefined): ResolvedWindow {
  const window = record(value, path, ['base', 'size', 'offset', 'sparse', 'pool', 'follow']);
  const base = big(window.base, `${path}.base`, 0n, MAX_ADDRESS - 1n);
  const sparse = truth(window.sparse, `${path}.sparse`);
  const size = integer(window.size, `${path}.size`, 1, sparse ? Number(MAX_ADDRESS) : MAX_TOTAL);
  if (base + BigInt(size) > MAX_ADDRESS) {
    throw new RangeError(`${path} must end at or below 2^52, not at ${hex(base + BigInt(size))}`);
  }
  if (sparse && (base % BigInt(PAGE_BYTES) !== 0n || size % PAGE_BYTES !== 0)) {
    throw new RangeError(`${path} is sparse, so its base and size must be multiples of ${PAGE_BYTES}`);
  }
  if (!sparse && window.pool !== undefined) throw new TypeError(`${path}.pool is for a sparse window`);
  const bytes = sparse ? pool(window.pool, size, path) : size;
  if (lent !== undefined && lent !== (window.offset !== undefined)) {
    throw new TypeError(
      lent
        ? `${path}.offset must say where in the lent memory the window begins`
        : `${path}.offset is for a lent memory: without one, windows are placed by Smmu.create`,
    );
  }
  const offset =
    window.offset === undefined ? undefined : integer(window.offset, `${path}.offset`, 0, 2 ** 32 - 1);
  return { path, base, size: BigInt(size), sparse, bytes, offset, follow: follows(window, path) };
}

function follows(window: Record<string, unknown>, path: string): boolean {
  const { offset, sparse } = window;
  const follow = truth(window.follow, `${path}.follow`);
  if (follow && (offset === undefined || sparse === true))
    throw new TypeError(`${path}.follow is for a window of a lent memory that is not sparse`);
  return follow;
}

function pool(value: unknown, size: number, path: string): number {
  const bytes = integer(value ?? Math.min(size, DEFAULT_POOL), `${path}.pool`, PAGE_BYTES, MAX_TOTAL);
  if (bytes % PAGE_BYTES !== 0) {
    throw new RangeError(`${path}.pool must be a multiple of ${PAGE_BYTES}, not ${bytes}`);
  }
  return Math.min(bytes, size);
}

function refuseOverlap(windows: readonly ResolvedWindow[]): void {
  const sorted = [...windows].sort((a, b) => (a.base < b.base ? -1 : 1));
  sorted.forEach((window, i) => {
    const before = sorted[i - 1];
    if (before !== undefined && before.base + before.size > window.base) {
      throw new RangeError(
        `${window.path} at ${hex(window.base)} overlaps ${before.path}, which ends at ${hex(before.base + before.size)}`,
      );
    }
  });
}
