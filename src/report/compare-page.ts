/** Two results as a page: what differs, latencies and hit rates over each other. */
import { statisticValue } from '../stats/printed/text.js';
import type { Comparable, Comparison } from './compare.js';
import type { Chart } from './page/chart.js';
import { pageHtml } from './page/page.js';
import { percent } from './quantity.js';
import { latencyCharts } from './run-page.js';

export function comparePage([a, b]: readonly [Comparable, Comparable], comparison: Comparison): string {
  const { how, configuration, different, equal } = comparison;
  return pageHtml({
    title: 'Two results',
    about: [`A  ${a.name}`, `B  ${b.name}`],
    cards: CARDS.flatMap((name) => {
      const [one, other] = [a.statistics[name], b.statistics[name]] as (number | undefined)[];
      return one === undefined || other === undefined
        ? []
        : [
            {
              name,
              value: one === 0 ? '' : signed(other / one - 1),
              beside: `${statisticValue(one)} → ${statisticValue(other)}`,
            },
          ];
    }),
    charts: [
      ...latencyCharts([
        { name: 'A', buckets: a.histogram },
        { name: 'B', buckets: b.histogram },
      ]),
      ...hitRates(a, b),
    ],
    tables: [
      {
        title: 'Asked for',
        header: ['name', 'A', 'B'],
        rows: [...how, ...configuration].map((one) => [one.name, one.a ?? '-', one.b ?? '-']),
      },
      {
        title: 'Statistics that differ',
        header: ['name', 'A', 'B', 'B / A'],
        rows: different.map(({ name, a: one, b: other, change }) => [
          name,
          one === undefined ? '-' : statisticValue(one),
          other === undefined ? '-' : statisticValue(other),
          change === undefined ? '' : signed(change),
        ]),
      },
      {
        title: 'Statistics that are equal and not zero',
        header: ['name', 'A and B'],
        rows: equal.map(({ name, value }) => [name, statisticValue(value)]),
        folded: true,
      },
    ],
  });
}

const CARDS = ['cycles', 'latency.p50', 'latency.p99', 'throughput.bytes', 'walks'];

function signed(change: number): string {
  return `${change < 0 ? '-' : '+'}${percent(Math.abs(change)).replace('< ', '<')}`;
}

function hitRates(a: Comparable, b: Comparable): Chart[] {
  const of = (
    series: string,
    { statistics }: Comparable,
  ): { name: string; share: number; series: string }[] =>
    Object.entries(statistics)
      .filter(
        ([name]) => /^caches\..*\.hitRate$/.test(name) && statistics[name.replace('hitRate', 'lookups')] > 0,
      )
      .map(([name, share]) => ({ name: name.slice('caches.'.length, -'.hitRate'.length), share, series }));
  const shares = [...of('A', a), ...of('B', b)];
  return shares.length === 0 ? [] : [{ kind: 'shares', title: 'caches.*.hitRate', shares }];
}
