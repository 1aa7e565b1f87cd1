/**
 * gem5's packet trace, as a CommMonitor with a MemTraceProbe writes it: "gem5", then protobuf messages each behind its length
 * (src/proto/packet.proto): a PacketHeader, then Packets. Requests become rows; what is neither read nor write is passed over.
 */
import * as Flag from '../../../assembly/abi/flag.js';
import { CaptureError } from '../../base/capture-error.js';
import { columnsOf, type Rows, type Times, type TraceSource } from '../rows.js';
import type { Bytes } from './bytes.js';
import { Message } from './protobuf.js';
import { RowSink } from './row-sink.js';
import type { StreamMap } from './stream-map.js';

/** "gem5" */
export const GEM5_MAGIC = 0x356d6567;
const MESSAGE_MAX = 1 << 20;
const VARINT_MAX = 5;

// PacketHeader
const HEADER_TICK_FREQUENCY = 3;
const HEADER_ID_STRING = 4;
const ID_KEY = 1;
const ID_VALUE = 2;
// Packet
const PACKET_TICK = 1;
const PACKET_COMMAND = 2;
const PACKET_ADDRESS = 3;
const PACKET_SIZE = 4;
const PACKET_FLAGS = 5;
const PACKET_ID = 6;

// MemCmd::Command (src/mem/packet.hh): the first six have never moved, the others are those of gem5 20 and later.
const READ = 1;
const WRITE = 4;
const COMMANDS: ReadonlyMap<number, number> = new Map([
  [READ, 0],
  [WRITE, Flag.WRITE],
  [7, Flag.WRITE], // WritebackDirty
  [8, Flag.WRITE], // WritebackClean
  [9, Flag.WRITE], // WriteClean
  [11, 0], // SoftPFReq
  [13, 0], // HardPFReq
  [16, Flag.WRITE], // WriteLineReq
  [22, Flag.WRITE], // ReadExReq: read for ownership
  [24, 0], // ReadCleanReq
  [25, 0], // ReadSharedReq
  [33, Flag.ATOMIC | Flag.WRITE], // SwapReq
]);

// Request::FlagsType (src/mem/request.hh)
const REQUEST_INSTRUCTION = 0x100;
const REQUEST_PRIVILEGED = 0x8000;

export interface PacketOptions {
  readonly streams: StreamMap;
  /** Clock whose cycles arrivals are counted in, MHz. Default 1000. */
  readonly clock?: number;
}

export class Gem5PacketSource implements TraceSource {
  readonly format = 'gem5';
  readonly times: Times = 'arrival';
  readonly substreams = false;
  readonly total = undefined;
  skipped = 0;
  /** Messages read, the header being the first. */
  line = 0;
  readonly #sink: RowSink;
  readonly #names = new Map<bigint, string>();
  readonly #message = new Message();
  #ticksPerCycle = 1000n;
  #first: bigint | undefined;

  private constructor(
    private readonly bytes: Bytes,
    private readonly options: PacketOptions,
  ) {
    this.#sink = new RowSink(this);
    this.#sink.times = 'arrival';
  }

