// Every ```ts sample of the texts compiles against the built package and runs; a comment `// → text` behind a console.log
// says what it prints.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { codeBlocks } from './blocks.js';

const TEXTS = ['README.md', 'docs/guide.md', 'docs/architecture.md', 'docs/conformance.md'];
/** Inside the package, so that a sample imports it by its name. */
const FOLDER = 'dist/samples';
const TSC = 'node_modules/@typescript/native/bin/tsc';

const samples = TEXTS.flatMap((file) =>
  codeBlocks(file, 'ts').map((block) => ({
    ...block,
    name: `${file}, line ${block.line}`,
    module: `${file.replace(/[/.]/g, '-')}-${block.line}`,
  })),
);

/** What the sample says that it prints, in order. */
function announced(text: string): string[] {
  return [...text.matchAll(/\bconsole\.log\(.*\/\/ → (.*)$/gm)].map(([, output]) => output);
}

let compiled: { status: number | null; stdout: string };

beforeAll(() => {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  for (const { module, text } of samples)
    writeFileSync(join(FOLDER, `${module}.ts`), `${text}\nexport {};\n`);
  const options = {
    extends: '../../tsconfig.json',
    compilerOptions: { rootDir: '.', outDir: '.', declaration: false, noUnusedLocals: false },
    include: ['*.ts'],
    exclude: [],
  };
  writeFileSync(join(FOLDER, 'tsconfig.json'), JSON.stringify(options));
  compiled = spawnSync(process.execPath, [TSC, '-p', FOLDER], { encoding: 'utf8' });
});

test('there are samples, and they compile', () => {
  expect(samples.length).toBeGreaterThan(5);
  expect(compiled.stdout).toBe('');
  expect(compiled.status).toBe(0);
});

describe('a sample runs and prints what it says', () => {
  test.each(samples)('$name', ({ module, text }) => {
    const { stdout, stderr, status } = spawnSync(process.execPath, [join(FOLDER, `${module}.js`)], {
      encoding: 'utf8',
    });
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    expect(stdout.split('\n').slice(0, -1)).toEqual(announced(text));
  });
});
