// A transaction's end: its answer goes where it came from, at the time at which the device has it. Slot and beats are free already
// (gem5: given back when the request leaves for memory, not with the response).
import * as Column from '../abi/column';
import * as Header from '../abi/header';
import * as Request from '../abi/request';
import * as Status from '../abi/status';
import * as Submission from '../abi/submission';
import * as TimingCounters from '../abi/timing-counters';
import * as Machine from '../request/machine';
import { base, region, requestAt } from '../memory/base';
import { copy16 } from '../memory/copy';
import { finishAttributes } from '../translate/attributes';
import { statusOf } from '../translate/columns';
import * as Process from './process';
import { tm } from './region';
import * as Scheduler from './scheduler';
import { leaveFlight } from './overtaken';
import { noteStream, timesOf } from './stream-tally';
import { addTo, bucketOf, noteLatency, toCycles } from './tally';
import { keepCall, schedule } from './wheel';

/** Event: an answer reached its device; the argument is the submitted record + 1, or 0 for the closed loop. */
export const PC_RESPONSE: u32 = 101;

/** q is answered at tick `response`; its block is free afterwards. */
export function finish(q: usize, response: u64): void {
  const accepted = toCycles(load<u64>(q, Request.ACCEPTED));
  const completion = toCycles(response);
  store<u64>(q, accepted, Request.ACCEPTED);
  store<u64>(q, toCycles(load<u64>(q, Request.TRANSLATED)), Request.TRANSLATED);
  store<u64>(q, completion, Request.COMPLETION);
  const bytes = load<u32>(q, Request.STATUS) == Status.OK ? load<u32>(q, Request.SIZE) : 0;
  const times = timesOf(<usize>load<u32>(q, Machine.STREAM));
  noteAnswer(times, completion - accepted, bucketOf(completion - accepted), response, bytes);
  const dest = load<u32>(q, Process.DEST);
  if (dest == Scheduler.SOURCE_OPEN || dest == Scheduler.SOURCE_LOOP) {
    writeRow(q, load<u32>(q, Process.ROW));
    if (load<u32>(base, Header.FAULT_ROWS) && load<u32>(q, Request.STATUS) != Status.OK) leaveRow(q);
    if (dest == Scheduler.SOURCE_LOOP) answer(response, 0);
  } else {
    finishAttributes(q);
    if (dest == Process.DEST_INBOX) {
      const record = load<u32>(q, Process.ROW);
      copy16(
        region(base + Header.INBOX) +
          <usize>((record % load<u32>(base, Header.INBOX_CAP)) * Submission.BYTES),
        q,
        Request.MACHINE,
      );
      answer(response, record + 1);
    } else {
      copy16(requestAt(Request.MAIN), q, Request.MACHINE);
    }
  }
  leaveFlight(q);
  store<u32>(q, load<u32>(tm, Scheduler.FREE_BLOCK), Process.LINK);
  store<u32>(tm, <u32>q, Scheduler.FREE_BLOCK);
  if (SHORT_CUTS) keepCall(); // a source may have been refused for want of a block
  store<u32>(tm, load<u32>(tm, Scheduler.ACTIVE) - 1, Scheduler.ACTIVE);
}

/** Statistics of an answer to the stream with `timesOf` r: its latency in cycles, the bucket of that, its tick, and the bytes that went to memory. */
@inline
export function noteAnswer(r: usize, cycles: u64, bucket: i32, response: u64, bytes: u32): void {
  noteLatency(cycles, bucket, response);
  noteStream(r, cycles, bucket, bytes);
  addTo(TimingCounters.FORWARDED_BYTES, <u64>bytes);
  if (response > load<u64>(tm, Scheduler.LAST_RESPONSE)) store<u64>(tm, response, Scheduler.LAST_RESPONSE);
}

// A row that did not end ok, for the host: its column has the event's number alone.
function leaveRow(q: usize): void {
  finishAttributes(q);
  const record = takeDone();
  if (!record) return;
  copy16(record, q, Request.MACHINE);
  store<u32>(record, load<u32>(q, Process.ROW) + 1, Submission.ROW);
}

/** The next record for the host to take; 0: there is no room, before which the scheduler pauses. */
export function takeDone(): usize {
  const n = load<u32>(base, Header.DONE_COUNT);
  if (n >= load<u32>(base, Header.DONE_CAP)) return 0;
  store<u32>(base, n + 1, Header.DONE_COUNT);
  return region(base + Header.DONE) + <usize>(n * Submission.BYTES);
}

function answer(response: u64, arg: u32): void {
  store<u32>(tm, load<u32>(tm, Scheduler.ANSWERS) + 1, Scheduler.ANSWERS);
  schedule(response, PC_RESPONSE, arg);
}

@inline
function column(c: i32): usize {
  return <usize>load<u32>(tm + Scheduler.COLUMNS + <usize>(c << 2));
}

function writeRow(q: usize, row: u32): void {
  const d = (<usize>row) << 3;
  store<u64>(column(Column.PA) + d, load<u64>(q, Request.PA));
  store<u32>(column(Column.STATUS) + ((<usize>row) << 2), statusOf(q));
  store<u64>(column(Column.ACCEPTED) + d, load<u64>(q, Request.ACCEPTED));
  store<u64>(column(Column.TRANSLATED) + d, load<u64>(q, Request.TRANSLATED));
  store<u64>(column(Column.COMPLETION) + d, load<u64>(q, Request.COMPLETION));
}
