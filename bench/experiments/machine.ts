/** A device for experiments: RAM with stream table, context descriptors and page tables in it, and commands by name. */
import {
  CD_A,
  CD_AA64,
  CD_ASID,
  CD_BYTES,
  CD_EPD1,
  CD_IPS,
  CD_R,
  CD_T0SZ,
  CD_TG0,
  CD_TG0_4K,
  CD_TG0_64K,
  CD_TTB0,
  CD_V,
  L1CD_V,
} from '../../assembly/arch/cd.js';
import * as C from '../../assembly/arch/commands.js';
import { MAIR_NORMAL_WB } from '../../assembly/arch/descriptors.js';
import * as R from '../../assembly/arch/registers.js';
import * as S from '../../assembly/arch/ste.js';
import { Smmu, type SmmuOptions } from '../../src/index.js';
import { at } from './fields.js';
import { type Granule, type TableMemory, Tables } from './tables.js';

export const RAM = 0x4000_0000;
const PAGE = 4096;
const STREAM_LOG2 = 8;
const SPLIT = 6;
const COMMAND_LOG2 = 8;
const EVENT_LOG2 = 10;
/** S2SL0 of a stage 2 that starts at level 0 (4 KiB granule, IHI 0070 §5.2). */
const START_LEVEL_0 = 2;
const BITS_48 = 5;
const SIZE_48 = 64 - 48;
/** log2 of the CDs of a two-level table, and the SubstreamID that goes with it. */
const CD_MAX = 8;
export const SUBSTREAM = 1;

export interface MachineOptions extends Pick<
  SmmuOptions,
  'caches' | 'timing' | 'batchBytes' | 'seed' | 'tbus' | 'tbuOf' | 'bus'
> {
  /** Default 16 MiB. */
  readonly ramBytes?: number;
  /** Two-level stream table and CD tables; transactions then carry SUBSTREAM. */
  readonly twoLevel?: boolean;
}

/** The translation of one stream. Neither stage: the stream bypasses both. */
export interface StreamSetup {
  readonly stage1?: Tables;
  readonly stage2?: Tables;
  readonly asid?: number;
  readonly vmid?: number;
}

type Command = readonly [bigint, bigint];

/** All addresses are numbers below 2^53. */
export class Machine implements TableMemory {
  private free = RAM;
  private readonly streamTable: number;
  private readonly commandQueue: number;
  private produced = 0;
  private readonly contextDescriptors = new Map<number, number>();

  private constructor(
    readonly smmu: Smmu,
    readonly ramBytes: number,
    private readonly twoLevel: boolean,
  ) {
    this.streamTable = this.allocate(S.STE_BYTES << STREAM_LOG2);
    this.commandQueue = this.allocate(C.CMD_BYTES << COMMAND_LOG2);
    const events = this.allocate(32 << EVENT_LOG2);
    let table = this.streamTable;
    let configuration = at(R.STRTAB_BASE_CFG_LOG2SIZE, STREAM_LOG2);
    if (twoLevel) {
      table = this.allocate(PAGE);
      for (let i = 0; i < 2 ** (STREAM_LOG2 - SPLIT); i++) {
        const array = this.streamTable + i * (S.STE_BYTES << SPLIT);
        this.put(table + 8 * i, BigInt(array) | at(S.L1STD_Span, SPLIT + 1));
      }
      configuration |= at(R.STRTAB_BASE_CFG_FMT, 1) | at(R.STRTAB_BASE_CFG_SPLIT, SPLIT);
    }
    smmu.write64(R.R_STRTAB_BASE, BigInt(table));
    smmu.write32(R.R_STRTAB_BASE_CFG, Number(configuration));
    smmu.write64(R.R_CMDQ_BASE, BigInt(this.commandQueue) | at(R.CMDQ_BASE_LOG2SIZE, COMMAND_LOG2));
    smmu.write64(R.R_EVENTQ_BASE, BigInt(events) | at(R.EVENTQ_BASE_LOG2SIZE, EVENT_LOG2));
    this.enable(true);
  }

  static async create({
    ramBytes = 2 ** 24,
    twoLevel = false,
    ...options
  }: MachineOptions): Promise<Machine> {
    const smmu = await Smmu.create({ ...options, ram: [{ base: BigInt(RAM), size: ramBytes }] });
    return new Machine(smmu, ramBytes, twoLevel);
  }

  /** SMMUEN; the queues stay on. */
  enable(on: boolean): void {
    const queues = at(R.CR0_EVENTQEN, 1) | at(R.CR0_CMDQEN, 1);
    this.smmu.write32(R.R_CR0, Number(queues | at(R.CR0_SMMUEN, on ? 1 : 0)));
  }

  allocate(bytes: number): number {
    const address = Math.ceil(this.free / bytes) * bytes;
    this.free = address + bytes;
    if (this.free > RAM + this.ramBytes)
      throw new RangeError(`the experiment's tables need more than ramBytes ${this.ramBytes}`);
    return address;
  }

  get(address: number): bigint {
    return this.smmu.memory.read64(BigInt(address));
  }

  put(address: number, word: bigint): void {
    this.smmu.memory.write64(BigInt(address), word);
  }

  private structure(address: number, words: readonly bigint[]): void {
    words.forEach((word, i) => this.put(address + 8 * i, word));
  }

