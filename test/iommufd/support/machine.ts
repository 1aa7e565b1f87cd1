// A host with one guest's RAM in an IOAS, a nest parent over it, and a virtual SMMU: what a VMM sets up first.
import { IOMMU_HWPT_ALLOC_NEST_PARENT, Iommufd, type IommufdOptions } from '../../../src/iommufd/index.js';
import type { IommuDevice } from '../../../src/iommu/index.js';
import { FREE, Host, type HostOptions } from '../../iommu/support/host.js';

/** The host's StreamID of the first device, and the guest's. */
export const SID = 0x4567;
export const VSID = 8n;
/** Guest RAM: where the guest sees it, and where it is. */
export const IPA = 0x8000_0000n;
export const PA = FREE + 0x80_0000n;
export const RAM_BYTES = 16 << 20;
/** A guest's STE that translates, with one CD at IPA 0x8004_0000. */
export const S1: [bigint, bigint] = [0x8004_000bn, 0xd4n];
export const BYPASS: [bigint, bigint] = [9n, 0n];
export const ABORT: [bigint, bigint] = [1n, 0n];

export interface Nesting {
  readonly h: Host;
  readonly fd: Iommufd;
  readonly device: IommuDevice;
  readonly devId: number;
  readonly ioasId: number;
  readonly parent: number;
  readonly viommuId: number;
  /** A nested page table for an STE of the guest's. */
  nested(ste: readonly [bigint, bigint], flags?: number): number;
}

export async function nesting(
  options: HostOptions & { fd?: IommufdOptions; sid?: number } = {},
): Promise<Nesting> {
  const { fd: fdOptions, sid = SID, ...host } = options;
  const h = await Host.create(host);
  const fd = new Iommufd(h.iommu, fdOptions);
  const device = h.device(sid);
  const devId = fd.bindDevice(device);
  const ioasId = fd.ioasAlloc();
  fd.ioasMap({ ioasId, userVa: PA, length: BigInt(RAM_BYTES), iova: IPA });
  const parent = fd.hwptAlloc({ devId, ptId: ioasId, flags: IOMMU_HWPT_ALLOC_NEST_PARENT });
  const viommuId = fd.viommuAlloc({ devId, hwptId: parent });
  const nested = (ste: readonly [bigint, bigint], flags = 0): number =>
    fd.hwptAlloc({ devId, ptId: viommuId, data: { ste }, flags });
  return { h, fd, device, devId, ioasId, parent, viommuId, nested };
}

/** Little-endian bytes of words of `width` bytes: the images that a C compiler makes, written by hand. */
export function image(...words: (number | bigint)[]): Uint8Array {
  const out = new Uint8Array(
    words.reduce<number>((sum, word) => sum + (typeof word === 'bigint' ? 8 : 4), 0),
  );
  const view = new DataView(out.buffer);
  let at = 0;
  for (const word of words) {
    if (typeof word === 'bigint') view.setBigUint64(at, word, true);
    else view.setUint32(at, word, true);
    at += typeof word === 'bigint' ? 8 : 4;
  }
  return out;
}
