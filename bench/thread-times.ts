/** CPU time of each thread of this process, where the kernel tells (Linux, /proc/self/task: proc(5)). */
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const TASKS = '/proc/self/task';

/** Seconds by thread; undefined: this machine does not tell. */
export function threadTimes(): ReadonlyMap<string, number> | undefined {
  if (!existsSync(`${TASKS}/${process.pid}/schedstat`)) return undefined;
  return new Map(
    readdirSync(TASKS).flatMap((thread) => {
      try {
        return [[thread, Number(readFileSync(`${TASKS}/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1e9]];
      } catch {
        return []; // it has ended
      }
    }),
  );
}

/**
 * What the main thread took from `before` to `after`, and the busiest of the others: so long a run lasts at least on a machine
 * with a processor for each thread.
 */
export function longestPath(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): number {
  const main = String(process.pid);
  const took = (thread: string): number => (after.get(thread) ?? 0) - (before.get(thread) ?? 0);
  const others = [...after.keys()].filter((thread) => thread !== main);
  return took(main) + Math.max(0, ...others.map(took));
}
