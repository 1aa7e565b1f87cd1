/** What `smmuv3 run` does: a device, its tables, a trace through it. */
import { existsSync, readFileSync } from 'node:fs';
import { batchBytes } from '../device/batch.js';
import { CaptureError } from '../base/capture-error.js';
import { readSnapshot } from '../capture/directory.js';
import { IDR1_SIDSIZE } from '../../assembly/arch/idr.js';
import { IMPL_SIDSIZE_MAX } from '../../assembly/arch/implemented.js';
import { R_EVENTQ_BASE, R_EVENTQ_CONS, R_EVENTQ_PROD } from '../../assembly/arch/registers.js';
import { applyOverrides, type Machine } from '../config/overrides.js';
import { presets } from '../config/presets/index.js';
import { resolveTiming, timingOption } from '../config/resolve-timing.js';
import { bringUp, deviceOptions } from '../replay/device.js';
import { Smmu } from '../device/smmu.js';
import { isMapping } from '../trace/formats.js';
import type { TracepointSource } from '../trace/read/tracepoints.js';
import { BLOCK_ROWS, type TraceSource } from '../trace/rows.js';
import { replayChurn } from '../run/churn.js';
import { feed, feedRows, type Results } from '../run/feed.js';
import { PER_TRANSACTION_HEADER, transactionLines } from '../run/per-transaction.js';
import { makeResult, type RunInput, type RunResult } from '../run/result.js';
import { machineRam, TABLES_BASE } from '../run/table-memory.js';
import type { LeafSize, TablePlan } from '../run/table-plan.js';
import { TraceTables } from '../run/trace-tables.js';
import { WALK_TRACE_BLOCK_ROWS, WALK_TRACE_HEADER, WalkTrace } from '../run/walk-trace.js';
import { captureDirectory } from './bundled.js';
import { coreFile, type CoreFile } from './core-file.js';
import { openSink } from './file-sink.js';
import type { Output } from './output.js';
import { rateProgress } from './rate-progress.js';
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
  const machine = machineOf(options);
  const plan = planOf(options);
  const core = coreFile();
  const source = await openInput(trace, options);
  try {
    return isMapping(source)
      ? await runChurn(output, source, options, machine, core)
      : await runRows(output, source, options, machine, core, plan);
  } finally {
    await source.close();
  }
}

async function runRows(
  output: Output,
  source: TraceSource,
  options: RunOptions,
  machine: Machine,
  core: CoreFile,
  plan: TablePlan,
): Promise<RunResult> {
  const walks = walkTraceOf(machine, options);
  const { blockRows = walks === undefined ? BLOCK_ROWS : WALK_TRACE_BLOCK_ROWS } = options;
  const rows = feedRows(machine.timing !== false, source.total, blockRows);
  const tableBytes = options.tableMemory ?? TABLE_MEMORY;
  const common = {
    caches: machine.caches,
    timing: machine.timing,
    seed: options.seed,
    module: core.bytes,
    batchBytes: batchBytes(rows),
    ...(walks === undefined ? {} : { walkLatency: walks.walkLatency }),
  };
  const snapshot = options.device === undefined ? undefined : readSnapshot(captureDirectory(options.device));
  const smmu = await Smmu.create(
    snapshot === undefined
      ? { ...common, ram: machineRam(tableBytes), id: { idr1: await largestIdr1() } }
      : { ...deviceOptions(snapshot), ...common },
  );
  const tables =
    snapshot === undefined
      ? new TraceTables(smmu, plan, {
          tableBytes,
          substreams: source.substreams,
          neighbour: prefetched(smmu),
        })
      : undefined;
  if (snapshot !== undefined) bringUp(smmu, snapshot);
  smmu.resetStats();
  const sink = options.perTransaction === undefined ? undefined : openSink(options.perTransaction);
  const walkSink = options.walkTrace === undefined ? undefined : openSink(options.walkTrace);
  const bar = rateProgress(output.terminal, 'run');
  try {
    await sink?.write(PER_TRANSACTION_HEADER);
    await walkSink?.write(WALK_TRACE_HEADER);
    const fed = await feed(smmu, smmu.createBatch(rows), source, {
      loop:
        options.outstanding === undefined
          ? undefined
          : { outstanding: options.outstanding, minGap: options.minGap ?? 0 },
      requesters: options.requesters,
      warmup: options.warmup,
      prepare: tables && ((batch, count) => tables.prepare(batch, count)),
      blockRows,
      software: {
        every: halfOfEventQueue(smmu),
        poll: () => smmu.write32(R_EVENTQ_CONS, smmu.read32(R_EVENTQ_PROD)),
      },
      results: async (results: Results) => {
        if (sink !== undefined) for (const piece of transactionLines(results)) await sink.write(piece);
        if (walks !== undefined) await walkSink?.write(walks.take());
        const done = results.first + results.count;
        bar.update(source.total === undefined ? source.fraction : done / source.total, done);
      },
    });
    if (fed.transactions === 0)
      throw new CaptureError(
        source.name,
        undefined,
        undefined,
        options.warmup > 0
          ? `has no transaction after the first ${options.warmup}, expected some`
          : 'has no transaction, expected some',
      );
    await sink?.finish();
    if (walks !== undefined) await walkSink?.write(walks.take());
    await walkSink?.finish();
    const { format, name, skipped } = source;
    const input: RunInput = {
      trace: name,
      format,
      skipped,
      ...offeredHow(options),
      ...(tables === undefined ? { device: options.device } : { tables: { ...plan, ...describe(tables) } }),
    };
    return makeResult(smmu, fed, input, { caches: machine.caches, core: core.hash, version: version() });
  } finally {
    bar.stop();
    sink?.abandon();
    walkSink?.abandon();
    smmu.dispose();
  }
}

