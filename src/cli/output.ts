import { styleText } from 'node:util';
import { PLAIN, type Paint } from '../replay/text.js';

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
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    paint: paintFor(process.stdout, process.env),
    terminal: process.stderr.isTTY ? process.stderr : undefined,
  };
}

/** JSON with 64-bit numbers as hexadecimal strings. */
export function toJson(value: unknown): string {
  const hexadecimal = (_: string, item: unknown): unknown =>
    typeof item === 'bigint' ? `0x${item.toString(16)}` : item;
  return JSON.stringify(value, hexadecimal, 2);
}
