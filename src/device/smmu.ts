/// <reference lib="esnext.disposable" preserve="true" />
/** Class Smmu: the device as an embedder holds it (docs/guide.md). */
import * as Header from '../../assembly/abi/header.js';
import {
  type Batch,
  BatchMemory,
  type BatchSummary,
  type ClosedLoop,
  type ColumnBatch,
  type FaultedBatchSummary,
  type OfferedRows,
  type RunSummary,
} from './batch.js';
import { Bulk } from './bulk.js';
import { Callbacks } from './callbacks.js';
import { big, integer, record, registerOffset, show } from '../base/check.js';
import { Delivery } from './delivery.js';
import { Dma, type DmaMapping, type DmaOptions, type DmaTransfer } from './dma.js';
import { mmioImports, type MmioImports } from './mmio-imports.js';
import { PhysicalMemory } from './physical-memory.js';
import type { Identification } from '../config/identification.js';
import { readTrace } from '../inspect/steps.js';
import { type GuestMemory, WindowMemory } from '../core/guest-memory.js';
import { type LookUps, lookUpsOf } from './look-up.js';
import type { SmmuOptions } from './options.js';
import { coreBytes, makeParts, type Parts } from './parts.js';
import { CounterGroups } from './pmcg.js';
import { configurationFingerprint, restoreSnapshot, saveSnapshot, type SnapshotDevice } from './snapshot.js';
import { type CounterGroup, gatherStats, type Stats } from '../stats/stats.js';
import { lastCycle } from '../config/resolve-timing.js';
import { Tickets } from './tickets.js';
import type { Time } from './time.js';
import { Timed } from './timed.js';
import { Untimed } from './untimed.js';
import type { EffectiveTiming } from '../config/timing-config.js';
import type { Resumed, TracedTranslation, Transaction, Translation } from './transaction.js';
import type { InterruptSource } from '../core/bus.js';
import type { BusBridge } from '../core/bus-bridge.js';
import type { CoreMemory } from '../core/core-memory.js';
import type { Core } from '../core/exports.js';
import type { CoreMap } from '../core/map.js';
import { writeSeed } from '../core/prepare.js';
import { MAIN_BLOCK, readTranslation } from './request.js';

export type {
  Batch,
  BatchSummary,
  GuestMemory,
  Resumed,
  RunSummary,
  SmmuOptions,
  Stats,
  Transaction,
  Translation,
};

const U32 = 0xffff_ffff;
const U64 = (1n << 64n) - 1n;

/**
 * One SMMUv3. Registers, translations, batches, statistics and snapshots; interrupts and resumed transactions come through
 * the callbacks of {@link SmmuOptions}. Every method throws IommuError EBUSY when it is called from inside a callback of the
 * bus, and ENODEV after `dispose`.
 */
export class Smmu {
  /** The identification registers in effect, by lower-case name: idr0 to idr6, iidr, aidr, pidr0 to pidr7, cidr0 to cidr3. */
  readonly id: Identification;
  /** Guest RAM by physical address. */
  readonly memory: GuestMemory;
  /** The timing configuration with every value in it, and the caches; false: time is off. */
  readonly effectiveTiming: EffectiveTiming | false;
  /** Counter groups: 0 the TCU's, then those of the TBUs. */
  readonly pmcg: readonly CounterGroup[];

  readonly #core: Core;
  readonly #state: CoreMemory;
  readonly #map: CoreMap;
  readonly #bridge: BusBridge;
  readonly #callbacks: Callbacks;
  readonly #counters: CounterGroups;
  readonly #tickets: Tickets;
  readonly #delivery: Delivery;
  readonly #windows: WindowMemory;
  readonly #dma: Dma;
  readonly #batches: BatchMemory;
  readonly #bulk: Bulk;
  readonly #seed: number;
  readonly #snapshots: SnapshotDevice;
  readonly #time: Time;
  readonly #lookUps: LookUps;
  readonly #release: () => void;

