/** A translation domain: what devices are attached to, with its page tables and the tag of its TLB entries. */
import * as Opcode from '../../assembly/arch/opcode.js';
import { oneOf, record, show } from '../base/check.js';
import { IommuError } from '../base/errors.js';
import { type TlbTag, tlbi } from './commands.js';
import type { Attachment } from './attachment.js';
import type { Driver } from './driver.js';
import type { SteStage2 } from './entry/ste.js';
import type { Granule } from './pgtable/geometry.js';
import { IoPageTable, type UnmappedLeaves, type UnmapResult } from './pgtable/io-pgtable.js';
import { addRange, singles, type TlbRange, tooManyForSingles } from './tlb-range.js';

/**
 * 'dma': stage 1 of the host's; 'stage2': stage 2 alone; 'nested': stage 2 over which a guest may bind its stage 1;
 * 'identity': both stages bypassed; 'blocked': everything aborts.
 */
export type DomainType = 'dma' | 'stage2' | 'nested' | 'identity' | 'blocked';

const TYPES = ['dma', 'stage2', 'nested', 'identity', 'blocked'] as const;

/** How a domain is made. */
export interface DomainOptions {
  readonly type: DomainType;
  /** Bytes of the smallest page: 4096, 16384 or 65536. Default: the smallest that the SMMU has. */
  readonly granule?: number;
  /** Input address bits. Default: 48 for stage 1; for stage 2 what the SMMU's output has, at most 48. */
  readonly iasBits?: number;
  /** Set the Contiguous hint where a whole group is mapped. Default false. */
  readonly contiguous?: boolean;
  /** Stage 2: let stage 1 choose no weaker memory type (STE.S2FWB); needs IDR3.FWB. Default false. */
  readonly fwb?: boolean;
  /** Hardware notes which leaves have been written through (IDR0.HTTU >= 2, COHACC). Default false. */
  readonly dirty?: boolean;
}

/** VMID of everything that has no stage 2. */
const HOST_VMID = 0;

/** What a domain is to the driver. Everything here is to be read only. */
export class Domain {
  readonly type: DomainType;
  /** Which stage the page tables are of; 0: there are none. */
  readonly stage: 0 | 1 | 2;
  /** Of a 'dma' domain, from 1. */
  readonly asid: number = 0;
  /** Of a stage 2, from 1. */
  readonly vmid: number = HOST_VMID;
  /** Page tables; undefined: none of this kind, or the SMMU lacks the stage. */
  readonly table: IoPageTable | undefined;
  readonly fwb: boolean;
  readonly dirty: boolean;
  /** Attached without PASID. */
  readonly devices = new Set<Attachment>();
  /** Uses by PASID. */
  pasidUses = 0;
  freed = false;
  #stage2: SteStage2 | undefined;

  constructor(
    readonly driver: Driver,
    options: DomainOptions,
  ) {
    record(options, 'domain', ['type', 'granule', 'iasBits', 'contiguous', 'fwb', 'dirty']);
    this.type = oneOf(options.type, 'domain.type', TYPES);
    this.stage = this.type === 'dma' ? 1 : this.type === 'stage2' || this.type === 'nested' ? 2 : 0;
    const { features } = driver;
    this.fwb = options.fwb === true;
    if (this.fwb && (this.stage !== 2 || !features.fwb)) {
      throw new IommuError('EOPNOTSUPP', 'domain.fwb needs a stage 2 and IDR3.FWB');
    }
    this.dirty = options.dirty === true;
    if (this.dirty && (this.stage === 0 || !features.dirty)) {
      throw new IommuError('EOPNOTSUPP', 'domain.dirty needs tables, IDR0.HTTU 2 and COHACC');
    }
    if (this.stage === 0 || !this.supported) return;
    this.table = this.#makeTable(options);
    try {
      if (this.stage === 1) this.asid = driver.asids.alloc();
      else this.vmid = driver.vmids.alloc();
    } catch (error) {
      this.table.destroy();
      throw error;
    }
  }

  /** Whether the SMMU has what the type needs: IDR0.S1P, S2P, or both for 'nested'. */
  get supported(): boolean {
    const { stage1, stage2 } = this.driver.features;
    if (this.type === 'nested') return stage1 && stage2;
    return this.stage === 0 || (this.stage === 1 ? stage1 : stage2);
  }

  /** The page tables, for `map` and its like. @throws IommuError EINVAL when there are none, or the domain has been freed */
  get tables(): IoPageTable {
    if (this.freed) throw new IommuError('EINVAL', 'the domain has been freed');
    if (this.table === undefined) {
      throw new IommuError('EINVAL', `a domain of type '${this.type}' has no page tables on this SMMU`);
    }
    return this.table;
  }

