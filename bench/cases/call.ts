/** lookup() one at a time from JavaScript, against an empty WebAssembly call of the same signature. */
import { type PresetName, presets } from '../../src/index.js';
import { generator } from '../batch-load.js';
import { Device } from '../device.js';
import { CHUNK_ROWS, type Load } from '../measure.js';
import { atMostCost, type Case } from '../row.js';

const BAR = 2.5;
const BAR_TIMED = 8;
const PAGES = 16;
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
  const f = instance.exports.f as (streamId: number, iova: number, flags: number) => number;
  const outputs = new Float64Array(inputs.length);
  return {
    name: 'empty call',
    operations: inputs.length,
    work: () => {
      for (let i = 0; i < inputs.length; i++) outputs[i] = f(1, inputs[i], 0);
    },
    check: () => compareAll(outputs, inputs, 'the empty call'),
  };
}

/** `timing`: the preset whose pipeline and caches the device has; undefined: the caches of the Agilex 5, no time. */
async function lookupCase(reference: Load, timing?: PresetName): Promise<Case> {
  const { smmu, inputs, outputs } = await prepare(timing);
  const results = new Float64Array(inputs.length);
  const name = timing === undefined ? 'lookup(), hit' : `lookup(), hit, timed as ${timing}`;
  const load: Load = {
    name,
    operations: inputs.length,
    work: () => {
      for (let i = 0; i < inputs.length; i++) results[i] = smmu.lookup(1, inputs[i], 0);
    },
    check: () => compareAll(results, outputs, name),
  };
  const bar = atMostCost(timing === undefined ? BAR : BAR_TIMED, 'empty call');
  return { group: 'call from JavaScript', name, load, reference, bar };
}

export async function callCases(): Promise<Case[]> {
  const { inputs } = await prepare();
  const reference = await emptyCall(inputs);
  return [
    await lookupCase(reference),
    await lookupCase(reference, 'gem5-default'),
    await lookupCase(reference, 'mmu600-agilex5'),
  ];
}

async function prepare(timing?: PresetName): Promise<{
  smmu: Device['smmu'];
  inputs: Float64Array;
  outputs: Float64Array;
}> {
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
