/** The worker's side: a device and runs of traces, served to whoever posts. */
import { Smmu } from '../device/smmu.js';
import { runTrace, type TraceInput } from '../run/run-trace.js';
import { listen, type Port, post } from './port.js';
import { posted } from './posted-error.js';
import {
  type Call,
  CALLS,
  type OutcomeColumns,
  type TransactionColumns,
  type WorkerReply,
  type WorkerRequest,
  type WorkerTrace,
} from './protocol.js';

type RequestOf<K extends WorkerRequest['kind']> = Extract<WorkerRequest, { readonly kind: K }>;
interface Answer {
  readonly value: unknown;
  readonly transfer?: ArrayBuffer[];
}

const ROWS_AT_ONCE = 65536;

/**
 * Serves one device to the other end of `port`: in a worker's script, `serveSmmu(self)`. Requests are answered in the order in which
 * they came, but for runs of traces, which go on beside them.
 * @throws TypeError when `port` is none
 */
export function serveSmmu(port: Port): void {
  new Server(port);
}

class Server {
  #smmu: Smmu | undefined;
  readonly #runs = new Map<number, AbortController>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(private readonly port: Port) {
    listen(port, (message) => {
      const request = message as WorkerRequest;
      if (request.kind === 'abort') this.#runs.get(request.of)?.abort();
      else if (request.kind === 'run') void this.#reply(request.id, this.#run(request));
      else {
        const answered = this.#last.then(() => this.#answer(request));
        this.#last = this.#reply(request.id, answered);
      }
    });
  }

  async #reply(id: number, answered: Promise<Answer>): Promise<void> {
    try {
      const { value, transfer } = await answered;
      this.#post({ id, value }, transfer);
    } catch (error) {
      this.#post({ id, error: posted(error) });
    }
  }

  #post(reply: WorkerReply, transfer: ArrayBuffer[] = []): void {
    post(this.port, reply, transfer);
  }

  async #answer(request: Exclude<WorkerRequest, RequestOf<'run' | 'abort'>>): Promise<Answer> {
    switch (request.kind) {
      case 'create':
        return { value: await this.#create(request) };
      case 'call':
        return { value: this.#call(request) };
      case 'read':
        return transferred(this.#device.memory.read(request.pa, request.length));
      case 'write':
        this.#device.memory.write(request.pa, request.bytes);
        return { value: undefined };
      case 'rows':
        return this.#rows(request.rows);
      case 'dispose':
        this.#device.dispose();
        this.#smmu = undefined;
        return { value: undefined };
    }
  }

  get #device(): Smmu {
    if (this.#smmu === undefined) throw new TypeError('there is no device: call RemoteSmmu.create first');
    return this.#smmu;
  }

  async #create({ options }: RequestOf<'create'>): Promise<unknown> {
    if (this.#smmu !== undefined) throw new TypeError('this worker has a device: one worker serves one');
    this.#smmu = await Smmu.create({
      ...options,
      onInterrupt: (source) => this.#post({ event: 'interrupt', source }),
      onMsi: (address, data) => this.#post({ event: 'msi', address, data }),
      onResume: (resumed) => this.#post({ event: 'resumed', resumed }),
    });
    const { id, effectiveTiming } = this.#smmu;
    return { id: { ...id }, effectiveTiming };
  }

  #call({ call, args }: RequestOf<'call'>): unknown {
    if (!CALLS.includes(call)) throw new TypeError(`a worker serves no call '${String(call)}'`);
    const device: Record<Call, (...args: never[]) => unknown> = this.#device;
    return device[call](...(args as never[]));
  }

  #rows({ iova, streamId, substreamId, flags, size }: TransactionColumns): Answer {
    const { length } = iova;
    const out: OutcomeColumns = {
      pa: new BigUint64Array(length),
      status: new Uint32Array(length),
      accepted: new BigUint64Array(length),
      completion: new BigUint64Array(length),
    };
    const batch = this.#device.createBatch(Math.max(1, Math.min(length, ROWS_AT_ONCE)));
    try {
      for (let start = 0; start < length; start += batch.capacity) {
        const end = Math.min(length, start + batch.capacity);
        batch.iova.set(iova.subarray(start, end));
        batch.streamId.set(streamId.subarray(start, end));
        if (substreamId !== undefined) batch.substreamId.set(substreamId.subarray(start, end));
        if (flags !== undefined) batch.flags.set(flags.subarray(start, end));
        if (size !== undefined) batch.size.set(size.subarray(start, end));
        this.#device.translateBatch(batch, end - start);
        for (const name of ['pa', 'accepted', 'completion'] as const)
          out[name].set(batch[name].subarray(0, end - start), start);
        out.status.set(batch.status.subarray(0, end - start), start);
      }
    } finally {
      batch.dispose();
    }
    return { value: out, transfer: Object.values(out).map(({ buffer }) => buffer as ArrayBuffer) };
  }

  async #run({ id, trace, options }: RequestOf<'run'>): Promise<Answer> {
    const stop = new AbortController();
    this.#runs.set(id, stop);
    try {
      const value = await runTrace(inputOf(trace), {
        ...options,
        signal: stop.signal,
        onProgress: (fraction, done) => this.#post({ event: 'progress', id, fraction, done }),
      });
      return { value };
    } finally {
      this.#runs.delete(id);
    }
  }
}

function transferred(bytes: Uint8Array): Answer {
  return { value: bytes, transfer: [bytes.buffer as ArrayBuffer] };
}

function inputOf(trace: WorkerTrace): TraceInput {
  if (typeof trace === 'string') return trace;
  const { name } = trace;
  const bytes = 'bytes' in trace && !(trace instanceof Blob) ? trace.bytes : trace;
  return { name, chunks: chunksOf(bytes) };
}

/** Not every engine iterates over a stream. */
async function* chunksOf(bytes: Blob | Uint8Array): AsyncGenerator<Uint8Array> {
  if (!(bytes instanceof Blob)) {
    yield bytes;
    return;
  }
  const reader = (bytes.stream() as ReadableStream<Uint8Array>).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}
