/** The friendly table: the same loads under Benchmark.js. Wall time; for ratios that last, see main.ts. */
import Benchmark from 'benchmark';
import { type Case, titleOf } from './row.js';

/** One line for each case, as Benchmark.js words it, in operations on chunks of rows. */
export function friendlyTable(cases: readonly Case[], maxTime: number): string[] {
  const lines: string[] = [];
  const suite = new Benchmark.Suite();
  for (const one of cases) {
    suite.add(titleOf(one), () => one.load.work(), { maxTime, minSamples: 3 });
  }
  suite.on('cycle', (event: Benchmark.Event) => {
    const target = event.target as unknown as Benchmark;
    const chunk = cases.find((one) => titleOf(one) === target.name)?.load.operations ?? 1;
    const perSecond = ((target.hz ?? 0) * chunk) / 1e6;
    lines.push(
      `${target.name}: ${perSecond.toFixed(1)} M translations/s ±${(target.stats?.rme ?? 0).toFixed(1)} % (${target.stats?.sample.length ?? 0} runs)`,
    );
  });
  suite.run();
  return lines;
}
