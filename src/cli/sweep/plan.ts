/** From the options of a sweep to its points, each with everything that decides its result. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CaptureError, InputError } from '../../base/capture-error.js';
import { list, show } from '../../base/check.js';
import type { CacheConfig } from '../../config/cache-config.js';
import type { Machine } from '../../config/overrides.js';
import { resolveTiming } from '../../config/resolve-timing.js';
import { LEAF_SIZES, type LeafSize } from '../../run/table-plan.js';
import { checkSlicing, type Slicing } from '../../run/slices.js';
import { identify, sweepName } from '../../sweep/identity.js';
import { crossProduct, parseAxis, settingText, type Setting } from '../../sweep/points.js';
import type { PointIdentity } from '../../sweep/row.js';
import { SLICE } from '../../sweep/slices.js';
import { readSweepFile } from '../../sweep/sweep-file.js';
import type { Value } from '../../sweep/values.js';
import { isGenerator } from '../../trace/generate/spec.js';
import { captureDirectory } from '../bundled.js';
import { machineOf } from '../machine.js';
import { planOf, refuseContradictions, type RunOptions } from '../run-as-asked.js';
import { traceFile } from '../trace-input.js';
import type { Cut } from './worker.js';

export interface PlanOptions extends RunOptions {
  readonly file?: string;
}

/** A point that is ready to be run. */
export interface PlannedPoint {
  readonly index: number;
  readonly set: Setting;
  readonly options: RunOptions;
  /** Absent: the whole trace. */
  readonly cut?: Cut;
  readonly identity: PointIdentity;
}

export interface Plan {
  /** The sweep's name: a hash over its points. */
  readonly name: string;
  readonly points: readonly PlannedPoint[];
}

/** Options of a run that may be swept like a path of the configuration. */
const SWEPT_OPTIONS: Readonly<Record<string, { readonly key: keyof RunOptions; readonly words: boolean }>> = {
  timing: { key: 'timing', words: true },
  tables: { key: 'tables', words: true },
  outstanding: { key: 'outstanding', words: false },
  'min-gap': { key: 'minGap', words: false },
  requesters: { key: 'requesters', words: false },
  warmup: { key: 'warmup', words: false },
  seed: { key: 'seed', words: false },
};

/**
 * @param of the core and package that will run it
 * @param rows of the trace, when it is to be cut into slices
 * @throws CaptureError or InputError: one sentence that names the point and what is wrong with it
 */
export function planSweep(
  trace: string,
  options: PlanOptions,
  of: { readonly core: string; readonly version: string },
  rows = 0,
): Plan {
  const { file, set = [], slices } = options;
  const { axes, listed } = file === undefined ? { axes: [], listed: [] } : readSweepFile(file);
  const own = crossProduct([...axes, ...set.map(parseAxis)], listed);
  const settings = slices === undefined ? own : own.flatMap((setting) => inSlices(setting, slices));
  const source = { name: trace, sha256: hashOfTrace(trace) };
  const reading = readingOf(options);
  const device = options.device === undefined ? undefined : hashOfFiles(captureDirectory(options.device));
  const points = settings.map((setting, index): PlannedPoint => {
    try {
      const { [SLICE]: slice, ...swept } = setting;
      const own = optionsOf(options, swept);
      const cut =
        slices === undefined ? undefined : cutOf(trace, { slices, warmup: own.warmup, rows }, slice);
      refuseContradictions(own);
      const { caches, timing } = machineOf(own);
      const identity = identify({
        trace: source,
        ...of,
        seed: own.seed,
        options: { ...offeredHow(own), device, reading, tbuOf: mapOf(own), slices, slice },
        configuration: { timing: timing === false ? false : everyValue(timing, caches), caches },
      });
      return { index, set: setting, options: own, identity, ...(cut === undefined ? {} : { cut }) };
    } catch (error) {
      if (!(error instanceof InputError) || settings.length === 1) throw error;
      throw new InputError(`point ${index} (${settingText(setting)}): ${error.message}`);
    }
  });
  refuseEqual(points);
  return { name: sweepName(points.map(({ identity }) => identity)), points };
}

