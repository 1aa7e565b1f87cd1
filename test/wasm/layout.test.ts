// What stands in linear memory does not overlap: places are numbers, and two people may choose the same.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import * as Cache from '../../assembly/abi/cache.js';
import * as CacheIndex from '../../assembly/abi/cache-index.js';
import * as DeviceCounters from '../../assembly/abi/device-counters.js';
import * as Histogram from '../../assembly/abi/histogram.js';
import * as Layout from '../../assembly/abi/layout.js';
import * as RamWindow from '../../assembly/abi/ram-window.js';
import * as Request from '../../assembly/abi/request.js';
import * as Timing from '../../assembly/abi/timing.js';

const read = (path: string): string =>
  readFileSync(new URL(`../../assembly/${path}`, import.meta.url), 'utf8');

interface Place {
  name: string;
  at: number;
  bytes: number;
}

/**
 * Constants `NAME: i32 = [Timing.STATE +] offset; // type …`. The comment begins with the type: u32, u64, i32, u32[12]; where it
 * does not, `word` bytes. `fields`: which names are places; the rest are sizes and values.
 */
function places(text: string, fields: RegExp, word = 4): Place[] {
  const pattern =
    /^export const (\w+): i32 = (?:Timing\.STATE(?: \+ )?)?(0x[0-9a-f]+|\d+)?;(?: \/\/ [ui](8|16|32|64)(?:\[(\d+)\])?)?/gm;
  return [...text.matchAll(pattern)]
    .filter(([, name]) => fields.test(name))
    .map(([, name, at = '0', bits, count = '1']) => ({
      name,
      at: Number(at),
      bytes: (bits === undefined ? word : Number(bits) / 8) * Number(count),
    }));
}

function overlaps(all: Place[]): string[] {
  const sorted = [...all].sort((a, b) => a.at - b.at);
  return sorted.flatMap((place, i) => {
    const next = sorted[i + 1] as Place | undefined;
    return next !== undefined && place.at + place.bytes > next.at ? [`${place.name} and ${next.name}`] : [];
  });
}

test('the search finds an overlap', () => {
  const text =
    'export const A: i32 = Timing.STATE + 0x10; // u64 one\nexport const B: i32 = Timing.STATE + 0x14; // u32 two';
  expect(overlaps(places(text, /^/))).toEqual(['A and B']);
});

describe.each([
  ['timing/scheduler', /^/, 40, 4],
  ['timing/tbu', /^(?!FIRST|BYTES)/, 10, 16],
  ['timing/process', /^/, 13, 4],
  ['request/machine', /^/, 50, 4],
  ['request/config', /^/, 20, 4],
  ['request/half', /^/, 7, 4],
  ['abi/header', /^/, 60, 4],
  ['abi/request', /^(?!BYTES|POOL_STRIDE|MAIN$|INNER|DEFAULT_SIZE|KIND_)/, 25, 4],
  ['abi/pmcg', /^(?!BYTES|FULL_)/, 15, 4],
  ['abi/cache', /^(?!BYTES|POLICY_|TAG_STREAM|TAG_CONTEXT|INDEX_|REPL_)/, 25, 4],
  ['abi/entry', /^(?!BYTES|FLAG_|CONFIG_BYTES|SPAN_MIN)/, 9, 4],
  ['abi/ram-window', /^(?!BYTES)/, 9, 4],
  ['abi/ahead', /^(VA|DESC|SHIFT|STRIDE)$/, 4, 4],
  ['abi/ahead', /^(KEY|PA|READS)$/, 3, 8],
  [
    'abi/stretch',
    /^(NOW|ORIGIN|OFFER|PORT|MEMORY|PORT_\w+|MICRO_\w+|MAIN_\w+|ANSWER_\w+|MEMORY_\w+|BEHIND\w*|CLOCK|SLOT_\w+|OFFER_AT|LOOP_AT|LAST_ARRIVAL|READY|REFUS\w+|USED|BUFFERED|OUTSTANDING|ROW_AT_HAND|TURN|STALLS|DONE|SAVED_\w+)$/,
    40,
    4,
  ],
  [
    'abi/stretch',
    /^(VA|PA|STATUS|ROW|ACCEPTED|SINCE|STREAM|CONTEXT|KEY|FLAGS|SIZE|BEATS|BUSY|BLOCK|IMAGE|OWNER|MIX|MISSED)$/,
    18,
    4,
  ],
  ['abi/stream-memo', /^(?!BYTES|ENTRIES)/, 6, 4],
  ['abi/stream-record', /^(?!BYTES)/, 9, 4],
  ['abi/stream-times', /^(?!BYTES|BUCKETS)/, 5, 4],
  ['abi/step-record', /^(?!BYTES|ACCESS_|UPDATE_)/, 11, 4],
  ['abi/deferred', /^(?!BYTES|MAX|UPDATE_)/, 3, 4],
  ['abi/deferred', /^UPDATE_(?!BYTES)/, 3, 4],
  ['abi/notify-record', /^(?!BYTES|KIND_)/, 4, 4],
  ['abi/device-counters', /^(?!BYTES)/, 9, 8],
  ['abi/timing-counters', /^/, 26, 8],
])('%s, %s', (path, fields, least, word) => {
  test('no two overlap', () => {
    const found = places(read(`${path}.ts`), fields, word);
    expect(found.length).toBeGreaterThanOrEqual(least);
    expect(overlaps(found)).toEqual([]);
  });
});

