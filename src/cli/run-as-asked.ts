/** What `smmuv3 run` does: its options into the settings of a run, and the files that it reads and writes. */
import { InputError } from '../base/capture-error.js';
import { readSnapshot } from '../capture/directory.js';
import type { Build, RunResult, RunSetting } from '../run/result.js';
import { runMappings } from '../run/run-mappings.js';
import { type Progress, runRows, type RowsSetting } from '../run/run-rows.js';
import { DEFAULT_TABLE_MEMORY, type LeafSize, type TablePlan } from '../run/table-plan.js';
import { statisticsText } from '../stats/printed/text.js';
import type { Stats } from '../stats/stats.js';
import { isMapping } from '../trace/formats.js';
import type { TracepointSource } from '../trace/read/tracepoints.js';
import type { TraceSource } from '../trace/rows.js';
import { captureDirectory } from './bundled.js';
import { coreFile } from './core-file.js';
import { accountFor, breathe } from './files/interruption.js';
import { type Named, Outputs } from './files/outputs.js';
import { isFile, machineOf } from './machine.js';
import type { Output } from './output.js';
import { rateProgress } from './rate-progress.js';
import { inputsOf, openInput, type TraceOptions } from './trace-input.js';
import { parseTbuOf } from './tbu-of.js';
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
  readonly tbuOf?: string;
  readonly warmup: number;
  /** Undefined: the trace is run in one piece. */
  readonly slices?: number;
  readonly seed: number;
  /** Default 1. */
  readonly touch?: number;
  readonly perTransaction?: string;
  readonly walkTrace?: string;
  /** Cycles. */
  readonly interval?: number;
  readonly samples?: string;
  readonly report?: string;
  /** Rows that are read and offered at once: results do not depend on it, memory and speed do. */
  readonly blockRows?: number;
}

/** The page's role among the outputs. */
const REPORT = '--report';

const PER_TRANSACTION = '--per-transaction';
const WALK_TRACE = '--walk-trace';
const SAMPLES = '--samples';

/** A run with the files that it writes. */
export interface Ran {
  readonly result: RunResult;
  /** One of the files was standard output, which then holds nothing else. */
  readonly tookStdout: boolean;
}

/** What all kinds of runs tell while they run. */
interface Told {
  readonly progress: Progress;
  readonly counting: (stats: () => Stats) => void;
}

/** What a caller that runs many traces gives and wants to know. */
export interface Around {
  /** Default: the core that the package brings, compiled for this run. */
  readonly build?: Build;
  /** Told how far the run is. */
  readonly progress?: (fraction: number, done: number) => void;
  /** Makes the page that --report asks for. */
  readonly pageOf?: (result: RunResult) => string;
}

/** @throws CaptureError, InputError or WriteError: one sentence about what is wrong with trace, options or files */
export async function runAsAsked(
  output: Output,
  trace: string,
  options: RunOptions,
  { build = ownBuild(), progress, pageOf }: Around = {},
): Promise<Ran> {
  refuseContradictions(options);
  const setting = settingOf(options, build);
  const outputs = Outputs.plan(
    [...inputsOf(trace, options), ...inputsOfRun(options)],
    [
      { role: PER_TRANSACTION, path: options.perTransaction },
      { role: WALK_TRACE, path: options.walkTrace },
      { role: SAMPLES, path: options.samples },
      { role: REPORT, path: options.report },
    ],
  );
  const source = await openInput(trace, options);
  const bar = rateProgress(output.terminal, 'run');
  let through = 0;
  let counts: (() => Stats) | undefined;
  const withdraw = accountFor(() => {
    const statistics = counts === undefined ? '' : `\n${statisticsText(counts(), TOLD_STREAMS).trimEnd()}`;
    return `${through} ${isMapping(source) ? 'records' : 'transactions'} done${outputs.lost}${statistics}`;
  });
  const told: Told = {
    progress: async (fraction, done) => {
      through = done;
      bar.update(fraction, done);
      progress?.(fraction, done);
      await breathe();
    },
    counting: (stats) => (counts = stats),
  };
  try {
    const result = await (isMapping(source)
      ? throughMappings(source, options, setting, outputs, told)
      : throughRows(source, options, setting, outputs, told));
    const page = pageOf?.(result);
    if (page !== undefined) await outputs.sink(REPORT)?.write(page);
    await outputs.commit();
    return { result, tookStdout: outputs.takeStdout };
  } finally {
    withdraw();
    bar.stop();
    outputs.abandon();
    await source.close();
  }
}

