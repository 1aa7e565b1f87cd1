// What the playground's views are made from, without a browser.
import { gunzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { readSnapshot } from '../../src/capture/directory.js';
import { fetchedFiles, parseExpected, parseSnapshot } from '../../src/capture/index.js';
import { parseNumber, parseWords } from '../../web/src/parts/numbers.js';
import { readRoute, routeHash } from '../../web/src/parts/route.js';
import { bucketFloor, bucketsOf } from '../../web/src/performance/report.js';
import { nodesOf, pathOf } from '../../web/src/walk/path.js';
import { examplesOf, firstQuestion, sizeText } from '../../web/src/walk/questions.js';
import { WalkSession } from '../../web/src/walk/session.js';

const CAPTURE = 'data/linux-nested-4k';
const QUESTION = { streamId: 0x30, iova: 0x1000_0000n, access: 'write' as const };
const LEAF = 0x43e0_6000n;

const questions = () =>
  parseExpected(gunzipSync(readFileSync(`${CAPTURE}/expected.jsonl.gz`)).toString(), 'expected.jsonl');

describe('the path of a nested walk', () => {
  test('has a column for each thing that was needed, and the stage 2 walk that found it above it', async () => {
    const session = await WalkSession.open(readSnapshot(CAPTURE));
    const columns = pathOf(session.walk(QUESTION));
    expect(columns.map(({ title, nodes }) => [title, nodes.map(({ label }) => label).join(' ')])).toEqual([
      ['TLBs', ''],
      ['Stream table', 'L1STD STE'],
      ['CD', 'S2 L0 S2 L1 S2 L2 S2 L3 CD'],
      ['Stage 1, level 0', 'S2 L3 S1 L0'],
      ['Stage 1, level 1', 'S2 L3 S1 L1'],
      ['Stage 1, level 2', 'S2 L3 S1 L2'],
      ['Stage 1, level 3', 'S2 L3 S1 L3'],
      ['Output', 'S2 L2 S2 L3'],
    ]);
    expect(columns.at(-1)?.end).toBe('ok');
    expect(new Set(nodesOf(columns).map(({ id }) => id)).size).toBe(nodesOf(columns).length);
    session.close();
  });

  test('asked again, a TLB has it, and nothing is read', async () => {
    const session = await WalkSession.open(readSnapshot(CAPTURE));
    session.walk(QUESTION);
    const columns = pathOf(session.walk(QUESTION));
    expect(columns.map(({ title }) => title)).toEqual(['TLBs', 'Output']);
    expect(columns[0].caches).toEqual([{ name: 'micro TLB of TBU 0', hit: true }]);
    session.close();
  });

  test('of another page of the stream, the configuration cache has STE and CD, which then have no address', async () => {
    const session = await WalkSession.open(readSnapshot(CAPTURE));
    session.walk(QUESTION);
    const held = pathOf(session.walk({ ...QUESTION, iova: 0x1000_1000n })).find(
      ({ title }) => title === 'Held configuration',
    );
    expect(held?.nodes.map(({ label, address }) => [label, address])).toEqual([
      ['STE', undefined],
      ['CD', undefined],
    ]);
    session.close();
  });

  test('that faults ends there, and says so', async () => {
    const session = await WalkSession.open(readSnapshot(CAPTURE));
    const columns = pathOf(session.walk({ ...QUESTION, iova: 0x1001_817cn }));
    expect(columns.at(-1)).toMatchObject({ title: 'Fault', end: 'bad' });
    session.close();
  });
});

describe('edits', () => {
  test('stand when the device begins anew, until they are taken back', async () => {
    const session = await WalkSession.open(readSnapshot(CAPTURE));
    const recorded = session.smmu.memory.read64(LEAF);
    session.edit(LEAF, 0n);
    session.begin();
    expect(session.walk(QUESTION).translation).toMatchObject({ status: 'abort' });
    expect(session.edits).toEqual([{ address: LEAF, recorded, word: 0n }]);
    session.restore();
    session.begin();
    expect(session.walk(QUESTION).translation).toMatchObject({ status: 'ok', pa: 0x426d_0000n });
    session.close();
  });

  test('to what was recorded are none', async () => {
    const session = await WalkSession.open(readSnapshot(CAPTURE));
    const recorded = session.smmu.memory.read64(LEAF);
    session.edit(LEAF, 1n);
    session.edit(LEAF, 2n);
    session.edit(LEAF, recorded);
    expect(session.edits).toEqual([]);
    session.close();
  });
});

test('captures of a page are those of a directory', async () => {
  const names = ['registers.json', 'memory.json', 'memory.bin.gz'];
  const given = names.map((name) => [name, new Uint8Array(readFileSync(`${CAPTURE}/${name}`))] as const);
  expect(parseSnapshot(await fetchedFiles('linux-nested-4k', given))).toEqual(readSnapshot(CAPTURE));
  const broken = [['memory.bin.gz', Uint8Array.of(0x1f, 0x8b, 8, 0)]] as const;
  await expect(fetchedFiles('mine', broken)).rejects.toThrow('mine/memory.bin.gz: not valid gzip');
});

test('questions worth asking: one of each kind of answer', () => {
  const labels = examplesOf(questions()).map(({ label }) => label);
  expect(labels).toEqual(
    expect.arrayContaining(['4 KiB page', '2 MiB page', 'F_PERMISSION at stage 2', 'F_ACCESS']),
  );
  expect(new Set(labels).size).toBe(labels.length);
  expect(firstQuestion(questions())).toMatchObject({ streamId: 0x30, iova: 0x1000_0000n });
  expect(firstQuestion([])).toMatchObject({ streamId: 0, iova: 0n });
  expect([4096n, 1n << 21n, 1n << 30n, 512n].map(sizeText)).toEqual(['4 KiB', '2 MiB', '1 GiB', '512 bytes']);
});

describe('numbers', () => {
  test('hexadecimal and decimal, with a name in what is refused', () => {
    expect([parseNumber('0x10', 'x', 8), parseNumber(' 255 ', 'x', 8)]).toEqual([16n, 255n]);
    for (const text of ['', '256', '0x', 'ten', '-1'])
      expect(() => parseNumber(text, 'ten', 8)).toThrow(/^ten is/);
  });

  test("words, alone or in a kernel's line", () => {
    expect(parseWords('10 0x20')).toEqual([0x20n]);
    expect(parseWords('10, ffffffffffffffff')).toEqual([0x10n, 2n ** 64n - 1n]);
    expect(parseWords('arm-smmu-v3 8:\t0x0000003000000010\n 0x1')).toEqual([0x30_0000_0010n, 1n]);
    for (const text of ['', 'hello', '0x10000000000000000'])
      expect(() => parseWords(text)).toThrow(RangeError);
  });
});

test('buckets of latencies hold each once, in order, and are no wider than an eighth', () => {
  for (let latency = 1; latency < 5000; latency++) {
    const floor = bucketFloor(latency);
    expect(floor).toBeLessThanOrEqual(latency);
    expect(latency - floor).toBeLessThan(Math.max(1, latency / 8));
    expect(bucketFloor(floor)).toBe(floor);
  }
  expect(
    bucketsOf([
      { from: 1, to: 1, count: 2 },
      { from: 128, to: 129, count: 3 },
      { from: 130, to: 131, count: 4 },
      { from: 144, to: 145, count: 5 },
    ]),
  ).toEqual([
    { floor: 1, count: 2 },
    { floor: 128, count: 7 },
    { floor: 144, count: 5 },
  ]);
});

test('an address of the page says the same again', () => {
  const route = { view: 'performance' as const, settings: { workload: 'gen:ring,count=5', set: 'a=1 b=2' } };
  expect(readRoute(routeHash(route))).toEqual(route);
  expect(readRoute('#elsewhere')).toEqual({ view: 'walk', settings: {} });
});
