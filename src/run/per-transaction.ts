/** One line of CSV for each transaction: what came in and what became of it. */
import * as Status from '../../assembly/abi/status.js';
import { eventName } from '../inspect/event.js';
import { decimalText, hexText } from '../trace/words.js';
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
  const cycle = (words: Uint32Array, row: number): string => {
    const [lo, hi] = [words[2 * row], words[2 * row + 1]];
    // Something to take away is taken from small times only (TimeColumn).
    return shift === 0 || (lo | hi) === 0 ? decimalText(lo, hi) : String(hi * WORD + lo - shift);
  };
  const end = start + count;
  for (let from = start; from < end; from += PIECE) {
    let text = '';
    const to = Math.min(end, from + PIECE);
    for (let row = from; row < to; row++) {
      const outcome = status[row] & 0xff;
      const event = (status[row] >>> 8) & 0xff;
      const times = `${cycle(acceptedWords, row)},${cycle(translatedWords, row)},${cycle(completionWords, row)}`;
      const pa = outcome === Status.OK ? hexText(paWords[2 * row], paWords[2 * row + 1]) : '';
      const name = event === 0 ? '' : eventName(event);
      text += `${first + row - start},${streamId[row]},${hexText(iovaWords[2 * row], iovaWords[2 * row + 1])},${times},${pa},${STATUS[outcome] ?? outcome},${name}\n`;
    }
    yield text;
  }
}
