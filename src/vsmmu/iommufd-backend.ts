/** The host of today: one VIOMMU, a VDEVICE for each device, nested page tables, native commands, VEVENTQ and FAULT_QUEUE. */
import * as EventRecord from '../../assembly/arch/event-record.js';
import * as Event from '../../assembly/arch/event.js';
import * as Idr0 from '../../assembly/arch/idr0.js';
import { maskOf, numberOf, placed } from '../base/fields.js';
import {
  decodeStruct,
  encodeStruct,
  IOMMU_HW_CAP_PCI_ATS_NOT_SUPPORTED,
  IOMMU_HWPT_FAULT_ID_VALID,
  IOMMU_PGFAULT_FLAGS_PASID_VALID,
  IOMMU_VEVENTQ_FLAG_LOST_EVENTS,
  IOMMUFD_PAGE_RESP_INVALID,
  IOMMUFD_PAGE_RESP_SUCCESS,
  type Iommufd,
  structs,
} from '../iommufd/index.js';
import {
  IOMMU_FAULT_PERM_EXEC,
  IOMMU_FAULT_PERM_PRIV,
  IOMMU_FAULT_PERM_WRITE,
  type NativeCommand,
} from '../iommu/index.js';
import type { BackendEvent, HostAbilities, StallAnswer, StreamPolicy, VsmmuBackend } from './backend.js';

/** Which objects of the context the back end stands on, and how much waits in its queues. */
export interface IommufdBackendOptions {
  /** Any device behind the SMMU: VIOMMU_ALLOC and GET_HW_INFO ask for one. */
  readonly devId: number;
  /** The page table that maps the guest's RAM, made with NEST_PARENT. Default: the only one there is. */
  readonly hwptId?: number;
  /** Events that wait for the virtual SMMU. Default 256. */
  readonly veventqDepth?: number;
}

const HEADER = structs.iommufdVeventHeader.size;
const RECORD = HEADER + structs.iommuVeventArmSmmuv3.size;
const READ_BYTES = 64 * RECORD;
const ABORT = [0x1n, 0n] as const;
const BYPASS = [0x9n, 0n] as const;

interface Stream {
  readonly devId: number;
  readonly vdeviceId: number;
  /** Its own page table, while it translates. */
  hwptId: number | undefined;
}

/**
 * A host through iommufd. `device` of `addDevice` is a dev_id. A stream goes from one STE to the next without a state in between.
 * @throws IommuError of VIOMMU_ALLOC and its like; RangeError: no single NEST_PARENT page table to choose
 */
export function iommufdBackend(fd: Iommufd, options: IommufdBackendOptions): VsmmuBackend<number> {
  return new Backend(fd, options);
}

class Backend implements VsmmuBackend<number> {
  onEvent: ((event: BackendEvent) => void) | undefined;
  readonly #streams = new Map<number, Stream>();
  readonly #viommuId: number;
  /** Every stream that aborts, and every one that bypasses, has the same. */
  readonly #abort: number;
  readonly #bypass: number;
  readonly #veventq: { readonly veventqId: number; readonly fd: number };
  readonly #faults: { readonly faultId: number; readonly fd: number };
  /** Page tables that could not be destroyed when they were left: it is tried again. */
  readonly #left = new Set<number>();
  readonly #stalls: boolean;

