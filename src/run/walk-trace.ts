/** The table accesses of a run as lines of CSV: what was read where and when, for another memory model or to look at. */
import type { WalkAccess } from '../core/bus.js';

export const WALK_TRACE_HEADER = 'cycle,what,level,address,bytes,access,stream_id,latency\n';

/** Rows to offer at once while accesses are noted: their lines wait in memory until the block is through. */
export const WALK_TRACE_BLOCK_ROWS = 8192;

/** Answers each access with one latency, and keeps a line of it. */
export class WalkTrace {
  #lines = '';

  /** @param latency of every access, TCU cycles */
  constructor(private readonly latency: number) {}

  /** For the option of this name. */
  readonly walkLatency = ({ cycle, what, level, address, bytes, write, streamId }: WalkAccess): number => {
    const { latency } = this;
    this.#lines += `${cycle},${what},${level},0x${address.toString(16)},${bytes},${write ? 'w' : 'r'},${streamId},${latency}\n`;
    return latency;
  };

  /** The lines since the last call. */
  take(): string {
    const lines = this.#lines;
    this.#lines = '';
    return lines;
  }
}
