import { fstatSync, writeSync } from 'node:fs';
import { styleText } from 'node:util';
import { PLAIN, type Paint } from '../replay/text.js';
import { STDOUT } from './files/target.js';
import { writeError } from './files/write-error.js';

export { toJson } from '../base/json-text.js';

/** Where a command writes: the process's own streams, or a test's. */
export interface Output {
  /** Text for people or programs, on stdout. */
  readonly out: (text: string) => void;
  /** Sentences about what went wrong, on stderr. */
  readonly err: (text: string) => void;
  readonly paint: Paint;
  /** A terminal that may show a progress bar. */
  readonly terminal: NodeJS.WriteStream | undefined;
}

/** Colours for a terminal, none elsewhere or when NO_COLOR is set (https://no-color.org). */
export function paintFor(stream: { isTTY?: boolean }, environment: NodeJS.ProcessEnv): Paint {
  const wanted = (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb';
  if (stream.isTTY !== true || !wanted) return PLAIN;
  const style =
    (name: 'bold' | 'green' | 'red' | 'dim') =>
    (text: string): string =>
      styleText(name, text);
  return { heading: style('bold'), good: style('green'), bad: style('red'), dim: style('dim') };
}

/** The process's stdout and stderr. */
export function processOutput(): Output {
  return {
    out: isFile(STDOUT) ? writeWhole : (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    paint: paintFor(process.stdout, process.env),
    terminal: process.stderr.isTTY ? process.stderr : undefined,
  };
}

function isFile(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isFile();
  } catch {
    return false; // closed
  }
}

/** Node's own stream says nothing when a file takes only a part, as at the end of a disk. */
function writeWhole(text: string): void {
  const bytes = Buffer.from(text);
  try {
    for (let done = 0; done < bytes.length;) done += writeSync(STDOUT, bytes, done);
  } catch (error) {
    throw writeError('-', error);
  }
}
