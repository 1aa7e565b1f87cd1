import { describe, expect, test } from '@jest/globals';
import { FLAG_INSTRUCTION, FLAG_PRIVILEGED, FLAG_SSV, FLAG_WRITE } from '../../src/index.js';
import { open, read, refusal, rowsOf, sample } from './support.js';

const row = { iova: 0, sid: 0, ssid: 0, flags: 0, size: 64, requester: 0, time: 0 };

describe('CSV', () => {
  test('columns by name, in any order, absent ones have their defaults', async () => {
    const text =
      '\uFEFFaccess, stream_id ,iova,substream_id,privileged,instruction\r\nw,0x18,0xffffd000,,1,0\r\n\n# note\nr,25,4096,7,0,true\n';
    expect(await read(text)).toEqual([
      { ...row, iova: 0xffffd000, sid: 0x18, requester: 0x18, flags: FLAG_WRITE | FLAG_PRIVILEGED },
      { ...row, iova: 4096, sid: 25, requester: 25, ssid: 7, flags: FLAG_SSV | FLAG_INSTRUCTION },
    ]);
  });

  test('64-bit addresses, decimal and hexadecimal, no end of line at the end', async () => {
    const rows = await read('iova,stream_id\n0x000ffffffffff000,1\n1152921504606846976,1');
    expect(rows.map(({ iova }) => iova)).toEqual([0xffff_ffff_ff000, 2 ** 60]);
  });

  test('what the arrival column holds follows from its name', async () => {
    for (const times of ['arrival', 'gap']) {
      const source = await open(`${times},iova,stream_id\n5,0,0\n7,0,0\n`);
      expect(source.times).toBe(times);
      expect((await rowsOf(source)).map(({ time }) => time)).toEqual([5, 7]);
    }
  });

  test.each([
    [
      'iova,stream_id\n0x1000,0\nxyz,1\n',
      `trace, line 3, field "iova": got 'xyz', expected a 64-bit number such as 0xffffd000.`,
    ],
    ['iova,stream_id\n0x1000\n', 'trace, line 2, field "stream_id": is missing, expected 2 fields.'],
    ['iova,stream_id\n0x1000,1,2\n', "trace, line 2: has more than the header's 2 fields."],
    [
      'iova,stream_id\n0x1000,-1\n',
      `trace, line 2, field "stream_id": got '-1', expected a number below 2^32.`,
    ],
    ['iova,stream_id,access\n0,0,x\n', `trace, line 2, field "access": got 'x', expected r or w.`],
    [
      'iova,stream_id,size\n0,0,8192\n',
      `trace, line 2, field "size": got '8192', expected bytes from 1 to 4096.`,
    ],
    [
      'iova,stream_id,size\n0xfc1,0,64\n',
      'trace, line 2, field "size": got 64 bytes at 0xfc1, expected a transaction inside one 4 KiB page (split it in two).',
    ],
    [
      'iova,stream_id,arrival\n0,0,9\n0,0,8\n',
      'trace, line 3, field "arrival": got 8, expected 9 or more, the one before.',
    ],
    [
      'iova,stream_id,arrival\n0,0,\n',
      `trace, line 2, field "arrival": got nothing, expected a number of cycles.`,
    ],
    ['iova,sid\n0,0\n', 'trace, line 1, field "sid": is no column of a trace, expected'],
    [
      'iova,access\n0,r\n',
      'trace, line 1, field "stream_id": is missing, expected a header with iova and stream_id.',
    ],
    ['iova,stream_id,iova\n', 'trace, line 1, field "iova": stands twice, expected each column once.'],
    ['hello\n', 'trace, line 1: is in no known format, expected csv, jsonl'],
  ])('%j', async (text, sentence) => {
    expect(await refusal(text)).toContain(sentence);
  });

  test('the sample', async () => {
    const rows = await read(sample('nic.csv'));
    expect(rows).toHaveLength(9);
    expect(rows[1]).toEqual({
      iova: 0xffff0000,
      sid: 24,
      ssid: 0,
      flags: FLAG_WRITE,
      size: 64,
      requester: 1,
      time: 40,
    });
  });
});

