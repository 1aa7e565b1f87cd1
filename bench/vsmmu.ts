/** The virtual SMMU of smmuv3-wasm/vsmmu: what a guest's actions cost through the whole stack, over each form of the host interface. */
import * as Opcode from '../assembly/arch/opcode.js';
import * as Register from '../assembly/arch/register.js';
import { Smmu } from '../src/index.js';
import {
  guestMemory,
  HostIommu,
  type IommuDevice,
  type IommuDomain,
  PROT_CACHE,
  PROT_READ,
  PROT_WRITE,
} from '../src/iommu/index.js';
import { IOMMU_HWPT_ALLOC_NEST_PARENT, Iommufd } from '../src/iommufd/index.js';
import { bindBackend, iommufdBackend, VirtualSmmu, type VsmmuBackend } from '../src/vsmmu/index.js';
import type { Load } from './measure.js';
import type { Reference } from './reference.js';
import type { Case } from './row.js';

const RAM = 0x4000_0000n;
const GUEST = { ipa: 0x8000_0000n, pa: 0x4200_0000n, size: 16 << 20 } as const;
const OUTPUT = GUEST.ipa + 0x90_0000n;
const RW = PROT_READ | PROT_WRITE | PROT_CACHE;
const SID = 0x10;
const VSID = 8;
const IOVA = 0x10_0000n;
const PAGE = 4096;
/** Calls of one sample. */
const CALLS = 200;
/** Commands between two CMD_SYNCs of a batched invalidation. */
const BATCH = 63;

type Form = 'bind' | 'iommufd';

interface Stack {
  readonly smmu: Smmu;
  readonly vsmmu: VirtualSmmu<unknown>;
  readonly guest: HostIommu<VirtualSmmu<unknown>>;
  readonly domain: IommuDomain;
  readonly device: IommuDevice;
}

async function stack(form: Form): Promise<Stack> {
  const smmu = await Smmu.create({ ram: [{ base: RAM, size: 64 << 20 }], timing: false });
  const host = await HostIommu.probe(smmu, { pool: { base: RAM, size: 16 << 20 } });
  const assigned = host.addDevice({ streamIds: [SID] });
  const { backend, device } = form === 'bind' ? bound(host, assigned) : opened(host, assigned);
  const vsmmu = await VirtualSmmu.create({ backend, memory: guestMemory(smmu.memory, GUEST) });
  vsmmu.addDevice({ vsid: VSID, device });
  const guest = await HostIommu.probe(vsmmu, { pool: { base: GUEST.ipa, size: 8 << 20 } });
  const inGuest = guest.addDevice({ streamIds: [VSID] });
  const domain = guest.domainAlloc({ type: 'dma' });
  guest.attachDevice(domain, inGuest);
  return { smmu, vsmmu, guest, domain, device: inGuest };
}

interface Behind {
  readonly backend: VsmmuBackend<unknown>;
  readonly device: unknown;
}

function bound(host: HostIommu, device: IommuDevice): Behind {
  const backend = bindBackend(host);
  host.map(backend.domain, GUEST.ipa, GUEST.pa, GUEST.size, RW);
  return { backend, device };
}

function opened(host: HostIommu, device: IommuDevice): Behind {
  const fd = new Iommufd(host);
  const devId = fd.bindDevice(device);
  const ioasId = fd.ioasAlloc();
  fd.ioasMap({ ioasId, userVa: GUEST.pa, length: BigInt(GUEST.size), iova: GUEST.ipa });
  fd.hwptAlloc({ devId, ptId: ioasId, flags: IOMMU_HWPT_ALLOC_NEST_PARENT });
  return { backend: iommufdBackend(fd, { devId }), device: devId };
}

function expectDma({ smmu }: Stack, status: string, name: string): void {
  const translation = smmu.translate({ streamId: SID, iova: IOVA });
  if (translation.status !== status) throw new Error(`${name}: DMA gives ${translation.status}`);
}

async function mapAndUnmap(form: Form): Promise<Load> {
  const s = await stack(form);
  const name = `guest's map, unmap and sync of one page, ${form}`;
  return {
    name,
    operations: CALLS,
    work: () => {
      for (let i = 0; i < CALLS; i++) {
        s.guest.map(s.domain, IOVA, OUTPUT, PAGE, RW);
        s.guest.unmap(s.domain, IOVA, PAGE);
      }
    },
    check: () => {
      s.guest.map(s.domain, IOVA, OUTPUT, PAGE, RW);
      expectDma(s, 'ok', name);
      s.guest.unmap(s.domain, IOVA, PAGE);
      expectDma(s, 'abort', name);
    },
  };
}

async function switchSte(form: Form): Promise<Load> {
  const s = await stack(form);
  const identity = s.guest.domainAlloc({ type: 'identity' });
  const name = `guest's STE switched, ${form}`;
  return {
    name,
    operations: 2 * CALLS,
    work: () => {
      for (let i = 0; i < CALLS; i++) {
        s.guest.attachDevice(identity, s.device);
        s.guest.attachDevice(s.domain, s.device);
      }
    },
    check: () => expectDma(s, 'abort', name),
  };
}

/** Commands put into the guest's queue by hand, so that nothing but the virtual SMMU and what is behind it is measured. */
async function invalidate(form: Form, batch: number): Promise<Load> {
  const s = await stack(form);
  const { vsmmu } = s;
  const base = vsmmu.read64(Register.CMDQ_BASE);
  const entries = 2 ** Number(base & 31n);
  const start = base & 0xff_ffff_ffff_ffe0n;
  let prod = vsmmu.read32(Register.CMDQ_PROD);
  const put = (word0: bigint, word1: bigint): void => {
    const at = start + BigInt((prod % entries) * 16);
    vsmmu.memory.write64(at, word0);
    vsmmu.memory.write64(at + 8n, word1);
    prod = (prod + 1) % (2 * entries);
  };
  const calls = Math.ceil(CALLS / batch);
  const kind = batch === 1 ? 'each with its CMD_SYNC' : `${batch} with one CMD_SYNC`;
  return {
    name: `guest's TLBI_NH_VA, ${kind}, ${form}`,
    operations: calls * batch,
    work: () => {
      for (let i = 0; i < calls; i++) {
        for (let n = 0; n < batch; n++) put(BigInt(Opcode.TLBI_NH_VA) | (1n << 48n), IOVA + BigInt(n * PAGE));
        put(BigInt(Opcode.SYNC), 0n);
        vsmmu.write32(Register.CMDQ_PROD, prod);
      }
    },
    check: () => {
      const { batches, forwarded, failedBatches } = vsmmu.stats();
      if (vsmmu.read32(Register.CMDQ_CONS) !== prod || failedBatches > 0 || forwarded < batches)
        throw new Error('the queue has stopped');
    },
  };
}

/** The rows of the virtual SMMU, as operations a second. */
export async function vsmmuCases(reference: Reference): Promise<Case[]> {
  const loads: Load[] = [];
  for (const form of ['bind', 'iommufd'] as const) {
    loads.push(
      await mapAndUnmap(form),
      await switchSte(form),
      await invalidate(form, 1),
      await invalidate(form, BATCH),
    );
  }
  return loads.map((load) => ({
    group: 'virtual SMMU (smmuv3-wasm/vsmmu)',
    name: load.name,
    load,
    reference: reference.tlbSimd,
    detail: () => `${load.operations} operations a call`,
  }));
}
