// The model owns the RAM: the shortest way. Software builds its tables by physical address in smmu.memory, through registers it is
// told where they are, and a device's access is translated.
//
//   node examples/own-ram.mjs
import { Smmu } from 'smmuv3-wasm';
import { addressIn, Cr0, pack, pack32, pack64, Register, S2pte, Ste, Strtab } from 'smmuv3-wasm/arch';

const RAM = 0x4000_0000n;
const STREAM_TABLE = RAM;
const LEVEL1 = RAM + 0x1000n;

const smmu = await Smmu.create({ timing: false, ram: [{ base: RAM, size: 16 << 20 }] });

// Stream 0: stage 2 translates 39-bit addresses with one table of 1 GiB blocks.
const ste = pack(
  Ste.BYTES,
  [Ste.V, 1],
  [Ste.Config, Ste.CONFIG_S1_BYPASS_S2_TRANSLATE],
  [Ste.S2T0SZ, 64 - 39],
  [Ste.S2SL0, 1], // start at level 1
  [Ste.S2PS, 5], // 48-bit physical addresses
  [Ste.S2AA64, 1],
  [Ste.S2R, 1], // record faults
  addressIn(Ste.S2TTB, LEVEL1),
);
ste.forEach((word, i) => smmu.memory.write64(STREAM_TABLE + BigInt(8 * i), word));
const block = pack64([S2pte.S2AP, S2pte.S2AP_RW], [S2pte.AF, 1], [S2pte.MemAttr, 0xf], [S2pte.SH, 3]);
smmu.memory.write64(LEVEL1, RAM | block | 1n); // the first GiB is at RAM

smmu.write64(Register.STRTAB_BASE, pack64(addressIn(Strtab.BASE_ADDR, STREAM_TABLE)));
smmu.write32(Register.CR0, pack32([Cr0.SMMUEN, 1]));

const { status, pa, pageSize } = smmu.translate({ streamId: 0, iova: 0x9008n, access: 'write' });
console.log(status, pa.toString(16), pageSize); // → ok 40009008 1073741824n
console.log(smmu.translate({ streamId: 0, iova: 0x4000_0000n }).event?.name); // → F_TRANSLATION
