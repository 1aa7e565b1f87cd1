// Two SMMUs in one memory: a machine with one in front of its PCIe root port and one in front of its GPU, both over the same RAM.
// Each has registers, caches and queues of its own; a page that one maps for its device is where the other's device reads.
//
//   node examples/two-instances.mjs
import { Smmu } from 'smmuv3-wasm';
import { HostIommu, PROT_READ, PROT_WRITE } from 'smmuv3-wasm/iommu';

const PAGE = 65536;
const RAM = 0x4000_0000n;
const RAM_BYTES = 8 << 20;
/** @type {import('smmuv3-wasm').SmmuOptions} */
const sizes = { timing: false, batchBytes: 0, ram: [] };
const coreBytes = Math.ceil(Smmu.coreBytes(sizes) / PAGE) * PAGE;
const memory = new WebAssembly.Memory({ initial: (2 * coreBytes + RAM_BYTES) / PAGE });
const ram = [{ base: RAM, size: RAM_BYTES, offset: 2 * coreBytes }];

const pcie = await Smmu.create({ ...sizes, memory, ram, coreBase: 0 });
const gpu = await Smmu.create({ ...sizes, memory, ram, coreBase: coreBytes });

/** @param {Smmu} smmu @param {bigint} base of the driver's pool @param {number} streamId */
async function behind(smmu, base, streamId) {
  const iommu = await HostIommu.probe(smmu, { pool: { base, size: 1 << 20 } });
  const domain = iommu.domainAlloc({ type: 'dma' });
  iommu.attachDevice(domain, iommu.addDevice({ streamIds: [streamId] }));
  return { iommu, domain };
}
const nic = await behind(pcie, RAM, 0x100);
const display = await behind(gpu, RAM + 0x10_0000n, 0x1);

const buffer = RAM + 0x40_0000n;
nic.iommu.map(nic.domain, 0x1_0000n, buffer, 4096n, PROT_WRITE);
display.iommu.map(display.domain, 0x7000_0000n, buffer, 4096n, PROT_READ);

pcie.dmaWrite(0x100, 0x1_0000n, new TextEncoder().encode('a frame'));
const seen = new Uint8Array(7);
gpu.dmaRead(0x1, 0x7000_0000n, seen);
console.log(new TextDecoder().decode(seen)); // → a frame
console.log(pcie.stats().transactions, gpu.stats().transactions); // → 1 1
console.log(gpu.dmaWrite(0x1, 0x7000_0000n, seen).fault?.translation.event?.name); // → F_PERMISSION
