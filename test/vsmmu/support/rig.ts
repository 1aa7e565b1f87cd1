// The setting of the tests: guest RAM of 16 MiB at GPA 0x8000_0000, a linear Stream table, queues, and vSID 8 over a back end.
import { Smmu } from '../../../src/index.js';
import {
  guestMemory,
  type IommuDevice,
  type IommuDomain,
  PROT_CACHE,
  PROT_READ,
  PROT_WRITE,
} from '../../../src/iommu/index.js';
import { IOMMU_HWPT_ALLOC_NEST_PARENT, Iommufd } from '../../../src/iommufd/index.js';
import type { GuestMemory } from '../../../src/index.js';
import {
  type BindBackend,
  bindBackend,
  type HostAbilities,
  iommufdBackend,
  type VirtualDevice,
  VirtualSmmu,
  type VirtualSmmuOptions,
  type VsmmuBackend,
} from '../../../src/vsmmu/index.js';
import { Host, POOL_BYTES, RAM, RAM_BYTES } from '../../iommu/support/host.js';
import type { Id } from '../../support/machine.js';
import { Recorder, StrictBackend } from './backends.js';

export const GPA = 0x8000_0000n;
export const PA = 0x4800_0000n;
export const GUEST_BYTES = 16 << 20;
export const TABLE = 0x8001_0000n;
export const CMDQ = 0x8002_0000n;
export const EVENTQ = 0x8003_0000n;
export const SID = 0x4567;
export const VSID = 8;
/** Words of a guest's STE that translates through a CD at 0x8004_0000. */
export const S1 = [0x8004_000bn, 0xd4n] as const;

/** Offsets of registers (IHI 0070 §6.2). */
export const R = {
  CR0: 0x20,
  CR0ACK: 0x24,
  CR2: 0x2c,
  GBPA: 0x44,
  IRQ_CTRL: 0x50,
  GERROR: 0x60,
  GERRORN: 0x64,
  STRTAB_BASE: 0x80,
  STRTAB_BASE_CFG: 0x88,
  CMDQ_BASE: 0x90,
  CMDQ_PROD: 0x98,
  CMDQ_CONS: 0x9c,
  EVENTQ_BASE: 0xa0,
  EVENTQ_PROD: 0x100a8,
  EVENTQ_CONS: 0x100ac,
} as const;
export const SMMUEN = 1;
export const EVENTQEN = 4;
export const CMDQEN = 8;

export type Kind = 'strict' | 'bind' | 'iommufd';
export const KINDS: readonly Kind[] = ['strict', 'bind', 'iommufd'];
export const HOSTS: readonly Kind[] = ['bind', 'iommufd'];

export interface RigOptions extends Partial<Omit<VirtualSmmuOptions<unknown>, 'backend' | 'memory'>> {
  readonly kind?: Kind;
  /** Fields of the host's identification. Default: it has no stalls. */
  readonly hostId?: Id;
  readonly abilities?: Partial<HostAbilities>;
  /** false: no device yet. */
  readonly device?: boolean;
  /** Of the form of today: events that its queue holds. */
  readonly veventqDepth?: number;
}

/** Memory of a guest that no host stands behind. */
export function plainMemory(base = GPA, size = GUEST_BYTES): GuestMemory {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  const at = (address: bigint, length: number): number => {
    const offset = address - base;
    if (offset < 0n || offset + BigInt(length) > BigInt(size)) throw new RangeError('no RAM');
    return Number(offset);
  };
  return {
    read64: (a) => view.getBigUint64(at(a, 8), true),
    write64: (a, v) => view.setBigUint64(at(a, 8), v, true),
    read32: (a) => view.getUint32(at(a, 4), true),
    write32: (a, v) => view.setUint32(at(a, 4), v, true),
    read: (a, n) => bytes.slice(at(a, n), at(a, n) + n),
    write: (a, b) => bytes.set(b, at(a, b.length)),
    view: (a, n) => bytes.subarray(at(a, n), at(a, n) + n),
  };
}

