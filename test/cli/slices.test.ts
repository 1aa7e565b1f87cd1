// smmuv3 run and sweep in slices as a user has them: threads, formats, shards, sentences.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { shell } from './shell.js';

const TRACE = 'gen:zipf,window=4M,count=12000,seed=2,streams=3,gap=9';

let directory = '';
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'smmuv3-slices-'));
  for (const name of ['t.csv', 't.jsonl.gz', 't.bin']) {
    const { code, err } = await shell(`smmuv3 convert ${TRACE} ${name} 2>/dev/null`, directory);
    expect({ code, err }).toEqual({ code: 0, err: '' });
  }
});
afterAll(() => rmSync(directory, { recursive: true }));

interface Document {
  readonly statistics: Readonly<Record<string, number>>;
  readonly input: { readonly slices?: number; readonly warmup: number };
  readonly check?: {
    readonly rows: number;
    readonly differences: readonly {
      readonly name: string;
      readonly whole: number;
      readonly sliced: number;
    }[];
  };
}

async function document(args: string): Promise<Document> {
  const { code, out, err } = await shell(`smmuv3 run ${args} --json`, directory);
  expect(code).toBe(0);
  expect(err).toMatch(/^\{\n {2}"peakMemoryBytes": \d+\n\}\n$/);
  return JSON.parse(out) as Document;
}

describe('threads', () => {
  test.each(['--timing off', '', '--outstanding 8'])(
    'one slice is the run without slices: %s',
    async (how) => {
      const args = `${TRACE} ${how} --warmup 500`;
      expect(await document(`${args} --slices 1`)).toEqual(await document(args));
    },
  );

  test('how many run at once changes nothing', async () => {
    const args = `${TRACE} --slices 5 --warmup 300`;
    expect(await document(`${args} --jobs 1`)).toEqual(await document(`${args} --jobs 3`));
  });

  test.each(['t.csv', 't.jsonl.gz', 't.bin'])('%s in slices is what its generator is', async (file) => {
    const { statistics } = await document(`${file} --slices 3 --warmup 400`);
    expect(statistics).toEqual((await document(`${TRACE} --slices 3 --warmup 400`)).statistics);
    expect(statistics.transactions).toBe(11_600);
  });

  test('--check holds the first transactions in slices against one piece', async () => {
    const args = `${TRACE} --warmup 200`;
    const { check } = await document(`${args} --slices 4 --check 6000`);
    expect(check?.rows).toBe(6000);
    const first = TRACE.replace('12000', '6000');
    const [whole, sliced] = [
      await document(`${first} --warmup 200`),
      await document(`${first} --warmup 200 --slices 4`),
    ];
    for (const { name, whole: one, sliced: several } of check?.differences ?? []) {
      expect({ name, one }).toEqual({ name, one: whole.statistics[name] });
      expect({ name, several }).toEqual({ name, several: sliced.statistics[name] });
    }
    expect(check?.differences.length).toBeGreaterThan(40);
    const { out } = await shell(`smmuv3 run ${args} --slices 4 --check 6000`, directory);
    expect(out).toContain('; 4 slices, each warmed with 200\n');
    expect(out).toMatch(/\nthe first 6,000 transactions\n +in one piece +in slices +error\n/);
    expect(out).toMatch(/\ncaches\.tbu0\.main\.hitRate +0\.\d{4} +0\.\d{4} +[-+]\d\.\d{3} %\n$/);
  });

  test('the page', async () => {
    const { code } = await shell(`smmuv3 run ${TRACE} --slices 2 --report page.html`, directory);
    expect(code).toBe(0);
    expect(readFileSync(join(directory, 'page.html'), 'utf8')).toContain('2 slices, each warmed with 0');
  });
});

