/** A bar over all points of a sweep: how many, how fast, how long still. */
import { SingleBar } from 'cli-progress';
import { whenInterrupted } from '../files/interruption.js';
import { clock, short } from '../rate-progress.js';
import type { HowFar } from './pool.js';

const INTERVAL_MS = 200;
const STEPS = 1000;

/** Shows `total` points, `before` of them done already, as `howFar` tells. @returns what ends it */
export function sweepProgress(
  terminal: NodeJS.WriteStream | undefined,
  { total, before }: { readonly total: number; readonly before: number },
  howFar: HowFar,
): () => void {
  if (terminal === undefined) return () => undefined;
  const bar = new SingleBar({
    format: 'sweep {bar} {percentage}% | {points}/{of} points | {rate}/s | ETA {left}',
    stream: terminal,
    barsize: 24,
    barCompleteChar: '=',
    barIncompleteChar: '-',
    clearOnComplete: true,
    hideCursor: true,
  });
  const began = Date.now();
  const payload = (): Record<'points' | 'of' | 'fraction', number> & Record<'rate' | 'left', string> => {
    const { points, transactions } = howFar();
    const seconds = Math.max((Date.now() - began) / 1000, 1e-3);
    const left = points > 0 ? clock((seconds * (total - before - points)) / points) : '?';
    const done = before + points;
    return {
      points: Math.floor(done),
      of: total,
      fraction: done / total,
      rate: short(transactions / seconds),
      left,
    };
  };
  const start = payload();
  bar.start(STEPS, Math.round(start.fraction * STEPS), start);
  const show = (): void => {
    const now = payload();
    bar.update(Math.round(now.fraction * STEPS), now);
  };
  const timer = setInterval(show, INTERVAL_MS);
  const withdraw = whenInterrupted(() => bar.stop());
  return () => {
    clearInterval(timer);
    withdraw();
    bar.stop();
  };
}
