// The emulator's bus is called back: RAM, ROM and devices stay the emulator's, and the SMMU reads and writes through two functions.
// They are synchronous; false is an external abort.
//
//   node examples/called-back.mjs
import { Smmu } from 'smmuv3-wasm';
import { busMemory, HostIommu, PROT_READ, PROT_WRITE } from 'smmuv3-wasm/iommu';

/** An emulator's bus: what lies where. */
const ram = { base: 0x8_0000_0000, bytes: new Uint8Array(4 << 20) };
const uart = { base: 0x900_0000, sent: '' };

/** @param {number} address @param {number} length */
function inRam(address, length) {
  const start = address - ram.base;
  return start >= 0 && start + length <= ram.bytes.length
    ? ram.bytes.subarray(start, start + length)
    : undefined;
}

const bus = {
  /** @param {number} address @param {Uint8Array} into */
  read(address, into) {
    const bytes = inRam(address, into.length);
    if (bytes === undefined) return false;
    into.set(bytes);
    return true;
  },
  /** @param {number} address @param {Uint8Array} from */
  write(address, from) {
    const bytes = inRam(address, from.length);
    if (bytes !== undefined) bytes.set(from);
    else if (address === uart.base) uart.sent += String.fromCharCode(...from);
    else return false;
    return true;
  },
};

const smmu = await Smmu.create({ timing: false, ram: [], bus });

// The driver's tables and queues are in the emulator's RAM too; a guest's own driver would put them there by its CPU.
const iommu = await HostIommu.probe(smmu, {
  memory: busMemory(bus),
  pool: { base: BigInt(ram.base), size: 2 << 20 },
});
const domain = iommu.domainAlloc({ type: 'dma' });
iommu.attachDevice(domain, iommu.addDevice({ streamIds: [0x42] }));
iommu.map(domain, 0x1000n, BigInt(ram.base) + 0x30_0000n, 4096n, PROT_READ | PROT_WRITE);
iommu.map(domain, 0x2000n, BigInt(uart.base), 4096n, PROT_WRITE);

smmu.dmaWrite(0x42, 0x1000n, new TextEncoder().encode('hello'));
console.log(new TextDecoder().decode(ram.bytes.subarray(0x30_0000, 0x30_0005))); // → hello
smmu.dmaWrite(0x42, 0x2000n, new TextEncoder().encode('hi'));
console.log(uart.sent); // → hi
console.log(smmu.dmaRead(0x42, 0x3000n, new Uint8Array(1)).fault?.translation.event?.name); // → F_TRANSLATION
