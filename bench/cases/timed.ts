/**
 * With time: whole pipelines and all statistics on. Open loop: a transaction arrives in each cycle, or as soon as the TBU
 * takes it. Closed loop: 64 outstanding. Each stream is a requester of its own.
 */
import { type Batch, type CacheConfig, type PresetName, presets, type Smmu } from '../../src/index.js';
import { type BatchLoad, batchLoad, type Chunk, type Manner } from '../batch-load.js';
import type { Reference } from '../reference.js';
import { type Bar, type Case, timesReference } from '../row.js';
import { hitDetail, hitDevice, MAIN_PAGES, MICRO_PAGES, type Shape } from './hit.js';
import { imageDevice, nestedDevice, walkDetail, type Walked } from './walk.js';

const BARS = { micro: 0.06, main: 0.045, walk: 0.14, walkCaches: 0.125, nested: 0.05 } as const;
const OUTSTANDING = 64;

/** Times that no pipeline can give: an answer before its question, or rows accepted out of turn. */
function checkTimes({ acceptedWords, translatedWords, completionWords }: Batch): void {
  const at = (words: Uint32Array, row: number): number => words[2 * row] + words[2 * row + 1] * 2 ** 32;
  let last = 0;
  for (let row = 0; row < acceptedWords.length / 2; row++) {
    const accepted = at(acceptedWords, row);
    const translated = at(translatedWords, row);
    const completion = at(completionWords, row);
    if (accepted < last || translated <= accepted || completion < translated)
      throw new Error(`row ${row}: accepted ${accepted}, translated ${translated}, completed ${completion}`);
    last = accepted;
  }
}

const LOOPS: readonly { name: string; manner: Manner }[] = [
  { name: 'open loop', manner: { check: checkTimes } },
  {
    name: `closed loop of ${OUTSTANDING}`,
    manner: {
      check: checkTimes,
      run: (smmu: Smmu, batch: Batch) => void smmu.run(batch, { outstanding: OUTSTANDING }),
    },
  },
];

const HIT_PRESETS: readonly PresetName[] = ['gem5-default', 'mmu600-agilex5'];

const hitGroup = (preset: PresetName): string => `timed hit, ${preset}`;

/** 1 and 16 streams within the micro TLB, and beyond it; pages and blocks mixed within it. */
const SHAPES: readonly Shape[] = [1, 16].flatMap((streams) => {
  const who = streams === 1 ? '1 stream' : `${streams} streams`;
  return [
    { name: `${who}, ${MICRO_PAGES} 4K pages, micro TLB`, streams, pages: MICRO_PAGES, mixed: false },
    {
      name: `${who}, ${MICRO_PAGES} pages of 4K and 2M, micro TLB`,
      streams,
      pages: MICRO_PAGES,
      mixed: true,
    },
    { name: `${who}, ${MAIN_PAGES} 4K pages, main TLB`, streams, pages: MAIN_PAGES, mixed: false },
  ];
});

interface Group {
  readonly group: string;
  readonly name: string;
  readonly smmu: Smmu;
  readonly chunks: readonly Chunk[];
  readonly reference: Case['reference'];
  readonly bar: Bar;
  readonly detail: (load: BatchLoad) => string;
}

/** Each loop over the same device in turn. */
function bothLoops({ group, name, smmu, chunks, reference, bar, detail }: Group): Case[] {
  return LOOPS.map(({ name: loop, manner }): Case => {
    const load = batchLoad(smmu, `${name}, ${loop}`, chunks, manner);
    return { group, name: load.name, load, reference, bar, detail: () => detail(load) };
  });
}

async function hits(preset: PresetName, shape: Shape, { tlbSimd }: Reference): Promise<Case[]> {
  const { device, chunks } = await hitDevice(shape, { caches: presets[preset].caches, timing: preset });
  const { name } = shape;
  return bothLoops({
    group: hitGroup(preset),
    name,
    smmu: device.smmu,
    chunks,
    reference: tlbSimd,
    bar: timesReference(shape.pages === MICRO_PAGES ? BARS.micro : BARS.main),
    detail: hitDetail,
  });
}

function misses(
  group: string,
  name: string,
  { device, chunks }: Walked,
  reference: Reference,
  bar: Bar,
): Case[] {
  const detail = (load: BatchLoad): string => walkDetail(device, load);
  // One chunk is enough: its last tables alone are more than the processor's caches near it hold, and a call takes long.
  const one = chunks.slice(0, 1);
  return bothLoops({ group, name, smmu: device.smmu, chunks: one, reference: reference.walk4, bar, detail });
}

async function walks(preset: PresetName, reference: Reference): Promise<Case[]> {
  const { caches } = presets[preset];
  const group = `timed miss, ${preset}, stage 1, 4 levels, random pages over 64 MiB of tables`;
  const machine = (config: CacheConfig): { caches: CacheConfig; timing: PresetName } => ({
    caches: config,
    timing: preset,
  });
  const without = await imageDevice(reference, machine({ ...caches, walkCaches: false }));
  const withThem = await imageDevice(reference, machine(caches));
  const nested = await nestedDevice(machine({ configCache: caches.configCache }));
  return [
    ...misses(group, 'TLBs, no walk caches', without, reference, timesReference(BARS.walk)),
    ...misses(group, 'TLBs and walk caches', withThem, reference, timesReference(BARS.walkCaches)),
    ...misses(
      `timed miss, ${preset}, nested, 4K over 4K`,
      'no cache but the configuration cache',
      nested,
      reference,
      timesReference(BARS.nested),
    ),
  ];
}

export async function timedHitCases(reference: Reference): Promise<Case[]> {
  const cases: Case[] = [];
  for (const preset of HIT_PRESETS) {
    for (const shape of SHAPES) cases.push(...(await hits(preset, shape, reference)));
  }
  return cases;
}

export async function timedWalkCases(reference: Reference): Promise<Case[]> {
  return walks('gem5-default', reference);
}
