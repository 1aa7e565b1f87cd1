// Every ```ts sample of the texts compiles against the built package, with all of TypeScript's strict checks, and runs; a comment
// `// → text` behind a console.log says what it prints. The pieces of docs/nested-guest.md and of docs/vsmmu.md are one program each,
// whose output is the text block at its end.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { codeBlocks } from './blocks.js';

/** Pages whose pieces go on from each other. */
const PROGRAMS = ['docs/nested-guest.md', 'docs/vsmmu.md'];
const TEXTS = [
  'CONTRIBUTING.md',
  'README.md',
  ...['docs', 'data', 'data/traces'].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  ),
];
/** Inside the package, so that a sample imports it by its name. */
const FOLDER = 'dist/samples';
const TSC = 'node_modules/@typescript/native/bin/tsc';

interface Sample {
  readonly name: string;
  readonly module: string;
  readonly text: string;
  readonly prints: readonly string[];
}

const joined = (page: string, language: string): string =>
  codeBlocks(page, language)
    .map(({ text }) => text)
    .join('\n');

const samples: Sample[] = [
  ...TEXTS.filter((file) => !PROGRAMS.includes(file)).flatMap((file) =>
    codeBlocks(file, 'ts').map(({ line, text }) => ({
      name: `${file}, line ${line}`,
      module: `${file.replace(/[/.]/g, '-')}-${line}`,
      text,
      prints: announced(text),
    })),
  ),
  ...PROGRAMS.map((page) => ({
    name: page,
    module: page.replace(/[/.]/g, '-'),
    text: joined(page, 'ts'),
    prints: joined(page, 'text').split('\n'),
  })),
];

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
    compilerOptions: {
      rootDir: '.',
      outDir: '.',
      declaration: false,
      noUnusedLocals: false,
      strict: true,
      exactOptionalPropertyTypes: true,
      noPropertyAccessFromIndexSignature: true,
      skipLibCheck: false,
    },
    include: ['*.ts'],
    exclude: [],
  };
  writeFileSync(join(FOLDER, 'tsconfig.json'), JSON.stringify(options));
  compiled = spawnSync(process.execPath, [TSC, '-p', FOLDER], { encoding: 'utf8' });
});

test('there are samples, and they compile', () => {
  expect(samples.length).toBeGreaterThan(15);
  expect(samples.map(({ text }) => text).filter((text) => /:\s*any\b|@ts-|\bas any\b/.test(text))).toEqual(
    [],
  );
  expect(compiled.stdout).toBe('');
  expect(compiled.status).toBe(0);
});

describe('a sample runs and prints what it says', () => {
  test.each(samples)('$name', ({ module, prints }) => {
    const { stdout, stderr, status } = spawnSync(process.execPath, [join(FOLDER, `${module}.js`)], {
      encoding: 'utf8',
    });
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    expect(stdout.split('\n').slice(0, -1)).toEqual(prints);
  });
});
