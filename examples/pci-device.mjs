// A PCI-style device behind the SMMU, and its driver. The device copies buffers: the driver writes descriptors into a ring in memory
// and rings a doorbell; the device fetches them by DMA, moves the bytes by DMA, writes each descriptor's status back, and signals
// an MSI, which goes through the SMMU as any other write. Everything that the device touches, the driver has mapped for it.
//
//   node examples/pci-device.mjs
import { Smmu } from 'smmuv3-wasm';
import { HostIommu, PROT_READ, PROT_WRITE } from 'smmuv3-wasm/iommu';

/** Registers of the device, by offset in its BAR. */
const REG = {
  RING_LO: 0x00,
  RING_HI: 0x04,
  RING_LOG2: 0x08,
  DOORBELL: 0x0c,
  HEAD: 0x10,
  MSI_LO: 0x14,
  MSI_HI: 0x18,
  MSI_DATA: 0x1c,
};
/** A descriptor: source, destination (64 bits each), length, status. */
const DESCRIPTOR_BYTES = 24;
const STATUS = { PENDING: 0, DONE: 1, FAULT: 2 };

/** The device: all that it knows of memory are the input addresses that its driver gave it. */
class CopyEngine {
  #registers = new Uint32Array(8);
  #head = 0;

  /** @param {Smmu} smmu @param {number} streamId of its requester id */
  constructor(smmu, streamId) {
    this.smmu = smmu;
    this.streamId = streamId;
  }

  /** @param {number} offset */
  read32(offset) {
    return offset === REG.HEAD ? this.#head : (this.#registers[offset >> 2] ?? 0);
  }

  /** @param {number} offset @param {number} value */
  write32(offset, value) {
    this.#registers[offset >> 2] = value;
    if (offset === REG.DOORBELL) this.#run(value);
  }

  /** Works through the ring up to `tail`. @param {number} tail */
  #run(tail) {
    const entries = 1 << this.#get(REG.RING_LOG2);
    for (; this.#head !== tail; this.#head = (this.#head + 1) % (2 * entries)) {
      const at = this.#get64(REG.RING_LO) + BigInt((this.#head % entries) * DESCRIPTOR_BYTES);
      const bytes = new Uint8Array(DESCRIPTOR_BYTES);
      if (this.smmu.dmaRead(this.streamId, at, bytes).status !== 'ok') return; // no descriptor, nothing to report to
      const descriptor = new DataView(bytes.buffer);
      const status = this.#copy(
        descriptor.getBigUint64(0, true),
        descriptor.getBigUint64(8, true),
        descriptor.getUint32(16, true),
      );
      this.#write32(at + 20n, status);
    }
    this.#write32(this.#get64(REG.MSI_LO), this.#get(REG.MSI_DATA));
  }

  /** @param {bigint} from @param {bigint} to @param {number} length */
  #copy(from, to, length) {
    const buffer = new Uint8Array(length);
    const moved =
      this.smmu.dmaRead(this.streamId, from, buffer).status === 'ok' &&
      this.smmu.dmaWrite(this.streamId, to, buffer).status === 'ok';
    return moved ? STATUS.DONE : STATUS.FAULT;
  }

  /** @param {bigint} iova @param {number} value */
  #write32(iova, value) {
    this.smmu.dmaWrite(this.streamId, iova, new Uint8Array(Uint32Array.of(value).buffer));
  }

  /** @param {number} offset */
  #get(offset) {
    return this.#registers[offset >> 2] ?? 0;
  }

  /** @param {number} offset of the low half */
  #get64(offset) {
    return (BigInt(this.#get(offset + 4)) << 32n) | BigInt(this.#get(offset));
  }
}

/** The driver: it maps what the device may touch, for as long as it may. */
class CopyDriver {
  #next = 0x10_0000n; // input addresses
  #tail = 0;

