import * as Register from '../../assembly/arch/register.js';
import type { MemorySegment, Snapshot } from '../capture/types.js';
import type { GuestMemory, Smmu, SmmuOptions } from '../device/smmu.js';

/** The RAM of the recorded machines (QEMU's virt board with 512 MiB); grown when a capture's memory lies outside. */
const RAM_BASE = 0x4000_0000n;
const RAM_BYTES = 0x2000_0000;
const RAM_LIMIT = 0xe000_0000;

/** ID registers that a device takes from its options, by name and offset. */
const ID_REGISTERS = {
  idr0: Register.IDR0,
  idr1: Register.IDR1,
  idr2: Register.IDR2,
  idr3: Register.IDR3,
  idr4: Register.IDR4,
  idr5: Register.IDR5,
  iidr: Register.IIDR,
  aidr: Register.AIDR,
} as const;

/** QEMU makes page 1 an alias of page 0 and its trace drops address bit 16: these registers live in page 1. */
const PAGE1: ReadonlySet<number> = new Set([
  Register.EVENTQ_PROD_ALIAS,
  Register.EVENTQ_CONS_ALIAS,
  Register.PRIQ_PROD_ALIAS,
  Register.PRIQ_CONS_ALIAS,
]);

/** Offset of the register that a capture calls `offset`. */
export function registerOffset(offset: number): number {
  return PAGE1.has(offset) ? offset + Register.PAGE1 : offset;
}

/** What a device must be to stand in for the recorded one; a recording says nothing of cycles, so time is off. */
export function deviceOptions(snapshot: Snapshot): SmmuOptions {
  const id: Record<string, number> = {};
  for (const [name, offset] of Object.entries(ID_REGISTERS)) {
    const value = snapshot.registers.get(offset);
    if (value !== undefined) id[name] = value;
  }
  const byte = (offset: number): number => (snapshot.registers.get(offset) ?? 0) & 0xff;
  const pidr = [
    Register.PIDR0,
    Register.PIDR1,
    Register.PIDR2,
    Register.PIDR3,
    Register.PIDR4,
    Register.PIDR5,
    Register.PIDR6,
    Register.PIDR7,
  ].map(byte);
  const cidr = [Register.CIDR0, Register.CIDR1, Register.CIDR2, Register.CIDR3];
  const coreSight = cidr.every((offset) => snapshot.registers.has(offset))
    ? { pidr, cidr: cidr.map(byte) }
    : {};
  let first = RAM_BASE;
  let end = RAM_BASE + BigInt(RAM_BYTES);
  for (const { address, bytes } of snapshot.memory) {
    if (address < first) first = (address >> 21n) << 21n;
    const last = address + BigInt(bytes.length);
    if (last > end) end = ((last >> 21n) + 1n) << 21n;
  }
  const size = Number(end - first);
  if (size > RAM_LIMIT)
    throw new RangeError(
      `${snapshot.name}: its memory spans 0x${size.toString(16)} bytes, at most 0x${RAM_LIMIT.toString(16)} are possible`,
    );
  return { id: { ...id, ...coreSight }, timing: false, ram: [{ base: first, size, sparse: true }] };
}

/** Puts the recorded pages in guest memory; `kinds` that are named stay out. */
export function loadMemory(
  memory: GuestMemory,
  segments: readonly MemorySegment[],
  except: readonly string[] = [],
): void {
  for (const { address, bytes, kinds } of segments) {
    if (!kinds.some((kind) => except.includes(kind))) memory.write(address, bytes);
  }
}

/** Registers that bring the device to where the snapshot stood, in a driver's order: everything before CR0. */
const BRING_UP: readonly (readonly [offset: number, size: 4 | 8])[] = [
  [Register.CR1, 4],
  [Register.CR2, 4],
  [Register.STRTAB_BASE, 8],
  [Register.STRTAB_BASE_CFG, 4],
  [Register.CMDQ_BASE, 8],
  [Register.CMDQ_PROD, 4],
  [Register.CMDQ_CONS, 4],
  [Register.EVENTQ_BASE, 8],
  [Register.EVENTQ_PROD_ALIAS, 4],
  [Register.EVENTQ_CONS_ALIAS, 4],
  [Register.GERRORN, 4],
  [Register.IRQ_CTRL, 4],
  [Register.CR0, 4],
];

/** Loads memory and writes the registers, so that the device answers as the recorded one did when it stood still. */
export function bringUp(smmu: Smmu, snapshot: Snapshot): void {
  loadMemory(smmu.memory, snapshot.memory);
  for (const [offset, size] of BRING_UP) {
    const low = snapshot.registers.get(offset);
    if (low === undefined) continue;
    const high = snapshot.registers.get(offset + 4) ?? 0;
    if (size === 4) smmu.write32(registerOffset(offset), low);
    else smmu.write64(offset, (BigInt(high) << 32n) | BigInt(low));
  }
}
