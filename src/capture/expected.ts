import { parseJsonLines, type Row } from '../base/json-row.js';
import { recordIn } from './timeline.js';
import type { ExpectedResult, ExpectedRow } from './types.js';

const SOURCES = ['qemu-frozen', 'qemu-trace', 'script-only'] as const;

function result(row: Row): ExpectedResult {
  const answer = row.row('result');
  if (answer.flag('bypass')) {
    if (answer.has('pa') && answer.word64('pa') !== row.word64('iova'))
      answer.fail('pa', 'the address in "iova": a bypass changes none');
    return { kind: 'bypass' };
  }
  if (answer.has('pa')) {
    const permissions = answer.oneOf('perm', ['r', 'w', 'rw']);
    return {
      kind: 'pa',
      pa: answer.word64('pa'),
      pageSize: BigInt(answer.integer('page_size', 2 ** 52, 1)),
      read: permissions !== 'w',
      write: permissions !== 'r',
    };
  }
  if (answer.has('fault'))
    return { kind: 'fault', name: answer.text('fault'), stage2: answer.flag('stage2') };
  if (answer.flag('terminated')) return { kind: 'terminated' };
  return row.fail('result', 'an object with "pa", "fault", "terminated" or "bypass"');
}

/** Questions about the final snapshot, with their answers. */
export function parseExpected(text: string, file: string): ExpectedRow[] {
  const rows: ExpectedRow[] = [];
  for (const row of parseJsonLines(text, file)) {
    rows.push({
      line: row.line!,
      streamId: row.integer('sid', 0xffff_ffff),
      iova: row.word64('iova'),
      write: row.oneOf('rw', ['r', 'w']) === 'w',
      result: result(row),
      source: row.oneOf('source', SOURCES),
      record: row.has('event_record') ? recordIn(row, 'event_record') : undefined,
    });
  }
  return rows;
}
