// The walk-through of CONTRIBUTING.md can be followed: its files are there, and hold the lines that it begins from.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { codeBlocks } from './blocks.js';

/** A piece of the walk-through: the lines of a file that are there, and what comes to them. */
function pieceOf(text: string): { file: string; before: string; after: string } {
  const [head, ...lines] = text.trimEnd().split('\n');
  const kept = (marks: string): string =>
    lines
      .filter((line) => marks.includes(line.charAt(0)))
      .map((line) => line.slice(1))
      .join('\n');
  return { file: head.replace('--- ', ''), before: kept(' -'), after: kept(' +') };
}

const pieces = codeBlocks('CONTRIBUTING.md', 'diff').map(({ text }) => pieceOf(text));

test('there are pieces', () => expect(pieces.length).toBeGreaterThan(3));

describe('a piece begins from what stands in its file, once', () => {
  test.each(pieces)('$file', ({ file, before, after }) => {
    expect(readFileSync(file, 'utf8').split(before)).toHaveLength(2);
    expect(readFileSync(file, 'utf8')).not.toContain(after);
  });
});
