/** One line of CSV for each transaction: what came in and what became of it. */
import * as Status from '../../assembly/abi/status.js';
import { eventName } from '../inspect/event.js';
import type { Results } from './feed.js';

export const PER_TRANSACTION_HEADER = 'index,stream_id,iova,accepted,translated,completed,pa,status,event\n';

const STATUS: Readonly<Record<number, string>> = {
  [Status.OK]: 'ok',
  [Status.ABORT]: 'abort',
  [Status.RAZ_WI]: 'raz-wi',
  [Status.STALLED]: 'stalled',
  [Status.PENDING]: 'pending',
};
const WORD = 2 ** 32;
/** Lines that are put together at once. */
const PIECE = 8192;

/** The lines of answered rows, in pieces. */
export function* transactionLines({ batch, start, count, first, shift }: Results): Generator<string> {
  const { streamId, iovaWords, paWords, status, acceptedWords, translatedWords, completionWords } = batch;
  const cycle = (words: Uint32Array, row: number): number => {
    const value = words[2 * row + 1] * WORD + words[2 * row];
    return value === 0 ? 0 : value - shift;
  };
  const end = start + count;
  for (let from = start; from < end; from += PIECE) {
    let text = '';
    const to = Math.min(end, from + PIECE);
    for (let row = from; row < to; row++) {
      const outcome = status[row] & 0xff;
      const event = (status[row] >>> 8) & 0xff;
      const times = `${cycle(acceptedWords, row)},${cycle(translatedWords, row)},${cycle(completionWords, row)}`;
      const pa = outcome === Status.OK ? hex(paWords, row) : '';
      const name = event === 0 ? '' : eventName(event);
      text += `${first + row - start},${streamId[row]},${hex(iovaWords, row)},${times},${pa},${STATUS[outcome] ?? outcome},${name}\n`;
    }
    yield text;
  }
}

function hex(words: Uint32Array, row: number): string {
  const low = words[2 * row].toString(16);
  const high = words[2 * row + 1];
  return high === 0 ? `0x${low}` : `0x${high.toString(16)}${low.padStart(8, '0')}`;
}
