// Every example runs as a user runs it, prints what its comments say (`// → text`), and is checked by TypeScript. The one for a page is
// run by scripts/consumers.mjs.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const FOLDER = 'examples';
const TSC = 'node_modules/@typescript/native/bin/tsc';
const programs = (readdirSync(FOLDER, { recursive: true }) as string[]).filter((file) =>
  file.endsWith('.mjs'),
);

function announced(file: string): string[] {
  const text = readFileSync(join(FOLDER, file), 'utf8');
  return [...text.matchAll(/\bconsole\.log\(.*\/\/ → (.*)$/gm)].map(([, output]) => output);
}

test('there is one for each way to embed the device', () => {
  expect([...programs, 'worker/main.js'].sort()).toEqual([
    'called-back.mjs',
    'lent-memory.mjs',
    'own-ram.mjs',
    'pci-device.mjs',
    'two-instances.mjs',
    'wasm-driver/run.mjs',
    'worker/main.js',
  ]);
});

test.each(programs)('%s', (file) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(FOLDER, file)], { encoding: 'utf8' });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  expect(announced(file).length).toBeGreaterThan(0);
  expect(stdout.split('\n').slice(0, -1)).toEqual(announced(file));
});

test('a PCI-style device with its driver takes 200 lines', () => {
  expect(readFileSync(join(FOLDER, 'pci-device.mjs'), 'utf8').split('\n').length).toBeLessThanOrEqual(200);
});

test('the examples have right types', () => {
  const folder = 'dist/examples-check';
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const options = {
    extends: '../../tsconfig.json',
    compilerOptions: { rootDir: '../..', noEmit: true, declaration: false, allowJs: true, checkJs: true },
    include: ['../../examples/**/*.mjs', '../../examples/worker/main.js'],
    exclude: [],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(options));
  const { stdout, status } = spawnSync(process.execPath, [TSC, '-p', folder], { encoding: 'utf8' });
  expect({ stdout, status }).toEqual({ stdout: '', status: 0 });
});
