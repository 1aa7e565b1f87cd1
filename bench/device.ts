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

/** log2 of the granule. */
export type Granule = 12 | 14 | 16;
const TG0: Readonly<Record<Granule, number>> = { 12: Cd.TG0_4K, 14: Cd.TG0_16K, 16: Cd.TG0_64K };
const CONTIGUOUS = at(Pte.Contiguous, 1);

/** The shape of a table and its leaves. */
export interface Shape {
  /** Default 12. */
  readonly granule?: Granule;
  /** Bits of an input address. Default 48. */
  readonly inputBits?: number;
  /** Level of the leaves. Default 3. */
  readonly level?: number;
  /** The leaves carry the Contiguous bit. */
  readonly contiguous?: boolean;
}

export interface DeviceOptions {
  readonly caches: CacheConfig | false;
  /** Default: time is off. */
  readonly timing?: PresetName;
  readonly tbus?: number;
  readonly tbuOf?: (streamId: number) => number;
  readonly ramBytes: number;
  readonly batchBytes: number;
  /** A second window beside the RAM that everything here lies in. */
  readonly beside?: RamWindow;
}

/** Lowest address bit that a table of this level resolves. */
function shiftOf(granule: Granule, level: number): number {
  return granule + (LEAF_LEVEL - level) * (granule - 3);
}

