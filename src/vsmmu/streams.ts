/**
 * The devices behind a virtual SMMU, what the guest wants of each, and what the host has been made to do. One rule stands over all:
 * what cannot be installed aborts.
 */
import * as Ste from '../../assembly/arch/ste.js';
import { numberOf } from '../base/fields.js';
import type { NativeCommand } from '../iommu/index.js';
import type { StreamPolicy, VsmmuBackend } from './backend.js';
import { fullInvalidation } from './command.js';
import { samePolicy } from './policy.js';
import type { VirtualSmmuStats } from './stats.js';

/** A device of the host's in the guest. */
export class AssignedDevice<Device> {
  /** What the host has; undefined: unknown, a call has failed. */
  installed: StreamPolicy | undefined;
  /** It has its StreamID with the host. A device whose StreamID another one holds does not, and is blocked. */
  present = false;

  constructor(
    readonly device: Device,
    public vsid: number,
  ) {}

  get translating(): boolean {
    return this.installed?.kind === 'translate';
  }

  /** The guest lets the device ask for translations. */
  get ats(): boolean {
    return this.installed?.kind === 'translate' && numberOf(this.installed.ste, Ste.EATS) === Ste.EATS_TRANS;
  }
}

/** What becomes of a stream whose new STE the host refuses. */
export type OnFailure = 'abort' | 'keep';

/** Devices by StreamID of the guest's. */
export class Streams<Device> {
  readonly #present = new Map<number, AssignedDevice<Device>>();
  /** Devices that wait for their StreamID, first come first. */
  readonly #blocked: AssignedDevice<Device>[] = [];
  /** Invalidations that no host has done: before any stream translates again, everything must go. */
  #owed = false;

  constructor(
    private readonly backend: VsmmuBackend<Device>,
    private readonly policyOf: (vsid: number) => StreamPolicy,
    private readonly onFailure: OnFailure,
    private readonly stats: VirtualSmmuStats,
    private readonly fatal: (message: string, cause: unknown) => void,
  ) {}

  get present(): readonly AssignedDevice<Device>[] {
    return [...this.#present.values()];
  }

  get(vsid: number): AssignedDevice<Device> | undefined {
    return this.#present.get(vsid);
  }

  /** An invalidation has been taken from the guest and not been done: with no device there is nobody to do it for. */
  owe(): void {
    this.#owed = true;
  }

  /** Gives a device its StreamID, or has it wait while another one has it. @throws what the back end throws */
  add(assigned: AssignedDevice<Device>): void {
    if (this.#present.has(assigned.vsid)) {
      this.#blocked.push(assigned);
      return;
    }
    this.backend.addStream(assigned.vsid, assigned.device);
    this.#present.set(assigned.vsid, assigned);
    assigned.present = true;
    assigned.installed = { kind: 'abort' };
    this.apply(assigned);
  }

  /** Takes a device away from its StreamID; it aborts. Who waits for the StreamID gets it. */
  remove(assigned: AssignedDevice<Device>): void {
    const waiting = this.#blocked.indexOf(assigned);
    if (waiting >= 0) this.#blocked.splice(waiting, 1);
    if (!assigned.present) return;
    const { vsid } = assigned;
    this.#install(assigned, { kind: 'abort' });
    try {
      this.backend.removeStream(vsid);
    } catch (error) {
      this.fatal(`the host does not let the device of StreamID ${vsid} go`, error);
    }
    this.#present.delete(vsid);
    assigned.present = false;
    assigned.installed = undefined;
    const next = this.#blocked.findIndex((other) => other.vsid === vsid);
    if (next < 0) return;
    const [heir] = this.#blocked.splice(next, 1);
    try {
      this.add(heir);
    } catch (error) {
      this.fatal(`the host does not take the device that waited for StreamID ${vsid}`, error);
    }
  }

  /** Does what the guest's registers and tables say of streams. Of a range only what has a device is looked at. */
  applyRange(first: number, last: number): void {
    if (first === last) {
      const one = this.#present.get(first);
      if (one !== undefined) this.apply(one);
      return;
    }
    for (const assigned of this.present) {
      if (assigned.vsid >= first && assigned.vsid <= last) this.apply(assigned);
    }
  }

  applyAll(): void {
    for (const assigned of this.present) this.apply(assigned);
  }

  apply(assigned: AssignedDevice<Device>): void {
    const wanted = this.policyOf(assigned.vsid);
    if (samePolicy(assigned.installed, wanted)) {
      this.stats.skippedInstalls++;
      return;
    }
    if (wanted.kind === 'translate' && !this.#settleDebts()) {
      this.#install(assigned, { kind: 'abort' });
      return;
    }
    const former = assigned.installed;
    if (this.#tried(assigned, wanted) || wanted.kind === 'abort') return;
    // What bypasses may not stay so once the guest wants it behind tables.
    if (this.onFailure === 'keep' && former?.kind === 'translate') {
      assigned.installed = former;
      return;
    }
    this.#install(assigned, { kind: 'abort' });
  }

  /** Every stream aborts: nothing that the guest has said can be relied on. */
  abortAll(): void {
    this.#owed = true;
    for (const assigned of this.present) this.#install(assigned, { kind: 'abort' });
  }

  /**
   * Hands commands to the host; when it fails, invalidates everything in their place. More than was asked for is always right.
   * @returns false: not even that worked
   */
  invalidate(commands: readonly NativeCommand[]): boolean {
    this.stats.batches++;
    this.stats.forwarded += commands.length;
    try {
      this.backend.invalidate(commands);
      return true;
    } catch {
      this.stats.failedBatches++;
      this.#owed = true;
      return this.#settleDebts();
    }
  }

  #settleDebts(): boolean {
    if (!this.#owed) return true;
    const translating = this.present.filter((assigned) => assigned.translating);
    try {
      for (const batch of fullInvalidation(translating)) this.backend.invalidate(batch);
    } catch {
      return false;
    }
    this.#owed = false;
    this.stats.resyncs++;
    return true;
  }

  /** Aborts, unless it does already. When even that fails, DMA cannot be stopped, and the embedder must know. */
  #install(assigned: AssignedDevice<Device>, policy: { kind: 'abort' }): void {
    if (assigned.installed?.kind === 'abort') return;
    this.#tried(assigned, policy);
  }

  #tried(assigned: AssignedDevice<Device>, policy: StreamPolicy): boolean {
    this.stats.installs++;
    try {
      this.backend.setStream(assigned.vsid, policy);
      assigned.installed = policy;
      return true;
    } catch (error) {
      this.stats.failedInstalls++;
      assigned.installed = undefined;
      if (policy.kind === 'abort')
        this.fatal(
          `StreamID ${assigned.vsid} cannot be made to abort: the guest’s device is out of control`,
          error,
        );
      return false;
    }
  }
}
