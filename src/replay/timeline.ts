import * as EventRecord from '../../assembly/arch/event-record.js';
import type {
  Capture,
  RecordedAccess,
  RecordedBypass,
  RecordedDescriptor,
  RecordedFault,
  RecordedTranslation,
  TimelineEntry,
} from '../capture/types.js';
import { commandName } from '../inspect/command.js';
import { hex, numberOf, valueOf } from '../base/fields.js';
import type { InterruptSource } from '../core/bus.js';
import type { Smmu } from '../device/smmu.js';
import { registerOffset } from './device.js';
import { InterruptComparer } from './interrupts.js';
import type { Ledger } from './ledger.js';
import { CommandQueue, EventQueue } from './queues.js';
import { compareRecord } from './records.js';
import { compareRegister } from './registers.js';
import { bypassed, outcome, type Translator } from './tally.js';

/** Bytes of a probing access: one, so that no recorded address can cross a page. */
export const PROBE_BYTES = 1;

/** Performs a timeline entry by entry and compares what comes back. */
export class TimelinePlayer {
  accesses = 0;
  readsCompared = 0;
  translations = 0;
  events = 0;
  readonly commands = new Map<string, number>();
  private readonly commandQueue: CommandQueue;
  private readonly eventQueue: EventQueue;
  private consumed = 0;
  private consumer: number;
  private readonly interrupts: InterruptComparer;

  constructor(
    private readonly smmu: Smmu,
    private readonly capture: Capture,
    private readonly translator: Translator,
    private readonly ledger: Ledger,
  ) {
    this.commandQueue = new CommandQueue(smmu);
    this.eventQueue = new EventQueue(smmu);
    this.consumer = this.commandQueue.consumer;
    this.interrupts = new InterruptComparer(smmu, ledger, recordedByQemu(capture));
  }

  /** The device raised an interrupt. */
  pulse(source: InterruptSource): void {
    this.interrupts.pulse(source);
  }

  play(entry: TimelineEntry): void {
    switch (entry.kind) {
      case 'mmio':
        this.interrupts.close();
        return this.access(entry);
      case 'xlat':
        return this.translation(entry);
      case 'bypass':
        return this.bypass(entry);
      case 'event':
        return this.interrupts.record(this.where(entry.line), () => this.fault(entry));
      case 'irq':
        return this.interrupts.line(this.where(entry.line), entry.irq);
      case 'mem':
        return this.smmu.memory.write64(entry.address, entry.value);
    }
  }

  /** What must hold when the timeline has ended. */
  finish(): void {
    const left = this.capture.commands.length - this.consumed;
    if (left !== 0) {
      this.ledger.mismatch(
        'commands.jsonl',
        `${this.capture.commands.length} commands are recorded, the model consumed ${this.consumed}`,
      );
    }
    if (this.events !== this.capture.events.length) {
      this.ledger.mismatch(
        'events.jsonl',
        `${this.capture.events.length} events are listed, the timeline has ${this.events}`,
      );
    }
    this.interrupts.finish();
  }

  private where(line: number): string {
    return `timeline.jsonl, line ${line}`;
  }

  private access(entry: RecordedAccess): void {
    this.accesses++;
    const offset = registerOffset(entry.offset);
    if (entry.write) {
      if (entry.size === 8) this.smmu.write64(offset, entry.value);
      else this.smmu.write32(offset, Number(entry.value));
      this.watchCommands(entry);
      return;
    }
    this.readsCompared++;
    const value = entry.size === 8 ? this.smmu.read64(offset) : BigInt(this.smmu.read32(offset));
    compareRegister(
      this.ledger,
      `${this.where(entry.line)} (access ${entry.n})`,
      this.smmu,
      offset,
      entry.value,
      value,
    );
  }

  /** Compares what the write made the device consume with what the recording says. */
  private watchCommands(entry: RecordedAccess): void {
    const consumer = this.commandQueue.consumer;
    const commands = this.commandQueue.between(this.consumer, consumer);
    this.consumer = consumer;
    const first = this.consumed;
    const range = (from: number, count: number): string =>
      count === 0 ? 'none' : `${from} to ${from + count - 1}`;
    const [from, to] = entry.commands ?? [first, first - 1];
    if (from !== first || to - from + 1 !== commands.length) {
      this.ledger.mismatch(
        this.where(entry.line),
        `access ${entry.n} made the recorder consume commands ${range(from, to - from + 1)}, the model ${range(first, commands.length)}`,
      );
    }
    for (const words of commands) {
      const name = commandName(words).replace('CMD_', '');
      this.commands.set(name, (this.commands.get(name) ?? 0) + 1);
      const recorded = this.capture.commands[this.consumed++];
      if (recorded === undefined || recorded.words[0] !== words[0] || recorded.words[1] !== words[1]) {
        this.ledger.mismatch(
          recorded === undefined ? 'commands.jsonl' : `commands.jsonl, line ${recorded.line}`,
          `command ${this.consumed - 1} is ${recorded?.name ?? 'not recorded'}, the model consumed ${name} (${hex(words[0])} ${hex(words[1])})`,
        );
      }
    }
  }

