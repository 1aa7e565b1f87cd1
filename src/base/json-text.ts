/** JSON with 64-bit numbers (bigints) as hexadecimal strings. */
export function toJson(value: unknown): string {
  const exact = (_: string, item: unknown): unknown => {
    if (typeof item === 'bigint') return `0x${item.toString(16)}`;
    return item;
  };
  return JSON.stringify(value, exact, 2);
}
