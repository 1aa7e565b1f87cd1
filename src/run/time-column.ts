/** A trace's times as the device wants them. */
import { CaptureError } from '../base/capture-error.js';
import { lastCycle } from '../config/resolve-timing.js';
import type { EffectiveTiming } from '../config/timing-config.js';
import { columnsOf, type Rows, type Times, type TraceSource } from '../trace/rows.js';
import { decimalText } from '../trace/words.js';

const WORD = 2 ** 32;
/** Cycles from the first time to the last: a run counts them in doubles. */
const SPAN_MOST = Number.MAX_SAFE_INTEGER;

/**
 * The arrival column as the device wants it: cycles in an open loop, where 0 means "the cycle after the one before"; gaps in a
 * closed one. Whichever of the two the trace has, the other follows from it, exactly or not at all.
 */
export class TimeColumn {
  /** Added to every arrival, so that none is 0. All of them are below 2^53 then. */
  shift = 0;
  #rows = 0;
  /** Cycles from the first time to that of the row before. */
  #last = 0;
  #firstLo = 0;
  #firstHi = 0;
  readonly #mostLo: number;
  readonly #mostHi: number;

  /** @param timing false: nothing depends on times, and none is refused */
  constructor(
    private readonly source: TraceSource,
    private readonly loop: boolean,
    private readonly timing: EffectiveTiming | false,
  ) {
    const most = lastCycle(timing);
    this.#mostLo = Number(most & 0xffff_ffffn);
    this.#mostHi = Number(most >> 32n);
  }

  /** @throws CaptureError with the row whose time the run cannot count to */
  rewrite(rows: Rows, count: number): void {
    const { times } = this.source;
    const { arrivalWords } = columnsOf(rows);
    if (times === 'none' || this.timing === false) {
      arrivalWords.fill(0, 0, 2 * count);
      return;
    }
    if (this.#rows === 0) this.#begin(times, arrivalWords[0], arrivalWords[1]);
    for (let row = 0; row < count; row++, this.#rows++) {
      const lo = arrivalWords[2 * row];
      const hi = arrivalWords[2 * row + 1];
      const since =
        times === 'gap' ? this.#last + hi * WORD + lo : (hi - this.#firstHi) * WORD + (lo - this.#firstLo);
      if (since > SPAN_MOST) this.#refuseSpan(times, lo, hi);
      if (this.loop) {
        if (times === 'arrival') set(arrivalWords, row, since - this.#last);
      } else if (times === 'gap' || this.shift > 0) {
        set(arrivalWords, row, since + this.shift);
      } else if (hi > this.#mostHi || (hi === this.#mostHi && lo > this.#mostLo)) {
        this.#refuse(
          times,
          lo,
          hi,
          `at most ${decimalText(this.#mostLo, this.#mostHi)}, the device's last cycle`,
        );
      }
      this.#last = since;
    }
  }

  #begin(times: Times, lo: number, hi: number): void {
    if (!this.loop && lo === 0 && hi === 0) this.shift = 1;
    if (times !== 'arrival') return;
    this.#firstLo = lo;
    this.#firstHi = hi;
  }

  #refuseSpan(times: Times, lo: number, hi: number): never {
    this.#refuse(
      times,
      lo,
      hi,
      times === 'gap'
        ? 'gaps that are less than 2^53 cycles together'
        : `less than 2^53 cycles after the first, ${decimalText(this.#firstLo, this.#firstHi)}`,
    );
  }

  #refuse(times: Times, lo: number, hi: number, expected: string): never {
    throw new CaptureError(
      `${this.source.name}, row ${this.#rows}`,
      undefined,
      times,
      `got ${decimalText(lo, hi)}, expected ${expected}`,
    );
  }
}

/** @param value below 2^64 and whole */
function set(words: Uint32Array, row: number, value: number): void {
  words[2 * row] = value >>> 0; // modulo 2^32
  words[2 * row + 1] = value / WORD;
}
