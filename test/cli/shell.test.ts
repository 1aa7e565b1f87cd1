/** Outputs, pipes and signals as a user meets them in a shell. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { shell, type Shelled } from './shell.js';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'smmuv3-shell-'));
});
afterEach(() => rmSync(directory, { recursive: true }));
const at = (name: string): string => join(directory, name);
const run = (script: string): Promise<Shelled> => shell(script, directory);
const partial = (): string[] => readdirSync(directory).filter((name) => name.includes('partial'));
const HEADER = 'iova,stream_id,access,size,requester,privileged,instruction\n';

describe('standard output and what is like it', () => {
  test('- and /dev/stdout are standard output, which then holds nothing else', async () => {
    for (const name of ['-', '/dev/stdout', '/dev/fd/1']) {
      const { code, out, err } = await run(`smmuv3 convert gen:sequential,count=2 ${name} --to csv`);
      expect(code).toBe(0);
      expect(out).toBe(`${HEADER}0x10000000000,0,r,64,0,0,0\n0x10000000040,0,r,64,0,0,0\n`);
      expect(err).toBe(`${name}: 2 transactions as csv\n`);
    }
    expect(readdirSync(directory)).toEqual([]);
  });

  test('redirected into a file, behind what is there', async () => {
    const { code } = await run(
      'echo "# mine" > a.csv; smmuv3 convert gen:sequential,count=1 /dev/stdout --to csv >> a.csv',
    );
    expect(code).toBe(0);
    expect(readFileSync(at('a.csv'), 'utf8')).toBe(`# mine\n${HEADER}0x10000000000,0,r,64,0,0,0\n`);
  });

  test('the file behind standard output is no other output', async () => {
    const { code, err } = await run('smmuv3 convert gen:random,count=1 a.csv > a.csv');
    expect({ code, err }).toEqual({
      code: 2,
      err: 'error: a.csv: is standard output too, expected another file for OUT.\n',
    });
  });

  test('the file behind standard input', async () => {
    writeFileSync(at('a.csv'), `${HEADER}0,0,r,64,0,0,0\n`);
    const { code, err } = await run('smmuv3 convert - a.csv < a.csv');
    expect({ code, err }).toEqual({
      code: 2,
      err: 'error: a.csv: is the trace that is read too, expected another file for OUT.\n',
    });
    expect(readFileSync(at('a.csv'), 'utf8')).toBe(`${HEADER}0,0,r,64,0,0,0\n`);
  });

  test('what a shell puts behind a name is read and written: pipes, compressed or not', async () => {
    const script = `smmuv3 convert gen:random,count=70000 a.csv.gz > /dev/null
      smmuv3 convert <(cat a.csv.gz) - --to csv 2> /dev/null | cmp - <(zcat a.csv.gz) &&
      cat a.csv.gz | smmuv3 convert - >(cmp - <(zcat a.csv.gz) && echo same > verdict) --to csv
      for i in 1 2 3 4 5 6 7 8 9 10; do [ -e verdict ] || sleep 0.2; done; cat verdict`;
    const { code, out } = await run(script);
    expect({ code, last: out.trim().split('\n').at(-1) }).toEqual({ code: 0, last: 'same' });
  });

  test('a reader that has seen enough is no error, on either stream', async () => {
    const { out } = await run(`for i in 1 2 3; do
        smmuv3 convert gen:random,count=1G - --to csv 2>/dev/null | head -1 > /dev/null; echo \${PIPESTATUS[0]}
        smmuv3 run --help 2>&1 | true; echo \${PIPESTATUS[0]}
        smmuv3 nonsense 2>&1 | true; echo \${PIPESTATUS[0]}
      done`);
    expect(out).toBe('0\n0\n2\n'.repeat(3));
  });

  test('text that a full device or a limit cuts is a failure, not an end', async () => {
    const { out, err } = await run(`smmuv3 run --help > /dev/full; echo $?
      (ulimit -f 1; smmuv3 run --help > help.txt; echo $?)`);
    expect(out).toBe('2\n2\n');
    expect(err).toBe(
      'error: standard output: cannot be written, no space is left on its device (ENOSPC).\n' +
        'error: standard output: cannot be written, it would be larger than the limit of file sizes allows (EFBIG).\n',
    );
  });
});

describe('what is no regular file', () => {
  test('a FIFO gets the bytes and stays one', async () => {
    const { code, out } = await run(
      'mkfifo pipe; cat pipe > got & smmuv3 convert gen:sequential,count=2 pipe --to csv; code=$?; wait; cat got; exit $code',
    );
    expect(code).toBe(0);
    expect(out).toBe(`pipe: 2 transactions as csv\n${readFileSync(at('got'), 'utf8')}`);
    expect(readFileSync(at('got'), 'utf8')).toContain(HEADER);
    expect(lstatSync(at('pipe')).isFIFO()).toBe(true);
  });

  test("a FIFO's reader that goes away is a sentence", async () => {
    const { code, err } = await run(
      'mkfifo pipe; head -1 pipe > /dev/null & smmuv3 convert gen:random,count=1M pipe --to csv',
    );
    expect({ code, err }).toEqual({
      code: 2,
      err: 'error: pipe: cannot be written, its reader has gone (EPIPE).\n',
    });
  });

  test('/dev/null stays what it is', async () => {
    const { code } = await run('smmuv3 convert gen:random,count=1 /dev/null --to csv');
    expect(code).toBe(0);
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });
});

describe('failures in the middle', () => {
  test.each(['a.csv', 'a.csv.gz', 'a.bin'])(
    'the limit of file sizes, %s: what was there stays',
    async (name) => {
      writeFileSync(at(name), 'old');
      const { code, out, err } = await run(`ulimit -f 64; smmuv3 convert gen:random,count=200K ${name}`);
      expect({ code, out, err }).toEqual({
        code: 2,
        out: '',
        err: `error: ${name}: cannot be written, it would be larger than the limit of file sizes allows (EFBIG).\n`,
      });
      expect(readFileSync(at(name), 'utf8')).toBe('old');
      expect(partial()).toEqual([]);
    },
  );

  test('a folder and a file that may not be written', async () => {
    chmodSync(directory, 0o777);
    writeFileSync(at('mine.csv'), 'old');
    chmodSync(at('mine.csv'), 0o444);
    // Root may write everything: somebody else tries.
    const other = process.getuid?.() === 0 ? 'setpriv --reuid=65534 --clear-groups ' : '';
    const main = `${process.execPath} ${process.cwd()}/dist/src/cli/main.js`;
    const { out, err } = await run(`${other}${main} convert gen:random,count=1 mine.csv; echo $?
      mkdir closed; chmod 555 closed; ${other}${main} convert gen:random,count=1 closed/x.csv; echo $?`);
    expect(out).toBe('2\n2\n');
    expect(err).toBe(
      'error: mine.csv: cannot be written, permission denied (EACCES).\n' +
        'error: closed/x.csv: cannot be written, permission denied (EACCES).\n',
    );
    expect(readFileSync(at('mine.csv'), 'utf8')).toBe('old');
  });
});

describe('signals', () => {
  test.each([
    ['INT', 130],
    ['TERM', 143],
    ['HUP', 129],
  ])(
    'SIG%s removes what is not complete, says what was done, and ends by the signal',
    async (signal, code) => {
      for (const name of ['a.csv', 'a.bin.gz']) {
        const ended = await run(`start convert gen:random,count=20M ${name}
        while ! ls *.partial > /dev/null 2>&1; do sleep 0.05; done; sleep 0.5; kill -${signal} $pid; wait $pid`);
        expect(ended.code).toBe(code);
        expect(ended.err).toMatch(
          new RegExp(
            `^SIG${signal}: \\d+ transactions converted; ${name.replaceAll('.', '\\.')} not written\\n`,
          ),
        );
        expect(partial()).toEqual([]);
        expect(existsSync(at(name))).toBe(false);
      }
    },
  );

  test('a run tells its statistics so far, and leaves neither file', async () => {
    const { code, out, err } =
      await run(`start run gen:random,count=20M --per-transaction p.csv.gz --walk-trace w.csv
      while ! ls w.csv*.partial > /dev/null 2>&1; do sleep 0.05; done; sleep 1; kill -INT $pid; wait $pid`);
    expect({ code, out }).toEqual({ code: 130, out: '' });
    const [, told] = /^SIGINT: (\d+) transactions done; p\.csv\.gz and w\.csv not written\n/.exec(err)!;
    expect(Number(/^transactions +(\d+)/m.exec(err)![1])).toBeGreaterThanOrEqual(Number(told));
    expect(readdirSync(directory)).toEqual([]);
  });

  test('while it waits for the reader of a FIFO', async () => {
    const { code } = await run(
      'mkfifo pipe; start convert gen:random,count=1 pipe --to csv; sleep 1; kill -INT $pid; wait $pid',
    );
    expect(code).toBe(130);
  });
});
