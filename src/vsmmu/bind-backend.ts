/** The host of 2018: bind_guest_stage, cacheInvalidate, the fault handler and page responses. */
import * as Command from '../../assembly/arch/command.js';
import * as EventRecord from '../../assembly/arch/event-record.js';
import * as Idr0 from '../../assembly/arch/idr0.js';
import * as Opcode from '../../assembly/arch/opcode.js';
import * as Register from '../../assembly/arch/register.js';
import * as Ste from '../../assembly/arch/ste.js';
import { IommuError } from '../base/errors.js';
import { addressOf, maskOf, numberOf, placed, valueOf } from '../base/fields.js';
import {
  type CacheInvalidateInfo,
  FAULT_NOT_HANDLED,
  type HostIommu,
  IOMMU_CACHE_INV_TYPE_IOTLB,
  IOMMU_CACHE_INV_TYPE_PASID,
  IOMMU_INV_ADDR_FLAGS_ARCHID,
  IOMMU_INV_ADDR_FLAGS_LEAF,
  IOMMU_INV_GRANU_ADDR,
  IOMMU_INV_GRANU_DOMAIN,
  IOMMU_INV_GRANU_PASID,
  IOMMU_INV_PASID_FLAGS_ARCHID,
  IOMMU_INV_PASID_FLAGS_PASID,
  IOMMU_PAGE_RESP_FAILURE,
  IOMMU_PAGE_RESP_SUCCESS,
  IOMMU_SMMU_S1_ABORTED,
  IOMMU_SMMU_S1_BYPASSED,
  type IommuDevice,
  type IommuDomain,
  type IommuFault,
  type NativeCommand,
  PASID_TABLE,
  PASID_TABLE_CFG_VERSION_1,
  SMMUV3_S1_CFG,
  type SmmuHardware,
} from '../iommu/index.js';
import type { BackendEvent, HostAbilities, StallAnswer, StreamPolicy, VsmmuBackend } from './backend.js';

/** What the driver's page responses call terminating without an abort: any code that is not one of the three. */
const RAZ_WI = 3;
const ABORT_VSTE = [1n, 0n] as const;
const STREAM_ID = maskOf(EventRecord.StreamID);

/** The back end, and the domain whose stage 2 is the guest's RAM. */
export interface BindBackend extends VsmmuBackend<IommuDevice> {
  /** Map the guest's RAM here. */
  readonly domain: IommuDomain;
}

/**
 * A host through the calls of 2018. Between two translating STEs a stream aborts for a moment, since the form knows no way from the one
 * to the other. It cannot say S1DSS, S1STALLD and EATS, or two-level CD tables: an STE that needs them aborts.
 * @param options.domain a 'nested' domain. Default: a new one, which `close` frees
 * @param options.pasidBits PASIDs that every device of the guest's has, for SSIDSIZE. Default 0
 */
export function bindBackend(
  iommu: HostIommu<SmmuHardware>,
  options: { readonly domain?: IommuDomain; readonly pasidBits?: number } = {},
): BindBackend {
  return new Bind(
    iommu,
    options.domain ?? iommu.domainAlloc({ type: 'nested' }),
    options.domain === undefined,
    options.pasidBits ?? 0,
  );
}

class Bind implements BindBackend {
  onEvent: ((event: BackendEvent) => void) | undefined;
  readonly #devices = new Map<number, IommuDevice>();

  constructor(
    private readonly iommu: HostIommu<SmmuHardware>,
    readonly domain: IommuDomain,
    private readonly own: boolean,
    private readonly pasidBits: number,
  ) {
    if (domain.type !== 'nested')
      throw new RangeError(`domain must be of type 'nested', not '${domain.type}'`);
  }

  hwInfo(device?: IommuDevice): HostAbilities {
    const { smmu, features } = this.iommu;
    const idr = [0, 1, 2, 3, 4, 5].map((n) => smmu.read32(Register.IDR0 + 4 * n));
    return {
      idr,
      aidr: smmu.read32(Register.AIDR),
      ats: false, // the form has no EATS
      maxPasidLog2: Math.min(device?.pasidBits ?? this.pasidBits, features.ssidBits),
      stalls: numberOf([BigInt(idr[0])], Idr0.STALL_MODEL) !== Idr0.STALL_MODEL_TERMINATE_ONLY,
      stage2Faults: true,
    };
  }

