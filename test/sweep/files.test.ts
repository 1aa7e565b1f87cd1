// What stands in files: the YAML of a sweep, its rows after whatever stopped it, shards put together, tables.
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parquetReadObjects } from 'hyparquet';
import { mergeRows } from '../../src/sweep/merge.js';
import { rowLine, type SweepRow } from '../../src/sweep/row.js';
import { isOf, parseShard, slurmShard } from '../../src/sweep/shard.js';
import { readRows, RowStore } from '../../src/sweep/store.js';
import { readSweepFile } from '../../src/sweep/sweep-file.js';
import { toCsv, toParquet } from '../../src/sweep/table.js';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'smmuv3-sweep-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

function row(index: number, more: Partial<SweepRow> = {}): SweepRow {
  return {
    sweep: '00112233445566ff',
    points: 4,
    index,
    set: { 'tbu.slots': index + 1 },
    point: `p${index}`,
    trace: { name: 'gen:random', sha256: 'aa' },
    core: 'cc',
    version: '0.1.0',
    seed: 0,
    options: {},
    configuration: { timing: false, caches: false },
    statistics: { walks: 10 * index, 'latency.mean': 1.5 },
    ...more,
  };
}

describe('the YAML of a sweep', () => {
  test('axes as lists, ranges and single values; listed points', () => {
    const path = file(
      'sweep.yaml',
      'set:\n  tbu.slots: [16, 32]\n  memory.latency: 20..40:20\n  tcu.probing: parallel\npoints:\n  - { timing: gem5-default }\n  - { timing: minimal, tbu.ordered: false }\n',
    );
    expect(readSweepFile(path)).toEqual({
      axes: [
        { path: 'tbu.slots', values: [16, 32] },
        { path: 'memory.latency', values: [20, 40] },
        { path: 'tcu.probing', values: ['parallel'] },
      ],
      listed: [{ timing: 'gem5-default' }, { timing: 'minimal', 'tbu.ordered': false }],
    });
  });

  test.each([
    ['set: [1, 2', /sweep\.yaml, line 1: not valid YAML \(/],
    ['', 'the sweep must hold fields with values, not null'],
    ['sets: {}', "has no field 'sets'; it may have set and points"],
    ['{}', 'holds no points'],
    ['set: { a: [] }', 'set.a has no value'],
    ['set: { a: [[1]] }', 'set.a must be a number, true, false or a word, not an array'],
    ['points: 3', 'points must be a list, not 3'],
    ['points: [{ a: { b: 1 } }]', 'points[0].a must be a number, true, false or a word, not an object'],
  ])('%j is refused by the name of the file', (text, sentence) => {
    const path = file('sweep.yaml', text);
    expect(() => readSweepFile(path)).toThrow(sentence);
    expect(() => readSweepFile(path)).toThrow(path);
  });

  test('a file that is not there', () => {
    expect(() => readSweepFile(join(directory, 'none.yaml'))).toThrow(
      /none\.yaml: cannot be read \(ENOENT\)/,
    );
  });
});

describe('rows that are appended', () => {
  const sweep = row(0).sweep;

  test('what was written is there when the file is opened again', () => {
    const path = join(directory, 'plain.jsonl');
    const store = new RowStore(path, sweep);
    store.append(row(2));
    store.append(row(0));
    store.close();
    const again = new RowStore(path, sweep);
    expect(again.rows).toEqual([row(2), row(0)]);
    again.append(row(1));
    again.close();
    expect(readFileSync(path, 'utf8')).toBe([row(2), row(0), row(1)].map(rowLine).join(''));
  });

  test('a write that was cut off at any byte is taken back, and the rows before it stay', () => {
    const [first, second] = [rowLine(row(0)), rowLine(row(1))];
    for (let cut = 0; cut < second.length; cut++) {
      const path = file('torn.jsonl', first + second);
      truncateSync(path, first.length + cut);
      expect(readRows(path)).toEqual([row(0)]);
      const store = new RowStore(path, sweep);
      expect(store.rows).toEqual([row(0)]);
      store.append(row(1));
      store.close();
      expect(readFileSync(path, 'utf8')).toBe(first + second);
    }
  });

  test('the very first row cut off', () => {
    const path = file('first.jsonl', rowLine(row(0)).slice(0, 12));
    new RowStore(path, sweep).close();
    expect(readFileSync(path, 'utf8')).toBe('');
  });

  test.each([
    ['notes without a line feed', 'dear diary', /ends with what is no row of a sweep/],
    ['notes', 'dear diary\n', /line 1: not valid JSON/],
    [
      'another sweep',
      rowLine(row(0, { sweep: 'ffff' })),
      /holds points of sweep ffff, not of 00112233445566ff/,
    ],
    ['another sweep, cut off', rowLine(row(0, { sweep: 'ffff' })).slice(0, 30), /ends with what is no row/],
    ['other JSON', '{"a":1}\n', /line 1, field "sweep": got nothing, expected a string/],
  ])('%s: the file is left as it is', (_, text, sentence) => {
    const path = file('other.jsonl', text);
    expect(() => new RowStore(path, sweep)).toThrow(sentence);
    expect(readFileSync(path, 'utf8')).toBe(text);
  });
});

describe('shards', () => {
  test('every point is of exactly one', () => {
    for (const count of [1, 2, 3, 7])
      for (let point = 0; point < 20; point++) {
        const of = Array.from({ length: count }, (_, i) => isOf({ index: i + 1, count }, point));
        expect(of.filter(Boolean)).toHaveLength(1);
      }
  });

  test('i/n', () => {
    expect(parseShard('3/8')).toEqual({ index: 3, count: 8 });
    for (const text of ['0/8', '9/8', '3', '3/0', 'a/b', '1/2/3', '-1/2'])
      expect(() => parseShard(text)).toThrow(`--shard '${text}' must be i/n with i from 1 to n, such as 3/8`);
  });

  test.each([
    [
      { ID: '0', COUNT: '4', MIN: '0', STEP: '1' },
      { index: 1, count: 4 },
    ],
    [
      { ID: '4', COUNT: '4', MIN: '1', STEP: '1' },
      { index: 4, count: 4 },
    ],
    [
      { ID: '14', COUNT: '3', MIN: '10', STEP: '2' },
      { index: 3, count: 3 },
    ],
    [{}, undefined],
  ])('of a job array %j', (variables, shard) => {
    const environment = Object.fromEntries(
      Object.entries(variables).map(([name, value]) => [`SLURM_ARRAY_TASK_${name}`, value]),
    );
    expect(slurmShard(environment)).toEqual(shard);
  });

  test('an array with gaps has no shard by itself', () => {
    const environment = { SLURM_ARRAY_TASK_ID: '7', SLURM_ARRAY_TASK_COUNT: '2', SLURM_ARRAY_TASK_MIN: '3' };
    expect(() => slurmShard(environment)).toThrow('say which with --shard i/n');
  });
});

describe('shards put together', () => {
  const part = (name: string, ...rows: SweepRow[]): { file: string; rows: SweepRow[] } => ({
    file: name,
    rows,
  });

  test('all points in order, whatever the order of files and rows', () => {
    const merged = mergeRows([part('b', row(3), row(1)), part('a', row(2), row(0))]);
    expect(merged.rows.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    expect(merged.missing).toEqual([]);
  });

  test('missing points are named', () => {
    expect(mergeRows([part('a', row(2))]).missing).toEqual([0, 1, 3]);
  });

  test('a row in two files counts once when they agree, and is refused when not', () => {
    expect(mergeRows([part('a', row(0), row(1)), part('b', row(1))]).rows).toHaveLength(2);
    expect(() => mergeRows([part('a', row(1)), part('b', row(1, { statistics: { walks: 11 } }))])).toThrow(
      'a, b: point 1 stands there twice with different results',
    );
  });

  test('files of two sweeps, and of none', () => {
    expect(() => mergeRows([part('a', row(0)), part('b', row(1, { sweep: 'ffff' }))])).toThrow(
      'b: holds points of sweep ffff, expected those of 00112233445566ff as in a',
    );
    expect(() => mergeRows([part('a'), part('b')])).toThrow('a, b: no rows, expected those of a sweep');
  });
});

describe('tables', () => {
  const rows = [
    row(0, { set: { 'tbu.slots': 1, 'tcu.probing': 'parallel', 'tbu.ordered': true } }),
    row(1, { set: { 'tbu.slots': 2, 'tbu.ordered': false }, trace: { name: 'a, "b".csv', sha256: 'bb' } }),
  ];

  test('CSV (RFC 4180): a cell that holds commas or quotes is quoted, one without a value is empty', () => {
    expect(toCsv(rows)).toBe(
      'index,point,trace,trace.sha256,core,version,seed,set.tbu.slots,set.tcu.probing,set.tbu.ordered,walks,latency.mean,configuration\n' +
        '0,p0,gen:random,aa,cc,0.1.0,0,1,parallel,true,0,1.5,"{""timing"":false,""caches"":false}"\n' +
        '1,p1,"a, ""b"".csv",bb,cc,0.1.0,0,2,,false,10,1.5,"{""timing"":false,""caches"":false}"\n',
    );
  });

  test('Parquet, read back by another reader', async () => {
    const bytes = toParquet(rows);
    expect(Buffer.from(bytes.subarray(0, 4)).toString()).toBe('PAR1');
    const read = await parquetReadObjects({ file: new Uint8Array(bytes).buffer });
    expect(read).toEqual([
      expect.objectContaining({ index: 0, 'set.tbu.slots': 1, 'set.tcu.probing': 'parallel', walks: 0 }),
      expect.objectContaining({ index: 1, 'set.tbu.ordered': false, trace: 'a, "b".csv', walks: 10 }),
    ]);
    expect(read[1]['set.tcu.probing'] ?? null).toBeNull();
  });
});
