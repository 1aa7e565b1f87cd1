import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { InputError } from '../../base/capture-error.js';
import { inOrder, type SweepRow } from '../../sweep/row.js';
import { isOf, parseShard, type Shard, slurmShard, WHOLE } from '../../sweep/shard.js';
import { packSlice, wholePoints } from '../../sweep/slices.js';
import { RowStore } from '../../sweep/store.js';
import { coreFile } from '../core-file.js';
import { accountFor } from '../files/interruption.js';
import { type Named, Outputs } from '../files/outputs.js';
import { parseCount } from '../input.js';
import { toJson, type Output } from '../output.js';
import { addRunOptions, collect } from '../run-options.js';
import { inputsOfRun } from '../run-as-asked.js';
import { rowsOf } from '../run-slice.js';
import { addTraceOptions, inputsOf } from '../trace-input.js';
import { version } from '../version.js';
import { dryRun } from './dry-run.js';
import { type Plan, planSweep, type PlanOptions } from './plan.js';
import { runPoints } from './pool.js';
import { slurmSweep } from './slurm-sweep.js';
import { sweepProgress } from './sweep-progress.js';
import { pointsText, sweepTable } from './sweep-text.js';
import { addTableOptions, tablesOf, type TableOptions, writeTables } from './tables.js';

interface Options extends PlanOptions, TableOptions {
  readonly jobs: number;
  readonly shard?: string;
  readonly out?: string;
  readonly dryRun?: boolean;
  readonly slurm?: boolean;
  readonly shards?: number;
  readonly sbatch?: readonly string[];
  readonly retries: number;
  readonly json?: boolean;
}

/** What a sweep has come to. */
interface Summary {
  readonly sweep: string;
  readonly points: number;
  /** Of this shard. */
  readonly own: number;
  readonly before: number;
  readonly out: string;
  /** Of each point; undefined: points are whole. */
  readonly slices: number | undefined;
}

async function sweep(output: Output, trace: string, options: Options): Promise<void> {
  const core = coreFile();
  const rows = options.slices === undefined ? undefined : await rowsOf(trace, options);
  const plan = planSweep(trace, options, { core: core.hash, version: version() }, rows);
  const shard = shardOf(options);
  const own = plan.points.filter(({ index }) => isOf(shard, index));
  const out = options.out ?? defaultName(plan, shard);
  const outputs = planOutputs(trace, options, out);
  if (options.dryRun === true) {
    const jobs = jobsFor(options, own.length);
    return dryRun(output, { plan, own, trace, out, jobs, json: options.json === true });
  }
  if (options.slurm === true) return throughSlurm(output, plan, { options, outputs, out });
  await outputs.open();
  const store = new RowStore(out, plan.name);
  const withdraw = accountFor(
    () =>
      `${store.rows.length} of ${own.length} points stand in ${out}; the same command goes on from there${outputs.lost}`,
  );
  let end = (): void => undefined;
  try {
    const there = new Set(store.rows.map(({ index }) => index));
    const missing = own.filter(({ index }) => !there.has(index));
    const before = own.length - missing.length;
    const jobs = jobsFor(options, missing.length);
    if (missing.length > 0)
      await runPoints(
        missing,
        { trace, jobs, core, version: version() },
        ({ point, statistics, slice }) =>
          store.append({
            sweep: plan.name,
            points: plan.points.length,
            index: point.index,
            set: point.set,
            ...point.identity,
            statistics,
            ...(slice === undefined ? {} : { slice: packSlice(slice) }),
          }),
        (howFar) => (end = sweepProgress(output.terminal, { total: own.length, before }, howFar)),
      );
    end();
    const rows = wholePoints(inOrder(store.rows, out));
    await writeTables(rows, outputs);
    await outputs.commit();
    const say = outputs.takeStdout ? output.err : output.out;
    const summary = {
      sweep: plan.name,
      points: plan.points.length,
      own: own.length,
      before,
      out,
      slices: options.slices,
    };
    say(options.json === true ? `${toJson(summary)}\n` : summaryText(summary, shard, rows, output));
  } finally {
    end();
    withdraw();
    store.close();
    outputs.abandon();
  }
}

interface Asked {
  readonly options: Options;
  readonly outputs: Outputs;
  /** The file of all rows. */
  readonly out: string;
}

/** The same by a job array: all rows at the end, in one file. */
async function throughSlurm(output: Output, plan: Plan, { options, outputs, out }: Asked): Promise<void> {
  const { shards = Math.min(SHARDS, plan.points.length), sbatch = [], retries } = options;
  const store = new RowStore(out, plan.name);
  try {
    const whole = { plan, shards, sbatch, retries, folder: `sweep-${plan.name}`, command: ownWords() };
    const before = store.rows.length;
    const there = new Set(store.rows.map(({ index }) => index));
    const rows = there.size === plan.points.length ? store.rows : await slurmSweep(output, whole);
    for (const row of rows) if (!there.has(row.index)) store.append(row);
    await outputs.open();
    const sorted = wholePoints(inOrder(store.rows, out));
    await writeTables(sorted, outputs);
    await outputs.commit();
    const say = outputs.takeStdout ? output.err : output.out;
    const all = plan.points.length;
    const summary = { sweep: plan.name, points: all, own: all, before, out, slices: options.slices };
    say(options.json === true ? `${toJson(summary)}\n` : summaryText(summary, WHOLE, sorted, output));
  } finally {
    store.close();
    outputs.abandon();
  }
}

