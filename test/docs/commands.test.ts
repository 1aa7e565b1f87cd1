// Every command of docs/sweeps.md runs as it stands there, one after the other in one folder, and the YAML is a sweep.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readSweepFile } from '../../src/sweep/sweep-file.js';
import { shell } from '../cli/shell.js';
import { codeBlocks } from './blocks.js';

const FILE = 'docs/sweeps.md';
let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'smmuv3-docs-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

test('the commands', async () => {
  const blocks = codeBlocks(FILE, 'sh');
  expect(blocks.length).toBeGreaterThan(3);
  for (const { line, text } of blocks) {
    const { code, err } = await shell(`set -e\n${text}`, directory);
    const complaints = err
      .split('\n')
      .filter((one) => one !== '' && !/peakMemoryBytes|peak memory|^[{}]$/.test(one));
    expect({ line, code, complaints }).toEqual({ line, code: 0, complaints: [] });
  }
});

test('the YAML', () => {
  for (const { text } of codeBlocks(FILE, 'yaml')) {
    const path = join(directory, 'sweep.yaml');
    writeFileSync(path, text);
    expect(readSweepFile(path).listed.length).toBeGreaterThan(0);
  }
});
