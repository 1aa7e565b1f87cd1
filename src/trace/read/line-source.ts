/** A trace of one record a line: the part that all such formats share. */
import { columnsOf, type Rows, type Times, type TraceSource } from '../rows.js';
import type { Bytes } from './bytes.js';
import { RowSink } from './row-sink.js';

export abstract class LineSource implements TraceSource {
  readonly total = undefined;
  skipped = 0;
  substreams = false;
  abstract readonly format: string;
  protected readonly sink: RowSink;

  constructor(protected readonly bytes: Bytes) {
    this.sink = new RowSink(bytes);
  }

  get name(): string {
    return this.bytes.name;
  }

  get times(): Times {
    return this.sink.times;
  }

  get fraction(): number {
    return this.bytes.stream.fraction?.() ?? 0;
  }

  async fill(rows: Rows, limit: number): Promise<number> {
    let columns = columnsOf(rows);
    let count = 0;
    for (;;) {
      while (count < limit && this.bytes.nextLine()) {
        if (this.parse()) this.sink.store(columns, count++);
        else this.skipped++;
      }
      if (count === limit || !(await this.bytes.more())) return count;
      columns = columnsOf(rows);
    }
  }

  close(): Promise<void> {
    return this.bytes.close();
  }

  /** Reads the line into the sink; false: it is no transaction. */
  protected abstract parse(): boolean;
}
