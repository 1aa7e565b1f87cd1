/** Page requests of stalled transactions, waiting for user space to read and to answer them (Linux, iommufd_fault). */
import { IommuError } from '../base/errors.js';
import {
  type HostIommu,
  IOMMU_PAGE_RESP_INVALID,
  IOMMU_PAGE_RESP_SUCCESS,
  type IommuDevice,
  type IommuFault,
  type SmmuHardware,
} from '../iommu/index.js';
import type { QueueFile } from './files.js';
import { FdObject } from './objects.js';
import {
  IOMMU_PGFAULT_FLAGS_LAST_PAGE,
  IOMMU_PGFAULT_FLAGS_PASID_VALID,
  IOMMUFD_PAGE_RESP_INVALID,
  IOMMUFD_PAGE_RESP_SUCCESS,
} from './uapi/constants.js';
import { decodeStruct, encodeStruct } from './uapi/struct.js';
import { iommuHwptPageResponse, iommuHwptPgfault } from './uapi/structs.js';

/** A device whose transactions stall. */
export interface StallingDevice {
  readonly id: number;
  readonly device: IommuDevice;
  readonly iommu: HostIommu<SmmuHardware>;
}

interface PageRequest {
  readonly cookie: number;
  readonly bound: StallingDevice;
  readonly fault: IommuFault;
}

/** One fault queue. */
export class FaultQueue extends FdObject implements QueueFile {
  readonly kind = 'FAULT';
  onReadable: (() => void) | undefined;
  /** Not read yet. */
  #deliver: PageRequest[] = [];
  /** Read, and not answered. */
  readonly #response = new Map<number, PageRequest>();
  #cookie = 0;

  get readable(): boolean {
    return this.#deliver.length > 0;
  }

  /** A stalled transaction of a device that is attached through this queue. */
  report(bound: StallingDevice, fault: IommuFault): void {
    this.#cookie = (this.#cookie + 1) >>> 0;
    this.#deliver.push({ cookie: this.#cookie, bound, fault });
    this.onReadable?.();
  }

  /** Ends what a device leaves behind: its stalled transactions abort. */
  drop(bound: StallingDevice): void {
    const gone = [...this.#deliver, ...this.#response.values()].filter((request) => request.bound === bound);
    this.#deliver = this.#deliver.filter((request) => request.bound !== bound);
    for (const request of gone) {
      this.#response.delete(request.cookie);
      answer(request, IOMMU_PAGE_RESP_INVALID);
    }
  }

  read(count: number): Uint8Array {
    const records = Math.min(Math.floor(count / iommuHwptPgfault.size), this.#deliver.length);
    if (count < iommuHwptPgfault.size) {
      throw new IommuError('EINVAL', `${count} bytes hold no record of ${iommuHwptPgfault.size} bytes`);
    }
    const bytes = new Uint8Array(records * iommuHwptPgfault.size);
    this.#deliver.splice(0, records).forEach((request, i) => {
      this.#response.set(request.cookie, request);
      bytes.set(recordOf(request), i * iommuHwptPgfault.size);
    });
    return bytes;
  }

  write(bytes: Uint8Array): number {
    const { size } = iommuHwptPageResponse;
    if (bytes.length === 0 || bytes.length % size !== 0) {
      throw new IommuError('EINVAL', `responses have ${size} bytes each, ${bytes.length} were written`);
    }
    for (let done = 0; done < bytes.length; done += size) {
      const { cookie, code } = decodeStruct(iommuHwptPageResponse, bytes.subarray(done, done + size));
      const request = this.#response.get(cookie);
      const known = code === IOMMUFD_PAGE_RESP_SUCCESS || code === IOMMUFD_PAGE_RESP_INVALID;
      if (request === undefined || !known) {
        if (done > 0) return done;
        throw new IommuError(
          'EINVAL',
          known ? `no page request has cookie ${cookie}` : `code must be SUCCESS 0 or INVALID 1, not ${code}`,
        );
      }
      this.#response.delete(cookie);
      answer(request, code === IOMMUFD_PAGE_RESP_SUCCESS ? IOMMU_PAGE_RESP_SUCCESS : IOMMU_PAGE_RESP_INVALID);
    }
    return bytes.length;
  }

  /** Whatever nobody can answer any more aborts. */
  close(): void {
    for (const request of [...this.#deliver, ...this.#response.values()])
      answer(request, IOMMU_PAGE_RESP_INVALID);
    this.#deliver = [];
    this.#response.clear();
    this.users--;
  }

  release(): void {
    this.onReadable = undefined;
  }
}

function recordOf({ cookie, bound, fault }: PageRequest): Uint8Array {
  return encodeStruct(iommuHwptPgfault, {
    flags: IOMMU_PGFAULT_FLAGS_LAST_PAGE | (fault.pasid === undefined ? 0 : IOMMU_PGFAULT_FLAGS_PASID_VALID),
    devId: bound.id,
    pasid: fault.pasid ?? 0,
    grpid: fault.grpid!,
    perm: fault.perm,
    addr: fault.addr ?? 0n,
    cookie,
  });
}

function answer({ bound, fault }: PageRequest, code: number): void {
  // A stream that was cut off has had its stalled transactions ended already.
  if (bound.device.stalls.get(fault.streamId)?.has(fault.grpid!) !== true) return;
  bound.iommu.pageResponse(bound.device, { streamId: fault.streamId, grpid: fault.grpid!, code });
}
