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

describe('smmuv3 decode of an STE or CD says whether it is usable', () => {
  const CAPTURES = 'idr0=0xd44101b,idr1=0x2730010,idr3=0x1414,idr5=0x74';

  test('a usable one', async () => {
    const { code, out } = await smmuv3('decode', 'ste', '0x9');
    expect(code).toBe(0);
    expect(out).toMatch(/\nUsable: it breaks no rule of IHI 0070 §5\.2\.2\.\n$/);
  });

  test('IHI 0070 §5.2.2 every rule that an STE breaks, by the features of --id', async () => {
    const stalls = ['decode', 'ste', '0xb', '0x8000000']; // stage 1, S1STALLD
    expect((await smmuv3(...stalls)).out).toMatch(/\nUsable: /);
    const { out } = await smmuv3(...stalls, '--id', CAPTURES);
    expect(out).toMatch(
      /\nNot usable: C_BAD_STE \(IHI 0070 §5\.2\.2\)\n {2}S1STALLD = 1, but IDR0\.STALL_MODEL = 1\n$/,
    );
  });

  test('IHI 0070 §5.4.1 why a CD is illegal, by itself and under its STE', async () => {
    // TTB0: 48 bits, 4 KB; V, 44-bit output, AA64, R, A; the second also EPD1 and S.
    const bad = await smmuv3('decode', 'cd', '0x0000620480000010', '0x40000000');
    expect(bad.out).toMatch(
      /\nNot usable: C_BAD_CD \(IHI 0070 §5\.4\.1\)\n {2}TG1 = 0 is reserved .*\n {2}T1SZ = 0 is outside 16\.\.48\n$/,
    );
    const stalling = ['decode', 'cd', '0x00007204c0000010', '0x40000000'];
    expect((await smmuv3(...stalling)).out).toMatch(/\nUsable: /);
    const { out } = await smmuv3(...stalling, '--ste', '0xb,0x8000000');
    expect(out).toMatch(/\n {2}S = 1, but STE\.S1STALLD = 1\n$/);
  });

  test('--json has them too, and nothing else has', async () => {
    expect(JSON.parse((await smmuv3('decode', 'ste', '0', '--json')).out)).toMatchObject({
      problems: ['V = 0'],
    });
    expect(JSON.parse((await smmuv3('decode', 'cmd', '0x46', '--json')).out)).not.toHaveProperty('problems');
  });
});

describe('bad input: exit code 2 and one sentence', () => {
  test.each([
    [
      'an ID profile',
      ['decode', 'ste', '0x9', '--id', 'v9'],
      /id must be 'v3\.2', 'v3\.4' or 'mmu600', not 'v9'; or a list/,
    ],
    [
      'an ID register',
      ['decode', 'ste', '0x9', '--id', 'idr9=1'],
      /Expected idr0, idr1, idr3, idr5, cr2 in the list, not 'idr9'/,
    ],
    [
      '--id without effect',
      ['decode', 'pte', '1', '--id', 'v3.2'],
      /--id has no effect on pte, expected ste or cd/,
    ],
    ['--ste without effect', ['decode', 'ste', '1', '--ste', '1'], /--ste has no effect on ste, expected cd/],
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
