/**
 * The timeline of a capture (data/README.md): its translations and bypasses in their order. Everything else in it is passed over.
 */
import { Row } from '../../base/json-row.js';
import { bypassWrites } from '../../base/recorded-access.js';
import * as Flag from '../../../assembly/abi/flag.js';
import { LineSource } from './line-source.js';
import { parsed, setBig } from './number.js';

export class TimelineSource extends LineSource {
  readonly format = 'timeline';

  protected parse(): boolean {
    let value: unknown;
    try {
      value = JSON.parse(this.bytes.text());
    } catch (error) {
      this.sink.fail(undefined, `not valid JSON (${(error as Error).message})`);
    }
    const row = new Row(value, this.bytes.name, this.bytes.line);
    const kind = row.text('t');
    if (kind !== 'xlat' && kind !== 'bypass') return false;
    const { sink } = this;
    sink.clear();
    sink.streamId = row.integer('sid', 0xffff_ffff);
    setBig(row.word64('iova'));
    sink.iovaLo = parsed.lo;
    sink.iovaHi = parsed.hi;
    sink.size = 1;
    const writes = kind === 'bypass' ? bypassWrites(row) : (row.integer('perm_bits', 3) & 1) === 0;
    if (writes) sink.flags |= Flag.WRITE;
    return true;
  }
}
