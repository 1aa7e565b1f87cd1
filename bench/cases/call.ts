/** Calls one at a time from JavaScript, against an empty WebAssembly call of the same signature, and against the kernel. */
import { type PresetName, presets, type Smmu } from '../../src/index.js';
import { generator, type Rows } from '../batch-load.js';
import { Device } from '../device.js';
import { CHUNK_ROWS, type Load } from '../measure.js';
import type { Reference } from '../reference.js';
import { atMostCost, type Bar, type Case, timesReference } from '../row.js';
import { CONFIG_ONLY, hotRows, imageDevice, imageRows, nestedDevice } from './walk.js';

const BARS = { one: 2.8, three: 3.5, timed: 8, translate: 60, cold: 0.12, hot: 0.045, nested: 0.11 } as const;
const GROUP = 'call from JavaScript';
const PAGES = 16;
/** A call of 27 ms would be a sample by itself, with a collection of garbage or without. */
const TRANSLATIONS = 4096;
const PAGE = 4096;
const INPUT = 0x10_0000_0000;
const OUTPUT = 0x1_0000_0000;

/** (module (func (export "f") (param i32 f64 i32) (result f64) local.get 1)) */
const EMPTY = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x08, 0x01, 0x60, 0x03, 0x7f, 0x7c, 0x7f, 0x01, 0x7c],
  ...[0x03, 0x02, 0x01, 0x00],
  ...[0x07, 0x05, 0x01, 0x01, 0x66, 0x00, 0x00],
  ...[0x0a, 0x06, 0x01, 0x04, 0x00, 0x20, 0x01, 0x0b],
);

function compareAll(got: Float64Array, expected: Float64Array, name: string): void {
  for (let i = 0; i < got.length; i++) {
    if (got[i] !== expected[i]) throw new Error(`${name}: answer ${i} is ${got[i]}, expected ${expected[i]}`);
  }
}

async function emptyCall(inputs: Float64Array): Promise<Load> {
  const { instance } = await WebAssembly.instantiate(EMPTY);
  const outputs = new Float64Array(inputs.length);
  return {
    name: 'empty call',
    operations: inputs.length,
    work: loopOf('callee(1, inputs[i], 0)', instance.exports.f, inputs, outputs),
    check: () => compareAll(outputs, inputs, 'the empty call'),
  };
}

/** `name` is looked up, or translated, one address after the other. */
function hitLoad(name: string, { smmu, inputs, outputs }: Prepared): Load {
  const results = new Float64Array(inputs.length);
  return {
    name,
    operations: inputs.length,
    work: makeLoop(smmu, inputs, results),
    check: () => compareAll(results, outputs, name),
  };
}

let loops = 0;

/**
 * A function of its own for each device, as programs have that hold one: a shared one would see all of them. Of equal texts V8 makes one
 * function, which is why each has its number. `call`: of `callee`, with `inputs[i]`.
 */
function loopOf(call: string, callee: unknown, inputs: Float64Array, results: Float64Array): () => void {
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- code of its own is the point
  const loop = new Function(
    'callee',
    'inputs',
    'results',
    `/* ${loops++} */ return () => { for (let i = 0; i < inputs.length; i++) results[i] = ${call}; };`,
  ) as (...of: unknown[]) => () => void;
  return loop(callee, inputs, results);
}

const makeLoop = (smmu: Smmu, inputs: Float64Array, results: Float64Array): (() => void) =>
  loopOf('callee.lookup(1, inputs[i], 0)', smmu, inputs, results);

function translateLoad(name: string, { smmu, ...all }: Prepared): Load {
  const inputs = all.inputs.slice(0, TRANSLATIONS);
  const outputs = all.outputs.slice(0, TRANSLATIONS);
  const results = new Float64Array(TRANSLATIONS);
  const transactions = Array.from(inputs, (iova) => ({ streamId: 1, iova: BigInt(iova), size: 1 }));
  return {
    name,
    operations: inputs.length,
    work: () => {
      for (let i = 0; i < inputs.length; i++) results[i] = Number(smmu.translate(transactions[i]).pa);
    },
    check: () => compareAll(results, outputs, name),
  };
}

