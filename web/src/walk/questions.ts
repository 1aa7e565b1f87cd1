/** Translations worth trying: one of each kind of answer that the capture's own list of questions has. */
import type { ExpectedRow } from '../../../src/capture/index.js';
import { decodeStructure } from '../../../src/inspect/index.js';

export interface Example {
  readonly label: string;
  readonly streamId: number;
  readonly iova: bigint;
  readonly write: boolean;
}

const MOST = 10;

/** How an answer is told from another of a different kind. */
function kindOf({ result, record }: ExpectedRow): string {
  switch (result.kind) {
    case 'pa':
      return `${sizeText(result.pageSize)} page`;
    case 'fault': {
      const fields = record === undefined ? [] : decodeStructure('event', record).fields;
      const stage2 = result.stage2 || fields.some(({ name, value }) => name === 'S2' && value === 1n);
      return `${result.name}${stage2 ? ' at stage 2' : ''}`;
    }
    case 'terminated':
      return 'abort without an event';
    case 'bypass':
      return 'bypass';
  }
}

/** Pages first, then what goes wrong. Of the streams, the last is the one that a capture is about. */
export function examplesOf(questions: readonly ExpectedRow[]): Example[] {
  const found = new Map<string, ExpectedRow>();
  for (const row of questions) {
    const kind = kindOf(row);
    const known = found.get(kind);
    if (known === undefined || known.streamId < row.streamId) found.set(kind, row);
  }
  const rank = ([, { result }]: [string, ExpectedRow]): number => (result.kind === 'pa' ? 0 : 1);
  return [...found]
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, MOST)
    .map(([label, { streamId, iova, write }]) => ({ label, streamId, iova, write }));
}

/** What the view opens with: a nested page of the test device where there is one. */
export function firstQuestion(questions: readonly ExpectedRow[]): Example {
  const pages = questions.filter(({ result }) => result.kind === 'pa');
  const row = pages.find(({ iova }) => iova === 0x1000_0000n) ?? pages[0] ?? questions[0];
  if (row === undefined) return { label: '', streamId: 0, iova: 0n, write: false };
  return { label: kindOf(row), streamId: row.streamId, iova: row.iova, write: false };
}

export const streamsOf = (questions: readonly ExpectedRow[]): number[] =>
  [...new Set(questions.map(({ streamId }) => streamId))].sort((a, b) => a - b);

/** 0x1000 as 4 KiB. */
export function sizeText(bytes: bigint): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let [size, unit] = [bytes, 0];
  while (size >= 1024n && size % 1024n === 0n && unit < units.length - 1) {
    size /= 1024n;
    unit++;
  }
  return `${size} ${units[unit]}`;
}
