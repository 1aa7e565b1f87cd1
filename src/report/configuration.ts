/** A configuration as one list of values. */
import { pathOfField } from '../config/paths.js';
import { flatten } from './compare.js';

/** Every value of timing and caches, by the path that `--set` takes. */
export function byPath(timing: unknown, caches: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(flatten({ timing: withoutCaches(timing), caches })).map(([field, value]) => [
      pathOfField(field),
      value,
    ]),
  );
}

/** They stand beside it. */
function withoutCaches(timing: unknown): unknown {
  if (typeof timing !== 'object' || timing === null) return timing;
  return Object.fromEntries(Object.entries(timing).filter(([name]) => name !== 'caches'));
}
