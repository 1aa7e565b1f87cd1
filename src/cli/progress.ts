import { SingleBar } from 'cli-progress';
import { whenInterrupted } from './files/interruption.js';

export interface Progress {
  update(done: number, total: number): void;
  stop(): void;
}

const NONE: Progress = { update: () => undefined, stop: () => undefined };

/** A bar on `terminal`, if there is one. */
export function progressBar(terminal: NodeJS.WriteStream | undefined, name: string, width: number): Progress {
  if (terminal === undefined) return NONE;
  const bar = new SingleBar({
    format: `${name.padEnd(width)} {bar} {percentage}% | {value}/{total}`,
    stream: terminal,
    barCompleteChar: '=',
    barIncompleteChar: '-',
    clearOnComplete: true,
    hideCursor: true,
  });
  let started = false;
  const withdraw = whenInterrupted(() => bar.stop());
  return {
    update(done, total) {
      if (!started) bar.start(total, 0);
      started = true;
      bar.update(done);
    },
    stop: () => {
      withdraw();
      bar.stop();
    },
  };
}
