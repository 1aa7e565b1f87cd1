/** How the process ends when it is not by itself: signals, readers that have gone, streams that fail. */
import { writeSync } from 'node:fs';
import { interrupt } from './files/interruption.js';
import { STDERR } from './files/target.js';
import { writeError } from './files/write-error.js';
import { BAD_INPUT } from './exit-code.js';
import type { Output } from './output.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Restores the terminal, removes partial files, says what was done, and lets the signal do what it does. */
export function endBySignals(): void {
  for (const signal of SIGNALS) {
    process.once(signal, () => {
      for (const account of interrupt()) say(`${signal}: ${account}\n`);
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    });
  }
  process.once('exit', () => interrupt());
}

/**
 * A reader that has seen enough (`smmuv3 explain … 2>&1 | head`) is no error; a stream that fails otherwise is, and ends as
 * bad input does.
 */
export function quietStreams(output: Output): void {
  process.stderr.on('error', () => undefined); // nobody is left to be told
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    output.err(`error: ${writeError('-', error).message}\n`);
    process.exitCode = BAD_INPUT;
  });
}

function say(text: string): void {
  try {
    writeSync(STDERR, text);
  } catch {
    // Nobody is left to be told.
  }
}
