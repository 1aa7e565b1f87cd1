/** The command line as a user has it: a shell, files, pipes, limits. */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

export interface Shelled {
  /** Exit code of the shell; of a process that a signal ended 128 and its number. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const MAIN = resolve('dist/src/cli/main.js');

/**
 * Runs `script` in bash, where `smmuv3` is the built program, with its output caught. `start … ; $pid` is that program in the
 * background, and not a shell around it.
 */
export function shell(script: string, cwd: string): Promise<Shelled> {
  const program = `${JSON.stringify(process.execPath)} ${JSON.stringify(MAIN)} "$@"`;
  const prelude = `smmuv3() { ${program}; }\nstart() { ${program} & pid=$!; }\n`;
  return new Promise((done) => {
    const child = spawn('bash', ['-c', prelude + script], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 60_000,
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (piece: Buffer) => (out += piece.toString()));
    child.stderr.on('data', (piece: Buffer) => (err += piece.toString()));
    child.on('close', (code) => done({ code, out, err }));
  });
}
