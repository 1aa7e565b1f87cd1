import { CaptureError } from '../base/capture-error.js';
import { parseJson, Row } from '../base/json-row.js';
import type { MemorySegment } from './types.js';

/** Register values by offset in page 0. */
export function parseRegisters(text: string, file: string): Map<number, number> {
  const row = parseJson(text, file).row('registers');
  const registers = new Map<number, number>();
  for (const name of row.names()) {
    const offset = /^0x[0-9a-fA-F]{1,5}$/.test(name) ? Number(name) : NaN;
    if (!(offset % 4 === 0)) {
      throw new CaptureError(
        file,
        undefined,
        `registers.${name}`,
        'expected an offset such as "0x20", a multiple of 4',
      );
    }
    registers.set(offset, row.word(name, 2 ** 32));
  }
  return registers;
}

/** Guest memory: the list in memory.json over the bytes of memory.bin. */
export function parseMemory(text: string, file: string, image: Uint8Array): MemorySegment[] {
  const list = parseJson(text, file).list('segments');
  const segments = list.map((item, i): MemorySegment => {
    const row = new Row(item, file, undefined, `segments[${i}].`);
    const address = row.word64('paddr');
    const offset = row.integer('offset', image.length);
    const length = row.integer('length', Number.MAX_SAFE_INTEGER, 1);
    if (offset + length > image.length) {
      row.fail('length', `at most ${image.length - offset} bytes, for memory.bin has ${image.length}`);
    }
    if (address + BigInt(length) > 1n << 52n) row.fail('paddr', 'an address that ends below 2^52');
    const kinds = row.list('kind');
    if (!kinds.every((kind) => typeof kind === 'string')) row.fail('kind', 'an array of strings');
    return { address, bytes: image.subarray(offset, offset + length), kinds: kinds as string[] };
  });
  const sorted = [...segments].sort((a, b) => (a.address < b.address ? -1 : 1));
  sorted.forEach((segment, i) => {
    const next = sorted[i + 1];
    if (next !== undefined && segment.address + BigInt(segment.bytes.length) > next.address) {
      throw new CaptureError(
        file,
        undefined,
        'segments',
        `the segment at 0x${next.address.toString(16)} overlaps the one at 0x${segment.address.toString(16)}`,
      );
    }
  });
  return segments;
}