function firstLevel(granule: Granule, inputBits: number): number {
  return LEAF_LEVEL - Math.floor((inputBits - 1 - granule) / (granule - 3));
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

  static async create(options: DeviceOptions): Promise<Device> {
    const { timing, ramBytes, beside, ...rest } = options;
    const ram = [{ base: BigInt(RAM), size: ramBytes }, ...(beside === undefined ? [] : [beside])];
    return new Device(await Smmu.create({ ...rest, timing: timing ?? false, ram }), ramBytes);
  }

  /** Cleared memory, aligned to its size. */
  allocate(bytes: number): number {
    this.free = Math.ceil(this.free / bytes) * bytes;
    const address = this.free;
    this.free += bytes;
    return address;
  }

  /** An empty first table. */
  table({ granule = 12, inputBits = 48 }: Shape = {}): number {
    const level = firstLevel(granule, inputBits);
    return this.allocate(Math.max(64, 8 * 2 ** (inputBits - shiftOf(granule, level))));
  }

  private put(address: number, lo: number, hi: number): void {
    const word = (address - RAM) >> 2;
    this.words[word] = lo;
    this.words[word + 1] = hi;
  }

  private structure(address: number, words: readonly bigint[]): void {
    words.forEach((word, i) => this.smmu.memory.write64(BigInt(address + 8 * i), word));
  }

  /** Maps a page (level 3) or a block, making the tables on the way. */
  map(stage: 1 | 2, root: number, input: number, output: number, shape: Shape = {}): void {
    const { granule = 12, inputBits = 48, level = LEAF_LEVEL, contiguous = false } = shape;
    let table = root;
    const first = firstLevel(granule, inputBits);
    for (let l = first; l < level; l++) {
      const slot = this.slot(table, input, granule, l, l === first);
      if (this.words[slot] === 0) {
        const next = this.allocate(2 ** granule);
        this.words[slot] = (next | Pte.TYPE_TABLE) >>> 0;
      }
      table = this.words[slot] & ~0xfff;
    }
    const leaf = stage === 1 ? STAGE1_LEAF : STAGE2_LEAF;
    const type = level === LEAF_LEVEL ? Pte.TYPE_PAGE : Pte.TYPE_BLOCK;
    const address = RAM + 4 * this.slot(table, input, granule, level, level === first);
    const high = Math.floor(output / 2 ** 32) | (contiguous ? Number(CONTIGUOUS >> 32n) : 0);
    this.put(address, ((output | 0) & ~0xfff) | leaf | type, high);
  }

  private slot(table: number, input: number, granule: Granule, level: number, first: boolean): number {
    let index = Math.floor(input / 2 ** shiftOf(granule, level));
    if (!first) index %= 2 ** (granule - 3);
    return ((table >>> 0) - RAM + 8 * index) >> 2;
  }

  /** A stream of stage 1 through the table at `root`. */
  stage1(streamId: number, root: number, asid: number, shape: Shape = {}): void {
    const context = this.contextDescriptors([{ root, asid, shape }]);
    this.ste(streamId, Ste.CONFIG_S1_TRANSLATE_S2_BYPASS, context);
  }

  /** A stream whose SubstreamIDs 0, 1, … go through these tables. */
  substreams(streamId: number, spaces: readonly { root: number; asid: number }[]): void {
    const context = this.contextDescriptors(spaces.map((space) => ({ ...space, shape: {} })));
    const log2 = Math.ceil(Math.log2(spaces.length));
    const first = at(Ste.V, 1) | at(Ste.Config, Ste.CONFIG_S1_TRANSLATE_S2_BYPASS);
    this.structure(this.streamTable + Ste.BYTES * streamId, [
      first | BigInt(context) | at(Ste.S1CDMax, log2),
      at(Ste.SHCFG, Ste.SHCFG_INCOMING) | at(Ste.S1DSS, 2),
    ]);
  }

  /** A stream of both stages. */
  nested(streamId: number, root: number, asid: number, stage2Root: number): void {
    const context = this.contextDescriptors([{ root, asid, shape: {} }]);
    const config = Ste.CONFIG_S1_TRANSLATE_S2_TRANSLATE;
    this.ste(streamId, config, context, this.stage2Words(1, stage2Root));
  }

  /** A stream of stage 2 alone. */
  stage2(streamId: number, root: number, vmid: number): void {
    this.ste(streamId, Ste.CONFIG_S1_BYPASS_S2_TRANSLATE, 0, this.stage2Words(vmid, root));
  }

  /** A stream that passes through with its addresses. */
  bypass(streamId: number): void {
    this.ste(streamId, Ste.CONFIG_BYPASS, 0);
  }

  private stage2Words(vmid: number, root: number): bigint[] {
    const stage2 =
      at(Ste.S2VMID, vmid) |
      at(Ste.S2T0SZ, SIZE_48) |
      at(Ste.S2SL0, START_LEVEL_0) |
      at(Ste.S2TG, Ste.S2TG_4K) |
      at(Ste.S2PS, BITS_48) |
      at(Ste.S2AA64, 1) |
      at(Ste.S2R, 1);
    return [stage2, BigInt(root)];
  }

  /** Stage 2 maps the RAM onto itself, so that tables and structures are where they are for both stages. */
  mapRam(root: number): void {
    for (let ipa = RAM; ipa < RAM + this.words.length * 4; ipa += 4096) this.map(2, root, ipa, ipa);
  }

  private ste(streamId: number, config: number, context: number, stage2: readonly bigint[] = []): void {
    this.structure(this.streamTable + Ste.BYTES * streamId, [
      at(Ste.V, 1) | at(Ste.Config, config) | BigInt(context),
      at(Ste.SHCFG, Ste.SHCFG_INCOMING),
      ...stage2,
    ]);
  }

  /** One after the other, as many as a power of two has room for. */
  private contextDescriptors(spaces: readonly { root: number; asid: number; shape: Shape }[]): number {
    const address = this.allocate(64 * 2 ** Math.ceil(Math.log2(spaces.length)));
    spaces.forEach(({ root, asid, shape: { granule = 12, inputBits = 48 } }, i) => {
      const first =
        at(Cd.T0SZ, 64 - inputBits) |
        at(Cd.TG0, TG0[granule]) |
        at(Cd.EPD1, 1) |
        at(Cd.V, 1) |
        at(Cd.IPS, BITS_48) |
        at(Cd.AA64, 1) |
        at(Cd.R, 1) |
        at(Cd.A, 1) |
        at(Cd.ASID, asid);
      const words = [first, at(Cd.TTB0, BigInt(root) >> 4n), 0n, BigInt(Mair.NORMAL_WB)];
      this.structure(address + 64 * i, words);
    });
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
