/** A comparison for a terminal: differences first. */
import type { Paint } from '../replay/text.js';
import { statisticValue } from '../stats/printed/text.js';
import type { Comparable, Comparison, Difference, StatisticDifference } from './compare.js';
import { percent } from './quantity.js';

/** Lines of differing statistics that are shown without `--all`. */
const MOST = 40;

export function compareText(
  [a, b]: readonly [Comparable, Comparable],
  { how, configuration, different, equal }: Comparison,
  paint: Paint,
  all: boolean,
): string {
  const lines = [paint.heading(`A  ${a.name}`), paint.heading(`B  ${b.name}`)];
  if (how.length + configuration.length > 0)
    lines.push('', ...table(['asked for', 'A', 'B'], [...how, ...configuration].map(setting)));
  if (different.length === 0) lines.push('', 'all statistics are equal');
  else {
    const shown = all ? different : different.slice(0, MOST);
    lines.push('', ...table(['differs', 'A', 'B', 'B / A'], shown.map(statistic)));
    if (shown.length < different.length)
      lines.push(paint.dim(`… ${different.length - shown.length} more (--all)`));
  }
  if (all && equal.length > 0)
    lines.push(
      '',
      ...table(
        ['equal', 'A and B'],
        equal.map(({ name, value }) => [name, statisticValue(value)]),
      ),
    );
  else
    lines.push(
      '',
      paint.dim(`${equal.length} others are equal and not zero${equal.length > 0 ? ' (--all)' : ''}`),
    );
  return `${lines.join('\n')}\n`;
}

function setting({ name, a, b }: Difference<string>): string[] {
  return [name, a ?? '-', b ?? '-'];
}

function statistic({ name, a, b, change }: StatisticDifference): string[] {
  const shown = (value: number | undefined): string => (value === undefined ? '-' : statisticValue(value));
  return [name, shown(a), shown(b), change === undefined ? '' : signed(change)];
}

function signed(change: number): string {
  return `${change < 0 ? '-' : '+'}${percent(Math.abs(change)).replace('< ', '<')}`;
}

/** The first column to the left, the others to the right. */
function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [header, ...rows];
  const widths = header.map((_, i) => Math.max(...all.map((row) => row[i].length)));
  return all.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('  ')
      .trimEnd(),
  );
}
