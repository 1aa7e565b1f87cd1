/** A run that is looked at as it goes. Nothing here needs Node. */
export { toJson } from '../base/json-text.js';
export type { LatencyBucket } from '../stats/latency.js';
export type { RunResult } from '../run/result.js';
export { runDocument } from '../run/run-document.js';
export { LEAF_SIZES, type LeafSize, type Stages } from '../run/table-plan.js';
export { blobStream } from './blob-stream.js';
export { observeRun, type ObservedRun, type RunRequest } from './observed-run.js';
export { OCCUPANCIES, type OccupancyName, type CounterSample } from './samples.js';
