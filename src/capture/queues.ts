import { parseJsonLines } from '../base/json-row.js';
import { recordIn, wordsOf } from './timeline.js';
import type { RecordedCommand, RecordedEvent } from './types.js';

/** Every command that the SMMU consumed, in order. */
export function parseCommands(text: string, file: string): RecordedCommand[] {
  const commands: RecordedCommand[] = [];
  for (const row of parseJsonLines(text, file)) {
    const [low, high] = wordsOf(row.bytes('raw', 16));
    if (row.integer('i', Number.MAX_SAFE_INTEGER) !== commands.length) {
      row.fail('i', `${commands.length}, the next index`);
    }
    commands.push({
      line: row.line!,
      index: commands.length,
      name: row.text('op'),
      words: [low, high],
      access: row.integer('at_mmio', Number.MAX_SAFE_INTEGER),
    });
  }
  return commands;
}

/** Every event record that the SMMU wrote, in order. */
export function parseEvents(text: string, file: string): RecordedEvent[] {
  const events: RecordedEvent[] = [];
  for (const row of parseJsonLines(text, file)) {
    events.push({
      line: row.line!,
      index: row.integer('i', Number.MAX_SAFE_INTEGER),
      name: row.text('type'),
      streamId: row.integer('sid', 0xffff_ffff),
      words: recordIn(row, 'raw'),
    });
  }
  return events;
}
