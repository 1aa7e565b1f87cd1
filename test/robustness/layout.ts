/**
 * Places for a device in a lent memory: windows and core with filled guard bands between them, at offset 0, at small offsets,
 * at the very end of memory, with odd sizes, at 52-bit addresses, dense and sparse.
 */
import { CORE_PAD } from '../../assembly/abi/layout.js';
import { presets, Smmu, type SmmuOptions } from '../../src/index.js';

const WASM_PAGE = 65536;
/** Wider than any access that the core makes beyond an address it checks. */
export const BAND = 16384;

export type Span = readonly [start: number, end: number];
export type Ram = NonNullable<SmmuOptions['ram']>;

export interface Layout {
  readonly name: string;
  readonly options: SmmuOptions;
  /** First windows, then the core; `above`: the core first. */
  readonly coreFirst?: boolean;
  /** Bytes before the first part. */
  readonly from: number;
  /** The last part ends with the memory, no band follows. */
  readonly flushEnd?: boolean;
  /** A bus takes what no window covers, now and then. */
  readonly bus?: boolean;
}

const HIGH = 1n << 52n;
const SMALL: SmmuOptions = { timing: false, batchBytes: 8192, statStreams: 8 };

export const LAYOUTS: readonly Layout[] = [
  {
    name: 'a window at offset 0, one at a small offset, the core above',
    from: 0,
    options: {
      ...SMALL,
      ram: [
        { base: 0n, size: 600 },
        { base: 0x4000_0000n, size: 0x2_0000 },
        { base: HIGH - 0x1_0000n, size: 0x1_0000 },
      ],
    },
  },
  {
    name: 'the core below, windows of odd sizes up to the very end of memory',
    from: 48,
    coreFirst: true,
    flushEnd: true,
    options: {
      ...SMALL,
      caches: 'gem5-default',
      tbus: 3,
      tbuOf: (sid) => sid % 3,
      ram: [
        { base: 0x10_0000_0003n, size: 8 },
        { base: 0x4000_0000n, size: 0x1_0ff9 },
        { base: HIGH - 5n, size: 5 },
        { base: 0x8_0000_0000_0000n, size: 0x8_0001 },
      ],
    },
  },
  {
    name: 'sparse windows with small pools beside dense ones',
    from: 1040,
    flushEnd: true,
    options: {
      ...SMALL,
      caches: 'mmu700-server',
      ram: [
        { base: 0n, size: 2 ** 40, sparse: true, pool: 24 * 4096 },
        { base: 1n << 44n, size: 0x3000 },
        { base: 1n << 51n, size: 2 ** 51, sparse: true, pool: 4096 },
      ],
    },
  },
  {
    name: 'no caches, adjacent windows, a bus that answers now and then',
    from: 512,
    bus: true,
    options: {
      ...SMALL,
      caches: false,
      ram: [
        { base: 0x8000_0000n, size: 0x8000 },
        { base: 0x8000_8000n, size: 0x8000 },
        { base: 0x8001_0000n, size: 0x1000 },
      ],
    },
  },
  {
    name: 'small caches of every policy, a window at a 52-bit address',
    from: 16,
    options: {
      ...SMALL,
      caches: {
        microTlb: { entries: 3, ways: 3, policy: 'random', tag: 'context' },
        mainTlb: { entries: 12, sets: 3, ways: 4, policy: 'rrip', tag: 'context', index: 'hash' },
        tcuTlb: { entries: 4, ways: 2, policy: 'lru', tag: 'context' },
        configCache: { entries: 3, ways: 1, policy: 'random' },
        walkCaches: { unified: { entries: 6, ways: 3, policy: 'round-robin', index: 'xor' } },
        ipaCache: { entries: 2, ways: 2, policy: 'plru' },
      },
      ram: [
        { base: 0x4000_0000n, size: 0x1_8000 },
        { base: 0xf_0000_0000_0000n, size: 0x4004 },
      ],
    },
  },
  {
    name: 'timed, commands as time passes, prefetch into the TBU, latencies of an embedder',
    from: 144,
    options: {
      ...SMALL,
      caches: 'gem5-default',
      timing: {
        ...presets['gem5-default'].timing,
        prefetch: { mode: 'forward', target: 'tbu' },
        commands: { fetch: true, execute: 2, invalidate: 3, sync: 5 },
      },
      asyncCommands: true,
      walkLatency: ({ address, cycle }) => (address + cycle) % 97,
      ram: [
        { base: 0n, size: 0x8000 },
        { base: 0x4000_0000n, size: 0x1_8000 },
      ],
    },
  },
  {
    name: 'timed, two TBUs, windows at both ends of the addresses',
    from: 80,
    options: {
      ...SMALL,
      timing: { pmcg: { counters: 64, counterBits: 36, msi: true, relocate: true, filterPerCounter: true } },
      tbus: 2,
      tbuOf: (sid) => sid & 1,
      ram: [
        { base: 0x4000_0000n, size: 0x1_8000 },
        { base: HIGH - 0x4004n, size: 0x4004 },
      ],
    },
  },
];

export interface Placed {
  readonly memory: WebAssembly.Memory;
  readonly options: SmmuOptions;
  readonly coreBase: number;
  readonly coreBytes: number;
  readonly bands: readonly Span[];
}

export function place({ options, from, coreFirst, flushEnd }: Layout): Placed {
  const windows = options.ram as Ram;
  const coreBytes = Smmu.coreBytes(options);
  let at = from;
  const bands: [number, number][] = [[0, from]];
  let coreBase = 0;
  const offsets: number[] = [];
  const core = (): void => {
    coreBase = (at + 15) & ~15;
    bands[bands.length - 1][1] = coreBase;
    bands.push([coreBase, coreBase + CORE_PAD]); // no pointer of the core lies there
    at = coreBase + coreBytes;
    band();
  };
  const band = (): void => {
    bands.push([at, at + BAND]);
    at += BAND;
  };
  if (coreFirst) core();
  windows.forEach(({ size, sparse, pool }, i) => {
    if (i === windows.length - 1 && !coreFirst) core();
    offsets.push(at);
    at += sparse ? Math.min(pool!, size) : size;
    band();
  });
  if (flushEnd) {
    // The last window moves up, so that its last byte is the memory's.
    at -= BAND;
    bands.pop();
    const pages = Math.ceil(at / WASM_PAGE);
    const slack = pages * WASM_PAGE - at;
    bands[bands.length - 1][1] += slack;
    offsets[offsets.length - 1] += slack;
    at += slack;
  }
  const memory = new WebAssembly.Memory({ initial: Math.ceil(at / WASM_PAGE) });
  if (!flushEnd) bands.push([at, memory.buffer.byteLength]);
  const ram = windows.map((w, i) => ({ ...w, offset: offsets[i] }));
  return { memory, options: { ...options, memory, coreBase, ram }, coreBase, coreBytes, bands };
}
