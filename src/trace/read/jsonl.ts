/** JSON Lines: one object a line with the fields of the CSV columns (docs/traces.md). */
import * as Flag from '../../../assembly/abi/flag.js';
import { list } from '../../base/check.js';
import { COLUMNS } from './csv.js';
import { LineSource } from './line-source.js';
import { parsed, setBig, setNumber } from './number.js';

/** A JSON number that says a whole number without a rounding. */
const WHOLE = /^[0-9]+(?:\.0+)?(?:e\+?[0-9]+)?$/i;
const NUMBER = /^(?:0x[0-9a-f]{1,16}|[0-9]{1,20})$/i;

export class JsonLinesSource extends LineSource {
  readonly format = 'jsonl';
  override substreams = true; // known only when all lines are read
  #known = false;
  /** The line may have a number that is not whole. */
  #fractions = false;

  protected parse(): boolean {
    const { sink } = this;
    const record = this.#object();
    this.#settleTimes(record);
    sink.clear();
    for (const name of Object.keys(record)) {
      if (!(COLUMNS as readonly string[]).includes(name))
        sink.fail(name, `is no field of a transaction, expected ${list(COLUMNS)}`);
    }
    this.#number(record, 'iova', undefined, 'a 64-bit number such as "0xffffd000"');
    sink.iovaLo = parsed.lo;
    sink.iovaHi = parsed.hi;
    sink.streamId = this.#number(record, 'stream_id', 0xffff_ffff, 'a number below 2^32');
    if (given(record.substream_id))
      sink.withSubstream(this.#number(record, 'substream_id', 0xf_ffff, 'a number below 2^20'));
    if (this.#write(record)) sink.flags |= Flag.WRITE;
    if (given(record.size)) {
      sink.size = this.#number(record, 'size', 4096, 'bytes from 1 to 4096');
      if (sink.size === 0) this.#refuse(record, 'size', 'bytes from 1 to 4096');
    }
    if (given(record.requester))
      sink.requester = this.#number(record, 'requester', 0xffff, 'a number below 2^16');
    if (sink.times === 'arrival' || given(record.gap)) {
      this.#number(record, sink.times, undefined, 'a number of cycles');
      sink.timeLo = parsed.lo;
      sink.timeHi = parsed.hi;
    }
    if (this.#flag(record, 'privileged')) sink.flags |= Flag.PRIVILEGED;
    if (this.#flag(record, 'instruction')) sink.flags |= Flag.INSTRUCTION;
    this.#refuseTwice(record);
    return true;
  }

  #object(): Record<string, unknown> {
    const text = this.bytes.text();
    // JSON.parse rounds fractions, to whole numbers too.
    this.#fractions = text.includes('.') || text.includes('e-') || text.includes('E-');
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      this.sink.fail(undefined, `not valid JSON (${(error as Error).message})`);
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      this.sink.fail(undefined, 'expected a JSON object');
    return value as Record<string, unknown>;
  }

  /** JSON.parse keeps the last of two fields of one name. No value has a colon in it. */
  #refuseTwice(record: Record<string, unknown>): void {
    const names = this.bytes.text().split(':').length - 1;
    if (names === Object.keys(record).length) return;
    const twice = Object.keys(record).find((name) => this.bytes.text().split(`"${name}"`).length > 2);
    this.sink.fail(twice, 'stands twice, expected each field once');
  }

  /** The first line says whether lines have an arrival, a gap, or neither. */
  #settleTimes(record: Record<string, unknown>): void {
    const times = given(record.arrival) ? 'arrival' : given(record.gap) ? 'gap' : 'none';
    const { sink } = this;
    if (!this.#known) sink.times = times;
    this.#known = true;
    if (given(record.arrival) && given(record.gap))
      sink.fail('gap', 'stands beside arrival, expected one of them');
    if (times !== sink.times && (times !== 'none' || sink.times === 'arrival')) {
      const first = sink.times === 'none' ? 'neither arrival nor gap' : sink.times;
      sink.fail(times === 'none' ? sink.times : times, `expected ${first}, as the first line has`);
    }
  }

  /** Into `parsed`; the low word. */
  #number(
    record: Record<string, unknown>,
    field: string,
    most: number | undefined,
    expected: string,
  ): number {
    const value = record[field];
    if (typeof value === 'string' && NUMBER.test(value)) {
      const number = BigInt(value);
      if (number >> 64n !== 0n) this.#refuse(record, field, expected);
      setBig(number);
    } else if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) {
      if (this.#fractions && !WHOLE.test(this.#spelled(field)))
        this.sink.fail(field, `got ${this.#spelled(field)}, expected ${expected}`);
      setNumber(value);
    } else if (typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 2 ** 64) {
      this.#refuseRounded(field, value);
    } else {
      this.#refuse(record, field, expected);
    }
    if (most !== undefined && (parsed.hi !== 0 || parsed.lo > most)) this.#refuse(record, field, expected);
    return parsed.lo;
  }

  /** JSON.parse has rounded `value`; what stands in the line is what the sentence quotes. */
  #refuseRounded(field: string, value: number): never {
    const spelled = this.#spelled(field);
    const text = /^[0-9]+$/.test(spelled) ? spelled : String(value);
    this.sink.fail(
      field,
      `got ${text}, expected "${text}" in quotes: programs round JSON's numbers above 2^53`,
    );
  }

  /** The number as it stands in the line, before JSON.parse made it a double. */
  #spelled(field: string): string {
    return new RegExp(`"${field}"\\s*:\\s*([-+.0-9e]+)`, 'i').exec(this.bytes.text())?.[1] ?? '';
  }

  #write({ access }: Record<string, unknown>): boolean {
    if (!given(access) || access === 'r' || access === 'read') return false;
    if (access === 'w' || access === 'write') return true;
    return this.#refuse({ access }, 'access', '"r" or "w"');
  }

  #flag(record: Record<string, unknown>, field: string): boolean {
    const value = record[field];
    if (!given(value) || value === false || value === 0) return false;
    if (value === true || value === 1) return true;
    return this.#refuse(record, field, 'true or false');
  }

  #refuse(record: Record<string, unknown>, field: string, expected: string): never {
    const value = record[field];
    const text = value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 60);
    this.sink.fail(field, `got ${text}, expected ${expected}`);
  }
}

function given(value: unknown): boolean {
  return value !== undefined && value !== null;
}