/** One device in the process that has ever looked up anything: this set has to come first. */
export async function firstCallCases(): Promise<Case[]> {
  const prepared = await prepare();
  const name = 'lookup(), hit, one device';
  const bar = atMostCost(BARS.one);
  return [
    { group: GROUP, name, load: hitLoad(name, prepared), reference: await emptyCall(prepared.inputs), bar },
  ];
}

/** Addresses of a device's batch rows, looked up. */
function walkLoad(name: string, smmu: Smmu, chunks: readonly Rows[]): Load {
  const addresses = (words: Uint32Array): Float64Array =>
    Float64Array.from({ length: words.length / 2 }, (_, i) => words[2 * i] + words[2 * i + 1] * 2 ** 32);
  const inputs = chunks.map(({ iova }) => addresses(iova));
  const outputs = chunks.map(({ pa }) => addresses(pa));
  const results = new Float64Array(CHUNK_ROWS);
  let chunk = 0;
  const loops = inputs.map((some) => makeLoop(smmu, some, results));
  return {
    name,
    operations: CHUNK_ROWS,
    turns: chunks.length,
    prepare: () => {
      chunk = (chunk + 1) % chunks.length;
    },
    work: () => loops[chunk](),
    check: () => compareAll(results, outputs[chunk], name),
  };
}

export async function callCases(reference: Reference): Promise<Case[]> {
  const first = await prepare();
  const empty = await emptyCall(first.inputs);
  const others = [await prepare(), await prepare()];
  const one = (load: Load, kernel: Load, bar: Bar): Case => ({
    group: GROUP,
    name: load.name,
    load,
    reference: kernel,
    bar,
  });
  const hit = hitLoad('lookup(), hit, three devices', first);
  const turns = others.map((other) => hitLoad('another device', other));
  // The others are alive, and each has looked up something since.
  const three: Load = { ...hit, prepare: () => turns.forEach((turn) => turn.work()) };
  const image = await imageDevice(reference, { caches: CONFIG_ONLY });
  const nested = await nestedDevice({ caches: CONFIG_ONLY });
  const timed = async (preset: PresetName): Promise<Case> => {
    const name = `lookup(), hit, timed as ${preset}`;
    return one(hitLoad(name, await prepare(preset)), empty, atMostCost(BARS.timed));
  };
  return [
    one(three, empty, atMostCost(BARS.three)),
    one(translateLoad('translate() with objects, hit', first), empty, atMostCost(BARS.translate)),
    one(
      walkLoad('lookup(), cold walk of 4 reads', image.device.smmu, imageRows(reference.image)),
      reference.walk4,
      timesReference(BARS.cold),
    ),
    one(
      walkLoad('lookup(), hot walk of 4 reads', image.device.smmu, [hotRows(reference.image)]),
      reference.tlbSimd,
      timesReference(BARS.hot),
    ),
    one(
      walkLoad(
        'lookup(), nested, 24 reads',
        nested.device.smmu,
        nested.chunks.map(({ rows }) => rows),
      ),
      reference.walk4,
      timesReference(BARS.nested),
    ),
    await timed('gem5-default'),
    await timed('mmu600-agilex5'),
  ];
}

interface Prepared {
  readonly smmu: Smmu;
  readonly inputs: Float64Array;
  readonly outputs: Float64Array;
}

async function prepare(timing?: PresetName): Promise<Prepared> {
  const { caches } = presets[timing ?? 'mmu600-agilex5'];
  const machine = timing === undefined ? { caches } : { caches, timing };
  const device = await Device.create({ ...machine, ramBytes: 2 ** 21, batchBytes: 0 });
  const root = device.table();
  device.stage1(1, root, 1);
  for (let n = 0; n < PAGES; n++) device.map(1, root, INPUT + n * PAGE, OUTPUT + 3 * n * PAGE);
  const random = generator(7);
  const inputs = new Float64Array(CHUNK_ROWS);
  const outputs = new Float64Array(CHUNK_ROWS);
  for (let i = 0; i < CHUNK_ROWS; i++) {
    const page = random() % PAGES;
    const inside = random() % PAGE;
    inputs[i] = INPUT + page * PAGE + inside;
    outputs[i] = OUTPUT + 3 * page * PAGE + inside;
  }
  return { smmu: device.smmu, inputs, outputs };
}
