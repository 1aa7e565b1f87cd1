import { describe, expect, test } from '@jest/globals';
import { CaptureError } from '../../src/base/capture-error.js';
import { parseCapture } from '../../src/capture/parse.js';
import { filesOf, GOOD } from './files.js';

describe('a well-formed capture', () => {
  const capture = parseCapture(filesOf());

  test('registers by offset', () => {
    expect([...capture.registers]).toEqual([
      [0x0, 0xd44101b],
      [0x20, 0xd],
    ]);
  });

  test('memory segments take their bytes from memory.bin', () => {
    expect(capture.memory.map(({ address, kinds }) => [address, kinds])).toEqual([
      [0x4000_0000n, ['STE']],
      [0x4000_1000n, ['CD']],
    ]);
    expect([...capture.memory[1].bytes.subarray(0, 3)]).toEqual([16, 17, 18]);
  });

  test('the timeline keeps order, lines and kinds', () => {
    expect(capture.timeline.map(({ kind, line }) => [kind, line])).toEqual([
      ['mmio', 1],
      ['mmio', 2],
      ['xlat', 3],
      ['event', 4],
      ['irq', 5],
      ['mem', 6],
    ]);
    expect(capture.timeline[1]).toMatchObject({
      write: true,
      offset: 0x98,
      size: 4,
      value: 2n,
      commands: [0, 0],
    });
    expect(capture.timeline[2]).toMatchObject({
      read: false,
      write: true,
      descriptors: [{ stage: 1, level: 3, address: 0x4410efe8n, value: 0x44119f47n }],
    });
    expect(capture.timeline[3]).toMatchObject({ words: [0x1900000010n, 0x20000000000n, 0x1000n, 0n] });
  });

  test('questions of all three kinds', () => {
    expect(capture.expected.map(({ result }) => result)).toEqual([
      { kind: 'pa', pa: 0x2000n, pageSize: 4096n, read: true, write: true },
      { kind: 'fault', name: 'F_PERMISSION', stage2: true },
      { kind: 'terminated' },
    ]);
  });

  test('commands and events as words', () => {
    expect(capture.commands[0]).toMatchObject({ name: 'SYNC', words: [0xfc02046n, 0n], access: 1 });
    expect(capture.events[0].words[0]).toBe(0x1900000010n);
  });
});

function line(file: string, n: number, change: (text: string) => string): Record<string, string> {
  const lines = GOOD[file].split('\n');
  lines[n - 1] = change(lines[n - 1]);
  return { [file]: lines.join('\n') };
}

describe('malformed input is one sentence with file, line and field', () => {
  const cases: readonly (readonly [
    name: string,
    changes: Record<string, string | undefined>,
    sentence: string,
  ])[] = [
    [
      'a missing file',
      { 'expected.jsonl': undefined },
      'made-up: has no expected.jsonl, expected expected.jsonl or expected.jsonl.gz.',
    ],
    [
      'a number without 0x',
      line('timeline.jsonl', 2, (text) => text.replace('"0x98"', '"98"')),
      'timeline.jsonl, line 2, field "off": got "98", expected a hexadecimal string below 0x20000 such as "0x98".',
    ],
    [
      'an odd offset',
      line('timeline.jsonl', 2, (text) => text.replace('"0x98"', '"0x99"')),
      'timeline.jsonl, line 2, field "off": got "0x99", expected an offset that is a multiple of 4.',
    ],
    [
      'an unknown kind of line',
      line('timeline.jsonl', 5, (text) => text.replace('"irq",', '"nmi",')),
      'timeline.jsonl, line 5, field "t": got "nmi", expected one of "mmio", "xlat", "bypass", "event", "irq", "mem".',
    ],
    [
      'a record that is too short',
      line('timeline.jsonl', 4, (text) => text.replace('1000000019', '10')),
      'timeline.jsonl, line 4, field "raw": got "10000000000000000002000000100000000000000000000000000000", expected 64 hexadecimal digits (32 bytes).',
    ],
    [
      'a descriptor row of the wrong shape',
      line('timeline.jsonl', 3, (text) => text.replace('[1,3,', '[4,3,')),
      'timeline.jsonl, line 3, field "ptes": got [[4,3,"0x4410efe8","0x44119f47"]], expected rows of [stage 1, 2 or 3, level -1 to 3, "0x" address, "0x" value].',
    ],
    [
      'a range of commands that runs backwards',
      line('timeline.jsonl', 2, (text) => text.replace('[0,0]', '[1,0]')),
      'timeline.jsonl, line 2, field "cmds": got [1,0], expected the first and the last index of the commands consumed.',
    ],
    [
      'an answer of no kind',
      line('expected.jsonl', 2, (text) => text.replace('"fault"', '"trouble"')),
      'expected.jsonl, line 2, field "result": got {"trouble":"F_PERMISSION","stage2":true}, expected an object with "pa", "fault", "terminated" or "bypass".',
    ],
    [
      'a field of a nested object',
      line('expected.jsonl', 1, (text) => text.replace('"rw"}', '"x"}')),
      'expected.jsonl, line 1, field "result.perm": got "x", expected one of "r", "w", "rw".',
    ],
    [
      'a StreamID that is too large',
      line('expected.jsonl', 1, (text) => text.replace('24', '4294967296')),
      'expected.jsonl, line 1, field "sid": got 4294967296, expected an integer from 0 to 4294967295.',
    ],
    [
      'a command out of order',
      line('commands.jsonl', 1, (text) => text.replace('"i":0', '"i":3')),
      'commands.jsonl, line 1, field "i": got 3, expected 0, the next index.',
    ],
    [
      'a segment beyond the image',
      { 'memory.json': GOOD['memory.json'].replace('"offset":16,"length":16', '"offset":16,"length":17') },
      'memory.json, field "segments[1].length": got 17, expected at most 16 bytes, for memory.bin has 32.',
    ],
    [
      'segments that overlap',
      { 'memory.json': GOOD['memory.json'].replace('0x40001000', '0x40000008') },
      'memory.json, field "segments": the segment at 0x40000008 overlaps the one at 0x40000000.',
    ],
    [
      'a register offset that is none',
      { 'registers.json': '{"registers":{"IDR0":"0x1"}}' },
      'registers.json, field "registers.IDR0": expected an offset such as "0x20", a multiple of 4.',
    ],
    ['an array for an object', { 'registers.json': '[]' }, 'registers.json: got [], expected a JSON object.'],
  ];

  test.each(cases)('%s', (_, changes, sentence) => {
    expect(() => parseCapture(filesOf(changes))).toThrow(CaptureError);
    expect(() => parseCapture(filesOf(changes))).toThrow(expect.objectContaining({ message: sentence }));
  });

  test('text that is no JSON names its line', () => {
    const changes = line('timeline.jsonl', 3, () => '{"t":');
    expect(() => parseCapture(filesOf(changes))).toThrow(
      /^timeline\.jsonl, line 3: not valid JSON \(.*\)\.$/,
    );
  });
});
