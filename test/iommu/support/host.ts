// A host with a driver on a model whose caches never evict: an entry is there until the right command removes it.
import { expect } from '@jest/globals';
import { Smmu, type SmmuOptions, type Translation } from '../../../src/index.js';
import {
  HostIommu,
  IommuError,
  type DeviceOptions,
  type IommuDevice,
  type ProbeOptions,
} from '../../../src/iommu/index.js';
import type { Command } from '../../support/encode.js';
import { identification, SPACIOUS, TIMING, type Id } from '../../support/machine.js';

export const RAM = 0x4000_0000n;
export const RAM_BYTES = 64 << 20;
export const POOL_BYTES = 16 << 20;
/** RAM that the driver does not use. */
export const FREE = RAM + BigInt(POOL_BYTES);

const CMDQ_BASE = 0x90;
const CMDQ_PROD = 0x98;
const STRTAB_BASE = 0x80;

export interface HostOptions extends Partial<ProbeOptions> {
  id?: Id;
  caches?: SmmuOptions['caches'];
  smmu?: SmmuOptions;
  /** false: interrupts reach nobody. */
  wired?: boolean;
}

export class Host {
  private constructor(
    readonly smmu: Smmu,
    readonly iommu: HostIommu,
  ) {}

  static async create(options: HostOptions = {}): Promise<Host> {
    const { id, caches = SPACIOUS, smmu: more, wired = true, ...probe } = options;
    const made: { iommu?: HostIommu } = {};
    const smmu = await Smmu.create({
      id: await identification(id),
      ram: [{ base: RAM, size: RAM_BYTES }],
      timing: TIMING,
      caches,
      ...(wired ? { onInterrupt: (source) => made.iommu?.interrupt(source) } : {}),
      ...more,
    });
    const iommu = (made.iommu = await HostIommu.probe(smmu, {
      pool: { base: RAM, size: POOL_BYTES },
      ...probe,
    }));
    return new Host(smmu, iommu);
  }

  device(sid = 0x10, options: Partial<DeviceOptions> = {}): IommuDevice {
    return this.iommu.addDevice({ streamIds: [sid], ...options });
  }

  /** The commands that `action` put into the queue, as they stand in memory. */
  commands(action: () => void): Command[] {
    const base = this.smmu.read64(CMDQ_BASE);
    const log2 = Number(base & 31n);
    const address = base & 0xffff_ffff_ffe0n;
    const mask = 2 ** log2 - 1;
    const wrap = 2 ** (log2 + 1) - 1;
    let at = this.smmu.read32(CMDQ_PROD);
    action();
    const out: Command[] = [];
    for (; at !== this.smmu.read32(CMDQ_PROD); at = (at + 1) & wrap) {
      const pa = address + BigInt((at & mask) * 16);
      out.push([this.smmu.memory.read64(pa), this.smmu.memory.read64(pa + 8n)]);
    }
    return out;
  }

  /** The eight words of a stream's entry, found as the SMMU finds it. */
  ste(sid: number): bigint[] {
    const { memory } = this.smmu;
    const base = this.smmu.read64(STRTAB_BASE) & 0xff_ffff_ffff_ffc0n;
    const config = this.smmu.read32(0x88);
    const table =
      ((config >> 16) & 3) === 0
        ? base + BigInt(sid) * 64n
        : (memory.read64(base + BigInt(sid >> 8) * 8n) & 0xff_ffff_ffff_ffc0n) + BigInt(sid & 255) * 64n;
    return this.words(table);
  }

  words(pa: bigint, count = 8): bigint[] {
    return Array.from({ length: count }, (_, i) => this.smmu.memory.read64(pa + BigInt(8 * i)));
  }

  translate(sid: number, iova: bigint, write = false, substreamId?: number): Translation {
    return this.smmu.translate({
      streamId: sid,
      iova,
      access: write ? 'write' : 'read',
      size: 1,
      ...(substreamId === undefined ? {} : { substreamId }),
    });
  }

  /** The address, or what went wrong. */
  outcome(sid: number, iova: bigint, write = false, substreamId?: number): string {
    const { status, pa, event } = this.translate(sid, iova, write, substreamId);
    return status === 'ok' ? `0x${pa.toString(16)}` : `${status} ${event?.name ?? 'silently'}`;
  }
}

/** The error code that `action` throws. */
export function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof IommuError) {
      expect(error.errno).toBeLessThan(0);
      return error.code;
    }
    throw error;
  }
  return 'nothing thrown';
}

/** Commands as hexadecimal words, for a comparison that a person can read. */
export function hexed(commands: readonly Command[]): string[] {
  return commands.map(([a, b]) => `${a.toString(16)} ${b.toString(16)}`);
}

/** Linux's CMD_SYNC: SIG_SEV, Inner Shareable, Write-Back. */
export const SYNC: Command = [0x0fc0_2046n, 0n];
