/** Structures of the kernel's interface as bytes: little-endian, every field at the offset that a C compiler gives it. */
import { big, integer, show } from '../../base/check.js';

/** Offset, bytes of one element, and of an array the number of its elements. */
export type StructField = readonly [offset: number, bytes: 1 | 2 | 4 | 8, count?: number];

/** A structure: `least` is the size up to the last field that every caller has, `size` that of today's header. */
export interface Struct<
  F extends Readonly<Record<string, StructField>> = Readonly<Record<string, StructField>>,
> {
  readonly name: string;
  readonly size: number;
  readonly least: number;
  readonly fields: F;
}

type FieldValue<T extends StructField> = T extends readonly [number, 8, number]
  ? bigint[]
  : T extends readonly [number, 1 | 2 | 4, number]
    ? number[]
    : T extends readonly [number, 8]
      ? bigint
      : number;

/** The fields of a structure by name: 64-bit ones are bigint, the others number, arrays arrays of these. */
export type StructValues<S extends Struct> = {
  -readonly [K in keyof S['fields']]: FieldValue<S['fields'][K]>;
};

/** A structure with literal offsets, so that its fields have types. */
export function struct<const F extends Readonly<Record<string, StructField>>>(
  name: string,
  size: number,
  fields: F,
  least = size,
): Struct<F> {
  return { name, size, least, fields };
}

/**
 * The bytes of a structure; a field that is left out is 0, and `size`, where there is one, the structure's.
 * @throws RangeError or TypeError for a value that its field cannot hold
 */
export function encodeStruct<S extends Struct>(shape: S, values: Partial<StructValues<S>>): Uint8Array {
  const bytes = new Uint8Array(shape.size);
  if ('size' in shape.fields) put(bytes, shape.fields.size, shape.size, 'size');
  storeStruct(shape, bytes, values);
  return bytes;
}

/** Stores the named fields into bytes that hold the structure already; fields beyond the bytes are left out. */
export function storeStruct<S extends Struct>(
  shape: S,
  bytes: Uint8Array,
  values: Partial<StructValues<S>>,
): void {
  for (const [name, value] of Object.entries(values)) {
    const field: StructField | undefined = shape.fields[name];
    if (field === undefined) throw new TypeError(`${shape.name} has no field '${name}'`);
    if (value === undefined) continue;
    const [offset, width, count] = field;
    if (offset + width * (count ?? 1) > bytes.length) continue;
    if (count === undefined) put(bytes, field, value, `${shape.name}.${name}`);
    else {
      if (!Array.isArray(value) || value.length > count) {
        throw new RangeError(
          `${shape.name}.${name} must be an array of at most ${count}, not ${show(value)}`,
        );
      }
      value.forEach((one: unknown, i) =>
        put(bytes, [offset + i * width, width], one, `${shape.name}.${name}[${i}]`),
      );
    }
  }
}

/**
 * The fields of a structure; those beyond the bytes read as 0, as they do for a caller of an older header.
 * @throws RangeError when there are fewer bytes than every caller has
 */
export function decodeStruct<S extends Struct>(shape: S, bytes: Uint8Array): StructValues<S> {
  if (bytes.byteLength < shape.least) {
    throw new RangeError(`${shape.name} has at least ${shape.least} bytes, not ${bytes.byteLength}`);
  }
  const whole = new Uint8Array(shape.size);
  whole.set(bytes.subarray(0, shape.size));
  const values: Record<string, unknown> = {};
  for (const [name, [offset, width, count]] of Object.entries(shape.fields)) {
    values[name] =
      count === undefined
        ? get(whole, offset, width)
        : Array.from({ length: count }, (_, i) => get(whole, offset + i * width, width));
  }
  return values as StructValues<S>;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function put(bytes: Uint8Array, [offset, width]: StructField, value: unknown, name: string): void {
  const view = viewOf(bytes);
  if (width === 8) view.setBigUint64(offset, big(value, name, 0n, (1n << 64n) - 1n), true);
  else if (width === 4) view.setUint32(offset, integer(value, name, 0, 0xffff_ffff), true);
  else if (width === 2) view.setUint16(offset, integer(value, name, 0, 0xffff), true);
  else view.setUint8(offset, integer(value, name, 0, 0xff));
}

function get(bytes: Uint8Array, offset: number, width: 1 | 2 | 4 | 8): number | bigint {
  const view = viewOf(bytes);
  if (width === 8) return view.getBigUint64(offset, true);
  if (width === 4) return view.getUint32(offset, true);
  return width === 2 ? view.getUint16(offset, true) : view.getUint8(offset);
}
