// A driver as an operating system would have it, in AssemblyScript: it loads and stores registers through four imports, keeps its
// tables and queues in its own memory, and has interrupts off where it must not be interrupted. Pointers are physical addresses.

@external('smmu', 'mmioRead32')
declare function mmioRead32(address: u32): u32;
@external('smmu', 'mmioWrite32')
declare function mmioWrite32(address: u32, value: u32): void;
@external('smmu', 'mmioWrite64')
declare function mmioWrite64(address: u32, value: u64): void;
@external('cpu', 'interruptsOff')
declare function interruptsOff(): void;
@external('cpu', 'interruptsOn')
declare function interruptsOn(): void;

const SMMU: u32 = 0x0900_0000;
const CR0: u32 = 0x20;
const IRQ_CTRL: u32 = 0x50;
const STRTAB_BASE: u32 = 0x80;
const STRTAB_BASE_CFG: u32 = 0x88;
const CMDQ_BASE: u32 = 0x90;
const CMDQ_PROD: u32 = 0x98;
const CMDQ_CONS: u32 = 0x9c;
const EVENTQ_BASE: u32 = 0xa0;
const EVENTQ_PROD: u32 = 0x100a8;
const EVENTQ_CONS: u32 = 0x100ac;

const CMDQ: u32 = 0x1_0000;
const EVENTQ: u32 = 0x1_1000;
const STREAM_TABLE: u32 = 0x1_2000;
const LEVEL1: u32 = 0x1_3000;
const LEVEL2: u32 = 0x1_4000;
const LOG2: u32 = 4; // entries of the queues, streams

let faults: u32 = 0;
let lastFault: u64 = 0;

/** Tables, queues, translation on. */
export function probe(): void {
  mmioWrite64(SMMU + STRTAB_BASE, STREAM_TABLE);
  mmioWrite32(SMMU + STRTAB_BASE_CFG, LOG2);
  mmioWrite64(SMMU + CMDQ_BASE, CMDQ | LOG2);
  mmioWrite64(SMMU + EVENTQ_BASE, EVENTQ | LOG2);
  mmioWrite32(SMMU + IRQ_CTRL, 1 << 2); // EVENTQ_IRQEN
  mmioWrite32(SMMU + CR0, 0b1101); // SMMUEN, EVENTQEN, CMDQEN
}

/** Stage 2 for a stream: 39-bit addresses from level 1, whose first GiB has 2 MiB blocks. */
export function attach(stream: u32): void {
  const ste = STREAM_TABLE + stream * 64;
  store<u64>(LEVEL1, LEVEL2 | 3);
  store<u64>(ste, (<u64>((1 << 26) | (1 << 19) | (5 << 16) | (1 << 6) | 25)) << 32, 16); // S2R, S2AA64, S2PS, S2SL0, S2T0SZ
  store<u64>(ste, LEVEL1, 24); // S2TTB
  store<u64>(ste, 0xd); // V, Config: stage 2, written last
  command(0x3 | (<u64>stream << 32), 1); // CMD_CFGI_STE, leaf
}

/** Maps 2 MiB. */
export function map(iova: u32, pa: u32): void {
  store<u64>(LEVEL2 + (iova >> 21) * 8, pa | 0x7fd); // a block: AF, inner shareable, read and write, Normal
}

export function unmap(iova: u32): void {
  store<u64>(LEVEL2 + (iova >> 21) * 8, 0);
  command(0x28, 0); // CMD_TLBI_S12_VMALL, VMID 0
}

/** A command and a CMD_SYNC, with interrupts off: the handler must not see the queue half written. */
function command(low: u64, high: u64): void {
  interruptsOff();
  let prod = mmioRead32(SMMU + CMDQ_PROD);
  put(prod, low, high);
  prod = next(prod);
  put(prod, 0x46, 0); // CMD_SYNC
  prod = next(prod);
  mmioWrite32(SMMU + CMDQ_PROD, prod);
  while (mmioRead32(SMMU + CMDQ_CONS) != prod) {}
  interruptsOn();
}

function put(index: u32, low: u64, high: u64): void {
  const at = CMDQ + (index & ((1 << LOG2) - 1)) * 16;
  store<u64>(at, low);
  store<u64>(at, high, 8);
}

/** The next index, with its wrap bit. */
function next(index: u32): u32 {
  return (index + 1) & ((2 << LOG2) - 1);
}

/** The handler of the event queue's interrupt. */
export function handleEvents(): void {
  let cons = mmioRead32(SMMU + EVENTQ_CONS);
  while (cons != mmioRead32(SMMU + EVENTQ_PROD)) {
    const at = EVENTQ + (cons & ((1 << LOG2) - 1)) * 32;
    faults++;
    lastFault = load<u64>(at, 16); // InputAddr
    cons = next(cons);
  }
  mmioWrite32(SMMU + EVENTQ_CONS, cons);
}

export function faultCount(): u32 {
  return faults;
}

export function lastFaultAddress(): u64 {
  return lastFault;
}
