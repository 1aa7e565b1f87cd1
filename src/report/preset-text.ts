/** Presets and their values as tables for a terminal. */
import { type PresetName, presets } from '../config/presets/index.js';
import type { Paint } from '../replay/text.js';
import { type PresetValue, presetValues } from './preset-values.js';

/** The presets by name, with how many of their values are documented. */
export function presetList(paint: Paint): string {
  const names = Object.keys(presets) as PresetName[];
  const width = Math.max(...names.map((name) => name.length));
  const lines = names.flatMap((name) => {
    const values = presetValues(name);
    const known = values.filter(({ grade }) => grade === 'documented').length;
    return [
      `${paint.heading(name.padEnd(width))}  ${presets[name].description}`,
      paint.dim(`${' '.repeat(width)}  ${known} of ${values.length} values documented`),
    ];
  });
  return `${lines.join('\n')}\n`;
}

const HEADER = ['path', 'value', 'range', 'default', ''];

/**
 * A line for each path, with a mark at what differs from the default preset.
 * @param sources a second line says what it is and where the value comes from
 */
export function presetTable(values: readonly PresetValue[], paint: Paint, sources: boolean): string {
  const cells = values.map((one) => [
    one.path,
    `${one.value} ${shortUnit(one.unit)}`.trimEnd(),
    one.range.length > RANGE ? 'words' : one.range,
    one.default === undefined || one.default === one.value ? '' : String(one.default),
    one.grade === 'documented' ? '' : 'guess',
  ]);
  const widths = HEADER.map((title, i) => Math.max(title.length, ...cells.map((row) => row[i].length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => cell.padEnd(widths[i]))
      .join('  ')
      .trimEnd();
  const lines = cells.flatMap((row, i) =>
    sources ? [line(row), ...explained(values[i]).map(paint.dim)] : [line(row)],
  );
  return `${[paint.heading(line(HEADER)), ...lines].join('\n')}\n`;
}

/** Longer lists of words stand in the second line. */
const RANGE = 14;

function explained({ description, range, grade, source }: PresetValue): string[] {
  return [`    ${description}${range.length > RANGE ? ` (${range})` : ''}`, `    ${grade}: ${source}`];
}

/** `one of the words` and `true or false` say what the range says. */
function shortUnit(unit: string): string {
  return unit === 'one of the words' || unit === 'true or false' ? '' : unit;
}
