/**
 * A worker with a device of its own over a memory that the page has: it maps one page for its stream, and writes or reads
 * there as the stream's DMA does. Messages: `{ memory, coreBase, ram, pool, buffer, streamId, text? }`; the answer is what was
 * read, or how the write ended.
 */
import { Smmu } from '/dist/src/index.js';
import { HostIommu, PROT_READ, PROT_WRITE } from '/dist/src/iommu/index.js';

const IOVA = 0x7000n;

addEventListener('message', async ({ data }) => {
  const { memory, coreBase, ram, pool, buffer, streamId, text } = data;
  const smmu = await Smmu.create({ timing: false, batchBytes: 0, memory, coreBase, ram });
  const iommu = await HostIommu.probe(smmu, { pool });
  const domain = iommu.domainAlloc({ type: 'dma' });
  iommu.attachDevice(domain, iommu.addDevice({ streamIds: [streamId] }));
  iommu.map(domain, IOVA, buffer, 4096n, text === undefined ? PROT_READ : PROT_WRITE);
  if (text === undefined) {
    const seen = new Uint8Array(7);
    smmu.dmaRead(streamId, IOVA, seen);
    postMessage(new TextDecoder().decode(seen));
  } else {
    postMessage(smmu.dmaWrite(streamId, IOVA, new TextEncoder().encode(text)).status);
  }
});
