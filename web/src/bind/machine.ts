/**
 * A host with one device given to a guest: RAM of the guest mapped in stage 2, and in that RAM the guest's own stage 1 with
 * Context Descriptors. What is bound, and what the driver does about it, is told act by act.
 */
import { explain } from '../../../src/explain/index.js';
import { Smmu } from '../../../src/index.js';
import {
  cdStage1,
  guestMemory,
  HostIommu,
  IoPageTable,
  PagePool,
  PROT_CACHE,
  PROT_READ,
  PROT_WRITE,
  type IommuDevice,
  type IommuDomain,
} from '../../../src/iommu/index.js';
import {
  Iommufd,
  IOMMU_HWPT_ALLOC_NEST_PARENT,
  IOMMU_HWPT_DATA_ARM_SMMUV3,
} from '../../../src/iommufd/index.js';
import { CommandQueue } from '../../../src/replay/index.js';
import { sentence } from '../parts/numbers.js';

const RAM = { base: 0x4000_0000n, size: 64 << 20 } as const;
const POOL = { base: RAM.base, size: 16 << 20 } as const;
/** The guest's RAM as it sees it, and where it is. */
export const GUEST = { ipa: 0x8000_0000n, pa: 0x4200_0000n, size: 4 << 20 } as const;
export const STREAM = 0x10;
/** What the guest maps: an address of its device's, and the guest-physical one behind it. */
export const MAPPED = { iova: 0x1000n, ipa: 0x8030_0000n } as const;
const PASID_BITS = 2;
const FIRST_ASID = 5;
const CD_BYTES = 64;
const STE_WORDS = 8;
const RW = PROT_READ | PROT_WRITE | PROT_CACHE;

/** What the device reaches. */
export interface Probe {
  readonly what: string;
  readonly address: bigint;
  readonly ok: boolean;
  readonly conclusion: string;
  readonly why: string | undefined;
}

/** Something that was asked of the driver, and everything that came of it. */
export interface Act {
  readonly title: string;
  /** Why it was refused: nothing has changed then. */
  readonly refusal: string | undefined;
  readonly before: readonly bigint[];
  readonly after: readonly bigint[];
  readonly commands: readonly (readonly [bigint, bigint])[];
  readonly probes: readonly Probe[];
}

export class BindMachine {
  private constructor(
    readonly smmu: Smmu,
    readonly iommu: HostIommu,
    readonly device: IommuDevice,
    readonly domain: IommuDomain,
    /** Guest-physical address of the first of the guest's CDs; the others follow it. */
    readonly cdTable: bigint,
    readonly steAddress: bigint,
  ) {
    this.#today = new Today(iommu, device);
  }

  readonly #today: Today;

  static async create(): Promise<BindMachine> {
    const made: { iommu?: HostIommu } = {};
    const smmu = await Smmu.create({
      ram: [RAM],
      timing: false,
      onInterrupt: (source) => made.iommu?.interrupt(source),
    });
    const iommu = await HostIommu.probe(smmu, { pool: POOL });
    made.iommu = iommu;
    const device = iommu.addDevice({ streamIds: [STREAM], pasidBits: PASID_BITS });
    const ste = findSte(smmu);
    const domain = iommu.domainAlloc({ type: 'nested' });
    iommu.map(domain, GUEST.ipa, GUEST.pa, GUEST.size, RW);
    iommu.attachDevice(domain, device);
    return new BindMachine(smmu, iommu, device, domain, buildGuest(smmu), ste);
  }

  /** In the form of 2018. @throws IommuError: refused, and nothing has changed */
  bind(config: Uint8Array): void {
    const today = this.#today;
    if (today.bound) throw new RangeError('the device is bound through iommufd: unbind it first');
    const was = today.attached;
    if (was) {
      today.leave();
      this.iommu.attachDevice(this.domain, this.device);
    }
    try {
      this.iommu.bindGuestStage(this.domain, this.device, config);
    } catch (error) {
      if (was) today.unbind();
      throw error;
    }
  }

  /** In today's. @throws IommuError: refused, and nothing has changed */
  bindToday(data: Uint8Array): void {
    this.#today.bind(data);
  }

