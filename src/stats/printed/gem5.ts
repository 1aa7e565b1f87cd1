/**
 * Statistics as a block of gem5's stats.txt, which the scripts that people have for it can read. A name that gem5 has too
 * means the same there; the others stand under the same `system.smmu`.
 */
import type { Stats } from '../stats.js';
import { statistics } from './statistics.js';
import { statisticValue } from './text.js';

const BEGIN = '---------- Begin Simulation Statistics ----------';
const END = '---------- End Simulation Statistics   ----------';
/** gem5 counts time in picoseconds. */
const TICKS_PER_SECOND = 10n ** 12n;
const TICKS_PER_MICROSECOND = 10n ** 6n;

/** @param clockMHz the TCU's clock, by which simSeconds and simTicks are reckoned; absent: they are left out */
export function gem5StatsText(stats: Stats, clockMHz?: number): string {
  const lines = statistics(stats).map(({ name, gem5, value, unit, description }) =>
    line(`system.smmu.${gem5 ?? name}`, statisticValue(value), description, unit),
  );
  const { timing } = stats;
  if (timing !== undefined && clockMHz !== undefined) {
    const ticks = (timing.lastResponse * TICKS_PER_MICROSECOND) / BigInt(clockMHz);
    lines.unshift(
      line('simSeconds', inSeconds(ticks), 'Number of seconds simulated', 'Second'),
      line('simTicks', String(ticks), 'Number of ticks simulated', 'Tick'),
      line('simFreq', String(TICKS_PER_SECOND), 'The number of ticks per simulated second', 'Tick/Second'),
    );
  }
  return `\n${BEGIN}\n${lines.join('')}\n${END}\n`;
}

/** With six digits behind the point, rounded. */
function inSeconds(ticks: bigint): string {
  const microseconds = (ticks + TICKS_PER_MICROSECOND / 2n) / TICKS_PER_MICROSECOND;
  const digits = microseconds.toString().padStart(7, '0');
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`;
}

/** Columns as gem5's text output has them, those of distributions empty. */
function line(name: string, value: string, description: string, unit: string): string {
  return `${name.padEnd(40)} ${value.padStart(12)} ${' '.repeat(22)} # ${description} (${unit})\n`;
}