  private constructor(parts: Parts) {
    if ((parts as Parts | undefined)?.core === undefined)
      throw new TypeError('new Smmu() makes no device: call await Smmu.create(options)');
    const { core, memory, map, bridge, configuration, offsets, build, options } = parts;
    this.#release = parts.release;
    const { windows, timing } = configuration.shape;
    this.id = configuration.id;
    this.#windows = new WindowMemory(memory, windows, offsets);
    this.memory = this.#windows;
    this.effectiveTiming = configuration.effectiveTiming;
    this.#core = core;
    this.#state = memory;
    this.#map = map;
    this.#bridge = bridge;
    this.#callbacks = new Callbacks(core, memory, options);
    this.#delivery = new Delivery(this.#callbacks, bridge, memory);
    const settle = (): void => this.#delivery.settle();
    this.#counters = new CounterGroups(configuration.shape.caches.tbus, core, bridge, settle);
    this.pmcg = this.#counters.all;
    const release = (batch: ColumnBatch): void => this.#time.drain(batch);
    if (this.#windows.follows) {
      this.#windows.follow();
      bridge.watchEntry(() => this.#windows.follow());
    }
    this.#dma = new Dma(
      (transaction) => this.translate(transaction),
      new PhysicalMemory(this.#windows, bridge),
    );
    this.#callbacks.awaited = (resumed) => this.#dma.resumed(resumed);
    this.#batches = new BatchMemory(memory, map.batch, map.batchBytes, release);
    this.#seed = configuration.seed;
    this.#tickets = new Tickets(lastCycle(this.effectiveTiming));
    this.#snapshots = {
      memory,
      map,
      ram: windows.map(({ bytes }, i) => ({ offset: offsets[i], bytes })),
      build,
      configuration: configurationFingerprint(configuration, offsets),
      callbacks: this.#callbacks,
      tickets: this.#tickets,
    };
    const shared = { core, memory, tickets: this.#tickets, delivery: this.#delivery };
    this.#time =
      timing !== undefined && map.timing !== undefined
        ? new Timed({ ...shared, places: map.timing, config: timing, callbacks: this.#callbacks })
        : new Untimed(shared, this.#counters);
    this.#bulk = new Bulk(this.#batches, this.#time, this.effectiveTiming);
    this.#lookUps = lookUpsOf(core, memory, bridge, this.#time);
    // In front of the methods, which are the same for whoever looks at the prototype.
    for (const [name, value] of Object.entries(this.#lookUps))
      Object.defineProperty(this, name, { value, writable: true, configurable: true });
  }

  /**
   * Bytes of linear memory that a device with these options keeps its state in: what `coreBase` of a lent memory must have
   * room for. RAM windows are not counted.
   * @throws RangeError or TypeError as `create`
   */
  static coreBytes(options: SmmuOptions = {}): number {
    return coreBytes(options);
  }

  /**
   * Makes a device, in the state after reset.
   * @throws RangeError or TypeError: one sentence that names the option, its value and what is allowed
   */
  static async create(options: SmmuOptions = {}): Promise<Smmu> {
    return new Smmu(await makeParts(options));
  }

  /**
   * Reads a register, by byte offset from page 0 (page 1 at 0x10000). What is no register, or not aligned, reads as 0
   * (IHI 0070 §6.2).
   * @returns unsigned
   */
  read32(offset: number): number {
    if (this.#bridge.barred) this.#bridge.refuse();
    return this.#core.mmioRead32(registerOffset(offset));
  }

  /** As {@link read32}; over two 32-bit registers, the low half comes first. @returns unsigned */
  read64(offset: number): bigint {
    if (this.#bridge.barred) this.#bridge.refuse();
    return this.#core.mmioRead64(registerOffset(offset));
  }

  /**
   * Writes a register. Its effects happen at `now` and before the call returns: a doorbell's commands have been consumed, and
   * the callbacks of what they caused have run. Guards and read-only registers ignore the write (IHI 0070 §6.2, §6.3).
   * With time on and without `asyncCommands` a CMD_SYNC lets time pass until the transactions in flight that hold what was
   * invalidated before it have left: `now` may be later at return, and `advance` still accepts times from before the write.
   * @param value 0..2^32 - 1
   */
  write32(offset: number, value: number): void {
    if (this.#bridge.barred) this.#bridge.refuse();
    registerOffset(offset);
    const at = this.#time.beforeWrite();
    this.#core.mmioWrite32(offset, integer(value, 'value', 0, U32));
    this.#time.settleWrite(at);
  }

  /** As {@link write32}; over two 32-bit registers, the low half comes first. @param value 0..2^64 - 1 */
  write64(offset: number, value: bigint): void {
    if (this.#bridge.barred) this.#bridge.refuse();
    registerOffset(offset);
    const at = this.#time.beforeWrite();
    this.#core.mmioWrite64(offset, big(value, 'value', 0n, U64));
    this.#time.settleWrite(at);
  }

  /**
   * Translates one transaction to its end. A fault is a result, never an exception.
   * @throws RangeError or TypeError when a field is wrong, naming it
   */
  translate(transaction: Transaction): Translation {
    if (this.#bridge.barred) this.#bridge.refuse();
    this.#time.translate(transaction);
    const result = this.lastTranslation();
    this.#delivery.settleKeeping();
    return result;
  }

  /** As {@link translate}, with every step: look-ups, reads, updates and where it ended. */
  trace(transaction: Transaction): TracedTranslation {
    if (this.#bridge.barred) this.#bridge.refuse();
    const state = this.#state;
    state.set32(Header.TRACE_COUNT, 0);
    state.set32(Header.TRACE_MASK, 1);
    try {
      this.#time.translate(transaction);
    } finally {
      state.set32(Header.TRACE_MASK, 0);
    }
    const count = state.get32(Header.TRACE_COUNT);
    const { trace, traceCap } = this.#map;
    const steps = readTrace(state.view, state.base + trace, Math.min(count, traceCap));
    const translation = this.lastTranslation();
    this.#delivery.settleKeeping();
    return { translation, steps, complete: count <= traceCap };
  }

  /**
   * Reads as a device does by DMA: `into` is filled from input address `iova` on, in transactions that stay inside a 4 KiB page,
   * each translated and then read from RAM, or from the bus outside of it.
   * @returns how it ended, or that it is stalled: it then goes on by itself when software resumes it, see `finished`
   * @throws RangeError or TypeError when an argument is wrong, and what the bus throws
   */
  dmaRead(streamId: number, iova: bigint, into: Uint8Array, options: DmaOptions = {}): DmaTransfer {
    return this.#dma.read(streamId, iova, into, options);
  }

  /** Writes as a device does by DMA, as {@link dmaRead} reads. Bytes of `from` are taken when their transaction is translated. */
  dmaWrite(streamId: number, iova: bigint, from: Uint8Array, options: DmaOptions = {}): DmaTransfer {
    return this.#dma.write(streamId, iova, from, options);
  }

  /**
   * Translates as {@link dmaRead} does without moving anything.
   * @param length bytes, 0..2^32
   * @returns where they lie: a scatter list, in which pieces that follow each other on both sides are one
   */
  dmaMap(
    streamId: number,
    iova: bigint,
    length: number,
    access: 'read' | 'write',
    options: DmaOptions = {},
  ): DmaMapping {
    return this.#dma.map(streamId, iova, length, access, options);
  }

  /**
   * The registers as imports of a driver compiled to WebAssembly: `mmioRead32`, `mmioRead64`, `mmioWrite32` and `mmioWrite64` by
   * address, signed as WebAssembly passes numbers.
   * @param base address of page 0 in the driver's 32-bit address space
   */
  mmioImports(base: number): MmioImports {
    return mmioImports(this, base);
  }

  /**
   * For a CPU that has interrupts off: while `on`, pulses for `onInterrupt` wait, one for each source as an interrupt controller
   * latches them. With `false` those that wait are delivered before the call returns. MSIs and `onResume` do not wait.
   */
  deferInterrupts(on: boolean): void {
    if (this.#bridge.barred) this.#bridge.refuse();
    if (typeof on !== 'boolean') throw new TypeError(`on must be true or false, not ${show(on)}`);
    this.#callbacks.defer(on);
  }

  /** The interrupts that {@link deferInterrupts} holds, in the order in which they came. */
  get pendingInterrupts(): readonly InterruptSource[] {
    return this.#callbacks.deferred;
  }

  /**
   * Makes a batch in the core's memory.
   * @param capacity rows
   * @throws RangeError when the memory of the option `batchBytes` has no room for it
   */
  createBatch(capacity: number): Batch {
    if (this.#bridge.barred) this.#bridge.refuse();
    return this.#batches.create(capacity);
  }

  /**
   * Translates rows [start, start + count) of a batch: the same results, statistics and state as single calls in order.
   * Callbacks run in between, as they would between single calls.
   * @param count default: all rows from `start` on
   * @throws RangeError when a row's size is above 4096 or crosses a 4 KiB boundary; the rows before it have been done
   */
  translateBatch(batch: Batch, count?: number, start = 0): BatchSummary {
    if (this.#bridge.barred) this.#bridge.refuse();
    return this.#bulk.translate(batch, count, start);
  }

  /**
   * As {@link translateBatch}, and gives each row that did not end ok with its Translation: the event record, not its number alone,
   * and the tag of a stall. With time off it takes a call of the core for each row.
   * @throws RangeError as `translateBatch`
   */
  translateBatchFaults(batch: Batch, count?: number, start = 0): FaultedBatchSummary {
    if (this.#bridge.barred) this.#bridge.refuse();
    return this.#bulk.translateFaults(batch, count, start);
  }

  /**
   * The hot path: no object is made.
   * @param streamId 0..2^32 - 1
   * @param iova input address, an integer from 0 to 2^53 - 1
   * @param flags FLAG_*, with the SubstreamID in [31:12]: 32 bits, with or without sign
   * @returns the physical address, or -1 for anything but success: {@link lastTranslation} then tells all. So is a number that is no
   *   StreamID, address or flags: nothing is translated, and that reads as an abort without an event
   */
  lookup(streamId: number, iova: number, flags: number): number {
    return this.#lookUps.lookup(streamId, iova, flags);
  }

  /** As {@link lookup}, with the input address as two words of 32 bits, with or without sign: all 64 bits of it. */
  lookupWords(streamId: number, lo: number, hi: number, flags: number): number {
    return this.#lookUps.lookupWords(streamId, lo, hi, flags);
  }

  /** The outcome of the last `translate`, of the last `lookup` that gave -1, or, with time off, of the last `submit`. */
  lastTranslation(): Translation {
    return readTranslation(this.#state, this.#state.base + MAIN_BLOCK);
  }

  /** Cycles of the TCU clock since creation or reset. */
  get now(): bigint {
    return this.#state.get64(Header.NOW);
  }

  /**
   * Lets time pass: what is due until `to` happens, callbacks at their cycle. With time off that is the overflow of counters
   * of cycles, and nothing else.
   * @throws RangeError when `to` lies in the past
   */
  advance(to: bigint): void {
    if (this.#bridge.barred) this.#bridge.refuse();
    this.#tickets.checkAdvance(to, this.#time.earliest);
    this.#time.advance(to);
  }

  /** When something happens next; null: nothing is under way. With time off only counters of cycles make something happen. */
  nextEvent(): bigint | null {
    if (this.#bridge.barred) this.#bridge.refuse();
    const at = this.#core.nextEvent();
    return at < 0n ? null : at;
  }

  /**
   * Gives a transaction to the device without waiting for it: it enters at its arrival and finishes as time passes. With time
   * off it is translated at once.
   * @returns a ticket, by which `poll` names it
   * @throws RangeError or TypeError as `translate`
   */
  submit(transaction: Transaction): number {
    if (this.#bridge.barred) this.#bridge.refuse();
    return this.#time.submit(transaction);
  }

  /**
   * The submitted transactions that have finished, in completion order.
   * @param into its contents are replaced; each Translation carries its `ticket`
   * @returns how many there are
   */
  poll(into: Translation[]): number {
    if (this.#bridge.barred) this.#bridge.refuse();
    if (!Array.isArray(into)) throw new TypeError(`into must be an array, not ${show(into)}`);
    return this.#tickets.poll(into);
  }

  /**
   * Runs rows of a batch as a closed loop: each is offered as soon as there is room for it and its gap has passed. All of them
   * are answered at return, so that a further run begins with nothing in flight; {@link offer} divides one loop into calls. With
   * time off that is {@link translateBatch}, and all times are 0.
   * @param count rows from the first on; default all
   */
  run(batch: Batch, source: ClosedLoop, count?: number): RunSummary {
    return this.#bulk.run(batch, source, count);
  }

  /**
   * Gives rows of a batch to the device and lets time pass until the last of them has been accepted; what is in flight then goes
   * on in later calls. Rows offered next follow as if they had been offered with these: however a trace is divided, every time
   * and count is the same. A row has its results, and may be written anew, when its status is no longer STATUS_PENDING.
   * Rows in flight belong to one batch: offering rows of another, `run`, `translateBatch`, `translate`, `save` and the batch's
   * `dispose` let them finish first, as `drain` does.
   * @throws RangeError for a row that is on its way already, and as `translateBatch`
   */
  offer(batch: Batch, rows: OfferedRows = {}): void {
    if (this.#bridge.barred) this.#bridge.refuse();
    this.#bulk.offer(batch, rows);
  }

  /** Lets time pass until everything that was given is answered: rows that were offered, and transactions that were submitted. */
  drain(): void {
    if (this.#bridge.barred) this.#bridge.refuse();
    this.#time.finish();
  }

  /**
   * Without `onResume`: the stalled transactions that were retried, and did not stall again, or terminated since the last call,
   * oldest first.
   */
  takeResumed(): Resumed[] {
    if (this.#bridge.barred) this.#bridge.refuse();
    return this.#callbacks.takeUntaken();
  }

  /** All counters. */
  stats(): Stats {
    if (this.#bridge.barred) this.#bridge.refuse();
    return gatherStats(this.#state, this.#map.caches, this.#time.stats());
  }

  /** Sets all counters to 0; caches keep what they hold. */
  resetStats(): void {
    if (this.#bridge.barred) this.#bridge.refuse();
    this.#core.resetStats();
  }

  /**
   * All of the device: registers, caches, stalled and submitted transactions, clock, generators, statistics. A device that
   * takes it back continues bit for bit. The contents of batches are not in it.
   * @param options.ram guest RAM too; default false
   */
  save(options: { ram?: boolean } = {}): Uint8Array {
    if (this.#bridge.barred) this.#bridge.refuse();
    record(options, 'options', ['ram']);
    if (options.ram === true && this.#windows.follows)
      throw new RangeError(
        'ram must be false: a window that follows its lender has no size that a snapshot could keep',
      );
    this.#time.drain();
    return saveSnapshot(this.#snapshots, options.ram === true);
  }

  /**
   * Takes back what `save` gave, on this or another device of the same configuration and build. Callbacks, bus and batches
   * stay this device's own; transfers of its own that are stalled end with 'abort'.
   * @throws RangeError when it is of another version, build or configuration, or damaged; nothing has changed then
   */
  restore(snapshot: Uint8Array): void {
    if (this.#bridge.barred) this.#bridge.refuse();
    if (!(ArrayBuffer.isView(snapshot) && 'subarray' in snapshot)) {
      throw new TypeError(`snapshot must be a Uint8Array, not ${show(snapshot)}`);
    }
    restoreSnapshot(this.#snapshots, snapshot);
    this.#time.restored();
    this.#windows.follow();
    this.#core.init(this.#state.base);
    this.#counters.use.needed = true;
    this.#dma.clear();
    this.#delivery.settle();
  }

  /**
   * The device as it was created: registers, caches, queues, clock and statistics. Guest RAM stays. Transfers that are stalled end
   * with 'abort'.
   */
  reset(): void {
    if (this.#bridge.barred) this.#bridge.refuse();
    this.#time.clear();
    this.#core.reset();
    this.#core.resetStats();
    writeSeed(this.#state, this.#seed);
    this.#state.set64(Header.NOW, 0n);
    this.#tickets.clear();
    this.#callbacks.clear();
    this.#dma.clear();
  }

  /** Ends the device: every later call throws ENODEV. A lent memory is the lender's again, and another device's to be made in. */
  dispose(): void {
    this.#bridge.dispose();
    this.#release();
    this.#dma.clear();
  }

  /** `using smmu = await Smmu.create()` disposes of it at the end of the block. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}
