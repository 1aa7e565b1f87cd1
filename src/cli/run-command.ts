import { Option, type Command } from 'commander';
import { gem5StatsText } from '../stats/printed/gem5.js';
import { fullText } from '../report/full-text.js';
import { runPage } from '../report/run-page.js';
import { runText } from '../report/run-text.js';
import type { RunResult } from '../run/result.js';
import { parseCount } from './input.js';
import { toJson, type Output } from './output.js';
import { addRunOptions, collect } from './run-options.js';
import { addTraceOptions } from './trace-input.js';
import { runDocument } from '../run/run-document.js';
import { askedOf } from './asked.js';
import { runTrace, type RunOptions } from './run-trace.js';

type Options = RunOptions & { readonly json?: boolean; readonly stats: 'summary' | 'full' | 'gem5' };

async function run(output: Output, trace: string, options: Options): Promise<void> {
  const { result, tookStdout } = await runTrace(output, trace, options, {
    pageOf: (of) => runPage(of, askedOf(options)),
  });
  const say = tookStdout ? output.err : output.out;
  say(textOf(result, options, output));
  output.err(peakMemory(options.json === true));
}

/** The process's most resident memory. On stderr: it differs from run to run, and what stands on stdout does not. */
function peakMemory(json: boolean): string {
  const peakMemoryBytes = process.resourceUsage().maxRSS * 1024;
  return json
    ? `${toJson({ peakMemoryBytes })}\n`
    : `peak memory: ${(peakMemoryBytes / 2 ** 20).toFixed(1)} MiB\n`;
}

function textOf(result: RunResult, options: Options, { paint }: Output): string {
  const { json, stats } = options;
  if (json === true) return `${toJson(runDocument(result, askedOf(options)))}\n`;
  if (stats === 'full') return fullText(result);
  const { effectiveTiming } = result;
  if (stats === 'gem5')
    return gem5StatsText(result, effectiveTiming === false ? undefined : effectiveTiming.clocks.tcu);
  return runText(result, askedOf(options), paint);
}

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

Generators: gen:PATTERN,name=value,… with the patterns sequential, strided, random, zipf, ring (a network card) and
tenants; docs/traces.md has their parameters, and the columns of CSV and JSON Lines.

Examples:
  smmuv3 run gen:random,window=64M,count=1000000,seed=1 --timing gem5-default --outstanding 16
  smmuv3 run trace.csv.gz --timing mmu600-agilex5 --set tbu.mainTlb.entries=512 --tables 2m --nested --json
  smmuv3 run linux-s1-4k --device linux-s1-4k --timing off --stats gem5`,
    )
    .action((trace: string, options: Options) => run(output, trace, options));
}