interface Built {
  readonly backend: VsmmuBackend<unknown>;
  readonly memory: GuestMemory;
  readonly h: Host | undefined;
  readonly fd: Iommufd | undefined;
  readonly strict: StrictBackend | undefined;
  /** Of the form of today: its queues are read, or wait. */
  readonly late?: { on: boolean; readonly calls: Set<() => void> };
  newDevice(sid: number): unknown;
}

async function build({ kind = 'strict', hostId, abilities, veventqDepth }: RigOptions): Promise<Built> {
  if (kind === 'strict') {
    const strict = new StrictBackend({ ...new StrictBackend().abilities, ...abilities });
    const backend = strict as VsmmuBackend<unknown>;
    return {
      backend,
      memory: plainMemory(),
      h: undefined,
      fd: undefined,
      strict,
      newDevice: (sid) => `device ${sid}`,
    };
  }
  const h = await Host.create({
    id: hostId ?? { STALL_MODEL: 1, STALL_MAX: 0 },
    pool: { base: RAM, size: POOL_BYTES },
    smmu: {
      ram: [
        { base: RAM, size: RAM_BYTES },
        { base: PA, size: GUEST_BYTES },
      ],
    },
  });
  const memory = guestMemory(h.smmu.memory, { ipa: GPA, pa: PA, size: GUEST_BYTES });
  if (kind === 'bind') {
    const backend = bindBackend(h.iommu);
    h.iommu.map(backend.domain, GPA, PA, GUEST_BYTES, PROT_READ | PROT_WRITE | PROT_CACHE);
    const newDevice = (sid: number): IommuDevice => h.device(sid, { stall: hostId !== undefined });
    return {
      backend,
      memory,
      h,
      fd: undefined,
      strict: undefined,
      newDevice,
    };
  }
  const fd = new Iommufd(h.iommu);
  const first = fd.bindDevice(h.device(0x7fff));
  const ioasId = fd.ioasAlloc();
  fd.ioasMap({ ioasId, userVa: PA, length: BigInt(GUEST_BYTES), iova: GPA });
  fd.hwptAlloc({ devId: first, ptId: ioasId, flags: IOMMU_HWPT_ALLOC_NEST_PARENT });
  const late = { on: false, calls: new Set<() => void>() };
  const watch = fd.watch.bind(fd);
  fd.watch = (file, onReadable) =>
    watch(file, onReadable && (() => (late.on ? void late.calls.add(onReadable) : onReadable())));
  const depth = veventqDepth === undefined ? {} : { veventqDepth };
  const backend = iommufdBackend(fd, { devId: first, ...depth });
  const newDevice = (sid: number): number => fd.bindDevice(h.device(sid));
  return { backend, memory, h, fd, strict: undefined, late, newDevice };
}

export class Rig {
  prod = 0;
  device!: VirtualDevice;

  private constructor(
    readonly vsmmu: VirtualSmmu,
    /** What the back end was asked, and the interrupts between. */
    readonly ops: string[],
    readonly recorder: Recorder<unknown>,
    readonly memory: GuestMemory,
    private readonly built: Built,
  ) {}

  static async create(options: RigOptions = {}): Promise<Rig> {
    const built = await build(options);
    const ops: string[] = [];
    const recorder = new Recorder(built.backend, ops);
    const { kind: _k, hostId: _h, abilities: _a, veventqDepth: _v, device, ...rest } = options;
    const vsmmu = await VirtualSmmu.create<unknown>({
      ...rest,
      backend: recorder,
      memory: built.memory,
      onInterrupt: (source) => {
        ops.push(`irq ${source}`);
        rest.onInterrupt?.(source);
      },
    });
    const rig = new Rig(vsmmu, ops, recorder, built.memory, built);
    vsmmu.write64(R.STRTAB_BASE, TABLE);
    vsmmu.write32(R.STRTAB_BASE_CFG, 8);
    vsmmu.write64(R.CMDQ_BASE, CMDQ | 4n);
    vsmmu.write64(R.EVENTQ_BASE, EVENTQ | 2n);
    vsmmu.write32(R.IRQ_CTRL, 5);
    if (device !== false) rig.device = rig.add();
    return rig;
  }

