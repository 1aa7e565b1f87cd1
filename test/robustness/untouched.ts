/** What no input may change: guard bands, the header's constants, descriptors of windows and caches, identification registers. */
import { createHash } from 'node:crypto';
import * as abi from '../../assembly/abi.js';
import type { Placed, Span } from './layout.js';

/** Written by the host at creation, never by the core. */
const HEADER: readonly number[] = [
  abi.H_MAGIC,
  abi.H_VERSION,
  abi.H_CORE_BYTES,
  abi.H_TBUS,
  abi.H_HOST_FLAGS,
  abi.H_WINDOWS,
  abi.H_CACHES,
  abi.H_CONTEXTS,
  abi.H_STREAMS,
  abi.H_STREAM_CAP,
  abi.H_STREAM_HASH,
  abi.H_STREAM_HASH_MASK,
  abi.H_STALLS,
  abi.H_STALL_CAP,
  abi.H_RESUMED,
  abi.H_RESUMED_CAP,
  abi.H_NOTIFY,
  abi.H_NOTIFY_CAP,
  abi.H_TRACE,
  abi.H_TRACE_CAP,
  abi.H_BATCH,
  abi.H_BATCH_BYTES,
  abi.H_MEMO,
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
    const header = coreBase + abi.CORE_PAD;
    const view = new DataView(memory.buffer, header);
    const spans: Span[] = [
      ...bands,
      ...HEADER.map((h): Span => [h, h + 4]).map(shifted),
      shifted([abi.H_WALK_ROUTE, abi.H_WALK_ROUTE + 40]),
      shifted([abi.REGS, abi.REGS + ID_REGISTER_BYTES]),
      shifted([abi.REGS_ID, abi.REGS_ID + 0x30]),
    ];
    for (let i = 0; i < abi.MAX_WINDOWS; i++) {
      const at = abi.WINDOWS + i * abi.WINDOW_BYTES;
      spans.push(shifted([at, at + abi.W_USED]));
    }
    const caches = view.getUint32(abi.H_CACHES, true);
    for (let i = 0; i < caches; i++) {
      const at = abi.CACHES + i * abi.CACHE_BYTES;
      spans.push(shifted([at, at + abi.C_COUNTER]), shifted([at + abi.C_COUNTER_PER_SET, at + abi.C_SIZES]));
      spans.push(shifted([at + abi.C_LATENCY, at + abi.C_CLOCK]));
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
  return new DataView(memory.buffer).getUint32(coreBase + abi.CORE_PAD + abi.H_CHECK_VIOLATIONS, true);
}