test("the machine's part of a request block and that of timing do not overlap, and lie behind what the host knows", () => {
  const own = [...places(read('request/machine.ts'), /^/), ...places(read('timing/process.ts'), /^/)];
  expect(Math.min(...own.map(({ at }) => at))).toBe(Request.MACHINE);
  expect(Math.max(...own.map(({ at, bytes }) => at + bytes))).toBeLessThanOrEqual(Request.BYTES);
  expect(overlaps(own)).toEqual([]);
});

test('the fixed parts follow each other', () => {
  const parts: [number, number][] = [
    [0, Layout.REGS],
    [Layout.REGS, Layout.REGS_BYTES],
    [Layout.REGS_ID, Layout.WINDOWS - Layout.REGS_ID],
    [Layout.WINDOWS, Layout.MAX_WINDOWS * RamWindow.BYTES],
    [Layout.CACHES, (CacheIndex.TBU + 2 * Layout.MAX_TBUS) * Cache.BYTES],
    [Layout.REQUESTS, 2 * Request.BYTES],
    [Layout.COUNTERS, DeviceCounters.BYTES],
    [Layout.SCRATCH, 64],
    [Layout.INVALIDATIONS, Layout.INVALIDATIONS_KEPT * Layout.INVALIDATION_BYTES],
    [Layout.FIXED_END, 0],
  ];
  parts.reduce((end, [at, bytes]) => {
    expect(at).toBeGreaterThanOrEqual(end);
    return at + bytes;
  }, 0);
  expect(DeviceCounters.CONFIG_READS + 32).toBeLessThanOrEqual(DeviceCounters.BYTES);
  expect(Timing.STATS + Timing.STATS_BYTES).toBeLessThanOrEqual(Timing.HISTOGRAM);
  expect(Timing.HISTOGRAM + 8 * Histogram.BUCKETS).toBeLessThanOrEqual(Timing.STATE);
});

test('a layout that has changed has another version: host and core of different builds are told apart by it', () => {
  const rooms = readdirSync(new URL('../../assembly/abi', import.meta.url)).map((file) => `abi/${file}`);
  const others = ['machine', 'config', 'half'].map((name) => `request/${name}.ts`);
  const times = ['process', 'scheduler', 'tbu', 'tokens'].map((name) => `timing/${name}.ts`);
  const constants = [...rooms, ...others, ...times]
    .sort()
    .flatMap((path) =>
      [...read(path).matchAll(/^export const \w+: \w+ = [^;]+;/gm)].map(([one]) => `${path} ${one}`),
    )
    .filter((one) => !one.includes(' VERSION'));
  expect(constants.length).toBeGreaterThan(500);
  const hash = createHash('sha256').update(constants.join('\n')).digest('hex').slice(0, 16);
  // Raise Layout.VERSION with whatever changes the hash.
  expect({ version: Layout.VERSION, hash }).toEqual({ version: 9, hash: '764969a41badf85e' });
});
