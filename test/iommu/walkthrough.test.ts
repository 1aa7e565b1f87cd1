// The program of docs/nested-guest.md, as a user of the package would run it.
import { describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { run } from '../../src/cli/program.js';
import { PLAIN } from '../../src/replay/text.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(`${ROOT}/docs/nested-guest.md`, 'utf8');
const blocks = (language: string): string =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))]
    .map(([, text]) => text)
    .join('');

describe('docs/nested-guest.md', () => {
  test('its code prints what it says, with the published names of the built package', () => {
    const printed = execFileSync(process.execPath, ['--input-type=module', '-'], {
      cwd: ROOT,
      input: blocks('ts'),
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    expect(printed).toBe(blocks('text'));
  });
});

describe('smmuv3 demo nested', () => {
  async function demo(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    let [out, err] = ['', ''];
    const code = await run(['demo', ...args], {
      out: (text) => (out += text),
      err: (text) => (err += text),
      paint: PLAIN,
      terminal: undefined,
    });
    return { code, out, err };
  }
  test('tells the same story', async () => {
    const { code, out } = await demo('nested');
    expect(code).toBe(0);
    for (const line of ['0x42300000', 'stale', 'F_TRANSLATION', 'CFGI_STE', 'TLBI_NH_VA'])
      expect(out).toContain(line);
  });
  test('as JSON', async () => {
    const { out } = await demo('nested', '--json');
    const steps = JSON.parse(out) as { title: string; dma?: { status: string }[] }[];
    expect(steps.length).toBeGreaterThan(6);
  });
  test('another demo: one sentence, exit code 2', async () => {
    const { code, err } = await demo('other');
    expect(code).toBe(2);
    expect(err).toContain('nested');
  });
});
