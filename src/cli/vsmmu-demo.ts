/** The story of docs/vsmmu.md, with what goes over each seam: the guest's driver, the back end, the host's Command queue. */
import * as Register from '../../assembly/arch/register.js';
import * as Ste from '../../assembly/arch/ste.js';
import { IommuError } from '../base/errors.js';
import { hex } from '../base/fields.js';
import { Smmu } from '../device/smmu.js';
import { commandName } from '../inspect/command.js';
import {
  guestMemory,
  HostIommu,
  type IommuDevice,
  type IommuDomain,
  type NativeCommand,
  PROT_READ,
  PROT_WRITE,
} from '../iommu/index.js';
import { IOMMU_HWPT_ALLOC_NEST_PARENT, Iommufd } from '../iommufd/index.js';
import { outcome } from '../replay/tally.js';
import {
  type HostAbilities,
  iommufdBackend,
  type StallAnswer,
  type StreamPolicy,
  VirtualSmmu,
  type VsmmuBackend,
} from '../vsmmu/index.js';
import { commandsSince } from './queued-commands.js';

const HOST_RAM = 0x4000_0000n;
const SID = 0x10;
const VSID = 8;
const RW = PROT_READ | PROT_WRITE;
/** 16 MiB that the guest sees at 0x8000_0000. */
const GUEST = { ipa: 0x8000_0000n, pa: 0x4200_0000n, size: 16 << 20 } as const;
const DATA = 0x8090_0000n;

/** One action of the guest's or of the VMM's. */
export interface VsmmuStep {
  readonly title: string;
  /** Commands that the guest queued. */
  readonly guest: readonly string[];
  /** What the virtual SMMU asked of the host. */
  readonly asked: readonly string[];
  /** Words 0 to 3 of the physical STE, where they changed. */
  readonly ste: readonly string[];
  /** Commands that the host sent to the SMMU. */
  readonly host: readonly string[];
  readonly dma: {
    readonly iova: bigint;
    readonly status: string;
    readonly result: string;
    readonly note: string;
  }[];
  /** Events in the guest's queue, as its driver sees them. */
  readonly told: string[];
}

/** Plays the story. */
export async function playVsmmu(): Promise<VsmmuStep[]> {
  const made: { host?: HostIommu; guest?: HostIommu<VirtualSmmu<number>> } = {};
  const smmu = await Smmu.create({
    ram: [{ base: HOST_RAM, size: 64 << 20 }],
    timing: false,
    onInterrupt: (source) => made.host?.interrupt(source),
  });
  const host = (made.host = await HostIommu.probe(smmu, { pool: { base: HOST_RAM, size: 16 << 20 } }));
  const fd = new Iommufd(host);
  const devId = fd.bindDevice(host.addDevice({ streamIds: [SID] }));
  const ioasId = fd.ioasAlloc();
  fd.ioasMap({ ioasId, userVa: GUEST.pa, length: BigInt(GUEST.size), iova: GUEST.ipa });
  fd.hwptAlloc({ devId, ptId: ioasId, flags: IOMMU_HWPT_ALLOC_NEST_PARENT });
  const overheard = new Overheard(iommufdBackend(fd, { devId }));
  const vsmmu = await VirtualSmmu.create({
    backend: overheard,
    memory: guestMemory(smmu.memory, GUEST),
    onInterrupt: (source) => {
      if (source !== 'cmd-sync') made.guest?.interrupt(source);
    },
  });
  const story = new Story(smmu, vsmmu, overheard.asked);

  await story.scene('The VMM puts the device behind the virtual SMMU', () =>
    vsmmu.addDevice({ vsid: VSID, device: devId }),
  );
  story.dma(0x8030_0000n, 'SMMUEN is 0: stage 2 alone');
  await story.scene('The guest boots its driver, SMMUEN last', async () => {
    made.guest = await HostIommu.probe(vsmmu, { pool: { base: GUEST.ipa, size: 8 << 20 } });
  });
  story.dma(0x8030_0000n, 'not named yet');
  const guest = made.guest!;
  const driven: { domain?: IommuDomain; device?: IommuDevice } = {};
  await story.scene('The guest maps two pages and attaches the device', () => {
    driven.device = guest.addDevice({ streamIds: [VSID] });
    guest.setFaultHandler(driven.device, ({ event, addr }) =>
      story.told(`${event.name} at ${hex(addr ?? 0n)}`),
    );
    driven.domain = guest.domainAlloc({ type: 'dma' });
    guest.map(driven.domain, 0x1000n, DATA, 8192, RW);
    guest.attachDevice(driven.domain, driven.device);
  });
  const { domain, device } = driven as Required<typeof driven>;
  story.dma(0x1040n, 'through both stages');
  story.dma(0x2040n, 'the next page');
  await story.scene('The guest unmaps the first page', () => guest.unmap(domain, 0x1000n, 4096));
  story.dma(0x1040n, 'a fault of the guest’s stage 1');
  story.dma(0x2040n, 'its neighbour stays');
  await story.scene('The guest unmaps the second page, and the host fails once', () => {
    overheard.failures = 1;
    guest.unmap(domain, 0x2000n, 4096);
  });
  story.dma(0x2040n, 'all was invalidated instead');
  await story.scene('The guest detaches the device', () => guest.detachDevice(domain, device));
  await story.scene('The guest lets the device bypass stage 1', () =>
    guest.attachDevice(guest.domainAlloc({ type: 'identity' }), device),
  );
  story.dma(DATA, 'a guest-physical address');
  story.dma(0x4000_0000n, 'never in reach');
  await story.scene('The machine is reset', () => vsmmu.reset());
  story.dma(DATA, 'GBPA: stage 2 alone');
  smmu.dispose();
  return story.steps;
}

