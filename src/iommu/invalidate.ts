/**
 * Cache maintenance on behalf of a guest, as the series has it (`struct iommu_cache_invalidate_info`). The guest names its
 * ASIDs, PASIDs and addresses; the host adds what only it knows: VMID and StreamIDs.
 */
import * as Opcode from '../../assembly/arch/opcode.js';
import { big, hex, integer, record } from '../base/check.js';
import { IommuError } from '../base/errors.js';
import { cfgiCd, cfgiCdAll, tlbi } from './commands.js';
import type { IommuDevice } from './device.js';
import type { Domain } from './domain.js';
import { checkNested } from './nested.js';
import { judge } from './uapi/judge.js';
import { addRange, singles, tooManyForSingles, type TlbRange } from './tlb-range.js';

/** `cache`, or-ed: TLB entries of the guest's stage 1. */
export const IOMMU_CACHE_INV_TYPE_IOTLB = 1;
/** `cache`: the device's own TLB (ATS), which this SMMU has none of. */
export const IOMMU_CACHE_INV_TYPE_DEV_IOTLB = 2;
/** `cache`: cached Context Descriptors. */
export const IOMMU_CACHE_INV_TYPE_PASID = 4;
const CACHES = IOMMU_CACHE_INV_TYPE_IOTLB | IOMMU_CACHE_INV_TYPE_DEV_IOTLB | IOMMU_CACHE_INV_TYPE_PASID;

/** `granularity`: everything of the guest's. */
export const IOMMU_INV_GRANU_DOMAIN = 0;
/** `granularity`: one address space. */
export const IOMMU_INV_GRANU_PASID = 1;
/** `granularity`: a range of addresses. */
export const IOMMU_INV_GRANU_ADDR = 2;

/** `pasidInfo.flags` */
export const IOMMU_INV_PASID_FLAGS_PASID = 1;
export const IOMMU_INV_PASID_FLAGS_ARCHID = 2;
/** `addrInfo.flags` */
export const IOMMU_INV_ADDR_FLAGS_PASID = 1;
export const IOMMU_INV_ADDR_FLAGS_ARCHID = 2;
export const IOMMU_INV_ADDR_FLAGS_LEAF = 4;

/** Bytes of the leaves that each granule (log2) has without LPA2, smallest first. */
const LEAF_BYTES: Readonly<Record<number, readonly number[]>> = {
  12: [2 ** 12, 2 ** 21, 2 ** 30],
  14: [2 ** 14, 2 ** 25],
  16: [2 ** 16, 2 ** 29],
};

/** What to invalidate: `archid` is an ASID of the guest's. */
export interface CacheInvalidateInfo {
  /** IOMMU_CACHE_INV_TYPE_*, or-ed. */
  readonly cache: number;
  /** IOMMU_INV_GRANU_* */
  readonly granularity: number;
  /** With IOMMU_INV_GRANU_PASID: the ASID for TLBs, the PASID for Context Descriptors. */
  readonly pasidInfo?: { readonly flags: number; readonly archid?: number; readonly pasid?: number };
  /** With IOMMU_INV_GRANU_ADDR. Without ARCHID: all ASIDs. LEAF: cached Table descriptors stay. */
  readonly addrInfo?: {
    readonly flags: number;
    readonly archid?: number;
    readonly addr: bigint;
    /** A page size of the SMMU's. */
    readonly granuleSize: number;
    readonly nbGranules: number;
  };
}

/** Does all of it with one CMD_SYNC; nothing when any of it is refused. */
export function cacheInvalidate(
  domain: Domain,
  device: IommuDevice,
  info: CacheInvalidateInfo | readonly CacheInvalidateInfo[],
): void {
  checkNested(domain, device);
  const infos: readonly CacheInvalidateInfo[] = Array.isArray(info) ? info : [info as CacheInvalidateInfo];
  judge(() => infos.forEach((one) => check(domain, one)));
  for (const one of infos) add(domain, device, one);
  domain.driver.queue.sync();
}

