import * as Event from '../../assembly/arch/event.js';
import * as EventRecord from '../../assembly/arch/event-record.js';
import type { ExpectedResult, ExpectedRow } from '../capture/types.js';
import { hex, numberOf } from '../base/fields.js';
import { features, type IdRegisters } from '../inspect/lint-ste.js';
import type { Smmu, Translation } from '../device/smmu.js';
import type { Ledger } from './ledger.js';
import { EventQueue } from './queues.js';
import { compareRecord } from './records.js';
import { bypassed, outcome, type Translator } from './tally.js';
import { PROBE_BYTES } from './timeline.js';

type Success = Extract<ExpectedResult, { kind: 'pa' }>;
type Failure = Extract<ExpectedResult, { kind: 'fault' }>;

function letters(read: boolean, write: boolean): string {
  return `${read ? 'r' : ''}${write ? 'w' : ''}` || 'none';
}

/** Asks the questions of a snapshot and compares the answers. */
export class Questioner {
  asked = 0;
  private readonly queue: EventQueue;

  constructor(
    smmu: Smmu,
    private readonly registers: IdRegisters,
    private readonly translator: Translator,
    private readonly ledger: Ledger,
  ) {
    this.queue = new EventQueue(smmu);
  }

  ask(row: ExpectedRow): void {
    this.asked++;
    const before = this.queue.producer;
    const got = this.translator.translate({
      streamId: row.streamId,
      iova: row.iova,
      access: row.write ? 'write' : 'read',
      size: PROBE_BYTES,
    });
    const records = this.queue.since(before);
    if (records.length > 0) this.queue.drain();
    const where = `expected.jsonl, line ${row.line} (${row.source})`;
    const what = `${row.write ? 'write' : 'read'} of StreamID ${hex(row.streamId)} at ${hex(row.iova)}`;
    switch (row.result.kind) {
      case 'pa':
        return this.success(where, what, row.result, got);
      case 'fault':
        if (this.fault(where, what, row.result, got) && row.record !== undefined) {
          compareRecord(this.ledger, where, row.record, records.at(-1));
        }
        return;
      case 'bypass':
        if (!bypassed(got, row.iova)) {
          this.ledger.mismatch(where, `${what}: expected a bypass, the model answers ${outcome(got)}`);
        }
        return;
      case 'terminated':
        return this.terminated(where, what, row, got);
    }
  }

  private success(where: string, what: string, expected: Success, got: Translation): void {
    if (got.status !== 'ok' || got.pa !== expected.pa) {
      this.ledger.mismatch(where, `${what}: expected ${hex(expected.pa)}, the model answers ${outcome(got)}`);
      return;
    }
    if (got.pageSize !== expected.pageSize) {
      this.ledger.mismatch(
        where,
        `${what}: expected a page of ${expected.pageSize} bytes, the model has ${got.pageSize}`,
      );
    }
    const { read, write } = got.permissions;
    if (read !== expected.read || write !== expected.write) {
      this.ledger.mismatch(
        where,
        `${what}: expected permissions ${letters(expected.read, expected.write)}, the model allows ${letters(read, write)}`,
      );
    }
  }

  private fault(where: string, what: string, expected: Failure, got: Translation): boolean {
    if (got.status !== 'abort' || got.event?.name !== expected.name) {
      this.ledger.mismatch(where, `${what}: expected ${expected.name}, the model answers ${outcome(got)}`);
      return false;
    }
    if (expected.stage2 && numberOf(got.event.words, EventRecord.S2) !== 1) {
      this.ledger.mismatch(
        where,
        `${what}: expected ${expected.name} at stage 2, the model has it at stage 1`,
      );
      return false;
    }
    return true;
  }

  /** The recorder ended these without an event; above IAS the architecture has F_ADDR_SIZE (IHI 0070 §3.4). */
  private terminated(where: string, what: string, row: ExpectedRow, got: Translation): void {
    const aboveIas = row.iova >> BigInt(features(this.registers).ias) !== 0n;
    const addressSize = got.status === 'abort' && got.event?.type === Event.F_ADDR_SIZE;
    if (aboveIas && addressSize && numberOf(got.event.words, EventRecord.S2) === 0) {
      this.ledger.depart('terminated-above-ias');
    } else {
      this.ledger.mismatch(where, `${what}: expected termination, the model answers ${outcome(got)}`);
    }
  }
}
