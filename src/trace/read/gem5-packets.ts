/**
 * gem5's packet trace, as a CommMonitor with a MemTraceProbe writes it: "gem5", then protobuf messages each behind its length
 * (src/proto/packet.proto): a PacketHeader, then Packets. Requests become rows; what is neither read nor write is passed over.
 */
import * as Flag from '../../../assembly/abi/flag.js';
import { CaptureError } from '../../base/capture-error.js';
import { columnsOf, type Rows, type Times, type TraceSource } from '../rows.js';
import type { Bytes } from './bytes.js';
import { COMMANDS, REQUEST_INSTRUCTION, REQUEST_PRIVILEGED } from './gem5-commands.js';
import { Message } from './protobuf.js';
import { RowSink } from './row-sink.js';
import { streamOf, type StreamMap } from './stream-map.js';
import { type Packet, TickWindow } from './tick-window.js';

/** "gem5" */
export const GEM5_MAGIC = 0x356d6567;
const MAGIC_BYTES = 4;
const MAGIC_FIRST = GEM5_MAGIC & 0xff;
const MESSAGE_MAX = 1 << 20;
const VARINT_MAX = 5;
const SIZE_MAX = 4096;
const PAGE_OFFSET = 0xfffn;

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

export interface PacketOptions {
  readonly streams: StreamMap;
  /** Clock whose cycles arrivals are counted in, MHz. Default 1000. */
  readonly clock?: number;
  /** Packets ahead among which the next in time is looked for. Default 0: they come in order of their ticks. */
  readonly sort?: number;
}

export class Gem5PacketSource implements TraceSource {
  readonly format = 'gem5';
  readonly times: Times = 'arrival';
  readonly substreams = false;
  readonly total = undefined;
  readonly unit = 'packet';
  skipped = 0;
  /** Packets read. */
  line = 0;
  readonly #sink: RowSink;
  readonly #names = new Map<bigint, string>();
  readonly #fields = new Message();
  readonly #window: TickWindow;
  #headerDue = false;
  /** Ticks in a second, and cycles. */
  #frequency = 0n;
  #clock = 0n;
  #first: bigint | undefined;
  #last = 0n;

  private constructor(
    private readonly bytes: Bytes,
    private readonly options: PacketOptions,
  ) {
    this.#sink = new RowSink(this);
    this.#sink.times = 'arrival';
    this.#window = new TickWindow(options.sort ?? 0);
  }

  /** Reads magic and header. */
  static async open(bytes: Bytes, options: PacketOptions): Promise<Gem5PacketSource> {
    const source = new Gem5PacketSource(bytes, options);
    if (!(await bytes.need(MAGIC_BYTES)) || !atMagic(bytes))
      throw new CaptureError(bytes.name, undefined, 'magic', 'expected "gem5"');
    while (!source.#message()) await source.#more();
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
    const window = this.#window;
    while (count < limit) {
      if (!window.full) {
        // Waiting costs more than a packet: as long as a whole one is in the bytes at hand there is nothing to wait for.
        let found = this.#take();
        if (!found) {
          found = await this.#next();
          columns = columnsOf(rows);
        }
        if (found) {
          this.#read();
          continue;
        }
      }
      const packet = window.take();
      if (packet === undefined) break;
      this.#store(packet, columns, count++);
    }
    return count;
  }

  close(): Promise<void> {
    return this.bytes.close();
  }

  /** The next packet if it is in the bytes at hand. */
  #take(): boolean {
    while (this.#message()) {
      if (!this.#headerDue) {
        this.line++;
        return true;
      }
      this.#header();
    }
    return false;
  }

