/** A run as a page: configuration, figures, latencies, hit rates, and what happened over time. */
import type { LatencyBucket } from '../stats/latency.js';
import type { RunResult } from '../run/result.js';
import type { Samples } from '../run/samples.js';
import { statistics } from '../stats/printed/statistics.js';
import { statisticValue } from '../stats/printed/text.js';
import { presets } from '../config/presets/index.js';
import { byPath } from './configuration.js';
import { headline, type Timed } from './headline.js';
import type { Chart, Point } from './page/chart.js';
import { type Page, pageHtml, type Table } from './page/page.js';
import { digits, duration, percent, rate, whole } from './quantity.js';
import type { Asked } from '../run/run-document.js';
import { askedLines, titleOf } from './run-text.js';

export function runPage(result: RunResult, asked: Asked): string {
  return pageHtml({
    title: titleOf(result),
    about: askedLines(asked, result),
    cards: cardsOf(result),
    charts: [
      ...latencyCharts([{ name: '', buckets: result.histogram }]),
      ...shareCharts(result),
      ...overTime(result),
    ],
    tables: [streamTable(result), configurationTable(result, asked), statisticsTable(result)],
  });
}

function cardsOf(result: RunResult): Page['cards'] {
  const { transactions, faults, walks, readsPerWalk, timed } = headline(result);
  return [
    ...(timed === undefined ? [] : timeCards(timed)),
    {
      name: 'transactions',
      value: whole(transactions),
      beside: faults === 0 ? 'no faults' : `${whole(faults)} did not end ok`,
    },
    {
      name: 'walks',
      value: whole(walks),
      beside: walks === 0 ? '' : `${percent(walks / transactions)}, ${digits(readsPerWalk)} reads each`,
    },
  ];
}

function timeCards(timed: Timed): Page['cards'] {
  const span = (name: string, { cycles, nanoseconds }: Timed['p50']): Page['cards'][number] => ({
    name,
    value: whole(cycles),
    beside: `cycles, ${duration(nanoseconds)}`,
  });
  return [
    span('cycles', timed.whole),
    span('latency.p50', timed.p50),
    span('latency.p99', timed.p99),
    span('latency.max', timed.max),
    {
      name: 'throughput.bytes',
      value: `${digits(timed.bytesPerSecond / 1e9)} GB/s`,
      beside: `${digits(timed.bytesPerCycle)} bytes/cycle`,
    },
    {
      name: 'throughput.transactions',
      value: rate(timed.transactionsPerSecond, ''),
      beside: `${digits(timed.transactionsPerCycle)} /cycle`,
    },
  ];
}

/** Latencies of one run, or of several to be held against each other. */
export interface Latencies {
  readonly name: string;
  readonly buckets: readonly LatencyBucket[];
}

/** Bars that a histogram has at most: more are put together. */
const BARS = 120;

export function latencyCharts(all: readonly Latencies[]): Chart[] {
  const known = all.filter(({ buckets }) => buckets.length > 0);
  if (known.length === 0) return [];
  const bars = known.flatMap(({ name, buckets }) => {
    const total = buckets.reduce((sum, { count }) => sum + count, 0);
    const every = Math.ceil(buckets.length / BARS);
    return Array.from({ length: Math.ceil(buckets.length / every) }, (_, i) => {
      const group = buckets.slice(i * every, (i + 1) * every);
      const count = group.reduce((sum, one) => sum + one.count, 0);
      const series = name === '' ? {} : { series: name };
      return { from: group[0].from, to: group[group.length - 1].to + 1, share: count / total, ...series };
    });
  });
  const points = known.flatMap(({ name, buckets }): Point[] => {
    const total = buckets.reduce((sum, { count }) => sum + count, 0);
    let seen = 0;
    return buckets.map(({ to, count }) => ({ x: Math.max(to, 1), y: (seen += count) / total, series: name }));
  });
  return [
    { kind: 'histogram', title: 'Latency, share of transactions', x: 'cycles', bars },
    {
      kind: 'line',
      title: 'Latency, share of transactions that are not above',
      x: 'cycles',
      y: 'share',
      percent: true,
      steps: true,
      spread: true,
      points,
    },
  ];
}

function shareCharts(result: RunResult): Chart[] {
  const { hitRates, timed } = headline(result);
  const charts: Chart[] = [];
  if (hitRates.length > 0) charts.push({ kind: 'shares', title: 'caches.*.hitRate', shares: hitRates });
  if (timed !== undefined && timed.stalls.length > 0)
    charts.push({ kind: 'shares', title: 'stalls.*, share of the transactions’ time', shares: timed.stalls });
  return charts;
}

