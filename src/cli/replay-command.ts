import type { Command } from 'commander';
import { readCapture } from '../capture/directory.js';
import { replayCapture } from '../replay/replay.js';
import { summarize, type CaptureReport } from '../replay/report.js';
import { reportText } from '../replay/text.js';
import { MISMATCHES } from './exit-code.js';
import { BUNDLED, bundledDirectory, captureDirectory } from './bundled.js';
import { breathe } from './files/interruption.js';
import { toJson, type Output } from './output.js';
import { progressBar } from './progress.js';

interface Options {
  readonly bundled?: boolean;
  readonly caches: boolean;
  readonly json?: boolean;
}

async function run(output: Output, directories: string[], options: Options): Promise<number> {
  const chosen = directories.map(captureDirectory);
  if (options.bundled === true || chosen.length === 0) chosen.push(...BUNDLED.map(bundledDirectory));
  // All of it is read first, so that malformed input is refused before anything runs.
  const captures = chosen.map(readCapture);
  const width = Math.max(...captures.map((capture) => capture.name.length));
  const reports: CaptureReport[] = [];
  for (const capture of captures) {
    const bar = progressBar(output.terminal, capture.name, width);
    try {
      reports.push(
        await replayCapture(capture, {
          onProgress: (done, total) => {
            bar.update(done, total);
            return breathe();
          },
          ...(options.caches ? {} : { caches: false }),
        }),
      );
    } finally {
      bar.stop();
    }
  }
  const report = summarize(reports);
  output.out(`${options.json === true ? toJson(report) : reportText(report, output.paint)}\n`);
  return report.mismatches > 0 ? MISMATCHES : 0;
}

/** Adds `replay`; `done` takes its exit code. */
export function addReplay(program: Command, output: Output, done: (code: number) => void): void {
  program
    .command('replay')
    .description('perform a recording of a real driver and compare every answer')
    .argument('[DIR...]', 'captures: directories, or names of bundled ones')
    .option('--bundled', 'the captures that come with the package (the default without DIR)')
    .option('--no-caches', 'a device without any cache: every translation walks')
    .option('--json', 'one JSON document')
    .addHelpText(
      'after',
      `
A capture holds what a driver did with an SMMU: register accesses, commands in guest memory, translation tables,
translations and faults. replay performs each register access in order and compares every read; lets the device consume
the commands; before each recorded translation puts the recorded descriptors in memory, translates and compares; injects
each recorded fault and compares its 32-byte event record; then asks every question about the final state.

The exit code is 0 when everything agrees, 1 when something differs (the first differences are explained), 2 for bad input.

Examples:
  smmuv3 replay                          the three bundled captures
  smmuv3 replay linux-nested-4k          one of them
  smmuv3 replay ./my-capture --json      your own, for a program`,
    )
    .action(async (directories: string[], options: Options) => done(await run(output, directories, options)));
}