  addStream(vsid: number, device: IommuDevice): void {
    // Not attachDevice: that is stage 2 alone, and the guest may have put the stream behind tables.
    this.iommu.attachVirtualSte(this.domain, device, ABORT_VSTE);
    this.#devices.set(vsid, device);
    this.iommu.setFaultHandler(device, (fault) => this.#fault(vsid, fault), { stage2: true });
  }

  removeStream(vsid: number): void {
    const device = this.#device(vsid);
    this.iommu.detachDevice(this.domain, device);
    this.iommu.setFaultHandler(device, undefined);
    this.#devices.delete(vsid);
  }

  setStream(vsid: number, policy: StreamPolicy): void {
    const device = this.#device(vsid);
    if (policy.kind === 'bypass') return this.#bind(device, IOMMU_SMMU_S1_BYPASSED);
    if (policy.kind === 'abort') return this.#bind(device, IOMMU_SMMU_S1_ABORTED);
    const { ste } = policy;
    const bits = numberOf(ste, Ste.S1CDMax);
    const table = addressOf(ste, Ste.S1ContextPtr);
    if (bits > 0) this.#checkTable(ste);
    // Through abort, never through bypass: that would open all of the guest's RAM for a moment.
    this.#bind(device, IOMMU_SMMU_S1_ABORTED);
    if (bits === 0) this.#bind(device, 0, table);
    else {
      this.iommu.bindGuestStage(this.domain, device, {
        flags: PASID_TABLE,
        pasidt: { version: PASID_TABLE_CFG_VERSION_1, basePtr: table, pasidBits: bits },
      });
    }
  }

  invalidate(commands: readonly NativeCommand[]): void {
    const [anyone] = this.#devices.values();
    if (anyone === undefined) return this.iommu.flushIotlbAll(this.domain);
    const tlbs: CacheInvalidateInfo[] = [];
    const descriptors = new Map<IommuDevice, CacheInvalidateInfo[]>();
    for (const command of commands) {
      const info = infoOf(command, this.iommu.features.granules[0]);
      if ((info.cache & IOMMU_CACHE_INV_TYPE_PASID) === 0) {
        tlbs.push(info);
        continue;
      }
      const device = this.#device(Number(valueOf(command, Command.StreamID)));
      const list = descriptors.get(device);
      if (list === undefined) descriptors.set(device, [info]);
      else list.push(info);
    }
    // Configuration first: what is walked after it must not bring old translations back.
    for (const [device, infos] of descriptors) this.iommu.cacheInvalidate(this.domain, device, infos);
    if (tlbs.length > 0) this.iommu.cacheInvalidate(this.domain, anyone, tlbs);
  }

  respond(token: unknown, answer: StallAnswer): void {
    const { device, fault } = token as { device: IommuDevice; fault: IommuFault };
    const code =
      answer === 'retry' ? IOMMU_PAGE_RESP_SUCCESS : answer === 'abort' ? IOMMU_PAGE_RESP_FAILURE : RAZ_WI;
    this.iommu.pageResponse(device, { streamId: fault.streamId, grpid: fault.grpid!, code });
  }

  close(): void {
    for (const vsid of [...this.#devices.keys()]) this.removeStream(vsid);
    if (this.own) this.iommu.domainFree(this.domain);
  }

  #bind(device: IommuDevice, flags: number, cdptrDma = 0n): void {
    const { asidBits } = this.iommu.features;
    this.iommu.bindGuestStage(this.domain, device, {
      flags: SMMUV3_S1_CFG,
      smmuS1: { flags, cdptrDma, asidBits },
    });
  }

  /** What of a CD table the form has words for. */
  #checkTable(ste: readonly bigint[]): void {
    if (numberOf(ste, Ste.S1Fmt) === Ste.S1FMT_4K_L2 || numberOf(ste, Ste.S1Fmt) === Ste.S1FMT_64K_L2)
      throw new IommuError('EOPNOTSUPP', 'bind_guest_stage has no two-level CD tables');
    if (numberOf(ste, Ste.S1DSS) !== Ste.S1DSS_SUBSTREAM0)
      throw new IommuError(
        'EOPNOTSUPP',
        'bind_guest_stage cannot say S1DSS: transactions without PASID use CD 0',
      );
  }

  #fault(vsid: number, fault: IommuFault): typeof FAULT_NOT_HANDLED | undefined {
    const { event } = fault;
    const { onEvent } = this;
    if (onEvent === undefined) return FAULT_NOT_HANDLED;
    const [word0, word1, word2, word3] = event.words;
    const words = [(word0 & ~STREAM_ID) | placed(EventRecord.StreamID, vsid), word1, word2, word3] as const;
    const device = this.#device(vsid);
    if (event.stall === true && event.s2 !== true) {
      onEvent({ kind: 'stall', vsid, stag: event.stag!, words, token: { device, fault } });
      return undefined;
    }
    // A stage 2 fault is told here and stays the host's to deal with.
    if (numberOf(words, EventRecord.NUMBER) !== 0) onEvent({ kind: 'event', vsid, words });
    return event.s2 === true ? FAULT_NOT_HANDLED : undefined;
  }

