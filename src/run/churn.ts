/**
 * Linux's mappings as they came and went (src/trace/read/tracepoints.ts), performed again by the driver of src/iommu: each map and
 * unmap with its invalidation, each fault as the access that caused it. The tracepoints know no accesses, so each mapping is
 * touched `touches` times when it comes into being, as the device would for which it was made.
 */
import * as Flag from '../../assembly/abi/flag.js';
import type { Batch } from '../device/batch.js';
import { CaptureError } from '../base/capture-error.js';
import { IommuError } from '../base/errors.js';
import { HostIommu, PROT_CACHE, PROT_READ, PROT_WRITE } from '../iommu/index.js';
import type { IommuDomain } from '../iommu/index.js';
import type { Smmu } from '../device/smmu.js';
import type { MappingEvent, TracepointSource } from '../trace/read/tracepoints.js';
import { LatencyCounts } from './latency-counts.js';
import type { Fed } from './feed.js';

/** What became of the events. */
export interface ChurnCounts {
  maps: number;
  unmaps: number;
  faults: number;
  /** Maps of what was mapped already, unmaps of what was not: the recording began in the middle. */
  unmatched: number;
}

export interface ChurnOptions {
  readonly nested: boolean;
  /** Accesses of each new mapping. */
  readonly touches: number;
  readonly pool: { readonly base: bigint; readonly size: number };
  readonly progress?: (events: number) => void | Promise<void>;
}

const SIZE = 64;
const PAGE = 4096n;
const PROT = PROT_READ | PROT_WRITE | PROT_CACHE;

export async function replayChurn(
  smmu: Smmu,
  batch: Batch,
  source: TracepointSource,
  options: ChurnOptions,
): Promise<Fed & { readonly churn: ChurnCounts; readonly devices: string[] }> {
  const iommu = await HostIommu.probe(smmu, { pool: options.pool });
  const domains = new Map<string, { domain: IommuDomain; streamId: number }>();
  const fed: Fed = { transactions: 0, faults: 0, latency: new LatencyCounts() };
  const churn: ChurnCounts = { maps: 0, unmaps: 0, faults: 0, unmatched: 0 };

  const domainOf = (device: string): { domain: IommuDomain; streamId: number } => {
    let found = domains.get(device);
    if (found === undefined) {
      const streamId = domains.size;
      const domain = iommu.domainAlloc({ type: options.nested ? 'stage2' : 'dma' });
      iommu.attachDevice(domain, iommu.addDevice({ streamIds: [streamId] }));
      found = { domain, streamId };
      domains.set(device, found);
    }
    return found;
  };
  const access = (streamId: number, iova: bigint, count: number, write: boolean): void => {
    for (let done = 0; done < count;) {
      const rows = Math.min(count - done, batch.capacity);
      for (let row = 0; row < rows; row++) {
        batch.iova[row] = iova + BigInt(((done + row) * SIZE) % Number(PAGE));
        batch.streamId[row] = streamId;
        batch.flags[row] = write ? Flag.WRITE : 0;
        batch.size[row] = SIZE;
        batch.requester[row] = streamId;
        batch.arrival[row] = 0n;
      }
      const { ok } = smmu.translateBatch(batch, rows);
      fed.transactions += rows;
      fed.faults += rows - ok;
      if (smmu.effectiveTiming !== false) {
        for (let row = 0; row < rows; row++)
          fed.latency.add(Number(batch.completion[row] - batch.accepted[row]));
      }
      done += rows;
    }
  };

  let events = 0;
  for await (const event of source.events()) {
    perform(event);
    if ((++events & 0xff) === 0) await options.progress?.(events);
  }
  return { ...fed, churn, devices: [...domains.keys()] };

  function perform(event: MappingEvent): void {
    try {
      const { domain, streamId } = domainOf(event.device);
      if (event.kind === 'fault') {
        churn.faults++;
        access(streamId, event.iova & ~63n, 1, event.write);
        iommu.poll();
      } else if (event.kind === 'map') {
        churn.maps++;
        iommu.map(domain, event.iova, event.pa, event.size, PROT);
        if (options.touches === 0) return;
        for (let at = 0n; at < event.size; at += PAGE)
          access(streamId, event.iova + at, options.touches, false);
      } else {
        churn.unmaps++;
        if (iommu.unmap(domain, event.iova, event.size) === 0n) churn.unmatched++;
      }
    } catch (error) {
      if (error instanceof IommuError && (error.code === 'EEXIST' || error.code === 'ENOENT')) {
        churn.unmatched++;
        return;
      }
      if (!(error instanceof IommuError)) throw error;
      throw new CaptureError(source.name, source.line, undefined, `the driver refuses it: ${error.message}`);
    }
  }
}
