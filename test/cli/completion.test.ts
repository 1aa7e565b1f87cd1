// smmuv3 completion: the scripts, and what bash makes of its own.
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { smmuv3 } from './run.js';

/** What bash offers for the words of a command line, the last of which is being typed. */
function offered(script: string, ...words: string[]): string[] {
  const line = words.map((word) => `'${word}'`).join(' ');
  const { stdout, stderr } = spawnSync(
    'bash',
    [
      '-c',
      `${script}\nCOMP_WORDS=(${line}); COMP_CWORD=${words.length - 1}; _smmuv3 2>/dev/null; printf '%s\\n' "\${COMPREPLY[@]}"`,
    ],
    { encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  return stdout.split('\n').filter((word) => word !== '');
}

describe('bash', () => {
  test('commands, options, values, paths', async () => {
    const { out } = await smmuv3('completion', 'bash');
    expect(offered(out, 'smmuv3', 'sw')).toEqual(['sweep']);
    expect(offered(out, 'smmuv3', 'c')).toEqual(['compare', 'convert', 'completion']);
    expect(offered(out, 'smmuv3', 'run', '--tab')).toEqual(['--tables', '--table-memory']);
    expect(offered(out, 'smmuv3', 'run', '--timing', 'mmu')).toEqual(['mmu600-agilex5', 'mmu700-server']);
    expect(offered(out, 'smmuv3', 'run', '--stats', '')).toEqual(['summary', 'full', 'gem5']);
    expect(offered(out, 'smmuv3', 'sweep', 'trace.csv', '--set', 'memory.d')).toEqual([
      'memory.dataLatency=',
    ]);
    // A file's name: bash completes it itself.
    expect(offered(out, 'smmuv3', 'run', 'tra')).toEqual([]);
  });
});

describe.each(['bash', 'zsh', 'fish'])('%s', (name) => {
  test('knows every command and its options', async () => {
    const { out } = await smmuv3('completion', name);
    const help = (await smmuv3('--help')).out;
    const commands = [...help.matchAll(/^ {2}([a-z]+)(?: |$)/gm)].map(([, command]) => command);
    expect(commands.length).toBeGreaterThan(8);
    for (const command of commands.filter((one) => one !== 'help' && one !== 'completion' && one !== 'smmuv'))
      expect(out).toContain(command);
    for (const option of ['outstanding', 'per-transaction', 'shard', 'dry-run'])
      expect(out).toContain(option);
  });
});

test('another shell', async () => {
  const { code, err } = await smmuv3('completion', 'tcsh');
  expect(code).toBe(2);
  expect(err).toContain('Allowed choices are bash, zsh, fish');
});
