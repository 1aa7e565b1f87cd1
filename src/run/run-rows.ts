/** A trace of transactions through a device: one with tables made for the trace, or one that was recorded. */
import * as Idr1 from '../../assembly/arch/idr1.js';
import * as Register from '../../assembly/arch/register.js';
import { IMPL_SIDSIZE_MAX } from '../../assembly/arch/implemented.js';
import { CaptureError, fromInput, InputError } from '../base/capture-error.js';
import type { Snapshot } from '../capture/types.js';
import { resolveTiming, timingOption } from '../config/resolve-timing.js';
import { batchBytes } from '../device/batch.js';
import { Smmu } from '../device/smmu.js';
import { bringUp, deviceOptions } from '../replay/device.js';
import type { Stats } from '../stats/stats.js';
import { BLOCK_ROWS, type TraceSource } from '../trace/rows.js';
import {
  feed,
  feedRows,
  type FeedOptions,
  type LoopOptions,
  type Range,
  type Results,
  wholeTrace,
} from './feed.js';
import type { LatencyCounts } from './latency-counts.js';
import { PER_TRANSACTION_HEADER, transactionLines } from './per-transaction.js';
import { makeResult, type RunInput, type RunResult, type RunSetting } from './result.js';
import { sampleLines, IntervalSampler, SAMPLES_HEADER } from './samples.js';
import { machineRam } from './table-memory.js';
import type { TablePlan } from './table-plan.js';
import { TraceTables } from './trace-tables.js';
import { WALK_TRACE_BLOCK_ROWS, WALK_TRACE_HEADER, WalkTrace } from './walk-trace.js';

/** Where lines of text go. */
export interface Lines {
  write(piece: string): Promise<void>;
}

/** Between 0 and 1, and the transactions or records that are through. Awaited, so that something else may come between. */
export type Progress = (fraction: number, done: number) => void | Promise<void>;

export interface RowsSetting extends RunSetting {
  /** The tables to make, or the device that has some. */
  readonly tables: TablePlan | { readonly device: string; readonly snapshot: Snapshot };
  /** Undefined: open loop. */
  readonly loop: LoopOptions | undefined;
  /** Ordering ids that take turns; undefined: the trace's own, or the stream's. */
  readonly requesters: number | undefined;
  /** Transactions that are left out of the statistics. */
  readonly warmup: number;
  /** Rows of the trace that are offered; default: all, those of `warmup` left out of the statistics. */
  readonly range?: Range;
  /** Rows that are read and offered at once: results do not depend on it, memory and speed do. */
  readonly blockRows?: number;
  /** Gets a line for each transaction. */
  readonly perTransaction?: Lines;
  /** Gets a line for each table access; needs time. */
  readonly walkTrace?: Lines;
  /** Cycles of the intervals that are sampled; needs time. */
  readonly interval?: number;
  /** Gets a line for each interval. */
  readonly sampleRows?: Lines;
  readonly progress: Progress;
  /** Given what counts, as soon as there is a device. */
  readonly counting?: (stats: () => Stats) => void;
}

/**
 * Puts all of `source` through a device of its own.
 * @throws CaptureError when the trace has no transaction that counts
 */
export async function runRows(source: TraceSource, setting: RowsSetting): Promise<RunResult> {
  return (await runRange(source, setting)).result;
}

/** What a run of some rows gives. */
export interface Ranged {
  readonly result: RunResult;
  /** Of the rows that count. */
  readonly latency: LatencyCounts;
}

/** As `runRows`, with every latency. */
export async function runRange(source: TraceSource, setting: RowsSetting): Promise<Ranged> {
  const {
    machine,
    loop,
    requesters,
    warmup,
    perTransaction,
    walkTrace,
    range = wholeTrace(warmup),
  } = setting;
  const walks = walkTrace === undefined ? undefined : walksOf(setting);
  const { blockRows = walks === undefined ? BLOCK_ROWS : WALK_TRACE_BLOCK_ROWS } = setting;
  const offered = Math.min(source.total ?? Infinity, range.end - range.first);
  const rows = feedRows(machine.timing !== false, offered, blockRows);
  const { smmu, prepare, describe } = await deviceFor(source, setting, rows, walks);
  try {
    const sampler = setting.interval === undefined ? undefined : new IntervalSampler(setting.interval);
    smmu.resetStats();
    setting.counting?.(() => smmu.stats());
    await perTransaction?.write(PER_TRANSACTION_HEADER);
    await walkTrace?.write(WALK_TRACE_HEADER);
    const end = Math.min(range.end, source.total ?? Infinity);
    const through = async (row: number): Promise<void> =>
      setting.progress(end === Infinity ? source.fraction : row / end, Math.max(0, row - range.first));
    const fed = await feed(smmu, smmu.createBatch(rows), source, {
      loop,
      requesters,
      range,
      prepare,
      blockRows,
      software: {
        every: halfOfEventQueue(smmu),
        poll: () => smmu.write32(Register.EVENTQ_CONS, smmu.read32(Register.EVENTQ_PROD)),
      },
      results: async (results: Results) => {
        if (perTransaction !== undefined)
          for (const piece of transactionLines(results)) await perTransaction.write(piece);
        if (walks !== undefined) await walkTrace?.write(walks.take());
        if (results.first >= range.counted) sampler?.add(results);
        await through(results.first + results.count);
      },
      passed: through,
    });
    if (fed.transactions === 0)
      throw new CaptureError(
        source.name,
        undefined,
        undefined,
        warmup > 0
          ? `has no transaction after the first ${warmup}, expected some`
          : 'has no transaction, expected some',
      );
    if (walks !== undefined) await walkTrace?.write(walks.take());
    const { name, format, skipped } = source;
    const input = { trace: name, format, skipped, ...offeredHow(setting), ...describe() };
    const result = makeResult(smmu, fed, input, setting);
    const { latency } = fed;
    if (sampler === undefined) return { result, latency };
    const samples = sampler.take();
    await setting.sampleRows?.write(SAMPLES_HEADER + sampleLines(samples));
    return { result: { ...result, samples }, latency };
  } finally {
    smmu.dispose();
  }
}