  /** The next packet; false: there is none. */
  async #next(): Promise<boolean> {
    while (!this.#take()) {
      if (!(await this.#more())) return false;
    }
    return true;
  }

  /** The next message if it is in the bytes at hand. One trace may stand behind another, as `cat` puts them. */
  #message(): boolean {
    const { bytes } = this;
    if (!this.#headerDue && bytes.length > 0 && bytes.buffer[bytes.at] === MAGIC_FIRST) {
      if (bytes.length < MAGIC_BYTES) return false;
      // No packet is of this length and begins so: it would be field 12.
      this.#headerDue = atMagic(bytes);
      if (this.#headerDue) bytes.at += MAGIC_BYTES;
    }
    let length = 0;
    let at = bytes.at;
    for (let shift = 0; ; shift += 7) {
      if (at === bytes.buffer.length) return false;
      if (shift === 7 * VARINT_MAX) this.#fail('length', 'is no number, expected a message', this.line + 1);
      const byte = bytes.buffer[at++];
      length += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    if (length > MESSAGE_MAX)
      this.#fail('length', `got ${length}, expected a message below ${MESSAGE_MAX} bytes`, this.line + 1);
    if (at + length > bytes.buffer.length) return false;
    bytes.at = at + length;
    this.#fields.set(bytes.buffer, at, at + length, this.#sink);
    return true;
  }

  /** More bytes; false: there are none, and none are missing. */
  async #more(): Promise<boolean> {
    const had = this.bytes.length;
    if (await this.bytes.need(had + 1)) return true;
    if (this.#headerDue) this.#refuseHeader('header', 'is missing, expected a PacketHeader behind "gem5"');
    if (had > 0)
      this.#fail(
        undefined,
        `ends inside it, expected more than ${had} ${had === 1 ? 'byte' : 'bytes'} of it`,
        this.line + 1,
      );
    return false;
  }

  #header(): void {
    this.#headerDue = false;
    const message = this.#fields;
    let frequency = 0n;
    while (message.next()) {
      if (message.field === HEADER_TICK_FREQUENCY) frequency = message.big();
      else if (message.field === HEADER_ID_STRING) this.#idString(message.nested());
    }
    if (frequency === 0n) this.#refuseHeader('tick_freq', 'is missing, expected ticks per second');
    if (this.#frequency !== 0n && frequency !== this.#frequency)
      this.#refuseHeader('tick_freq', `got ${frequency}, expected ${this.#frequency} as in the trace before`);
    this.#frequency = frequency;
    this.#clock = BigInt(Math.round((this.options.clock ?? 1000) * 1e6));
    if (frequency < this.#clock)
      this.#refuseHeader(
        'tick_freq',
        `got ${frequency} ticks per second, expected at least the clock's ${this.#clock} Hz`,
      );
  }

  #refuseHeader(field: string, problem: string): never {
    throw new CaptureError(this.name, undefined, field, problem);
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

  /** The packet at hand among those that wait, if it is a transaction. */
  #read(): void {
    const message = this.#fields;
    let tick: bigint | undefined;
    let command = -1;
    let address: bigint | undefined;
    let size = 0;
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
    if (tick === undefined) this.#fail('tick', 'is missing, expected the packet’s time');
    if (command < 0) this.#fail('cmd', 'is missing, expected a command');
    const kind = COMMANDS.get(command);
    // Address and size are optional: what has none of the one or nothing of the other moves no bytes.
    if (kind === undefined || address === undefined || size === 0) {
      this.skipped++;
      return;
    }
    if (size > SIZE_MAX || (address & PAGE_OFFSET) + BigInt(size) > PAGE_OFFSET + 1n)
      this.#fail(
        'size',
        `got ${size} bytes at 0x${address.toString(16)}, expected a transaction inside one 4 KiB page`,
      );
    this.#window.add({
      tick,
      number: this.line,
      address,
      size,
      flags:
        kind |
        ((flags & REQUEST_INSTRUCTION) === 0n ? 0 : Flag.INSTRUCTION) |
        ((flags & REQUEST_PRIVILEGED) === 0n ? 0 : Flag.PRIVILEGED),
      streamId: this.#stream(id, address),
    });
  }

  #store({ tick, number, address, size, flags, streamId }: Packet, rows: Rows, row: number): void {
    if (tick < this.#last) this.#refuseLate(tick, number);
    this.#last = tick;
    this.#first ??= tick;
    const cycle = ((tick - this.#first) * this.#clock) / this.#frequency;
    const sink: RowSink = this.#sink;
    sink.clear();
    sink.iovaLo = Number(address & 0xffff_ffffn);
    sink.iovaHi = Number(address >> 32n);
    sink.size = size;
    sink.timeLo = Number(cycle & 0xffff_ffffn);
    sink.timeHi = Number(cycle >> 32n);
    sink.flags = flags;
    sink.streamId = streamId;
    sink.store(rows, row);
  }

  #refuseLate(tick: bigint, number: number): never {
    const { packets } = this.#window;
    const how =
      packets === 0
        ? 'a trace whose ticks go back is sorted with --sort'
        : `--sort looked ${packets} packets ahead and must look further`;
    this.#fail(
      'tick',
      `got ${tick}, expected ${this.#last} or more, that of the packet before: ${how}`,
      number,
    );
  }

  #stream(id: bigint | undefined, address: bigint): number {
    const { streams } = this.options;
    const name = id === undefined ? undefined : this.#names.get(id);
    const found = streamOf(streams, id, name, address);
    if (found !== undefined) return found;
    const who = id === undefined ? 'without id' : `of id ${id}${name === undefined ? '' : ` (${name})`}`;
    this.#fail(
      'pkt_id',
      `the packet ${who} at 0x${address.toString(16)} is in no stream, expected the stream map to name it or a default`,
    );
  }

  #fail(field: string | undefined, problem: string, packet = this.line): never {
    throw new CaptureError(`${this.name}, ${this.unit} ${packet}`, undefined, field, problem);
  }
}

function atMagic({ buffer, at }: Bytes): boolean {
  return (
    (buffer[at] | (buffer[at + 1] << 8) | (buffer[at + 2] << 16) | (buffer[at + 3] << 24)) >>> 0 ===
    GEM5_MAGIC
  );
}
