import { describe, expect, test } from '@jest/globals';
import { decodeEvent } from '../../src/index.js';
import { eventName } from '../../src/inspect/event.js';
import { record } from '../support/events.js';

describe('event records', () => {
  test('F_TRANSLATION at stage 2, stalled', () => {
    const fault = { sid: 0x12, ssid: 0x345, input: 0xfff0_0000_1234_5678n, write: true, privileged: true };
    const words = record(0x10, { ...fault, s2: true, cls: 2, ipa: 0x4000_5000n, stall: true, stag: 0x77 });
    expect(decodeEvent(words)).toEqual({
      type: 0x10,
      name: 'F_TRANSLATION',
      words,
      recorded: true,
      streamId: 0x12,
      ssv: true,
      substreamId: 0x345,
      stag: 0x77,
      stall: true,
      pnu: true,
      ind: false,
      rnw: false,
      nsipa: false,
      s2: true,
      class: 'IN',
      inputAddr: 0xfff0_0000_1234_5678n,
      ipa: 0x4000_5000n,
    });
  });

  test('F_STE_FETCH carries the address in place', () => {
    expect(decodeEvent(record(0x03, { sid: 7, fetch: 0x1_0000_0040n }), false)).toMatchObject({
      name: 'F_STE_FETCH',
      recorded: false,
      streamId: 7,
      fetchAddr: 0x1_0000_0040n,
      reason: 0,
    });
  });

  test('F_PERMISSION tells reads of descriptors from updates', () => {
    expect(decodeEvent(record(0x13, { cls: 1, ttRead: true }))).toMatchObject({ class: 'TT', ttrnw: true });
  });

  test('records without a SubstreamID field do not show one', () => {
    expect(decodeEvent(record(0x06, { sid: 3 }))).toEqual({
      type: 6,
      name: 'F_STREAM_DISABLED',
      words: [0x3_0000_0006n, 0n, 0n, 0n],
      recorded: true,
      streamId: 3,
    });
    expect(decodeEvent(record(0x08, { sid: 3, ssid: 9 }))).toMatchObject({ substreamId: 9 });
  });

  test('numbers without a name', () => {
    expect(eventName(0xe1)).toBe('IMPDEF_0xe1');
    expect(eventName(0x99)).toBe('reserved_0x99');
  });
});
