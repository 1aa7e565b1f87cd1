/** A bar for long runs: how far, how fast, how long still. */
import { SingleBar } from 'cli-progress';
import { whenInterrupted } from './files/interruption.js';

export interface RateProgress {
  /** `fraction` between 0 and 1; `done` transactions. */
  update(fraction: number, done: number): void;
  stop(): void;
}

const STEPS = 1000;
const INTERVAL_MS = 100;

export function rateProgress(terminal: NodeJS.WriteStream | undefined, name: string): RateProgress {
  if (terminal === undefined) return { update: () => undefined, stop: () => undefined };
  const bar = new SingleBar({
    format: `${name} {bar} {percentage}% | {done} transactions | {rate}/s | ETA {left}`,
    stream: terminal,
    barCompleteChar: '=',
    barIncompleteChar: '-',
    clearOnComplete: true,
    hideCursor: true,
  });
  const began = Date.now();
  let last = 0;
  let started = false;
  const withdraw = whenInterrupted(() => bar.stop());
  return {
    update(fraction, done) {
      const now = Date.now();
      if (now - last < INTERVAL_MS) return;
      last = now;
      const seconds = (now - began) / 1000;
      const left = fraction > 0 ? clock((seconds * (1 - fraction)) / fraction) : '?';
      const payload = { done: done.toLocaleString('en'), rate: short(done / Math.max(seconds, 1e-3)), left };
      if (!started) bar.start(STEPS, 0, payload);
      started = true;
      bar.update(Math.round(fraction * STEPS), payload);
    },
    stop: () => {
      withdraw();
      bar.stop();
    },
  };
}

/** A rate in three or four figures. */
export function short(rate: number): string {
  if (rate >= 1e6) return `${(rate / 1e6).toFixed(2)} M`;
  return rate >= 1e3 ? `${(rate / 1e3).toFixed(1)} k` : rate.toFixed(0);
}

/** Minutes and seconds. */
export function clock(seconds: number): string {
  const whole = Math.ceil(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
