/** A device for experiments: RAM with stream table, context descriptors and page tables in it, and commands by name. */
import * as Cd from '../../assembly/arch/cd.js';
import * as Cmdq from '../../assembly/arch/cmdq.js';
import * as ArchCommand from '../../assembly/arch/command.js';
import * as Cr0 from '../../assembly/arch/cr0.js';
import * as Eventq from '../../assembly/arch/eventq.js';
import * as L1cd from '../../assembly/arch/l1cd.js';
import * as L1std from '../../assembly/arch/l1std.js';
import * as Mair from '../../assembly/arch/mair.js';
import * as Opcode from '../../assembly/arch/opcode.js';
import * as Register from '../../assembly/arch/register.js';
import * as Ste from '../../assembly/arch/ste.js';
import * as Strtab from '../../assembly/arch/strtab.js';
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
  'caches' | 'timing' | 'batchBytes' | 'seed' | 'tbus' | 'tbuOf' | 'bus' | 'asyncCommands' | 'onInterrupt'
> {
  /** Default 16 MiB. */
  readonly ramBytes?: number;
  /** Two-level stream table and CD tables; transactions then carry SUBSTREAM. */
  readonly twoLevel?: boolean;
  /** log2 of the records of the Event queue; default 10. */
  readonly eventsLog2?: number;
}

/** The translation of one stream. Neither stage: the stream bypasses both. */
export interface StreamSetup {
  readonly stage1?: Tables;
  readonly stage2?: Tables;
  readonly asid?: number;
  readonly vmid?: number;
  /** CD.R and STE.S2R: faults are recorded. Default true. */
  readonly recorded?: boolean;
}

