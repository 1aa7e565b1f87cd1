/** A trace through a device as one call: options checked, source opened, progress told, abortable. */
import { fromInput } from '../base/capture-error.js';
import { integer, list, oneOf, optionalFunction, record, show } from '../base/check.js';
import type { CacheConfig } from '../config/cache-config.js';
import { applyOverrides } from '../config/overrides.js';
import type { PresetName } from '../config/presets/index.js';
import type { TimingConfig } from '../config/timing-config.js';
import { asBytes, bundledCoreBytes, type CoreSource } from '../core/load.js';
import { isMapping, openTrace } from '../trace/formats.js';
import { GeneratorSource } from '../trace/generate/source.js';
import { isGenerator } from '../trace/generate/spec.js';
import type { ByteStream } from '../trace/read/bytes.js';
import { TracepointSource } from '../trace/read/tracepoints.js';
import type { TraceSource } from '../trace/rows.js';
import { Breath } from './breath.js';
import { PACKAGE_VERSION } from './package-version.js';
import type { RunResult, RunSetting } from './result.js';
import { runMappings } from './run-mappings.js';
import { type Lines, runRows } from './run-rows.js';
import { DEFAULT_TABLE_MEMORY, LEAF_SIZES, type LeafSize, type Stages } from './table-plan.js';

/** Where a trace comes from: a generator's specification, bytes with a name, or a source that is open. */
export type TraceInput = string | ByteStream | TraceSource | TracepointSource;

/** How a trace is run; everything is optional, and means what `smmuv3 run` means by it. */
export interface RunTraceOptions {
  /** Default 'mmu600-agilex5'. false: no time. */
  readonly timing?: PresetName | TimingConfig | false;
  /** Default: those of `timing`. */
  readonly caches?: PresetName | CacheConfig | false;
  /** Changes of single values, such as 'tbu.mainTlb.entries=512'. */
  readonly set?: readonly string[];
  /** Closed loop: transactions in flight at most, 1..2^32 - 1. Default: open loop, at the arrivals of the trace. */
  readonly outstanding?: number;
  /** Closed loop: cycles from one acceptance to the next offer, 0..2^32 - 1. Default 0. */
  readonly minGap?: number;
  /** Ordering ids that take turns, 1..65,536. Default: the trace's own, or the stream's. */
  readonly requesters?: number;
  /** Leaves of the tables that are made for the trace. Default '4k'. */
  readonly tables?: LeafSize;
  /** Which stages they have. Default 'stage1'. */
  readonly stages?: Stages;
  /** Leaves of stage 2. Default: as `tables`. */
  readonly stage2Tables?: LeafSize;
  /** One address space for all streams. Default false. */
  readonly shareTables?: boolean;
  /** Room for tables, bytes. Default 512 MiB, of which only what is written takes memory. */
  readonly tableMemory?: number;
  /** Transactions that are left out of the statistics. Default 0. */
  readonly warmup?: number;
  /** Start of random replacement, 0..2^53 - 1. Default 0. */
  readonly seed?: number;
  /** A trace of mappings: accesses of each page when it is mapped, 0..65,536. Default 1. */
  readonly touch?: number;
  /** Gets a line of CSV for each transaction, in pieces. */
  readonly perTransaction?: Lines;
  /** Gets a line of CSV for each table access, in pieces; needs time. */
  readonly walkTrace?: Lines;
  /** Between 0 and 1, and the transactions or records that are through. */
  readonly onProgress?: (fraction: number, done: number) => void;
  /** Ends the run between two slices: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Rows that are read and offered at once, 1..262,144: results do not depend on it. Default 8192. */
  readonly sliceRows?: number;
  /** The core, if not the one that the package brings. */
  readonly module?: CoreSource;
}

const FIELDS = [
  'timing',
  'caches',
  'set',
  'outstanding',
  'minGap',
  'requesters',
  'tables',
  'stages',
  'stage2Tables',
  'shareTables',
  'tableMemory',
  'warmup',
  'seed',
  'touch',
  'perTransaction',
  'walkTrace',
  'onProgress',
  'signal',
  'sliceRows',
  'module',
];
const OF_ROWS = ['outstanding', 'minGap', 'requesters', 'tables', 'stage2Tables', 'shareTables'] as const;
const STAGES: readonly Stages[] = ['stage1', 'stage2', 'nested'];
const U32 = 2 ** 32 - 1;
const MOST_TABLE_MEMORY = 3 * 2 ** 30;
/** A slice takes some tens of milliseconds with full timing: a page answers between two. */
const SLICE_ROWS = 8192;

/**
 * Puts a trace through a device of its own, whose tables are made as the trace needs them. Between slices of it others have a
 * turn, so that a page or a server stays responsive; the source is closed at the end, however it ends.
 * @param input 'gen:…' (docs/traces.md), bytes in any of the formats of `openTrace`, or a source that is open
 * @throws CaptureError when the trace is malformed, InputError, RangeError or TypeError for options, each one sentence; the
 *   reason of `signal` when it was aborted
 */
