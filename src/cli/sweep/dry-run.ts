/** What a sweep would do, and about how long: the first point that is missing is begun to see how fast it goes. */
import { existsSync } from 'node:fs';
import { settingText } from '../../sweep/points.js';
import { readRows } from '../../sweep/store.js';
import { PLAIN } from '../../replay/text.js';
import { toJson, type Output } from '../output.js';
import { clock } from '../rate-progress.js';
import { runAsAsked } from '../run-as-asked.js';
import type { Plan, PlannedPoint } from './plan.js';

export interface Dry {
  readonly plan: Plan;
  /** Of this shard. */
  readonly own: readonly PlannedPoint[];
  readonly trace: string;
  readonly out: string;
  readonly jobs: number;
  readonly json: boolean;
}

/** How long the sample may take. */
const SAMPLE_MS = 1000;
const SILENT: Output = { out: () => undefined, err: () => undefined, paint: PLAIN, terminal: undefined };

/** Lists the points. */
export async function dryRun(output: Output, { plan, own, trace, out, jobs, json }: Dry): Promise<void> {
  const there = new Set(
    existsSync(out)
      ? readRows(out)
          .filter((row) => row.sweep === plan.name)
          .map((row) => row.index)
      : [],
  );
  const missing = own.filter(({ index }) => !there.has(index));
  const one = missing.length === 0 ? 0 : await secondsOf(missing[0], trace);
  const seconds = (one * missing.length) / Math.min(jobs, Math.max(1, missing.length));
  if (json) {
    const points = own.map(({ index, set, identity }) => ({
      index,
      set,
      point: identity.point,
      done: there.has(index),
    }));
    output.out(`${toJson({ sweep: plan.name, out, points, estimate: { seconds, jobs } })}\n`);
    return;
  }
  const lines = own.map(
    ({ index, set }) =>
      `${String(index).padStart(6)}  ${settingText(set)}${there.has(index) ? '  (done)' : ''}`,
  );
  output.out(
    [
      output.paint.heading(`sweep ${plan.name}: ${own.length} points, ${missing.length} to run`),
      ...lines,
      output.paint.dim(
        `about ${clock(seconds)} with ${jobs} at once, as the first of them goes; rows: ${out}`,
      ),
      '',
    ].join('\n'),
  );
}

class Enough extends Error {}

/** Wall time of a point, from its beginning. */
async function secondsOf({ options }: PlannedPoint, trace: string): Promise<number> {
  const began = performance.now();
  let through = 1;
  try {
    await runAsAsked(SILENT, trace, options, {
      progress: (fraction) => {
        if (fraction === 0 || performance.now() - began < SAMPLE_MS) return;
        through = fraction;
        throw new Enough();
      },
    });
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
  }
  return (performance.now() - began) / 1000 / through / (options.slices ?? 1);
}