test('slices of a sweep, in shards and merged, are what run gives for each point', async () => {
  const sweep = `smmuv3 sweep ${TRACE} --slices 3 --warmup 100 --set tbu.mainTlb.entries=32,256`;
  const shards = await shell(
    `${sweep} --shard 1/2 --out 1.jsonl && ${sweep} --shard 2/2 --out 2.jsonl`,
    directory,
  );
  expect(shards).toMatchObject({ code: 0, err: '' });
  expect(shards.out).toContain(': 6 slices of 2 points, 3 of them in shard 1/2\n');
  const merged = await shell('smmuv3 merge 1.jsonl 2.jsonl --csv all.csv', directory);
  expect(merged).toMatchObject({ code: 0, err: '' });
  expect(merged.out).toMatch(/: all 6 slices of 2 points, from 2 files\n/);
  const [header, ...points] = readFileSync(join(directory, 'all.csv'), 'utf8').trim().split('\n');
  expect(points).toHaveLength(2);
  // Fields in front of the configuration hold no comma but for the trace's name.
  const figure = (line: string, name: string): string | undefined =>
    line.replace(/"[^"]*"/, '').split(',')[header.split(',').indexOf(name)];
  for (const [i, entries] of [32, 256].entries()) {
    const { statistics } = await document(
      `${TRACE} --slices 3 --warmup 100 --set tbu.mainTlb.entries=${entries}`,
    );
    for (const name of ['cycles', 'latency.p99', 'walks', 'occupancy.tbuSlots.mean'])
      expect({ name, value: figure(points[i], name) }).toEqual({ name, value: String(statistics[name]) });
  }
});

test('docs/timing.md has what npm run bench:slices prints', async () => {
  const only = 'network card';
  const { code, out } = await shell(
    `${process.execPath} ${resolve('dist/bench/slices.js')} --only ${JSON.stringify(only)}`,
    directory,
  );
  expect(code).toBe(0);
  // The page's columns are as wide as its widest cells.
  const plain = (line: string): string => line.replace(/ +/g, ' ');
  const [header, , row] = out.trim().split('\n').map(plain);
  const page = readFileSync('docs/timing.md', 'utf8').split('\n').map(plain);
  expect(row).toContain(only);
  expect(page).toContain(header);
  expect(page).toContain(row);
});

describe('bad input: one sentence, nothing written', () => {
  test.each([
    ['run gen:zipf,count=100 --slices 200', 'has 100 transactions, expected at least 200 for 200 slices'],
    [
      'run gen:zipf,count=100 --slices 2 --warmup 99',
      'has one transaction behind the first 99, expected at least 2',
    ],
    ['run gen:zipf --slices 0', 'Expected a whole number from 1 to 65536'],
    [
      'run - --slices 2',
      'every slice reads the trace by itself: expected a file or a generator, not standard input',
    ],
    ['run gen:zipf --jobs 2', '--jobs is for a trace in slices: expected --slices with it'],
    ['run gen:zipf --check', '--check is for a trace in slices: expected --slices with it'],
    [
      'run gen:zipf --slices 2 --per-transaction x.csv',
      '--per-transaction follows one device through the whole trace',
    ],
    ['run gen:zipf --slices 2 --interval 100', '--interval follows one device'],
    ['run gen:zipf,count=100 --slices 4 --check 3', 'has 3 transactions, expected at least 4 for 4 slices'],
    ['sweep gen:zipf,count=2 --slices 3', 'has 2 transactions, expected at least 3 for 3 slices'],
    ['run map.txt --slices 2', 'map.txt holds mappings, of which each needs all those before it'],
  ])('%s', async (args, sentence) => {
    writeFileSync(
      join(directory, 'map.txt'),
      ' a-1 [0] .. 1.0: map: IOMMU: iova=0x1000 - 0x2000 paddr=0x8000 size=4096\n',
    );
    const before = readdirSync(directory);
    const { code, out, err } = await shell(`smmuv3 ${args} < /dev/null`, directory);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(sentence);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(readdirSync(directory)).toEqual(before);
  });

  test('a trace that is malformed behind the first slices', async () => {
    writeFileSync(join(directory, 'bad.csv'), `iova,stream_id\n${'0x1000,0\n'.repeat(50)}0x2000,four\n`);
    const { code, err } = await shell('smmuv3 run bad.csv --slices 2', directory);
    expect({ code, err }).toEqual({
      code: 2,
      err: 'error: bad.csv, line 52, field "stream_id": got \'four\', expected a number below 2^32.\n',
    });
  });
});
