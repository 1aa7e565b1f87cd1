import { availableParallelism } from 'node:os';
import { Option, type Command } from 'commander';
import { InputError } from '../base/capture-error.js';
import { gem5StatsText } from '../stats/printed/gem5.js';
import { fullText } from '../report/full-text.js';
import { runPage } from '../report/run-page.js';
import { runText } from '../report/run-text.js';
import { differencesText } from '../report/slices-text.js';
import type { RunResult } from '../run/result.js';
import { parseCount } from './input.js';
import { toJson, type Output } from './output.js';
import { addRunOptions, collect } from './run-options.js';
import { addTraceOptions } from './trace-input.js';
import { runDocument } from '../run/run-document.js';
import { askedOf } from './asked.js';
import { type Ran, runAsAsked, type RunOptions } from './run-as-asked.js';
import { type Checked, runSlices } from './run-slices.js';

interface Options extends RunOptions {
  readonly json?: boolean;
  readonly stats: 'summary' | 'full' | 'gem5';
  readonly jobs?: number;
  readonly check?: number;
}

async function run(output: Output, trace: string, options: Options): Promise<void> {
  const pageOf = (of: RunResult): string => runPage(of, askedOf(options));
  const { result, tookStdout, checked } =
    options.slices === undefined
      ? await inOnePiece(output, trace, options, pageOf)
      : await runSlices(
          output,
          trace,
          { ...options, slices: options.slices, jobs: options.jobs ?? availableParallelism() },
          pageOf,
        );
  const say = tookStdout ? output.err : output.out;
  say(textOf(result, options, output, checked));
  if (checked !== undefined && options.json !== true)
    say(`\n${differencesText(checked.rows, checked.differences)}`);
  output.err(peakMemory(options.json === true));
}

/** @throws InputError for what only slices have */
async function inOnePiece(
  output: Output,
  trace: string,
  options: Options,
  pageOf: (of: RunResult) => string,
): Promise<Ran & { readonly checked?: undefined }> {
  const { jobs, check } = options;
  const given = Object.entries({ jobs, check }).find(([, value]) => value !== undefined);
  if (given !== undefined)
    throw new InputError(`--${given[0]} is for a trace in slices: expected --slices with it`);
  return await runAsAsked(output, trace, options, { pageOf });
}

/** The process's most resident memory. On stderr: it differs from run to run, and what stands on stdout does not. */
function peakMemory(json: boolean): string {
  const peakMemoryBytes = process.resourceUsage().maxRSS * 1024;
  return json
    ? `${toJson({ peakMemoryBytes })}\n`
    : `peak memory: ${(peakMemoryBytes / 2 ** 20).toFixed(1)} MiB\n`;
}

function textOf(result: RunResult, options: Options, { paint }: Output, check?: Checked): string {
  const { json, stats } = options;
  if (json === true) {
    const document = runDocument(result, askedOf(options));
    return `${toJson(check === undefined ? document : { ...document, check })}\n`;
  }
  if (stats === 'full') return fullText(result);
  const { effectiveTiming } = result;
  if (stats === 'gem5')
    return gem5StatsText(result, effectiveTiming === false ? undefined : effectiveTiming.clocks.tcu);
  return runText(result, askedOf(options), paint);
}

/** Transactions that --check looks at. */
const CHECK_ROWS = 1_000_000;

/** Adds `run`. */
export function addRun(program: Command, output: Output): void {
  const command = program
    .command('run')
    .description('put a trace through a device and say how long it takes and why')
    .argument(
      '<TRACE>',
      'a trace, a capture, - for standard input, or a generator such as gen:random,window=64M',
    );
  addRunOptions(addTraceOptions(command))
    .option('--jobs <N>', 'slices at once (default: as many as there are processors)', (text) =>
      parseCount(text, 1, 1024),
    )
    .addOption(
      new Option(
        '--check [ROWS]',
        'run the first ROWS in one piece too, and say how far the slices are from it',
      )
        .argParser((text) => parseCount(text, 1, 2 ** 53 - 1))
        .preset(String(CHECK_ROWS)),
    )
    .option('--set <PATH=VALUE>', 'one value of the configuration, such as tbu.mainTlb.entries=512', collect)
    .option(
      '--per-transaction <FILE>',
      'a line of CSV for each transaction; .gz compresses, - is standard output',
    )
    .option('--walk-trace <FILE>', 'a line of CSV for each table access of a walk; likewise')
    .option('--report <FILE>', 'a page with figures and charts, which needs nothing else')
    .option('--interval <CYCLES>', 'sample throughput, latency and hits over time', (text) =>
      parseCount(text, 1, 2 ** 53 - 1),
    )
    .option('--samples <FILE>', 'a line of CSV for each interval; likewise')
    .option('--json', 'one JSON document')
    .addOption(
      new Option('--stats <FORM>', 'a screenful, all that is not zero, or a block of gem5’s stats.txt')
        .choices(['summary', 'full', 'gem5'])
        .default('summary'),
    )
    .addHelpText(
      'after',
      `
Without --outstanding the loop is open: transactions come when the trace says (its arrival or gap column), else one each
cycle. With it the loop is closed: the next one is offered as soon as fewer than N are in flight and its gap has passed.

With --slices each slice has a device of its own, warmed with the --warmup transactions before it; the first slice begins
behind so many. One slice gives what the run without --slices gives.

Generators: gen:PATTERN,name=value,… with the patterns sequential, strided, random, zipf, ring (a network card) and
tenants; docs/traces.md has their parameters, and the columns of CSV and JSON Lines.

Examples:
  smmuv3 run gen:random,window=64M,count=1000000,seed=1 --timing gem5-default --outstanding 16
  smmuv3 run trace.csv.gz --timing mmu600-agilex5 --set tbu.mainTlb.entries=512 --tables 2m --nested --json
  smmuv3 run trace.bin --outstanding 16 --slices 8 --warmup 200000 --check
  smmuv3 run linux-s1-4k --device linux-s1-4k --timing off --stats gem5`,
    )
    .action((trace: string, options: Options) => run(output, trace, options));
}
