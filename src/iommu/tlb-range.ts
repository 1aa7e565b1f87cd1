/** TLB invalidation of an address range: by range commands where there are any (IDR3.RIL), else one address at a time. */
import * as Command from '../../assembly/arch/command.js';
import type { CommandQueue } from './cmdq.js';
import { type TlbTag, tlbiAddress } from './commands.js';

/** Entries to be removed. */
export interface TlbRange {
  readonly address: bigint;
  readonly bytes: bigint;
  /** log2 of the granule of the tables. */
  readonly granule: number;
  /** Level of the leaves, a hint that spares others; undefined: any. */
  readonly level: number | undefined;
  /** Bytes of one leaf: the step without range commands. */
  readonly leafBytes: bigint;
  /** True: cached Table descriptors stay. */
  readonly leaf: boolean;
}

/** NUM is five bits and counts from 1; SCALE is five bits unless IDR5.DS (IHI 0070 §4.4.1). */
const MAX_NUM = 31n;
const MAX_SCALE = 31;

/** Whether so many addresses, one command each, cost more than losing everything of the owner (Linux's rule). */
export function tooManyForSingles(commands: number, granule: number): boolean {
  return commands >= 2 ** granule / 8;
}

/** Commands that {@link addRange} would take without range commands. */
export function singles({ bytes, leafBytes }: TlbRange): number {
  return Number((bytes + leafBytes - 1n) / leafBytes);
}

/** Adds the commands to the queue; nothing has happened before a sync. */
export function addRange(queue: CommandQueue, tag: TlbTag, range: TlbRange, ranges: boolean): void {
  if (ranges) addByRange(queue, tag, range);
  else {
    const end = range.address + range.bytes;
    for (let at = range.address; at < end; at += range.leafBytes) {
      queue.add(tlbiAddress(tag, at, range.leaf));
    }
  }
}

function addByRange(queue: CommandQueue, tag: TlbTag, range: TlbRange): void {
  const shift = BigInt(range.granule);
  const tg = Command.TLBI_TG_4K + (range.granule - 12) / 2;
  const ttl = range.leaf && range.level !== undefined && range.level > 0 ? range.level : 0;
  let address = range.address;
  let pages = range.bytes >> shift;
  while (pages > 0n) {
    const scale = Math.min(trailingZeros(pages), MAX_SCALE);
    const rest = pages >> BigInt(scale);
    const num = (rest & MAX_NUM) === 0n ? MAX_NUM + 1n : rest & MAX_NUM;
    const one = num === 1n && scale === 0;
    // One granule without a level hint would be ILL as a range; named by its address alone it is the same (§4.4.1).
    if (one && ttl === 0) queue.add(tlbiAddress(tag, address, range.leaf));
    else queue.add(tlbiAddress(tag, address, range.leaf, { tg, ttl, num: Number(num) - 1, scale }));
    const done = num << BigInt(scale);
    address += done << shift;
    pages -= done;
  }
}

function trailingZeros(value: bigint): number {
  const low = Number(value & 0xffff_ffffn);
  if (low !== 0) return 31 - Math.clz32(low & -low);
  return 32 + trailingZeros(value >> 32n);
}
