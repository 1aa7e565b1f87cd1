import { Option, type Command } from 'commander';
import { CaptureError, InputError } from '../base/capture-error.js';
import { BLOCK_ROWS, makeRows, type TraceSource } from '../trace/rows.js';
import { isMapping } from '../trace/formats.js';
import { makeWriter, WRITE_FORMATS, type WriteFormat } from '../trace/write/writers.js';
import { accountFor, breathe } from './files/interruption.js';
import { Outputs } from './files/outputs.js';
import { toJson, type Output } from './output.js';
import { rateProgress } from './rate-progress.js';
import { addTraceOptions, inputsOf, openInput, type TraceOptions } from './trace-input.js';

interface Options extends TraceOptions {
  readonly to?: WriteFormat;
  readonly json?: boolean;
}

const EXTENSIONS: Readonly<Record<string, WriteFormat>> = {
  csv: 'csv',
  jsonl: 'jsonl',
  bin: 'binary',
  smmutrc: 'binary',
};

/** By the name's ending, .gz aside. */
function formatOf(path: string): WriteFormat {
  const extension = /\.([a-z0-9]+)$/i.exec(path.replace(/\.gz$/i, ''))?.[1].toLowerCase() ?? '';
  const format = EXTENSIONS[extension];
  if (format === undefined)
    throw new InputError(
      `${path}: its ending says no format, expected .csv, .jsonl or .bin, or the option --to.`,
    );
  return format;
}

const OUT = 'OUT';

async function convert(output: Output, from: string, to: string, options: Options): Promise<void> {
  const format = options.to ?? formatOf(to);
  const outputs = Outputs.plan(inputsOf(from, options), [{ role: OUT, path: to }]);
  const source = await openInput(from, options);
  try {
    if (isMapping(source)) {
      throw new CaptureError(
        source.name,
        undefined,
        undefined,
        'holds mappings, which no format of transactions can hold; expected transactions (smmuv3 run takes it as it is)',
      );
    }
    await outputs.open();
    const done = await copy(output, source, from, format, outputs);
    await outputs.commit();
    const report = { from, to, format, transactions: done, skipped: source.skipped };
    const passed = source.skipped === 0 ? '' : `, ${source.skipped} other records passed over`;
    const say = outputs.takeStdout ? output.err : output.out;
    say(
      options.json === true ? `${toJson(report)}\n` : `${to}: ${done} transactions as ${format}${passed}\n`,
    );
  } finally {
    outputs.abandon();
    await source.close();
  }
}

/** @returns how many rows were written */
async function copy(
  output: Output,
  source: TraceSource,
  from: string,
  format: WriteFormat,
  outputs: Outputs,
): Promise<number> {
  const sink = outputs.sink(OUT)!;
  const rows = makeRows(BLOCK_ROWS);
  const bar = rateProgress(output.terminal, 'convert');
  let done = 0;
  const withdraw = accountFor(() => `${done} transactions converted${outputs.lost}`);
  try {
    // The first block settles what the header says: JSON Lines know their times only then.
    let count = await source.fill(rows, BLOCK_ROWS);
    const { times, substreams, total } = source;
    const writer = makeWriter(format, { times, substreams, total, note: `from ${from}` });
    await sink.write(writer.head());
    for (; count > 0; count = await source.fill(rows, BLOCK_ROWS)) {
      await sink.write(writer.rows(rows, count));
      done += count;
      bar.update(source.total === undefined ? source.fraction : done / source.total, done);
      await breathe();
    }
    return done;
  } finally {
    bar.stop();
    withdraw();
  }
}

/** Adds `convert`. */
export function addConvert(program: Command, output: Output): void {
  addTraceOptions(
    program
      .command('convert')
      .description('write a trace in another format')
      .argument('<IN>', 'a trace, a capture, or a generator such as gen:random,window=64M,count=1000')
      .argument('<OUT>', 'the file to write, - for standard output; .gz compresses'),
    '--from <F>',
  )
    .addOption(new Option('--to <F>', 'format to write; told from the ending without').choices(WRITE_FORMATS))
    .option('--json', 'one JSON document about what was done')
    .addHelpText(
      'after',
      `
Formats that are read: csv, jsonl, binary, qemu (its trace log), gem5 (packet traces), timeline (of captures); gzip or
not. Written: csv, jsonl, binary. docs/traces.md has them all, data/traces/ a sample of each.

Examples:
  smmuv3 convert qemu.log.gz accesses.csv
  smmuv3 convert gen:zipf,window=1G,count=10000000,seed=7 zipf.bin`,
    )
    .action((from: string, to: string, options: Options & { from?: Options['format'] }) =>
      convert(output, from, to, {
        ...options,
        ...(options.from === undefined ? {} : { format: options.from }),
      }),
    );
}
