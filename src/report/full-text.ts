/** All statistics of a run for people: without those that are zero, a group for each part. */
import { type Statistic, statistics, type Unit } from '../stats/printed/statistics.js';
import { statisticValue } from '../stats/printed/text.js';
import type { RunResult } from '../run/result.js';

const UNITS: Readonly<Record<Unit, string>> = {
  Count: '',
  Cycle: 'cycles',
  Ratio: '',
  Byte: 'bytes',
  'Byte/Cycle': 'bytes/cycle',
  'Count/Cycle': '/cycle',
};
/** Streams that are shown: those with the most transactions. JSON and gem5's form have all. */
const STREAMS = 16;

export function fullText(result: RunResult): string {
  const busiest = [...result.streams].sort((a, b) => b.transactions - a.transactions).slice(0, STREAMS);
  const streams = result.streams.filter((stream) => busiest.includes(stream));
  const shown = statistics({ ...result, streams }).filter(({ value }) => value !== 0);
  const groups = new Map<string, Statistic[]>();
  for (const one of shown) groups.set(groupOf(one.name), [...(groups.get(groupOf(one.name)) ?? []), one]);
  const widths = [
    Math.max(...shown.map(({ name }) => name.length)),
    Math.max(...shown.map(({ value }) => statisticValue(value).length)),
    Math.max(...shown.map(({ unit }) => UNITS[unit].length)),
  ] as const;
  return [...groups.values()].map((group) => group.map((one) => line(one, widths)).join('')).join('\n');
}

function line(
  { name, value, unit, description }: Statistic,
  [names, values, units]: readonly [number, number, number],
): string {
  return `${name.padEnd(names)}  ${statisticValue(value).padStart(values)}  ${UNITS[unit].padEnd(units)}  ${description}\n`;
}

/** A cache or a stream is a group of its own; of the rest, those that begin with one word. */
function groupOf(name: string): string {
  const words = name.split('.');
  if (words[0] === 'caches') return words.slice(0, -1).join('.');
  return words.slice(0, words[0] === 'streams' ? 2 : 1).join('.');
}
