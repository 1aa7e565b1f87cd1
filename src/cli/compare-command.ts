import { existsSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { CaptureError } from '../base/capture-error.js';
import { type Comparable, compareResults } from '../report/compare.js';
import { comparePage } from '../report/compare-page.js';
import { compareText } from '../report/compare-text.js';
import { readResult } from '../report/read-result.js';
import { readRows } from '../sweep/store.js';
import { rowLine } from '../sweep/row.js';
import { Outputs } from './files/outputs.js';
import { toJson, type Output } from './output.js';

interface Options {
  readonly all?: boolean;
  readonly json?: boolean;
  readonly report?: string;
}

const REPORT = '--report';

async function compare(output: Output, first: string, second: string, options: Options): Promise<void> {
  const { all = false, json = false, report } = options;
  const outputs = Outputs.plan(
    [first, second].map((path) => ({ role: 'a result', path })),
    [{ role: REPORT, path: report }],
  );
  const [a, b] = [read(first), read(second)];
  const comparison = compareResults(a, b);
  await outputs.open();
  try {
    await outputs.sink(REPORT)?.write(comparePage([a, b], comparison));
    await outputs.commit();
  } finally {
    outputs.abandon();
  }
  if (outputs.takeStdout) return;
  output.out(
    json
      ? `${toJson({ a: a.name, b: b.name, ...comparison })}\n`
      : compareText([a, b], comparison, output.paint, all),
  );
}

/** A file, or a point of a sweep's file by its number behind a colon. */
function read(name: string): Comparable {
  const point = existsSync(name) ? null : /^(.*):(\d+)$/.exec(name);
  if (point === null) {
    if (!existsSync(name))
      throw new CaptureError(
        name,
        undefined,
        undefined,
        'no such file, expected a result of smmuv3 run --json',
      );
    return readResult(readFileSync(name, 'utf8'), name);
  }
  const [, file, index] = point;
  const row = readRows(file).find((one) => one.index === Number(index));
  if (row === undefined)
    throw new CaptureError(file, undefined, undefined, `has no point ${index}, expected one of its points`);
  return readResult(rowLine(row), file);
}

/** Adds `compare`. */
export function addCompare(program: Command, output: Output): void {
  program
    .command('compare')
    .description('two results side by side, what differs first')
    .argument('<A>', 'a document of smmuv3 run --json, or a point of a sweep: rows.jsonl:3')
    .argument('<B>', 'another')
    .option('--all', 'every difference, and what is equal')
    .option(`${REPORT} <FILE>`, 'a page with both, which needs nothing else')
    .option('--json', 'one JSON document')
    .addHelpText(
      'after',
      `
Examples:
  smmuv3 run trace.csv --json > a.json
  smmuv3 run trace.csv --json --set tbu.mainTlb.entries=64 > b.json
  smmuv3 compare a.json b.json`,
    )
    .action((a: string, b: string, options: Options) => compare(output, a, b, options));
}
