/** Which format a trace is in, and the reader for it. Nothing here needs Node: a page may bring bytes of its own. */
import { CaptureError } from '../base/capture-error.js';
import { list, oneOf, record, show } from '../base/check.js';
import { MAGIC } from './binary-layout.js';
import { BinarySource } from './read/binary.js';
import { Bytes, type ByteStream } from './read/bytes.js';
import { CsvSource } from './read/csv.js';
import { GEM5_MAGIC, Gem5PacketSource, type PacketOptions } from './read/gem5-packets.js';
import { JsonLinesSource } from './read/jsonl.js';
import { QemuLogSource } from './read/qemu-log.js';
import { singleStream } from './read/stream-map.js';
import { TimelineSource } from './read/timeline.js';
import { TracepointSource } from './read/tracepoints.js';
import type { TraceSource } from './rows.js';

export const FORMATS = ['csv', 'jsonl', 'binary', 'qemu', 'gem5', 'iommu', 'timeline'] as const;
export type TraceFormat = (typeof FORMATS)[number];

/** What a reader may be told. */
export interface ReadOptions extends Partial<PacketOptions> {
  /** Default: told from the first bytes. */
  readonly format?: TraceFormat;
}

/** What some editors put before text in UTF-8. */
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
/** Bytes that are looked at to tell a format. */
const SNIFF_BYTES = 8192;

/**
 * Opens a trace of transactions, or of mappings.
 * @throws CaptureError when it is empty or in no known format; TypeError or RangeError for arguments; each one sentence
 */
export async function openTrace(
  stream: ByteStream,
  options: ReadOptions = {},
): Promise<TraceSource | TracepointSource> {
  checkStream(stream);
  record(options, 'options', ['format', 'streams', 'clock', 'sort']);
  if (options.format !== undefined) oneOf(options.format, 'format', FORMATS);
  const bytes = new Bytes(stream);
  if (!(await bytes.need(1)))
    throw new CaptureError(bytes.name, undefined, undefined, 'is empty, expected a trace');
  await bytes.need(BYTE_ORDER_MARK.length);
  if (BYTE_ORDER_MARK.every((byte, i) => bytes.buffer[bytes.at + i] === byte))
    bytes.at += BYTE_ORDER_MARK.length;
  const format = options.format ?? (await sniff(bytes));
  switch (format) {
    case 'csv':
      return CsvSource.open(bytes);
    case 'jsonl':
      return new JsonLinesSource(bytes);
    case 'binary':
      return BinarySource.open(bytes);
    case 'qemu':
      return new QemuLogSource(bytes);
    case 'gem5':
      return Gem5PacketSource.open(bytes, { ...options, streams: options.streams ?? singleStream(0) });
    case 'iommu':
      return new TracepointSource(bytes);
    case 'timeline':
      return new TimelineSource(bytes);
  }
}

function checkStream(stream: unknown): void {
  const { name, chunks } = (typeof stream === 'object' ? (stream ?? {}) : {}) as Partial<ByteStream>;
  if (typeof name === 'string' && typeof chunks?.[Symbol.asyncIterator] === 'function') return;
  const what = typeof stream === 'object' && stream !== null ? 'an object without them' : show(stream);
  throw new TypeError(
    `stream must be { name, chunks } with the bytes as an async iterable, such as a page's file.stream() or Node's ` +
      `createReadStream(name), not ${what}`,
  );
}

/** Whether it holds mappings, not transactions. */
export function isMapping(source: TraceSource | TracepointSource): source is TracepointSource {
  return source instanceof TracepointSource;
}

async function sniff(bytes: Bytes): Promise<TraceFormat> {
  await bytes.need(SNIFF_BYTES);
  const head = bytes.buffer.subarray(bytes.at, bytes.at + SNIFF_BYTES);
  if (MAGIC.every((byte, i) => head[i] === byte)) return 'binary';
  if (head.length >= 4 && new DataView(head.buffer, head.byteOffset).getUint32(0, true) === GEM5_MAGIC)
    return 'gem5';
  const text = new TextDecoder().decode(head);
  const first = text.split('\n').find((line) => line.trim() !== '' && !line.startsWith('#')) ?? '';
  if (/^\s*\{/.test(first)) return /"t"\s*:/.test(first) ? 'timeline' : 'jsonl';
  if (/\bsmmu(?:v3)?_[a-z0-9_]+ /.test(text)) return 'qemu';
  if (/\b(?:map|unmap|io_page_fault|add_device_to_group|attach_device_to_domain): +IOMMU:/.test(text))
    return 'iommu';
  if (/(?:^|,)\s*"?iova"?\s*(?:,|\r?$)/i.test(first)) return 'csv';
  throw new CaptureError(
    bytes.name,
    1,
    undefined,
    `is in no known format, expected ${list(FORMATS)}: a CSV trace begins with a header that names iova and stream_id`,
  );
}
