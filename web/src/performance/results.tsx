/** One run, or two side by side: figures, where translations were found, how long they took, and how full the device was. */
import type { Bucket, RunReport } from './messages.js';
import { Plot, short, type PlotSeries } from './plot.js';
import { useMemo } from 'preact/hooks';
import { OCCUPANCIES, type OccupancyName } from '../../../src/observe/index.js';

export interface Labelled {
  readonly name: 'A' | 'B';
  readonly report: RunReport;
}

const COLOURS = { A: '--stage1', B: '--config' } as const;

export function Results({ runs }: { readonly runs: readonly Labelled[] }) {
  return (
    <div class="results">
      <Figures runs={runs} />
      <HitRates runs={runs} />
      <Latencies runs={runs} />
      <OverTime runs={runs} />
    </div>
  );
}

interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly of: (report: RunReport) => number | undefined;
  /** Less is better, or more; undefined: neither. */
  readonly better?: 'less' | 'more';
}

const FIGURES: readonly Figure[] = [
  { name: 'Cycles', unit: '', of: ({ result }) => result.cycles, better: 'less' },
  {
    name: 'Transactions a cycle',
    unit: '',
    of: ({ result }) => result.timing?.throughput.transactionsPerCycle,
    better: 'more',
  },
  { name: 'Latency, mean', unit: 'cycles', of: ({ result }) => result.latency.mean, better: 'less' },
  { name: 'Latency, half below', unit: 'cycles', of: ({ result }) => result.latency.p50, better: 'less' },
  { name: 'Latency, 99 % below', unit: 'cycles', of: ({ result }) => result.latency.p99, better: 'less' },
  { name: 'Latency, longest', unit: 'cycles', of: ({ result }) => result.latency.max, better: 'less' },
  { name: 'Walks', unit: '', of: ({ result }) => result.walks, better: 'less' },
  {
    name: 'Table reads',
    unit: '',
    of: ({ result }) => result.reads.stage1 + result.reads.stage2,
    better: 'less',
  },
  { name: 'Faults', unit: '', of: ({ result }) => result.faults },
];

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 3 });