function check(domain: Domain, info: CacheInvalidateInfo): void {
  record(info, 'info', ['cache', 'granularity', 'pasidInfo', 'addrInfo']);
  const { cache, granularity } = info;
  u32(cache, 'info.cache');
  u32(granularity, 'info.granularity');
  if (cache === 0 || (cache & ~CACHES) !== 0)
    refuse(`info.cache must be a sum of IOTLB 1, DEV_IOTLB 2 and PASID 4, not ${cache}`);
  if ((cache & IOMMU_CACHE_INV_TYPE_DEV_IOTLB) !== 0) {
    throw new IommuError('ENOENT', 'the device has no TLB of its own: IDR0.ATS is 0');
  }
  switch (granularity) {
    case IOMMU_INV_GRANU_DOMAIN:
      return;
    case IOMMU_INV_GRANU_PASID:
      return checkPasid(info);
    case IOMMU_INV_GRANU_ADDR:
      return checkAddress(domain, info);
    default:
      refuse(`info.granularity must be DOMAIN 0, PASID 1 or ADDR 2, not ${granularity}`);
  }
}

function checkPasid({ cache, pasidInfo }: CacheInvalidateInfo): void {
  if (pasidInfo === undefined) refuse('info.pasidInfo is missing: granularity PASID asks for it');
  record(pasidInfo, 'info.pasidInfo', ['flags', 'archid', 'pasid']);
  u32(pasidInfo.flags, 'info.pasidInfo.flags');
  const known = IOMMU_INV_PASID_FLAGS_PASID | IOMMU_INV_PASID_FLAGS_ARCHID;
  if ((pasidInfo.flags & ~known) !== 0)
    refuse(`info.pasidInfo.flags has unknown bits: ${hex(pasidInfo.flags)}`);
  if ((cache & IOMMU_CACHE_INV_TYPE_IOTLB) !== 0) {
    // TLB entries carry ASIDs; which of them a PASID means stands in the guest's CD, and the host does not look there.
    if ((pasidInfo.flags & IOMMU_INV_PASID_FLAGS_ARCHID) === 0) noArchid('info.pasidInfo');
    checkAsid(pasidInfo.archid, 'info.pasidInfo.archid');
  }
  if ((cache & IOMMU_CACHE_INV_TYPE_PASID) !== 0) {
    if ((pasidInfo.flags & IOMMU_INV_PASID_FLAGS_PASID) === 0) {
      refuse('info.pasidInfo.flags must have PASID: a Context Descriptor is named by it');
    }
    integer(pasidInfo.pasid, 'info.pasidInfo.pasid', 0, 0xf_ffff);
  }
}

function checkAddress(domain: Domain, { cache, addrInfo }: CacheInvalidateInfo): void {
  if ((cache & IOMMU_CACHE_INV_TYPE_PASID) !== 0)
    refuse('Context Descriptors cannot be invalidated by address');
  if (addrInfo === undefined) refuse('info.addrInfo is missing: granularity ADDR asks for it');
  record(addrInfo, 'info.addrInfo', ['flags', 'archid', 'addr', 'granuleSize', 'nbGranules', 'pasid']);
  const { flags, archid, addr, granuleSize, nbGranules } = addrInfo;
  u32(flags, 'info.addrInfo.flags');
  const known = IOMMU_INV_ADDR_FLAGS_PASID | IOMMU_INV_ADDR_FLAGS_ARCHID | IOMMU_INV_ADDR_FLAGS_LEAF;
  if ((flags & ~known) !== 0) refuse(`info.addrInfo.flags has unknown bits: ${hex(flags)}`);
  if ((flags & IOMMU_INV_ADDR_FLAGS_PASID) !== 0) noArchid('info.addrInfo');
  if ((flags & IOMMU_INV_ADDR_FLAGS_ARCHID) !== 0) checkAsid(archid, 'info.addrInfo.archid');
  big(addr, 'info.addrInfo.addr', 0n, (1n << 64n) - 1n);
  integer(nbGranules, 'info.addrInfo.nbGranules', 0, 2 ** 32);
  if (nbGranules === 0) refuse('info.addrInfo.nbGranules must not be 0');
  integer(granuleSize, 'info.addrInfo.granuleSize', 0, Number.MAX_SAFE_INTEGER);
  if (!domain.driver.features.granules.some((log2) => LEAF_BYTES[log2].includes(granuleSize))) {
    refuse(`info.addrInfo.granuleSize must be a page or block size of the SMMU's, not ${granuleSize}`);
  }
  if (addr + BigInt(granuleSize) * BigInt(nbGranules) > 1n << 64n)
    refuse('info.addrInfo leaves the address space');
}

