/** Requests and replies over one port: every reply finds who asked. */
import type { InterruptSource } from '../core/bus.js';
import type { Resumed } from '../device/transaction.js';
import { listen, type Port, post } from './port.js';
import { revived } from './posted-error.js';
import type { WorkerReply, WorkerRequest } from './protocol.js';

interface Listeners {
  onInterrupt?: ((source: InterruptSource) => void) | undefined;
  onMsi?: ((address: bigint, data: number) => void) | undefined;
  onResume?: ((resumed: Resumed) => void) | undefined;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress: ((fraction: number, done: number) => void) | undefined;
}

type Unnumbered<R> = R extends unknown ? Omit<R, 'id'> : never;
type Question = Unnumbered<WorkerRequest>;

const lines = new WeakMap<Port, Line>();

/** One port has one line, whoever uses it. */
export class Line {
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners: Listeners = {};
  #next = 1;

  private constructor(private readonly port: Port) {
    listen(port, (message) => this.#take(message as WorkerReply));
  }

  /** @throws TypeError when it is no port */
  static to(port: Port, listeners: Listeners): Line {
    const known = typeof port === 'object' ? lines.get(port) : undefined;
    const line = known ?? new Line(port);
    lines.set(port, line);
    for (const [name, listener] of Object.entries(listeners))
      if (listener !== undefined) Object.assign(line.#listeners, { [name]: listener as unknown });
    return line;
  }

  ask(question: Question): Promise<unknown> {
    return this.send(question).answer;
  }

  send(
    question: Question,
    onProgress?: (fraction: number, done: number) => void,
  ): { readonly id: number; readonly answer: Promise<unknown> } {
    const id = this.tell(question);
    const answer = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject, onProgress }));
    return { id, answer };
  }

  /** Without waiting for a reply. */
  tell(question: Question): number {
    const id = this.#next++;
    post(this.port, { ...question, id });
    return id;
  }

  #take(reply: WorkerReply): void {
    if ('event' in reply) {
      this.#tellListener(reply);
      return;
    }
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ('error' in reply) waiting?.reject(revived(reply.error));
    else waiting?.resolve(reply.value);
  }

  #tellListener(reply: Extract<WorkerReply, { readonly event: string }>): void {
    switch (reply.event) {
      case 'progress':
        this.#waiting.get(reply.id)?.onProgress?.(reply.fraction, reply.done);
        return;
      case 'interrupt':
        this.#listeners.onInterrupt?.(reply.source);
        return;
      case 'msi':
        this.#listeners.onMsi?.(reply.address, reply.data);
        return;
      case 'resumed':
        this.#listeners.onResume?.(reply.resumed);
        return;
    }
  }
}
