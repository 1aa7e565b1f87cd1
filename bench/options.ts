/** Options of a command of this folder: what is wrong with them is one sentence and exit code 2. */
import { parseArgs, type ParseArgsConfig } from 'node:util';

/** As `parseArgs` of Node. @param usage the command with its options, said after the sentence */
export function options<T extends ParseArgsConfig>(
  usage: string,
  config: T,
): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    return refuse(sentenceOf(error), usage);
  }
}

/** Ends the process. */
export function refuse(sentence: string, usage: string): never {
  console.error(`${sentence}; usage: ${usage}`);
  process.exit(2);
}

/** A whole number from `least` on. */
export function count(text: string, name: string, least: number, usage: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= least) return value;
  return refuse(`${name} must be a whole number from ${least} on, not '${text}'`, usage);
}

/** Node's first sentence: what follows is advice about positional arguments. */
function sentenceOf(error: unknown): string {
  const { message, code = '' } = error as NodeJS.ErrnoException;
  if (!code.startsWith('ERR_PARSE_ARGS')) throw error;
  return message.split(/\. |\.$|\n/)[0];
}
