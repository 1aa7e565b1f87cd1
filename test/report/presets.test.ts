// smmuv3 presets: every path with value, unit, range, default and grade; and --set, which takes each of them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { machineOf } from '../../src/cli/machine.js';
import { canonicalPath, nearestPath } from '../../src/cli/set-path.js';
import { settablePaths } from '../../src/config/paths.js';
import { presets, type PresetName } from '../../src/config/presets/index.js';
import { TIMING_FIELDS } from '../../src/config/timing-fields.js';
import { presetValues } from '../../src/report/preset-values.js';
import { smmuv3 } from '../cli/run.js';

const NAMES = Object.keys(presets) as PresetName[];

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'smmuv3-presets-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

describe('smmuv3 presets', () => {
  test('lists the presets', async () => {
    const { code, out } = await smmuv3('presets');
    expect(code).toBe(0);
    for (const name of NAMES) expect(out).toMatch(new RegExp(`^${name} +\\S`, 'm'));
  });

  test.each(NAMES)('%s: every line fits 80 columns, every timing field is there', async (name) => {
    const { out } = await smmuv3('presets', name);
    const lines = out.trimEnd().split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    const paths = lines.map((line) => line.split(' ')[0]);
    expect(paths).toEqual(expect.arrayContaining(Object.keys(TIMING_FIELDS)));
    expect(new Set(paths).size).toBe(paths.length);
  });

  test.each(NAMES)('%s: setting each path to the value that is listed changes nothing', (name) => {
    const before = machineOf({ timing: name });
    const set = presetValues(name).map(({ path, value }) => `${path}=${value}`);
    const { caches } = machineOf({ timing: name, set });
    for (const [cache, value] of Object.entries(before.caches as object))
      expect({ [cache]: (caches as Record<string, unknown>)[cache] }).toMatchObject({
        [cache]: value as unknown,
      });
  });

  test('published values and guesses by name', () => {
    const of = (name: PresetName, path: string): unknown =>
      presetValues(name).find((one) => one.path === path);
    // Intel Agilex 5 HPS TRM (814346).
    expect(of('mmu600-agilex5', 'clocks.tcu')).toMatchObject({
      value: 600,
      unit: 'MHz',
      range: '1..10000',
      grade: 'documented',
    });
    expect(of('mmu600-agilex5', 'tcu.walkCaches.s2[3].entries')).toMatchObject({
      value: 256,
      grade: 'documented',
    });
    expect(of('mmu600-agilex5', 'tbu.mainTlb.entries')).toMatchObject({ value: 512, grade: 'guess' });
    expect(of('mmu600-agilex5', 'tcu.tcuTlb')).toMatchObject({ value: false, grade: 'documented' });
    // gem5 v24.0.0.1, SMMUv3.py.
    expect(of('gem5-default', 'tbu.mainTlb.entries')).toMatchObject({
      value: 2048,
      default: 512,
      grade: 'documented',
    });
    expect(of('gem5-default', 'tbu.mainTlb.sets')).toMatchObject({ value: 512, grade: 'guess' });
    expect(of('minimal', 'tbu.mainTlb.sets')).toMatchObject({ value: 1 });
    expect(of('minimal', 'tcu.walkCaches')).toMatchObject({ value: false });
    expect(of('minimal', 'tcu.walkCaches.s1[0].entries')).toBeUndefined();
  });

  test('one group, all about it; JSON', async () => {
    const { out } = await smmuv3('presets', 'gem5-default', 'memory.latency');
    expect(out.split('\n').slice(1)).toEqual([
      expect.stringMatching(/^memory\.latency {2}100 TCU cycles {2}0\.\.100000 {2}40 {7}guess$/),
      "    From the issue of a TCU's access to its answer",
      expect.stringMatching(/^ {4}guess: gem5 leaves it to its memory system/),
      '',
    ]);
    const json = JSON.parse((await smmuv3('presets', 'minimal', 'tbu.mainTlb', '--json')).out) as {
      path: string;
    }[];
    expect(json.map(({ path }) => path)).toContain('tbu.mainTlb.policy');
    expect(json.every(({ path }) => path.startsWith('tbu.mainTlb'))).toBe(true);
  });

  test('what is not there', async () => {
    expect(await smmuv3('presets', 'mmu900')).toMatchObject({
      code: 2,
      err: "error: there is no preset 'mmu900', expected gem5-default, mmu600-agilex5, mmu700-server or minimal\n",
    });
    expect((await smmuv3('presets', 'minimal', 'tbu.nothing')).err).toContain(
      'minimal has no value at tbu.nothing',
    );
  });
});

