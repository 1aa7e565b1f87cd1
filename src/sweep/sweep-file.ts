/** A sweep kept as YAML (or JSON, which is YAML): `set` with an axis for each path, `points` with listed points, or both. */
import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { CaptureError } from '../base/capture-error.js';
import { show } from '../base/check.js';
import type { Axis, Setting } from './points.js';
import { parseValues, type Value } from './values.js';

export interface SweepFile {
  readonly axes: readonly Axis[];
  readonly listed: readonly Setting[];
}

/** @throws CaptureError with the file's name, and the line where YAML is malformed */
export function readSweepFile(path: string): SweepFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw refusal(
      path,
      `cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)}), expected a sweep`,
    );
  }
  const document = parseDocument(text);
  const [problem] = document.errors;
  if (problem !== undefined) {
    const [{ line } = { line: undefined }] = problem.linePos ?? [];
    throw new CaptureError(path, line, undefined, `not valid YAML (${problem.message.split('\n')[0]})`);
  }
  const root = mapOf(document.toJS(), path, 'the sweep');
  const unknown = Object.keys(root).find((key) => key !== 'set' && key !== 'points');
  if (unknown !== undefined) throw refusal(path, `has no field '${unknown}'; it may have set and points`);
  if (root.set === undefined && root.points === undefined)
    throw refusal(path, "holds no points, expected 'set' with values for each path, or 'points' with a list");
  return { axes: axesOf(root.set ?? {}, path), listed: listedOf(root.points ?? [], path) };
}

function axesOf(value: unknown, file: string): Axis[] {
  return Object.entries(mapOf(value, file, 'set')).map(([path, values]): Axis => {
    if (typeof values === 'string') return { path, values: parseValues(values, path) };
    const list: readonly unknown[] = Array.isArray(values) ? values : [values];
    if (list.length === 0) throw refusal(file, `set.${path} has no value, expected at least one`);
    return { path, values: list.map((one) => valueOf(one, file, `set.${path}`)) };
  });
}

function listedOf(value: unknown, file: string): Setting[] {
  if (!Array.isArray(value)) throw refusal(file, `points must be a list, not ${show(value)}`);
  return value.map((point: unknown, i): Setting => {
    const name = `points[${i}]`;
    return Object.fromEntries(
      Object.entries(mapOf(point, file, name)).map(([path, one]) => [
        path,
        valueOf(one, file, `${name}.${path}`),
      ]),
    );
  });
}

function valueOf(value: unknown, file: string, name: string): Value {
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string') return value;
  throw refusal(file, `${name} must be a number, true, false or a word, not ${show(value)}`);
}

function mapOf(value: unknown, file: string, name: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw refusal(file, `${name} must hold fields with values, not ${show(value)}`);
}

function refusal(path: string, problem: string): CaptureError {
  return new CaptureError(path, undefined, undefined, problem);
}
