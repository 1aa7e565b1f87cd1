/**
 * Which stream a packet of gem5 belongs to: its packet trace knows no StreamIDs. A map is JSON, for instance
 * `{ "default": 0, "ids": { "system.nic": 16 }, "ranges": [{ "from": "0x80000000", "to": "0x8fffffff", "stream": 17 }] }`.
 */
import { CaptureError } from '../../base/capture-error.js';
import { parseJson, Row } from '../../base/json-row.js';

export interface StreamRange {
  readonly from: bigint;
  /** Inclusive. */
  readonly to: bigint;
  readonly streamId: number;
}

export interface StreamMap {
  /** By the requester's number or name (id_strings of the trace's header). */
  readonly ids: ReadonlyMap<string, number>;
  readonly ranges: readonly StreamRange[];
  /** What neither names; undefined: refused. */
  readonly fallback: number | undefined;
}

/** Everything is of one stream. */
export function singleStream(streamId: number): StreamMap {
  return { ids: new Map(), ranges: [], fallback: streamId };
}

/** The stream of a packet: by its requester, then by its address; undefined: the map knows none. */
export function streamOf(
  { ids, ranges, fallback }: StreamMap,
  id: bigint | undefined,
  name: string | undefined,
  address: bigint,
): number | undefined {
  if (id !== undefined && ids.size > 0) {
    const found = ids.get(String(id)) ?? ids.get(name ?? '');
    if (found !== undefined) return found;
  }
  for (const range of ranges) if (address >= range.from && address <= range.to) return range.streamId;
  return fallback;
}

/** @throws CaptureError */
export function parseStreamMap(text: string, name: string): StreamMap {
  const row = parseJson(text, name);
  const known = ['default', 'ids', 'ranges'];
  for (const field of row.names()) {
    if (!known.includes(field))
      throw new CaptureError(
        name,
        undefined,
        field,
        `is no part of a stream map, expected ${known.join(', ')}`,
      );
  }
  const ids = new Map<string, number>();
  if (row.has('ids')) {
    const entries = row.row('ids');
    for (const id of entries.names()) ids.set(id, entries.integer(id, 0xffff_ffff));
  }
  const ranges = row.has('ranges')
    ? row.list('ranges').map((value, i) => {
        const range = new Row(value, name, undefined, `ranges[${i}].`);
        return {
          from: range.word64('from'),
          to: range.word64('to'),
          streamId: range.integer('stream', 0xffff_ffff),
        };
      })
    : [];
  return { ids, ranges, fallback: row.has('default') ? row.integer('default', 0xffff_ffff) : undefined };
}
