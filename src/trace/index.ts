/**
 * smmuv3-wasm/trace: traces in and out, and generators. Nothing here needs Node; a page brings the bytes.
 *
 * ```ts
 * const source = await openTrace({ name: 'trace.csv', chunks: response.body });
 * const rows = batch; // or makeRows(65536)
 * for (let n; (n = await source.fill(rows, 65536)) > 0;) smmu.translateBatch(batch, n);
 * ```
 */
export { CaptureError, InputError } from '../base/capture-error.js';
export { FORMATS, isMapping, openTrace, type ReadOptions, type TraceFormat } from './formats.js';
export { GeneratorSource } from './generate/source.js';
export { isGenerator, PARAMETERS, PATTERNS, parseSpec, type GeneratorSpec } from './generate/spec.js';
export { parseStreamMap, singleStream, type StreamMap } from './read/stream-map.js';
export type { ByteStream } from './read/bytes.js';
export type { MappingEvent, TracepointSource } from './read/tracepoints.js';
export { BLOCK_ROWS, makeRows, type Rows, type Times, type TraceSource } from './rows.js';
export {
  makeWriter,
  WRITE_FORMATS,
  type Shape,
  type TraceWriter,
  type WriteFormat,
} from './write/writers.js';
