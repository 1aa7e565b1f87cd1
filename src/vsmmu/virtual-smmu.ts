/** Class VirtualSmmu: the SMMU that a guest sees, in front of the physical one (docs/vsmmu.md). */
import * as Cr0 from '../../assembly/arch/cr0.js';
import * as Gerror from '../../assembly/arch/gerror.js';
import * as Idr0 from '../../assembly/arch/idr0.js';
import * as Register from '../../assembly/arch/register.js';
import { big, integer, record, registerOffset } from '../base/check.js';
import type { GuestMemory } from '../core/guest-memory.js';
import type { Resumed, Transaction, Translation } from '../device/transaction.js';
import type { NativeCommand } from '../iommu/index.js';
import type { BackendEvent, EventWords, StreamPolicy, VsmmuBackend } from './backend.js';
import { GuestCommandQueue } from './command-queue.js';
import { type GuestCommand, resumeWords, stallTermWords } from './command.js';
import { EmulatedStreams } from './emulated.js';
import { ErrorsAndWires } from './errors-and-wires.js';
import { GuestEventQueue } from './event-queue.js';
import { GuestAccess } from './guest-access.js';
import { badSte, isStage2, SequenceWatch, stage2FaultForGuest, withoutHostAddress } from './host-events.js';
import { idField, OPEN_FIELDS } from './id-fields.js';
import { announce, checkAgainst, type VirtualId } from './identification.js';
import { checkHostOptions, checkOptions, type VirtualSmmuOptions } from './options.js';
import { readSte, type StallControl, steIllegal, streamPolicy } from './policy.js';
import { fieldBits, Registers } from './registers.js';
import { checkSnapshot, type VirtualSmmuSnapshot } from './snapshot.js';
import { Stalls } from './stalls.js';
import { noStats, type VirtualSmmuStats } from './stats.js';
import { AssignedDevice, Streams } from './streams.js';

/** A device behind a virtual SMMU. */
export interface VirtualDevice {
  /** StreamID that the guest knows. */
  readonly vsid: number;
  /** Translated in software, through `translate`. */
  readonly emulated: boolean;
  /** Another device still has its StreamID: it aborts until that one moves away. */
  readonly blocked: boolean;
}

type Checked<Device> = ReturnType<typeof checkOptions<Device>>;

const SMMUEN = fieldBits(Cr0.SMMUEN);
const EVENTQEN = fieldBits(Cr0.EVENTQEN);
const CMDQEN = fieldBits(Cr0.CMDQEN);
/** Commands to the host at once. */
const BATCH = 512;

/**
 * A guest's SMMUv3. Registers, queues and tables are the guest's; what it asks for is done by the host behind the back end. Whatever
 * the guest does, nothing throws into the embedder, and what cannot be done aborts: no device is on bypass that its guest has put
 * behind tables.
 */
export class VirtualSmmu<Device = unknown> {
  /** Guest RAM by guest-physical address, as a driver in the guest sees it. */
  readonly memory: GuestMemory;
  /** What the guest is told. It never changes. */
  readonly id: VirtualId;
  /** Calls that left a device out of control, oldest first, when there is no `onFatal`. */
  readonly fatalErrors: Error[] = [];
  readonly #backend: VsmmuBackend<Device>;
  readonly #options: Checked<Device>;
  readonly #access: GuestAccess;
  readonly #registers: Registers;
  readonly #wires: ErrorsAndWires;
  readonly #events: GuestEventQueue;
  readonly #commands: GuestCommandQueue;
  readonly #streams: Streams<Device>;
  readonly #stalls: Stalls<Device>;
  readonly #stallControl: StallControl;
  readonly #stats = noStats();
  readonly #sequences = new SequenceWatch();
  readonly #devices = new Map<VirtualDevice, AssignedDevice<Device>>();
  readonly #emulatedDevices = new Map<number, VirtualDevice>();
  #emulated!: EmulatedStreams;

