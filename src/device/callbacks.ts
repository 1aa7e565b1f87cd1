/**
 * What the device has to tell the embedder. The core leaves notifications in a ring; after every call they are taken out
 * and delivered in order. A callback may call anything: what it causes is queued behind what is waiting.
 */
import * as Header from '../../assembly/abi/header.js';
import * as NotifyRecord from '../../assembly/abi/notify-record.js';
import type { InterruptSource } from '../core/bus.js';
import type { SmmuOptions } from './options.js';
import type { Resumed } from './transaction.js';
import type { CoreMemory } from '../core/core-memory.js';
import type { Core } from '../core/exports.js';
import { readResumed, RESUMED_BYTES } from './request.js';

/** One notification, as plain data. */
export type Notification =
  | { readonly kind: 'interrupt'; readonly source: number }
  | { readonly kind: 'msi'; readonly source: number; readonly address: bigint; readonly data: number }
  | { readonly kind: 'resumed'; readonly record: Uint8Array };

type Handlers = Pick<SmmuOptions, 'onInterrupt' | 'onMsi' | 'onResume'>;

const SOURCES: readonly InterruptSource[] = ['eventq', 'priq', 'cmd-sync', 'gerror', 'sev', 'pmcg'];

/** The queue of one device. */
export class Callbacks {
  /** Taken out of the core, not delivered yet. */
  waiting: Notification[] = [];
  /** Resumed transactions that nobody has taken, without `onResume`. */
  untaken: Uint8Array[] = [];
  /** Told of resumed transactions before the embedder is. @returns whether somebody waited for it */
  awaited: ((resumed: Resumed) => boolean) | undefined;
  #delivering = false;
  #deferring = false;

  constructor(
    private readonly core: Core,
    private readonly memory: CoreMemory,
    private readonly handlers: Handlers,
  ) {}

  /** Whether the core has left anything to do. */
  get pending(): boolean {
    const { words, base } = this.memory;
    return words[(base + Header.NOTIFY_COUNT) >>> 2] !== 0 || words[(base + Header.MORE_WORK) >>> 2] !== 0;
  }

  /**
   * Lets the core finish what it stopped, then delivers everything. From inside a callback it only queues.
   * @throws what a callback threw first, after all have been delivered
   */
  run(): void {
    this.collect();
    if (this.#delivering) return;
    this.#delivering = true;
    let failed = false;
    let first: unknown;
    try {
      for (let next = this.#next(); next !== undefined; next = this.#next()) {
        try {
          this.#deliver(next);
        } catch (error) {
          if (!failed) first = error;
          failed = true;
        }
      }
    } finally {
      this.#delivering = false;
    }
    if (failed) throw first;
  }

  /**
   * Wired interrupts wait while the embedder's CPU takes none, one for each source as an interrupt controller latches them; all
   * else is delivered.
   */
  defer(on: boolean): void {
    this.#deferring = on;
    if (!on) this.run();
  }

  /** Sources of the interrupts that wait, in the order of their first pulse. */
  get deferred(): InterruptSource[] {
    return this.#deferring
      ? this.waiting.flatMap((next) => (next.kind === 'interrupt' ? [SOURCES[next.source]] : []))
      : [];
  }

  /** The next notification to deliver. */
  #next(): Notification | undefined {
    if (!this.#deferring) return this.waiting.shift();
    const at = this.waiting.findIndex(({ kind }) => kind !== 'interrupt');
    if (at >= 0) return this.waiting.splice(at, 1)[0];
    const seen = new Set<number>();
    this.waiting = this.waiting.filter(
      (next) => next.kind !== 'interrupt' || (!seen.has(next.source) && seen.add(next.source)),
    );
    return undefined;
  }

  /** The resumed transactions since the last call, oldest first. */
  takeUntaken(): Resumed[] {
    const taken = this.untaken;
    this.untaken = [];
    return taken.map(readResumed);
  }

  /** Forgets everything, as a reset does. */
  clear(): void {
    this.waiting = [];
    this.untaken = [];
  }

  /** Takes everything out of the core, and lets it finish what it stopped. */
  collect(): void {
    while (this.pending) {
      const more = this.memory.get32(Header.MORE_WORK) !== 0;
      this.#takeOut();
      if (more) this.core.continueWork();
    }
  }

  #takeOut(): void {
    const { memory } = this;
    const resumed = this.#takeOutResumed();
    const ring = memory.get32(Header.NOTIFY);
    const count = memory.get32(Header.NOTIFY_COUNT);
    for (let i = 0; i < count; i++) {
      const at = ring + i * NotifyRecord.BYTES;
      const source = memory.get32(at + NotifyRecord.SOURCE);
      switch (memory.get32(at + NotifyRecord.KIND)) {
        case NotifyRecord.KIND_IRQ:
          this.waiting.push({ kind: 'interrupt', source });
          break;
        case NotifyRecord.KIND_MSI: {
          const address = memory.get64(at + NotifyRecord.ADDRESS);
          this.waiting.push({ kind: 'msi', source, address, data: memory.get32(at + NotifyRecord.DATA) });
          break;
        }
        case NotifyRecord.KIND_RESUMED: {
          const record = resumed.shift();
          if (record !== undefined) this.waiting.push({ kind: 'resumed', record });
          break;
        }
      }
    }
    memory.set32(Header.NOTIFY_COUNT, 0);
  }

  #takeOutResumed(): Uint8Array[] {
    const { memory } = this;
    const ring = memory.get32(Header.RESUMED);
    const count = memory.get32(Header.RESUMED_COUNT);
    memory.set32(Header.RESUMED_COUNT, 0);
    return Array.from({ length: count }, (_, i) =>
      memory.slice(ring + i * RESUMED_BYTES, RESUMED_BYTES).slice(),
    );
  }

  #deliver(notification: Notification): void {
    const { onInterrupt, onMsi, onResume } = this.handlers;
    switch (notification.kind) {
      case 'interrupt':
        onInterrupt?.(SOURCES[notification.source]);
        return;
      case 'msi':
        if (onMsi !== undefined && onMsi(notification.address, notification.data) !== false) return;
        this.core.msiAborted(notification.source);
        this.collect();
        return;
      case 'resumed': {
        const taken = this.awaited?.(readResumed(notification.record)) ?? false;
        if (onResume !== undefined) onResume(readResumed(notification.record));
        else if (!taken) this.untaken.push(notification.record);
        return;
      }
    }
  }
}