  /**
   * @param {{ smmu: Smmu, iommu: HostIommu, device: CopyEngine, ring: bigint, doorbell: bigint }} machine ring: physical address of
   *   a page for descriptors; doorbell: of the interrupt controller's register for MSIs
   */
  constructor({ smmu, iommu, device, ring, doorbell }) {
    this.memory = smmu.memory;
    this.iommu = iommu;
    this.device = device;
    this.ring = ring;
    this.domain = iommu.domainAlloc({ type: 'dma' });
    iommu.attachDevice(this.domain, iommu.addDevice({ streamIds: [device.streamId] }));
    this.#set64(REG.RING_LO, this.map(ring, PROT_READ | PROT_WRITE));
    device.write32(REG.RING_LOG2, 4);
    this.#set64(REG.MSI_LO, this.map(doorbell, PROT_WRITE));
    device.write32(REG.MSI_DATA, 0x21);
  }

  /** A page for the device. @param {bigint} pa @param {number} prot @returns {bigint} its input address */
  map(pa, prot) {
    const iova = this.#next;
    this.#next += 4096n;
    this.iommu.map(this.domain, iova, pa & ~0xfffn, 4096n, prot);
    return iova | (pa & 0xfffn);
  }

  /** @param {bigint} from @param {bigint} to input addresses @param {number} length @returns {number} the descriptor's index */
  submit(from, to, length) {
    const index = this.#tail % 16;
    const at = this.ring + BigInt(index * DESCRIPTOR_BYTES);
    this.memory.write64(at, from);
    this.memory.write64(at + 8n, to);
    this.memory.write32(at + 16n, length);
    this.memory.write32(at + 20n, STATUS.PENDING);
    this.#tail = (this.#tail + 1) % 32;
    return index;
  }

  ringDoorbell() {
    this.device.write32(REG.DOORBELL, this.#tail);
  }

  /** @param {number} index */
  status(index) {
    return this.memory.read32(this.ring + BigInt(index * DESCRIPTOR_BYTES) + 20n);
  }

  /** @param {number} offset @param {bigint} value */
  #set64(offset, value) {
    this.device.write32(offset, Number(value & 0xffff_ffffn));
    this.device.write32(offset + 4, Number(value >> 32n));
  }
}

// The machine: RAM, an interrupt controller that takes MSIs at its doorbell, the SMMU with a driver, the device.
const RAM = 0x4000_0000n;
const GITS_TRANSLATER = 0x808_0040;
/** @type {string[]} */
const taken = [];
const smmu = await Smmu.create({
  timing: false,
  bus: {
    read: () => false,
    write(address, from) {
      if (address !== GITS_TRANSLATER) return false;
      taken.push(`MSI ${new DataView(from.buffer, from.byteOffset).getUint32(0, true)}`);
      return true;
    },
  },
});
const iommu = await HostIommu.probe(smmu, {
  pool: { base: RAM, size: 1 << 20 },
  onEvent: ({ name, inputAddr }) => taken.push(`${name} at 0x${inputAddr?.toString(16)}`),
});
const device = new CopyEngine(smmu, 0x100);
const ring = RAM + 0x20_0000n;
const driver = new CopyDriver({ smmu, iommu, device, ring, doorbell: BigInt(GITS_TRANSLATER) });

const source = RAM + 0x30_0000n;
const target = RAM + 0x31_0000n;
smmu.memory.write(source, new TextEncoder().encode('by DMA, through the SMMU'));
const from = driver.map(source, PROT_READ);
const to = driver.map(target, PROT_WRITE);
const good = driver.submit(from, to, 24);
const bad = driver.submit(to, from, 24); // the wrong way round: the source may not be written
driver.ringDoorbell();
iommu.poll(); // the driver of the SMMU looks at its event queue

console.log(new TextDecoder().decode(smmu.memory.read(target, 24))); // → by DMA, through the SMMU
console.log(driver.status(good) === STATUS.DONE, driver.status(bad) === STATUS.FAULT); // → true true
console.log(taken.join('; ')); // → MSI 33; F_PERMISSION at 0x102000
