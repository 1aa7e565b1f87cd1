/** What passes between a page and a worker that has a device: plain data that structured cloning takes. */
import type { InterruptSource } from '../core/bus.js';
import type { SmmuOptions } from '../device/options.js';
import type { Smmu } from '../device/smmu.js';
import type { Resumed } from '../device/transaction.js';
import type { RunTraceOptions } from '../run/run-trace.js';

/** Options of a device in a worker: those that are data. Callbacks of `RemoteSmmu` are told later, and answer nothing. */
export type WorkerSmmuOptions = Omit<
  SmmuOptions,
  'bus' | 'tbuOf' | 'walkLatency' | 'onInterrupt' | 'onMsi' | 'onResume' | 'module' | 'memory' | 'coreBase'
> & {
  /** Only what can be posted: a compiled module, or bytes. */
  readonly module?: WebAssembly.Module | BufferSource;
};

/** Options of a run in a worker. */
export type WorkerRunOptions = Omit<
  RunTraceOptions,
  'onProgress' | 'signal' | 'perTransaction' | 'walkTrace' | 'module'
> & { readonly module?: WebAssembly.Module | BufferSource };

/** A trace for a worker: a generator's specification, or the bytes with a name (a File is both). */
export type WorkerTrace = string | File | { readonly name: string; readonly bytes: Blob | Uint8Array };

/** Methods of {@link Smmu} that are called by name, with their own arguments and results. */
export const CALLS = [
  'read32',
  'read64',
  'write32',
  'write64',
  'translate',
  'advance',
  'nextEvent',
  'submit',
  'drain',
  'takeResumed',
  'stats',
  'resetStats',
  'save',
  'restore',
  'reset',
] as const satisfies readonly (keyof Smmu)[];
export type Call = (typeof CALLS)[number];

/** Columns of transactions, all as long as `iova`; the other columns are 0 where they are left out. */
export interface TransactionColumns {
  readonly iova: BigUint64Array;
  readonly streamId: Uint32Array;
  readonly substreamId?: Uint32Array;
  /** FLAG_* */
  readonly flags?: Uint32Array;
  readonly size?: Uint16Array;
}

/** Their outcomes, as in a batch. */
export interface OutcomeColumns {
  readonly pa: BigUint64Array;
  /** STATUS_* in [7:0], event number in [15:8], log2 of the page size in [23:16], HIT_* in [31:24]. */
  readonly status: Uint32Array;
  readonly accepted: BigUint64Array;
  readonly completion: BigUint64Array;
}

/** From the page. Each has an id of its own, which the reply names. */
export type WorkerRequest = { readonly id: number } & (
  | { readonly kind: 'create'; readonly options: WorkerSmmuOptions }
  | { readonly kind: 'call'; readonly call: Call; readonly args: readonly unknown[] }
  | { readonly kind: 'read'; readonly pa: bigint; readonly length: number }
  | { readonly kind: 'write'; readonly pa: bigint; readonly bytes: Uint8Array }
  | { readonly kind: 'rows'; readonly rows: TransactionColumns }
  | { readonly kind: 'run'; readonly trace: WorkerTrace; readonly options: WorkerRunOptions }
  | { readonly kind: 'abort'; readonly of: number }
  | { readonly kind: 'dispose' }
);

/** From the worker: a reply, or something that happened. */
export type WorkerReply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: PostedError }
  | { readonly event: 'progress'; readonly id: number; readonly fraction: number; readonly done: number }
  | { readonly event: 'interrupt'; readonly source: InterruptSource }
  | { readonly event: 'msi'; readonly address: bigint; readonly data: number }
  | { readonly event: 'resumed'; readonly resumed: Resumed };

/** An error as data; the class is made again on the other side. */
export interface PostedError {
  readonly name: string;
  readonly message: string;
  /** Of an IommuError. */
  readonly code?: string;
  /** Of a CaptureError. */
  readonly file?: string;
  readonly line?: number;
  readonly field?: string;
}
