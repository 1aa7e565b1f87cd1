import type { Command } from 'commander';
import { fromInputSync } from '../base/capture-error.js';
import { hex } from '../base/fields.js';
import {
  cdStage1,
  guestMemory,
  HostIommu,
  IOMMU_CACHE_INV_TYPE_IOTLB,
  IOMMU_INV_ADDR_FLAGS_ARCHID,
  IOMMU_INV_ADDR_FLAGS_LEAF,
  IOMMU_INV_GRANU_ADDR,
  IoPageTable,
  PagePool,
  PROT_CACHE,
  PROT_READ,
  PROT_WRITE,
  SMMUV3_S1_CFG,
} from '../iommu/index.js';
import { Smmu } from '../device/smmu.js';
import { oneOf } from '../base/check.js';
import { outcome } from '../replay/tally.js';
import { toJson, type Output } from './output.js';
import { commandsSince } from './queued-commands.js';
import { playVsmmu, type VsmmuStep } from './vsmmu-demo.js';

const RAM = 0x4000_0000n;
const SID = 0x10;
const ASID = 5;
const RW = PROT_READ | PROT_WRITE | PROT_CACHE;
/** 4 MiB that the guest sees at 0x8000_0000. */
const GUEST = { ipa: 0x8000_0000n, pa: 0x4200_0000n, size: 4 << 20 } as const;
const CMDQ_PROD = 0x98;

interface Dma {
  readonly iova: bigint;
  readonly status: string;
  readonly result: string;
  readonly note: string;
}

/** One scene: what happened, what the driver told the SMMU, what DMA came to. */
interface Step {
  readonly title: string;
  readonly commands: string[];
  readonly ste: string[];
  readonly dma: Dma[];
  readonly told: string[];
}

/** The story of docs/nested-guest.md, with what goes through the command queue. */
class NestedDemo {
  readonly steps: Step[] = [];

  private constructor(
    private readonly smmu: Smmu,
    private readonly iommu: HostIommu,
  ) {}

  static async play(): Promise<Step[]> {
    // The SMMU must be there before its driver, and its interrupts go to the driver.
    const made: { iommu?: HostIommu } = {};
    const smmu = await Smmu.create({
      ram: [{ base: RAM, size: 64 << 20 }],
      timing: false,
      onInterrupt: (source) => made.iommu?.interrupt(source),
    });
    const iommu = await HostIommu.probe(smmu, { pool: { base: RAM, size: 16 << 20 } });
    made.iommu = iommu;
    const demo = new NestedDemo(smmu, iommu);
    demo.tell();
    smmu.dispose();
    return demo.steps;
  }

  private tell(): void {
    const { iommu, smmu } = this;
    const device = iommu.addDevice({ streamIds: [SID] });
    const domain = iommu.domainAlloc({ type: 'nested' });
    iommu.setFaultHandler(device, ({ addr, event }) =>
      this.steps.at(-1)!.told.push(`${event.name} at ${hex(addr ?? 0n)}`),
    );
    this.scene('The host gives the device the guest’s RAM: stage 2 alone', () => {
      iommu.map(domain, GUEST.ipa, GUEST.pa, GUEST.size, RW);
      iommu.attachDevice(domain, device);
    });
    this.dma(0x8030_0000n, 'a guest-physical address');

    const memory = guestMemory(smmu.memory, GUEST);
    const pool = new PagePool(memory, GUEST.ipa, GUEST.size / 2);
    const table = new IoPageTable(memory, pool, { stage: 1, granule: 12, iasBits: 39, oasBits: 40 });
    const cd = pool.alloc(64);
    this.scene('The guest builds a stage 1 table and a CD in its RAM, and the host binds it', () => {
      table.map(0x1000n, 0x8030_0000n, 4096n, RW);
      table.map(0x2000n, 0x8030_1000n, 4096n, RW);
      cdStage1(table.stage1, { asid: ASID }).forEach((word, i) => memory.write64(cd + BigInt(8 * i), word));
      const smmuS1 = { flags: 0, cdptrDma: cd, asidBits: 16 };
      iommu.bindGuestStage(domain, device, { flags: SMMUV3_S1_CFG, smmuS1 });
    });
    this.dma(0x1000n, 'through both stages');
    this.dma(0x2040n, 'through both stages');

    this.scene('The guest unmaps a page and tells nobody', () => table.unmap(0x1000n, 4096n));
    this.dma(0x1000n, 'stale: the TLB still has it');

    this.scene('The guest invalidates; the host adds its VMID', () => {
      const flags = IOMMU_INV_ADDR_FLAGS_ARCHID | IOMMU_INV_ADDR_FLAGS_LEAF;
      iommu.cacheInvalidate(domain, device, {
        cache: IOMMU_CACHE_INV_TYPE_IOTLB,
        granularity: IOMMU_INV_GRANU_ADDR,
        addrInfo: { flags, archid: ASID, addr: 0x1000n, granuleSize: 4096, nbGranules: 1 },
      });
    });
    this.dma(0x1000n, 'gone');
    this.dma(0x2000n, 'its neighbour stays');

    this.scene('The host unbinds: stage 2 alone again', () => iommu.unbindGuestStage(domain, device));
    this.dma(0x8030_0000n, 'a guest-physical address');

    this.scene('The host takes the guest’s RAM away', () => iommu.unmap(domain, GUEST.ipa, GUEST.size));
    this.dma(0x8030_0000n, 'out of reach at once; a stage 2 fault is not the guest’s to see');

    this.scene('The host detaches the device', () => iommu.detachDevice(domain, device));
    this.dma(0x8030_0000n, 'blocked, silently');
  }

