/** A device to be measured: RAM with a stream table, context descriptors, 4 KiB-granule tables and a command queue in it. */
import * as Cd from '../assembly/arch/cd.js';
import * as Cmdq from '../assembly/arch/cmdq.js';
import * as Cr0 from '../assembly/arch/cr0.js';
import * as Eventq from '../assembly/arch/eventq.js';
import * as Mair from '../assembly/arch/mair.js';
import * as MemAttr from '../assembly/arch/mem-attr.js';
import * as Pte from '../assembly/arch/pte.js';
import * as Register from '../assembly/arch/register.js';
import * as S2pte from '../assembly/arch/s2pte.js';
import * as Shareability from '../assembly/arch/shareability.js';
import * as Ste from '../assembly/arch/ste.js';
import * as Strtab from '../assembly/arch/strtab.js';
import { type PresetName, Smmu, type CacheConfig, type RamWindow } from '../src/index.js';

export const RAM = 0x4000_0000;
const STREAM_LOG2 = 8;
export const COMMAND_LOG2 = 13;
const EVENT_LOG2 = 8;
const TABLE_BYTES = 4096;
const LEAF_LEVEL = 3;
/** S2SL0 of a stage 2 that starts at level 0 (IHI 0070 §5.2, 4 KiB granule). */
const START_LEVEL_0 = 2;
const BITS_48 = 5;
const SIZE_48 = 64 - 48;

/** A value at a packed field's place in its word. */
function at(field: number, value: number | bigint): bigint {
  return BigInt(value) << BigInt((field >>> 8) & 0xff);
}

const STAGE1_LEAF = Number(
  at(Pte.AF, 1) | at(Pte.nG, 1) | at(Pte.SH, Shareability.INNER_SHAREABLE) | at(Pte.AP, Pte.AP_RW),
);
const STAGE2_LEAF = Number(
  at(S2pte.AF, 1) |
    at(S2pte.SH, Shareability.INNER_SHAREABLE) |
    at(S2pte.S2AP, S2pte.S2AP_RW) |
    at(S2pte.MemAttr, MemAttr.NORMAL_WB),
);

export interface DeviceOptions {
  readonly caches: CacheConfig | false;
  /** Default: time is off. */
  readonly timing?: PresetName;
  readonly ramBytes: number;
  readonly batchBytes: number;
  /** A second window beside the RAM that everything here lies in. */
  readonly beside?: RamWindow;
}

/** Addresses are numbers: all of them lie below 2^53. */
export class Device {
  private free = RAM;
  private readonly words: Uint32Array;
  private readonly streamTable: number;
  private readonly commands: number;
  private produced = 0;

  private constructor(
    readonly smmu: Smmu,
    ramBytes: number,
  ) {
    const ram = smmu.memory.view(BigInt(RAM), ramBytes);
    this.words = new Uint32Array(ram.buffer, ram.byteOffset, ramBytes >> 2);
    this.streamTable = this.allocate(Ste.BYTES << STREAM_LOG2);
    this.commands = this.allocate(16 << COMMAND_LOG2);
    const events = this.allocate(32 << EVENT_LOG2);
    smmu.write64(Register.STRTAB_BASE, BigInt(this.streamTable));
    smmu.write32(Register.STRTAB_BASE_CFG, Number(at(Strtab.BASE_CFG_LOG2SIZE, STREAM_LOG2)));
    smmu.write64(Register.CMDQ_BASE, BigInt(this.commands) | at(Cmdq.BASE_LOG2SIZE, COMMAND_LOG2));
    smmu.write64(Register.EVENTQ_BASE, BigInt(events) | at(Eventq.BASE_LOG2SIZE, EVENT_LOG2));
    smmu.write32(Register.CR0, Number(at(Cr0.SMMUEN, 1) | at(Cr0.EVENTQEN, 1) | at(Cr0.CMDQEN, 1)));
  }

  static async create({ caches, timing, ramBytes, batchBytes, beside }: DeviceOptions): Promise<Device> {
    const ram = [{ base: BigInt(RAM), size: ramBytes }, ...(beside === undefined ? [] : [beside])];
    return new Device(await Smmu.create({ caches, timing: timing ?? false, batchBytes, ram }), ramBytes);
  }

  /** Cleared memory, aligned to its size. */
  allocate(bytes: number): number {
    this.free = Math.ceil(this.free / bytes) * bytes;
    const address = this.free;
    this.free += bytes;
    return address;
  }

