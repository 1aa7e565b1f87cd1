/**
 * DMA as a device model does it: bytes by input address, in transactions that stay inside a 4 KiB page, each through the SMMU to
 * memory. A transfer that stalls goes on when its transaction is resumed.
 */
import { big, hex, integer, oneOf, record, show } from '../base/check.js';
import { DmaWaiters } from './dma-waiters.js';
import type { PhysicalMemory } from './physical-memory.js';
import type { Resumed, Transaction, Translation } from './transaction.js';

/** What the transactions of a transfer have besides their addresses. */
export type DmaOptions = Pick<
  Transaction,
  | 'substreamId'
  | 'privileged'
  | 'instruction'
  | 'memType'
  | 'shareability'
  | 'allocHints'
  | 'requester'
  | 'ats'
>;

/**
 * How a transfer stands. 'ok': all of it is through. 'raz-wi': likewise, but some of it was read as zero, or its writes ignored
 * (CD.A, STE.S2S and IHI 0070 §3.12). 'abort': it ended at a fault, or where memory did not answer. 'stalled': it waits.
 */
export type DmaStatus = 'ok' | 'raz-wi' | 'abort' | 'stalled';

/** Where a transfer met a fault, and which. */
export interface DmaFault {
  readonly iova: bigint;
  /** What became of the transaction; 'ok': it was translated, and neither RAM nor the bus answered at its address. */
  readonly translation: Translation;
}

/** A piece of a scatter list, contiguous on both sides. */
export interface DmaSegment {
  readonly iova: bigint;
  readonly pa: bigint;
  /** Bytes. */
  readonly length: number;
}

/** A transfer, under way or ended. */
export interface DmaTransfer {
  readonly status: DmaStatus;
  /** Bytes that are through, from the first on. */
  readonly transferred: number;
  /** The first fault; of a RAZ/WI too. */
  readonly fault: DmaFault | undefined;
  /** Resolves when it is stalled no more; a fault is no rejection. Rejects with what the embedder's bus threw meanwhile. */
  readonly finished: Promise<DmaTransfer>;
}

/** A transfer that moves nothing and says where it would go. */
export interface DmaMapping extends DmaTransfer {
  /** Of the bytes that are through. */
  readonly segments: readonly DmaSegment[];
}

/** A transaction stays inside one (SmmuOptions, Transaction.size). */
const PAGE = 4096;
const U64 = (1n << 64n) - 1n;
const MOST_BYTES = 2 ** 32;
const FIELDS = [
  'substreamId',
  'privileged',
  'instruction',
  'memType',
  'shareability',
  'allocHints',
  'requester',
  'ats',
];

/** What is done with a piece that was translated. @returns false: nothing answered there */
type Piece = (pa: bigint, start: number, length: number) => boolean;

/** The transfers of one device. */
export class Dma {
  readonly #waiters = new DmaWaiters();

  constructor(
    private readonly translate: (transaction: Transaction) => Translation,
    private readonly memory: PhysicalMemory,
  ) {}

  read(streamId: number, iova: bigint, into: Uint8Array, options: DmaOptions): DmaTransfer {
    bytesOf(into);
    const walk = this.#walk({ ...options, streamId, access: 'read' }, iova, into.length, options, {
      piece: (pa, start, length) => this.memory.read(pa, into.subarray(start, start + length)),
      zero: (start, length) => void into.fill(0, start, start + length),
    });
    return walk.go();
  }

  write(streamId: number, iova: bigint, from: Uint8Array, options: DmaOptions): DmaTransfer {
    bytesOf(from);
    const walk = this.#walk({ ...options, streamId, access: 'write' }, iova, from.length, options, {
      piece: (pa, start, length) => this.memory.write(pa, from.subarray(start, start + length)),
    });
    return walk.go();
  }

  map(
    streamId: number,
    iova: bigint,
    length: number,
    access: 'read' | 'write',
    options: DmaOptions,
  ): DmaMapping {
    integer(length, 'length', 0, MOST_BYTES);
    oneOf(access, 'access', ['read', 'write']);
    const segments: DmaSegment[] = [];
    const piece: Piece = (pa, start, bytes) => {
      const last = segments.at(-1);
      if (last !== undefined && last.pa + BigInt(last.length) === pa && start > 0)
        segments[segments.length - 1] = { ...last, length: last.length + bytes };
      else segments.push({ iova: BigInt.asUintN(64, iova + BigInt(start)), pa, length: bytes });
      return true;
    };
    const walk = this.#walk({ ...options, streamId, access }, iova, length, options, { piece });
    return Object.assign(walk, { segments }).go();
  }

  /** A stalled transaction has ended. @returns whether a transfer waited for it */
  resumed(resumed: Resumed): boolean {
    return this.#waiters.resumed(resumed);
  }

  /** Whether any transfer waits. */
  get waiting(): boolean {
    return this.#waiters.size > 0;
  }

  /** The device is reset: nothing that stalled will be resumed. */
  clear(): void {
    this.#waiters.clear();
  }

  #walk(
    transaction: Omit<Transaction, 'iova'>,
    iova: bigint,
    length: number,
    options: DmaOptions,
    does: { piece: Piece; zero?: (start: number, length: number) => void },
  ): Walk {
    big(iova, 'iova', 0n, U64);
    record(options, 'options', FIELDS);
    if (length > 0 && iova + BigInt(length) - 1n > U64)
      throw new RangeError(`${length} bytes at ${hex(iova)} would end beyond the last address`);
    return new Walk(this.translate, this.#waiters, transaction, iova, length, does);
  }
}

