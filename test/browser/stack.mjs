// A guest's driver over a virtual SMMU over the host's driver, in Node and in a page alike: whoever calls brings the modules.

const RAM = { ipa: 0x8000_0000n, pa: 0x4200_0000n, size: 16 << 20 };

/**
 * @param {{ Smmu: any, HostIommu: any, guestMemory: any, Iommufd: any, iommufdBackend: any, bindBackend: any, VirtualSmmu: any }} modules
 * @param {'bind' | 'iommufd'} form
 * @returns {Promise<string[]>} what DMA came to, step by step, and what the virtual SMMU counted
 */
export async function stackRun(modules, form) {
  const { Smmu, HostIommu, guestMemory, Iommufd, iommufdBackend, bindBackend, VirtualSmmu } = modules;
  const smmu = await Smmu.create({ timing: false });
  const host = await HostIommu.probe(smmu, { pool: { base: 0x4000_0000n, size: 16 << 20 } });
  let device = host.addDevice({ streamIds: [0x10] });
  let backend;
  if (form === 'bind') {
    backend = bindBackend(host);
    host.map(backend.domain, RAM.ipa, RAM.pa, RAM.size, 7);
  } else {
    const fd = new Iommufd(host);
    device = fd.bindDevice(device);
    const ioasId = fd.ioasAlloc();
    fd.ioasMap({ ioasId, userVa: RAM.pa, length: BigInt(RAM.size), iova: RAM.ipa });
    fd.hwptAlloc({ devId: device, ptId: ioasId, flags: 1 });
    backend = iommufdBackend(fd, { devId: device });
  }
  const vsmmu = await VirtualSmmu.create({ backend, memory: guestMemory(smmu.memory, RAM) });
  vsmmu.addDevice({ vsid: 8, device });
  vsmmu.addDevice({ vsid: 9, emulated: true });
  /** @type {string[]} */
  const told = [];
  const dma = (/** @type {bigint} */ iova) => {
    for (const { status, pa, event } of [
      smmu.translate({ streamId: 0x10, iova }),
      vsmmu.translate({ streamId: 9, iova }),
    ])
      told.push(`${iova.toString(16)} ${status} ${pa.toString(16)} ${event?.name ?? ''}`);
  };
  dma(RAM.ipa);
  const guest = await HostIommu.probe(vsmmu, { pool: { base: RAM.ipa, size: 8 << 20 } });
  dma(RAM.ipa);
  const domain = guest.domainAlloc({ type: 'dma' });
  guest.map(domain, 0x1000n, 0x8090_0000n, 8192, 3);
  for (const streamIds of [[8], [9]]) guest.attachDevice(domain, guest.addDevice({ streamIds }));
  dma(0x1040n);
  guest.unmap(domain, 0x1000n, 4096);
  dma(0x1040n);
  dma(0x2040n);
  told.push(JSON.stringify(vsmmu.stats()));
  return told;
}