class Story {
  readonly steps: VsmmuStep[] = [];
  #told: string[] = [];

  constructor(
    private readonly smmu: Smmu,
    private readonly vsmmu: VirtualSmmu<number>,
    private readonly asked: string[],
  ) {}

  async scene(title: string, action: () => unknown): Promise<void> {
    const marks = [this.smmu, this.vsmmu].map((one) => one.read32(Register.CMDQ_PROD));
    const before = this.ste().join();
    this.asked.length = 0;
    this.#told = [];
    await action();
    const ste = this.ste();
    this.steps.push({
      title,
      guest: commandsSince(this.vsmmu, marks[1]),
      asked: [...this.asked],
      ste: ste.join() === before ? [] : ste.map(hex),
      host: commandsSince(this.smmu, marks[0]),
      dma: [],
      told: this.#told,
    });
  }

  told(what: string): void {
    this.#told.push(what);
  }

  dma(iova: bigint, note: string): void {
    const translation = this.smmu.translate({ streamId: SID, iova });
    this.steps.at(-1)!.dma.push({ iova, status: translation.status, result: outcome(translation), note });
  }

  /** Words 0 to 3; the table has two levels, and this stream is in the first of the second. */
  private ste(): bigint[] {
    const { memory } = this.smmu;
    const l2 =
      memory.read64(this.smmu.read64(Register.STRTAB_BASE) & 0xff_ffff_ffff_ffc0n) & 0xff_ffff_ffff_ffc0n;
    return [0, 8, 16, 24].map((offset) => memory.read64(l2 + BigInt(SID * Ste.BYTES + offset)));
  }
}

/** Names a policy as the kernel's calls do. */
function asCall(policy: StreamPolicy): string {
  if (policy.kind === 'abort') return 'attach the hwpt that aborts';
  if (policy.kind === 'bypass') return 'attach the hwpt that bypasses';
  return `HWPT_ALLOC ste ${policy.ste.map(hex).join(' ')}, attach, DESTROY the old one`;
}

/** A back end that writes down what it is asked, and fails where the story wants it. */
class Overheard implements VsmmuBackend<number> {
  readonly asked: string[] = [];
  failures = 0;

  constructor(private readonly inner: VsmmuBackend<number>) {}

  get onEvent(): VsmmuBackend<number>['onEvent'] {
    return this.inner.onEvent;
  }
  set onEvent(handler) {
    this.inner.onEvent = handler;
  }
  hwInfo(device?: number): HostAbilities {
    return this.inner.hwInfo(device);
  }
  addStream(vsid: number, device: number): void {
    this.asked.push(`attach the hwpt that aborts, VDEVICE_ALLOC virt_id ${vsid}`);
    this.inner.addStream(vsid, device);
  }
  removeStream(vsid: number): void {
    this.inner.removeStream(vsid);
  }
  setStream(vsid: number, policy: StreamPolicy): void {
    this.asked.push(asCall(policy));
    this.inner.setStream(vsid, policy);
  }
  invalidate(commands: readonly NativeCommand[]): void {
    const names = commands.map((command) => commandName(command)).join(', ');
    this.asked.push(`HWPT_INVALIDATE ${names}${this.failures > 0 ? ': fails' : ''}`);
    if (this.failures-- > 0) throw new IommuError('ETIMEDOUT', 'the story wants it');
    this.failures = 0;
    this.inner.invalidate(commands);
  }
  respond(token: unknown, answer: StallAnswer): void {
    this.inner.respond(token, answer);
  }
  close(): void {
    this.inner.close();
  }
}
