/**
 * Memory reads of one translation by the walk cache level that answers in each stage: the 61 cells that Intel publishes for
 * the MMU-600 of Agilex 5 (Hard Processor System TRM, 814346), and the worst case with no cache at all.
 */
import type { CacheConfig, CacheGeometry } from '../../src/index.js';
import { Machine, SUBSTREAM } from './machine.js';
import type { Experiment, Outcome } from './outcome.js';
import { barChart } from './svg.js';
import { table } from './text.js';

const VA = 0x12_3456_7000;
const OUTPUT = 0x98_7654_3000;
const BLOCK = 2 ** 21;
const STREAM = 3;

/** Highest level at which a stage's walk cache hits, no hit, or a stage that does not take part. */
type Level = 0 | 1 | 2 | 3 | 'miss' | 'bypass';

interface Matrix {
  readonly title: string;
  readonly leafLevel: number;
  readonly columns: readonly Level[];
  readonly rows: readonly { readonly stage2: Level; readonly reads: readonly number[] }[];
}

/** Printed as 1 in the manual; its closed form and its own row without stage 2 give 2. */
const MISPRINT = { title: '4 KiB over 4 KiB', stage2: 1, stage1: 1, by: 'S2L3' } as const;

const MATRICES: readonly Matrix[] = [
  {
    title: MISPRINT.title,
    leafLevel: 3,
    columns: ['miss', 0, 1, 2, 3, 'bypass'],
    rows: [
      { stage2: 'miss', reads: [24, 15, 10, 5, 0, 4] },
      { stage2: 0, reads: [19, 12, 8, 4, 0, 3] },
      { stage2: 1, reads: [14, 9, 6, 3, 0, 2] },
      { stage2: 2, reads: [9, 6, 4, 2, 0, 1] },
      { stage2: 3, reads: [4, 3, 2, 1, 0, 0] },
      { stage2: 'bypass', reads: [4, 3, 2, 1, 0, 0] },
    ],
  },
  {
    title: '2 MiB over 2 MiB',
    leafLevel: 2,
    columns: ['miss', 0, 1, 2, 'bypass'],
    rows: [
      { stage2: 'miss', reads: [15, 8, 4, 0, 3] },
      { stage2: 0, reads: [11, 6, 3, 0, 2] },
      { stage2: 1, reads: [7, 4, 2, 0, 1] },
      { stage2: 2, reads: [3, 2, 1, 0, 0] },
      { stage2: 'bypass', reads: [3, 2, 1, 0, 0] },
    ],
  },
];

const FULL: CacheGeometry = { entries: 64, ways: 'full', policy: 'lru' };

/** The walk cache of one level alone, so that a second walk hits there and nowhere else. */
function onlyLevel(level: Level): (CacheGeometry | false)[] {
  return [0, 1, 2, 3].map((l) => (l === level ? FULL : false));
}

async function countReads(leafLevel: number, stage1: Level, stage2: Level): Promise<number> {
  const caches: CacheConfig = {
    configCache: FULL,
    walkCaches: { s1: onlyLevel(stage1), s2: onlyLevel(stage2) },
  };
  const machine = await Machine.create({ caches, timing: false });
  const both = stage1 !== 'bypass' && stage2 !== 'bypass';
  const one = stage1 === 'bypass' ? undefined : machine.tables(1);
  const two = stage2 === 'bypass' ? undefined : machine.tables(2);
  const page = (address: number): number => (leafLevel === 3 ? address : address - (address % BLOCK));
  one?.map(page(VA), page(OUTPUT), { level: leafLevel });
  two?.map(page(both ? OUTPUT : VA), page(OUTPUT), { level: leafLevel });
  if (both && two !== undefined) machine.mapRam(two, leafLevel);
  machine.stream(STREAM, { stage1: one, stage2: two });
  const access = { streamId: STREAM, iova: BigInt(VA) };
  machine.smmu.translate(access);
  const { status, reads } = machine.smmu.translate(access);
  if (status !== 'ok') throw new Error(`walk-matrix: the translation ended with ${status}`);
  return reads.ste + reads.cd + reads.stage1 + reads.stage2;
}

/** No cache, both stages with four levels, stream table and CD table with two. */
async function worstCase(): Promise<number[]> {
  const machine = await Machine.create({ caches: false, timing: false, twoLevel: true });
  const stage1 = machine.tables(1);
  const stage2 = machine.tables(2);
  stage1.map(VA, OUTPUT);
  stage2.map(OUTPUT, OUTPUT);
  machine.mapRam(stage2);
  machine.stream(STREAM, { stage1, stage2 });
  const { status, reads } = machine.smmu.translate({
    streamId: STREAM,
    iova: BigInt(VA),
    substreamId: SUBSTREAM,
  });
  if (status !== 'ok') throw new Error(`walk-matrix: the worst case ended with ${status}`);
  return [reads.ste, reads.cd, reads.stage1, reads.stage2];
}

const label = (stage: number, level: Level): string =>
  typeof level === 'number' ? `S${stage}L${level}` : `S${stage} ${level}`;

async function run(): Promise<Outcome> {
  const lines: string[] = [];
  const bars: { label: string; value: number }[] = [];
  let wrong = 0;
  let cells = 0;
  for (const { title, leafLevel, columns, rows } of MATRICES) {
    const body: string[][] = [];
    for (const { stage2, reads } of rows) {
      const row = [label(2, stage2)];
      for (const [i, stage1] of columns.entries()) {
        // Both stages bypassed is no cell of the manual; its 36th and 25th cell read 0.
        const counted = await countReads(leafLevel, stage1, stage2);
        cells++;
        if (counted !== reads[i]) wrong++;
        row.push(counted === reads[i] ? `${counted}` : `${counted} (not ${reads[i]})`);
        if (leafLevel === 3 && stage1 !== 'bypass' && stage1 !== 3 && stage2 !== 'bypass')
          bars.push({ label: `${label(1, stage1)}, ${label(2, stage2)}`, value: counted });
      }
      body.push(row);
    }
    lines.push(title, ...table([['', ...columns.map((level) => label(1, level))], ...body]), '');
  }
  const worst = await worstCase();
  const total = worst.reduce((sum, n) => sum + n, 0);
  const worstRight = worst.join() === [2, 2, 4, 28].join();
  lines.push(
    `${MISPRINT.by} under S1L1 is printed as 1 in the manual; counted and expected here: 2.`,
    `Worst case, two-level stream and CD tables, nothing cached: ${total} reads (STE, CD, stage 1, stage 2: ${worst.join(', ')}); expected 36.`,
    `${cells - wrong} of ${cells} cells equal.`,
  );
  return {
    pass: wrong === 0 && cells === 61 && worstRight,
    lines,
    plot: barChart({ title: 'Memory reads of a nested 4 KiB walk, by walk cache hit', unit: 'reads', bars }),
  };
}

export const walkMatrix: Experiment = {
  name: 'walk-matrix',
  about: "memory reads left by walk cache hit, the MMU-600's published matrix and worst case",
  run,
};
