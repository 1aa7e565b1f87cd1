// A transaction's end: its answer goes where it came from, at the time at which the device has it.
import {
  H_INBOX,
  H_INBOX_CAP,
  IN_BYTES,
  Q_MACHINE,
  Q_STATUS,
  Q_EVENT,
  Q_PA,
  Q_LOG2,
  Q_HIT,
  Q_ACCEPTED,
  Q_TRANSLATED,
  Q_COMPLETION,
  Q_SIZE,
  STATUS_OK,
  TS_BYTES,
  COL_PA,
  COL_STATUS,
  COL_ACCEPTED,
  COL_TRANSLATED,
  COL_COMPLETION,
  REQUEST_MAIN,
} from '../abi';
import { base, region, requestAt } from '../memory/base';
import { copy16 } from '../memory/copy';
import { finishAttributes } from '../translate/attributes';
import { M_STREAM } from '../walk/request';
import {
  tm,
  T_COLUMNS,
  T_ACTIVE,
  T_LAST_RESPONSE,
  T_FREE_BLOCK,
  P_LINK,
  P_ROW,
  P_DEST,
  SOURCE_LOOP,
  SOURCE_OPEN,
  DEST_INBOX,
  T_ANSWERS,
} from './layout';
import { noteStream } from './stream-tally';
import { addTo, noteLatency, toCycles } from './tally';
import { schedule } from './wheel';

/** Event: an answer reached its device; the argument is the submitted record + 1, or 0 for the closed loop. */
export const PC_RESPONSE: u32 = 101;

/** q is answered at tick `response`; its block is free afterwards. */
export function finish(q: usize, response: u64): void {
  const accepted = toCycles(load<u64>(q, Q_ACCEPTED));
  const completion = toCycles(response);
  store<u64>(q, accepted, Q_ACCEPTED);
  store<u64>(q, toCycles(load<u64>(q, Q_TRANSLATED)), Q_TRANSLATED);
  store<u64>(q, completion, Q_COMPLETION);
  const bytes = load<u32>(q, Q_STATUS) == STATUS_OK ? load<u32>(q, Q_SIZE) : 0;
  noteAnswer(<usize>load<u32>(q, M_STREAM), completion - accepted, response, bytes);
  const dest = load<u32>(q, P_DEST);
  if (dest == SOURCE_OPEN || dest == SOURCE_LOOP) {
    writeRow(q, load<u32>(q, P_ROW));
    if (dest == SOURCE_LOOP) answer(response, 0);
  } else {
    finishAttributes(q);
    if (dest == DEST_INBOX) {
      const record = load<u32>(q, P_ROW);
      copy16(
        region(base + H_INBOX) + <usize>((record % load<u32>(base, H_INBOX_CAP)) * IN_BYTES),
        q,
        Q_MACHINE,
      );
      answer(response, record + 1);
    } else {
      copy16(requestAt(REQUEST_MAIN), q, Q_MACHINE);
    }
  }
  store<u32>(q, load<u32>(tm, T_FREE_BLOCK), P_LINK);
  store<u32>(tm, <u32>q, T_FREE_BLOCK);
  store<u32>(tm, load<u32>(tm, T_ACTIVE) - 1, T_ACTIVE);
}

/** Statistics of an answer to the stream of `record`: its latency in cycles, its tick, and the bytes that went to memory. */
@inline
export function noteAnswer(record: usize, cycles: u64, response: u64, bytes: u32): void {
  noteStream(record, cycles, noteLatency(cycles, response), bytes);
  addTo(TS_BYTES, <u64>bytes);
  if (response > load<u64>(tm, T_LAST_RESPONSE)) store<u64>(tm, response, T_LAST_RESPONSE);
}

function answer(response: u64, arg: u32): void {
  store<u32>(tm, load<u32>(tm, T_ANSWERS) + 1, T_ANSWERS);
  schedule(response, PC_RESPONSE, arg);
}

@inline
function column(c: i32): usize {
  return <usize>load<u32>(tm + T_COLUMNS + <usize>(c << 2));
}

function writeRow(q: usize, row: u32): void {
  const d = (<usize>row) << 3;
  store<u64>(column(COL_PA) + d, load<u64>(q, Q_PA));
  store<u32>(
    column(COL_STATUS) + ((<usize>row) << 2),
    load<u32>(q, Q_STATUS) |
      (load<u32>(q, Q_EVENT) << 8) |
      (load<u32>(q, Q_LOG2) << 16) |
      (load<u32>(q, Q_HIT) << 24),
  );
  store<u64>(column(COL_ACCEPTED) + d, load<u64>(q, Q_ACCEPTED));
  store<u64>(column(COL_TRANSLATED) + d, load<u64>(q, Q_TRANSLATED));
  store<u64>(column(COL_COMPLETION) + d, load<u64>(q, Q_COMPLETION));
}
