/**
 * A measurement in several processes: where memory happens to lie and what the engine's compiler happens to do moves a rate by some
 * percent for as long as a process lives, so that one of them tells little of the next.
 */
import { spawnSync } from 'node:child_process';
import type { Measured } from './series.js';

/** The option by which a process is told to print what it measured, and nothing else. */
export const SERIES = 'series';

/** @param how options of the measurement @returns what each process measured */
export function inProcesses(how: readonly string[], processes: number): Measured[] {
  return Array.from({ length: processes }, () => measured(how));
}

function measured(how: readonly string[]): Measured {
  const { status, stdout } = spawnSync(process.execPath, [process.argv[1], `--${SERIES}`, ...how], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`the measurement ended with ${status}`);
  return JSON.parse(stdout) as Measured;
}
