/**
 * A device of its own over a memory that others have too: it maps one page for its stream, and writes or reads there as the
 * stream's DMA does. As a worker it does so for every message, and answers with what comes of it.
 */
import { Smmu } from '/dist/src/index.js';
import { HostIommu, PROT_READ, PROT_WRITE } from '/dist/src/iommu/index.js';

const IOVA = 0x7000n;

/** What was read, or with `text` how the write ended. */
export async function useBuffer({ memory, coreBase, ram, pool, buffer, streamId, text }) {
  const smmu = await Smmu.create({ timing: false, batchBytes: 0, memory, coreBase, ram });
  const iommu = await HostIommu.probe(smmu, { pool });
  const domain = iommu.domainAlloc({ type: 'dma' });
  iommu.attachDevice(domain, iommu.addDevice({ streamIds: [streamId] }));
  iommu.map(domain, IOVA, buffer, 4096n, text === undefined ? PROT_READ : PROT_WRITE);
  if (text !== undefined) return smmu.dmaWrite(streamId, IOVA, new TextEncoder().encode(text)).status;
  const seen = new Uint8Array(7);
  smmu.dmaRead(streamId, IOVA, seen);
  return new TextDecoder().decode(seen);
}

if (typeof document === 'undefined')
  addEventListener('message', async ({ data }) => postMessage(await useBuffer(data)));
