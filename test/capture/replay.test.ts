import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readCapture } from '../../src/capture/directory.js';
import type { Capture, ExpectedRow, TimelineEntry } from '../../src/capture/types.js';
import { replayCapture } from '../../src/replay/replay.js';
import { summarize } from '../../src/replay/report.js';
import { reportText } from '../../src/replay/text.js';

const captures = new Map(
  ['linux-s1-4k', 'linux-s2-4k', 'linux-nested-4k'].map((name) => [name, readCapture(join('data', name))]),
);

/** Every recorded answer agrees; the counts, and those of the named departures (docs/conformance.md), are exact. */
describe.each([
  {
    name: 'linux-s1-4k',
    accesses: 2355,
    commands: {
      SYNC: 1152,
      TLBI_NH_VA: 1123,
      CFGI_CD: 14,
      CFGI_STE: 14,
      PREFETCH_CONFIG: 7,
      CFGI_ALL: 1,
      TLBI_NSNH_ALL: 1,
    },
    translations: 19137,
    events: 5,
    questions: 1497,
    departures: { 'cr2-ptm-without-btm': 1 },
  },
  {
    name: 'linux-s2-4k',
    accesses: 3237,
    commands: {
      SYNC: 1598,
      TLBI_S2_IPA: 1585,
      CFGI_STE: 14,
      PREFETCH_CONFIG: 7,
      CFGI_ALL: 1,
      TLBI_NSNH_ALL: 1,
    },
    translations: 24852,
    events: 2,
    questions: 1714,
    departures: {
      'terminated-above-ias': 81,
      's2-ipa-low-bits': 298,
      'idr3-had-without-s1p': 2,
      'cr2-ptm-without-btm': 1,
    },
  },
  {
    name: 'linux-nested-4k',
    accesses: 179,
    commands: {
      SYNC: 59,
      CFGI_STE: 20,
      CFGI_CD: 19,
      TLBI_NH_VA: 16,
      PREFETCH_CONFIG: 10,
      TLBI_NH_ASID: 2,
      CFGI_ALL: 1,
      TLBI_NSNH_ALL: 1,
      TLBI_NH_ALL: 1,
    },
    translations: 395,
    events: 9,
    questions: 312,
    departures: {
      's2-ipa-low-bits': 7,
      's2-clear-for-table-walk': 3,
      'irq-per-record': 7,
      'cr2-ptm-without-btm': 1,
    },
  },
])('$name', ({ name, ...counts }) => {
  const capture = captures.get(name)!;

  test('replays without a mismatch', async () => {
    const report = await replayCapture(capture);
    expect(report.firstMismatches).toEqual([]);
    expect(report).toMatchObject({ mismatches: 0, ...counts });
    // toMatchObject would pass over further departures.
    expect(report.departures).toEqual(counts.departures);
    expect(report.commands).toEqual(counts.commands);
  });

  test('and the same without any cache', async () => {
    const report = await replayCapture(capture, { caches: false });
    expect(report.firstMismatches).toEqual([]);
    expect(report.departures).toEqual(counts.departures);
  });
});

/** The nested capture with one thing changed. */
function changed(change: {
  timeline?: (entry: TimelineEntry) => TimelineEntry;
  expected?: (row: ExpectedRow) => ExpectedRow;
}): Capture {
  const capture = captures.get('linux-nested-4k')!;
  return {
    ...capture,
    timeline: change.timeline === undefined ? capture.timeline : capture.timeline.map(change.timeline),
    expected: change.expected === undefined ? capture.expected : capture.expected.map(change.expected),
  };
}

describe('a recording that the model contradicts is found and explained', () => {
  test('a register read', async () => {
    const capture = changed({
      timeline: (entry) => (entry.line === 1 && entry.kind === 'mmio' ? { ...entry, value: 1n } : entry),
    });
    const { mismatches, firstMismatches } = await replayCapture(capture);
    expect(mismatches).toBe(1);
    expect(firstMismatches[0]).toEqual({
      capture: 'linux-nested-4k',
      where: 'timeline.jsonl, line 1 (access 0)',
      explanation: 'IDR0 read 0x1, the model gives 0xd44101b',
    });
  });

  test('a translation', async () => {
    const first = captures.get('linux-nested-4k')!.timeline.find((entry) => entry.kind === 'xlat')!;
    const capture = changed({
      timeline: (entry) =>
        entry.line === first.line && entry.kind === 'xlat' ? { ...entry, pa: 0x1234n } : entry,
    });
    const { firstMismatches } = await replayCapture(capture);
    expect(firstMismatches[0].explanation).toMatch(
      /^StreamID 0x18, address 0xffffd000: recorded 0x1234, the model answers 0x40898000/,
    );
  });

  test('an event record, field by field', async () => {
    const capture = changed({
      timeline: (entry) =>
        entry.kind === 'event' && entry.index === 0
          ? {
              ...entry,
              words: [entry.words[0], entry.words[1] | (1n << 31n), entry.words[2], entry.words[3]],
            }
          : entry,
    });
    const { firstMismatches } = await replayCapture(capture);
    expect(firstMismatches[0].explanation).toBe(
      'the record of F_PERMISSION differs: Stall is 0x0 instead of 0x1',
    );
  });

  test('a question, and its page size', async () => {
    const capture = changed({
      expected: (row) =>
        row.line === 1 && row.result.kind === 'pa'
          ? { ...row, result: { ...row.result, pageSize: 8192n } }
          : row,
    });
    const { mismatches, firstMismatches } = await replayCapture(capture);
    expect(mismatches).toBe(1);
    expect(firstMismatches[0].explanation).toBe(
      'read of StreamID 0x18 at 0xfffc0000: expected a page of 8192 bytes, the model has 4096',
    );
  });
});

test('the report in words and in figures', async () => {
  const progress: [number, number][] = [];
  const capture = await replayCapture(captures.get('linux-nested-4k')!, {
    onProgress: (done, total) => void progress.push([done, total]),
  });
  const report = summarize([capture]);
  expect(progress.at(-1)![0]).toBe(progress.at(-1)![1]);
  expect(report).toMatchObject({ mismatches: 0, translations: 395, captures: [{ name: 'linux-nested-4k' }] });
  expect(capture.streams.map(({ streamId }) => streamId)).toEqual(
    expect.arrayContaining([0x18, 0x20, 0x28, 0x30]),
  );
  expect(capture.streams.find(({ streamId }) => streamId === 0x30)!.reads.stage2).toBeGreaterThan(0);
  const text = reportText(report);
  expect(text).toMatch(/^linux-nested-4k {2}0 mismatches$/m);
  expect(text).toMatch(/^ {2}register accesses {2}179, /m);
  expect(text).toMatch(/0x30 /);
  expect(text).toMatch(/answers compared, 0 mismatches/);
});
