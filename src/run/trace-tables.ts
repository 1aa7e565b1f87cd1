/**
 * The tables that a trace needs, made as it is read: a stream gets its STE, a context its CD and its translation table, a page
 * its leaf, when the first row that names them is about to be fed. Absent entries are never cached as valid ones, so nothing
 * has to be invalidated. Every page is mapped to the physical address of the same number.
 */
import { InputError } from '../base/capture-error.js';
import { addressSizeBits } from '../../assembly/arch/geometry.js';
import * as Register from '../../assembly/arch/register.js';
import * as Flag from '../../assembly/abi/flag.js';
import { cdStage1 } from '../iommu/entry/cd.js';
import { steNested, steStage1, steStage2, steTraits, type SteStage2 } from '../iommu/entry/ste.js';
import { geometryOf, type Geometry } from '../iommu/pgtable/geometry.js';
import { stage1Registers, stage2Registers } from '../iommu/pgtable/registers.js';
import type { Smmu } from '../device/smmu.js';
import { columnsOf, type Rows } from '../trace/rows.js';
import { LeafTable, type TableAllocator } from './leaf-table.js';
import { NumberSet } from './number-set.js';
import { sparseSpace, tableSpace, type Bump } from './table-memory.js';
import { granuleOf, leafBytesOf, levelOf, type LeafSize, type TablePlan } from './table-plan.js';

const ENTRY_BYTES = 64;
const ENTRY_LOG2 = 6;
/** What Linux uses, and gem5's closed forms: four levels of 4 KiB tables. */
const ADDRESS_BITS = 48;
const WORD = 2 ** 32;
const ASIDS = 65536;
/** The largest there is: as many rows as are fed at once may all fault, and their records fit. */
const EVENTQ_LOG2 = 19;
const EVENT_BYTES = 32;
const CMDQ_LOG2 = 8;
const COMMAND_BYTES = 16;
const READ_ALLOCATE = 1n << 62n;

/** One translation table and which of its leaves exist. */
interface Space {
  readonly table: LeafTable;
  readonly seen: NumberSet;
}

/** A stage 2 of one virtual machine. */
interface Machine extends Space {
  readonly ste: SteStage2;
}

interface Stream {
  readonly machine: Machine | undefined;
  /** First CD, and whether there is a whole table of them. */
  readonly cds: number;
  readonly contexts: Map<number, Space>;
}

export class TraceTables {
  /** STEs and contexts made. */
  streams = 0;
  contexts = 0;
  /** Leaves of stage 1 (stage 2 where there is no other) and of stage 2. */
  readonly pages = { stage1: 0, stage2: 0 };
  readonly #smmu: Smmu;
  readonly #dense: Bump;
  readonly #sparse: Bump;
  readonly #streamTable: number;
  readonly #bySid = new Map<number, Stream>();
  readonly #stage1: Geometry;
  readonly #stage2: Geometry;
  readonly #ssidBits: number;
  /** Bytes from a row's address to the page that is mapped with its own. */
  readonly #neighbour: number;
  #eventq = 0;
  #sharedMachine: Machine | undefined;
  #sharedSpace: { space: Space; asid: number } | undefined;
  #machines = 0;
  // What the last row used.
  #lastSid = -1;
  #lastSsid = -1;
  #last: Space | undefined;
  #lastMachine: Machine | undefined;