  private constructor(options: VirtualSmmuOptions<Device>) {
    const checked = (this.#options = checkOptions(options));
    const { backend, memory } = checked;
    this.#backend = backend;
    this.memory = memory;
    const host = backend.hwInfo();
    checkHostOptions(checked.s2FetchFaults, host);
    const id = (this.id = Object.freeze(announce(options.id, host)));
    const model = id.fields.STALL_MODEL;
    this.#stallControl =
      model === Idr0.STALL_MODEL_BOTH
        ? 'guest'
        : idField(host.idr, OPEN_FIELDS.STALL_MODEL) === Idr0.STALL_MODEL_BOTH
          ? 'never'
          : 'absent';
    this.#access = new GuestAccess(memory, id.oasBits);
    this.#registers = new Registers(id, checked.resetAbort);
    this.#wires = new ErrorsAndWires(this.#registers, options.onInterrupt);
    this.#events = new GuestEventQueue(this.#registers, this.#access, this.#wires, this.#stats);
    this.#stalls = new Stalls(backend, this.#events, this.#stats);
    const fatal = (message: string, cause: unknown): void => {
      const error = new Error(message, { cause });
      if (options.onFatal === undefined) this.fatalErrors.push(error);
      else options.onFatal(error);
    };
    const policyOf = (vsid: number): StreamPolicy => this.policy(vsid);
    this.#streams = new Streams(backend, policyOf, checked.onFailure, this.#stats, fatal);
    const effects = {
      toHost: (command: GuestCommand) => this.#toHost(command),
      perform: (command: GuestCommand) => this.#perform(command),
      send: (batch: readonly NativeCommand[]) => this.#send(batch),
    };
    const limit = checked.batch ? BATCH : 1;
    this.#commands = new GuestCommandQueue(
      { registers: this.#registers, memory: this.#access, errors: this.#wires },
      id.fields,
      effects,
      this.#stats,
      limit,
    );
    backend.onEvent = (event) => this.#wires.settleAfter(() => this.#hostEvent(event));
  }

  /**
   * Makes a virtual SMMU, as after reset.
   * @throws RangeError or TypeError: one sentence that names the option, or the field that the host has not
   */
  static async create<Device>(options: VirtualSmmuOptions<Device>): Promise<VirtualSmmu<Device>> {
    const vsmmu = new VirtualSmmu(options);
    const record = (words: EventWords, stalled: boolean): void => {
      if (stalled) vsmmu.#events.recordStall(words, () => vsmmu.#stats.stalls++);
      else vsmmu.#events.record(words);
    };
    vsmmu.#emulated = await EmulatedStreams.create(vsmmu.id, vsmmu.#registers, vsmmu.#access, record);
    return vsmmu;
  }

  /** Reads a register, by byte offset from page 0 (page 1 at 0x10000). What is no register, or not aligned, reads as 0. */
  read32(offset: number): number {
    return this.#registers.read(registerOffset(offset));
  }

  read64(offset: number): bigint {
    if (registerOffset(offset) % 8 !== 0) return 0n;
    return BigInt(this.read32(offset)) | (BigInt(this.read32(offset + 4)) << 32n);
  }

  /** Writes a register. All its effects have happened at return, and the interrupts that they raise have been delivered. */
  write32(offset: number, value: number): void {
    registerOffset(offset);
    integer(value, 'value', 0, 0xffff_ffff);
    this.#wires.settleAfter(() => this.#write(offset, value));
  }

  /** As two writes of 32 bits, the low half first. */
  write64(offset: number, value: bigint): void {
    big(value, 'value', 0n, (1n << 64n) - 1n);
    if (registerOffset(offset) % 8 !== 0) return;
    this.write32(offset, Number(value & 0xffff_ffffn));
    this.write32(offset + 4, Number(value >> 32n));
  }

  /** Nothing happens by itself: a driver that waits waits in vain. */
  nextEvent(): bigint | null {
    return null;
  }

  /** Time is not modelled here. */
  advance(_to: bigint): void {
    // Commands have had their effect at the doorbell.
  }

  /**
   * Puts a device of the host's behind the virtual SMMU, or with `emulated` one that the VMM translates for. It does at once what
   * the guest's registers and tables say: they may name it already.
   * @throws RangeError: a StreamID beyond what is announced or of an emulated device, or a device whose host lacks what is announced;
   *   and what the host throws: then nothing has changed
   */
  addDevice(options: { readonly vsid: number; readonly device: Device }): VirtualDevice;
  addDevice(options: { readonly vsid: number; readonly emulated: true }): VirtualDevice;
  addDevice(options: {
    readonly vsid: number;
    readonly device?: Device;
    readonly emulated?: true;
  }): VirtualDevice {
    record(options, 'device', ['vsid', 'device', 'emulated']);
    const vsid = this.#checkVsid(options.vsid);
    if (options.emulated === true) return this.#addEmulated(vsid);
    const { device } = options;
    if (device === undefined)
      throw new TypeError('device.device must name a device of the host, or emulated be true');
    checkAgainst(this.id.fields, this.#backend.hwInfo(device));
    if (this.#emulatedDevices.has(vsid)) throw new RangeError(`vsid ${vsid} is an emulated device's`);
    const assigned = new AssignedDevice(device, vsid);
    this.#wires.settleAfter(() => this.#streams.add(assigned));
    const handle: VirtualDevice = {
      get vsid() {
        return assigned.vsid;
      },
      emulated: false,
      get blocked() {
        return !assigned.present;
      },
    };
    this.#devices.set(handle, assigned);
    return handle;
  }

  /** Takes a device away: what stalls is ended, then it aborts, then it is the host's again. A second time does nothing. */
  removeDevice(device: VirtualDevice): void {
    this.#wires.settleAfter(() => {
      if (device.emulated) {
        if (this.#emulatedDevices.get(device.vsid) !== device) return;
        this.#emulatedDevices.delete(device.vsid);
        this.#emulated.vsids.delete(device.vsid);
        return;
      }
      const assigned = this.#devices.get(device);
      if (assigned === undefined) return;
      this.#devices.delete(device);
      if (assigned.present) this.#stalls.end(assigned.vsid);
      this.#streams.remove(assigned);
    });
  }

  /**
   * The guest has given a device another number (it renumbers buses). While another device has that number, this one aborts.
   * @throws RangeError: a StreamID beyond what is announced, or of an emulated device; what the host throws: the device aborts then
   */
  renumber(device: VirtualDevice, vsid: number): void {
    this.#checkVsid(vsid);
    const assigned = this.#devices.get(device);
    if (assigned === undefined)
      throw new RangeError('device must be one of this virtual SMMU, and not emulated');
    if (this.#emulatedDevices.has(vsid)) throw new RangeError(`vsid ${vsid} is an emulated device's`);
    if (assigned.vsid === vsid) return;
    this.#wires.settleAfter(() => {
      if (assigned.present) this.#stalls.end(assigned.vsid);
      this.#streams.remove(assigned);
      assigned.vsid = vsid;
      this.#streams.add(assigned);
    });
  }

  /**
   * Translates a transaction of an emulated device, through the guest's tables; the address is guest-physical.
   * @throws RangeError: no emulated device has the StreamID; and as `Smmu.translate`
   */
  translate(transaction: Transaction): Translation {
    if (!this.#emulated.vsids.has(transaction.streamId))
      throw new RangeError(`streamId ${transaction.streamId} is no emulated device's`);
    return this.#wires.settleAfter(() => this.#emulated.translate(transaction));
  }

  /** Stalled transactions of emulated devices that have ended, oldest first. */
  takeResumed(): Resumed[] {
    return this.#emulated.takeResumed();
  }

  /** What the guest asks for a StreamID, as its registers and tables stand now. Looks, and does nothing. */
  policy(vsid: number): StreamPolicy {
    const registers = this.#registers;
    const state = {
      smmuen: registers.smmuen,
      gbpa: registers.get(Register.GBPA),
      strtabBase: registers.get64(Register.STRTAB_BASE),
      strtabBaseCfg: registers.get(Register.STRTAB_BASE_CFG),
    };
    return streamPolicy(state, vsid, this.id, this.#stallControl, this.#access);
  }

  /** Guest-physical ranges that are no memory and that the guest must map one to one (IORT: RMR nodes). */
  get reservedRegions(): readonly {
    readonly start: bigint;
    readonly length: bigint;
    readonly type: 'sw-msi';
  }[] {
    const { base, size } = this.#options.msiWindow;
    return [{ start: base, length: BigInt(size), type: 'sw-msi' }];
  }

  stats(): Readonly<VirtualSmmuStats> {
    return { ...this.#stats };
  }

  /** As a reset of the machine: stalled transactions end, streams follow GBPA's reset value, devices stay. */
  reset(): void {
    this.#wires.settleAfter(() => {
      this.#stalls.endAll();
      this.#events.forgetStalls(() => true);
      this.#registers.reset();
      this.#wires.drop();
      // What an old guest left in the caches is no new one's.
      this.#streams.owe();
      this.#streams.applyAll();
      this.#emulated.reset();
    });
  }

  /** Registers. Tables and queues are in the guest's memory; devices are to be quiet: a stalled transaction is not in it. */
  save(): VirtualSmmuSnapshot {
    return { version: 1, idr: [...this.id.idr], aidr: this.id.aidr, registers: this.#registers.save() };
  }

  /**
   * Takes registers back. Streams follow the STEs that are in the guest's memory now; one that the host refuses aborts.
   * @throws RangeError: another identification, nothing changed; TypeError: no snapshot
   */
  restore(snapshot: VirtualSmmuSnapshot): void {
    checkSnapshot(snapshot, this.id);
    this.#wires.settleAfter(() => {
      this.#stalls.endAll();
      this.#events.forgetStalls(() => true);
      this.#registers.restore(snapshot.registers);
      this.#streams.owe();
      this.#streams.applyAll();
      this.#emulated.reset();
      this.#commands.consume();
    });
  }

  /** Takes all devices away and gives back what the back end and the emulation have. Nothing may be called afterwards. */
  dispose(): void {
    for (const device of [...this.#devices.keys()]) this.removeDevice(device);
    this.#backend.onEvent = undefined;
    this.#backend.close();
    this.#emulated.dispose();
  }

  #addEmulated(vsid: number): VirtualDevice {
    const taken =
      this.#emulatedDevices.has(vsid) || [...this.#devices.values()].some((one) => one.vsid === vsid);
    if (taken) throw new RangeError(`vsid ${vsid} is in use`);
    const handle: VirtualDevice = { vsid, emulated: true, blocked: false };
    this.#emulatedDevices.set(vsid, handle);
    this.#emulated.add(vsid);
    return handle;
  }

  #checkVsid(vsid: number): number {
    return integer(vsid, 'vsid', 0, 2 ** this.id.fields.SIDSIZE - 1);
  }

  #write(offset: number, value: number): void {
    const registers = this.#registers;
    if (offset === Register.CR0) return this.#writeCr0(value);
    const before = offset === Register.GERRORN ? this.#wires.active(Gerror.BIT_CMDQ_ERR) : false;
    registers.store(offset, value);
    switch (offset) {
      case Register.CMDQ_PROD:
        return this.#commands.consume();
      case Register.GBPA:
        if (registers.smmuen) return; // noted, and in force once SMMUEN falls
        this.#streams.applyAll();
        return this.#emulated.follow();
      case Register.GERRORN:
        this.#events.retry();
        // An acknowledged error starts the queue again at the command where it stopped, without a doorbell.
        if (before && !this.#wires.active(Gerror.BIT_CMDQ_ERR)) this.#commands.consume();
        return;
      case Register.EVENTQ_CONS:
        this.#events.retry();
        return this.#emulated.retry();
    }
  }

  /** Policy first, then queues: what the guest queued before it enabled the SMMU must find its streams as they are to be. */
  #writeCr0(value: number): void {
    const before = this.#registers.storeCr0(value);
    const now = this.#registers.get(Register.CR0);
    const risen = now & ~before;
    const fallen = before & ~now;
    if ((fallen & SMMUEN) !== 0) this.#stalls.endAll();
    if (((risen | fallen) & SMMUEN) !== 0) {
      this.#streams.applyAll();
      this.#emulated.follow();
    }
    if ((risen & EVENTQEN) !== 0) this.#events.retry();
    if ((risen & CMDQEN) !== 0) this.#commands.consume();
  }