/** What every run needs to know. @throws CaptureError or InputError */
export function settingOf(options: RunOptions, build: Build): RunSetting {
  return {
    machine: machineOf(options),
    seed: options.seed,
    ...(options.tbuOf === undefined ? {} : { tbuOf: parseTbuOf(options.tbuOf).tbuOf }),
    build,
    tableBytes: options.tableMemory ?? DEFAULT_TABLE_MEMORY,
  };
}

/** The core that the package brings. */
function ownBuild(): Build {
  const { bytes, hash } = coreFile();
  return { module: bytes, core: hash, version: version() };
}

/** Streams whose statistics are told when a run is interrupted. */
const TOLD_STREAMS = 16;

/** What a run reads beside its trace. */
export function inputsOfRun({ timing, device, tbuOf }: RunOptions): Named[] {
  return [
    { role: 'the map of TBUs', path: tbuOf },
    { role: 'the timing configuration', path: isFile(timing) ? timing : undefined },
    { role: 'a file of the device', path: device === undefined ? undefined : captureDirectory(device) },
  ];
}

/** Of transactions. Files have their names only when the run has ended well. */
async function throughRows(
  source: TraceSource,
  options: RunOptions,
  setting: RunSetting,
  outputs: Outputs,
  told: Told,
): Promise<RunResult> {
  const rows = rowsSettingOf(source, options, setting);
  await outputs.open();
  return await runRows(source, {
    ...rows,
    ...told,
    perTransaction: outputs.sink(PER_TRANSACTION),
    walkTrace: outputs.sink(WALK_TRACE),
    interval: options.interval,
    sampleRows: outputs.sink(SAMPLES),
  });
}

/** How transactions are put through the device. @throws CaptureError or InputError */
export function rowsSettingOf(
  source: TraceSource,
  options: RunOptions,
  setting: RunSetting,
): Omit<RowsSetting, 'progress'> {
  if (options.touch !== undefined)
    throw new InputError(
      `--touch is for a trace of mappings, expected none: ${source.name} holds transactions`,
    );
  if (options.interval !== undefined && setting.machine.timing === false)
    throw new InputError('--interval counts cycles: expected it without --timing off');
  if (options.walkTrace !== undefined && setting.machine.timing === false)
    throw new InputError('--walk-trace says when accesses are made: expected it without --timing off');
  const { device, outstanding, minGap = 0, requesters, warmup, blockRows } = options;
  const tables =
    device === undefined ? planOf(options) : { device, snapshot: readSnapshot(captureDirectory(device)) };
  return {
    ...setting,
    tables,
    loop: outstanding === undefined ? undefined : { outstanding, minGap },
    requesters,
    warmup,
    blockRows,
  };
}

/** Of mappings. */
async function throughMappings(
  source: TracepointSource,
  options: RunOptions,
  setting: RunSetting,
  outputs: Outputs,
  told: Told,
): Promise<RunResult> {
  refuseForMappings(source, options);
  await outputs.open();
  return runMappings(source, {
    ...setting,
    ...told,
    nested: options.stage2 === true,
    touches: options.touch ?? 1,
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
    interval: options.interval,
  };
  const given = Object.entries(refused).find(([, value]) => value !== undefined);
  if (given !== undefined)
    throw new InputError(
      `--${given[0]} is for a trace of transactions, expected none: ${source.name} holds mappings`,
    );
}

/** The tables that a run makes when no device brings some. */
export function planOf({ tables = '4k', nested, stage2, stage2Tables, shareTables }: RunOptions): TablePlan {
  const stages = nested === true ? 'nested' : stage2 === true ? 'stage2' : 'stage1';
  return { stages, stage1: tables, stage2: stage2Tables ?? tables, shared: shareTables === true };
}

/** @throws InputError when options of a run do not go together */
export function refuseContradictions({
  device,
  tables,
  nested,
  stage2,
  stage2Tables,
  minGap,
  outstanding,
  shareTables,
  tableMemory,
  interval,
  samples,
}: RunOptions): void {
  const ofTables = tables ?? nested ?? stage2 ?? stage2Tables ?? shareTables ?? tableMemory;
  if (device !== undefined && ofTables !== undefined)
    throw new InputError(
      '--device brings its own tables: expected it without --tables, --nested, --stage2, --stage2-tables, --share-tables and --table-memory',
    );
  if (nested === true && stage2 === true)
    throw new InputError('--nested has both stages, --stage2 one: expected one of them');
  if (stage2Tables !== undefined && nested !== true && stage2 !== true)
    throw new InputError(
      '--stage2-tables says how large leaves of stage 2 are: expected --nested or --stage2 with it',
    );
  if (samples !== undefined && interval === undefined)
    throw new InputError('--samples writes what --interval counts: expected --interval with it');
  if (minGap !== undefined && outstanding === undefined)
    throw new InputError('--min-gap is for a closed loop: expected --outstanding with it');
}