  /** Reads magic and header. */
  static async open(bytes: Bytes, options: PacketOptions): Promise<Gem5PacketSource> {
    const source = new Gem5PacketSource(bytes, options);
    if (!(await bytes.need(4)) || wordAt(bytes) !== GEM5_MAGIC)
      throw new CaptureError(bytes.name, undefined, 'magic', 'expected "gem5"');
    bytes.at += 4;
    if (!(await source.#next())) source.#sink.fail(undefined, 'is missing, expected a PacketHeader');
    source.#header();
    return source;
  }

  get name(): string {
    return this.bytes.name;
  }

  get fraction(): number {
    return this.bytes.stream.fraction?.() ?? 0;
  }

  async fill(rows: Rows, limit: number): Promise<number> {
    let columns = columnsOf(rows);
    let count = 0;
    while (count < limit) {
      // Waiting costs more than a packet: as long as a whole one is in the window there is nothing to wait for.
      if (!this.#take()) {
        if (!(await this.#next())) break;
        columns = columnsOf(rows);
      }
      if (this.#packet()) this.#sink.store(columns, count++);
      else this.skipped++;
    }
    return count;
  }

  close(): Promise<void> {
    return this.bytes.close();
  }

  /** The next message if it is in the window. */
  #take(): boolean {
    const { bytes } = this;
    let length = 0;
    let at = bytes.at;
    for (let shift = 0; ; shift += 7) {
      if (at === bytes.buffer.length) return false;
      if (shift === 7 * VARINT_MAX) this.#sink.fail('length', 'is no number, expected a message');
      const byte = bytes.buffer[at++];
      length += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    if (length > MESSAGE_MAX)
      this.#sink.fail('length', `got ${length}, expected a message below ${MESSAGE_MAX} bytes`);
    if (at + length > bytes.buffer.length) return false;
    bytes.at = at + length;
    this.line++;
    this.#message.set(bytes.buffer, at, at + length, this.#sink);
    return true;
  }

  async #next(): Promise<boolean> {
    for (;;) {
      if (this.#take()) return true;
      const had = this.bytes.length;
      if (await this.bytes.need(had + 1)) continue;
      if (had > 0)
        this.#sink.fail(
          undefined,
          `ends inside message ${this.line + 1}, expected ${had} bytes to be a whole one`,
        );
      return false;
    }
  }

  #header(): void {
    const message = this.#message;
    let frequency = 0n;
    while (message.next()) {
      if (message.field === HEADER_TICK_FREQUENCY) frequency = message.big();
      else if (message.field === HEADER_ID_STRING) this.#idString(message.nested());
    }
    if (frequency === 0n) this.#sink.fail('tick_freq', 'is missing, expected ticks per second');
    const clock = BigInt(Math.round((this.options.clock ?? 1000) * 1e6));
    this.#ticksPerCycle = frequency / clock;
    if (this.#ticksPerCycle === 0n)
      this.#sink.fail(
        'tick_freq',
        `got ${frequency} ticks per second, expected at least the clock's ${clock} Hz`,
      );
  }

  #idString(entry: Message): void {
    let key = 0n;
    let value = '';
    while (entry.next()) {
      if (entry.field === ID_KEY) key = entry.big();
      else if (entry.field === ID_VALUE) value = entry.text();
    }
    this.#names.set(key, value);
  }

  #packet(): boolean {
    const message = this.#message;
    const sink: RowSink = this.#sink;
    sink.clear();
    let tick: bigint | undefined;
    let command = -1;
    let address: bigint | undefined;
    let size = -1;
    let flags = 0n;
    let id: bigint | undefined;
    while (message.next()) {
      switch (message.field) {
        case PACKET_TICK:
          tick = message.big();
          break;
        case PACKET_COMMAND:
          command = Number(message.big());
          break;
        case PACKET_ADDRESS:
          address = message.big();
          break;
        case PACKET_SIZE:
          size = Number(message.big());
          break;
        case PACKET_FLAGS:
          flags = message.big();
          break;
        case PACKET_ID:
          id = message.big();
          break;
      }
    }
    if (tick === undefined) sink.fail('tick', 'is missing, expected the packet’s time');
    if (command < 0) sink.fail('cmd', 'is missing, expected a command');
    if (address === undefined) sink.fail('addr', 'is missing, expected an address');
    const kind = COMMANDS.get(command);
    if (kind === undefined) return false;
    if (size < 1 || size > 4096)
      sink.fail('size', `got ${size < 0 ? 'nothing' : size}, expected bytes from 1 to 4096`);
    this.#first ??= tick;
    const cycle = (tick - this.#first) / this.#ticksPerCycle;
    sink.iovaLo = Number(address & 0xffff_ffffn);
    sink.iovaHi = Number(address >> 32n);
    sink.size = size;
    sink.timeLo = Number(cycle & 0xffff_ffffn);
    sink.timeHi = Number((cycle >> 32n) & 0xffff_ffffn);
    sink.flags = kind;
    if ((flags & BigInt(REQUEST_INSTRUCTION)) !== 0n) sink.flags |= Flag.INSTRUCTION;
    if ((flags & BigInt(REQUEST_PRIVILEGED)) !== 0n) sink.flags |= Flag.PRIVILEGED;
    sink.streamId = this.#stream(id, address);
    return true;
  }

  #stream(id: bigint | undefined, address: bigint): number {
    const { ids, ranges, fallback } = this.options.streams;
    if (id !== undefined && ids.size > 0) {
      const found = ids.get(String(id)) ?? ids.get(this.#names.get(id) ?? '');
      if (found !== undefined) return found;
    }
    for (const range of ranges) if (address >= range.from && address <= range.to) return range.streamId;
    if (fallback !== undefined) return fallback;
    const who =
      id === undefined
        ? 'without id'
        : `of id ${id}${this.#names.has(id) ? ` (${this.#names.get(id)})` : ''}`;
    this.#sink.fail(
      'pkt_id',
      `the packet ${who} at 0x${address.toString(16)} is in no stream, expected the stream map to name it or a default`,
    );
  }
}

function wordAt({ buffer, at }: Bytes): number {
  return (buffer[at] | (buffer[at + 1] << 8) | (buffer[at + 2] << 16) | (buffer[at + 3] << 24)) >>> 0;
}
