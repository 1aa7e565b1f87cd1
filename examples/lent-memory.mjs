// The emulator's memory is lent: its RAM is a WebAssembly.Memory, and the device reads tables and structures in it, nothing copied.
// The SMMU's own state lies in front of the RAM; when the emulator grows the memory, the RAM window grows with it.
//
//   node examples/lent-memory.mjs
import { Smmu } from 'smmuv3-wasm';

const PAGE = 65536;
/** @type {import('smmuv3-wasm').SmmuOptions} */
const options = { timing: false, batchBytes: 0, ram: [] };
const corePages = Math.ceil(Smmu.coreBytes(options) / PAGE);
const memory = new WebAssembly.Memory({ initial: corePages + 16, maximum: corePages + 64 });
const offset = corePages * PAGE; // where the emulator's RAM begins in it

const smmu = await Smmu.create({
  ...options,
  memory,
  coreBase: 0,
  ram: [{ base: 0x8000_0000n, size: 16 * PAGE, offset, follow: true }],
});

// The emulator's CPU stores to its RAM: an STE that bypasses both stages, at physical address 0x8000_1000.
new DataView(memory.buffer).setBigUint64(offset + 0x1000, 0x9n, true);
smmu.write64(0x80, 0x8000_1000n); // SMMU_STRTAB_BASE, as the guest's driver does by MMIO
smmu.write32(0x20, 1); // SMMU_CR0.SMMUEN
console.log(smmu.lookup(0, 0x8000_2000, 0).toString(16)); // → 80002000

// A device writes by DMA; the emulator sees it in its own memory.
smmu.dmaWrite(0, 0x8000_2000n, Uint8Array.of(1, 2, 3, 4));
console.log(new DataView(memory.buffer).getUint32(offset + 0x2000, true).toString(16)); // → 4030201

// The guest plugs in more RAM.
const more = 0x8000_0000n + BigInt(16 * PAGE);
console.log(smmu.dmaWrite(0, more, Uint8Array.of(5)).status); // → abort
memory.grow(1);
console.log(smmu.dmaWrite(0, more, Uint8Array.of(5)).status); // → ok
