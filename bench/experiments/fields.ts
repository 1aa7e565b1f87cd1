/** A value at a packed field's place in its word (assembly/arch). */
export function at(field: number, value: number | bigint): bigint {
  return BigInt(value) << BigInt((field >>> 8) & 0xff);
}
