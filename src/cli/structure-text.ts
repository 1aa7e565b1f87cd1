import type { DecodedStructure } from '../inspect/decode.js';
import type { DecodedField } from '../base/fields.js';
import type { Paint } from '../replay/text.js';

function fieldLine(field: DecodedField, widths: { name: number; bits: number }, paint: Paint): string {
  const value = field.value < 10n ? field.value.toString() : `0x${field.value.toString(16)}`;
  // A meaning that only repeats the number adds nothing.
  const meaning = field.meaning === '' || field.meaning === value ? '' : `  ${field.meaning}`;
  const line = `${field.name.padEnd(widths.name)}  ${paint.dim(field.bits.padEnd(widths.bits))}  ${value}${meaning}`;
  return field.name === 'RES0' ? paint.bad(line) : line;
}

function cells(fields: readonly DecodedField[], manyWords: boolean): DecodedField[] {
  return fields.map((field) => (manyWords ? { ...field, bits: `${field.dword}${field.bits}` } : field));
}

/** Fields that decide what all others mean: shown even when they are 0. */
const DECIDING: ReadonlySet<string> = new Set(['V', 'Config', 'Span', 'Type', 'Opcode', 'Event']);

/** The fields of a structure, one a line; `all` shows those that are 0 as well. */
export function fieldLines(structure: DecodedStructure, paint: Paint, all: boolean): string[] {
  const shown = cells(structure.fields, structure.words.length > 1).filter(
    (field) => all || field.value !== 0n || DECIDING.has(field.name),
  );
  const widths = {
    name: Math.max(0, ...shown.map((field) => field.name.length)),
    bits: Math.max(0, ...shown.map((field) => field.bits.length)),
  };
  const lines = shown.map((field) => fieldLine(field, widths, paint));
  const hidden = structure.fields.length - shown.length;
  if (hidden > 0)
    lines.push(paint.dim(`${hidden} ${hidden === 1 ? 'field that is' : 'fields that are'} 0 not shown`));
  return lines;
}

/** A structure as `smmuv3 decode` prints it. */
export function structureText(structure: DecodedStructure, paint: Paint, all: boolean): string {
  const words = structure.words.map((word) => `0x${word.toString(16).padStart(16, '0')}`).join(' ');
  return [
    `${paint.heading(structure.title)}  ${paint.dim(structure.section)}`,
    paint.dim(`  ${words}`),
    ...fieldLines(structure, paint, all).map((line) => `  ${line}`),
  ].join('\n');
}
