/** Figures that depend on nothing but the code, and the file that holds what they were: a change is accepted by name, with its reason. */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type FigureValue = number | string;
export type Figures = Readonly<Record<string, FigureValue>>;

export interface Change {
  readonly name: string;
  /** Undefined: there was none. */
  readonly before: FigureValue | undefined;
  /** Undefined: there is none any more. */
  readonly now: FigureValue | undefined;
}

const GOLDEN = 'figures.json';
/** A line of JSON for each change that was accepted. */
const REASONS = 'reasons.jsonl';

/** @param folder in which both files are */
export function readGolden(folder: string): Figures {
  const path = join(folder, GOLDEN);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Figures) : {};
}

/** Figures that are not what they were. */
export function changesOf(before: Figures, now: Figures): Change[] {
  return [...new Set([...Object.keys(before), ...Object.keys(now)])]
    .filter((name) => before[name] !== now[name])
    .map((name) => ({ name, before: before[name], now: now[name] }));
}

/**
 * Takes the present values of the figures whose names are `name` or begin with it and a dot, and keeps why.
 * @returns those that were accepted
 */
export function accept(folder: string, now: Figures, name: string, why: string): Change[] {
  const before = readGolden(folder);
  const accepted = changesOf(before, now).filter(
    (one) => one.name === name || one.name.startsWith(`${name}.`),
  );
  const after: Record<string, FigureValue> = { ...before };
  for (const change of accepted) {
    if (change.now === undefined) delete after[change.name];
    else after[change.name] = change.now;
  }
  const sorted = Object.fromEntries(Object.entries(after).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(join(folder, GOLDEN), `${JSON.stringify(sorted, undefined, 2)}\n`);
  for (const change of accepted)
    appendFileSync(join(folder, REASONS), `${JSON.stringify({ ...change, why })}\n`);
  return accepted;
}
