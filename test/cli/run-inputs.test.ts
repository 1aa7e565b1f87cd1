/** What goes with which input, which files may be written, and whose fault it is. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { run } from '../../src/cli/program.js';
import { PLAIN } from '../../src/replay/text.js';
import { smmuv3 } from './run.js';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'smmuv3-inputs-'));
});
afterAll(() => rmSync(directory, { recursive: true }));
const at = (name: string): string => join(directory, name);
const TRACE = 'iova,stream_id\n0x1000,1\n';

function trace(): string {
  writeFileSync(at('a.csv'), TRACE);
  return at('a.csv');
}

async function refusal(...args: string[]): Promise<string> {
  const { code, out, err } = await smmuv3(...args);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err.trim().split('\n')).toHaveLength(1);
  return err.replaceAll(directory, '.');
}

describe('options that do not apply to an input', () => {
  const map = 'data/traces/gem5-streams.json';
  test.each([
    [['--stream', '3'], 'stream'],
    [['--stream-map', map], 'stream-map'],
    [['--clock', '500'], 'clock'],
    [['--sort'], 'sort'],
    [['--sort', '20'], 'sort'],
  ])('%j: gem5 packets alone', async (args, name) => {
    const expected = (file: string, format: string): string =>
      `error: --${name} is for gem5's packets, expected none: ${file} is of the format ${format}\n`;
    const file = trace();
    expect(await refusal('run', file, '--timing', 'off', ...args)).toBe(expected('./a.csv', 'csv'));
    expect(await refusal('convert', file, at('b.csv'), ...args)).toBe(expected('./a.csv', 'csv'));
    const mappings = 'data/traces/iommu-tracepoints.txt';
    expect(await refusal('run', mappings, ...args)).toBe(expected(mappings, 'iommu'));
    expect(await refusal('run', 'gen:random,count=1', ...args)).toBe(
      `error: --${name} says how a file is read, expected none: gen:random,count=1 is a generator\n`,
    );
    const packets = 'data/traces/gem5-packets.ptrc.gz';
    expect((await smmuv3('convert', packets, at('b.csv'), ...args)).code).toBe(0);
  });

  test('--format for a generator', async () => {
    expect(await refusal('run', 'gen:random,count=1', '--format', 'csv')).toContain(
      '--format says how a file is read',
    );
  });

  test('--touch: mappings alone', async () => {
    expect(await refusal('run', trace(), '--timing', 'off', '--touch', '1')).toBe(
      'error: --touch is for a trace of mappings, expected none: ./a.csv holds transactions\n',
    );
  });

  test.each([['--share-tables'], ['--table-memory', '64M']])('%j with a recorded device', async (...args) => {
    expect(await refusal('run', 'linux-s1-4k', '--device', 'linux-s1-4k', ...args)).toContain(
      '--device brings its own tables',
    );
  });

  test.each([['--level', '1'], ['--granule', '64k'], ['--ds'], ['--oas52']])(
    'decode ste %s',
    async (...args) => {
      expect(await refusal('decode', 'ste', '0', ...args)).toBe(
        `error: ${args[0]} is for pte and s2pte, expected none with ste.\n`,
      );
      expect((await smmuv3('decode', 'pte', '0', ...args)).code).toBe(0);
    },
  );
});

describe('files of a run', () => {
  test.each(['--per-transaction', '--walk-trace'])('%s is not what is read', async (option) => {
    const file = trace();
    symlinkSync(file, at(`link${option}.csv`));
    for (const name of [file, `${directory}/./a.csv`, at(`link${option}.csv`)])
      expect(await refusal('run', file, option, name)).toContain(
        `is the trace that is read too, expected another file for ${option}`,
      );
    expect(readFileSync(file, 'utf8')).toBe(TRACE);
    writeFileSync(at('t.json'), '{"preset":1}');
    writeFileSync(at('m.json'), '{"default":0}');
    expect(
      await refusal(
        'run',
        'data/traces/gem5-packets.ptrc.gz',
        '--stream-map',
        at('m.json'),
        option,
        at('m.json'),
      ),
    ).toContain('m.json: is the stream map too');
    cpSync('data/linux-s1-4k', at('capture'), { recursive: true });
    const [memory, timeline] = ['memory.bin.gz', 'timeline.jsonl.gz'].map((name) => at(`capture/${name}`));
    expect(await refusal('run', file, '--device', at('capture'), option, memory)).toContain(
      'memory.bin.gz: is a file of the device too',
    );
    expect(await refusal('run', at('capture'), option, timeline)).toContain('is the trace that is read too');
  });

  test('the timing configuration', async () => {
    writeFileSync(at('timing.json'), '{}');
    expect(
      await refusal('run', trace(), '--timing', at('timing.json'), '--per-transaction', at('timing.json')),
    ).toContain('timing.json: is the timing configuration too');
  });

  test('two options do not name one file', async () => {
    const args = [
      '--per-transaction',
      at('x.csv'),
      '--walk-trace',
      `${directory}/../${directory.split('/').at(-1)!}/x.csv`,
    ];
    expect(await refusal('run', trace(), ...args)).toContain(
      'is named by --per-transaction and by --walk-trace, expected two files',
    );
    expect(existsSync(at('x.csv'))).toBe(false);
  });

  test('both are there when the run has ended well, and neither when not', async () => {
    const files = ['--per-transaction', at('p.csv'), '--walk-trace', at('w.csv.gz')];
    writeFileSync(at('bad.csv'), `${TRACE}nonsense,1\n`);
    await refusal('run', at('bad.csv'), ...files);
    expect([existsSync(at('p.csv')), existsSync(at('w.csv.gz'))]).toEqual([false, false]);
    expect((await smmuv3('run', trace(), ...files)).code).toBe(0);
    expect([existsSync(at('p.csv')), existsSync(at('w.csv.gz'))]).toEqual([true, true]);
  });
});

describe('whose fault it is', () => {
  test('an empty file is empty', async () => {
    writeFileSync(at('empty'), '');
    for (const args of [
      ['run', at('empty')],
      ['convert', at('empty'), at('e.csv')],
    ])
      expect(await refusal(...args)).toBe('error: ./empty: is empty, expected a trace.\n');
  });

  test('what the program throws of itself is no bad input', async () => {
    for (const inside of [
      new RangeError('Invalid array length'),
      new TypeError('x is undefined'),
      new Error('no'),
    ]) {
      let err = '';
      const code = await run(['decode', 'ste', '0'], {
        out: () => {
          throw inside;
        },
        err: (text) => (err += text),
        paint: PLAIN,
        terminal: undefined,
      });
      expect(code).toBe(70);
      expect(err).toMatch(
        /^internal failure: the fault is in smmuv3, not in its input\.\nPlease report it with the input and these lines: version \S+, Node v\S+, smmuv3 decode ste 0\n/,
      );
      expect(err).toContain(inside.message);
    }
  });
});