interface Ready {
  readonly smmu: Smmu;
  /** Makes the tables that a block of rows needs; undefined: the recorded device has its own. */
  readonly prepare: FeedOptions['prepare'];
  /** What the result says of the tables, when the trace is through. */
  readonly describe: () => Pick<RunInput, 'tables' | 'device'>;
}

/** A device that is ready for the trace. */
async function deviceFor(
  { substreams }: TraceSource,
  { machine, seed, tbuOf, build, tableBytes, tables: wanted }: RowsSetting,
  rows: number,
  walks: WalkTrace | undefined,
): Promise<Ready> {
  const common = {
    caches: machine.caches,
    timing: machine.timing,
    seed,
    module: build.module,
    batchBytes: batchBytes(rows),
    ...(tbuOf === undefined ? {} : { tbuOf }),
    ...(walks === undefined ? {} : { walkLatency: walks.walkLatency }),
  };
  if ('snapshot' in wanted) {
    const { device, snapshot } = wanted;
    const smmu = await fromInput(() => Smmu.create({ ...deviceOptions(snapshot), ...common }));
    bringUp(smmu, snapshot);
    return { smmu, prepare: undefined, describe: () => ({ device }) };
  }
  const id = { idr1: await largestIdr1() };
  const smmu = await fromInput(() => Smmu.create({ ...common, ram: machineRam(tableBytes), id }));
  const tables = new TraceTables(smmu, wanted, { tableBytes, substreams, neighbour: prefetched(smmu) });
  return {
    smmu,
    prepare: (batch, count) => tables.prepare(batch, count),
    describe: () => {
      const { streams, contexts, pages } = tables;
      return { tables: { ...wanted, streams, contexts, pages } };
    },
  };
}

function offeredHow({
  warmup,
  loop,
  requesters,
  seed,
}: RowsSetting): Pick<RunInput, 'warmup' | 'outstanding' | 'minGap' | 'requesters' | 'seed'> {
  return { warmup, ...loop, ...(requesters === undefined ? {} : { requesters }), seed };
}

/** @throws InputError when no access takes time */
function walksOf({ machine }: RowsSetting): WalkTrace {
  const config = timingOption(machine.timing);
  if (config === undefined)
    throw new InputError('a walk trace says when accesses are made: expected it with time on');
  return new WalkTrace(resolveTiming(config).memory.latency);
}

/**
 * Transactions between two looks at the Event queue: while no more are in flight than half of it has room for, no record
 * finds it full.
 */
function halfOfEventQueue(smmu: Smmu): number {
  const log2 = Number(smmu.read64(Register.EVENTQ_BASE) & 0x1fn); // LOG2SIZE, IHI 0070 §6.3.29
  return 2 ** Math.max(0, log2 - 1);
}

/** Which neighbour of a page the device prefetches. */
function prefetched({ effectiveTiming }: Smmu): -1 | 0 | 1 {
  const mode = effectiveTiming === false ? 'off' : effectiveTiming.prefetch.mode;
  return mode === 'forward' ? 1 : mode === 'backward' ? -1 : 0;
}

let idr1: Promise<number> | undefined;

/** IDR1 with as many StreamIDs as there can be: a trace may name any. */
function largestIdr1(): Promise<number> {
  idr1 ??= Smmu.create({ ram: [], batchBytes: 0, caches: false, timing: false }).then((smmu) => {
    const width = Idr1.SIDSIZE & 0xff;
    const value = (((smmu.id.idr1 >>> width) << width) | IMPL_SIDSIZE_MAX) >>> 0;
    smmu.dispose();
    return value;
  });
  return idr1;
}
