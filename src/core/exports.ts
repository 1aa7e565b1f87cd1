/**
 * The functions that the core exports, with the signs put right: a raw i32 or i64 result arrives signed, and this is the
 * one file that knows it. Addresses into linear memory and register values are unsigned on this side.
 */

/** The exports as WebAssembly gives them. */
interface RawExports {
  readonly abiVersion: () => number;
  readonly init: (coreBase: number) => number;
  readonly reset: () => void;
  readonly resetStats: () => void;
  readonly mmioRead32: (offset: number) => number;
  readonly mmioRead64: (offset: number) => bigint;
  readonly mmioWrite32: (offset: number, value: number) => void;
  readonly mmioWrite64: (offset: number, value: bigint) => void;
  readonly pmcgRead32: (group: number, offset: number) => number;
  readonly pmcgWrite32: (group: number, offset: number, value: number) => void;
  readonly continueWork: () => void;
  readonly msiAborted: (source: number) => void;
  readonly translate: () => number;
  readonly translateBatch: (batch: number, capacity: number, start: number, count: number) => number;
  readonly lookup: (streamId: number, iova: number, flags: number) => number;
  readonly lookupWords: (streamId: number, lo: number, hi: number, flags: number) => number;
  readonly timedBatch: (batch: number, capacity: number, start: number, count: number) => void;
  readonly timedLoop: TimedLoop;
  readonly drive: (more: number) => number;
  readonly advanceTo: (cycle: bigint) => number;
  readonly nextEvent: () => bigint;
}

/** `minGap` 0: the arrival column alone; `requesters` 0: the column; `firstOffer` -1: now. */
type TimedLoop = (
  ...source: [
    batch: number,
    capacity: number,
    start: number,
    count: number,
    outstanding: number,
    minGap: number,
    requesters: number,
    firstOffer: bigint,
  ]
) => void;

/** One instance of the core. Nothing here checks an argument: class Smmu does. */
export interface Core {
  /** Version of the memory layout that the core was compiled for: `Layout.VERSION` of assembly/abi/. */
  readonly abiVersion: () => number;
  /** Takes the header at `coreBase` into use; ERR_*. */
  readonly init: (coreBase: number) => number;
  readonly reset: () => void;
  readonly resetStats: () => void;
  readonly mmioRead32: (offset: number) => number;
  readonly mmioRead64: (offset: number) => bigint;
  readonly mmioWrite32: (offset: number, value: number) => void;
  readonly mmioWrite64: (offset: number, value: bigint) => void;
  /** Registers of counter group 0, the TCU's, or 1 on, those of the TBUs. */
  readonly pmcgRead32: (group: number, offset: number) => number;
  readonly pmcgWrite32: (group: number, offset: number, value: number) => void;
  /** Goes on with what stopped for want of room in the notification ring. */
  readonly continueWork: () => void;
  /** The embedder refused the MSI of source Irq. */
  readonly msiAborted: (source: number) => void;
  /** Runs request block Request.MAIN to its end; STATUS_*. */
  readonly translate: () => number;
  /** Rows done, fewer than asked after one that left a notification; -n - 1: n were done and the next is not acceptable. */
  readonly translateBatch: (batch: number, capacity: number, start: number, count: number) => number;
  /** The physical address, or -1; with time on also less than that. NaN: `iova` is no integer from 0 to 2^53 - 1. */
  readonly lookup: (streamId: number, iova: number, flags: number) => number;
  readonly lookupWords: (streamId: number, lo: number, hi: number, flags: number) => number;
  /** With time on: rows become the source of transactions, at the cycles of the arrival column. */
  readonly timedBatch: (batch: number, capacity: number, start: number, count: number) => void;
  /** With time on: rows become the source, each offered when there is room for it; the arrival column holds gaps. */
  readonly timedLoop: TimedLoop;
  /**
   * Lets time pass until the source and all in flight have finished: 1. With `more` not 0, until the last row of the source has
   * been accepted: 2, and rows given then follow as if they had been there before. 0: stopped to let the host take what waits for
   * it; -n - 1: row n is not acceptable, the rows before it are done.
   */
  readonly drive: (more: number) => number;
  /** Lets time pass up to a cycle. 1: reached; 0: stopped to let the host take what waits for it. */
  readonly advanceTo: (cycle: bigint) => number;
  /** Cycle of the next event; -1: there is none. */
  readonly nextEvent: () => bigint;
}

/** Every function that the host needs; an older or newer core lacks one. */
const NAMES: readonly (keyof RawExports)[] = [
  'abiVersion',
  'init',
  'reset',
  'resetStats',
  'mmioRead32',
  'mmioRead64',
  'mmioWrite32',
  'mmioWrite64',
  'pmcgRead32',
  'pmcgWrite32',
  'continueWork',
  'msiAborted',
  'translate',
  'translateBatch',
  'lookup',
  'lookupWords',
  'timedBatch',
  'timedLoop',
  'drive',
  'advanceTo',
  'nextEvent',
];

/**
 * Typed access to an instance's exports. The functions of the hot path are the exports themselves, without a wrapper.
 * @throws TypeError when the module is not this project's core.
 */
export function typedExports(exports: WebAssembly.Exports): Core {
  const missing = NAMES.filter((name) => typeof exports[name] !== 'function');
  if (missing.length > 0) {
    throw new TypeError(`module is not the SMMU core: it exports no function ${missing.join(', ')}`);
  }
  const raw = exports as unknown as RawExports;
  const { mmioRead32, mmioRead64, pmcgRead32 } = raw;
  return {
    abiVersion: raw.abiVersion,
    init: raw.init,
    reset: raw.reset,
    resetStats: raw.resetStats,
    mmioRead32: (offset) => mmioRead32(offset) >>> 0,
    mmioRead64: (offset) => BigInt.asUintN(64, mmioRead64(offset)),
    mmioWrite32: raw.mmioWrite32,
    mmioWrite64: raw.mmioWrite64,
    pmcgRead32: (group, offset) => pmcgRead32(group, offset) >>> 0,
    pmcgWrite32: raw.pmcgWrite32,
    continueWork: raw.continueWork,
    msiAborted: raw.msiAborted,
    translate: raw.translate,
    translateBatch: raw.translateBatch,
    lookup: raw.lookup,
    lookupWords: raw.lookupWords,
    timedBatch: raw.timedBatch,
    timedLoop: raw.timedLoop,
    drive: raw.drive,
    advanceTo: raw.advanceTo,
    nextEvent: raw.nextEvent,
  };
}
