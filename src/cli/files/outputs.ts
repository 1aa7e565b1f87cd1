/** The files that one command writes: checked against what it reads and against each other, then opened, all before it runs. */
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { list } from '../../base/check.js';
import { openSink, type Sink } from './sinks.js';
import { descriptorKey, keyOf, STDERR, STDIN, STDOUT, type Target, targetOf } from './target.js';
import { WriteError } from './write-error.js';

/** A file with its part in the command, for messages. */
export interface Named {
  /** 'the trace', '--per-transaction'. */
  readonly role: string;
  /** As the caller spelled it; '-' is standard input or output. Undefined: not asked for. */
  readonly path: string | undefined;
}

interface Planned {
  readonly role: string;
  readonly path: string;
  readonly target: Target;
}

/** Outputs of one command, by role. */
export class Outputs {
  readonly #sinks = new Map<string, Sink>();

  private constructor(private readonly planned: readonly Planned[]) {}

  /**
   * Nothing is opened yet.
   * @param inputs files and folders; what does not exist is somebody else's to refuse
   * @throws WriteError when an output cannot be written, or is an input or another output under whatever name
   */
  static plan(inputs: readonly Named[], outputs: readonly Named[]): Outputs {
    const planned: Planned[] = [];
    for (const { role, path } of outputs) {
      if (path === undefined) continue;
      const target = targetOf(path);
      for (const { role: reader, path: input } of inputs) {
        if (input === undefined || target.key === undefined) continue;
        if (inputKeys(input).includes(target.key))
          throw new WriteError(path, `is ${reader} too, expected another file for ${role}`);
        if (target.kind === 'file' && shadows(target.path, input))
          throw new WriteError(
            path,
            `would be read in place of ${basename(target.path)}.gz, ${reader}; expected another file for ${role}`,
          );
      }
      for (const other of planned) {
        if (same(target, other.target))
          throw new WriteError(path, `is named by ${other.role} and by ${role}, expected two files`);
      }
      for (const [stream, name] of STANDARD) {
        if (target.kind !== 'descriptor' && target.key !== undefined && target.key === descriptorKey(stream))
          throw new WriteError(path, `is ${name} too, expected another file for ${role}`);
      }
      planned.push({ role, path, target });
    }
    return new Outputs(planned);
  }

  /** Whether one of them is standard output, which then holds nothing else. */
  get takeStdout(): boolean {
    return this.planned.some(({ target }) => target.kind === 'descriptor' && target.descriptor === STDOUT);
  }

  /** What becomes of them when they are given up, for people; '' when that is nothing. */
  get lost(): string {
    const files = this.planned.filter(({ target }) => target.kind === 'file').map(({ path }) => path);
    return files.length === 0 ? '' : `; ${list(files, 'and')} not written`;
  }

  /** @throws WriteError; what was opened before is given up */
  async open(): Promise<void> {
    try {
      for (const { role, path, target } of this.planned) this.#sinks.set(role, await openSink(path, target));
    } catch (error) {
      this.abandon();
      throw error;
    }
  }

  /** Undefined: not asked for. */
  sink(role: string): Sink | undefined {
    return this.#sinks.get(role);
  }

  /** All bytes are out; then, and not before, each has its name. */
  async commit(): Promise<void> {
    for (const sink of this.#sinks.values()) await sink.finish();
    for (const sink of this.#sinks.values()) sink.commit();
    this.#sinks.clear();
  }

  /** Nothing of what is not committed stays. */
  abandon(): void {
    for (const sink of this.#sinks.values()) sink.abandon();
    this.#sinks.clear();
  }
}

const STANDARD: readonly (readonly [number, string])[] = [
  [STDOUT, 'standard output'],
  [STDERR, 'standard error'],
];

function same(one: Target, other: Target): boolean {
  if (one.kind === 'descriptor' && other.kind === 'descriptor') return one.descriptor === other.descriptor;
  return one.key !== undefined && one.key === other.key;
}

/** Whether a new file would be found before a compressed one of a folder that is read. */
function shadows(path: string, input: string): boolean {
  try {
    return (
      statSync(input).isDirectory() &&
      realpathSync(input) === dirname(path) &&
      readdirSync(input).includes(`${basename(path)}.gz`)
    );
  } catch {
    return false; // somebody else's to refuse
  }
}

/** Keys of a file that is read, or of each file in a folder. */
function inputKeys(input: string): (string | undefined)[] {
  if (input === '-') return [descriptorKey(STDIN)];
  const key = (path: string): string | undefined => {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? undefined : keyOf(stats);
  };
  try {
    return statSync(input).isDirectory()
      ? readdirSync(input).map((name) => key(join(input, name)))
      : [key(input)];
  } catch {
    return [];
  }
}