function overTime({ samples, effectiveTiming }: RunResult): Chart[] {
  if (samples === undefined || effectiveTiming === false) return [];
  const { interval, rows, streams } = samples;
  const clock = effectiveTiming.clocks.tcu;
  const line = (title: string, y: string, points: Point[], more: object = {}): Chart => ({
    kind: 'line',
    title: `${title}, by intervals of ${whole(interval)} cycles`,
    x: 'cycle',
    y,
    points,
    ...more,
  });
  const of = (series: string, value: (row: Samples['rows'][number]) => number): Point[] =>
    rows.map((row) => ({ x: row.cycle, y: value(row), series }));
  return [
    line(
      'Throughput',
      'GB/s',
      of('', ({ bytes }) => ((bytes / interval) * clock) / 1e3),
    ),
    line(
      'Transactions in flight',
      'mean',
      of('', ({ inFlight }) => inFlight),
    ),
    line('Latency', 'cycles', [
      ...of('mean', (row) => row.latencyMean),
      ...of('longest', (row) => row.latencyMax),
    ]),
    line(
      'Transactions by what answered them',
      'share',
      HIT_SERIES.flatMap(([series, hit]) =>
        rows.some(({ hits }) => hits[hit] > 0)
          ? of(series, ({ hits, transactions }) => (transactions === 0 ? 0 : hits[hit] / transactions))
          : [],
      ),
      { percent: true },
    ),
    ...(streams.length < 2
      ? []
      : [
          line(
            'Transactions of each stream',
            'a cycle',
            streams.slice(0, STREAM_LINES).flatMap(({ streamId, transactions }) =>
              transactions.map((count, i) => ({
                x: i * interval,
                y: count / interval,
                series: `stream 0x${streamId.toString(16)}`,
              })),
            ),
          ),
        ]),
  ];
}

/** Streams that have a line of their own. */
const STREAM_LINES = 10;
const HIT_SERIES = [
  ['hits.microTlb', 'micro-tlb'],
  ['hits.mainTlb', 'main-tlb'],
  ['hits.merged', 'merged'],
  ['hits.tcuTlb', 'tcu-tlb'],
  ['hits.walkCache', 'walk-cache'],
  ['walks', 'walk'],
] as const;

/** Streams that are listed. */
const STREAM_ROWS = 64;

function streamTable({ streams }: RunResult): Table {
  const busiest = [...streams].sort((a, b) => b.transactions - a.transactions).slice(0, STREAM_ROWS);
  return {
    title:
      streams.length > STREAM_ROWS
        ? `The busiest ${STREAM_ROWS} of ${whole(streams.length)} streams`
        : 'Streams',
    header: [
      'stream',
      'TBU',
      'transactions',
      'ok',
      'walks',
      'latency.p50',
      'latency.p99',
      'latency.max',
      'bytes/cycle',
    ],
    rows: busiest.map(({ streamId, tbu, transactions, outcomes, walks, timing }) => [
      streamId === undefined ? 'others' : `0x${streamId.toString(16)}`,
      String(tbu),
      whole(transactions),
      whole(outcomes.ok),
      whole(walks),
      ...(timing === undefined
        ? ['', '', '', '']
        : [
            whole(timing.latency.p50),
            whole(timing.latency.p99),
            whole(timing.latency.max),
            digits(timing.throughput.bytesPerCycle),
          ]),
    ]),
  };
}

function configurationTable({ effectiveTiming, effectiveCaches }: RunResult, { timing }: Asked): Table {
  const now = byPath(effectiveTiming, effectiveCaches);
  const preset = Object.entries(presets).find(([name]) => name === timing)?.[1];
  const before = preset === undefined ? {} : byPath(preset.timing, preset.caches);
  return {
    title: 'Configuration, every value',
    header: ['path', 'value', preset === undefined ? '' : timing],
    rows: Object.entries(now).map(([path, value]) => [
      path,
      value,
      before[path] === undefined || before[path] === value ? '' : before[path],
    ]),
    folded: true,
  };
}

function statisticsTable(result: RunResult): Table {
  return {
    title: 'Statistics of the device that are not zero',
    header: ['name', 'value', 'description'],
    rows: statistics({ ...result, streams: [] })
      .filter(({ value }) => value !== 0)
      .map(({ name, value, description }) => [name, statisticValue(value), description]),
    folded: true,
  };
}
