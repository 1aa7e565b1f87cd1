/** Turns for others between the slices of long work: timers, messages, a page's clicks. */

/** Time that a slice may be followed by the next without a turn, ms: a frame of a page at 60 Hz. */
const HELD_MS = 16;

/** One long piece of work. */
export class Breath {
  #since = performance.now();

  /** Lets others have a turn, when they have waited long enough for one. */
  async take(): Promise<void> {
    if (performance.now() - this.#since < HELD_MS) return;
    // A message comes back sooner than a timer, of which browsers make four milliseconds.
    await new Promise<void>((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(undefined);
    });
    this.#since = performance.now();
  }
}
