/** Times of 64 bits through a run and what it prints: exact, or refused with the row. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { smmuv3 } from './run.js';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'smmuv3-times-'));
});
afterAll(() => rmSync(directory, { recursive: true }));
const at = (name: string): string => join(directory, name);

/** Nanoseconds since 1970. */
const NOW = 1726500001123456789n;
const OFFSETS = [0n, 1n, 2n, 900n, 901n, 5_000_000n];

interface Line {
  accepted: bigint;
  translated: bigint;
  completed: bigint;
}

async function run(name: string, text: string, ...args: string[]): Promise<{ lines: Line[]; json: Json }> {
  writeFileSync(at(name), text);
  const { code, out, err } = await smmuv3(
    'run',
    at(name),
    '--json',
    '--per-transaction',
    at('per.csv'),
    '--timing',
    'gem5-default',
    ...args,
  );
  expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
  const lines = readFileSync(at('per.csv'), 'utf8').trim().split('\n').slice(1);
  return {
    json: JSON.parse(out) as Json,
    lines: lines.map((line) => {
      const [, , , accepted, translated, completed] = line.split(',');
      return { accepted: BigInt(accepted), translated: BigInt(translated), completed: BigInt(completed) };
    }),
  };
}

interface Json {
  cycles: number;
  latency: Record<string, number>;
  timing: { firstOffer: string; lastResponse: string };
}

const csv = (times: readonly (bigint | string)[], column = 'arrival'): string =>
  `iova,stream_id,${column}\n${times.map((time, i) => `0x${i}000,1,${time}`).join('\n')}\n`;
const jsonl = (times: readonly bigint[]): string =>
  times.map((time, i) => `{"iova":"0x${i}000","stream_id":1,"arrival":"${time}"}`).join('\n');

describe('arrivals of nanoseconds since 1970', () => {
  test.each([
    ['t.csv', csv],
    ['t.jsonl', jsonl],
  ])('%s: as the same trace a moment after 0, but for the times', async (name, text) => {
    const small = await run(name, text(OFFSETS.map((offset) => 1n + offset)));
    const large = await run(name, text(OFFSETS.map((offset) => NOW + offset)));
    const moved = (time: bigint): bigint => time + NOW - 1n;
    expect(large.lines).toEqual(
      small.lines.map(({ accepted, translated, completed }) => ({
        accepted: moved(accepted),
        translated: moved(translated),
        completed: moved(completed),
      })),
    );
    expect(large.lines[0].accepted).toBe(NOW);
    expect(large.json.latency).toEqual(small.json.latency);
    expect(large.json.cycles).toBe(small.json.cycles);
    expect(BigInt(large.json.timing.firstOffer)).toBe(NOW);
    expect(BigInt(large.json.timing.lastResponse)).toBe(large.lines.at(-1)!.completed);
  });

  test('in a closed loop their differences count', async () => {
    const small = await run('t.csv', csv(OFFSETS), '--outstanding', '2');
    const large = await run('t.csv', csv(OFFSETS.map((offset) => NOW + offset)), '--outstanding', '2');
    expect(large.lines).toEqual(small.lines);
  });

  test("gem5's form: ticks and seconds", async () => {
    writeFileSync(at('t.csv'), csv([NOW]));
    const { out } = await smmuv3('run', at('t.csv'), '--timing', 'gem5-default', '--stats', 'gem5');
    const [ticks, seconds] = [/^simTicks +(\d+)/m.exec(out)![1], /^simSeconds +(\S+)/m.exec(out)![1]];
    const { lines } = await run('t.csv', csv([NOW]));
    expect(BigInt(ticks)).toBe(lines[0].completed * 1000n);
    expect(seconds).toBe('1726500001.123458');
  });

  test('of which the first is 0', async () => {
    const { lines } = await run('t.csv', csv([0n, (1n << 53n) - 1n]));
    expect(lines.map(({ accepted }) => accepted)).toEqual([0n, (1n << 53n) - 1n]);
  });
});

describe('refused with the row', () => {
  const refusal = async (text: string, ...args: string[]): Promise<string> => {
    writeFileSync(at('t.csv'), text);
    const ran = await smmuv3('run', at('t.csv'), '--timing', 'gem5-default', ...args);
    expect(ran).toMatchObject({ code: 2, out: '' });
    return ran.err.replace(at('t.csv'), 't.csv');
  };
  const most = (1n << 64n) - 1n;

  test.each<[string, string, string[]]>([
    [
      csv([0n, most], 'gap'),
      `row 1, field "gap": got ${most}, expected gaps that are less than 2^53 cycles together`,
      [],
    ],
    [
      csv([0n, most], 'gap'),
      `row 1, field "gap": got ${most}, expected gaps that are less than 2^53 cycles together`,
      ['--outstanding', '4'],
    ],
    [
      csv([1n << 52n, 1n << 52n], 'gap'),
      `row 1, field "gap": got ${1n << 52n}, expected gaps that are less than 2^53 cycles together`,
      [],
    ],
    [
      csv([5n, 5n + (1n << 53n)]),
      `row 1, field "arrival": got ${5n + (1n << 53n)}, expected less than 2^53 cycles after the first, 5`,
      [],
    ],
    [
      csv([5n, 5n + (1n << 53n)]),
      `row 1, field "arrival": got ${5n + (1n << 53n)}, expected less than 2^53 cycles after the first, 5`,
      ['--outstanding', '4'],
    ],
    [
      csv([(1n << 63n) - 1n, 1n << 63n]),
      `row 1, field "arrival": got ${1n << 63n}, expected at most ${(1n << 63n) - 1n}, the device's last cycle`,
      [],
    ],
    [
      csv(['18446744073709551616']),
      `line 2, field "arrival": got '18446744073709551616', expected a number of cycles`,
      [],
    ],
  ])('%s', async (text, sentence, args) => {
    expect(await refusal(text, ...args)).toBe(`error: t.csv, ${sentence}.\n`);
  });

  test('with time off no time matters', async () => {
    writeFileSync(at('t.csv'), csv([0n, most], 'gap'));
    expect((await smmuv3('run', at('t.csv'), '--timing', 'off')).code).toBe(0);
  });
});
