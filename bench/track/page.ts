/** The history as a page: a line over the commits for each group of cases, and for the deterministic figures. */
import type { Chart, Point } from '../../src/report/page/chart.js';
import { pageHtml } from '../../src/report/page/page.js';
import type { BenchRecord } from './record.js';

const COMMIT_DIGITS = 8;

export function historyPage(records: readonly BenchRecord[]): string {
  const last = records[records.length - 1];
  const groups = [
    ...new Set(records.flatMap(({ ratios }) => Object.keys(ratios).map((name) => name.split('/')[0]))),
  ];
  const label = ({ commit }: BenchRecord, i: number): string => `${i + 1} ${commit.slice(0, COMMIT_DIGITS)}`;
  const charts = groups.map((group): Chart => {
    const points = records.flatMap((record, i) =>
      Object.entries(record.ratios)
        .filter(([name]) => name.startsWith(`${group}/`))
        .map(([name, { median }]): Point => ({
          x: label(record, i),
          y: median,
          series: name.slice(group.length + 1),
        })),
    );
    return { kind: 'line', title: group, x: 'commit', y: 'ratio to the reference', points };
  });
  const names = [...new Set(records.flatMap(({ figures }) => Object.keys(figures)))];
  const cycles = names.filter((name) => name.endsWith('.cycles'));
  return pageHtml({
    title: `Performance over ${records.length} measurements`,
    about: [`last: ${last.commit}, ${last.date}, ${last.machine.cpu}, Node ${last.machine.node}`],
    cards: cycles.map((name) => ({ name, value: String(last.figures[name] ?? '') })),
    charts: [
      ...charts,
      {
        kind: 'line',
        title: 'Simulated cycles of fixed workloads',
        x: 'commit',
        y: 'cycles',
        points: records.flatMap((record, i) =>
          cycles
            .filter((name) => typeof record.figures[name] === 'number')
            .map((name): Point => ({ x: label(record, i), y: Number(record.figures[name]), series: name })),
        ),
      },
    ],
    tables: [
      {
        title: 'Ratios of the last measurement',
        header: ['case', 'median', 'least', 'greatest'],
        rows: Object.entries(last.ratios).map(([name, { median, min, max }]) => [
          name,
          median.toFixed(3),
          min.toFixed(3),
          max.toFixed(3),
        ]),
      },
    ],
  });
}
