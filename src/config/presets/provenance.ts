/** Values that say where they come from: each preset is written in them once. */

/** Where a value comes from. */
export interface Provenance {
  /** `documented`: in the vendor's or the author's own words or code. `guess`: ours, within what is known. */
  readonly grade: 'documented' | 'guess';
  readonly source: string;
}

/** A value with its provenance. */
export class Marked<T> {
  constructor(
    readonly value: T,
    readonly provenance: Provenance,
  ) {}
}

export function documented<const T>(value: T, source: string): Marked<T> {
  return new Marked(value, { grade: 'documented', source });
}

export function guess<const T>(value: T, source: string): Marked<T> {
  return new Marked(value, { grade: 'guess', source });
}

/** The plain data in a tree of marked values. */
export type Plain<T> = T extends Marked<infer V> ? V : { readonly [K in keyof T]: Plain<T[K]> };

export function plain<T>(tree: T): Plain<T> {
  if (tree instanceof Marked) return tree.value as Plain<T>;
  if (Array.isArray(tree)) return tree.map((inner: unknown) => plain(inner)) as Plain<T>;
  return Object.fromEntries(
    Object.entries(tree as object).map(([key, value]) => [key, plain(value as unknown)]),
  ) as Plain<T>;
}

/** The provenance of every value of a tree, by path such as `tbu.slots` or `walkCaches.s1[2].entries`. */
export function provenance(tree: object, path = ''): Record<string, Provenance> {
  const found: Record<string, Provenance> = {};
  for (const [key, value] of Object.entries(tree) as [string, object][]) {
    const inner = Array.isArray(tree) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    if (value instanceof Marked) found[inner] = value.provenance;
    else Object.assign(found, provenance(value, inner));
  }
  return found;
}
