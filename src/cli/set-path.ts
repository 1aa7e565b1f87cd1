/** Paths that `--set` names: whether there is such a one, which was meant, and one name for each in messages. */
import { closestMatch } from 'leven';
import { InputError } from '../base/capture-error.js';
import { list } from '../base/check.js';
import { settablePaths } from '../config/paths.js';

/** Every way to write a path, with the one that messages use. */
let spellings: ReadonlyMap<string, string> | undefined;

function allSpellings(): ReadonlyMap<string, string> {
  return (spellings ??= new Map(
    settablePaths().flatMap(({ path, field }) => [
      ...(field.startsWith('caches.') ? [[field.slice('caches.'.length), path] as const] : []),
      [field, path] as const,
      [path, path] as const,
    ]),
  ));
}

/** The one name of a path, whichever way it is written; undefined: there is none. */
export function canonicalPath(path: string): string | undefined {
  return allSpellings().get(path.trim().replace(/\.(\d+)(?=\.|$)/g, '[$1]'));
}

/**
 * Refuses `path=value` when there is no such path.
 * @throws InputError with the nearest one, or what a group holds
 */
export function checkPath(override: string): void {
  const equals = override.indexOf('=');
  const path = override.slice(0, equals).trim();
  // What has no path before its = is refused with everything else (config/overrides.ts).
  if (equals < 1 || path === '' || canonicalPath(path) !== undefined) return;
  const inside = settablePaths()
    .filter((one) => one.path.startsWith(`${path}.`))
    .map((one) => one.path);
  if (inside.length > 0)
    throw new InputError(`'${override}': ${path} is a group, expected one of ${list(shortened(inside))}`);
  throw new InputError(
    `'${override}': there is no '${path}'; the nearest is ${nearestPath(path)} (smmuv3 presets mmu600-agilex5 lists all)`,
  );
}

/** The path that is spelled most like it, upper or lower case alike. */
export function nearestPath(path: string): string {
  const wanted = path.toLowerCase();
  const byLower = new Map([...allSpellings()].map(([spelling, meant]) => [spelling.toLowerCase(), meant]));
  const nearest = closestMatch(wanted, [...byLower.keys()]);
  return byLower.get(nearest ?? '') ?? 'tbu.slots';
}

/** Paths that are named at most. */
const NAMED = 8;

function shortened(paths: readonly string[]): string[] {
  return paths.length <= NAMED ? [...paths] : [...paths.slice(0, NAMED), `${paths.length - NAMED} more`];
}

/** A sentence about a configuration's fields, told with the paths that `--set` takes. */
export function withPaths(sentence: string): string {
  return sentence.replace(
    /\b(?:timing|caches)(?:\.\w+(?:\[\d+\])?)+/g,
    (field) => canonicalPath(field) ?? field,
  );
}