  private restore(descriptors: readonly RecordedDescriptor[]): void {
    for (const { address, value } of descriptors) this.smmu.memory.write64(address, value);
  }

  private translation(entry: RecordedTranslation): void {
    this.translations++;
    this.restore(entry.descriptors);
    const before = this.eventQueue.producer;
    const got = this.translator.translate({
      streamId: entry.streamId,
      iova: entry.iova,
      access: entry.read ? 'read' : 'write',
      size: PROBE_BYTES,
    });
    const where = this.where(entry.line);
    const what = `StreamID ${hex(entry.streamId)}, address ${hex(entry.iova)}`;
    if (got.status !== 'ok' || got.pa !== entry.pa) {
      this.ledger.mismatch(
        where,
        `${what}: recorded ${hex(entry.pa)}, the model answers ${outcome(got)}${this.hint(entry)}`,
      );
      if (this.eventQueue.producer !== before) this.eventQueue.drain();
    } else if (got.permissions.read !== entry.read || got.permissions.write !== entry.write) {
      const shown = (read: boolean, write: boolean): string =>
        `${read ? 'r' : ''}${write ? 'w' : ''}` || 'nothing';
      this.ledger.mismatch(
        where,
        `${what}: recorded permissions ${shown(entry.read, entry.write)}, the model allows ${shown(got.permissions.read, got.permissions.write)}`,
      );
    }
  }

  private bypass(entry: RecordedBypass): void {
    this.translations++;
    const before = this.eventQueue.producer;
    const got = this.translator.translate({
      streamId: entry.streamId,
      iova: entry.iova,
      access: entry.write ? 'write' : 'read',
      size: PROBE_BYTES,
    });
    if (!bypassed(got, entry.iova)) {
      const what = `StreamID ${hex(entry.streamId)}, address ${hex(entry.iova)}`;
      this.ledger.mismatch(
        this.where(entry.line),
        `${what}: recorded as bypassed, the model answers ${outcome(got)}`,
      );
    }
    if (this.eventQueue.producer !== before) this.eventQueue.drain();
  }

  private hint(entry: RecordedTranslation): string {
    return entry.descriptors.length === 0
      ? '; the recorder answered from its TLB'
      : '; the recorder walked, so an entry that the model still holds should have been invalidated, or the walk differs';
  }

  private fault(entry: RecordedFault): void {
    this.events++;
    this.restore(entry.descriptors);
    const record = entry.words;
    const before = this.eventQueue.producer;
    const substream =
      numberOf(record, EventRecord.SSV) === 1
        ? { substreamId: numberOf(record, EventRecord.SubstreamID) }
        : {};
    const got = this.translator.translate({
      streamId: numberOf(record, EventRecord.StreamID),
      iova: valueOf(record, EventRecord.InputAddr),
      access: numberOf(record, EventRecord.RnW) === 1 ? 'read' : 'write',
      instruction: numberOf(record, EventRecord.InD) === 1,
      privileged: numberOf(record, EventRecord.PnU) === 1,
      size: PROBE_BYTES,
      ...substream,
    });
    const where = this.where(entry.line);
    if (got.status !== 'abort') {
      this.ledger.mismatch(where, `recorded ${entry.name}, the model answers ${outcome(got)}`);
      return;
    }
    compareRecord(this.ledger, where, record, this.eventQueue.since(before).at(-1));
    const listed = this.capture.events[entry.index];
    if (listed === undefined || listed.words.some((word, i) => word !== record[i])) {
      this.ledger.mismatch(where, `event ${entry.index} is not the one that events.jsonl lists`);
    }
  }
}

/** Whether QEMU answered: it raises one interrupt for every record. */
function recordedByQemu({ expected }: Capture): boolean {
  return expected.some(({ source }) => source !== 'script-only');
}