  /** In the form in which it was bound. */
  unbind(): void {
    if (this.#today.attached) this.#today.unbind();
    else this.iommu.unbindGuestStage(this.domain, this.device);
  }

  get ste(): bigint[] {
    return Array.from({ length: STE_WORDS }, (_, i) =>
      this.smmu.memory.read64(this.steAddress + BigInt(8 * i)),
    );
  }

  /** Does something as the host, and tells what came of it. A refusal is a result. */
  act(title: string, action: () => void): Act {
    const queue = new CommandQueue(this.smmu);
    const before = this.ste;
    const from = queue.consumer;
    let refusal: string | undefined;
    try {
      action();
    } catch (error) {
      refusal = sentence(error);
    }
    const commands = queue.between(from, queue.consumer);
    return { title, refusal, before, after: this.ste, commands, probes: this.#probes() };
  }

  #probes(): Probe[] {
    const pasid = this.device.guest?.pasidt === undefined ? [] : [1];
    return [
      this.#probe('an address of the guest’s stage 1', MAPPED.iova),
      ...pasid.map((id) => this.#probe(`the same, with PASID ${id}`, MAPPED.iova, id)),
      this.#probe('a guest-physical address', MAPPED.ipa),
    ];
  }

  #probe(what: string, address: bigint, substreamId?: number): Probe {
    const { translation, conclusion, why } = explain(this.smmu, {
      streamId: STREAM,
      iova: address,
      ...(substreamId === undefined ? {} : { substreamId }),
    });
    return { what, address, ok: translation.status === 'ok', conclusion, why };
  }

  close(): void {
    this.smmu.dispose();
  }
}

/** The same device in the hands of today's interface: a page table of the guest's RAM as parent, and over it one with the guest's STE. */
class Today {
  readonly #fd: Iommufd;
  readonly #devId: number;
  readonly #parent: number;
  readonly #viommuId: number;
  #nested: number | undefined;
  #attached = false;

  constructor(iommu: HostIommu, device: IommuDevice) {
    const fd = new Iommufd(iommu);
    const devId = fd.bindDevice(device);
    const ioasId = fd.ioasAlloc();
    fd.ioasMap({ ioasId, userVa: GUEST.pa, length: BigInt(GUEST.size), iova: GUEST.ipa });
    this.#parent = fd.hwptAlloc({ devId, ptId: ioasId, flags: IOMMU_HWPT_ALLOC_NEST_PARENT });
    this.#viommuId = fd.viommuAlloc({ devId, hwptId: this.#parent });
    fd.vdeviceAlloc({ viommuId: this.#viommuId, devId, virtId: BigInt(STREAM) });
    this.#fd = fd;
    this.#devId = devId;
  }

  /** The device is attached to a page table of this interface. */
  get attached(): boolean {
    return this.#attached;
  }

  /** And has a guest's STE. */
  get bound(): boolean {
    return this.#nested !== undefined;
  }

  bind(data: Uint8Array): void {
    const fd = this.#fd;
    const nested = fd.hwptAlloc({
      devId: this.#devId,
      ptId: this.#viommuId,
      dataType: IOMMU_HWPT_DATA_ARM_SMMUV3,
      data,
    });
    fd.attachDevice(this.#devId, nested);
    this.#attached = true;
    this.#forget();
    this.#nested = nested;
  }

  unbind(): void {
    this.#fd.attachDevice(this.#devId, this.#parent);
    this.#attached = true;
    this.#forget();
  }

  leave(): void {
    this.#fd.detachDevice(this.#devId);
    this.#attached = false;
    this.#forget();
  }

  // The page table that was left.
  #forget(): void {
    if (this.#nested !== undefined) this.#fd.destroy(this.#nested);
    this.#nested = undefined;
  }
}

/** A stage 1 of the guest's, with as many CDs as there are PASIDs, each with an ASID of its own. @returns where they begin */
function buildGuest(smmu: Smmu): bigint {
  const memory = guestMemory(smmu.memory, GUEST);
  const pool = new PagePool(memory, GUEST.ipa, GUEST.size / 2);
  const table = new IoPageTable(memory, pool, { stage: 1, granule: 12, iasBits: 39, oasBits: 40 });
  table.map(MAPPED.iova, MAPPED.ipa, 4096n, RW);
  const cds = pool.alloc(CD_BYTES << PASID_BITS);
  for (let pasid = 0; pasid < 2 ** PASID_BITS; pasid++) {
    const cd = cds + BigInt(pasid * CD_BYTES);
    cdStage1(table.stage1, { asid: FIRST_ASID + pasid }).forEach((word, i) =>
      memory.write64(cd + BigInt(8 * i), word),
    );
  }
  return cds;
}

/** The SMMU itself says where it read the STE. Nothing is attached yet, so that it aborts the stream and records nothing. */
function findSte(smmu: Smmu): bigint {
  const { steps } = explain(smmu, { streamId: STREAM, iova: 0n });
  const address = steps.find(({ kind }) => kind === 'ste')?.address;
  if (address === undefined) throw new Error('the SMMU read no STE');
  return address;
}
