/** Class HostIommu: the driver of one SMMU as a program holds it (docs/nested-guest.md). */
import { big, integer, oneOf, record, show } from '../base/check.js';
import { IommuError } from '../base/errors.js';
import type { EventRecord } from '../inspect/event.js';
import type { InterruptSource } from '../core/bus.js';
import type { GuestMemory } from '../core/guest-memory.js';
import type { Smmu } from '../device/smmu.js';
import { IdAllocator } from './alloc/ids.js';
import { PagePool } from './alloc/pages.js';
import { remove } from './attach.js';
import { bindGuestStageAt } from './bind.js';
import { CommandQueue, type CommandCounts, type SyncMode } from './cmdq.js';
import { cfgiSte } from './commands.js';
import { type DeviceOptions, IommuDevice } from './device.js';
import type { DomainOptions } from './domain.js';
import type { Driver, SteUpdate } from './driver.js';
import { writeEntryBreakBeforeMake, writeEntryHitless } from './entry/update.js';
import { EventQueue } from './evtq.js';
import type { FaultHandler, PageResponse } from './fault.js';
import { FaultRouter } from './fault-router.js';
import { readFeatures, type SmmuFeatures } from './features.js';
import { FlushQueue } from './flush-queue.js';
import { type DriverError, GlobalErrors } from './gerror.js';
import { disable, enable } from './hardware.js';
import type { CacheInvalidateInfo } from './invalidate.js';
import { type GuestMsi, msiAddress } from './msi.js';
import {
  armSmmuOps,
  iommuBindGuestStage,
  IommuDomain,
  type IommuOps,
  iommuUnbindGuestStage,
  opsOf,
} from './ops.js';
import { StreamTable } from './stream-table.js';
import { withMemory } from './bus-memory.js';
import { type GuestCommandResult, issueGuestCommands, type NativeCommand } from './guest-commands.js';
import type { SmmuHardware } from './hardware-port.js';
import type { GuestStageConfig } from './uapi/guest-stage-config.js';
import { attachVste } from './vste.js';
import type { VirtualSte } from './entry/vste.js';

/** How the driver runs the SMMU. */
export interface ProbeOptions {
  /** Guest RAM that the driver may have for tables and queues. */
  readonly pool: { readonly base: bigint; readonly size: number };
  /** log2 of the entries of the Command queue; at most what IDR1.CMDQS allows of it. Default 8. */
  readonly cmdqLog2?: number;
  /** log2 of the entries of the Event queue; at most what IDR1.EVENTQS allows of it. Default 8. */
  readonly evtqLog2?: number;
  /**
   * How the driver reaches its pool, where that is no RAM window: {@link busMemory} over what the option `bus` of the SMMU leads to.
   * Default: `smmu.memory`.
   */
  readonly memory?: GuestMemory;
  /** How entries in use are changed: today's order or that of 2018. Default 'hitless'. */
  readonly steUpdate?: SteUpdate;
  /** Unmaps gather, and their TLB entries go together. Default false: `unmap` invalidates before it returns. */
  readonly lazy?: boolean;
  /** How CMD_SYNC is waited for: by reading CMDQ_CONS, or by its MSI. Default 'poll'. */
  readonly cmdSync?: SyncMode;
  /** Run stage 1 in NS-EL2-E2H, as a kernel at EL2 does; needs IDR0.Hyp. Default false. */
  readonly e2h?: boolean;
  /** Records that no device's handler took: of unknown streams, of stage 2 under a guest, of devices without a handler. */
  readonly onEvent?: (record: EventRecord, device: IommuDevice | undefined) => void;
  /** What the SMMU reported through GERROR, and lost events. Without it: {@link HostIommu.errors}. */
  readonly onError?: (error: DriverError) => void;
}

/** Linux's window for MSI doorbells, which `map` should leave free. */
const SW_MSI = { start: 0x0800_0000n, length: 0x10_0000n } as const;
/** Errors kept for a program that asks later. */
const KEPT_ERRORS = 64;

