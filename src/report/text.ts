/** Statistics as aligned text: name, value, unit, description. */
import type { Stats } from '../stats.js';
import { statistics, type Unit } from './statistics.js';

const UNITS: Readonly<Record<Unit, string>> = {
  Count: '',
  Cycle: 'cycles',
  Ratio: '',
  Byte: 'bytes',
  'Byte/Cycle': 'bytes/cycle',
  'Count/Cycle': '/cycle',
};

/** One line for each statistic, each ending in a line feed. */
export function statisticsText(stats: Stats): string {
  const rows = statistics(stats).map(({ name, value, unit, description }) => ({
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
  return rows
    .map(
      ({ name, value, unit, description }) =>
        `${name.padEnd(names)}  ${value.padStart(values)}  ${unit.padEnd(units)}  ${description}\n`,
    )
    .join('');
}

/** Whole numbers as they are, others with six digits behind the point. */
export function statisticValue(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(6);
}
