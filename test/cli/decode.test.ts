import { describe, expect, test } from '@jest/globals';
import { paintFor } from '../../src/cli/output.js';
import { PLAIN } from '../../src/replay/text.js';
import { smmuv3 } from './run.js';

describe('smmuv3 decode', () => {
  test('prints one field a line, those that are 0 left out', async () => {
    const { code, out, err } = await smmuv3('decode', 'l1std', '0x5be20009');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toBe(
      [
        'Level 1 Stream Table Descriptor  IHI 0070 §5.1',
        '  0x000000005be20009',
        '  Span   [4:0]   9  256 STEs',
        '  L2Ptr  [55:6]  0x16f8800  0x5be20000',
        '',
      ].join('\n'),
    );
  });

  test('--all shows fields that are 0 too', async () => {
    const { out } = await smmuv3('decode', 'cmd', '0x46', '--all');
    expect(out).toMatch(/^CMD_SYNC .*§4\.7\.3/);
    expect(out).toMatch(/ MSIAddress .* no MSI$/m);
  });

  test('decimal and hexadecimal words are the same', async () => {
    expect((await smmuv3('decode', 'cmd', '70')).out).toBe((await smmuv3('decode', 'cmd', '0x46')).out);
  });

  test('--json: 64-bit numbers are hexadecimal strings', async () => {
    const { out } = await smmuv3('decode', 'pte', '0x44119f47', '--json');
    const decoded = JSON.parse(out) as {
      kind: string;
      words: string[];
      fields: { name: string; value: string }[];
    };
    expect(decoded.kind).toBe('pte');
    expect(decoded.words).toEqual(['0x44119f47']);
    expect(decoded.fields).toContainEqual({
      name: 'AF',
      dword: 0,
      bits: '[10]',
      value: '0x1',
      meaning: 'accessed',
    });
  });

  test('level and granule decide what a descriptor is', async () => {
    const { out } = await smmuv3('decode', 's2pte', '0x480007bd', '--level', '2', '--granule', '64k');
    expect(out).toMatch(/^Stage 2 level 2 block descriptor, 64 KB granule/);
  });
});

describe('bad input: exit code 2 and one sentence', () => {
  test.each([
    ['no number', ['decode', 'pte', 'ox12'], /'ox12' is invalid.*Expected a number, hexadecimal such as/],
    ['too wide', ['decode', 'pte', '0x10000000000000000'], /Expected a number of at most 64 bits/],
    ['an unknown kind', ['decode', 'tlb', '1'], /'tlb' is invalid.*Allowed choices are ste, cd, l1std, l1cd/],
    ['too many words', ['decode', 'cmd', '1', '2', '3'], /3 words given, expected at most 2 for cmd/],
    ['a level that is none', ['decode', 'pte', '1', '--level', '4'], /Expected a level from -1 to 3/],
    ['a granule that is none', ['decode', 'pte', '1', '--granule', '8k'], /Expected 4k, 16k or 64k/],
    ['an unknown command', ['refute'], /unknown command 'refute'/],
    ['an unknown option', ['decode', 'pte', '1', '--colour'], /unknown option '--colour'/],
    ['no StreamID', ['translate', 'linux-s1-4k', '--iova', '0'], /required option '--sid <N>' not specified/],
    ['a StreamID of 33 bits', ['translate', 'x', '--sid', '0x100000000', '--iova', '0'], /at most 32 bits/],
    [
      'no such capture',
      ['translate', 'nowhere', '--sid', '1', '--iova', '0'],
      /^error: nowhere: no such directory, expected a capture\.$/m,
    ],
    [
      'a file for a capture',
      ['replay', 'package.json'],
      /^error: package\.json: not a directory, expected a capture\.$/m,
    ],
  ])('%s', async (_, args, sentence) => {
    const { code, out, err } = await smmuv3(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(sentence);
    expect(err.trim().split('\n')).toHaveLength(1);
  });
});

describe('help', () => {
  test('names the commands and where to start', async () => {
    const { code, out } = await smmuv3('--help');
    expect(code).toBe(0);
    for (const name of ['replay', 'translate', 'explain', 'decode', 'Where to start'])
      expect(out).toContain(name);
  });

  test.each(['replay', 'translate', 'explain', 'decode'])('%s --help has examples', async (name) => {
    const { code, out } = await smmuv3(name, '--help');
    expect(code).toBe(0);
    expect(out).toContain(`Examples:\n  smmuv3 ${name} `);
  });

  test('--version', async () => expect(await smmuv3('--version')).toMatchObject({ code: 0, out: '0.1.0\n' }));
});

describe('colours', () => {
  test('on a terminal only, and never with NO_COLOR or a dumb terminal', () => {
    expect(paintFor({ isTTY: false }, {})).toBe(PLAIN);
    expect(paintFor({}, {})).toBe(PLAIN);
    expect(paintFor({ isTTY: true }, { NO_COLOR: '1' })).toBe(PLAIN);
    expect(paintFor({ isTTY: true }, { TERM: 'dumb' })).toBe(PLAIN);
    expect(paintFor({ isTTY: true }, { NO_COLOR: '' })).not.toBe(PLAIN);
  });
});
