/** What `smmuv3 run` does: its options into the settings of a run, and the files that it reads and writes. */
import { existsSync, readFileSync } from 'node:fs';
import { CaptureError } from '../base/capture-error.js';
import { readSnapshot } from '../capture/directory.js';
import { applyOverrides, type Machine } from '../config/overrides.js';
import { presets } from '../config/presets/index.js';
import type { RunResult, RunSetting } from '../run/result.js';
import { runMappings } from '../run/run-mappings.js';
import { runRows } from '../run/run-rows.js';
import type { LeafSize, TablePlan } from '../run/table-plan.js';
import { isMapping } from '../trace/formats.js';
import type { TracepointSource } from '../trace/read/tracepoints.js';
import type { TraceSource } from '../trace/rows.js';
import { captureDirectory } from './bundled.js';
import { coreFile } from './core-file.js';
import { type FileSink, openSink } from './file-sink.js';
import type { Output } from './output.js';
import { type RateProgress, rateProgress } from './rate-progress.js';
import { openInput, type TraceOptions } from './trace-input.js';
import { version } from './version.js';

export interface RunOptions extends TraceOptions {
  readonly timing: string;
  readonly caches?: string;
  readonly set?: readonly string[];
  readonly outstanding?: number;
  readonly minGap?: number;
  readonly requesters?: number;
  readonly tables?: LeafSize;
  readonly nested?: boolean;
  readonly stage2?: boolean;
  readonly stage2Tables?: LeafSize;
  readonly shareTables?: boolean;
  readonly tableMemory?: number;
  readonly device?: string;
  readonly warmup: number;
  readonly seed: number;
  readonly touch: number;
  readonly perTransaction?: string;
  readonly walkTrace?: string;
  /** Rows that are read and offered at once: results do not depend on it, memory and speed do. */
  readonly blockRows?: number;
}

const TABLE_MEMORY = 512 * 2 ** 20;

/** @throws CaptureError, RangeError or TypeError: one sentence about what is wrong with trace or options */
export async function runTrace(output: Output, trace: string, options: RunOptions): Promise<RunResult> {
  refuseContradictions(options);
  const core = coreFile();
  const setting: RunSetting = {
    machine: machineOf(options),
    seed: options.seed,
    build: { module: core.bytes, core: core.hash, version: version() },
    tableBytes: options.tableMemory ?? TABLE_MEMORY,
  };
  const source = await openInput(trace, options);
  const progress = rateProgress(output.terminal, 'run');
  try {
    return await (isMapping(source)
      ? throughMappings(source, options, setting, progress)
      : throughRows(source, options, setting, progress));
  } finally {
    progress.stop();
    await source.close();
  }
}

/** Of transactions. Files have their names only when the run has ended well. */
async function throughRows(
  source: TraceSource,
  options: RunOptions,
  setting: RunSetting,
  progress: RateProgress,
): Promise<RunResult> {
  if (options.walkTrace !== undefined && setting.machine.timing === false)
    throw new RangeError('--walk-trace says when accesses are made: expected it without --timing off');
  const {
    device,
    perTransaction,
    walkTrace,
    outstanding,
    minGap = 0,
    requesters,
    warmup,
    blockRows,
  } = options;
  const tables =
    device === undefined ? planOf(options) : { device, snapshot: readSnapshot(captureDirectory(device)) };
  const sinks: FileSink[] = [];
  const opened = (path: string | undefined): FileSink | undefined => {
    if (path === undefined) return undefined;
    const sink = openSink(path);
    sinks.push(sink);
    return sink;
  };
  try {
    const result = await runRows(source, {
      ...setting,
      tables,
      loop: outstanding === undefined ? undefined : { outstanding, minGap },
      requesters,
      warmup,
      blockRows,
      perTransaction: opened(perTransaction),
      walkTrace: opened(walkTrace),
      progress: (fraction, done) => progress.update(fraction, done),
    });
    for (const sink of sinks) await sink.finish();
    return result;
  } finally {
    for (const sink of sinks) sink.abandon();
  }
}

/** Of mappings. */
function throughMappings(
  source: TracepointSource,
  options: RunOptions,
  setting: RunSetting,
  progress: RateProgress,
): Promise<RunResult> {
  refuseForMappings(source, options);
  return runMappings(source, {
    ...setting,
    nested: options.stage2 === true,
    touches: options.touch,
    progress: (fraction, done) => progress.update(fraction, done),
  });
}

/** The driver makes the tables as it does, and mappings have no times. */
function refuseForMappings(source: TracepointSource, options: RunOptions): void {
  const refused = {
    device: options.device,
    tables: options.tables,
    nested: options.nested,
    'stage2-tables': options.stage2Tables,
    'share-tables': options.shareTables,
    outstanding: options.outstanding,
    requesters: options.requesters,
    warmup: options.warmup > 0 ? options.warmup : undefined,
    'per-transaction': options.perTransaction,
    'walk-trace': options.walkTrace,
  };
  const given = Object.entries(refused).find(([, value]) => value !== undefined);
  if (given !== undefined)
    throw new RangeError(
      `--${given[0]} is for a trace of transactions, expected none: ${source.name} holds mappings`,
    );
}

/** Timing and caches with the overrides in them. */
function machineOf({ timing, caches, set = [] }: RunOptions): Machine {
  return applyOverrides(
    {
      timing: timing === 'off' ? false : timing.endsWith('.json') ? jsonFile(timing) : timing,
      ...(caches === undefined ? {} : { caches: caches === 'off' ? false : cachesNamed(caches) }),
    },
    set,
  );
}

function cachesNamed(name: string): unknown {
  if (!(name in presets))
    throw new RangeError(
      `--caches '${name}' is no preset, expected ${Object.keys(presets).join(', ')} or off`,
    );
  return name;
}

function jsonFile(path: string): unknown {
  if (!existsSync(path))
    throw new CaptureError(path, undefined, undefined, 'no such file, expected a timing configuration');
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new CaptureError(path, undefined, undefined, `not valid JSON (${(error as Error).message})`);
  }
}

function planOf({ tables = '4k', nested, stage2, stage2Tables, shareTables }: RunOptions): TablePlan {
  const stages = nested === true ? 'nested' : stage2 === true ? 'stage2' : 'stage1';
  return { stages, stage1: tables, stage2: stage2Tables ?? tables, shared: shareTables === true };
}

function refuseContradictions({
  device,
  tables,
  nested,
  stage2,
  stage2Tables,
  minGap,
  outstanding,
}: RunOptions): void {
  if (device !== undefined && (tables ?? nested ?? stage2 ?? stage2Tables) !== undefined)
    throw new RangeError(
      '--device brings its own tables: expected it without --tables, --nested, --stage2 and --stage2-tables',
    );
  if (nested === true && stage2 === true)
    throw new RangeError('--nested has both stages, --stage2 one: expected one of them');
  if (stage2Tables !== undefined && nested !== true && stage2 !== true)
    throw new RangeError(
      '--stage2-tables says how large leaves of stage 2 are: expected --nested or --stage2 with it',
    );
  if (minGap !== undefined && outstanding === undefined)
    throw new RangeError('--min-gap is for a closed loop: expected --outstanding with it');
}
