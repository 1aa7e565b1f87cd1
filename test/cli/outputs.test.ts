/** Which file an output is, found out before anything is opened. */
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Outputs } from '../../src/cli/files/outputs.js';
import { smmuv3 } from './run.js';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'smmuv3-outputs-'));
});
afterAll(() => rmSync(directory, { recursive: true }));
const at = (...names: string[]): string => join(directory, ...names);
const TRACE = 'iova,stream_id\n0x1000,1\n';

beforeEach(() => {
  rmSync(directory, { recursive: true });
  mkdirSync(at('folder', 'deep'), { recursive: true });
  writeFileSync(at('a.csv'), TRACE);
  writeFileSync(at('b.csv'), TRACE);
  symlinkSync('a.csv', at('link.csv'));
  symlinkSync('link.csv', at('link-of-link.csv'));
  symlinkSync(at('b.csv'), at('folder', 'far.csv'));
  symlinkSync('folder', at('way'));
  symlinkSync('../not-yet.csv', at('folder', 'dangling.csv'));
  linkSync(at('a.csv'), at('folder', 'hard.csv'));
});

/** Every name of three files; the third does not exist. */
const names = (): string[][] => {
  const spelled = (...all: string[]): string[] =>
    all.flatMap((name) => [
      at(name),
      `${directory}/./folder/..//${name}`,
      relative(process.cwd(), at(name)),
      `${directory}/way/deep/../../${name}`,
    ]);
  return [
    spelled('a.csv', 'link.csv', 'link-of-link.csv', 'folder/hard.csv', 'way/hard.csv'),
    spelled('b.csv', 'folder/far.csv', 'way/far.csv'),
    spelled('not-yet.csv', 'folder/dangling.csv', 'way/dangling.csv'),
  ];
};

describe('two names', () => {
  test('an output is refused when it is what is read, and only then, however both are spelled', () => {
    const files = names();
    for (const [read, inputs] of files.entries()) {
      for (const [written, outputs] of files.entries()) {
        for (const input of inputs) {
          for (const output of outputs) {
            const plan = (): Outputs =>
              Outputs.plan([{ role: 'the trace', path: input }], [{ role: 'OUT', path: output }]);
            // Nobody reads the third: it is not there.
            if (read === written && read < 2)
              expect(plan).toThrow(`${output}: is the trace too, expected another file for OUT.`);
            else expect(plan).not.toThrow();
          }
        }
      }
    }
  });

  test('two outputs are refused when they are one file, and only then, also when it is not there yet', () => {
    const files = names();
    for (const [i, some] of files.entries()) {
      for (const [j, others] of files.entries()) {
        for (const one of some) {
          for (const other of others) {
            const plan = (): Outputs =>
              Outputs.plan(
                [],
                [
                  { role: '--one', path: one },
                  { role: '--other', path: other },
                ],
              );
            if (i === j)
              expect(plan).toThrow(`${other}: is named by --one and by --other, expected two files.`);
            else expect(plan).not.toThrow();
          }
        }
      }
    }
  });

  test('a file of a folder that is read', () => {
    expect(() =>
      Outputs.plan(
        [{ role: 'the device', path: directory }],
        [{ role: 'OUT', path: at('folder', 'far.csv') }],
      ),
    ).toThrow(/far\.csv: is the device too/);
  });

  test('a new file that would be read in place of a compressed one', () => {
    writeFileSync(at('memory.bin.gz'), '');
    const plan = (input: string, output: string) => () =>
      Outputs.plan([{ role: 'the device', path: input }], [{ role: 'OUT', path: output }]);
    for (const [input, output] of [
      [directory, at('memory.bin')],
      [`${directory}/folder/..`, at('way', '..', 'memory.bin')],
    ])
      expect(plan(input, output)).toThrow(
        'memory.bin: would be read in place of memory.bin.gz, the device; expected another file for OUT.',
      );
    for (const output of [at('memory.csv'), at('folder', 'memory.bin')])
      expect(plan(directory, output)).not.toThrow();
  });

  test('standard output twice, /dev/null as often as one likes', () => {
    const twice = (path: string) => () =>
      Outputs.plan(
        [],
        [
          { role: '--one', path },
          { role: '--other', path },
        ],
      );
    for (const path of ['-', '/dev/stdout', '/dev/fd/1', '/proc/self/fd/1'])
      expect(twice(path)).toThrow('is named by --one and by --other, expected two files.');
    expect(twice('/dev/null')).not.toThrow();
  });
});

describe('what cannot be written is said in one sentence, and nothing is left', () => {
  test.each([
    [
      'missing/x.csv',
      /^error: \S+\/missing\/x\.csv: cannot be written, its folder \S+missing does not exist \(ENOENT\)\.\n$/,
    ],
    ['missing/x.csv.gz', /its folder \S+missing does not exist/],
    ['folder', /cannot be written, it is a folder \(EISDIR\)/],
    ['way', /it is a folder/],
    ['new/', /it is a folder/],
    ['a.csv/x.csv', /a\.csv is no folder \(ENOTDIR\)/],
    ['circle.csv', /its links lead in a circle \(ELOOP\)/],
    ['/dev/full', /^error: \/dev\/full: cannot be written, no space is left on its device \(ENOSPC\)\.\n$/],
    [`${'n'.repeat(300)}.csv`, /its name is too long \(ENAMETOOLONG\)/],
  ])('%s', async (name, sentence) => {
    symlinkSync('circle.csv', at('circle.csv'));
    const before = readdirSync(directory);
    const path = name.startsWith('/') ? name : `${directory}/${name}`;
    const { code, out, err } = await smmuv3('convert', 'gen:random,count=5', path, '--to', 'csv');
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(sentence);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(readdirSync(directory)).toEqual(before);
  });

  test('no name at all', async () => {
    const { code, err } = await smmuv3('convert', 'gen:random,count=5', '', '--to', 'csv');
    expect({ code, err }).toEqual({ code: 2, err: "error: '': names no file.\n" });
  });
});

describe('what is written', () => {
  test('a link stays, and where it leads has the rows; also where nothing was yet', async () => {
    for (const [link, file] of [
      ['link-of-link.csv', 'a.csv'],
      ['folder/far.csv', 'b.csv'],
      ['folder/dangling.csv', 'not-yet.csv'],
    ]) {
      expect((await smmuv3('convert', 'gen:random,count=5', at(link))).code).toBe(0);
      expect(readFileSync(at(file), 'utf8').split('\n')).toHaveLength(7);
    }
    expect(readdirSync(directory).filter((name) => name.includes('partial'))).toEqual([]);
  });

  test('a file that was there keeps its content until the new one is complete', async () => {
    const broken = at('broken.csv');
    writeFileSync(broken, `${TRACE.repeat(1)}nonsense,1\n`);
    const { code } = await smmuv3('convert', broken, at('b.csv'));
    expect(code).toBe(2);
    expect(readFileSync(at('b.csv'), 'utf8')).toBe(TRACE);
  });
});