  /**
   * Programs the device and enables it. `substreams`: rows may have a SubstreamID. `neighbour`: the page after (1) or before (-1)
   * each is mapped with it, because the device prefetches it: whether it finds it may not depend on which rows have been read.
   */
  constructor(
    smmu: Smmu,
    readonly plan: TablePlan,
    options: { readonly tableBytes: number; readonly substreams: boolean; readonly neighbour?: -1 | 0 | 1 },
  ) {
    this.#smmu = smmu;
    this.#dense = tableSpace(options.tableBytes);
    this.#sparse = sparseSpace();
    const oasBits = Math.min(ADDRESS_BITS, addressSizeBits(smmu.id.idr5 & 7));
    const shape = (stage: 1 | 2, size: LeafSize): Geometry =>
      geometryOf({ stage, granule: granuleOf(size), iasBits: stage === 1 ? ADDRESS_BITS : oasBits, oasBits });
    this.#stage1 = shape(1, plan.stage1);
    this.#stage2 = shape(2, plan.stage2);
    this.#ssidBits = options.substreams ? (smmu.id.idr1 >>> 6) & 0x1f : 0;
    const sidBits = smmu.id.idr1 & 0x3f;
    this.#streamTable = this.#sparse.alloc(2 ** (sidBits + ENTRY_LOG2));
    const leaves =
      plan.stages === 'stage2'
        ? [plan.stage2]
        : plan.stages === 'nested'
          ? [plan.stage1, plan.stage2]
          : [plan.stage1];
    this.#neighbour = (options.neighbour ?? 0) * Math.min(...leaves.map(leafBytesOf));
    this.#program(sidBits);
  }