describe('JSON Lines', () => {
  test('the sample: numbers, or strings in hexadecimal', async () => {
    const rows = await read(sample('accelerator.jsonl'));
    expect(rows[0]).toEqual({
      iova: 2 ** 40,
      sid: 32,
      ssid: 1,
      flags: FLAG_SSV,
      size: 64,
      requester: 32,
      time: 4,
    });
    expect(rows[4]).toEqual({ ...row, iova: 2 ** 40, sid: 33, requester: 7 });
  });

  test.each([
    ['{"iova":"0x0","stream_id":0}\n{"iova":1', 'trace, line 2: not valid JSON'],
    ['{"iova":"0x0","stream_id":0}\n[]', 'trace, line 2: expected a JSON object.'],
    [
      '{"iova":1.5,"stream_id":0}',
      'trace, line 1, field "iova": got 1.5, expected a 64-bit number such as "0xffffd000".',
    ],
    [
      '{"iova":1,"stream_id":0,"sise":3}',
      'trace, line 1, field "sise": is no field of a transaction, expected',
    ],
    [
      '{"iova":1,"stream_id":0,"gap":1}\n{"iova":1,"stream_id":0,"arrival":1}',
      'trace, line 2, field "arrival": expected gap, as the first line has.',
    ],
    ['{"iova":1,"stream_id":0,"access":3}', 'trace, line 1, field "access": got 3, expected "r" or "w".'],
    [
      '{"iova":1,"stream_id":0, "iova" : 2}',
      'trace, line 1, field "iova": stands twice, expected each field once.',
    ],
  ])('%j', async (text, sentence) => {
    expect(await refusal(text)).toContain(sentence);
  });
});

test('a byte order mark and lines of blanks, whatever comes first', async () => {
  const expected = [{ ...row, iova: 1, sid: 1, requester: 1 }];
  for (const text of ['# note\niova,stream_id\n1,1\n', ' \t\n{"iova":1,"stream_id":1}\r\n  \r\n\t']) {
    expect(await read(text)).toEqual(expected);
    expect(await read(`\uFEFF${text}`)).toEqual(expected);
  }
});

describe("QEMU's log", () => {
  test('the sample', async () => {
    const source = await open(sample('qemu-smmuv3.log'));
    const rows = await rowsOf(source);
    expect(source.format).toBe('qemu');
    expect(source.skipped).toBe(24);
    expect(rows).toHaveLength(25);
    expect(rows[0]).toEqual({ ...row, iova: 0xffffd000, sid: 24, requester: 24, size: 1 });
    expect(rows[24]).toEqual({ ...row, iova: 0x10040, sid: 32, requester: 32, size: 1, flags: FLAG_WRITE });
  });

  test('decimal StreamIDs of older versions, time stamps before the name', async () => {
    const line =
      '4711@1699000000.123456:smmuv3_translate_success smmuv3-iommu-memory-region-16-2 sid=16 iova=0x8e043242 translated=0x8e043242 perm=0x2\n';
    expect(await read(line)).toEqual([
      { ...row, iova: 0x8e043242, sid: 16, requester: 16, size: 1, flags: FLAG_WRITE },
    ]);
  });

  test('a line cut off', async () => {
    expect(await refusal('smmuv3_translate_success r sid=0x18 iova=0x1000 \n')).toBe(
      'trace, line 1, field "perm": is missing, expected perm= and a hexadecimal number.',
    );
  });
});

describe("a capture's timeline", () => {
  test('its translations', async () => {
    const line =
      '{"t":"mmio","n":1}\n{"t":"xlat","sid":24,"iova":"0xffffd000","pa":"0x44119000","perm_bits":3,"stage":1}\n';
    expect(await read(line)).toEqual([{ ...row, iova: 0xffffd000, sid: 24, requester: 24, size: 1 }]);
  });

  test('and its bypasses, which are reads unless they say otherwise', async () => {
    const bypass = (more: string): string => `{"t":"bypass","sid":16,"iova":"0x5000"${more}}\n`;
    const mores = [
      '',
      ',"rw":"r"',
      ',"rw":"w"',
      ',"is_write":true',
      ',"is_write":false',
      ',"is_write":1',
      ',"is_write":0',
    ];
    const rows = await read(mores.map(bypass).join(''));
    expect(rows.map(({ flags }) => flags)).toEqual([0, 0, 1, 1, 0, 1, 0]);
    expect(rows[0]).toEqual({ ...row, iova: 0x5000, sid: 16, requester: 16, size: 1 });
  });
});