  constructor(
    private readonly fd: Iommufd,
    private readonly options: IommufdBackendOptions,
  ) {
    const { devId, veventqDepth: depth = 256 } = options;
    const hwptId = options.hwptId ?? onlyNestParent(fd);
    this.#viommuId = fd.viommuAlloc({ devId, hwptId });
    this.#abort = fd.hwptAlloc({ devId, ptId: this.#viommuId, data: { ste: ABORT } });
    this.#bypass = fd.hwptAlloc({ devId, ptId: this.#viommuId, data: { ste: BYPASS } });
    this.#veventq = fd.veventqAlloc({ viommuId: this.#viommuId, depth });
    this.#faults = fd.faultQueueAlloc();
    this.#stalls = this.hwInfo().stalls;
    fd.watch(this.#veventq.fd, () => this.#readEvents());
    fd.watch(this.#faults.fd, () => this.#readFaults());
  }

  hwInfo(device = this.options.devId): HostAbilities {
    const { idr, aidr, maxPasidLog2, capabilities } = this.fd.getHwInfo(device);
    return {
      idr,
      aidr,
      ats: (capabilities & IOMMU_HW_CAP_PCI_ATS_NOT_SUPPORTED) === 0n,
      maxPasidLog2,
      stalls: numberOf([BigInt(idr[0])], Idr0.STALL_MODEL) !== Idr0.STALL_MODEL_TERMINATE_ONLY,
      stage2Faults: false,
    };
  }

  addStream(vsid: number, devId: number): void {
    this.fd.attachDevice(devId, this.#abort);
    const vdeviceId = this.fd.vdeviceAlloc({ viommuId: this.#viommuId, devId, virtId: BigInt(vsid) });
    this.#streams.set(vsid, { devId, vdeviceId, hwptId: undefined });
  }

  removeStream(vsid: number): void {
    const stream = this.#stream(vsid);
    this.#readEvents(); // what is still under way is this device's
    this.#attach(stream, this.#abort);
    this.fd.destroy(stream.vdeviceId);
    this.fd.detachDevice(stream.devId);
    this.#streams.delete(vsid);
  }

  setStream(vsid: number, policy: StreamPolicy): void {
    const stream = this.#stream(vsid);
    if (policy.kind !== 'translate') {
      return this.#attach(stream, policy.kind === 'bypass' ? this.#bypass : this.#abort);
    }
    const { devId } = stream;
    const hwptId = this.fd.hwptAlloc({
      devId,
      ptId: this.#viommuId,
      data: { ste: policy.ste },
      ...(this.#stalls ? { flags: IOMMU_HWPT_FAULT_ID_VALID, faultId: this.#faults.faultId } : {}),
    });
    try {
      this.#attach(stream, hwptId);
    } catch (error) {
      this.#destroy(hwptId);
      throw error;
    }
    stream.hwptId = hwptId;
  }

  invalidate(commands: readonly NativeCommand[]): void {
    this.fd.hwptInvalidate({ hwptId: this.#viommuId, entries: commands });
  }

  respond(token: unknown, answer: StallAnswer): void {
    // The kernel has no answer that reads as zero.
    const code = answer === 'retry' ? IOMMUFD_PAGE_RESP_SUCCESS : IOMMUFD_PAGE_RESP_INVALID;
    this.fd.write(
      this.#faults.fd,
      encodeStruct(structs.iommuHwptPageResponse, { cookie: token as number, code }),
    );
  }

  close(): void {
    for (const vsid of [...this.#streams.keys()]) this.removeStream(vsid);
    const { fd } = this;
    fd.close(this.#veventq.fd);
    fd.destroy(this.#veventq.veventqId);
    for (const id of this.#left) fd.destroy(id);
    fd.destroy(this.#abort);
    fd.destroy(this.#bypass);
    fd.destroy(this.#viommuId);
    fd.close(this.#faults.fd);
    fd.destroy(this.#faults.faultId);
  }

  /** Attaches in place of what was, and only then lets go of that. */
  #attach(stream: Stream, hwptId: number): void {
    this.fd.attachDevice(stream.devId, hwptId);
    const former = stream.hwptId;
    stream.hwptId = undefined;
    if (former !== undefined) this.#destroy(former);
  }

  #destroy(hwptId: number): void {
    this.#left.add(hwptId);
    for (const id of this.#left) {
      try {
        this.fd.destroy(id);
        this.#left.delete(id);
      } catch {
        // It stays in the books: nothing is attached to it, so it does no harm.
      }
    }
  }

  #readEvents(): void {
    for (let bytes = this.fd.read(this.#veventq.fd, READ_BYTES); bytes.length > 0;) {
      for (let at = 0; at < bytes.length;) {
        const { flags, sequence } = decodeStruct(
          structs.iommufdVeventHeader,
          bytes.subarray(at, at + HEADER),
        );
        if ((flags & IOMMU_VEVENTQ_FLAG_LOST_EVENTS) !== 0) {
          at += HEADER;
          this.onEvent?.({ kind: 'lost', sequence });
          continue;
        }
        const { evt } = decodeStruct(structs.iommuVeventArmSmmuv3, bytes.subarray(at + HEADER, at + RECORD));
        at += RECORD;
        const words = [evt[0], evt[1], evt[2], evt[3]] as const;
        this.onEvent?.({ kind: 'event', vsid: numberOf(words, EventRecord.StreamID), words, sequence });
      }
      bytes = this.fd.read(this.#veventq.fd, READ_BYTES);
    }
  }

  #readFaults(): void {
    const { size } = structs.iommuHwptPgfault;
    for (let bytes = this.fd.read(this.#faults.fd, size); bytes.length > 0;) {
      const fault = decodeStruct(structs.iommuHwptPgfault, bytes);
      const [vsid] = [...this.#streams].find(([, { devId }]) => devId === fault.devId) ?? [];
      if (vsid === undefined || this.onEvent === undefined) this.respond(fault.cookie, 'abort');
      else {
        const words = stallRecord(vsid, fault);
        this.onEvent({ kind: 'stall', vsid, stag: fault.grpid, words, token: fault.cookie });
      }
      bytes = this.fd.read(this.#faults.fd, size);
    }
  }

  #stream(vsid: number): Stream {
    const stream = this.#streams.get(vsid);
    if (stream === undefined) throw new RangeError(`StreamID ${vsid} has no device`);
    return stream;
  }
}

/** F_TRANSLATION of a stalled transaction: the kernel's record does not say which fault it was. */
function stallRecord(
  vsid: number,
  {
    flags,
    pasid,
    grpid,
    perm,
    addr,
  }: { flags: number; pasid: number; grpid: number; perm: number; addr: bigint },
): readonly [bigint, bigint, bigint, bigint] {
  const ssv = (flags & IOMMU_PGFAULT_FLAGS_PASID_VALID) !== 0;
  const word0 =
    placed(EventRecord.StreamID, vsid) |
    (ssv ? placed(EventRecord.SubstreamID, pasid) | maskOf(EventRecord.SSV) : 0n) |
    placed(EventRecord.NUMBER, Event.F_TRANSLATION);
  const word1 =
    placed(EventRecord.CLASS, EventRecord.CLASS_IN) |
    ((perm & IOMMU_FAULT_PERM_WRITE) === 0 ? maskOf(EventRecord.RnW) : 0n) |
    ((perm & IOMMU_FAULT_PERM_EXEC) === 0 ? 0n : maskOf(EventRecord.InD)) |
    ((perm & IOMMU_FAULT_PERM_PRIV) === 0 ? 0n : maskOf(EventRecord.PnU)) |
    maskOf(EventRecord.Stall) |
    placed(EventRecord.STAG, grpid);
  return [word0, word1, addr, 0n];
}

function onlyNestParent(fd: Iommufd): number {
  const tables = fd.ids.filter(({ nestParent }) => nestParent);
  if (tables.length !== 1) {
    throw new RangeError(
      `hwptId must be named: there are ${tables.length} page tables made with NEST_PARENT`,
    );
  }
  return tables[0].id;
}