  get h(): Host {
    return this.built.h!;
  }
  get strict(): StrictBackend | undefined {
    return this.built.strict;
  }
  get fd(): Iommufd {
    return this.built.fd!;
  }

  readonly #devices = new Map<number, unknown>();

  add(vsid = VSID, sid = SID): VirtualDevice {
    const device = this.built.newDevice(sid);
    this.#devices.set(sid, device);
    return this.vsmmu.addDevice({ vsid, device });
  }

  /** Of the form of today: nobody reads the host's queues, until somebody does again and finds what they held. */
  set late(on: boolean) {
    const { late } = this.built;
    if (late === undefined) return;
    late.on = on;
    if (on) return;
    for (const read of late.calls) read();
    late.calls.clear();
  }

  /** Of the 2018 form: the domain whose stage 2 is the guest's RAM. */
  get domain(): IommuDomain {
    return (this.built.backend as unknown as BindBackend).domain;
  }

  newDevice(sid: number): unknown {
    return this.built.newDevice(sid);
  }

  /** What stands for the device with this StreamID of the host's. */
  lastDevice(sid: number): unknown {
    return this.#devices.get(sid);
  }

  /** What happened since the last call. */
  took(): string[] {
    return this.ops.splice(0);
  }

  /** Writes words of an STE; the others keep what they have. */
  ste(words: readonly bigint[], vsid = VSID): void {
    words.forEach((word, i) => this.memory.write64(TABLE + BigInt(vsid * 64 + 8 * i), word));
  }

  enable(bits = SMMUEN | EVENTQEN | CMDQEN): void {
    this.vsmmu.write32(R.CR0, bits);
  }

  put(...commands: readonly (readonly [bigint, bigint])[]): void {
    for (const [word0, word1] of commands) {
      const at = CMDQ + BigInt((this.prod & 15) * 16);
      this.memory.write64(at, word0);
      this.memory.write64(at + 8n, word1);
      this.prod = (this.prod + 1) & 31;
    }
  }

  /** Commands, and one doorbell. */
  send(...commands: readonly (readonly [bigint, bigint])[]): void {
    this.put(...commands);
    this.vsmmu.write32(R.CMDQ_PROD, this.prod);
  }

  get cons(): number {
    return this.vsmmu.read32(R.CMDQ_CONS) & 0xf_ffff;
  }
  get err(): number {
    return (this.vsmmu.read32(R.CMDQ_CONS) >>> 24) & 0x7f;
  }
  get errorActive(): boolean {
    return ((this.vsmmu.read32(R.GERROR) ^ this.vsmmu.read32(R.GERRORN)) & 1) === 1;
  }

  /** What DMA of the device comes to; of a host that keeps books only, nothing. */
  dma(iova: bigint, expected: string, sid = SID, write = false): string {
    return this.built.h === undefined ? expected : this.h.outcome(sid, iova, write);
  }

  /** Records in the guest's Event queue, as words. */
  event(slot: number): bigint[] {
    return [0, 8, 16, 24].map((n) => this.memory.read64(EVENTQ + BigInt(slot * 32 + n)));
  }
}

export const at = (pa: bigint): string => `0x${pa.toString(16)}`;
export const cfgiSte = (vsid = VSID): readonly [bigint, bigint] => [(BigInt(vsid) << 32n) | 3n, 1n];
export const CFGI_ALL = [4n, 31n] as const;
export const cfgiCd = (vsid = VSID): readonly [bigint, bigint] => [(BigInt(vsid) << 32n) | 5n, 1n];
/** CMD_SYNC with SIG_IRQ, and with no signal. */
export const SYNC_IRQ = [0x1046n, 0n] as const;
export const SYNC = [0x46n, 0n] as const;
export const NH_VA = [0x0005_0000_0000_0012n, 0x1000n] as const;
export const NSNH_ALL = [0x30n, 0n] as const;
/** A stage 1 fault as hardware records it, the StreamID the guest's. */
export const FAULT = [0x8_0000_0010n, 0x208_0000_0000n, 0x1000n, 0n] as const;
export { Smmu };