/** One transfer. */
class Walk implements DmaTransfer {
  status: DmaStatus = 'ok';
  transferred = 0;
  fault: DmaFault | undefined;
  #ending: { promise: Promise<DmaTransfer>; end: () => void; fail: (error: unknown) => void } | undefined;
  #ignored = false;

  constructor(
    private readonly translate: (transaction: Transaction) => Translation,
    private readonly waiters: DmaWaiters,
    private readonly transaction: Omit<Transaction, 'iova'>,
    private readonly iova: bigint,
    private readonly length: number,
    private readonly does: { piece: Piece; zero?: (start: number, length: number) => void },
  ) {}

  get finished(): Promise<DmaTransfer> {
    if (this.status !== 'stalled') return Promise.resolve(this);
    if (this.#ending === undefined) {
      let end!: () => void;
      let fail!: (error: unknown) => void;
      const promise = new Promise<DmaTransfer>((resolve, reject) => {
        end = () => resolve(this);
        fail = reject;
      });
      this.#ending = { promise, end, fail };
    }
    return this.#ending.promise;
  }

  /** Goes on until the end, a fault, or a stall. */
  go(): this {
    while (this.transferred < this.length) {
      const transaction = this.#next();
      // A handler may resume it before the call has returned.
      const ticket = this.waiters.expect(transaction, (outcome) => this.#resume(transaction, outcome));
      let translation: Translation;
      try {
        translation = this.translate(transaction);
      } catch (error) {
        ticket.withdraw();
        throw error;
      }
      const stalled = translation.status === 'stalled';
      const outcome = stalled ? ticket.outcome : translation;
      if (outcome === undefined) {
        this.status = 'stalled';
        ticket.wait();
        return this;
      }
      ticket.withdraw();
      if (!this.#take(transaction, outcome)) return this;
    }
    this.status = this.#ignored ? 'raz-wi' : 'ok';
    return this;
  }

  /** The transaction of the next piece. */
  #next(): Transaction {
    const iova = this.iova + BigInt(this.transferred);
    const inPage = Number(iova & BigInt(PAGE - 1));
    return { ...this.transaction, iova, size: Math.min(PAGE - inPage, this.length - this.transferred) };
  }

  /** @returns whether the transfer goes on */
  #take({ iova, size = 0 }: Transaction, translation: Translation): boolean {
    const start = this.transferred;
    if (translation.status === 'raz-wi') {
      this.#ignored = true;
      this.fault ??= { iova, translation };
      this.does.zero?.(start, size);
    } else if (translation.status !== 'ok' || !this.does.piece(translation.pa, start, size)) {
      this.fault = { iova, translation };
      this.status = 'abort';
      return false;
    }
    this.transferred += size;
    return true;
  }

  /** `outcome` undefined: the device was reset. */
  #resume(transaction: Transaction, outcome: Translation | undefined): void {
    this.status = 'abort';
    try {
      if (outcome !== undefined && this.#take(transaction, outcome)) this.go();
    } catch (error) {
      this.#ending?.fail(error);
      throw error;
    }
    if ((this.status as DmaStatus) !== 'stalled') this.#ending?.end();
  }
}

function bytesOf(bytes: unknown): void {
  if (!(ArrayBuffer.isView(bytes) && 'subarray' in bytes && (bytes as Uint8Array).BYTES_PER_ELEMENT === 1))
    throw new TypeError(`bytes must be a Uint8Array, not ${show(bytes)}`);
}
