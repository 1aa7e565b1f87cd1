import { Command, CommanderError } from 'commander';
import { CaptureError, InputError } from '../base/capture-error.js';
import { addDecode } from './decode-command.js';
import { addDemo } from './demo-command.js';
import { BAD_INPUT, INTERNAL } from './exit-code.js';
import { ReaderGone, WriteError } from './files/write-error.js';
import type { Output } from './output.js';
import { addPresets } from './presets-command.js';
import { addQueries } from './query-commands.js';
import { addCompare } from './compare-command.js';
import { addCompletion } from './completion-command.js';
import { addConvert } from './convert-command.js';
import { addReplay } from './replay-command.js';
import { addRun } from './run-command.js';
import { addMerge } from './sweep/merge-command.js';
import { addSweep } from './sweep/sweep-command.js';
import { version } from './version.js';

/** The command line as a tree of commands; nothing runs until it is parsed. */
export function commandLine(output: Output, done: (code: number) => void): Command {
  const program = new Command('smmuv3')
    .description('A model of the Arm SMMUv3: replay what a real driver did, translate, and see why.')
    .version(version())
    .exitOverride()
    .configureOutput({ writeOut: output.out, writeErr: output.err })
    .addHelpText(
      'after',
      `
Where to start:
  smmuv3 replay                                             a real Linux driver against this model
  smmuv3 explain linux-s1-4k --sid 0x20 --iova 0xff200000   a translation, step by step
  smmuv3 decode ste 0xd 0 0x04c4359400000001 0x44d68000     what the bits of a table entry mean
  smmuv3 run gen:random,window=64M --outstanding 16         how long traffic takes, and why
  smmuv3 sweep gen:random --set tbu.mainTlb.entries=64,512  the same at many points of a configuration

Every command has its own --help, and --json for programs.`,
    );
  addReplay(program, output, done);
  addQueries(program, output);
  addDecode(program, output);
  addRun(program, output);
  addPresets(program, output);
  addSweep(program, output);
  addMerge(program, output, done);
  addCompare(program, output);
  addConvert(program, output);
  addDemo(program, output);
  addCompletion(program, output);
  for (const command of program.commands) command.copyInheritedSettings(program);
  return program;
}

/**
 * Runs the command line with its arguments, the program's name not among them.
 * @returns the exit code: 0, 1 when a replay found mismatches or shards of a sweep are missing, 2 for bad input or an output that cannot be written, 70 for a
 * fault of the program
 */
export async function run(args: readonly string[], output: Output): Promise<number> {
  let code = 0;
  try {
    await commandLine(output, (result) => (code = result)).parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    // Commander has printed its sentence; help and version are no errors.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : BAD_INPUT;
    if (error instanceof ReaderGone) return 0;
    if (error instanceof CaptureError || error instanceof InputError || error instanceof WriteError) {
      output.err(`error: ${sentence(error.message)}\n`);
      return BAD_INPUT;
    }
    output.err(internalFailure(error, args));
    return INTERNAL;
  }
}

/** One line, whatever a name in it holds. */
function sentence(message: string): string {
  return message.replace(/\s*\n\s*/g, ' ');
}

/** What a report of the fault needs. */
function internalFailure(error: unknown, args: readonly string[]): string {
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const command = ['smmuv3', ...args].map((arg) =>
    /^[\w@%+=:,./-]+$/.test(arg) ? arg : JSON.stringify(arg),
  );
  return [
    'internal failure: the fault is in smmuv3, not in its input.',
    `Please report it with the input and these lines: version ${version()}, Node ${process.version}, ${command.join(' ')}`,
    `${what}\n`,
  ].join('\n');
}