  #toHost(command: GuestCommand): NativeCommand | undefined {
    if (command.kind === 'tlb') {
      this.#emulated.command(command.words);
      if (this.#streams.present.length > 0) return command.words;
      this.#streams.owe();
      return undefined;
    }
    if (command.kind !== 'stream') return undefined;
    if (!command.ats) this.#emulated.command(command.words);
    // Guests write a CD, and name it, before the first STE that leads to it: the host knows of none then, and would refuse.
    if (command.ats && !this.#registers.smmuen) return undefined;
    return this.#streams.get(command.vsid)?.translating === true ? command.words : undefined;
  }

  #perform(command: GuestCommand): void {
    switch (command.kind) {
      case 'ste':
        this.#emulated.command(command.words);
        if (!this.#registers.smmuen) return;
        this.#streams.applyRange(command.first, command.last);
        if (this.#options.badSte === 'record') this.#recordBadStes(command.first, command.last);
        return;
      case 'resume': {
        const { vsid, stag, retry, abort } = command;
        this.#stalls.answer(vsid, stag, retry ? 'retry' : abort ? 'abort' : 'terminate');
        if (this.#emulated.vsids.has(vsid)) this.#emulated.command(resumeWords(command));
        return;
      }
      case 'stall-term':
        this.#stalls.end(command.vsid);
        if (this.#emulated.vsids.has(command.vsid)) this.#emulated.command(stallTermWords(command.vsid));
        return;
      default:
        return; // consumed
    }
  }

  #send(batch: readonly NativeCommand[]): boolean {
    if (this.#streams.invalidate(batch)) return true;
    this.#stalls.endAll();
    this.#streams.abortAll();
    return false;
  }

  #recordBadStes(first: number, last: number): void {
    for (const { vsid } of this.#streams.present) {
      if (vsid < first || vsid > last) continue;
      const state = {
        strtabBase: this.#registers.get64(Register.STRTAB_BASE),
        strtabBaseCfg: this.#registers.get(Register.STRTAB_BASE_CFG),
      };
      const ste = readSte(state, vsid, this.id, this.#access);
      if (ste === undefined || (ste[0] & 1n) === 0n) continue;
      const enabled = (ste[0] & 8n) !== 0n;
      const bypass = ((ste[0] >> 1n) & 7n) === 4n;
      if (enabled && !bypass && steIllegal(ste, this.id)) this.#events.record(badSte(vsid));
    }
  }

  #hostEvent(event: BackendEvent): void {
    if (event.kind === 'lost') {
      this.#stats.hostLostEvents += this.#sequences.lost(event.sequence);
      return;
    }
    if (event.kind === 'stall') {
      const known = this.#streams.get(event.vsid) !== undefined;
      const told = known && this.id.fields.STALL_MODEL !== Idr0.STALL_MODEL_TERMINATE_ONLY;
      this.#stalls.report(event);
      if (!told) this.#stalls.end(event.vsid);
      return;
    }
    if (event.sequence !== undefined) this.#stats.hostLostEvents += this.#sequences.event(event.sequence);
    // Of a StreamID that has been given up nobody is told: its next owner has not done it.
    if (this.#streams.get(event.vsid) === undefined) {
      this.#stats.droppedEvents++;
      return;
    }
    if (!isStage2(event.words)) return this.#events.record(withoutHostAddress(event.words));
    const told = this.#options.s2FetchFaults === 'guest' ? stage2FaultForGuest(event.words) : undefined;
    if (told !== undefined) this.#events.record(told);
  }
}
