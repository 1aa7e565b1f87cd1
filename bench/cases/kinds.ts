/**
 * Walks of every kind against plain ones of the same number of reads: only the configuration is cached, tables lie in the
 * processor's caches. Plain is stage 1, 4 KiB pages, an input of as many levels; nested rows have nested ones as theirs.
 */
import { FLAG_SSV, FLAG_WRITE } from '../../src/index.js';
import { batchLoad, CHUNK_BYTES, chunksOf, generator, type Rows } from '../batch-load.js';
import { Device, type Shape } from '../device.js';
import { CHUNK_ROWS, type Load } from '../measure.js';
import { atMostCost, type Case } from '../row.js';
import { CONFIG_ONLY, walkDetail } from './walk.js';

const FACTOR = 1.5;
const RAM_BYTES = 64 * 2 ** 20;
const PAGE = 4096;
const INPUT = 0x1000_0000;
const OUTPUT = 0x1_0000_0000;
/** Pages of one stream. */
const PAGES = 256;
const SUBSTREAMS = 4;
const GROUP = 'walks of other kinds, hot tables, against plain ones of as many reads';

interface Space {
  readonly streamId: number;
  readonly flags?: number;
  readonly substreamId?: number;
  readonly pages: readonly (readonly [input: number, output: number])[];
}

/** Makes stream `streamId` of the device. */
type Make = (device: Device, streamId: number) => Space[];

/** Bytes of a leaf, or of a run of 16 pages. */
function leafBytes({ granule = 12, level = 3 }: Shape): number {
  return 2 ** (granule + (3 - level) * (granule - 3));
}

function mapAll(device: Device, stage: 1 | 2, root: number, shape: Shape): (readonly [number, number])[] {
  const bytes = leafBytes(shape);
  // Inputs of few bits have room for few large leaves.
  const room = 2 ** (shape.inputBits ?? 48) - INPUT;
  const count = Math.min(PAGES, Math.floor(room / bytes) - 16);
  const first = Math.ceil(INPUT / (16 * bytes)) * 16 * bytes;
  return Array.from({ length: count }, (_, n) => {
    const [input, output] = [first + n * bytes, OUTPUT * 16 + n * bytes];
    device.map(stage, root, input, output, shape);
    return [input, output] as const;
  });
}

const stage1 =
  (shape: Shape, flags = 0): Make =>
  (device, streamId) => {
    const root = device.table(shape);
    device.stage1(streamId, root, streamId, shape);
    return [{ streamId, flags, pages: mapAll(device, 1, root, shape) }];
  };

const stage2: Make = (device, streamId) => {
  const root = device.table();
  device.stage2(streamId, root, streamId);
  return [{ streamId, pages: mapAll(device, 2, root, {}) }];
};

const nested: Make = (device, streamId) => {
  const root = device.table();
  const stage2Root = device.table();
  device.nested(streamId, root, streamId, stage2Root);
  const pages = mapAll(device, 1, root, {});
  for (const [, output] of pages) device.map(2, stage2Root, output, output);
  device.mapRam(stage2Root);
  return [{ streamId, pages }];
};

const substreams: Make = (device, streamId) => {
  const spaces = Array.from({ length: SUBSTREAMS }, (_, n) => ({ root: device.table(), asid: 100 + n }));
  device.substreams(streamId, spaces);
  return spaces.flatMap(({ root }, substreamId) => {
    const pages = mapAll(device, 1, root, {}).slice(0, PAGES / SUBSTREAMS);
    return substreamId === 0 ? [] : [{ streamId, flags: FLAG_SSV, substreamId, pages }];
  });
};

const bypass: Make = (device, streamId) => {
  device.bypass(streamId);
  return [{ streamId, pages: Array.from({ length: PAGES }, (_, n) => [n * PAGE, n * PAGE] as const) }];
};

/** Stage 1, 4 KiB pages, walks of so many reads. */
const plain = (reads: number): Make => stage1({ inputBits: 12 + 9 * reads });

interface Plan {
  readonly name: string;
  readonly make: readonly Make[];
  /** As many streams, plain. */
  readonly plain: readonly Make[];
}

const one = (name: string, make: Make, reads: number): Plan => ({
  name,
  make: [make],
  plain: [plain(reads)],
});

const PLANS: readonly Plan[] = [
  one('stage 2 alone, 4K', stage2, 4),
  one('16K granule', stage1({ granule: 14, inputBits: 47 }), 3),
  one('64K granule', stage1({ granule: 16 }), 3),
  one('blocks of 2 MiB', stage1({ level: 2 }), 3),
  one('blocks of 1 GiB', stage1({ level: 1 }), 2),
  one('contiguous pages', stage1({ contiguous: true }), 4),
  one('substreams', substreams, 4),
  one('writes', stage1({}, FLAG_WRITE), 4),
  {
    name: 'ten streams of all kinds',
    make: [
      stage1({}),
      stage2,
      stage1({ granule: 14, inputBits: 47 }),
      stage1({ granule: 16 }),
      stage1({ level: 2 }),
      stage1({ contiguous: true }),
      substreams,
      stage1({}, FLAG_WRITE),
      nested,
      bypass,
    ],
    plain: [4, 4, 3, 3, 3, 4, 4, 4].map(plain).concat(nested, bypass),
  },
];

function rowsOf(spaces: readonly (readonly Space[])[]): Rows {
  const random = generator(0xfeed);
  const rows = {
    streamId: new Uint32Array(CHUNK_ROWS),
    flags: new Uint32Array(CHUNK_ROWS),
    substreamId: new Uint32Array(CHUNK_ROWS),
    iova: new Uint32Array(2 * CHUNK_ROWS),
    pa: new Uint32Array(2 * CHUNK_ROWS),
  };
  for (let row = 0; row < CHUNK_ROWS; row++) {
    const some = spaces[random() % spaces.length];
    const { streamId, flags = 0, substreamId = 0, pages } = some[random() % some.length];
    const [input, output] = pages[random() % pages.length];
    rows.streamId[row] = streamId;
    rows.flags[row] = flags;
    rows.substreamId[row] = substreamId;
    rows.iova.set([input, input / 2 ** 32], 2 * row);
    rows.pa.set([output, output / 2 ** 32], 2 * row);
  }
  return rows;
}

async function loadOf(name: string, make: readonly Make[]): Promise<{ load: Load; detail: () => string }> {
  const device = await Device.create({ caches: CONFIG_ONLY, ramBytes: RAM_BYTES, batchBytes: CHUNK_BYTES });
  const spaces = make.map((one, i) => one(device, i + 1));
  const load = batchLoad(device.smmu, name, chunksOf(device.smmu, [rowsOf(spaces)]));
  return { load, detail: () => walkDetail(device, load) };
}

export async function kindCases(): Promise<Case[]> {
  const cases: Case[] = [];
  for (const plan of PLANS) {
    const { load, detail } = await loadOf(plan.name, plan.make);
    const reference = await loadOf('plain', plan.plain);
    cases.push({
      group: GROUP,
      name: plan.name,
      load,
      reference: reference.load,
      bar: atMostCost(FACTOR),
      detail: () => `${detail()}; plain ${reference.detail()}`,
    });
  }
  return cases;
}
