import { CaptureError } from '../base/capture-error.js';
import { parseExpected } from './expected.js';
import { parseCommands, parseEvents } from './queues.js';
import { parseMemory, parseRegisters } from './snapshot.js';
import { parseTimeline } from './timeline.js';
import type { Capture, Snapshot } from './types.js';

/** Where a capture's files come from: a directory, or what a page has fetched. */
export interface CaptureFiles {
  /** Shown in reports and messages. */
  readonly name: string;
  /** The file's uncompressed bytes, and the name to show for it; undefined when there is none. */
  get(file: string): { readonly shown: string; readonly bytes: Uint8Array } | undefined;
}

const decoder = new TextDecoder();

function bytesOf(files: CaptureFiles, file: string): { shown: string; bytes: Uint8Array } {
  const found = files.get(file);
  if (found === undefined) {
    throw new CaptureError(
      files.name,
      undefined,
      undefined,
      `has no ${file}, expected ${file} or ${file}.gz`,
    );
  }
  return found;
}

function parsed<T>(files: CaptureFiles, file: string, parse: (text: string, shown: string) => T): T {
  const { shown, bytes } = bytesOf(files, file);
  return parse(decoder.decode(bytes), shown);
}

/** Registers and memory only: what a question needs. */
export function parseSnapshot(files: CaptureFiles): Snapshot {
  return {
    name: files.name,
    registers: parsed(files, 'registers.json', parseRegisters),
    memory: parsed(files, 'memory.json', (text, shown) =>
      parseMemory(text, shown, bytesOf(files, 'memory.bin').bytes),
    ),
  };
}

/** The whole capture. */
export function parseCapture(files: CaptureFiles): Capture {
  return {
    ...parseSnapshot(files),
    timeline: parsed(files, 'timeline.jsonl', parseTimeline),
    expected: parsed(files, 'expected.jsonl', parseExpected),
    commands: parsed(files, 'commands.jsonl', parseCommands),
    events: parsed(files, 'events.jsonl', parseEvents),
  };
}
