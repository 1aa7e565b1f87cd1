// The checkout as the checks of names see it.
import { readFileSync } from 'node:fs';
import { filesUnder } from '../../scripts/parts.mjs';
import type { Tree } from './mentions.js';

const PLACES = [
  ...['assembly', 'src', 'test', 'bench', 'scripts', 'docs', 'data', 'examples'],
  ...[
    'README.md',
    'CHANGELOG.md',
    'CONTRIBUTING.md',
    'LICENSE',
    'package.json',
    'asconfig.json',
    'tsconfig.json',
    'tsconfig.test.json',
  ],
  ...['jest.config.js', 'eslint.config.js'],
];
const READ = /\.(?:ts|mjs|js|md)$|^(?:package|asconfig)\.json$|\.schema\.json$/;
/** These checks and their planted names: nothing exists because it is named here. */
const THIS_ROOM = /^test\/docs\//;

export function readTree(): Tree {
  const files = PLACES.flatMap((place): string[] => filesUnder(place));
  const read = files.filter((file) => READ.test(file) && !THIS_ROOM.test(file));
  return { paths: new Set(files), texts: new Map(read.map((file) => [file, readFileSync(file, 'utf8')])) };
}