describe('paths of --set', () => {
  test('each has one name, whichever way it is written', () => {
    for (const [written, path] of [
      ['mainTlb.entries', 'tbu.mainTlb.entries'],
      ['caches.mainTlb.entries', 'tbu.mainTlb.entries'],
      ['tbu.mainTlb.entries', 'tbu.mainTlb.entries'],
      ['timing.tbu.slots', 'tbu.slots'],
      ['walkCaches.s1.2.ways', 'tcu.walkCaches.s1[2].ways'],
      ['tcu.walkCaches.s1[2].ways', 'tcu.walkCaches.s1[2].ways'],
      ['ipaCache', 'tcu.ipaCache'],
    ])
      expect(canonicalPath(written)).toBe(path);
    expect(canonicalPath('walkCaches.s1[4].ways')).toBeUndefined();
  });

  test.each([
    ['mainTLB.entries', 'tbu.mainTlb.entries'],
    ['tbu.mainTLB.entries', 'tbu.mainTlb.entries'],
    ['TBU.SLOTS', 'tbu.slots'],
    ['tbu.slotz', 'tbu.slots'],
    ['memory.latncy', 'memory.latency'],
    ['walkcaches.s1[1].entrys', 'tcu.walkCaches.s1[1].entries'],
  ])('%s: the nearest is %s', (wrong, right) => expect(nearestPath(wrong)).toBe(right));

  test('every path is taken, under its own name', () => {
    for (const { path, field } of settablePaths()) {
      expect(canonicalPath(path)).toBe(path);
      expect(canonicalPath(field)).toBe(path);
    }
  });

  const refusal = async (...args: string[]): Promise<string> =>
    (await smmuv3('run', 'gen:random,count=1', ...args)).err.replaceAll(directory, '.');

  test.each([
    [
      'tbu.mainTLB.entries=3',
      "'tbu.mainTLB.entries=3': there is no 'tbu.mainTLB.entries'; the nearest is tbu.mainTlb.entries",
    ],
    ['memory=3', "'memory=3': memory is a group, expected one of memory.latency, "],
    ['caches.mainTlb.entries=513', 'error: tbu.mainTlb.entries must be a whole number of sets'],
    ['mainTlb.entries=513', 'error: tbu.mainTlb.entries must be a whole number of sets'],
    ['timing.tbu.slots=x', "error: tbu.slots must be a number, not 'x'"],
  ])('%s: the message has one name for it', async (set, sentence) => {
    expect(await refusal('--set', set)).toContain(sentence);
  });

  test('a file of --timing is named, and its own fields', async () => {
    const file = join(directory, 't.json');
    for (const [text, sentence] of [
      ['{"tbu":{"slotz":3}}', "error: ./t.json: timing.tbu has no field 'slotz'; it may have portBytes, "],
      [
        '{"caches":{"mainTlb":{"entries":3}}}',
        'error: ./t.json: caches.mainTlb.ways must be a number, not undefined.',
      ],
      ['3', 'error: ./t.json: expected an object with a timing configuration, not 3.'],
      ['{', 'error: ./t.json: not valid JSON ('],
    ] as const) {
      writeFileSync(file, text);
      expect(await refusal('--timing', file)).toContain(sentence);
    }
    writeFileSync(file, '{"memory":{"latency":7}}');
    expect(await refusal('--timing', file, '--set', 'tbu.slots=0')).toBe(
      'error: tbu.slots must be between 1 and 512, not 0\n',
    );
  });
});