  tables(stage: 1 | 2, granule: Granule = 12): Tables {
    return new Tables(this, stage, granule);
  }

  /** Stage 2 maps the RAM onto itself, so that tables and structures lie where they are for both stages. */
  mapRam(stage2: Tables, level = 3): void {
    const step = 2 ** (12 + 9 * (3 - level));
    stage2.mapRange(RAM, RAM, Math.ceil(this.ramBytes / step), { level });
  }

  stream(streamId: number, { stage1, stage2, asid = 1, vmid = 1 }: StreamSetup): void {
    const config = 4 + (stage1 === undefined ? 0 : 1) + (stage2 === undefined ? 0 : 2);
    let first = at(S.STE_V, 1) | at(S.STE_Config, config);
    if (stage1 !== undefined) first |= this.contexts(streamId, stage1, asid);
    const words = [first, at(S.STE_SHCFG, S.STE_SHCFG_INCOMING), 0n, 0n];
    if (stage2 !== undefined) {
      words[2] =
        at(S.STE_S2VMID, vmid) |
        at(S.STE_S2T0SZ, SIZE_48) |
        at(S.STE_S2SL0, stage2.granule === 12 ? START_LEVEL_0 : 1) |
        at(S.STE_S2TG, stage2.granule === 12 ? S.STE_S2TG_4K : S.STE_S2TG_64K) |
        at(S.STE_S2PS, BITS_48) |
        at(S.STE_S2AA64, 1) |
        at(S.STE_S2R, 1);
      words[3] = BigInt(stage2.root);
    }
    this.structure(this.streamTable + S.STE_BYTES * streamId, words);
  }

  /** The STE's pointer to the context descriptors, and how they are arranged. */
  private contexts(streamId: number, stage1: Tables, asid: number): bigint {
    const words = [
      at(CD_T0SZ, SIZE_48) |
        at(CD_TG0, stage1.granule === 12 ? CD_TG0_4K : CD_TG0_64K) |
        at(CD_EPD1, 1) |
        at(CD_V, 1) |
        at(CD_IPS, BITS_48) |
        at(CD_AA64, 1) |
        at(CD_R, 1) |
        at(CD_A, 1) |
        at(CD_ASID, asid),
      at(CD_TTB0, BigInt(stage1.root) >> 4n),
      0n,
      BigInt(MAIR_NORMAL_WB),
    ];
    if (!this.twoLevel) {
      const address = this.allocate(CD_BYTES);
      this.structure(address, words);
      this.contextDescriptors.set(streamId, address);
      return BigInt(address);
    }
    const leaves = this.allocate(PAGE);
    this.structure(leaves + CD_BYTES * SUBSTREAM, words);
    const level1 = this.allocate(PAGE);
    this.put(level1, BigInt(leaves) | at(L1CD_V, 1));
    return BigInt(level1) | at(S.STE_S1Fmt, 1) | at(S.STE_S1CDMax, CD_MAX);
  }

  /** Address of a stream's context descriptor; 0 when it has none. */
  contextOf(streamId: number): number {
    return this.contextDescriptors.get(streamId) ?? 0;
  }

  /** Puts commands in the queue and rings the doorbell. */
  private issue(...commands: Command[]): void {
    for (const command of commands) {
      const slot = this.produced & (2 ** COMMAND_LOG2 - 1);
      this.structure(this.commandQueue + C.CMD_BYTES * slot, command);
      this.produced = (this.produced + 1) & (2 ** (COMMAND_LOG2 + 1) - 1);
    }
    this.smmu.write32(R.R_CMDQ_PROD, this.produced);
    const consumed = this.smmu.read32(R.R_CMDQ_CONS);
    if (consumed !== this.produced)
      throw new Error(
        `CMDQ_CONS is 0x${consumed.toString(16)} after the doorbell, not 0x${this.produced.toString(16)}`,
      );
  }

  private sync(): Command {
    return [at(C.CMD_OPCODE, C.OP_SYNC), 0n];
  }

  /** Empties TLBs (tagged by stream) and configuration cache; walk caches stay. */
  forgetConfiguration(): void {
    this.issue([at(C.CMD_OPCODE, C.OP_CFGI_ALL), at(C.CMD_CFGI_Range, 31)], this.sync());
  }

  /** Empties TLBs and walk caches; the configuration cache stays. */
  forgetTranslations(): void {
    this.issue([at(C.CMD_OPCODE, C.OP_TLBI_NSNH_ALL), 0n], this.sync());
  }

  /** Brings a stream's configuration into its cache. */
  prefetchConfiguration(streamId: number): void {
    this.issue([at(C.CMD_OPCODE, C.OP_PREFETCH_CONFIG) | at(C.CMD_StreamID, streamId), 0n], this.sync());
  }

  /** Removes the leaf entries of one page from all caches; cached table descriptors stay. */
  forgetLeaf(input: number, asid = 1, vmid = 1): void {
    this.issue(
      [
        at(C.CMD_OPCODE, C.OP_TLBI_NH_VA) | at(C.CMD_TLBI_ASID, asid) | at(C.CMD_TLBI_VMID, vmid),
        BigInt(input) | at(C.CMD_TLBI_Leaf, 1),
      ],
      this.sync(),
    );
  }
}
