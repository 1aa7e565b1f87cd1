/** The page's side: a device in a worker, whose methods give promises. */
import type { InterruptSource } from '../core/bus.js';
import type { Identification } from '../config/identification.js';
import type { EffectiveTiming } from '../config/timing-config.js';
import type { Smmu } from '../device/smmu.js';
import type { Resumed } from '../device/transaction.js';
import type { RunResult } from '../run/result.js';
import type { Port } from './port.js';
import { Line } from './line.js';
import type {
  Call,
  OutcomeColumns,
  TransactionColumns,
  WorkerRunOptions,
  WorkerSmmuOptions,
  WorkerTrace,
} from './protocol.js';

/** Options and listeners of a {@link RemoteSmmu}. */
export interface RemoteOptions extends WorkerSmmuOptions {
  readonly onInterrupt?: (source: InterruptSource) => void;
  /** An MSI that RAM did not take: it has been sent, and cannot be refused. */
  readonly onMsi?: (address: bigint, data: number) => void;
  readonly onResume?: (resumed: Resumed) => void;
}

/** A method of Smmu as the page has it. */
type Remote<C extends Call> = (...args: Parameters<Smmu[C]>) => Promise<Awaited<ReturnType<Smmu[C]>>>;

/**
 * A device in a worker whose script calls {@link serveSmmu}. Calls are done in the order in which they are made; wrong arguments reject
 * with the error that class Smmu throws.
 */
export class RemoteSmmu {
  private constructor(
    private readonly line: Line,
    /** As of class Smmu. */
    readonly id: Identification,
    readonly effectiveTiming: EffectiveTiming | false,
  ) {}

  /**
   * Makes the worker's device.
   * @throws RangeError or TypeError as `Smmu.create`; TypeError when the worker has one already, or `worker` is none
   */
  static async create(worker: Port, options: RemoteOptions = {}): Promise<RemoteSmmu> {
    const { onInterrupt, onMsi, onResume, ...data } = options;
    const line = Line.to(worker, { onInterrupt, onMsi, onResume });
    type Made = Pick<RemoteSmmu, 'id' | 'effectiveTiming'>;
    const { id, effectiveTiming } = (await line.ask({ kind: 'create', options: data })) as Made;
    return new RemoteSmmu(line, id, effectiveTiming);
  }

  readonly read32 = this.#method('read32');
  readonly read64 = this.#method('read64');
  readonly write32 = this.#method('write32');
  readonly write64 = this.#method('write64');
  readonly translate = this.#method('translate');
  readonly advance = this.#method('advance');
  readonly nextEvent = this.#method('nextEvent');
  readonly submit = this.#method('submit');
  readonly drain = this.#method('drain');
  readonly takeResumed = this.#method('takeResumed');
  readonly stats = this.#method('stats');
  readonly resetStats = this.#method('resetStats');
  readonly save = this.#method('save');
  readonly restore = this.#method('restore');
  readonly reset = this.#method('reset');

  /** Guest RAM, copied over. @throws RangeError outside of it */
  read(pa: bigint, length: number): Promise<Uint8Array> {
    return this.line.ask({ kind: 'read', pa, length }) as Promise<Uint8Array>;
  }

  /** As {@link read}; the bytes stay the caller's. */
  async write(pa: bigint, bytes: Uint8Array): Promise<void> {
    await this.line.ask({ kind: 'write', pa, bytes });
  }

  /** Translates many at once. The columns stay the caller's. @throws RangeError for a row, as `translateBatch` */
  translateRows(rows: TransactionColumns): Promise<OutcomeColumns> {
    return this.line.ask({ kind: 'rows', rows }) as Promise<OutcomeColumns>;
  }

  /** Ends the device; the worker stays the caller's. */
  async dispose(): Promise<void> {
    await this.line.ask({ kind: 'dispose' });
  }

  #method<C extends Call>(call: C): Remote<C> {
    return (...args) => this.line.ask({ kind: 'call', call, args }) as Promise<Awaited<ReturnType<Smmu[C]>>>;
  }
}

/** What a run in a worker is told by, and tells. */
export interface RemoteRunOptions extends WorkerRunOptions {
  readonly onProgress?: (fraction: number, done: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Runs a trace in a worker, as `runTrace` of `smmuv3-wasm/run` does: the page has its time for itself.
 * @throws as `runTrace`
 */
export async function runTraceIn(
  worker: Port,
  trace: WorkerTrace,
  { onProgress, signal, ...options }: RemoteRunOptions = {},
): Promise<RunResult> {
  signal?.throwIfAborted();
  const line = Line.to(worker, {});
  const { id, answer } = line.send({ kind: 'run', trace, options }, onProgress);
  const abort = (): void => void line.tell({ kind: 'abort', of: id });
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return (await answer) as RunResult;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