/**
 * The driver of one SMMUv3. It reaches the hardware through registers, memory, the Command queue and interrupts only. Calls
 * shaped like the kernel's throw {@link IommuError}, whose `code` and `errno` are the kernel's; arguments of the wrong type
 * throw TypeError or RangeError.
 */
export class HostIommu<Hardware extends SmmuHardware = Smmu> {
  readonly smmu: Hardware;
  readonly features: SmmuFeatures;
  /** The last errors, oldest first. */
  readonly errors: DriverError[] = [];
  readonly #driver: Driver;
  readonly #devices = new Map<number, IommuDevice>();
  /** Lazy mode; undefined when strict. */
  readonly #flushQueue: FlushQueue | undefined;
  readonly #events: EventQueue;
  readonly #gerror: GlobalErrors;
  readonly #faults: FaultRouter;
  readonly #ops: IommuOps = { ...armSmmuOps };

  private constructor(hardware: Hardware, options: ProbeOptions) {
    if (typeof (hardware as Partial<SmmuHardware> | undefined)?.read32 !== 'function')
      throw new TypeError(
        `smmu must come from Smmu.create, not be ${show(hardware)}: call await HostIommu.probe(smmu, { pool })`,
      );
    record(options, 'options', [
      'pool',
      'memory',
      'cmdqLog2',
      'evtqLog2',
      'steUpdate',
      'lazy',
      'cmdSync',
      'e2h',
      'onEvent',
      'onError',
    ]);
    const {
      cmdqLog2 = 8,
      evtqLog2 = 8,
      steUpdate = 'hitless',
      cmdSync = 'poll',
      lazy,
      e2h = false,
    } = options;
    integer(cmdqLog2, 'cmdqLog2', 0, 19);
    integer(evtqLog2, 'evtqLog2', 0, 19);
    oneOf(steUpdate, 'steUpdate', ['hitless', 'break-before-make']);
    oneOf(cmdSync, 'cmdSync', ['poll', 'msi']);
    record(options.pool, 'pool', ['base', 'size']);
    this.smmu = hardware;
    const smmu = options.memory === undefined ? hardware : withMemory(hardware, options.memory);
    const features = (this.features = readFeatures(smmu));
    if (cmdSync === 'msi' && !(features.msi && features.coherent)) {
      throw new IommuError('EOPNOTSUPP', "cmdSync 'msi' needs IDR0.MSI and IDR0.COHACC");
    }
    if (e2h && !features.hyp) throw new IommuError('EOPNOTSUPP', 'e2h needs IDR0.Hyp');
    const report = (error: DriverError): void => {
      if (this.errors.push(error) > KEPT_ERRORS) this.errors.shift();
      options.onError?.(error);
    };
    this.#gerror = new GlobalErrors(smmu, report, () => disable(smmu));
    disable(smmu);
    const pool = new PagePool(smmu.memory, options.pool.base, options.pool.size);
    const queue = new CommandQueue(
      smmu,
      pool,
      Math.min(cmdqLog2, features.cmdqLog2Max),
      cmdSync,
      this.#gerror,
    );
    this.#faults = new FaultRouter(queue, this.#devices, options.onEvent);
    this.#flushQueue = lazy === true ? new FlushQueue(queue) : undefined;
    this.#events = new EventQueue(
      smmu,
      pool,
      Math.min(evtqLog2, features.evtqLog2Max),
      (event) => this.#faults.route(event),
      () => report({ kind: 'event-overflow', message: 'the Event queue was full: records were lost' }),
    );
    this.#driver = {
      smmu,
      features,
      pool,
      queue,
      streamTable: new StreamTable(smmu, pool, features),
      // ASID 0 and VMID 0 stay the host's own.
      asids: new IdAllocator(1, 2 ** features.asidBits - 1),
      vmids: new IdAllocator(1, 2 ** features.vmidBits - 1),
      e2h,
      update: steUpdate === 'hitless' ? writeEntryHitless : writeEntryBreakBeforeMake,
    };
    enable(smmu, { ...this.#driver, events: this.#events });
  }

  /**
   * Takes over an SMMU: reads what it can do, resets it, gives it tables and queues, and enables it. Every stream aborts until
   * its device is attached.
   * @throws IommuError ENODEV when the SMMU has no AArch64 translation, ENOMEM when the pool is too small for tables and
   *   queues, EOPNOTSUPP for an option that the SMMU lacks; RangeError or TypeError for a wrong option
   */
  static async probe<Hardware extends SmmuHardware = Smmu>(
    smmu: Hardware,
    options: ProbeOptions,
  ): Promise<HostIommu<Hardware>> {
    return Promise.resolve(new HostIommu(smmu, options));
  }

  /**
   * The interrupt handler, to be called from `onInterrupt` of the SMMU's options. Sources that the driver has no use for are
   * ignored. Without it, call {@link poll}.
   */
  interrupt(source: InterruptSource): void {
    if (source === 'eventq') this.#events.drain();
    else if (source === 'gerror') this.#gerror.handle(this.#driver.queue);
  }

  /** Looks after global errors and events without an interrupt. @returns how many events there were */
  poll(): number {
    this.#gerror.handle(this.#driver.queue);
    return this.#events.drain();
  }

  /** Commands, CMD_SYNCs and doorbells since probe. */
  get counts(): Readonly<CommandCounts> {
    return this.#driver.queue.counts;
  }

  /** Bytes of the pool that are in use. */
  get poolUsed(): number {
    return this.#driver.pool.used;
  }

  /**
   * Makes a device known: its streams get STEs that abort.
   * @throws IommuError ENODEV without StreamIDs, ERANGE for one beyond the Stream table, EBUSY for one that another device has,
   *   ENOMEM
   */
  addDevice(options: DeviceOptions): IommuDevice {
    if (typeof options !== 'object' || options === null)
      throw new TypeError(`device must be an object such as { streamIds: [0x10] }, not ${show(options)}`);
    const { queue, streamTable } = this.#driver;
    const devices = this.#devices;
    // What is no array is the device's to refuse.
    const streamIds = (Array.isArray(options.streamIds) ? options.streamIds : []) as readonly number[];
    for (const id of streamIds) {
      if (devices.has(id)) throw new IommuError('EBUSY', `StreamID ${id} belongs to another device`);
    }
    const device = new IommuDevice(this.#driver, options);
    try {
      for (const id of device.streamIds) {
        // A level 1 descriptor that was invalid may be cached as such (IHI 0070 §3.21.2).
        if (!streamTable.reserve(id)) continue;
        queue.add(cfgiSte(id, false));
        queue.sync();
      }
    } catch (error) {
      this.#driver.pool.free(device.configPa, 32);
      throw error;
    }
    for (const id of device.streamIds) devices.set(id, device);
    return device;
  }

  /** Detaches a device from everything and forgets it; its streams abort. */
  removeDevice(device: IommuDevice): void {
    if (this.#own(device).removed) return;
    remove(device);
    for (const streamId of device.streamIds) this.#devices.delete(streamId);
  }

  /**
   * Makes a domain. A type whose stage the SMMU lacks can be made, but not attached or mapped in.
   * @throws IommuError EINVAL for a granule that the SMMU lacks, ENOSPC without a free ASID or VMID, ENOMEM, EOPNOTSUPP for
   *   `fwb` without IDR3.FWB; RangeError for address sizes that no table has
   */
  domainAlloc(options: DomainOptions): IommuDomain {
    return new IommuDomain(this.#driver, this.#ops, options);
  }

  /**
   * Ends a domain: its TLB entries are removed, then its tables and its ASID or VMID may be used again.
   * @throws IommuError EBUSY while a device or a PASID is attached; EINVAL: not a domain
   */
  domainFree(domain: IommuDomain): void {
    opsOf(domain);
    this.#flushQueue?.flush();
    domain.free();
  }

  /**
   * Attaches a device to a domain; what it was attached to before is left, and what its guest had bound is unbound.
   * @throws IommuError EINVAL: domain of another SMMU, freed, or of a stage that the SMMU lacks; EBUSY: a stage 2 while the
   *   device uses PASIDs; ENODEV: device removed, or no such op; ENOMEM
   */
  attachDevice(domain: IommuDomain, device: IommuDevice): void {
    op(opsOf(domain).attachDev, 'attachDev')(domain, device);
  }

  /**
   * Attaches a device to a nested domain with the guest's STE in force from the first moment, or changes the STE: today's form of
   * {@link bindGuestStage}, between any two STEs without a state in between. undefined: stage 2 alone.
   * @param ste words 0 and 1 of the guest's STE
   * @throws IommuError EIO: bits that are not the guest's, a Config other than abort, bypass and stage 1, EATS above 1; EINVAL: not a
   *   'nested' domain, or of another SMMU; EBUSY: the device uses PASIDs; ENODEV: device removed
   */
  attachVirtualSte(domain: IommuDomain, device: IommuDevice, ste: VirtualSte | undefined): void {
    opsOf(domain);
    attachVste(domain, device, ste);
  }

  /**
   * Sends a guest's own commands: TLBI_NSNH_ALL, NH_ALL, NH_ASID, NH_VA, NH_VAA with the domain's VMID in place of the guest's, and
   * CFGI_CD, CFGI_CD_ALL, ATC_INV with the StreamID that `sidOf` gives. One CMD_SYNC after each 63.
   * @returns how many were dealt with, as the kernel counts, and the error that stopped it (EIO: not a guest's command, unknown
   *   StreamID; ETIMEDOUT: the queue has stopped)
   * @throws IommuError EINVAL: not a 'nested' domain
   */
  guestCommands(
    domain: IommuDomain,
    commands: readonly NativeCommand[],
    sidOf: (streamId: number) => number | undefined,
  ): GuestCommandResult {
    opsOf(domain);
    if (domain.type !== 'nested') {
      throw new IommuError('EINVAL', `only a domain of type 'nested' serves a guest, not '${domain.type}'`);
    }
    return issueGuestCommands(domain, commands, sidOf);
  }

  /**
   * Detaches a device: its transactions without PASID abort.
   * @throws IommuError EINVAL: not attached to this domain; ENODEV: device removed, or no such op
   */
  detachDevice(domain: IommuDomain, device: IommuDevice): void {
    op(opsOf(domain).detachDev, 'detachDev')(domain, device);
  }

  /**
   * Sends the transactions of a PASID through a 'dma' domain.
   * @throws IommuError EINVAL: PASID 0 or beyond the device's, a domain of another type or SMMU, a device attached to a
   *   stage 2; EBUSY: PASID in use; ENODEV; ENOMEM
   */
  setDevPasid(domain: IommuDomain, device: IommuDevice, pasid: number): void {
    op(opsOf(domain).setDevPasid, 'setDevPasid')(domain, device, pasid);
  }

  /** Ends the use of a PASID. @throws IommuError EINVAL: not in use; ENODEV */
  removeDevPasid(device: IommuDevice, pasid: number): void {
    op(this.#ops.removeDevPasid, 'removeDevPasid')(device, pasid);
  }

  /**
   * Maps [iova, iova + size) to [pa, pa + size), with blocks where size and alignment allow. Of a nested domain: its stage 2.
   * @param prot PROT_*, at least PROT_READ or PROT_WRITE
   * @throws IommuError EINVAL: misaligned, unknown prot, or a domain without page tables; ERANGE: beyond the input or output
   *   addresses; EEXIST: something is mapped there; ENOMEM. Nothing of the range is mapped then
   */
  map(domain: IommuDomain, iova: bigint, pa: bigint, size: bigint | number, prot: number): void {
    opsOf(domain);
    const bytes = sizeOf(size);
    const { tables } = domain;
    this.#flushQueue?.flushOverlap(domain, iova, bytes);
    tables.map(iova, pa, bytes, prot);
  }

  /**
   * Unmaps from `iova` on up to `size` bytes or the first hole. Strict: when it returns, no TLB holds anything of it. Lazy: the
   * TLBs hold it until {@link flush}, or until tables go as well.
   * @returns bytes that were mapped; 0 in a domain without page tables
   * @throws IommuError EINVAL: misaligned, or an end inside a block; ERANGE
   */
  unmap(domain: IommuDomain, iova: bigint, size: number): number;
  unmap(domain: IommuDomain, iova: bigint, size: bigint): bigint;
  unmap(domain: IommuDomain, iova: bigint, size: bigint | number): bigint | number {
    opsOf(domain);
    const bytes = sizeOf(size);
    const { tables } = domain;
    const result = tables.unmap(iova, bytes);
    const flushQueue = this.#flushQueue;
    if (flushQueue !== undefined && result.tables.length === 0) {
      if (result.unmapped > 0n) flushQueue.add(domain, iova, result.unmapped);
    } else {
      domain.invalidate(result);
      tables.freeTables(result.tables);
    }
    return typeof size === 'number' ? Number(result.unmapped) : result.unmapped;
  }

  /**
   * What the page tables make of an address: of an identity domain itself; null where nothing is mapped.
   * @throws IommuError EINVAL: not a domain
   */
  iovaToPhys(domain: IommuDomain, iova: bigint): bigint | null {
    opsOf(domain);
    if (domain.type === 'identity') return iova;
    if (domain.type === 'blocked') return null;
    return domain.tables.iovaToPhys(iova);
  }

  /** Lazy mode: removes from the TLBs everything that unmaps have left there. Strict: does nothing. */
  flush(): void {
    this.#flushQueue?.flush();
  }

  /** Removes everything of the domain from the TLBs. @throws IommuError EINVAL: not a domain */
  flushIotlbAll(domain: IommuDomain): void {
    const { flushIotlbAll } = opsOf(domain);
    if (domain.table !== undefined) op(flushIotlbAll, 'flushIotlbAll')(domain);
  }

  /**
   * Binds a guest's stage 1 over the domain's stage 2. The structure is placed at {@link guestStageConfig} and read from there.
   * @param config the object form, or the 32 bytes of `struct iommu_guest_stage_config`
   * @throws IommuError, and nothing else. EINVAL: not a 'nested' domain, device not attached to it, translate while translating,
   *   or any value of `config` that is no structure (length, type, a number that its field cannot hold), malformed, or beyond
   *   what the SMMU has; ENXIO: device behind another SMMU; ENODEV: no such op
   */
  bindGuestStage(domain: IommuDomain, device: IommuDevice, config: GuestStageConfig | Uint8Array): void {
    iommuBindGuestStage(domain, device, config);
  }

  /** Restores stage 2 alone. Does nothing when nothing is bound; never fails. */
  unbindGuestStage(domain: IommuDomain, device: IommuDevice): void {
    iommuUnbindGuestStage(domain, device);
  }

  /** Physical address of the 32-byte structure that belongs to the device; a VMM may write it itself. */
  guestStageConfig(device: IommuDevice): bigint {
    return device.configPa;
  }

  /**
   * Binds from the structure as it stands at `pa`.
   * @throws as {@link bindGuestStage}; IommuError EINVAL: `pa` not aligned to 8 bytes; EFAULT: `pa` is no RAM
   */
  bindGuestStageAt(domain: IommuDomain, device: IommuDevice, pa: bigint): void {
    op(opsOf(domain).bindGuestStage, 'bindGuestStage');
    bindGuestStageAt(domain, device, pa);
  }

  /**
   * Invalidates caches on behalf of the guest, with one CMD_SYNC for all.
   * @throws IommuError, and nothing else. EINVAL: not 'nested' or not attached, unknown cache or granularity, a granule that the
   *   SMMU lacks, no granules, or any value that its field cannot hold; ENOENT: DEV_IOTLB, or TLB entries named by PASID instead
   *   of ASID; ENODEV: no such op
   */
  cacheInvalidate(
    domain: IommuDomain,
    device: IommuDevice,
    info: CacheInvalidateInfo | readonly CacheInvalidateInfo[],
  ): void {
    op(opsOf(domain).cacheInvalidate, 'cacheInvalidate')(domain, device, info);
  }

  /**
   * Ties the doorbell that a guest's stage 1 makes of its MSI address to the device's real one, in stage 2. Known: no-op.
   * @throws IommuError, and nothing else. EINVAL: not 'nested' or not attached, other granule, no doorbell known, or a value that
   *   is no address; EEXIST: gDB is something else
   */
  bindGuestMsi(domain: IommuDomain, device: IommuDevice, msi: GuestMsi): void {
    op(opsOf(domain).bindGuestMsi, 'bindGuestMsi')(domain, device, msi);
  }

  /** Ends the binding at a gIOVA. @throws IommuError ENOENT: there is none; EINVAL as {@link bindGuestMsi} */
  unbindGuestMsi(domain: IommuDomain, device: IommuDevice, iova: bigint): void {
    op(opsOf(domain).unbindGuestMsi, 'unbindGuestMsi')(domain, device, iova);
  }

  /** The address to program into the device for its interrupts; null: no doorbell is bound. */
  msiAddress(domain: IommuDomain, device: IommuDevice): bigint | null {
    return msiAddress(domain, device);
  }

  /**
   * Has a device's faults told to `handler`. Under a nested domain they are the guest's stage 1 faults; undefined ends it.
   * Stalled transactions wait for {@link pageResponse}; without a handler they are aborted. A handler that returns FAULT_NOT_HANDLED
   * leaves the fault to `onEvent` of {@link ProbeOptions}.
   * @param options.stage2 faults of the host's stage 2 too; default false
   */
  setFaultHandler(
    device: IommuDevice,
    handler: FaultHandler | undefined,
    options: { readonly stage2?: boolean } = {},
  ): void {
    this.#own(device).faultHandler = handler;
    device.stage2Faults = options.stage2 === true;
  }

  /**
   * Answers a page request.
   * @throws IommuError EINVAL when no stalled transaction of the device has this tag
   */
  pageResponse(device: IommuDevice, response: PageResponse): void {
    this.#faults.respond(this.#own(device), response);
  }

  /** Address ranges that mean something else than memory: Linux's window for MSI doorbells. */
  getResvRegions(): readonly { readonly start: bigint; readonly length: bigint; readonly type: 'sw-msi' }[] {
    return [{ ...SW_MSI, type: 'sw-msi' }];
  }

  /** Stops the SMMU: all traffic aborts. The driver is of no use afterwards. */
  shutdown(): void {
    disable(this.smmu);
  }

  #own(device: IommuDevice): IommuDevice {
    if (device.driver !== this.#driver) throw new IommuError('EINVAL', 'the device is behind another SMMU');
    return device;
  }
}

function op<T>(found: T | undefined, name: string): T {
  if (found === undefined) throw new IommuError('ENODEV', `the ops of this domain lack ${name}`);
  return found;
}

function sizeOf(size: bigint | number): bigint {
  return typeof size === 'number'
    ? BigInt(integer(size, 'size', 0, Number.MAX_SAFE_INTEGER))
    : big(size, 'size', 0n, (1n << 64n) - 1n);
}
