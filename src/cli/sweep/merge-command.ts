import type { Command } from 'commander';
import { mergeRows } from '../../sweep/merge.js';
import { rowLine, type SweepRow } from '../../sweep/row.js';
import { wholePoints } from '../../sweep/slices.js';
import { readRows } from '../../sweep/store.js';
import { INCOMPLETE } from '../exit-code.js';
import { Outputs } from '../files/outputs.js';
import { toJson, type Output } from '../output.js';
import { pointsText, sweepTable } from './sweep-text.js';
import { addTableOptions, tablesOf, type TableOptions, writeTables } from './tables.js';

interface Options extends TableOptions {
  readonly out?: string;
  readonly json?: boolean;
}

const OUT = '--out';
/** Missing points that are named. */
const NAMED = 20;

async function merge(
  output: Output,
  files: readonly string[],
  options: Options,
  done: (code: number) => void,
): Promise<void> {
  const outputs = Outputs.plan(
    files.map((path) => ({ role: 'a file of rows', path })),
    [{ role: OUT, path: options.out }, ...tablesOf(options)],
  );
  const { rows, missing, sweep, points } = mergeRows(files.map((file) => ({ file, rows: readRows(file) })));
  if (missing.length > 0) {
    const named = missing.slice(0, NAMED).join(', ');
    const more = missing.length > NAMED ? ` and ${missing.length - NAMED} more` : '';
    output.err(
      `sweep ${sweep} is not complete: ${missing.length} of ${points} points are missing (${named}${more}); nothing was written.\n`,
    );
    return done(INCOMPLETE);
  }
  const whole = wholePoints(rows);
  await outputs.open();
  try {
    for (const row of rows) await outputs.sink(OUT)?.write(rowLine(row));
    await writeTables(whole, outputs);
    await outputs.commit();
  } finally {
    outputs.abandon();
  }
  const say = outputs.takeStdout ? output.err : output.out;
  say(
    options.json === true
      ? `${toJson({ sweep, points, files: files.length })}\n`
      : textOf(sweep, { rows, whole }, files.length, output),
  );
}

function textOf(
  sweep: string,
  { rows, whole }: { readonly rows: readonly SweepRow[]; readonly whole: readonly SweepRow[] },
  files: number,
  { paint }: Output,
): string {
  const slices = whole.length === rows.length ? undefined : rows.length / whole.length;
  const from = files === 1 ? 'one file' : `${files} files`;
  return `${paint.heading(`sweep ${sweep}: all ${pointsText(rows.length, slices)}, from ${from}`)}\n\n${sweepTable(whole)}\n`;
}

/** Adds `merge`; `done` gets 1 when points are missing. */
export function addMerge(program: Command, output: Output, done: (code: number) => void): void {
  addTableOptions(
    program
      .command('merge')
      .description('put the rows of a sweep’s shards together and check that none is missing')
      .argument('<FILES...>', 'JSON Lines that smmuv3 sweep wrote')
      .option(`${OUT} <FILE>`, 'all rows in the order of their points; .gz compresses, - is standard output'),
  )
    .option('--json', 'one JSON document in place of the text')
    .addHelpText(
      'after',
      `
Exit code 1 and nothing written when points are missing. Rows that stand in several files must be equal.

Example:
  smmuv3 merge sweep-*.1-of-4.jsonl sweep-*.2-of-4.jsonl … --out sweep.jsonl --parquet sweep.parquet`,
    )
    .action((files: string[], options: Options) => merge(output, files, options, done));
}
