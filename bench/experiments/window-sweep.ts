/**
 * What a TLB reaches: sweeps around and random accesses in a window of pages or blocks. Full LRU falls from all hits to none
 * within one entry, random replacement bends; random accesses hit as often as entries are to pages, whatever the policy.
 */
import type { Batch, CacheConfig, ReplacementPolicy, Smmu } from '../../src/index.js';
import { Machine } from './machine.js';
import type { Experiment, Outcome } from './outcome.js';
import { lineChart } from './svg.js';
import { table } from './text.js';

const ENTRIES = 64;
const STREAM = 1;
const VA = 0x100_0000_0000;
const OUTPUT = 0x80_0000_0000;
const PAGE = 4096;
const BLOCK = 2 ** 21;
/** Windows in entries' worth of pages or blocks. */
const WINDOWS: readonly number[] = [16, 32, 48, 60, 63, 64, 65, 66, 68, 72, 80, 96, 128, 192, 256];
const ROUNDS = 400;
const RANDOM_ACCESSES = 2 ** 17;
const TOLERANCE = 0.01;
const ROWS = 2 ** 14;

type Policy = Extract<ReplacementPolicy, 'lru' | 'random'>;

interface Device {
  readonly smmu: Smmu;
  readonly batch: Batch;
}

/** One TLB, nothing else but the configuration; the whole range of windows is mapped. */
async function device(policy: Policy, span: number): Promise<Device> {
  const caches: CacheConfig = {
    mainTlb: { entries: ENTRIES, ways: 'full', policy },
    configCache: { entries: 4, ways: 'full', policy: 'lru' },
  };
  const machine = await Machine.create({ caches, timing: false, batchBytes: 2 ** 21 });
  const stage1 = machine.tables(1);
  stage1.mapRange(VA, OUTPUT, Math.max(...WINDOWS), { level: span === PAGE ? 3 : 2 });
  machine.stream(STREAM, { stage1 });
  return { smmu: machine.smmu, batch: machine.smmu.createBatch(ROWS) };
}

/** Part of the accesses that hit, after as many that warm up. */
function hitRate({ smmu, batch }: Device, accesses: number, address: (n: number) => number): number {
  const { iovaWords, streamId } = batch;
  streamId.fill(STREAM);
  let n = 0;
  const pass = (): void => {
    for (let done = 0; done < accesses; done += ROWS) {
      const rows = Math.min(ROWS, accesses - done);
      for (let row = 0; row < rows; row++) {
        const va = address(n++);
        iovaWords[2 * row] = va;
        iovaWords[2 * row + 1] = va / 2 ** 32;
      }
      const { ok } = smmu.translateBatch(batch, rows);
      if (ok !== rows) throw new Error(`window-sweep: ${rows - ok} of ${rows} translations failed`);
    }
  };
  pass();
  smmu.resetStats();
  pass();
  return smmu.stats().hits['main-tlb'] / accesses;
}

/** xorshift32, so that every run sees the same addresses. */
function generator(seed: number): () => number {
  let x = seed;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
}

interface Curve {
  readonly policy: Policy;
  readonly span: number;
  readonly around: readonly number[];
  readonly random: readonly number[];
}

async function curve(policy: Policy, span: number): Promise<Curve> {
  const subject = await device(policy, span);
  const pages = span / PAGE;
  const around = WINDOWS.map((window) => hitRate(subject, window * ROUNDS, (n) => VA + (n % window) * span));
  const random = WINDOWS.map((window) => {
    const next = generator(window);
    return hitRate(subject, RANDOM_ACCESSES, () => VA + (next() % (window * pages)) * PAGE);
  });
  subject.smmu.dispose();
  return { policy, span, around, random };
}

function judge({ policy, around, random }: Curve): string[] {
  const wrong: string[] = [];
  WINDOWS.forEach((window, i) => {
    const expected = Math.min(1, ENTRIES / window);
    if (Math.abs(random[i] - expected) > TOLERANCE)
      wrong.push(`random accesses in ${window}: ${random[i].toFixed(3)}, not ${expected.toFixed(3)}`);
    const all = window <= ENTRIES;
    if (all && around[i] !== 1) wrong.push(`sweep of ${window}: ${around[i].toFixed(3)}, not 1`);
    if (all) return;
    if (policy === 'lru' && around[i] !== 0) wrong.push(`sweep of ${window}: ${around[i].toFixed(3)}, not 0`);
    if (policy === 'random' && (around[i] >= around[i - 1] || around[i] < 0.001))
      wrong.push(
        `sweep of ${window}: ${around[i].toFixed(3)} after ${around[i - 1].toFixed(3)} is no smooth fall`,
      );
  });
  const next = around[WINDOWS.indexOf(ENTRIES + 1)];
  if (policy === 'random' && next < 0.5)
    wrong.push(`one page too many leaves ${next.toFixed(3)} of the hits`);
  return wrong;
}

const size = (bytes: number): string =>
  bytes >= 2 ** 20 ? `${bytes / 2 ** 20} MiB` : `${bytes / 2 ** 10} KiB`;

async function run(): Promise<Outcome> {
  const curves: Curve[] = [];
  for (const span of [PAGE, BLOCK])
    for (const policy of ['lru', 'random'] as const) curves.push(await curve(policy, span));
  const lines: string[] = [];
  let pass = true;
  for (const span of [PAGE, BLOCK]) {
    const [lru, random] = curves.filter((one) => one.span === span);
    const rows = WINDOWS.map((window, i) => [
      size(window * span),
      `${window}`,
      ...[
        lru.around[i],
        random.around[i],
        Math.min(1, ENTRIES / window),
        lru.random[i],
        random.random[i],
      ].map((rate) => rate.toFixed(3)),
    ]);
    const heading = [
      'window',
      'entries',
      'around, LRU',
      'around, random',
      'entries/pages',
      'random, LRU',
      'random, random',
    ];
    lines.push(
      `Hit rates of a TLB of ${ENTRIES} entries, ${size(span)} mappings`,
      ...table([heading, ...rows]),
      '',
    );
    for (const one of [lru, random]) {
      const wrong = judge(one);
      pass &&= wrong.length === 0;
      lines.push(...wrong.map((text) => `WRONG, ${one.policy}: ${text}`));
    }
  }
  return {
    pass,
    lines,
    plot: lineChart({
      title: `Hit rate of a TLB of ${ENTRIES} entries over the window`,
      x: 'window, KiB',
      y: 'hit rate',
      logarithmic: true,
      series: curves.flatMap(({ policy, span, around, random }) => {
        const along = (rates: readonly number[]): [number, number][] =>
          rates.map((rate, i) => [(WINDOWS[i] * span) / 1024, rate]);
        const swept = { name: `sweep, ${policy}, ${size(span)}`, points: along(around) };
        return policy === 'lru'
          ? [swept, { name: `random accesses, ${size(span)}`, points: along(random) }]
          : [swept];
      }),
    }),
  };
}

export const windowSweep: Experiment = {
  name: 'window-sweep',
  about: 'the reach of a TLB by replacement policy and mapping size',
  run,
};
