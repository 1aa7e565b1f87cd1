/** Which TBU a stream goes through: `--tbu-of`, a rule or a file. */
import { existsSync, readFileSync } from 'node:fs';
import { CaptureError, InputError } from '../base/capture-error.js';
import { parseJson, type Row } from '../base/json-row.js';

/** For the option `tbuOf` of class Smmu, and how many TBUs it names. */
export interface TbuMap {
  readonly tbuOf: (streamId: number) => number;
  readonly tbus: number;
}

/** TBUs of a device. */
const MOST = 64;
const STREAMS = 2 ** 32;

/**
 * `MOD 2`: StreamIDs in turn; else a JSON file such as `{ "default": 0, "streams": { "0x10": 1, "0x20..0x2f": 1 } }`.
 * @throws CaptureError or InputError
 */
export function parseTbuOf(text: string): TbuMap {
  const rule = /^mod\s*(\d+)$/i.exec(text.trim());
  if (rule !== null) {
    const tbus = Number(rule[1]);
    if (tbus < 1 || tbus > MOST)
      throw new InputError(`--tbu-of '${text}' must have 1 to ${MOST} TBUs, such as 'MOD 2'`);
    return { tbus, tbuOf: (streamId) => streamId % tbus };
  }
  if (!existsSync(text))
    throw new InputError(`--tbu-of '${text}' is neither a rule such as 'MOD 2' nor a file that is there`);
  return fromFile(parseJson(readFileSync(text, 'utf8'), text), text);
}

interface Range {
  readonly first: number;
  readonly last: number;
  readonly tbu: number;
}

function fromFile(row: Row, file: string): TbuMap {
  const unknown = row.names().find((name) => name !== 'default' && name !== 'streams');
  if (unknown !== undefined) row.fail(unknown, 'no such field, only default and streams');
  const otherwise = row.has('default') ? row.integer('default', MOST - 1) : 0;
  const streams = row.row('streams');
  const ranges = streams
    .names()
    .map((name) => ({ ...rangeOf(name, file), tbu: streams.integer(name, MOST - 1) }))
    .sort((a, b) => a.first - b.first);
  const twice = ranges.find(({ first }, i) => i > 0 && first <= ranges[i - 1].last);
  if (twice !== undefined)
    throw new CaptureError(
      file,
      undefined,
      'streams',
      `StreamID 0x${twice.first.toString(16)} has two TBUs, expected one`,
    );
  return {
    tbus: 1 + Math.max(otherwise, ...ranges.map(({ tbu }) => tbu)),
    tbuOf: (streamId) => find(ranges, streamId)?.tbu ?? otherwise,
  };
}

/** `0x10`, or `0x20..0x2f` with both ends. */
function rangeOf(name: string, file: string): { first: number; last: number } {
  const found = /^(0x[\da-f]{1,8}|\d{1,10})(?:\.\.(0x[\da-f]{1,8}|\d{1,10}))?$/i.exec(name);
  const first = Number(found?.[1] ?? NaN);
  const last = Number(found?.[2] ?? first);
  if (!(first <= last && last < STREAMS))
    throw new CaptureError(
      file,
      undefined,
      `streams.${name}`,
      'expected a StreamID such as 0x10, or a range such as 0x20..0x2f',
    );
  return { first, last };
}

function find(ranges: readonly Range[], streamId: number): Range | undefined {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[middle].last < streamId) low = middle + 1;
    else high = middle;
  }
  const range = ranges.at(low);
  return range !== undefined && range.first <= streamId ? range : undefined;
}
