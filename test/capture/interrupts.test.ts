// The comparer holds each recorded interrupt against its own record: a line that is taken out, added or moved is found.
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readCapture } from '../../src/capture/directory.js';
import type { Capture, ExpectedRow, RecordedInterrupt, TimelineEntry } from '../../src/capture/types.js';
import { replayCapture } from '../../src/replay/replay.js';
import { Rng } from '../oracle/random.js';

const nested = readCapture(join('data', 'linux-nested-4k'));
/** The questions are not what this is about; one shows who recorded. */
const capture: Capture = {
  ...nested,
  expected: nested.expected.filter((row) => row.source !== 'script-only').slice(0, 1),
};
const irqs = capture.timeline.filter((entry) => entry.kind === 'irq');

const replay = async (
  timeline: readonly TimelineEntry[],
  more: Partial<Capture> = {},
): Promise<{ mismatches: number; departures: number; where: string[] }> => {
  const report = await replayCapture({ ...capture, timeline, ...more });
  return {
    mismatches: report.mismatches,
    departures: report.departures['irq-per-record'] ?? 0,
    where: report.firstMismatches.map(({ where }) => where),
  };
};
const without = (gone: readonly TimelineEntry[]): TimelineEntry[] =>
  capture.timeline.filter((entry) => !gone.includes(entry));
/** Where the record stands that a line belongs to: the entry before it. */
const recordOf = (irq: TimelineEntry): string => {
  const before = capture.timeline[capture.timeline.indexOf(irq) - 1];
  expect(before.kind).toBe('event');
  return `timeline.jsonl, line ${before.line}`;
};

test('as recorded: nine interrupts, two of them where the queue stopped being empty', async () => {
  expect(irqs).toHaveLength(9);
  expect(await replay(capture.timeline)).toEqual({ mismatches: 0, departures: 7, where: [] });
});

describe('IHI 0070 §3.18.2 interrupts that are missing', () => {
  test.each(irqs.map((irq, i) => ({ i, irq })))('line $i alone', async ({ irq }) => {
    const { mismatches, where } = await replay(without([irq]));
    expect({ mismatches, where }).toEqual({ mismatches: 1, where: [recordOf(irq)] });
  });

  test('any of them: as many mismatches as lines, at the records that they belong to', async () => {
    const rng = new Rng(7);
    for (let round = 0; round < 20; round++) {
      const gone = irqs.filter(() => rng.chance(0.6));
      const { mismatches, where } = await replay(without(gone));
      expect([mismatches, where.sort()]).toEqual([gone.length, gone.map(recordOf).sort()]);
    }
  });

  test('the seven that the architecture does not have, and all nine', async () => {
    const first = [irqs[0], irqs[1]];
    const seven = irqs.filter((irq) => !first.includes(irq));
    expect(await replay(without(seven))).toMatchObject({ mismatches: 7, departures: 0 });
    expect(await replay(without(irqs))).toMatchObject({ mismatches: 9, departures: 0 });
  });

  test('a recorder of which nothing is known may do as the architecture says, but not change its way', async () => {
    const unknown = {
      expected: capture.expected.map((row): ExpectedRow => ({ ...row, source: 'script-only' })),
    };
    const seven = irqs.slice(2);
    expect(await replay(without(seven), unknown)).toEqual({ mismatches: 0, departures: 0, where: [] });
    expect(await replay(without(seven.slice(1)), unknown)).toMatchObject({ mismatches: 6, departures: 1 });
    expect(await replay(without(irqs.slice(0, 1)), unknown)).toMatchObject({ mismatches: 1, departures: 7 });
  });
});

describe('interrupts that are too many, or elsewhere', () => {
  const insert = (at: number, irq: number): TimelineEntry[] => {
    const extra: RecordedInterrupt = { kind: 'irq', line: 999, irq };
    return [...capture.timeline.slice(0, at), extra, ...capture.timeline.slice(at)];
  };
  const first = capture.timeline.indexOf(irqs[0]);

  test.each([
    ['at the beginning', 0, 0],
    ['a second one behind a record', first + 1, 0],
    ['of the PRI queue', first + 1, 1],
    ['of CMD_SYNC', first + 1, 2],
    ['of GERROR', first + 1, 3],
  ])('%s', async (_, at, irq) => {
    expect(await replay(insert(at, irq))).toMatchObject({
      mismatches: 1,
      where: ['timeline.jsonl, line 999'],
    });
  });

  test('before its record, or behind a register access that follows it', async () => {
    const timeline = without([irqs[0]]);
    const event = first - 1;
    for (const at of [event, event + 2]) {
      const moved = [...timeline.slice(0, at), irqs[0], ...timeline.slice(at)];
      expect((await replay(moved)).mismatches).toBe(2);
    }
  });

  test('with another number', async () => {
    const timeline = capture.timeline.map((entry) => (entry === irqs[3] ? { ...irqs[3], irq: 3 } : entry));
    expect((await replay(timeline)).mismatches).toBe(2);
  });
});

describe('records', () => {
  const events = capture.timeline.filter((entry) => entry.kind === 'event');

  test('one that is missing, with its interrupt', async () => {
    const at = capture.timeline.indexOf(events[4]);
    const { where } = await replay(without([events[4], capture.timeline[at + 1]]));
    expect(where).toContain('events.jsonl');
  });

  test('s2-ipa-low-bits covers the low bits of the IPA and nothing else', async () => {
    // The record of a page that stage 2 lacks: its IPA ends in the input address's low bits.
    const event = events[6];
    expect(event.words[3] & 0xfffn).toBe(event.words[2] & 0xfffn);
    const other = capture.timeline.map((entry) =>
      entry === event
        ? {
            ...event,
            words: [event.words[0], event.words[1], event.words[2], event.words[3] ^ 0x10n] as const,
          }
        : entry,
    );
    const events1 = capture.events.map((listed, i) =>
      i === event.index
        ? { ...listed, words: [...event.words.slice(0, 3), event.words[3] ^ 0x10n] as never }
        : listed,
    );
    expect((await replay(other, { events: events1 })).mismatches).toBe(1);
  });
});
