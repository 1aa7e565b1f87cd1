/** One run at a time in a worker; cancelling ends the worker, and with it everything of the run. */
import type { RunOrder, RunReport, WorkerMessage } from './messages.js';

export interface Told {
  readonly progress: (fraction: number, done: number) => void;
  readonly done: (report: RunReport) => void;
  readonly failed: (problem: string) => void;
}

export class Runner {
  #worker: Worker | undefined;

  start(order: RunOrder, told: Told): void {
    this.cancel();
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    this.#worker = worker;
    worker.addEventListener('message', ({ data }: MessageEvent<WorkerMessage>) => {
      if (data.kind === 'progress') return told.progress(data.fraction, data.done);
      this.cancel();
      if (data.kind === 'done') told.done(data.report);
      else told.failed(data.problem);
    });
    worker.addEventListener('error', (event) => {
      this.cancel();
      told.failed(event.message === '' ? 'The worker of the run could not be started' : event.message);
    });
    worker.postMessage(order);
  }

  cancel(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
  }
}
