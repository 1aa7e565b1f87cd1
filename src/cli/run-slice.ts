/** A trace in slices, as the options of a command ask for them. */
import { InputError } from '../base/capture-error.js';
import type { Build } from '../run/result.js';
import { countRows, runSlice, type SliceResult, type Slicing } from '../run/slices.js';
import { isMapping } from '../trace/formats.js';
import type { TraceSource } from '../trace/rows.js';
import { breathe } from './files/interruption.js';
import { rowsSettingOf, type RunOptions, settingOf } from './run-as-asked.js';
import { openInput, traceFile } from './trace-input.js';

/** Which slice, and who is told how far it is. */
export interface OneSlice {
  readonly slicing: Slicing;
  /** From 0. */
  readonly slice: number;
  readonly progress: (fraction: number, done: number) => void;
}

/** @throws CaptureError or InputError: one sentence about what is wrong with trace or options */
export async function runSliceAsAsked(
  trace: string,
  options: RunOptions,
  build: Build,
  { slicing, slice, progress }: OneSlice,
): Promise<SliceResult> {
  const source = await openTransactions(trace, options);
  try {
    const setting = {
      ...rowsSettingOf(source, options, settingOf(options, build)),
      progress: async (fraction: number, done: number) => {
        progress(fraction, done);
        await breathe();
      },
    };
    return await runSlice(source, setting, slicing, slice);
  } finally {
    await source.close();
  }
}

/** Transactions of the trace. @throws CaptureError or InputError when it cannot be cut into slices */
export async function rowsOf(trace: string, options: RunOptions): Promise<number> {
  refuseWithSlices(options);
  if (traceFile(trace) === '-')
    throw new InputError(
      'every slice reads the trace by itself: expected a file or a generator, not standard input',
    );
  const source = await openTransactions(trace, options);
  try {
    return await countRows(source);
  } finally {
    await source.close();
  }
}

/** What is written as one device goes through the trace. */
function refuseWithSlices({ perTransaction, walkTrace, interval }: RunOptions): void {
  const refused = { 'per-transaction': perTransaction, 'walk-trace': walkTrace, interval };
  const given = Object.entries(refused).find(([, value]) => value !== undefined);
  if (given !== undefined)
    throw new InputError(
      `--${given[0]} follows one device through the whole trace: expected it without --slices`,
    );
}

async function openTransactions(trace: string, options: RunOptions): Promise<TraceSource> {
  const source = await openInput(trace, options);
  if (!isMapping(source)) return source;
  await source.close();
  throw new InputError(
    `--slices cuts a trace of transactions, expected none: ${source.name} holds mappings, of which each needs all those before it`,
  );
}
