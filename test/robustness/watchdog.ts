/** A thread that ends the process when one step takes too long: an endless loop in the core lets nothing else do it. */
import { Worker } from 'node:worker_threads';

const PATIENCE_MS = 60_000;

const BODY = `
const { workerData } = require('node:worker_threads');
const step = new Int32Array(workerData.steps);
let last = -1, since = Date.now();
setInterval(() => {
  const now = Atomics.load(step, 0);
  if (now !== last || now === 0) { last = now; since = Date.now(); return; }
  if (Date.now() - since < workerData.patience) return;
  require('node:fs').writeSync(2, 'robustness: step ' + now + ' of seed ' + Atomics.load(step, 1) + ' does not end\\n');
  process.kill(process.pid, 'SIGKILL');
}, 500);
`;

export class Watchdog {
  private readonly steps = new Int32Array(new SharedArrayBuffer(8));
  private readonly worker = new Worker(BODY, {
    eval: true,
    workerData: { steps: this.steps.buffer, patience: PATIENCE_MS },
  });

  constructor(seed: number) {
    this.worker.unref();
    Atomics.store(this.steps, 1, seed);
  }

  begins(step: number): void {
    Atomics.store(this.steps, 0, step);
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }
}
