/** Quantities as people read them: in a unit that fits, with the digits that count. */

/** 1,655,201. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** A time in ns as ns, µs, ms or s, four digits. */
export function duration(nanoseconds: number): string {
  const [factor, unit] =
    nanoseconds < 1e4
      ? [1, 'ns']
      : nanoseconds < 1e7
        ? [1e3, 'µs']
        : nanoseconds < 1e10
          ? [1e6, 'ms']
          : [1e9, 's'];
  return `${digits(nanoseconds / factor)} ${unit}`;
}

/** Something a second, with k, M or G before the unit. */
export function rate(perSecond: number, unit: string): string {
  const [factor, prefix] =
    perSecond < 1e3 ? [1, ''] : perSecond < 1e6 ? [1e3, 'k'] : perSecond < 1e9 ? [1e6, 'M'] : [1e9, 'G'];
  return `${digits(perSecond / factor)} ${prefix}${unit}/s`;
}

/** Four digits, as many of them behind the point as are left. */
export function digits(value: number): string {
  if (value === 0) return '0';
  const before = Math.max(1, Math.floor(Math.log10(Math.abs(value))) + 1);
  return value.toFixed(Math.max(0, Math.min(3, 4 - before)));
}

/** 12.3 %; less than what one digit shows is said. */
export function percent(share: number): string {
  if (share > 0 && share < 0.0005) return '< 0.1 %';
  return `${(100 * share).toFixed(1)} %`;
}