/** The two words of a command. */
export type Command = readonly [bigint, bigint];

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
    eventsLog2: number,
  ) {
    this.streamTable = this.allocate(Ste.BYTES << STREAM_LOG2);
    this.commandQueue = this.allocate(ArchCommand.BYTES << COMMAND_LOG2);
    const events = this.allocate(32 << eventsLog2);
    let table = this.streamTable;
    let configuration = at(Strtab.BASE_CFG_LOG2SIZE, STREAM_LOG2);
    if (twoLevel) {
      table = this.allocate(PAGE);
      for (let i = 0; i < 2 ** (STREAM_LOG2 - SPLIT); i++) {
        const array = this.streamTable + i * (Ste.BYTES << SPLIT);
        this.put(table + 8 * i, BigInt(array) | at(L1std.Span, SPLIT + 1));
      }
      configuration |= at(Strtab.BASE_CFG_FMT, 1) | at(Strtab.BASE_CFG_SPLIT, SPLIT);
    }
    smmu.write64(Register.STRTAB_BASE, BigInt(table));
    smmu.write32(Register.STRTAB_BASE_CFG, Number(configuration));
    smmu.write64(Register.CMDQ_BASE, BigInt(this.commandQueue) | at(Cmdq.BASE_LOG2SIZE, COMMAND_LOG2));
    smmu.write64(Register.EVENTQ_BASE, BigInt(events) | at(Eventq.BASE_LOG2SIZE, eventsLog2));
    this.enable(true);
  }

  static async create({
    ramBytes = 2 ** 24,
    twoLevel = false,
    eventsLog2 = EVENT_LOG2,
    ...options
  }: MachineOptions): Promise<Machine> {
    const smmu = await Smmu.create({ ...options, ram: [{ base: BigInt(RAM), size: ramBytes }] });
    return new Machine(smmu, ramBytes, twoLevel, eventsLog2);
  }

  /** SMMUEN; the queues stay on. */
  enable(on: boolean): void {
    const queues = at(Cr0.EVENTQEN, 1) | at(Cr0.CMDQEN, 1);
    this.smmu.write32(Register.CR0, Number(queues | at(Cr0.SMMUEN, on ? 1 : 0)));
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

  stream(streamId: number, setup: StreamSetup): void {
    const { stage1, stage2, asid = 1, vmid = 1, recorded = true } = setup;
    const config = 4 + (stage1 === undefined ? 0 : 1) + (stage2 === undefined ? 0 : 2);
    let first = at(Ste.V, 1) | at(Ste.Config, config);
    if (stage1 !== undefined) first |= this.contexts(streamId, stage1, asid, recorded);
    const words = [first, at(Ste.SHCFG, Ste.SHCFG_INCOMING), 0n, 0n];
    if (stage2 !== undefined) {
      words[2] =
        at(Ste.S2VMID, vmid) |
        at(Ste.S2T0SZ, SIZE_48) |
        at(Ste.S2SL0, stage2.granule === 12 ? START_LEVEL_0 : 1) |
        at(Ste.S2TG, stage2.granule === 12 ? Ste.S2TG_4K : Ste.S2TG_64K) |
        at(Ste.S2PS, BITS_48) |
        at(Ste.S2AA64, 1) |
        at(Ste.S2R, recorded ? 1 : 0);
      words[3] = BigInt(stage2.root);
    }
    this.structure(this.streamTable + Ste.BYTES * streamId, words);
  }

  /** The STE's pointer to the context descriptors, and how they are arranged. */
  private contexts(streamId: number, stage1: Tables, asid: number, recorded: boolean): bigint {
    const words = [
      at(Cd.T0SZ, SIZE_48) |
        at(Cd.TG0, stage1.granule === 12 ? Cd.TG0_4K : Cd.TG0_64K) |
        at(Cd.EPD1, 1) |
        at(Cd.V, 1) |
        at(Cd.IPS, BITS_48) |
        at(Cd.AA64, 1) |
        at(Cd.R, recorded ? 1 : 0) |
        at(Cd.A, 1) |
        at(Cd.ASID, asid),
      at(Cd.TTB0, BigInt(stage1.root) >> 4n),
      0n,
      BigInt(Mair.NORMAL_WB),
    ];
    if (!this.twoLevel) {
      const address = this.allocate(Cd.BYTES);
      this.structure(address, words);
      this.contextDescriptors.set(streamId, address);
      return BigInt(address);
    }
    const leaves = this.allocate(PAGE);
    this.structure(leaves + Cd.BYTES * SUBSTREAM, words);
    const level1 = this.allocate(PAGE);
    this.put(level1, BigInt(leaves) | at(L1cd.V, 1));
    return BigInt(level1) | at(Ste.S1Fmt, 1) | at(Ste.S1CDMax, CD_MAX);
  }

  /** Address of a stream's context descriptor; 0 when it has none. */
  contextOf(streamId: number): number {
    return this.contextDescriptors.get(streamId) ?? 0;
  }

  /** Puts commands in the queue and rings the doorbell. */
  post(commands: readonly Command[]): void {
    for (const command of commands) {
      const slot = this.produced & (2 ** COMMAND_LOG2 - 1);
      this.structure(this.commandQueue + ArchCommand.BYTES * slot, command);
      this.produced = (this.produced + 1) & (2 ** (COMMAND_LOG2 + 1) - 1);
    }
    this.smmu.write32(Register.CMDQ_PROD, this.produced);
  }

  /** The same, and they have been consumed. */
  private issue(...commands: Command[]): void {
    this.post(commands);
    const consumed = this.smmu.read32(Register.CMDQ_CONS);
    if (consumed !== this.produced)
      throw new Error(
        `CMDQ_CONS is 0x${consumed.toString(16)} after the doorbell, not 0x${this.produced.toString(16)}`,
      );
  }

  private sync(): Command {
    return [at(ArchCommand.OPCODE, Opcode.SYNC), 0n];
  }

  /** Empties TLBs (tagged by stream) and configuration cache; walk caches stay. */
  forgetConfiguration(): void {
    this.issue([at(ArchCommand.OPCODE, Opcode.CFGI_ALL), at(ArchCommand.CFGI_Range, 31)], this.sync());
  }

  /** Empties TLBs and walk caches; the configuration cache stays. */
  forgetTranslations(): void {
    this.issue([at(ArchCommand.OPCODE, Opcode.TLBI_NSNH_ALL), 0n], this.sync());
  }

  /** Brings a stream's configuration into its cache. */
  prefetchConfiguration(streamId: number): void {
    this.issue(
      [at(ArchCommand.OPCODE, Opcode.PREFETCH_CONFIG) | at(ArchCommand.StreamID, streamId), 0n],
      this.sync(),
    );
  }

  /** Removes the leaf entries of one page from all caches; cached table descriptors stay. */
  forgetLeaf(input: number, asid = 1, vmid = 1): void {
    this.issue(
      [
        at(ArchCommand.OPCODE, Opcode.TLBI_NH_VA) |
          at(ArchCommand.TLBI_ASID, asid) |
          at(ArchCommand.TLBI_VMID, vmid),
        BigInt(input) | at(ArchCommand.TLBI_Leaf, 1),
      ],
      this.sync(),
    );
  }
}
