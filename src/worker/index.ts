/**
 * smmuv3-wasm/worker: a device, and runs of traces, in a worker of yours.
 *
 * ```ts
 * serveSmmu(self); // all of the worker's script
 * ```
 *
 * ```ts
 * const worker = new Worker(new URL('./smmu-worker.js', import.meta.url), { type: 'module' });
 * const smmu = await RemoteSmmu.create(worker, { onInterrupt });
 * await smmu.translate({ streamId: 0x10, iova: 0x1000n });
 * ```
 */
export { RemoteSmmu, type RemoteOptions, type RemoteRunOptions, runTraceIn } from './remote.js';
export { serveSmmu } from './serve.js';
export type { Port } from './port.js';
export type {
  OutcomeColumns,
  PostedError,
  TransactionColumns,
  WorkerReply,
  WorkerRequest,
  WorkerRunOptions,
  WorkerSmmuOptions,
  WorkerTrace,
} from './protocol.js';
export { CaptureError, InputError } from '../base/capture-error.js';
export { IommuError } from '../base/errors.js';
