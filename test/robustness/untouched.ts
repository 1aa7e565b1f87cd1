/** What no input may change: guard bands, the header's constants, descriptors of windows and caches, identification registers. */
import { createHash } from 'node:crypto';
import * as Cache from '../../assembly/abi/cache.js';
import * as Header from '../../assembly/abi/header.js';
import * as Layout from '../../assembly/abi/layout.js';
import * as RamWindow from '../../assembly/abi/ram-window.js';
import type { Placed, Span } from './layout.js';

/** Written by the host at creation, never by the core. */
const HEADER: readonly number[] = [
  Header.MAGIC,
  Header.VERSION,
  Header.CORE_BYTES,
  Header.TBUS,
  Header.HOST_FLAGS,
  Header.WINDOWS,
  Header.CACHES,
  Header.CONTEXTS,
  Header.STREAMS,
  Header.STREAM_CAP,
  Header.STREAM_HASH,
  Header.STREAM_HASH_MASK,
  Header.STALLS,
  Header.STALL_CAP,
  Header.RESUMED,
  Header.RESUMED_CAP,
  Header.NOTIFY,
  Header.NOTIFY_CAP,
  Header.TRACE,
  Header.TRACE_CAP,
  Header.BATCH,
  Header.BATCH_BYTES,
  Header.MEMO,
];
const ID_REGISTER_BYTES = 0x20; // IDR0..IDR5, IIDR, AIDR

export class Untouched {
  private readonly spans: Span[];
  private readonly before: string;

  /** `device`: its region has been prepared. */
  constructor(private readonly placed: Placed) {
    const { coreBase, bands, memory } = placed;
    for (const [start, end] of bands) {
      const band = new Uint8Array(memory.buffer, start, end - start);
      for (let i = 0; i < band.length; i++) band[i] = 0xa5 ^ (start + 31 * i);
    }
    const header = coreBase + Layout.CORE_PAD;
    const view = new DataView(memory.buffer, header);
    const spans: Span[] = [
      ...bands,
      ...HEADER.map((h): Span => [h, h + 4]).map(shifted),
      shifted([Header.WALK_ROUTE, Header.WALK_ROUTE + 40]),
      shifted([Layout.REGS, Layout.REGS + ID_REGISTER_BYTES]),
      shifted([Layout.REGS_ID, Layout.REGS_ID + 0x30]),
    ];
    for (let i = 0; i < Layout.MAX_WINDOWS; i++) {
      const at = Layout.WINDOWS + i * RamWindow.BYTES;
      spans.push(shifted([at, at + RamWindow.USED]));
    }
    const caches = view.getUint32(Header.CACHES, true);
    for (let i = 0; i < caches; i++) {
      const at = Layout.CACHES + i * Cache.BYTES;
      spans.push(shifted([at, at + Cache.COUNTER]), shifted([at + Cache.COUNTER_PER_SET, at + Cache.SIZES]));
      spans.push(shifted([at + Cache.LATENCY, at + Cache.CLOCK]));
    }
    this.spans = spans;
    this.before = this.hash();

    function shifted([start, end]: Span): Span {
      return [header + start, header + end];
    }
  }

  /** Where something changed, or undefined. */
  changed(): string | undefined {
    if (this.hash() === this.before) return undefined;
    const { bands, memory } = this.placed;
    for (const [start, end] of bands) {
      const band = new Uint8Array(memory.buffer, start, end - start);
      const i = band.findIndex((byte, at) => byte !== ((0xa5 ^ (start + 31 * at)) & 0xff));
      if (i >= 0) return `guard band [${start}, ${end}) at ${start + i}`;
    }
    return 'header, descriptors or identification registers';
  }

  private hash(): string {
    const hash = createHash('sha1');
    for (const [start, end] of this.spans) {
      hash.update(new Uint8Array(this.placed.memory.buffer, start, end - start));
    }
    return hash.digest('hex');
  }
}

/** Accesses outside the windows that a checking build has counted. */
export function violations({ memory, coreBase }: Placed): number {
  return new DataView(memory.buffer).getUint32(coreBase + Layout.CORE_PAD + Header.CHECK_VIOLATIONS, true);
}
