/** Every closed form of one transaction at a time under 'gem5-default', exact to the cycle (closed-form-cases.ts). */
import { type CacheConfig, type Hit, presets, type TimingConfig, type Translation } from '../../src/index.js';
import { type Emptied, type Group, GROUPS, type Row, STREAM } from './closed-form-cases.js';
import { Machine, SUBSTREAM } from './machine.js';
import type { Experiment, Outcome } from './outcome.js';
import { lineChart } from './svg.js';
import { table } from './text.js';

export const LATENCIES: readonly number[] = [0, 1, 37, 100, 250];
const PLOTTED: readonly string[] = ['cold: configuration miss and 4 descriptors', 'main TLB hit'];

export interface Measured {
  readonly group: string;
  readonly row: Row;
  /** undefined: not asked for. */
  readonly expected: number | undefined;
  readonly cycles: number;
  readonly status: Translation['status'];
  readonly hit: Hit;
  readonly right: boolean;
}

/** The timing of gem5's defaults over memory of one latency. */
export function gem5Timing(latency: number): TimingConfig {
  const { timing } = presets['gem5-default'];
  return { ...timing, memory: { ...timing.memory, latency, dataLatency: latency } };
}

function empty(machine: Machine, what: Emptied, group: Group): void {
  const { smmu } = machine;
  if (what === 'micro') {
    // No command empties the micro TLB alone: other pages push its entries out.
    for (const page of group.fillers) smmu.translate({ streamId: STREAM, iova: BigInt(page) });
    return;
  }
  if (what !== 'translations') machine.forgetConfiguration();
  if (what === 'translations' || what === 'all') machine.forgetTranslations();
  if (what === 'tlbs') machine.prefetchConfiguration(STREAM);
}

/** Runs a group's rows in order at one latency. */
export async function measure(group: Group, latency: number): Promise<Measured[]> {
  const preset = presets['gem5-default'];
  const caches: CacheConfig =
    group.tcuTlb === true
      ? {
          ...preset.caches,
          tcuTlb: { ...(preset.caches.tcuTlb as object), enabled: true } as CacheConfig['tcuTlb'],
        }
      : preset.caches;
  const twoLevel = group.twoLevel === true;
  const machine = await Machine.create({ caches, timing: gem5Timing(latency), twoLevel });
  for (const [streamId, setup] of group.build(machine)) machine.stream(streamId, setup);
  if (group.disabled === true) machine.enable(false);
  const measured = group.rows.map((row): Measured => {
    if (row.emptied !== undefined) empty(machine, row.emptied, group);
    const {
      status,
      latency: cycles,
      hit,
    } = machine.smmu.translate({
      streamId: row.streamId ?? STREAM,
      iova: BigInt(row.iova),
      access: row.write === true ? 'write' : 'read',
      size: row.size ?? 64,
      ...(twoLevel ? { substreamId: SUBSTREAM } : {}),
    });
    const expected = row.cycles === undefined ? undefined : row.cycles[0] + row.cycles[1] * latency;
    const outcome = status === (row.fault === true ? 'abort' : 'ok');
    const right = outcome && (expected === undefined || expected === cycles);
    return { group: group.name, row, expected, cycles, status, hit, right };
  });
  machine.smmu.dispose();
  return measured;
}

const form = (row: Row): string =>
  row.cycles === undefined
    ? '-'
    : `${row.cycles[0]} + ${row.cycles[1]}L${row.fault === true ? ', fault' : ''}`;

async function run(): Promise<Outcome> {
  const rows: string[][] = [['transaction', 'form', ...LATENCIES.map((l) => `L = ${l}`)]];
  const notes: string[] = [];
  const points = new Map<string, [number, number][]>();
  let wrong = 0;
  let count = 0;
  for (const group of GROUPS) {
    const all = await Promise.all(LATENCIES.map((latency) => measure(group, latency)));
    group.rows.forEach((row, i) => {
      const cells = all.map((measured) => measured[i]);
      count += cells.length;
      wrong += cells.filter(({ right }) => !right).length;
      rows.push([
        `${group.name}: ${row.label}`,
        form(row),
        ...cells.map(({ right, cycles, status, expected }) =>
          right ? `${cycles}` : `${cycles} ${status} (not ${expected ?? 'a fault'})`,
        ),
      ]);
      if (row.instead !== undefined) notes.push(`${group.name}: ${row.label}: gem5 ${row.instead}`);
      if (group.name === 'nested' || PLOTTED.includes(row.label)) {
        points.set(
          `${group.name}: ${row.label}`,
          cells.map(({ cycles }, n) => [LATENCIES[n], cycles]),
        );
      }
    });
  }
  const series = [...points].filter(([name]) => /cold|main|warm/.test(name)).slice(0, 6);
  return {
    pass: wrong === 0,
    lines: [
      ...table(rows),
      '',
      "Where gem5 departs from the architecture, the architecture's answer is asked for:",
      ...notes.map((note) => `  ${note}`),
      `${count - wrong} of ${count} exact.`,
    ],
    plot: lineChart({
      title: 'One transaction at a time under gem5-default',
      x: 'memory latency L, cycles',
      y: 'acceptance to response, cycles',
      series: series.map(([name, at]) => ({ name, points: at })),
    }),
  };
}

export const closedForms: Experiment = {
  name: 'closed-forms',
  about: "cycles of one transaction at a time against gem5's closed forms",
  run,
};
