import type { Command } from 'commander';
import { InputError } from '../base/capture-error.js';
import { list } from '../base/check.js';
import { type PresetName, presets } from '../config/presets/index.js';
import { presetList, presetTable } from '../report/preset-text.js';
import { presetValues } from '../report/preset-values.js';
import { toJson, type Output } from './output.js';

interface Options {
  readonly sources?: boolean;
  readonly json?: boolean;
}

function show(output: Output, name: string | undefined, paths: readonly string[], options: Options): void {
  const { sources = false, json = false } = options;
  const names = Object.keys(presets) as PresetName[];
  if (name === undefined) {
    const all = names.map((preset) => ({ name: preset, description: presets[preset].description }));
    return output.out(json ? `${toJson(all)}\n` : presetList(output.paint));
  }
  const preset = names.find((one) => one === name);
  if (preset === undefined) throw new InputError(`there is no preset '${name}', expected ${list(names)}`);
  const values = presetValues(preset).filter(({ path }) => isAsked(path, paths));
  if (values.length === 0)
    throw new InputError(
      `${preset} has no value at ${list(paths, 'and')}: smmuv3 presets ${preset} lists what it has`,
    );
  output.out(json ? `${toJson(values)}\n` : presetTable(values, output.paint, sources || paths.length > 0));
}

/** All, one path, or those of a group. */
function isAsked(path: string, asked: readonly string[]): boolean {
  return (
    asked.length === 0 ||
    asked.some((one) => path === one || path.startsWith(`${one}.`) || path.startsWith(`${one}[`))
  );
}

/** Adds `presets`. */
export function addPresets(program: Command, output: Output): void {
  program
    .command('presets')
    .description('list the presets, or every value of one with its path for --set')
    .argument('[NAME]', 'a preset')
    .argument('[PATHS...]', 'only these paths or groups, such as tbu.mainTlb, and all about them')
    .option('--sources', 'what each value is and where it comes from')
    .option('--json', 'one JSON document')
    .addHelpText(
      'after',
      `
A value whose line ends in guess is ours; the others are the vendor's or the author's own. The column default has what
mmu600-agilex5 has there, where that is something else. Of caches that a preset has not, the cache alone is listed.

Examples:
  smmuv3 presets mmu600-agilex5
  smmuv3 presets gem5-default tbu.mainTlb memory.latency
  smmuv3 run gen:random --timing gem5-default --set tbu.mainTlb.entries=512`,
    )
    .action((name: string | undefined, paths: string[], options: Options) =>
      show(output, name, paths, options),
    );
}