  #device(vsid: number): IommuDevice {
    const device = this.#devices.get(vsid);
    if (device === undefined) throw new IommuError('ENOENT', `StreamID ${vsid} has no device`);
    return device;
  }
}

/** A native command in the structure of 2018. */
function infoOf(command: NativeCommand, smallest: number): CacheInvalidateInfo {
  const opcode = numberOf(command, Command.OPCODE);
  const archid = numberOf(command, Command.TLBI_ASID);
  switch (opcode) {
    case Opcode.TLBI_NH_ALL:
    case Opcode.TLBI_NSNH_ALL:
      return { cache: IOMMU_CACHE_INV_TYPE_IOTLB, granularity: IOMMU_INV_GRANU_DOMAIN };
    case Opcode.TLBI_NH_ASID:
      return {
        cache: IOMMU_CACHE_INV_TYPE_IOTLB,
        granularity: IOMMU_INV_GRANU_PASID,
        pasidInfo: { flags: IOMMU_INV_PASID_FLAGS_ARCHID, archid },
      };
    case Opcode.TLBI_NH_VA:
    case Opcode.TLBI_NH_VAA:
      return addressInfo(command, opcode === Opcode.TLBI_NH_VA ? archid : undefined, smallest);
    case Opcode.CFGI_CD:
      return {
        cache: IOMMU_CACHE_INV_TYPE_PASID,
        granularity: IOMMU_INV_GRANU_PASID,
        pasidInfo: { flags: IOMMU_INV_PASID_FLAGS_PASID, pasid: numberOf(command, Command.SubstreamID) },
      };
    case Opcode.CFGI_CD_ALL:
      return { cache: IOMMU_CACHE_INV_TYPE_PASID, granularity: IOMMU_INV_GRANU_DOMAIN };
    default:
      throw new IommuError('EOPNOTSUPP', `command ${opcode} has no form of 2018`);
  }
}

function addressInfo(
  command: NativeCommand,
  archid: number | undefined,
  smallest: number,
): CacheInvalidateInfo {
  const tg = numberOf(command, Command.TLBI_TG);
  const leaf = numberOf(command, Command.TLBI_Leaf) === 1;
  const granule = tg === Command.TLBI_TG_NONE ? smallest : 10 + 2 * tg;
  const addr = valueOf(command, Command.TLBI_Address) << 12n;
  const start = (addr >> BigInt(granule)) << BigInt(granule);
  const asked =
    tg === Command.TLBI_TG_NONE
      ? 1
      : (numberOf(command, Command.TLBI_NUM) + 1) * 2 ** numberOf(command, Command.TLBI_SCALE);
  // What lies past the top of the address space, or is more than the structure can count, is everything of the ASID's.
  const most = Number(((1n << 64n) - start) >> BigInt(granule));
  const nbGranules = Math.min(asked, most);
  if (nbGranules > 2 ** 32) {
    return archid === undefined
      ? { cache: IOMMU_CACHE_INV_TYPE_IOTLB, granularity: IOMMU_INV_GRANU_DOMAIN }
      : {
          cache: IOMMU_CACHE_INV_TYPE_IOTLB,
          granularity: IOMMU_INV_GRANU_PASID,
          pasidInfo: { flags: IOMMU_INV_PASID_FLAGS_ARCHID, archid },
        };
  }
  return {
    cache: IOMMU_CACHE_INV_TYPE_IOTLB,
    granularity: IOMMU_INV_GRANU_ADDR,
    addrInfo: {
      flags:
        (archid === undefined ? 0 : IOMMU_INV_ADDR_FLAGS_ARCHID) | (leaf ? IOMMU_INV_ADDR_FLAGS_LEAF : 0),
      ...(archid === undefined ? {} : { archid }),
      addr: start,
      granuleSize: 2 ** granule,
      nbGranules,
    },
  };
}
