/** A sweep as a page: lines and heat maps over its paths, and the table of its points. */
import { statisticValue } from '../stats/printed/text.js';
import { sweptPaths } from '../sweep/points.js';
import type { SweepRow } from '../sweep/row.js';
import type { Chart, Place } from './page/chart.js';
import { type Page, pageHtml, type Table } from './page/page.js';
import { byPath } from './configuration.js';

/** Figures that come first among those that the reader may choose. */
const FIRST: readonly (readonly [name: string, unit: string])[] = [
  ['cycles', 'cycles'],
  ['latency.mean', 'cycles'],
  ['latency.p50', 'cycles'],
  ['latency.p99', 'cycles'],
  ['latency.max', 'cycles'],
  ['throughput.bytes', 'bytes/cycle'],
  ['throughput.transactions', '/cycle'],
  ['walks', ''],
];
/** Columns of the table besides what is swept. */
const COLUMNS = ['cycles', 'latency.p50', 'latency.p99', 'latency.max', 'throughput.bytes', 'walks'];

/** @param rows all points, in order */
export function sweepPage(rows: readonly SweepRow[]): string {
  const [first] = rows;
  const paths = sweptPaths(rows.map(({ set }) => set));
  const figures = figuresOf(rows);
  return pageHtml({
    title: `${first.trace.name}: ${rows.length} points`,
    about: [
      `sweep ${first.sweep} over ${paths.length === 0 ? 'nothing' : paths.join(', ')}`,
      `core ${first.core.slice(0, 16)}, version ${first.version}, trace ${first.trace.sha256.slice(0, 16)}`,
    ],
    cards: extremes(
      rows,
      figures.map(({ name }) => name),
    ),
    charts: [chartOf(rows, paths, figures)],
    tables: [pointsTable(rows, paths, figures), configurationTable(rows)],
  });
}

type Figure = { readonly name: string; readonly unit: string };

/** Those that differ between points. */
function figuresOf(rows: readonly SweepRow[]): Figure[] {
  const names = [...new Set(rows.flatMap(({ statistics }) => Object.keys(statistics)))];
  const varies = (name: string): boolean =>
    rows.length === 1 || new Set(rows.map(({ statistics }) => statistics[name])).size > 1;
  const units = new Map(FIRST);
  const first = FIRST.map(([name]) => name).filter((name) => names.includes(name));
  return [...new Set([...first, ...names.filter(varies)])].map((name) => ({
    name,
    unit: units.get(name) ?? '',
  }));
}

function chartOf(rows: readonly SweepRow[], paths: readonly string[], figures: readonly Figure[]): Chart {
  return {
    kind: 'sweep',
    title: 'Every point; choose a figure and what it is drawn along',
    paths,
    figures,
    points: rows.map(({ set, statistics }) => ({
      set: Object.fromEntries(paths.map((path): [string, Place] => [path, placeOf(set[path])])),
      values: Object.fromEntries(
        figures.flatMap(({ name }) => (name in statistics ? [[name, statistics[name]]] : [])),
      ),
    })),
  };
}

function placeOf(value: SweepRow['set'][string] | undefined): Place {
  return typeof value === 'number' ? value : String(value ?? '');
}

/** The best and the worst point of the first figures. */
function extremes(rows: readonly SweepRow[], figures: readonly string[]): Page['cards'] {
  return ['latency.p99', 'throughput.bytes']
    .filter((name) => figures.includes(name))
    .flatMap((name) => {
      const sorted = [...rows].sort((a, b) => a.statistics[name] - b.statistics[name]);
      const card = (title: string, row: SweepRow): Page['cards'][number] => ({
        name: `${title} ${name}`,
        value: statisticValue(row.statistics[name]),
        beside: Object.entries(row.set)
          .map(([path, value]) => `${path}=${value}`)
          .join('\n'),
      });
      return [card('least', sorted[0]), card('most', sorted[sorted.length - 1])];
    });
}

function pointsTable(rows: readonly SweepRow[], paths: readonly string[], figures: readonly Figure[]): Table {
  const columns = COLUMNS.filter((name) => figures.some((figure) => figure.name === name));
  return {
    title: 'Points',
    header: ['point', ...paths, ...columns],
    rows: rows.map(({ index, set, statistics }) => [
      String(index),
      ...paths.map((path) => String(set[path] ?? '')),
      ...columns.map((name) => (name in statistics ? statisticValue(statistics[name]) : '')),
    ]),
  };
}

/** The values that all points share. */
function configurationTable(rows: readonly SweepRow[]): Table {
  const all = rows.map(({ configuration: { timing, caches } }) => byPath(timing, caches));
  return {
    title: 'Configuration, every value that all points share',
    header: ['path', 'value'],
    rows: Object.entries(all[0]).filter(([path, value]) => all.every((one) => one[path] === value)),
    folded: true,
  };
}