  /** The stage 2 as an STE names it; it never changes. */
  get stage2(): SteStage2 {
    return (this.#stage2 ??= {
      vmid: this.vmid,
      registers: this.tables.stage2,
      fwb: this.fwb,
      dirty: this.dirty,
    });
  }

  /**
   * Removes from the TLBs what an unmap took away; returns when it is gone. Entries that combine a guest's stage 1 with
   * this stage 2 are tagged by the guest's addresses, which nobody here knows: all of the VMID's go (IHI 0070 §4.4.4).
   */
  invalidate(result: UnmapResult): void {
    const ranges = this.#ranges(result);
    if (ranges.length === 0) return;
    const { queue, features } = this.driver;
    const granule = this.tables.geometry.granule;
    const byRange = features.rangeInvalidation;
    if (
      !byRange &&
      tooManyForSingles(
        ranges.reduce((sum, range) => sum + singles(range), 0),
        granule,
      )
    ) {
      return this.flushAll();
    }
    for (const range of ranges) addRange(queue, this.#tag, range, byRange);
    queue.sync();
    if (this.type === 'nested') this.#flushStage1();
  }

  /**
   * What of [iova, iova + size) has been written through, as runs of leaves. With `clear` it is clean afterwards, and no TLB holds it as
   * dirty: the next write is noted again.
   */
  dirtyLeaves(iova: bigint, size: bigint, clear: boolean): readonly UnmappedLeaves[] {
    const leaves = this.tables.dirtyLeaves(iova, size, clear);
    if (clear) this.invalidate({ unmapped: 0n, leaves, tables: [] });
    return leaves;
  }

  /** Removes the cached Table descriptors of a span whose (empty) table was replaced. */
  flushWalk(address: bigint, bytes: bigint): void {
    const { queue, features } = this.driver;
    const { granule } = this.tables.geometry;
    const range: TlbRange = { address, bytes, granule, level: undefined, leafBytes: bytes, leaf: false };
    addRange(queue, this.#tag, range, features.rangeInvalidation);
    queue.sync();
    if (this.type === 'nested') this.#flushStage1();
  }

  /** Removes everything of this domain from the TLBs; returns when it is gone. */
  flushAll(): void {
    this.addFlushAll();
    this.driver.queue.sync();
  }

  /** The same, effective with the next sync. */
  addFlushAll(): void {
    const { queue, e2h } = this.driver;
    if (this.stage === 2) queue.add(tlbi(Opcode.TLBI_S12_VMALL, this.vmid));
    else if (e2h) queue.add(tlbi(Opcode.TLBI_EL2_ASID, 0, this.asid));
    else queue.add(tlbi(Opcode.TLBI_NH_ASID, HOST_VMID, this.asid));
  }

  /**
   * Ends the domain: its TLB entries go first, then its number and its tables may be used again.
   * @throws IommuError EBUSY while anything is attached
   */
  free(): void {
    if (this.freed) return;
    if (this.devices.size > 0 || this.pasidUses > 0) {
      throw new IommuError('EBUSY', `the domain still has ${this.devices.size + this.pasidUses} attachments`);
    }
    if (this.table !== undefined) {
      this.flushAll();
      if (this.stage === 1) this.driver.asids.release(this.asid);
      else this.driver.vmids.release(this.vmid);
      this.table.destroy();
    }
    this.freed = true;
  }

  /** Whose entries an invalidation by address names. */
  get #tag(): TlbTag {
    const { vmid, asid, stage } = this;
    const opcode =
      stage === 2 ? Opcode.TLBI_S2_IPA : this.driver.e2h ? Opcode.TLBI_EL2_VA : Opcode.TLBI_NH_VA;
    return { opcode, vmid, asid };
  }

  #flushStage1(): void {
    this.driver.queue.add(tlbi(Opcode.TLBI_NH_ALL, this.vmid));
    this.driver.queue.sync();
  }

  /** Leaves by themselves, and what stood under tables that are gone as a whole. */
  #ranges(result: UnmapResult): TlbRange[] {
    const { granule, entryBytes } = this.tables.geometry;
    const byRange = this.driver.features.rangeInvalidation;
    const spans = byRange ? mergedSpans(result) : [];
    const leaves = result.leaves
      .filter(({ iova }) => !spans.some((span) => iova >= span.address && iova < span.address + span.bytes))
      .map(({ iova, size, level }): TlbRange => {
        const leafBytes = BigInt(entryBytes[level]);
        return { address: iova, bytes: size, granule, level, leafBytes, leaf: true };
      });
    // Without ranges one address inside a table's span removes the Table descriptor that led to it.
    const tables = byRange ? spans : result.tables.map(({ iova, span }) => ({ address: iova, bytes: span }));
    return [
      ...leaves,
      ...tables.map(({ address, bytes }): TlbRange => ({
        address,
        bytes,
        granule,
        level: undefined,
        leafBytes: bytes,
        leaf: false,
      })),
    ];
  }

  #makeTable({ granule, iasBits, contiguous }: DomainOptions): IoPageTable {
    const { features, pool, smmu } = this.driver;
    const log2 = granule === undefined ? features.granules[0] : Math.log2(granule);
    if (!features.granules.includes(log2)) {
      const sizes = features.granules.map((bits) => 2 ** bits).join(', ');
      throw new IommuError('EINVAL', `domain.granule must be one of ${sizes}, not ${show(granule)}`);
    }
    return new IoPageTable(smmu.memory, pool, {
      stage: this.stage as 1 | 2,
      granule: log2 as Granule,
      iasBits: iasBits ?? (this.stage === 1 ? 48 : Math.min(48, features.oasBits)),
      oasBits: features.oasBits,
      contiguous: contiguous ?? false,
      coherent: features.coherent,
      fwb: this.fwb,
      dirty: this.dirty,
      flushWalk: (iova, span) => this.flushWalk(iova, span),
    });
  }
}

/** What stood under removed tables, one entry for tables side by side or inside each other. */
function mergedSpans({ tables }: UnmapResult): { address: bigint; bytes: bigint }[] {
  const sorted = [...tables].sort((a, b) =>
    a.iova !== b.iova ? (a.iova < b.iova ? -1 : 1) : a.span > b.span ? -1 : 1,
  );
  const merged: { address: bigint; bytes: bigint }[] = [];
  for (const { iova, span } of sorted) {
    const last = merged.at(-1);
    const end = iova + span;
    if (last === undefined || iova > last.address + last.bytes) merged.push({ address: iova, bytes: span });
    else if (end > last.address + last.bytes) last.bytes = end - last.address;
  }
  return merged;
}
