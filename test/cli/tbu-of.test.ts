// --tbu-of: which TBU a stream goes through, by a rule or a file.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseTbuOf } from '../../src/cli/tbu-of.js';
import { smmuv3 } from './run.js';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'smmuv3-tbus-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

function file(text: string): string {
  const path = join(directory, 'map.json');
  writeFileSync(path, text);
  return path;
}

describe('maps', () => {
  test('MOD n: StreamIDs in turn', () => {
    const { tbus, tbuOf } = parseTbuOf('MOD 3');
    expect([tbus, ...[0, 1, 2, 3, 0xffff_fffe].map(tbuOf)]).toEqual([3, 0, 1, 2, 0, 2]);
    expect(parseTbuOf('mod2').tbus).toBe(2);
  });

  test('a file: StreamIDs and ranges with both ends, the rest by default', () => {
    const { tbus, tbuOf } = parseTbuOf(
      file('{"default":1,"streams":{"0x20..0x2f":3,"16":0,"0xffffffff":2}}'),
    );
    expect(tbus).toBe(4);
    expect([0x1f, 0x20, 0x2f, 0x30, 16, 15, 17, 0xffff_ffff].map(tbuOf)).toEqual([1, 3, 3, 1, 0, 1, 1, 2]);
    expect(parseTbuOf(file('{"streams":{}}'))).toMatchObject({ tbus: 1 });
  });

  test.each([
    [
      '{"streams":{"0x10..0x20":1,"0x20":2}}',
      'map.json, field "streams": StreamID 0x20 has two TBUs, expected one.',
    ],
    [
      '{"streams":{"x":1}}',
      'field "streams.x": expected a StreamID such as 0x10, or a range such as 0x20..0x2f.',
    ],
    ['{"streams":{"5..3":1}}', 'field "streams.5..3": expected a StreamID'],
    ['{"streams":{"0x100000000":1}}', 'expected a StreamID'],
    ['{"streams":{"1":64}}', 'field "streams.1": got 64, expected an integer from 0 to 63.'],
    ['{"stream":{}}', 'field "stream": got {}, expected no such field, only default and streams.'],
    ['{}', 'field "streams": got nothing, expected a JSON object.'],
    ['{', 'not valid JSON'],
  ])('%s is refused', (text, sentence) => {
    const path = file(text);
    expect(() => parseTbuOf(path)).toThrow(sentence);
  });

  test.each([['MOD 0'], ['MOD 65'], ['half'], ['']])('%j is refused', (text) => {
    expect(() => parseTbuOf(text)).toThrow(/^--tbu-of /);
  });
});

describe('smmuv3 run --tbu-of', () => {
  const trace = 'gen:sequential,window=64K,count=400,streams=4';
  const lookups = async (...args: string[]): Promise<Record<string, number>> => {
    const { out } = await smmuv3('run', trace, '--timing', 'off', '--json', ...args);
    const { caches } = JSON.parse(out) as { caches: Record<string, { lookups: number }> };
    return Object.fromEntries(
      Object.entries(caches)
        .filter(([name]) => name.endsWith('.micro'))
        .map(([name, cache]) => [name, cache.lookups]),
    );
  };

  test('each TBU has its streams', async () => {
    expect(await lookups('--tbu-of', 'MOD 2')).toEqual({ 'tbu0.micro': 200, 'tbu1.micro': 200 });
    expect(await lookups('--tbu-of', file('{"default":1,"streams":{"3":0}}'))).toEqual({
      'tbu0.micro': 100,
      'tbu1.micro': 300,
    });
    expect(await lookups('--tbu-of', 'MOD 2', '--set', 'tbus=4')).toMatchObject({
      'tbu1.micro': 200,
      'tbu3.micro': 0,
    });
  });

  test('more TBUs without a map: it is said where their streams go', async () => {
    // Lines are broken to the width of a terminal.
    const text = async (...args: string[]): Promise<string> =>
      (await smmuv3('run', trace, ...args)).out.replace(/\s+/g, ' ');
    expect(await text('--set', 'tbus=2')).toContain(
      '2 TBUs, all streams through TBU 0 (--tbu-of says otherwise)',
    );
    expect(await text('--tbu-of', 'MOD 2')).toContain('2 TBUs, streams by MOD 2');
    expect(await text()).not.toContain('TBUs');
  });

  test('a map of more TBUs than there are', async () => {
    const { code, err } = await smmuv3('run', trace, '--tbu-of', 'MOD 4', '--set', 'tbus=2');
    expect({ code, err }).toEqual({
      code: 2,
      err: 'error: --tbu-of names 4 TBUs, but tbus is 2: expected tbus=4 or more\n',
    });
  });
});
