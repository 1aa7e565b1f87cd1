/**
 * QEMU's trace log (`-trace 'smmuv3_*' -D log`): every translation as QEMU's SMMUv3 saw it, hw/arm/trace-events. The log
 * says what a page allows, not what an access was: a line that forbids reads is a write, any other a read.
 */
import * as Flag from '../../../assembly/abi/flag.js';
import { LineSource } from './line-source.js';
import type { RowSink } from './row-sink.js';
import { setBig, parsed } from './number.js';

// The guest's console may stand right before it.
const EVENT = /smmuv3_translate_(success|bypass|abort|disable)\b/;
/** StreamIDs are decimal in older versions, hexadecimal in newer ones. */
const STREAM = /\bsid=(0x[0-9a-f]{1,8}|[0-9]{1,10})\b/i;
const ADDRESS = /\biova[:=](0x[0-9a-f]{1,16})\b/i;
const PERMISSIONS = /\bperm=(0x[0-9a-f]{1,8})\b/i;
const IS_WRITE = /\bis_write=([01])\b/;
/** IOMMU_RO of QEMU's IOMMUAccessFlags. */
const PERM_READ = 1;
const NAME = [...'smmuv3_translate_'].map((c) => c.charCodeAt(0));

export class QemuLogSource extends LineSource {
  readonly format = 'qemu';

  protected parse(): boolean {
    if (!this.#mayBe()) return false;
    const line = this.bytes.text();
    const event = EVENT.exec(line)?.[1];
    if (event === undefined) return false;
    const sink: RowSink = this.sink;
    sink.clear();
    sink.streamId = Number(STREAM.exec(line)?.[1] ?? NaN);
    if (!(sink.streamId < 2 ** 32)) sink.fail('sid', 'is missing or too large, expected sid= and a StreamID');
    const iova = ADDRESS.exec(line)?.[1];
    if (iova === undefined) sink.fail('iova', 'is missing, expected iova= and a hexadecimal address');
    setBig(BigInt(iova));
    sink.iovaLo = parsed.lo;
    sink.iovaHi = parsed.hi;
    // What is translated is an address, not an access of some length.
    sink.size = 1;
    if (event === 'success') {
      const permissions = Number(PERMISSIONS.exec(line)?.[1] ?? NaN);
      if (Number.isNaN(permissions)) sink.fail('perm', 'is missing, expected perm= and a hexadecimal number');
      if ((permissions & PERM_READ) === 0) sink.flags |= Flag.WRITE;
    } else {
      const write = IS_WRITE.exec(line)?.[1];
      if (write === undefined) sink.fail('is_write', 'is missing, expected is_write= and 0 or 1');
      if (write === '1') sink.flags |= Flag.WRITE;
    }
    return true;
  }

  /** Most lines of such a log are about something else; they are not made into strings. */
  #mayBe(): boolean {
    const { buffer, start, end } = this.bytes;
    let at = start;
    for (;;) {
      at = buffer.indexOf(NAME[0], at);
      if (at < 0 || at + NAME.length > end) return false;
      let i = 1;
      while (i < NAME.length && buffer[at + i] === NAME[i]) i++;
      if (i === NAME.length) return true;
      at++;
    }
  }
}
