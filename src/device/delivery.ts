/** What follows every call of the core: its notifications are delivered, then what the bus threw is thrown. */
import type { Callbacks } from './callbacks.js';
import type { BusBridge } from '../core/bus-bridge.js';
import type { CoreMemory } from '../core/core-memory.js';
import { BLOCK_BYTES, MAIN_BLOCK } from './request.js';

/** The end of every call of one device. */
export class Delivery {
  constructor(
    private readonly callbacks: Callbacks,
    private readonly bridge: BusBridge,
    private readonly state: CoreMemory,
  ) {}

  /** @throws what a callback or the bus threw */
  settle(): void {
    try {
      if (this.callbacks.pending || this.callbacks.waiting.length > 0) this.callbacks.run();
    } finally {
      this.bridge.rethrow();
    }
  }

  /** As settle; what callbacks translate does not become this call's last translation. */
  settleKeeping(): void {
    if (!this.callbacks.pending) {
      this.bridge.rethrow();
      return;
    }
    const block = this.state.slice(MAIN_BLOCK, BLOCK_BYTES).slice();
    try {
      this.settle();
    } finally {
      this.state.slice(MAIN_BLOCK, BLOCK_BYTES).set(block);
    }
  }
}
