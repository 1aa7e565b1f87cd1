import { parseJsonLines, type Row } from '../base/json-row.js';
import { bypassWrites } from '../base/recorded-access.js';
import type { EventWords, RecordedDescriptor, TimelineEntry } from './types.js';

const KINDS = ['mmio', 'xlat', 'bypass', 'event', 'irq', 'mem'] as const;
/** Interrupts that QEMU's SMMUv3 has. */
const LAST_IRQ = 3;

/** Words of `bytes` as they stand in memory, little-endian. */
export function wordsOf(bytes: Uint8Array): bigint[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 8 }, (_, i) => view.getBigUint64(8 * i, true));
}

/** The 32-byte event record in `field`. */
export function recordIn(row: Row, field: string): EventWords {
  const [a, b, c, d] = wordsOf(row.bytes(field, 32));
  return [a, b, c, d];
}

function descriptors(row: Row): RecordedDescriptor[] {
  if (!row.has('ptes')) return [];
  return row.list('ptes').map((item) => {
    const [stage, level, address, value] = Array.isArray(item) ? (item as unknown[]) : [];
    const good =
      (stage === 1 || stage === 2 || stage === 3) &&
      typeof level === 'number' &&
      Number.isInteger(level) &&
      level >= -1 &&
      level <= 3 &&
      [address, value].every((text) => typeof text === 'string' && /^0x[0-9a-fA-F]{1,16}$/.test(text));
    if (!good) row.fail('ptes', 'rows of [stage 1, 2 or 3, level -1 to 3, "0x" address, "0x" value]');
    return {
      stage: stage as 1,
      level,
      address: BigInt(address as string),
      value: BigInt(value as string),
    };
  });
}

function commandRange(row: Row): [number, number] {
  const [first, last, ...rest] = row.list('cmds');
  const good = [first, last].every((i) => typeof i === 'number' && Number.isInteger(i) && i >= 0);
  if (!good || rest.length > 0 || (first as number) > (last as number)) {
    row.fail('cmds', 'the first and the last index of the commands consumed');
  }
  return [first as number, last as number];
}

/** The address of a bypass, which leaves as it came. */
function unchangedAddress(row: Row): bigint {
  const iova = row.word64('iova');
  if (row.has('pa') && row.word64('pa') !== iova)
    row.fail('pa', 'the address in "iova": a bypass changes none');
  return iova;
}

function entry(row: Row): TimelineEntry {
  const line = row.line!;
  switch (row.oneOf('t', KINDS)) {
    case 'mmio': {
      const size = row.integer('size', 8, 4);
      if (size !== 4 && size !== 8) row.fail('size', '4 or 8');
      const offset = row.word('off', 0x20000);
      if (offset % size !== 0) row.fail('off', `an offset that is a multiple of ${size}`);
      const value = row.word64('val');
      if (size === 4 && value > 0xffff_ffffn) row.fail('val', 'a 32-bit value');
      return {
        kind: 'mmio',
        line,
        n: row.integer('n', Number.MAX_SAFE_INTEGER),
        write: row.oneOf('op', ['r', 'w']) === 'w',
        offset,
        size,
        value,
        commands: row.has('cmds') ? commandRange(row) : undefined,
      };
    }
    case 'xlat': {
      const permissions = row.integer('perm_bits', 3, 1);
      return {
        kind: 'xlat',
        line,
        streamId: row.integer('sid', 0xffff_ffff),
        iova: row.word64('iova'),
        pa: row.word64('pa'),
        read: (permissions & 1) !== 0,
        write: (permissions & 2) !== 0,
        descriptors: descriptors(row),
      };
    }
    case 'bypass':
      return {
        kind: 'bypass',
        line,
        streamId: row.integer('sid', 0xffff_ffff),
        iova: unchangedAddress(row),
        write: bypassWrites(row),
      };
    case 'event':
      return {
        kind: 'event',
        line,
        index: row.integer('i', Number.MAX_SAFE_INTEGER),
        name: row.text('type'),
        words: recordIn(row, 'raw'),
        descriptors: descriptors(row),
      };
    case 'irq':
      return { kind: 'irq', line, irq: row.integer('irq', LAST_IRQ) };
    case 'mem':
      return { kind: 'mem', line, address: row.word64('addr'), value: row.word64('val') };
  }
}

/** Everything that happened, in order. */
export function parseTimeline(text: string, file: string): TimelineEntry[] {
  const entries: TimelineEntry[] = [];
  for (const row of parseJsonLines(text, file)) entries.push(entry(row));
  return entries;
}
