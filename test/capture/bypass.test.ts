// Captures of streams that bypass both stages: `t: "bypass"` in the timeline, `result: {bypass: true}` among the questions.
import { describe, expect, test } from '@jest/globals';
import { CaptureError } from '../../src/base/capture-error.js';
import { parseCapture, type CaptureFiles } from '../../src/capture/parse.js';
import { replayCapture } from '../../src/replay/replay.js';
import type { CaptureReport } from '../../src/replay/report.js';
import { ste } from '../support/encode.js';

const RAM = 0x4000_0000;
const hex = (value: number | bigint): string => `0x${value.toString(16)}`;
const json = (rows: readonly object[]): string => rows.map((row) => JSON.stringify(row)).join('\n');

/** IDR0 to IDR5 of the bundled captures. */
const IDS = { '0x0': '0xd44101b', '0x4': '0x2730010', '0xc': '0x1414', '0x14': '0x74' };
const WRITES: [offset: number, size: number, value: number][] = [
  [0x80, 8, RAM],
  [0x88, 4, 1], // two STEs
  [0x90, 8, RAM + 0x1000 + 4],
  [0xa0, 8, RAM + 0x2000 + 4],
  [0x20, 4, 0xd], // CMDQEN, EVENTQEN, SMMUEN
];

interface Parts {
  bypass?: readonly object[];
  questions?: readonly object[];
  /** STE.Config of stream 0: 4 bypasses both stages. */
  config?: number;
  /** CR0 that is written. */
  cr0?: number;
}

function files({ bypass = [], questions = [], config = 4, cr0 = 0xd }: Parts): CaptureFiles {
  const memory = Buffer.alloc(0x3000);
  ste({ V: 1, Config: config, SHCFG: 1 }).forEach((word, i) => memory.writeBigUInt64LE(word, 8 * i));
  ste({ V: 1, Config: 0 }).forEach((word, i) => memory.writeBigUInt64LE(word, 64 + 8 * i));
  const writes = WRITES.map(([off, size, val]) => ({ off, size, val: off === 0x20 ? cr0 : val }));
  const registers: Record<string, string> = { ...IDS };
  for (const { off, val } of writes) registers[hex(off)] = hex(val);
  const text: Record<string, string> = {
    'registers.json': JSON.stringify({ registers }),
    'memory.json': JSON.stringify({
      segments: [{ paddr: hex(RAM), offset: 0, length: 0x3000, kind: ['STE'] }],
    }),
    'timeline.jsonl': json([
      ...writes.map(({ off, size, val }, n) => ({
        t: 'mmio',
        n,
        op: 'w',
        off: hex(off),
        size,
        val: hex(val),
      })),
      ...bypass.map((row) => ({ t: 'bypass', sid: 0, iova: '0x12345678', ...row })),
    ]),
    'expected.jsonl': json(
      questions.map((row) => ({
        sid: 0,
        iova: '0x5123',
        rw: 'r',
        result: { bypass: true },
        source: 'qemu-frozen',
        ...row,
      })),
    ),
    'commands.jsonl': '',
    'events.jsonl': '',
  };
  return {
    name: 'bypassed',
    get: (file) => {
      if (file === 'memory.bin') return { shown: file, bytes: memory };
      return text[file] === undefined ? undefined : { shown: file, bytes: Buffer.from(text[file]) };
    },
  };
}

const replay = async (parts: Parts): Promise<CaptureReport> => replayCapture(parseCapture(files(parts)));

describe('a bypass agrees when the address passes and no table was asked', () => {
  test('twenty accesses of one stream, remembered or not, and questions', async () => {
    const iovas = Array.from({ length: 20 }, (_, i) => ({
      iova: hex(0x1000 * (i % 3) + i),
      rw: i % 2 ? 'w' : 'r',
    }));
    const report = await replay({
      bypass: iovas,
      questions: [{}, { rw: 'w' }, { iova: hex((1n << 44n) - 1n) }],
    });
    expect(report.firstMismatches).toEqual([]);
    expect(report).toMatchObject({ mismatches: 0, translations: 20, questions: 3, departures: {} });
    expect(report.streams[0]).toMatchObject({ translations: 23, microTlb: { hits: 0, misses: 0 } });
  });

  test('every form of a line', async () => {
    const forms = [
      {},
      { rw: 'w' },
      { is_write: true },
      { is_write: 0 },
      { pa: '0x12345678' },
      { perm_bits: 3 },
    ];
    expect((await replay({ bypass: forms })).firstMismatches).toEqual([]);
  });

  test('with SMMUEN = 0 every stream does', async () => {
    const { firstMismatches } = await replay({
      cr0: 0xc,
      bypass: [{ sid: 1 }, { sid: 77 }],
      questions: [{ sid: 1 }],
    });
    expect(firstMismatches).toEqual([]);
  });
});

describe('what is no bypass is found', () => {
  test('a stream whose STE aborts, and one whose stage 1 is on', async () => {
    const { firstMismatches } = await replay({ bypass: [{ sid: 1 }], questions: [{ sid: 1 }] });
    expect(firstMismatches.map(({ where, explanation }) => `${where}: ${explanation}`)).toEqual([
      'timeline.jsonl, line 6: StreamID 0x1, address 0x12345678: recorded as bypassed, the model answers abort without an event',
      'expected.jsonl, line 1 (qemu-frozen): read of StreamID 0x1 at 0x5123: expected a bypass, the model answers abort without an event',
    ]);
    expect((await replay({ config: 5, bypass: [{}] })).mismatches).toBeGreaterThan(0);
  });

  test.each([
    [{ bypass: [{ pa: '0x1000' }] }, 'timeline.jsonl, line 6, field "pa": got "0x1000"'],
    [{ bypass: [{ rw: 'x' }] }, 'timeline.jsonl, line 6, field "rw": got "x"'],
    [
      { questions: [{ result: { bypass: true, pa: '0x1' } }] },
      'expected.jsonl, line 1, field "result.pa": got "0x1"',
    ],
    [
      { questions: [{ result: { bypass: false } }] },
      'expected.jsonl, line 1, field "result": got {"bypass":false}',
    ],
  ])('%j: one sentence', (parts, sentence) => {
    expect(() => parseCapture(files(parts))).toThrow(CaptureError);
    expect(() => parseCapture(files(parts))).toThrow(sentence);
  });
});
