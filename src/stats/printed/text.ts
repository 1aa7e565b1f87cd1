/** Statistics as aligned text: name, value, unit, description. */
import type { Stats } from '../stats.js';
import { type Statistic, statistics, type Unit } from './statistics.js';

const UNITS: Readonly<Record<Unit, string>> = {
  Count: '',
  Cycle: 'cycles',
  Ratio: '',
  Byte: 'bytes',
  'Byte/Cycle': 'bytes/cycle',
  'Count/Cycle': '/cycle',
};

/**
 * One line for each statistic, each ending in a line feed.
 * @param mostStreams only of so many streams, those with the most transactions; default all
 */
export function statisticsText(stats: Stats, mostStreams = Infinity): string {
  return statisticLines(statistics(busiest(stats, mostStreams))).join('');
}

/** A line for each, aligned with the others. */
export function statisticLines(shown: readonly Statistic[]): string[] {
  const rows = shown.map(({ name, value, unit, description }) => ({
    name,
    value: statisticValue(value),
    unit: UNITS[unit],
    description,
  }));
  const width = (pick: (row: (typeof rows)[number]) => string): number =>
    Math.max(0, ...rows.map((row) => pick(row).length));
  const names = width(({ name }) => name);
  const values = width(({ value }) => value);
  const units = width(({ unit }) => unit);
  return rows.map(
    ({ name, value, unit, description }) =>
      `${name.padEnd(names)}  ${value.padStart(values)}  ${unit.padEnd(units)}  ${description}\n`,
  );
}

/** The statistics with so many streams at most, those with the most transactions. */
export function busiest<Counted extends Pick<Stats, 'streams'>>(stats: Counted, most: number): Counted {
  if (stats.streams.length <= most) return stats;
  const order = [...stats.streams].sort((a, b) => b.transactions - a.transactions);
  const kept = new Set(order.slice(0, most));
  return { ...stats, streams: stats.streams.filter((stream) => kept.has(stream)) };
}

/** Whole numbers as they are, others with six digits behind the point. */
export function statisticValue(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(6);
}
