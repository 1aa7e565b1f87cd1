/** What is kept of one measurement, and the same in the formats that other tools read. */
import type { Report } from '../report.js';

/** A line of the history. */
export interface BenchRecord {
  readonly commit: string;
  /** ISO 8601. */
  readonly date: string;
  /** Ratios are comparable between machines of one class, and roughly between others. */
  readonly machine: { readonly node: string; readonly cpu: string };
  /** Rate over the reference kernel's, by case. */
  readonly ratios: Readonly<
    Record<string, { readonly median: number; readonly min: number; readonly max: number }>
  >;
  /** Deterministic ones. */
  readonly figures: Readonly<Record<string, number | string>>;
}

export function recordOf(
  report: Pick<Report, 'node' | 'cpu' | 'results'>,
  figures: BenchRecord['figures'],
  { commit, date }: Pick<BenchRecord, 'commit' | 'date'>,
): BenchRecord {
  const ratios = report.results.map(({ group, name, reference, ratio: { median, min, max } }) => [
    `${group}/${name} × ${reference}`,
    { median, min, max },
  ]);
  return {
    commit,
    date,
    machine: { node: report.node, cpu: report.cpu },
    ratios: Object.fromEntries(ratios) as BenchRecord['ratios'],
    figures,
  };
}

/** github-action-benchmark's customBiggerIsBetter. */
export interface CustomEntry {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly range?: string;
  readonly extra?: string;
}

export function customBiggerIsBetter({ ratios, machine }: BenchRecord): CustomEntry[] {
  return Object.entries(ratios).map(([name, { median, min, max }]) => ({
    name,
    unit: 'ratio',
    value: median,
    range: `${min}..${max}`,
    extra: `${machine.cpu}, Node ${machine.node}`,
  }));
}

/** Bencher Metric Format: each benchmark with its measures. */
export type BencherMetrics = Readonly<
  Record<string, Readonly<Record<string, { value: number; lower_value?: number; upper_value?: number }>>>
>;

export function bencherMetrics({ ratios, figures }: BenchRecord): BencherMetrics {
  const measured = Object.entries(ratios).map(([name, { median, min, max }]) => [
    name,
    { ratio: { value: median, lower_value: min, upper_value: max } },
  ]);
  const counted = Object.entries(figures)
    .filter(([, value]) => typeof value === 'number')
    .map(([name, value]) => [name, { count: { value } }]);
  return Object.fromEntries([...measured, ...counted]) as BencherMetrics;
}