export async function runTrace(input: TraceInput, options: RunTraceOptions = {}): Promise<RunResult> {
  const checked = check(options);
  const source = await opened(input);
  try {
    options.signal?.throwIfAborted();
    const setting: RunSetting = {
      machine: applyOverrides({ timing: options.timing ?? 'mmu600-agilex5', caches: options.caches }, [
        ...(options.set ?? []),
      ]),
      seed: checked.seed,
      build: await buildOf(options.module),
      tableBytes: checked.tableMemory,
    };
    return isMapping(source)
      ? await throughMappings(source, options, setting)
      : await throughRows(source, options, setting);
  } finally {
    await source.close();
  }
}

async function throughRows(
  source: TraceSource,
  options: RunTraceOptions,
  setting: RunSetting,
): Promise<RunResult> {
  if (options.touch !== undefined)
    throw new TypeError(`touch is for a trace of mappings: ${source.name} holds transactions`);
  const { tables = '4k', stages = 'stage1', stage2Tables = tables, outstanding, minGap = 0 } = options;
  return await runRows(source, {
    ...setting,
    tables: { stages, stage1: tables, stage2: stage2Tables, shared: options.shareTables === true },
    loop: outstanding === undefined ? undefined : { outstanding, minGap },
    requesters: options.requesters,
    warmup: options.warmup ?? 0,
    blockRows: options.sliceRows ?? SLICE_ROWS,
    perTransaction: options.perTransaction,
    walkTrace: options.walkTrace,
    progress: between(options),
  });
}

async function throughMappings(
  source: TracepointSource,
  options: RunTraceOptions,
  setting: RunSetting,
): Promise<RunResult> {
  const given = OF_ROWS.find((name) => options[name] !== undefined);
  if (given !== undefined)
    throw new TypeError(`${given} is for a trace of transactions: ${source.name} holds mappings`);
  const nested = options.stages === 'stage2';
  return await runMappings(source, {
    ...setting,
    nested,
    touches: options.touch ?? 1,
    progress: between(options),
  });
}

/** What happens between two slices. */
function between({ onProgress, signal }: RunTraceOptions): (fraction: number, done: number) => Promise<void> {
  const breath = new Breath();
  return async (fraction, done) => {
    onProgress?.(fraction, done);
    await breath.take();
    signal?.throwIfAborted();
  };
}

async function opened(input: TraceInput): Promise<TraceSource | TracepointSource> {
  if (typeof input === 'string') {
    if (isGenerator(input)) return fromInput(() => new GeneratorSource(input));
    throw new TypeError(
      `trace must be 'gen:…', bytes with a name, or what openTrace gives, not '${input}': for a file in Node pass ` +
        '{ name, chunks: createReadStream(name) }',
    );
  }
  if (input instanceof TracepointSource) return input;
  if (typeof (input as Partial<TraceSource> | undefined)?.fill === 'function') return input as TraceSource;
  return await openTrace(input as ByteStream);
}

function check(options: RunTraceOptions): { seed: number; tableMemory: number } {
  record(options, 'options', FIELDS);
  const whole = (name: keyof RunTraceOptions, least: number, most: number): void => {
    if (options[name] !== undefined) integer(options[name], name, least, most);
  };
  whole('outstanding', 1, U32);
  whole('minGap', 0, U32);
  whole('requesters', 1, 65536);
  whole('warmup', 0, Number.MAX_SAFE_INTEGER);
  whole('touch', 0, 65536);
  whole('sliceRows', 1, 262144);
  if (options.minGap !== undefined && options.outstanding === undefined)
    throw new TypeError('minGap is for a closed loop: it needs outstanding');
  for (const name of ['tables', 'stage2Tables'] as const)
    if (options[name] !== undefined) oneOf(options[name], name, LEAF_SIZES);
  if (options.stages !== undefined) oneOf(options.stages, 'stages', STAGES);
  if (options.stage2Tables !== undefined && (options.stages ?? 'stage1') === 'stage1')
    throw new TypeError(`stage2Tables needs ${list(["stages: 'stage2'", "'nested'"])}`);
  if (options.set !== undefined && !Array.isArray(options.set))
    throw new TypeError(`set must be an array of overrides, not ${show(options.set)}`);
  optionalFunction(options.onProgress, 'onProgress');
  return {
    seed: integer(options.seed ?? 0, 'seed', 0, Number.MAX_SAFE_INTEGER),
    tableMemory: integer(
      options.tableMemory ?? DEFAULT_TABLE_MEMORY,
      'tableMemory',
      2 ** 16,
      MOST_TABLE_MEMORY,
    ),
  };
}

/** The core that a result is of: its hash is of the bytes, where there are some. */
async function buildOf(module: CoreSource | undefined): Promise<RunSetting['build']> {
  const source = module ?? (await bundledCoreBytes());
  const bytes = asBytes(source);
  return { module: source, core: bytes === undefined ? '' : await sha256(bytes), version: PACKAGE_VERSION };
}

/** Empty where the engine gives no digests: in a page without https. */
async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const { subtle } = globalThis.crypto as Partial<Crypto>;
  if (subtle === undefined) return '';
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
