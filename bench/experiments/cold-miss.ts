/**
 * A cold miss of stage 1 under 'mmu600-agilex5' (TBU 400 MHz, TCU 600 MHz), configuration cached, walk caches empty, against the
 * example that Intel publishes for Agilex 5: 15 ns, 35 ns, four reads of 68 ns, 290 ns from the first read to the answer. How we
 * read that breakdown: docs/timing.md.
 */
import { type Bus, presets, type TimingConfig, type Translation } from '../../src/index.js';
import { Machine } from './machine.js';
import type { Experiment, Outcome } from './outcome.js';
import { barChart } from './svg.js';
import { type TableMemory, Tables } from './tables.js';
import { table } from './text.js';

const STREAM = 4;
const VA = 0x12_3456_7000;
const OUTPUT = 0x40_7654_3000;
const READS = 4;
/** Start of the memory behind the bus, and of the offers: an edge of both clocks. */
const BEHIND = 0x2_0000_0000;
const START = 300n;

const timing = presets['mmu600-agilex5'].timing as {
  readonly clocks: { readonly tcu: number; readonly tbu: number };
  readonly link: { readonly down: number; readonly up: number };
  readonly memory: { readonly latency: number };
};
const TCU_NS = 1000 / timing.clocks.tcu;

/** Memory behind the bus: it sees every read of a descriptor at the moment at which the model takes the answer. */
class WatchedMemory implements TableMemory, Bus {
  private free = BEHIND;
  private readonly words = new Map<number, bigint>();
  now = 0n;
  readonly seen: bigint[] = [];

  allocate(bytes: number): number {
    const address = Math.ceil(this.free / bytes) * bytes;
    this.free = address + bytes;
    return address;
  }
  get(address: number): bigint {
    return this.words.get(address) ?? 0n;
  }
  put(address: number, word: bigint): void {
    this.words.set(address, word);
  }
  read(address: number, into: Uint8Array): boolean {
    this.seen.push(this.now);
    new DataView(into.buffer, into.byteOffset).setBigUint64(0, this.get(address), true);
    return true;
  }
  write(): boolean {
    return false;
  }
}

interface Miss {
  /** TCU cycles after acceptance at which the four answers came. */
  readonly answers: readonly number[];
  /** TCU cycles from acceptance until the transaction left for memory: of the miss, and of a main TLB hit. */
  readonly translated: number;
  readonly hitTranslated: number;
}

async function miss(config: TimingConfig): Promise<Miss> {
  const memory = new WatchedMemory();
  // Without a micro TLB the second access shows the main TLB; its cycle is added below.
  const machine = await Machine.create({ timing: config, bus: memory });
  const stage1 = new Tables(memory, 1);
  stage1.map(VA, OUTPUT);
  machine.stream(STREAM, { stage1 });
  machine.prefetchConfiguration(STREAM);
  const { smmu } = machine;
  const done: Translation[] = [];
  const step = (from: bigint): Translation => {
    smmu.submit({ streamId: STREAM, iova: BigInt(VA), arrival: from });
    while (smmu.poll(done) === 0) {
      memory.now = smmu.now + 1n;
      smmu.advance(memory.now);
    }
    return done[0];
  };
  const first = step(START);
  const answers = memory.seen.map((cycle) => Number(cycle - first.accepted));
  if (first.status !== 'ok' || answers.length !== READS)
    throw new Error(`cold-miss: ${first.status} after ${answers.length} reads, expected ok after ${READS}`);
  const second = step(START + 3000n);
  smmu.dispose();
  return {
    answers,
    translated: Number(first.translated - first.accepted),
    hitTranslated: Number(second.translated - second.accepted),
  };
}

interface Line {
  readonly part: string;
  readonly cycles: number;
  readonly published: number;
  /** Allowed distance as a part of the figure. */
  readonly within: number;
}

async function run(): Promise<Outcome> {
  const base = timing as TimingConfig;
  const { answers, translated, hitTranslated } = await miss(base);
  const twice = await miss({ ...base, link: { ...timing.link, down: 2 * timing.link.down } });
  // A hit in the micro TLB leaves after its look-up and the forwarding cycle; the main TLB's look-up comes on top.
  const mainTlb = presets['mmu600-agilex5'].caches.mainTlb as { latency: number };
  const missAt = hitTranslated - 1 + Math.round((mainTlb.latency * timing.clocks.tcu) / timing.clocks.tbu);
  const issue = 1 + timing.memory.latency;
  const firstRead = answers[0] - issue;
  const down = twice.answers[0] - answers[0];
  const answerAt = translated - 1;
  const lines: Line[] = [
    { part: "TBU's miss to request at the TCU", cycles: down, published: 15, within: 0.001 },
    {
      part: 'request at the TCU to first read',
      cycles: firstRead - missAt - down,
      published: 35,
      within: 0.001,
    },
    { part: 'one read, issue to data', cycles: issue, published: 68, within: 0.01 },
    {
      part: 'first read issued to answer at the TBU',
      cycles: answerAt - firstRead,
      published: 290,
      within: 0.05,
    },
    {
      part: "TBU's miss to answer at the TBU",
      cycles: answerAt - missAt,
      published: 15 + 35 + 290,
      within: 0.05,
    },
  ];
  const judged = lines.map((line) => {
    const ns = line.cycles * TCU_NS;
    return { ...line, ns, right: Math.abs(ns - line.published) <= line.within * line.published };
  });
  const gaps = answers.slice(1).map((at, i) => at - answers[i]);
  const rows = [
    ['part', 'TCU cycles', 'ns', 'published', 'off', ''],
    ...judged.map(({ part, cycles, ns, published, right }) => [
      part,
      `${cycles}`,
      ns.toFixed(1),
      `${published}`,
      `${((100 * (ns - published)) / published).toFixed(1)} %`,
      right ? 'ok' : 'WRONG',
    ]),
  ];
  return {
    pass: judged.every(({ right }) => right),
    lines: [
      ...table(rows),
      '',
      `Data of the ${READS} reads ${answers.join(', ')} TCU cycles after acceptance, ${gaps.join(', ')} apart.`,
      'The link is measured by doubling it; the sum of the published parts, 340 ns, is ours.',
    ],
    plot: barChart({
      title: 'Cold miss of mmu600-agilex5, model beside the published figure',
      unit: 'ns',
      bars: judged.flatMap(({ part, ns, published }) => [
        { label: part, value: ns },
        { label: 'published', value: published },
      ]),
    }),
  };
}

export const coldMiss: Experiment = {
  name: 'cold-miss',
  about: "a stage 1 miss of 'mmu600-agilex5' against Intel's published example",
  run,
};