  table(): number {
    return this.allocate(TABLE_BYTES);
  }

  private put(address: number, lo: number, hi: number): void {
    const word = (address - RAM) >> 2;
    this.words[word] = lo;
    this.words[word + 1] = hi;
  }

  private structure(address: number, words: readonly bigint[]): void {
    words.forEach((word, i) => this.smmu.memory.write64(BigInt(address + 8 * i), word));
  }

  /** Maps a page (level 3) or a block of a 48-bit 4 KiB table, making the tables on the way. */
  map(stage: 1 | 2, root: number, input: number, output: number, level = LEAF_LEVEL): void {
    let table = root;
    for (let l = 0; l < level; l++) {
      const slot = this.slot(table, input, l);
      if (this.words[slot] === 0) {
        const next = this.table();
        this.words[slot] = (next | Pte.TYPE_TABLE) >>> 0;
      }
      table = this.words[slot] & ~0xfff;
    }
    const leaf = stage === 1 ? STAGE1_LEAF : STAGE2_LEAF;
    const type = level === LEAF_LEVEL ? Pte.TYPE_PAGE : Pte.TYPE_BLOCK;
    const address = RAM + 4 * this.slot(table, input, level);
    this.put(address, ((output | 0) & ~0xfff) | leaf | type, Math.floor(output / 2 ** 32));
  }

  private slot(table: number, input: number, level: number): number {
    const index = Math.floor(input / 2 ** (39 - 9 * level)) % 512;
    return ((table >>> 0) - RAM + 8 * index) >> 2;
  }

  /** A stream of stage 1 through the table at `root`. */
  stage1(streamId: number, root: number, asid: number): void {
    this.ste(streamId, Ste.CONFIG_S1_TRANSLATE_S2_BYPASS, this.contextDescriptor(root, asid));
  }

  /** A stream of both stages. */
  nested(streamId: number, root: number, asid: number, stage2Root: number): void {
    const stage2 =
      at(Ste.S2VMID, 1) |
      at(Ste.S2T0SZ, SIZE_48) |
      at(Ste.S2SL0, START_LEVEL_0) |
      at(Ste.S2TG, Ste.S2TG_4K) |
      at(Ste.S2PS, BITS_48) |
      at(Ste.S2AA64, 1) |
      at(Ste.S2R, 1);
    const context = this.contextDescriptor(root, asid);
    this.ste(streamId, Ste.CONFIG_S1_TRANSLATE_S2_TRANSLATE, context, [stage2, BigInt(stage2Root)]);
  }

  private ste(streamId: number, config: number, context: number, stage2: readonly bigint[] = []): void {
    this.structure(this.streamTable + Ste.BYTES * streamId, [
      at(Ste.V, 1) | at(Ste.Config, config) | BigInt(context),
      at(Ste.SHCFG, Ste.SHCFG_INCOMING),
      ...stage2,
    ]);
  }

  private contextDescriptor(root: number, asid: number): number {
    const address = this.allocate(64);
    const first =
      at(Cd.T0SZ, SIZE_48) |
      at(Cd.EPD1, 1) |
      at(Cd.V, 1) |
      at(Cd.IPS, BITS_48) |
      at(Cd.AA64, 1) |
      at(Cd.R, 1) |
      at(Cd.A, 1) |
      at(Cd.ASID, asid);
    this.structure(address, [first, at(Cd.TTB0, BigInt(root) >> 4n), 0n, BigInt(Mair.NORMAL_WB)]);
    return address;
  }

  /** Puts commands in the queue without ringing the doorbell; as many as the queue has entries at most. */
  queue(commands: readonly (readonly [bigint, bigint])[]): void {
    for (const [low, high] of commands) {
      const address = this.commands + 16 * (this.produced & ((1 << COMMAND_LOG2) - 1));
      this.structure(address, [low, high]);
      this.produced = (this.produced + 1) & ((2 << COMMAND_LOG2) - 1);
    }
  }

  /** Rings the doorbell: the queue has been consumed when it returns. */
  ring(): void {
    this.smmu.write32(Register.CMDQ_PROD, this.produced);
  }

  /** @throws Error unless every command was consumed without an error */
  checkConsumed(): void {
    const consumed = this.smmu.read32(Register.CMDQ_CONS);
    if (consumed !== this.produced)
      throw new Error(`CMDQ_CONS is 0x${consumed.toString(16)} after the doorbell`);
  }
}
