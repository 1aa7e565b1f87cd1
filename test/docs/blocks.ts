// Code samples of the texts, as fenced blocks.
import { readFileSync } from 'node:fs';

export interface Block {
  readonly file: string;
  /** Of its first line of code. */
  readonly line: number;
  readonly text: string;
}

/** The fenced blocks of `language` in a Markdown file. */
export function codeBlocks(file: string, language: string): Block[] {
  const blocks: Block[] = [];
  let open: { line: number; lines: string[]; wanted: boolean } | undefined;
  readFileSync(file, 'utf8')
    .split('\n')
    .forEach((text, i) => {
      if (open === undefined) {
        if (text.startsWith('```'))
          open = { line: i + 2, lines: [], wanted: text.slice(3).trim() === language };
      } else if (text.startsWith('```')) {
        if (open.wanted) blocks.push({ file, line: open.line, text: open.lines.join('\n') });
        open = undefined;
      } else {
        open.lines.push(text);
      }
    });
  return blocks;
}
