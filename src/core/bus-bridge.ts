/**
 * The functions that the core calls while it runs: the embedder's bus, and the map from streams to TBUs. They may not enter
 * the device, and what they throw may not pass through the core, which would be left in the middle of a step.
 */
import * as HostFlags from '../../assembly/abi/host-flags.js';
import { Access } from './access.js';
import { integer } from '../base/check.js';
import { IommuError } from '../base/errors.js';
import type { Embedder } from './bus.js';
import type { CoreImports } from './load.js';

/** Holds the door of one device. */
export class BusBridge {
  /**
   * True while a callback of the bus runs, and after dispose: the device may not be entered; and when something has to be looked at
   * on entry. One test on every entry.
   */
  barred = false;
  #disposed = false;
  #inside = false;
  #onEntry: (() => void) | undefined;
  #failed = false;
  #error: unknown;

  constructor(
    private readonly embedder: Embedder,
    private readonly tbus: number,
  ) {}

  /** HostFlags: what the core may call. */
  get hostFlags(): number {
    const { bus, tbuOf, onMsi, walkLatency, asyncCommands } = this.embedder;
    return (
      (bus === undefined ? 0 : HostFlags.BUS) |
      (bus?.compareExchange64 === undefined ? 0 : HostFlags.CLAIMED_CAS) |
      (tbuOf === undefined ? 0 : HostFlags.TBU_OF) |
      (onMsi === undefined ? 0 : HostFlags.MSI) |
      (walkLatency === undefined ? 0 : HostFlags.LATENCY) |
      (asyncCommands === true ? HostFlags.ASYNC : 0)
    );
  }

  /** The imports over `memory`. Numbers that the core means as unsigned arrive signed. */
  imports(memory: WebAssembly.Memory): CoreImports['host'] {
    const { bus, tbuOf, walkLatency } = this.embedder;
    const access = new Access();
    const ask = (): number => access.latencyFrom(walkLatency!);
    const bytes = (ptr: number, length: number): Uint8Array =>
      new Uint8Array(memory.buffer, ptr >>> 0, length);
    return {
      busRead: (pa, ptr, length) => (this.#busRead(pa, bytes(ptr, length)) ? 1 : 0),
      busWrite: (pa, ptr, length) => (this.#busWrite(pa, bytes(ptr, length)) ? 1 : 0),
      busCas: (pa, expected, desired, found) => {
        const value = this.#outside(
          () =>
            atOnce(
              bus!.compareExchange64?.(pa, BigInt.asUintN(64, expected), BigInt.asUintN(64, desired)),
              'bus.compareExchange64',
            ),
          undefined,
        );
        if (typeof value !== 'bigint') return 0;
        new DataView(memory.buffer).setBigUint64(found >>> 0, value, true);
        return 1;
      },
      tbuOf: (streamId) => {
        const id = streamId >>> 0;
        return this.#outside(() => integer(atOnce(tbuOf!(id), 'tbuOf'), `tbuOf(${id})`, 0, this.tbus - 1), 0);
      },
      walkLatency: (pa, what, level, streamId, cycle) => {
        access.set(pa, what, level, streamId >>> 0, cycle);
        return this.#outside(ask, 0);
      },
    };
  }

  /** An access of a device that the embedder models, outside RAM. @returns false: nothing answers @throws what the bus threw */
  read(address: number, into: Uint8Array): boolean {
    const answered = this.embedder.bus !== undefined && this.#busRead(address, into);
    this.rethrow();
    return answered;
  }

  /** As {@link read}. */
  write(address: number, from: Uint8Array): boolean {
    const answered = this.embedder.bus !== undefined && this.#busWrite(address, from);
    this.rethrow();
    return answered;
  }

  /** Called on entry when `barred`. @throws IommuError when the device may not be entered */
  refuse(): void {
    if (this.#disposed) throw new IommuError('ENODEV', 'this device has been disposed of');
    if (this.#inside)
      throw new IommuError('EBUSY', 'the device was entered from inside one of its own bus callbacks');
    this.#onEntry?.();
  }

  /** From now on `before` runs on every entry. */
  watchEntry(before: () => void): void {
    this.#onEntry = before;
    this.barred = true;
  }

  dispose(): void {
    this.barred = true;
    this.#disposed = true;
  }

  /** Throws what a callback threw while the core ran. Called when the core has returned. */
  rethrow(): void {
    if (!this.#failed) return;
    const error = this.#error;
    this.#failed = false;
    this.#error = undefined;
    throw error;
  }

  #busRead(address: number, into: Uint8Array): boolean {
    return this.#outside(() => atOnce(this.embedder.bus!.read(address, into), 'bus.read') === true, false);
  }

  #busWrite(address: number, from: Uint8Array): boolean {
    return this.#outside(() => atOnce(this.embedder.bus!.write(address, from), 'bus.write') === true, false);
  }

  /** Runs a callback with the door shut; the first error is kept, and to the core it is an external abort. */
  #outside<T>(callback: () => T, aborted: T): T {
    this.barred = true;
    this.#inside = true;
    try {
      return callback();
    } catch (error) {
      if (!this.#failed) {
        this.#failed = true;
        this.#error = error;
      }
      return aborted;
    } finally {
      this.#inside = false;
      this.barred = this.#disposed || this.#onEntry !== undefined;
    }
  }
}

/** What a callback gave. @throws TypeError when it is a promise: the core cannot wait */
function atOnce<T>(value: T, name: string): T {
  if (typeof (value as { then?: unknown } | null | undefined)?.then === 'function')
    throw new TypeError(`${name} returned a Promise: it runs inside the core and has to answer at once`);
  return value;
}