/** The point once for each slice. */
function inSlices(setting: Setting, slices: number): Setting[] {
  return Array.from({ length: slices }, (_, slice) => ({ ...setting, [SLICE]: slice }));
}

function cutOf(trace: string, slicing: Slicing, slice: Value): Cut {
  checkSlicing(trace, slicing);
  return { slicing, slice: Number(slice) };
}

/** Two points that come to the same are a mistake: one of the paths does nothing there. */
function refuseEqual(points: readonly PlannedPoint[]): void {
  const seen = new Map<string, PlannedPoint>();
  for (const point of points) {
    const before = seen.get(point.identity.point);
    if (before !== undefined)
      throw new InputError(
        `points ${before.index} (${settingText(before.set)}) and ${point.index} (${settingText(point.set)}) are the same configuration, expected each once`,
      );
    seen.set(point.identity.point, point);
  }
}

function optionsOf(base: PlanOptions, setting: Setting): RunOptions {
  const swept: Record<string, unknown> = {};
  const set: string[] = [];
  for (const [path, value] of Object.entries(setting)) {
    const option = SWEPT_OPTIONS[path];
    if (option === undefined) set.push(`${path}=${value}`);
    else swept[option.key] = option.words ? wordOf(path, value) : countOf(path, value);
  }
  // The page is the sweep's, not each run's.
  return { ...base, report: undefined, ...swept, set };
}

function wordOf(path: string, value: Value): string {
  if (path === 'tables' && !LEAF_SIZES.includes(value as LeafSize))
    throw new InputError(`tables must be ${list(LEAF_SIZES)}, not ${show(value)}`);
  return String(value);
}

function countOf(path: string, value: Value): number {
  const least = path === 'outstanding' || path === 'requesters' ? 1 : 0;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value;
  throw new InputError(`${path} must be a whole number from ${least} on, not ${show(value)}`);
}

function everyValue(
  timing: Exclude<Machine['timing'], false>,
  caches: CacheConfig | false,
): Exclude<PointIdentity['configuration']['timing'], false> {
  return { ...resolveTiming(timing), caches };
}

/** How transactions are offered, and which tables they find. */
function offeredHow(options: RunOptions): Record<string, unknown> {
  const { outstanding, minGap, requesters, warmup, device, touch, tableMemory } = options;
  const tables = device === undefined ? planOf(options) : undefined;
  return { outstanding, minGap, requesters, warmup, touch, tableMemory, tables };
}

/** How the trace is read; undefined: as its first bytes say. */
function readingOf({ format, streamMap, stream, clock, sort }: RunOptions): object | undefined {
  const given = [format, streamMap, stream, clock, sort].some((option) => option !== undefined);
  return given ? { format, stream, clock, sort, streamMap: streamMap && hashOfFiles(streamMap) } : undefined;
}

/** A rule as it is written, a file by its bytes. */
function mapOf({ tbuOf }: RunOptions): string | undefined {
  return tbuOf !== undefined && existsSync(tbuOf) ? hashOfFiles(tbuOf) : tbuOf;
}

/** Of a generator its text, which says everything; of a file its bytes. */
function hashOfTrace(trace: string): string {
  if (isGenerator(trace)) return createHash('sha256').update(trace).digest('hex');
  const path = traceFile(trace);
  if (path === '-' || (existsSync(path) && !statSync(path).isFile()))
    throw new InputError(
      `a sweep reads its trace once for each point: expected a file or a generator, not ${path === '-' ? 'standard input' : path}`,
    );
  return hashOfFiles(path);
}

/** SHA-256 of a file, or of every file in a folder with its name. */
function hashOfFiles(path: string): string {
  if (!existsSync(path)) throw new CaptureError(path, undefined, undefined, 'no such file, expected a trace');
  const hash = createHash('sha256');
  if (statSync(path).isFile()) return hash.update(readFileSync(path)).digest('hex');
  for (const name of readdirSync(path).sort())
    hash.update(`${name}\0`).update(readFileSync(join(path, name)));
  return hash.digest('hex');
}