function Figures({ runs }: { readonly runs: readonly Labelled[] }) {
  const [first, second] = runs;
  return (
    <section class="card figures" aria-labelledby="figures-title">
      <h2 id="figures-title">Figures</h2>
      <div class="table-scroll" role="group" aria-label="Figures of the runs" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">Of the run</th>
              {runs.map(({ name }) => (
                <th key={name} scope="col">
                  {runs.length > 1 ? `Run ${name}` : 'Value'}
                </th>
              ))}
              {second !== undefined && <th scope="col">B to A</th>}
            </tr>
          </thead>
          <tbody>
            {FIGURES.map(({ name, unit, of, better }) => {
              const [a, b] = [first, second].map((run) => (run === undefined ? undefined : of(run.report)));
              return (
                <tr key={name}>
                  <th scope="row">
                    {name} {unit !== '' && <span class="dim">{unit}</span>}
                  </th>
                  <td>{a === undefined ? '' : whole.format(a)}</td>
                  {second !== undefined && <td>{b === undefined ? '' : whole.format(b)}</td>}
                  {second !== undefined && <Change from={a} to={b} better={better} />}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}

interface ChangeProps {
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly better: 'less' | 'more' | undefined;
}

function Change({ from, to, better }: ChangeProps) {
  if (from === undefined || to === undefined || from === 0) return <td class="dim">–</td>;
  const percent = (to / from - 1) * 100;
  const same = Math.abs(percent) < 0.05;
  const good = better === 'less' ? percent < 0 : percent > 0;
  const look = same || better === undefined ? 'dim' : good ? 'good' : 'bad';
  return (
    <td class={look}>{same ? 'the same' : `${percent > 0 ? '+' : '−'}${Math.abs(percent).toFixed(1)} %`}</td>
  );
}

const HITS = {
  'micro-tlb': 'micro TLB',
  'main-tlb': 'main TLB',
  'tcu-tlb': 'TLB of the TCU',
  merged: 'joined another’s walk',
  'walk-cache': 'walk caches alone',
  walk: 'walk',
  none: 'not looked for',
} as const;

function HitRates({ runs }: { readonly runs: readonly Labelled[] }) {
  return (
    <section class="card" aria-labelledby="hits-title">
      <h2 id="hits-title">Where translations were found</h2>
      <table class="bars">
        <thead class="visually-hidden">
          <tr>
            <th scope="col">Place</th>
            {runs.map(({ name }) => (
              <th key={name} scope="col">
                Run {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {(Object.keys(HITS) as (keyof typeof HITS)[])
            .filter((hit) => runs.some(({ report }) => report.result.hits[hit] > 0))
            .map((hit) => (
              <tr key={hit}>
                <th scope="row">{HITS[hit]}</th>
                {runs.map(({ name, report }) => {
                  const { hits, transactions } = report.result;
                  const share = transactions === 0 ? 0 : hits[hit] / transactions;
                  return (
                    <td key={name}>
                      <span class={`bar run-${name}`}>
                        <i style={{ width: `${share * 100}%` }} />
                      </span>
                      <span class="mono small">{(share * 100).toFixed(share < 0.01 ? 2 : 1)} %</span>
                    </td>
                  );
                })}
              </tr>
            ))}
        </tbody>
      </table>
    </section>
  );
}

/** Counts of several runs over the floors that any of them has, and one more where the last bucket ends. */
export function aligned(runs: readonly (readonly Bucket[])[]): {
  readonly x: number[];
  readonly columns: number[][];
} {
  const floors = [...new Set(runs.flatMap((buckets) => buckets.map(({ floor }) => floor)))].sort(
    (a, b) => a - b,
  );
  const last = floors.at(-1) ?? 1;
  const x = [...floors, last + Math.max(1, 2 ** Math.floor(Math.log2(Math.max(1, last))) / 8)];
  const columns = runs.map((buckets) => {
    const counts = new Map(buckets.map(({ floor, count }) => [floor, count]));
    return x.map((floor) => counts.get(floor) ?? 0);
  });
  return { x, columns };
}

function Latencies({ runs }: { readonly runs: readonly Labelled[] }) {
  const timed = runs.filter(({ report }) => report.buckets.length > 0);
  const { x, series } = useMemo(() => {
    const { x, columns } = aligned(timed.map(({ report }) => report.buckets));
    const series = timed.map(({ name }, i): PlotSeries => ({
      label: `Run ${name}`,
      values: columns[i] ?? [],
      colour: COLOURS[name],
      bars: true,
    }));
    return { x: x.map((floor) => Math.max(floor, 1)), series };
  }, [runs]);
  if (timed.length === 0) return null;
  const says = timed.map(({ name, report: { result } }) => {
    const { p50, p99, max } = result.latency;
    return `run ${name}: half at most ${p50} cycles, 99 % at most ${p99}, longest ${max}`;
  });
  return (
    <section class="card" aria-labelledby="latency-title">
      <h2 id="latency-title">Latency</h2>
      <Plot
        label={`Histogram of latencies; ${says.join('; ')}`}
        x={x}
        xLabel="cycles, from acceptance to response"
        yLabel="transactions"
        logX
        series={series}
      />
    </section>
  );
}

const SLOTS: Readonly<Record<OccupancyName, string>> = {
  tbuSlots: 'TBU slots',
  tcuSlots: 'TCU slots',
  walkSlots: 'walk slots',
  walkQueue: 'waiting to walk',
};
const SLOT_COLOURS: Readonly<Record<OccupancyName, string>> = {
  tbuSlots: '--stage1',
  tcuSlots: '--good',
  walkSlots: '--config',
  walkQueue: '--stage2',
};

function OverTime({ runs }: { readonly runs: readonly Labelled[] }) {
  const timed = runs.filter(({ report }) => report.series.cycle.length > 1);
  if (timed.length === 0) return null;
  return (
    <section class="card wide" aria-labelledby="time-title">
      <h2 id="time-title">Occupancy over time</h2>
      <div class={timed.length > 1 ? 'pair' : ''}>
        {timed.map((run) => (
          <OccupancyPlot key={run.name} {...run} alone={timed.length === 1} />
        ))}
      </div>
    </section>
  );
}

function OccupancyPlot({ name, report, alone }: Labelled & { readonly alone: boolean }) {
  const { series, result } = report;
  const lines = useMemo(
    () =>
      OCCUPANCIES.map((slot): PlotSeries => ({
        label: SLOTS[slot],
        values: series.occupancy[slot],
        colour: SLOT_COLOURS[slot],
      })),
    [series],
  );
  const means = OCCUPANCIES.map(
    (slot) => `${SLOTS[slot]} ${short(result.timing?.occupancy[slot].mean ?? 0)}`,
  ).join(', ');
  return (
    <div>
      {!alone && <h3>Run {name}</h3>}
      <Plot
        label={`Occupancy over time of run ${name}; means: ${means}`}
        x={series.cycle}
        xLabel="cycles"
        yLabel="in use"
        series={lines}
      />
    </div>
  );
}