  /** Makes what rows [0, count) need. */
  prepare(rows: Rows, count: number): void {
    const { iovaWords, streamId, substreamId, flags } = columnsOf(rows);
    for (let row = 0; row < count; row++) {
      const sid = streamId[row];
      const ssid = (flags[row] & Flag.SSV) === 0 ? -1 : substreamId[row];
      if (sid !== this.#lastSid || ssid !== this.#lastSsid) this.#select(sid, ssid);
      const high = iovaWords[2 * row + 1];
      // Beyond the input size: no table can map it, the device faults it.
      if (high >= 2 ** (ADDRESS_BITS - 32)) continue;
      const iova = high * WORD + iovaWords[2 * row];
      this.#touch(iova);
      if (this.#neighbour === 0) continue;
      const next = iova + this.#neighbour;
      if (next >= 0 && next < 2 ** ADDRESS_BITS) this.#touch(next);
    }
  }

  #program(sidBits: number): void {
    const smmu = this.#smmu;
    this.#eventq = this.#dense.alloc(2 ** EVENTQ_LOG2 * EVENT_BYTES);
    const cmdq = this.#dense.alloc(2 ** CMDQ_LOG2 * COMMAND_BYTES);
    smmu.write64(Register.STRTAB_BASE, READ_ALLOCATE | BigInt(this.#streamTable));
    smmu.write32(Register.STRTAB_BASE_CFG, sidBits); // linear
    smmu.write64(Register.CMDQ_BASE, READ_ALLOCATE | BigInt(cmdq) | BigInt(CMDQ_LOG2));
    smmu.write64(Register.EVENTQ_BASE, BigInt(this.#eventq) | BigInt(EVENTQ_LOG2));
    smmu.write32(Register.CR2, 1 << 1); // RECINVSID
    smmu.write32(Register.CR0, 1 | (1 << 2) | (1 << 3)); // SMMUEN, EVENTQEN, CMDQEN
  }

  #select(sid: number, ssid: number): void {
    const stream = this.#bySid.get(sid) ?? this.#makeStream(sid);
    this.#lastSid = sid;
    this.#lastSsid = ssid;
    this.#lastMachine = stream.machine;
    this.#last = this.plan.stages === 'stage2' ? stream.machine : this.#contextOf(stream, ssid);
  }

  #touch(iova: number): void {
    const space = this.#last;
    if (space === undefined) return;
    // Stage 2 may have smaller leaves than stage 1, so it is asked about every row.
    if (this.plan.stages === 'nested') this.#mapIpa(this.#lastMachine, iova);
    const page = Math.floor(iova / space.table.leafBytes);
    if (!space.seen.add(page)) return;
    space.table.map(page, page * space.table.leafBytes);
    this.pages[this.plan.stages === 'stage2' ? 'stage2' : 'stage1']++;
  }

  #mapIpa(machine: Machine | undefined, ipa: number): void {
    if (machine === undefined) return;
    const page = Math.floor(ipa / machine.table.leafBytes);
    if (!machine.seen.add(page)) return;
    machine.table.map(page, page * machine.table.leafBytes);
    this.pages.stage2++;
  }

  #makeStream(sid: number): Stream {
    const { stages, shared } = this.plan;
    const machine =
      stages === 'stage1'
        ? undefined
        : shared
          ? (this.#sharedMachine ??= this.#makeMachine())
          : this.#makeMachine();
    const count = 2 ** this.#ssidBits;
    const cds =
      stages === 'stage2' ? 0 : (count === 1 ? this.#dense : this.#sparse).alloc(count * ENTRY_BYTES);
    this.#mapIpa(machine && stages === 'nested' ? machine : undefined, cds);
    const stream: Stream = { machine, cds, contexts: new Map() };
    // The CD comes before the STE that leads to it.
    if (stages !== 'stage2') this.#contextOf(stream, -1);
    const traits = steTraits({ idr0: this.#smmu.id.idr0, idr1: this.#smmu.id.idr1 });
    const table = { s1ContextPtr: BigInt(cds), s1CDMax: this.#ssidBits };
    const words =
      machine === undefined
        ? steStage1(traits, table)
        : stages === 'stage2'
          ? steStage2(traits, machine.ste)
          : steNested(traits, machine.ste, table);
    this.#writeEntry(this.#streamTable + sid * ENTRY_BYTES, words);
    this.#bySid.set(sid, stream);
    this.streams++;
    return stream;
  }

  #makeMachine(): Machine {
    const vmid = this.#number(++this.#machines, 'virtual machines');
    const table = new LeafTable(this.#smmu.memory, this.#dense, this.#stage2, levelOf(this.plan.stage2));
    const registers = stage2Registers(this.#stage2, BigInt(table.root), true);
    return { table, seen: new NumberSet(), ste: { vmid, registers } };
  }

  #contextOf(stream: Stream, ssid: number): Space {
    // With S1DSS SUBSTREAM0, a transaction without a SubstreamID uses the first CD (IHI 0070 §5.2).
    const index = Math.max(0, ssid);
    let space = stream.contexts.get(index);
    if (space === undefined) {
      space = this.#makeContext(stream, index);
      stream.contexts.set(index, space);
    }
    return space;
  }

  #makeContext(stream: Stream, index: number): Space {
    const { machine } = stream;
    let made = this.plan.shared ? this.#sharedSpace : undefined;
    if (made === undefined) {
      const asid = this.#number(this.contexts + 1, 'contexts');
      const tables: TableAllocator =
        machine === undefined
          ? this.#dense
          : {
              alloc: (bytes) => {
                const at = this.#dense.alloc(bytes);
                this.#mapIpa(machine, at);
                return at;
              },
            };
      const table = new LeafTable(this.#smmu.memory, tables, this.#stage1, levelOf(this.plan.stage1));
      made = { space: { table, seen: new NumberSet() }, asid };
      this.contexts++;
      if (this.plan.shared) this.#sharedSpace = made;
    }
    const registers = stage1Registers(this.#stage1, BigInt(made.space.table.root), {
      coherent: true,
      ttbr1: false,
    });
    const at = stream.cds + index * ENTRY_BYTES;
    this.#mapIpa(machine, at);
    this.#writeEntry(at, cdStage1(registers, { asid: made.asid }));
    return made.space;
  }

  #number(n: number, what: string): number {
    if (n >= ASIDS)
      throw new InputError(
        `the trace has more than ${ASIDS - 1} ${what}: let them share one with --share-tables`,
      );
    return n;
  }

  #writeEntry(at: number, words: readonly bigint[]): void {
    words.forEach((word, i) => this.#smmu.memory.write64(BigInt(at + 8 * i), word));
  }
}
