/** Takes event records to the device's handler or to the host, and answers to stalled transactions back. */
import { IommuError } from '../base/errors.js';
import type { EventRecord } from '../inspect/event.js';
import type { CommandQueue } from './cmdq.js';
import { resume, type ResumeAction } from './commands.js';
import type { IommuDevice } from './device.js';
import {
  FAULT_NOT_HANDLED,
  faultOf,
  IOMMU_PAGE_RESP_FAILURE,
  IOMMU_PAGE_RESP_INVALID,
  IOMMU_PAGE_RESP_SUCCESS,
  isForGuest,
  type PageResponse,
} from './fault.js';

/** The way of an event. */
export class FaultRouter {
  constructor(
    private readonly queue: CommandQueue,
    private readonly devices: ReadonlyMap<number, IommuDevice>,
    private readonly onEvent: ((record: EventRecord, device: IommuDevice | undefined) => void) | undefined,
  ) {}

  /** A stalled transaction that no handler can answer is aborted, or it would hold its place for ever. */
  route(event: EventRecord): void {
    const device = this.devices.get(event.streamId);
    const handler = device?.faultHandler;
    const guests = device?.domain?.type !== 'nested' || device.stage2Faults || isForGuest(event);
    const stalled = event.stall === true;
    if (device === undefined || handler === undefined || !guests) {
      if (stalled) this.#resume(event.streamId, event.stag!, 'abort');
      this.onEvent?.(event, device);
      return;
    }
    if (stalled) {
      const stags = device.stalls.get(event.streamId);
      if (stags === undefined) device.stalls.set(event.streamId, new Set([event.stag!]));
      else stags.add(event.stag!);
    }
    if (handler(faultOf(event)) !== FAULT_NOT_HANDLED) return;
    if (stalled && device.stalls.get(event.streamId)?.delete(event.stag!) === true)
      this.#resume(event.streamId, event.stag!, 'abort');
    this.onEvent?.(event, device);
  }

  respond(device: IommuDevice, { streamId = device.streamIds[0], grpid, code }: PageResponse): void {
    if (device.stalls.get(streamId)?.delete(grpid) !== true) {
      throw new IommuError('EINVAL', `no page request ${grpid} of StreamID ${streamId} waits for an answer`);
    }
    const action: ResumeAction =
      code === IOMMU_PAGE_RESP_SUCCESS
        ? 'retry'
        : code === IOMMU_PAGE_RESP_INVALID || code === IOMMU_PAGE_RESP_FAILURE
          ? 'abort'
          : 'terminate';
    this.#resume(streamId, grpid, action);
  }

  /** No CMD_SYNC: the answer need not have arrived when the call returns. */
  #resume(streamId: number, stag: number, action: ResumeAction): void {
    this.queue.add(resume(streamId, stag, action));
    this.queue.submit();
  }
}