async function runChurn(
  output: Output,
  source: TracepointSource,
  options: RunOptions,
  machine: Machine,
  core: CoreFile,
): Promise<RunResult> {
  refuseForMappings(source, options);
  const tableBytes = options.tableMemory ?? TABLE_MEMORY;
  const smmu = await Smmu.create({
    caches: machine.caches,
    timing: machine.timing,
    seed: options.seed,
    module: core.bytes,
    ram: machineRam(tableBytes),
  });
  const bar = rateProgress(output.terminal, 'run');
  try {
    const fed = await replayChurn(smmu, smmu.createBatch(4096), source, {
      nested: options.stage2 === true,
      touches: options.touch,
      pool: { base: BigInt(TABLES_BASE), size: tableBytes },
      progress: (events) => bar.update(source.fraction, events),
    });
    const input = {
      trace: source.name,
      format: source.format,
      skipped: source.skipped,
      ...offeredHow(options),
      touch: options.touch,
      churn: fed.churn,
      devices: fed.devices,
    };
    return makeResult(smmu, fed, input, { caches: machine.caches, core: core.hash, version: version() });
  } finally {
    bar.stop();
    smmu.dispose();
  }
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

function offeredHow({
  warmup,
  outstanding,
  minGap,
  requesters,
  seed,
}: RunOptions): Omit<RunInput, 'trace' | 'format' | 'skipped'> {
  return {
    warmup,
    ...(outstanding === undefined ? {} : { outstanding, minGap: minGap ?? 0 }),
    ...(requesters === undefined ? {} : { requesters }),
    seed,
  };
}

function describe({ streams, contexts, pages }: TraceTables): {
  streams: number;
  contexts: number;
  pages: object;
} {
  return { streams, contexts, pages };
}

/**
 * Transactions between two looks at the Event queue: while no more are in flight than half of it has room for, no record
 * finds it full.
 */
function halfOfEventQueue(smmu: Smmu): number {
  const log2 = Number(smmu.read64(R_EVENTQ_BASE) & 0x1fn); // LOG2SIZE, IHI 0070 §6.3.29
  return 2 ** Math.max(0, log2 - 1);
}

/** Which neighbour of a page the device prefetches. */
function prefetched({ effectiveTiming }: Smmu): -1 | 0 | 1 {
  const mode = effectiveTiming === false ? 'off' : effectiveTiming.prefetch.mode;
  return mode === 'forward' ? 1 : mode === 'backward' ? -1 : 0;
}

/** @throws RangeError when no access takes time */
function walkTraceOf({ timing }: Machine, { walkTrace }: RunOptions): WalkTrace | undefined {
  if (walkTrace === undefined) return undefined;
  const config = timingOption(timing);
  if (config === undefined)
    throw new RangeError('--walk-trace says when accesses are made: expected it without --timing off');
  return new WalkTrace(resolveTiming(config).memory.latency);
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

let idr1: Promise<number> | undefined;

/** IDR1 with as many StreamIDs as there can be: a trace may name any. */
function largestIdr1(): Promise<number> {
  idr1 ??= Smmu.create({ ram: [], batchBytes: 0, caches: false, timing: false }).then((smmu) => {
    const width = IDR1_SIDSIZE & 0xff;
    const value = (((smmu.id.idr1 >>> width) << width) | IMPL_SIDSIZE_MAX) >>> 0;
    smmu.dispose();
    return value;
  });
  return idr1;
}
