/**
 * smmuv3-wasm/run: a trace through a device, as one call.
 *
 * ```ts
 * const result = await runTrace('gen:zipf,window=16M,count=200000,seed=1', { outstanding: 32, onProgress });
 * result.latency.p99; // cycles
 * ```
 */
export { runTrace, type RunTraceOptions, type TraceInput } from './run-trace.js';
export type { RunInput, RunResult } from './result.js';
export { type Asked, runDocument, type RunDocument } from './run-document.js';
export type { Lines } from './run-rows.js';
export { LEAF_SIZES, type LeafSize, type Stages } from './table-plan.js';
export { CaptureError, InputError } from '../base/capture-error.js';
