/** Options that say what is put through which device: of `run`, and of each point of `sweep`. */
import { Option, type Command } from 'commander';
import { LEAF_SIZES } from '../run/table-plan.js';
import { parseCount, parseSize } from './input.js';

/** Adds them. */
export function addRunOptions(command: Command): Command {
  return command
    .option(
      '--timing <PRESET>',
      'a preset, a JSON file with a timing configuration, or off',
      'mmu600-agilex5',
    )
    .option('--caches <PRESET>', 'the caches of another preset, or off')
    .option('--outstanding <N>', 'closed loop: at most N in flight', (text) =>
      parseCount(text, 1, 2 ** 32 - 1),
    )
    .option('--min-gap <N>', 'closed loop: cycles from an acceptance to the next offer', (text) =>
      parseCount(text, 0, 2 ** 32 - 1),
    )
    .option('--requesters <N>', 'N ordering ids take turns', (text) => parseCount(text, 1, 65536))
    .addOption(
      new Option('--tables <SIZE>', 'build tables with pages or blocks of this size (default 4k)').choices(
        LEAF_SIZES,
      ),
    )
    .option('--nested', 'two stages: a guest’s tables behind those of the host')
    .option('--stage2', 'stage 2 alone')
    .addOption(new Option('--stage2-tables <SIZE>', 'another size for stage 2').choices(LEAF_SIZES))
    .option('--share-tables', 'one address space for all streams')
    .option('--table-memory <BYTES>', 'room for tables (default 512M)', parseSize)
    .option('--device <DIR>', 'take registers and memory from a capture instead of building tables')
    .option('--tbu-of <MAP>', "TBU of each stream: 'MOD 2' for StreamIDs in turn, or a JSON file")
    .option(
      '--warmup <N>',
      'leave the first N out of the statistics',
      (text) => parseCount(text, 0, 2 ** 53 - 1),
      0,
    )
    .option(
      '--slices <N>',
      'cut the trace into N slices that run side by side, each warmed with the --warmup transactions before it',
      (text) => parseCount(text, 1, 65536),
    )
    .option('--seed <N>', 'start of random replacement', (text) => parseCount(text, 0, 2 ** 53 - 1), 0)
    .option('--touch <N>', 'iommu tracepoints: accesses of each page when it is mapped (default 1)', (text) =>
      parseCount(text, 0, 65536),
    );
}

/** For an option that may be given several times. */
export function collect(value: string, all: readonly string[] = []): string[] {
  return [...all, value];
}
