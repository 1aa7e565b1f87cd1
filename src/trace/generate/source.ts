/** A generator as a source of rows. */
import * as Flag from '../../../assembly/abi/flag.js';
import { columnsOf, type Rows, type Times, type TraceSource } from '../rows.js';
import { patternOf, type Next, type Pattern } from './patterns.js';
import { parseSpec, type GeneratorSpec } from './spec.js';

const WORD = 2 ** 32;

export class GeneratorSource implements TraceSource {
  readonly format = 'generator';
  readonly spec: GeneratorSpec;
  readonly total: number;
  readonly substreams: boolean;
  readonly times: Times;
  readonly skipped = 0;
  readonly #pattern: Pattern;
  readonly #next: Next = { offset: 0, stream: 0, size: 0, flags: 0 };
  #row = 0;

  /** @throws RangeError with a sentence that names the parameter */
  constructor(text: string) {
    this.spec = parseSpec(text);
    this.total = this.spec.count;
    this.substreams = this.spec.ssid >= 0;
    this.times = this.spec.gap >= 0 ? 'gap' : 'none';
    this.#pattern = patternOf(this.spec);
  }

  get name(): string {
    return this.spec.text;
  }

  get fraction(): number {
    return this.#row / this.total;
  }

  fill(rows: Rows, limit: number): Promise<number> {
    const { base, stream, ssid, gap } = this.spec;
    const columns = columnsOf(rows);
    const count = Math.min(limit, this.total - this.#row);
    const next = this.#next;
    for (let row = 0; row < count; row++) {
      this.#pattern(next);
      const iova = base + next.offset;
      columns.iovaWords[2 * row] = iova >>> 0; // modulo 2^32
      columns.iovaWords[2 * row + 1] = iova / WORD;
      columns.streamId[row] = stream + next.stream;
      columns.substreamId[row] = ssid < 0 ? 0 : ssid;
      columns.flags[row] = ssid < 0 ? next.flags : next.flags | Flag.SSV;
      columns.size[row] = next.size;
      columns.requester[row] = stream + next.stream;
      columns.arrivalWords[2 * row] = gap < 0 ? 0 : gap;
      columns.arrivalWords[2 * row + 1] = 0;
    }
    this.#row += count;
    return Promise.resolve(count);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
