/**
 * `npm run bench:slices`: how far traces in slices are from the same traces in one piece, for several warm-ups, as the table of
 * docs/timing.md. Every figure is of the model, none of the machine: the same table comes out everywhere. `--write` puts it
 * into the page.
 */
import { availableParallelism } from 'node:os';
import { readFileSync, writeFileSync } from 'node:fs';
import { coreFile } from '../src/cli/core-file.js';
import type { RunOptions } from '../src/cli/run-as-asked.js';
import { differences } from '../src/cli/run-slices.js';
import { runJobs } from '../src/cli/sweep/pool.js';
import { version } from '../src/cli/version.js';
import { relativeError } from '../src/report/slices-text.js';
import type { RunResult } from '../src/run/result.js';
import { mergeSlices, type SliceResult, type Slicing } from '../src/run/slices.js';
import { options } from './options.js';

const ROWS = 200_000;
const SLICES = 8;
const WARMUPS = [0, 1000, 5000, 20_000] as const;
const PAGE = 'docs/timing.md';
const HEADING = '### The error of slices';

interface Row {
  readonly name: string;
  readonly trace: string;
  readonly options: Partial<RunOptions>;
}

const BASE = { timing: 'mmu600-agilex5', warmup: 0, seed: 0, outstanding: 16 };

const TRACES: readonly Row[] = [
  ['random, 1 MiB', 'gen:random,window=1M', {}],
  ['random, 64 MiB', 'gen:random,window=64M', {}],
  ['Zipf, 64 MiB', 'gen:zipf,window=64M', {}],
  ['Zipf, nested', 'gen:zipf,window=64M', { nested: true }],
  ['Zipf, an arrival every 20 cycles', 'gen:zipf,window=64M,gap=20', { outstanding: undefined }],
  ['Zipf, main TLB of 4096', 'gen:zipf,window=64M', { set: ['tbu.mainTlb.entries=4096'] }],
  ['network card', 'gen:ring', {}],
  ['16 tenants', 'gen:tenants', {}],
].map(([name, trace, more]) => ({
  name: name as string,
  trace: `${trace as string},count=${ROWS},seed=1`,
  options: more as Partial<RunOptions>,
}));

async function run(trace: string, asked: RunOptions, slicing: Slicing): Promise<RunResult> {
  const found: SliceResult[] = [];
  const all = Array.from({ length: slicing.slices }, (_, slice) => ({
    options: asked,
    cut: { slicing, slice },
    name: '',
  }));
  await runJobs(
    all,
    { trace, jobs: availableParallelism(), core: coreFile(), version: version() },
    (at, { slice }) => {
      if (slice !== undefined) found[at] = slice;
    },
  );
  return mergeSlices(found, slicing.slices);
}

/** Relative errors of a trace with one warm-up. */
async function errorsOf({ trace, options: more }: Row, warmup: number): Promise<number[]> {
  const asked = { ...BASE, ...more, warmup };
  const whole = await run(trace, asked, { slices: 1, warmup, rows: ROWS });
  const sliced = await run(trace, asked, { slices: SLICES, warmup, rows: ROWS });
  const byName = new Map(differences(whole, sliced).map((one) => [one.name, one]));
  const { whole: one = 0, sliced: several = 0 } = byName.get('walks') ?? {};
  return [
    ...['cycles', 'latency.mean'].map((name) => {
      const found = byName.get(name);
      return found === undefined ? 0 : relativeError(found);
    }),
    // There may be next to none.
    (several - one) / whole.transactions,
  ];
}

/** A cell of the table, in percent. */
function cell(errors: readonly number[]): string {
  return errors.map((error) => (100 * error).toFixed(2).replace(/^-(?=0\.00$)/, '')).join(' / ');
}

async function table(only: string): Promise<string> {
  const lines = [
    `| trace | ${WARMUPS.map((warmup) => `M = ${warmup.toLocaleString('en-US')}`).join(' | ')} |`,
    `| --- |${' --- |'.repeat(WARMUPS.length)}`,
  ];
  for (const row of TRACES.filter(({ name }) => name.includes(only))) {
    const cells: string[] = [];
    for (const warmup of WARMUPS) cells.push(cell(await errorsOf(row, warmup)));
    lines.push(`| ${row.name} | ${cells.join(' | ')} |`);
  }
  return lines.join('\n');
}

/** The page with another table under the heading. */
function withTable(page: string, text: string): string {
  const from = page.indexOf('\n|', page.indexOf(HEADING)) + 1;
  const to = page.indexOf('\n\n', from);
  return page.slice(0, from) + text + page.slice(to < 0 ? page.length - 1 : to);
}

const { values } = options('npm run bench:slices -- [--only TEXT | --write]', {
  options: { only: { type: 'string', default: '' }, write: { type: 'boolean', default: false } },
});
const text = await table(values.only);
console.log(text);
if (values.write && values.only === '') writeFileSync(PAGE, withTable(readFileSync(PAGE, 'utf8'), text));
