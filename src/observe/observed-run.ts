/** A run of a trace with what the command line's `run` tells, and with what happened on the way. */
import { fromInputSync, InputError } from '../base/capture-error.js';
import { applyOverrides } from '../config/overrides.js';
import type { Build, RunResult, RunSetting } from '../run/result.js';
import { runMappings } from '../run/run-mappings.js';
import { runRows, type Progress } from '../run/run-rows.js';
import { DEFAULT_TABLE_MEMORY, type LeafSize, type Stages } from '../run/table-plan.js';
import type { Stats } from '../stats/stats.js';
import { isMapping } from '../trace/formats.js';
import type { TracepointSource } from '../trace/read/tracepoints.js';
import type { TraceSource } from '../trace/rows.js';
import { CounterSampler, type CounterSample } from './samples.js';

/** What is run: as the options of `smmuv3 run` of these names. */
export interface RunRequest {
  /** A preset, or 'off'. */
  readonly timing: string;
  /** Changes of single values, such as 'tbu.mainTlb.entries=512'. */
  readonly set: readonly string[];
  readonly stages: Stages;
  readonly tables: LeafSize;
  /** Undefined: open loop. */
  readonly outstanding: number | undefined;
}

export interface ObservedRun {
  readonly result: RunResult;
  readonly samples: readonly CounterSample[];
}

/** Some hundred samples of a million transactions. */
const SAMPLE_ROWS = 8192;

/**
 * Runs all of `source`, which stays the caller's to close.
 * @param progress between 0 and 1, and the transactions that are through
 * @throws CaptureError or InputError: one sentence about what is wrong with the trace or the request
 */
export async function observeRun(
  source: TraceSource | TracepointSource,
  request: RunRequest,
  build: Build,
  progress: Progress,
): Promise<ObservedRun> {
  const { timing, set, stages, tables, outstanding } = request;
  const sampler = new CounterSampler();
  let stats: (() => Stats) | undefined;
  const setting: RunSetting = {
    machine: fromInputSync(() => applyOverrides({ timing: timing === 'off' ? false : timing }, set)),
    seed: 0,
    build,
    tableBytes: DEFAULT_TABLE_MEMORY,
  };
  const told = {
    counting: (counts: () => Stats) => (stats = counts),
    progress: async (fraction: number, done: number) => {
      if (stats !== undefined) sampler.take(stats());
      await progress(fraction, done);
    },
  };
  if (isMapping(source)) {
    if (outstanding !== undefined)
      throw new InputError(
        `${source.name} holds mappings, which have no closed loop: leave outstanding empty`,
      );
    const result = await runMappings(source, {
      ...setting,
      ...told,
      nested: stages === 'stage2',
      touches: 1,
    });
    return { result, samples: sampler.samples };
  }
  const result = await runRows(source, {
    ...setting,
    ...told,
    tables: { stages, stage1: tables, stage2: tables, shared: false },
    loop: outstanding === undefined ? undefined : { outstanding, minGap: 0 },
    requesters: undefined,
    warmup: 0,
    blockRows: SAMPLE_ROWS,
  });
  return { result, samples: sampler.samples };
}