function add(domain: Domain, device: IommuDevice, info: CacheInvalidateInfo): void {
  const { queue } = domain.driver;
  const { cache, granularity, pasidInfo, addrInfo } = info;
  // Configuration first: what is walked after this must not bring the old address space back into the TLB.
  if ((cache & IOMMU_CACHE_INV_TYPE_PASID) !== 0) {
    for (const streamId of device.streamIds) {
      queue.add(
        granularity === IOMMU_INV_GRANU_PASID ? cfgiCd(streamId, pasidInfo!.pasid!) : cfgiCdAll(streamId),
      );
    }
  }
  if ((cache & IOMMU_CACHE_INV_TYPE_IOTLB) === 0) return;
  if (granularity === IOMMU_INV_GRANU_DOMAIN) queue.add(tlbi(Opcode.TLBI_NH_ALL, domain.vmid));
  else if (granularity === IOMMU_INV_GRANU_PASID)
    queue.add(tlbi(Opcode.TLBI_NH_ASID, domain.vmid, pasidInfo!.archid));
  else addAddress(domain, addrInfo!);
}

function addAddress(domain: Domain, info: NonNullable<CacheInvalidateInfo['addrInfo']>): void {
  const { queue, features } = domain.driver;
  const { flags, archid = 0, addr, granuleSize, nbGranules } = info;
  const byAsid = (flags & IOMMU_INV_ADDR_FLAGS_ARCHID) !== 0;
  const leafBytes = BigInt(granuleSize);
  const granule = features.granules.find((log2) => 2 ** log2 === granuleSize);
  const range: TlbRange = {
    address: addr & ~(leafBytes - 1n),
    bytes: leafBytes * BigInt(nbGranules),
    // A block size does not say of which granule its table is: the range then counts pages of the smallest.
    granule: granule ?? features.granules[0],
    level: undefined,
    leafBytes,
    leaf: (flags & IOMMU_INV_ADDR_FLAGS_LEAF) !== 0,
  };
  const tag = {
    opcode: byAsid ? Opcode.TLBI_NH_VA : Opcode.TLBI_NH_VAA,
    vmid: domain.vmid,
    asid: byAsid ? archid : 0,
  };
  // A range command reaches entries of its own granule only, so with a block size each block is named by itself.
  const byRange = features.rangeInvalidation && granule !== undefined;
  if (!byRange && tooManyForSingles(singles(range), range.granule)) {
    queue.add(
      byAsid ? tlbi(Opcode.TLBI_NH_ASID, domain.vmid, archid) : tlbi(Opcode.TLBI_NH_ALL, domain.vmid),
    );
  } else addRange(queue, tag, range, byRange);
}

function u32(value: number, name: string): void {
  integer(value, name, 0, 0xffff_ffff);
}

/** Of the guest's own numbering: any 16 bits; with 8-bit ASIDs none above 255 exists (IDR0.ASID16). */
function checkAsid(archid: number | undefined, name: string): void {
  integer(archid, name, 0, 0xffff);
}

function noArchid(name: string): never {
  throw new IommuError('ENOENT', `${name} names a PASID: TLB entries are found by ASID (flag ARCHID) only`);
}

function refuse(reason: string): never {
  throw new IommuError('EINVAL', reason);
}
