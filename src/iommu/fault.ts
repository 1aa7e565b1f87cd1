/**
 * Events on their way to who must know: the handler of the device, with the reasons that the series gave them; the host,
 * for whatever is not the device's affair. A stalled transaction waits for a page response (IHI 0070 §3.12.2).
 */
import * as Event from '../../assembly/arch/event.js';
import type { EventRecord } from '../inspect/event.js';

/** `IommuFault.type`: the transaction is lost. */
export const IOMMU_FAULT_DMA_UNRECOV = 1;
/** `IommuFault.type`: the transaction is stalled and waits for `pageResponse`. */
export const IOMMU_FAULT_PAGE_REQ = 2;

/** `IommuFault.perm`: what the transaction wanted. */
export const IOMMU_FAULT_PERM_READ = 1;
export const IOMMU_FAULT_PERM_WRITE = 2;
export const IOMMU_FAULT_PERM_EXEC = 4;
export const IOMMU_FAULT_PERM_PRIV = 8;

/** `IommuFault.reason` */
export const IOMMU_FAULT_REASON_UNKNOWN = 0;
export const IOMMU_FAULT_REASON_PASID_FETCH = 1;
export const IOMMU_FAULT_REASON_BAD_PASID_ENTRY = 2;
export const IOMMU_FAULT_REASON_PASID_INVALID = 3;
export const IOMMU_FAULT_REASON_WALK_EABT = 4;
export const IOMMU_FAULT_REASON_PTE_FETCH = 5;
export const IOMMU_FAULT_REASON_PERMISSION = 6;
export const IOMMU_FAULT_REASON_ACCESS = 7;
export const IOMMU_FAULT_REASON_OOR_ADDRESS = 8;

/** `PageResponse.code` */
export const IOMMU_PAGE_RESP_SUCCESS = 0;
export const IOMMU_PAGE_RESP_INVALID = 1;
export const IOMMU_PAGE_RESP_FAILURE = 2;

/** A fault of one device's transaction. */
export interface IommuFault {
  /** IOMMU_FAULT_DMA_UNRECOV or IOMMU_FAULT_PAGE_REQ */
  readonly type: number;
  /** IOMMU_FAULT_REASON_* */
  readonly reason: number;
  readonly streamId: number;
  /** Present: the SubstreamID that the transaction had. */
  readonly pasid?: number;
  /** IOMMU_FAULT_PERM_* */
  readonly perm: number;
  /** Input address; absent when the event names none. */
  readonly addr?: bigint;
  /** Physical address of what could not be read. */
  readonly fetchAddr?: bigint;
  /** Of a page request: the tag to name in the response. */
  readonly grpid?: number;
  /** The record itself, decoded. */
  readonly event: EventRecord;
}

/** What becomes of a stalled transaction. */
export interface PageResponse {
  readonly streamId?: number;
  /** The tag of the page request. */
  readonly grpid: number;
  /** IOMMU_PAGE_RESP_SUCCESS: try again; INVALID, FAILURE: abort; anything else: read as zero, ignore writes. */
  readonly code: number;
}

/** What a handler returns that leaves the fault to the host. */
export const FAULT_NOT_HANDLED = Symbol('fault not handled');

/** Of what it returns, only {@link FAULT_NOT_HANDLED} has a meaning: the fault goes where it would go without a handler. */
export type FaultHandler = (fault: IommuFault) => unknown;

const REASONS: Readonly<Record<number, number>> = {
  [Event.F_TRANSLATION]: IOMMU_FAULT_REASON_PTE_FETCH,
  [Event.F_ADDR_SIZE]: IOMMU_FAULT_REASON_OOR_ADDRESS,
  [Event.F_ACCESS]: IOMMU_FAULT_REASON_ACCESS,
  [Event.F_PERMISSION]: IOMMU_FAULT_REASON_PERMISSION,
  [Event.C_BAD_SUBSTREAMID]: IOMMU_FAULT_REASON_PASID_INVALID,
  [Event.F_CD_FETCH]: IOMMU_FAULT_REASON_PASID_FETCH,
  [Event.C_BAD_CD]: IOMMU_FAULT_REASON_BAD_PASID_ENTRY,
  [Event.F_WALK_EABT]: IOMMU_FAULT_REASON_WALK_EABT,
};

/** Events whose cause lies in what a guest wrote, or that its stream met: they are the guest's to see. */
const GUEST_EVENTS: ReadonlySet<number> = new Set([
  Event.C_BAD_STE,
  Event.F_STREAM_DISABLED,
  Event.C_BAD_SUBSTREAMID,
  Event.F_CD_FETCH,
  Event.C_BAD_CD,
  Event.F_WALK_EABT,
  Event.F_TRANSLATION,
  Event.F_ADDR_SIZE,
  Event.F_ACCESS,
  Event.F_PERMISSION,
]);

/** Whether a guest is told: its stage 1 is at fault, not the stage 2 that it knows nothing of. */
export function isForGuest(event: EventRecord): boolean {
  return event.s2 !== true && GUEST_EVENTS.has(event.type);
}

/** The fault as the series' structures say it. */
export function faultOf(event: EventRecord): IommuFault {
  const stalled = event.stall === true;
  const ssv = event.ssv === true || event.type === Event.C_BAD_SUBSTREAMID;
  return {
    type: stalled ? IOMMU_FAULT_PAGE_REQ : IOMMU_FAULT_DMA_UNRECOV,
    reason: REASONS[event.type] ?? IOMMU_FAULT_REASON_UNKNOWN,
    streamId: event.streamId,
    ...(ssv ? { pasid: event.substreamId } : {}),
    perm:
      (event.rnw === undefined ? 0 : event.rnw ? IOMMU_FAULT_PERM_READ : IOMMU_FAULT_PERM_WRITE) |
      (event.ind === true ? IOMMU_FAULT_PERM_EXEC : 0) |
      (event.pnu === true ? IOMMU_FAULT_PERM_PRIV : 0),
    ...(event.inputAddr === undefined ? {} : { addr: event.inputAddr }),
    ...(event.fetchAddr === undefined ? {} : { fetchAddr: event.fetchAddr }),
    ...(stalled ? { grpid: event.stag } : {}),
    event,
  };
}
