/**
 * An interval for the median of paired ratios that needs no assumption about their distribution: between two order statistics,
 * as many from either end as the binomial distribution allows (the sign test turned round).
 */

export interface MedianInterval {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/**
 * @param error the chance that the median lies outside, at most; when there are too few values for it, the interval is
 * unbounded
 */
export function medianInterval(values: readonly number[], error: number): MedianInterval {
  const sorted = [...values].sort((a, b) => a - b);
  const n = sorted.length;
  const median = (sorted[(n - 1) >> 1] + sorted[n >> 1]) / 2;
  const skipped = skippedFor(n, error);
  if (skipped === undefined) return { median, low: -Infinity, high: Infinity };
  return { median, low: sorted[skipped], high: sorted[n - 1 - skipped] };
}

/** Values that may be left out at each end; undefined: not even none. */
function skippedFor(n: number, error: number): number | undefined {
  let chance = 0.5 ** n; // that so few values or fewer lie on one side of the median
  let term = chance;
  let skipped: number | undefined;
  for (let k = 0; k < n >> 1 && 2 * chance <= error; k++) {
    skipped = k;
    term = (term * (n - k)) / (k + 1);
    chance += term;
  }
  return skipped;
}

/** What a case's interval says of B against A, when differences below `threshold` do not count. */
export function verdictOf({ low, high }: MedianInterval, threshold: number): 'slower' | 'faster' | 'same' {
  if (high < 1 - threshold) return 'slower';
  return low > 1 + threshold ? 'faster' : 'same';
}
