import { describe, expect, test } from '@jest/globals';
import { lintCd } from '../../src/inspect/lint-cd.js';
import { lintSte } from '../../src/inspect/lint-ste.js';

/** Identification of the bundled captures. */
const ID = { idr0: 0xd44101b, idr1: 0x2730010, idr3: 0x1414, idr5: 0x74 };
/** Stage 2: 44-bit IPAs from level 0, 4 KB, 44-bit output, VMSAv8-64, little-endian. */
const S2 = (20n << 32n) | (2n << 38n) | (4n << 48n) | (1n << 51n) | (1n << 58n) | 1n;
const STE = (config: bigint, ...rest: bigint[]): bigint[] => [(config << 1n) | 1n, ...rest];

describe('STE (IHI 0070 §5.2.2)', () => {
  test('usable ones have no problem', () => {
    expect(lintSte(STE(0n), ID)).toEqual([]);
    expect(lintSte(STE(4n), ID)).toEqual([]);
    expect(lintSte(STE(5n), ID)).toEqual([]);
    expect(lintSte(STE(6n, 0n, S2, 0x4000_0000n), ID)).toEqual([]);
  });

  test('stages that do not exist', () => {
    expect(lintSte(STE(5n), { ...ID, idr0: 0xd441019 })).toEqual([
      'Config enables stage 1, but IDR0.S1P = 0',
    ]);
    const words = STE(6n, 0n, S2, 0x4000_0000n);
    expect(lintSte(words, { ...ID, idr0: 0xd44101a })).toEqual(['Config enables stage 2, but IDR0.S2P = 0']);
  });

  test.each([
    ['V', [0n], 'V = 0'],
    [
      'stalls that do not exist',
      STE(6n, 0n, S2 | (1n << 57n)),
      'S2S = 1, but IDR0.STALL_MODEL = 1 (terminate only)',
    ],
    ['a pointer above OAS', STE(5n | (1n << 46n)), 'S1ContextPtr = 0x800000000000 needs more than 44 bits'],
    ['a table above S2PS', STE(6n, 0n, S2, 1n << 45n), 'S2TTB = 0x200000000000 needs more than 44 bits'],
    ['a size below the minimum', STE(6n, 0n, S2 - (8n << 32n)), 'S2T0SZ = 12 is outside 20..39'],
    [
      'a size that does not fit the start level',
      STE(6n, 0n, (S2 & ~(3n << 38n)) | (1n << 38n)),
      'S2T0SZ = 20 (44 bits) does not fit a start at level 1, which takes 31 to 43 bits',
    ],
    [
      'hardware updates that do not exist',
      STE(6n, 0n, S2 | (1n << 56n)),
      'S2HA or S2HD = 1, but IDR0.HTTU = 0',
    ],
    [
      'big-endian tables',
      STE(6n, 0n, S2 | (1n << 52n)),
      'S2ENDI = 1, but IDR0.TTENDIAN allows little-endian tables only',
    ],
  ] as const)('%s', (_, words, sentence) => {
    expect(lintSte(words, ID)).toEqual([sentence]);
  });
});

describe('CD (IHI 0070 §5.4.1)', () => {
  /** TTB0: 48 bits, 4 KB; TTB1 disabled; valid, 44-bit output, VMSAv8-64, R, A. */
  const CD = 0x10n | (1n << 30n) | (1n << 31n) | (4n << 32n) | (1n << 41n) | (1n << 45n) | (1n << 46n);
  const words = (first: bigint, ttb0 = 0x4000_0000n): bigint[] => [first, ttb0, 0n];

  test('a usable one has no problem', () => expect(lintCd(words(CD), STE(5n), ID)).toEqual([]));

  test.each([
    ['V', words(0n), 'V = 0'],
    ['A with TERM_MODEL', words(CD & ~(1n << 46n)), 'A = 0, but IDR0.TERM_MODEL = 1'],
    ['S with STALL_MODEL', words(CD | (1n << 44n)), 'S = 1, but IDR0.STALL_MODEL = 1'],
    ['T0SZ', words(CD - 1n), 'T0SZ = 15 is outside 16..39'],
    ['TG0', words(CD | (3n << 6n)), 'TG0 = 3 is reserved or a granule that IDR5 does not have'],
    ['TTB0', words(CD, 1n << 44n), 'TTB0 = 0x100000000000 needs more than 44 bits'],
    ['VMSAv8-32', words(CD & ~(1n << 41n)), 'AA64 = 0, but IDR0.TTF has no VMSAv8-32'],
    ['HTTU', words(CD | (1n << 43n)), 'HA or HD = 1, but IDR0.HTTU = 0'],
  ])('%s', (_, cd, sentence) => expect(lintCd(cd, STE(5n), ID)).toEqual([sentence]));

  test('the disabled half may hold anything, the enabled one is checked whatever the address', () => {
    expect(lintCd(words(CD | (0x3fn << 16n)), STE(5n), ID)).toEqual([]);
    expect(lintCd(words(CD & ~(1n << 30n)), STE(5n), ID)).toEqual([
      'TG1 = 0 is reserved or a granule that IDR5 does not have',
      'T1SZ = 0 is outside 16..39',
    ]);
  });
});