  private scene(title: string, action: () => void): void {
    const { smmu } = this;
    const before = smmu.read32(CMDQ_PROD);
    action();
    const commands = commandsSince(smmu, before);
    this.steps.push({ title, commands, ste: this.ste().map(hex), dma: [], told: [] });
  }

  /** The first four words of the stream's entry; the table has two levels, and this stream is in the first of the second. */
  private ste(): bigint[] {
    const { memory } = this.smmu;
    const level2 = memory.read64(this.smmu.read64(0x80) & 0xff_ffff_ffff_ffc0n) & 0xff_ffff_ffff_ffc0n;
    return [0, 8, 16, 24].map((offset) => memory.read64(level2 + BigInt(SID * 64 + offset)));
  }

  private dma(iova: bigint, note: string): void {
    const translation = this.smmu.translate({ streamId: SID, iova });
    this.steps.at(-1)!.dma.push({ iova, status: translation.status, result: outcome(translation), note });
  }
}

function text(steps: readonly Step[], { heading, good, bad, dim }: Output['paint']): string {
  const lines = steps.flatMap((step, i) => [
    `${heading(`${i + 1}. ${step.title}`)}`,
    ...(step.commands.length > 0 ? [`   commands  ${step.commands.join(', ')}`] : []),
    dim(`   STE       ${step.ste.join(' ')}`),
    ...step.dma.map(({ iova, status, result, note }) => {
      const paint = status === 'ok' ? good : bad;
      return `   DMA       ${hex(iova)} -> ${paint(result)}  ${dim(`(${note})`)}`;
    }),
    ...step.told.map((fault) => `   guest     is told: ${fault}`),
    '',
  ]);
  return lines.join('\n');
}

/** Words of a list, in lines of 80 columns behind a label. */
function wrapped(label: string, words: readonly string[], separator: string): string[] {
  if (words.length === 0) return [];
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    const longer = line === '' ? word : `${line}${separator}${word}`;
    if (line !== '' && (longer.length > 67 || separator === '')) {
      lines.push(separator === '' ? line : `${line},`);
      line = word;
    } else line = longer;
  }
  lines.push(line);
  return lines.map((text, i) => `   ${(i === 0 ? label : '').padEnd(8)} ${text}`);
}

function vsmmuText(steps: readonly VsmmuStep[], { heading, good, bad, dim }: Output['paint']): string {
  const lines = steps.flatMap((step, i) => [
    heading(`${i + 1}. ${step.title}`),
    ...wrapped('guest', step.guest, ', '),
    ...wrapped('vSMMU', step.asked, ''),
    ...wrapped('host', step.host, ', ').map(dim),
    ...(step.ste.length > 0 ? [dim(`   STE      ${step.ste.join(' ')}`)] : []),
    ...step.dma.map(({ iova, status, result, note }) => {
      const paint = status === 'ok' ? good : bad;
      return `   DMA      ${hex(iova)} -> ${paint(result)}  ${dim(`(${note})`)}`;
    }),
    ...step.told.map((fault) => `   guest    is told: ${fault}`),
    '',
  ]);
  return lines.join('\n');
}

/** Adds `demo`. */
export function addDemo(program: Command, output: Output): void {
  program
    .command('demo')
    .description('a story with the driver: what it tells the SMMU, and what DMA comes to')
    .argument(
      '<NAME>',
      "'nested': a guest's stage 1 over the host's stage 2; 'vsmmu': a guest's own SMMU in front",
    )
    .option('--json', 'one JSON document')
    .addHelpText(
      'after',
      `
The code is that of docs/nested-guest.md: the host maps a guest's RAM, the guest builds its tables there, the host binds
them; a missing invalidation is seen, made good, and everything is taken down again.
With 'vsmmu', that of docs/vsmmu.md: a guest boots its own driver on a virtual SMMU.

Examples:
  smmuv3 demo nested
  smmuv3 demo vsmmu`,
    )
    .action(async (name: string, options: { json?: boolean }) => {
      const story = fromInputSync(() => oneOf(name, 'demo', ['nested', 'vsmmu']));
      if (story === 'vsmmu') {
        const told = await playVsmmu();
        output.out(options.json === true ? `${toJson(told)}\n` : vsmmuText(told, output.paint));
        return;
      }
      const steps = await NestedDemo.play();
      output.out(options.json === true ? `${toJson(steps)}\n` : text(steps, output.paint));
    });
}
