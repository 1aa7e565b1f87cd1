/** Two results side by side: what differs in what was asked for, in the configuration and in what came out. */

/** A run's document, as far as it is compared: `smmuv3 run --json`, or a row of a sweep. */
export interface Comparable {
  readonly name: string;
  /** By name: how it was run. */
  readonly how: Readonly<Record<string, string>>;
  /** By path: every value of the configuration. */
  readonly configuration: Readonly<Record<string, string>>;
  readonly statistics: Readonly<Record<string, number>>;
  readonly histogram: readonly { readonly from: number; readonly to: number; readonly count: number }[];
}

export interface Difference<T> {
  readonly name: string;
  /** Undefined: it has none of that name. */
  readonly a: T | undefined;
  readonly b: T | undefined;
}

export interface StatisticDifference extends Difference<number> {
  /** b over a, less 1; undefined where a has nothing. */
  readonly change: number | undefined;
}

export interface Comparison {
  readonly how: readonly Difference<string>[];
  readonly configuration: readonly Difference<string>[];
  /** Greatest relative change first, those of single streams behind those of the device. */
  readonly different: readonly StatisticDifference[];
  readonly equal: readonly { readonly name: string; readonly value: number }[];
}

export function compareResults(a: Comparable, b: Comparable): Comparison {
  const names = unionOf(a.statistics, b.statistics);
  const differing = names.filter((name) => a.statistics[name] !== b.statistics[name]);
  return {
    how: differences(a.how, b.how),
    configuration: differences(a.configuration, b.configuration),
    different: differing
      .map((name) => {
        const [one, other] = [a.statistics[name], b.statistics[name]] as (number | undefined)[];
        return { name, a: one, b: other, change: changeOf(one, other) };
      })
      .sort((x, y) => ofStream(x) - ofStream(y) || size(y) - size(x)),
    equal: names
      .filter((name) => a.statistics[name] === b.statistics[name] && a.statistics[name] !== 0)
      .map((name) => ({ name, value: a.statistics[name] })),
  };
}

function ofStream({ name }: StatisticDifference): number {
  return name.startsWith('streams.') ? 1 : 0;
}

/** What appears or goes away is greater than any change. */
function size({ change }: StatisticDifference): number {
  return Math.abs(change ?? Number.MAX_VALUE);
}

function changeOf(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined || a === 0 ? undefined : b / a - 1;
}

function differences(
  a: Readonly<Record<string, string>>,
  b: Readonly<Record<string, string>>,
): Difference<string>[] {
  return unionOf(a, b)
    .filter((name) => a[name] !== b[name])
    .map((name) => ({ name, a: a[name], b: b[name] }));
}

function unionOf(a: object, b: object): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])];
}

/** Every value of a tree of plain data by its path. */
export function flatten(value: unknown, path = ''): Record<string, string> {
  if (typeof value !== 'object' || value === null) return { [path]: String(value) };
  return Object.assign(
    {},
    ...Object.entries(value).map(([name, inner]) =>
      flatten(inner, Array.isArray(value) ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`),
    ),
  ) as Record<string, string>;
}