/** Shards when nothing is said. */
const SHARDS = 16;
/** Options that each shard must not have. */
const OF_THE_WHOLE = ['--out', '--csv', '--parquet', '--report', '--shards', '--sbatch', '--retries'];
const FLAGS_OF_THE_WHOLE = ['--slurm', '--json'];

/** The words of this command line that make the same points. */
function ownWords(): string[] {
  const words = process.argv.slice(2);
  const kept: string[] = [];
  for (let i = 0; i < words.length; i++) {
    if (OF_THE_WHOLE.includes(words[i])) i++;
    else if (
      !FLAGS_OF_THE_WHOLE.includes(words[i]) &&
      !OF_THE_WHOLE.some((name) => words[i].startsWith(`${name}=`))
    )
      kept.push(words[i]);
  }
  return kept;
}

function summaryText(
  { sweep: name, points, own, before, out, slices }: Summary,
  shard: Shard,
  rows: readonly SweepRow[],
  { paint }: Output,
): string {
  const part = shard.count === 1 ? '' : `, ${own} of them in shard ${shard.index}/${shard.count}`;
  const known = before === 0 ? '' : `, ${before} done before`;
  return [
    paint.heading(`sweep ${name}: ${pointsText(points, slices)}${part}${known}`),
    '',
    // Of a shard there may be no point with all its slices.
    ...(rows.length === 0 ? [] : [sweepTable(rows)]),
    paint.dim(`rows: ${out}`),
    '',
  ].join('\n');
}

/** @throws InputError */
function shardOf({ shard, slurm, csv, parquet, report }: Options): Shard {
  if (slurm === true) {
    if (shard !== undefined)
      throw new InputError('--slurm gives each task its shard: expected it without --shard');
    return WHOLE;
  }
  const found = shard === undefined ? (slurmShard(process.env) ?? WHOLE) : parseShard(shard);
  if (found.count > 1 && (csv ?? parquet ?? report) !== undefined)
    throw new InputError(
      '--csv, --parquet and --report are of all points: expected them with smmuv3 merge, not with a shard',
    );
  return found;
}

function defaultName({ name }: Plan, { index, count }: Shard): string {
  return count === 1 ? `sweep-${name}.jsonl` : `sweep-${name}.${index}-of-${count}.jsonl`;
}

/** More threads than points would have nothing to do. */
function jobsFor({ jobs }: Options, points: number): number {
  return Math.max(1, Math.min(jobs, points));
}

function planOutputs(trace: string, options: Options, out: string): Outputs {
  const inputs: Named[] = [
    ...inputsOf(trace, options),
    ...inputsOfRun(options),
    { role: 'the sweep', path: options.file },
  ];
  // The rows are appended to, not replaced; that they are none of the other files is checked all the same.
  Outputs.plan(inputs, [{ role: '--out', path: out }, ...tablesOf(options)]);
  return Outputs.plan([...inputs, { role: 'the file of rows', path: out }], tablesOf(options));
}

/** Adds `sweep`. */
export function addSweep(program: Command, output: Output): void {
  const command = program
    .command('sweep')
    .description('run a trace at many points of a configuration, on all processors, and go on after a stop')
    .argument('<TRACE>', 'a trace, a capture, or a generator such as gen:random,window=64M');
  addTableOptions(addRunOptions(addTraceOptions(command)))
    .option(
      '--set <PATH=VALUES>',
      'an axis: tbu.mainTlb.entries=64,256 or memory.latency=20..200:20 or tbu.slots=1..64*2',
      collect,
    )
    .option('--file <YAML>', 'axes under set: and listed points under points:')
    .option(
      '--jobs <N>',
      'points at once (default: as many as there are processors)',
      (text) => parseCount(text, 1, 1024),
      availableParallelism(),
    )
    .option('--shard <I/N>', 'only every Nth point, from the Ith on; inside a Slurm job array its own task')
    .option('--out <FILE>', 'JSON Lines to append to (default sweep-<name>.jsonl)')
    .option('--slurm', 'as a job array of Slurm: submitted, followed, gathered, failed shards again')
    .option('--shards <N>', 'tasks of the job array (default 16, at most one for each point)', (text) =>
      parseCount(text, 1, 100_000),
    )
    .option('--sbatch <OPTION>', 'an option for sbatch, such as --sbatch=--partition=short', collect)
    .option(
      '--retries <N>',
      'how often shards that failed are submitted again',
      (text) => parseCount(text, 0, 1000),
      3,
    )
    .option('--dry-run', 'list the points and estimate the time, run nothing')
    .option('--json', 'one JSON document in place of the text')
    .addHelpText(
      'after',
      `
The points are all combinations of the axes, the last one changing fastest. An axis is a path of the configuration
(smmuv3 presets lists them) or one of timing, tables, outstanding, min-gap, requesters, warmup and seed.

Each finished point is one line of the file, with its effective configuration. The same command again runs the points
that are missing there, whatever stopped it before.

Examples:
  smmuv3 sweep gen:random,window=64M --outstanding 16 --set tbu.mainTlb.entries=64,256,1024 --set memory.latency=20..200:20
  smmuv3 sweep trace.csv.gz --file sweep.yaml --csv results.csv
  smmuv3 sweep trace.csv.gz --file sweep.yaml --shard 1/4`,
    )
    .action((trace: string, options: Options) => sweep(output, trace, options));
}
