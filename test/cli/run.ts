import { run } from '../../src/cli/program.js';
import { PLAIN } from '../../src/replay/text.js';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command line as on a pipe: no colours, no progress bar. */
export async function smmuv3(...args: string[]): Promise<Ran> {
  let out = '';
  let err = '';
  const code = await run(args, {
    out: (text) => (out += text),
    err: (text) => (err += text),
    paint: PLAIN,
    terminal: undefined,
  });
  return { code, out, err };
}
