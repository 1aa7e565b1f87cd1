/**
 * The docs site in dist/site: the pages of docs/, the reference of the command line out of its own definitions, and the API
 * out of the docstrings, searchable; ends with a check of every link in it. Exit code 1 when one leads nowhere.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Application, Converter, ReflectionKind } from 'typedoc';
import { commandReference } from './docs/command-reference.mjs';
import { brokenLinks } from './docs/links.mjs';
import { ROOT } from './parts.mjs';

const OUT = join(ROOT, 'dist/site');
const COMMANDS = join(ROOT, 'dist/docs/command-line.md');
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

/** Entries of the package that have sources: what they are called, by source. */
const entries = new Map(
  Object.entries(manifest.exports).flatMap(([name, target]) => {
    const source = sourceOf(target);
    return source === undefined ? [] : [[source, join(manifest.name, name)]];
  }),
);

mkdirSync(join(ROOT, 'dist/docs'), { recursive: true });
writeFileSync(COMMANDS, await commandReference());
rmSync(OUT, { recursive: true, force: true });

/** In the order of a first reading; a page that is not named comes after those that are. */
const first = ['guide.md', 'playground.md', 'nested-guest.md', 'timing.md', 'traces.md'].map(
  (name) => `docs/${name}`,
);
const others = readdirSync(join(ROOT, 'docs'))
  .map((name) => `docs/${name}`)
  .filter((file) => file.endsWith('.md') && !first.includes(file));
const documents = [...first, COMMANDS, ...others, 'data/README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'];
const app = await Application.bootstrap({
  name: `${manifest.name} ${manifest.version}`,
  entryPoints: [...entries.keys()],
  tsconfig: 'tsconfig.json',
  basePath: ROOT,
  readme: 'README.md',
  projectDocuments: documents,
  searchInDocuments: true,
  searchInComments: true,
  excludePrivate: true,
  excludeInternal: true,
  includeHierarchySummary: false, // it has no place for types that extend another entry's
  disableSources: true,
  skipErrorChecking: true, // npm run typecheck does it
  highlightLanguages: ['ts', 'tsx', 'js', 'json', 'html', 'sh', 'text', 'csv', 'yaml', 'c', 'diff'],
  ignoredHighlightLanguages: ['mermaid'],
  customJs: 'scripts/docs/diagrams.js',
  customCss: 'scripts/docs/diagrams.css',
  // What an entry's types are made of, and has no name of its own there.
  validation: { notExported: false, invalidLink: true, invalidPath: true, rewrittenLink: true },
  treatValidationWarningsAsErrors: true,
  logLevel: 'Warn',
});
app.converter.on(Converter.EVENT_CREATE_DECLARATION, (_, reflection) => {
  if (reflection.kindOf(ReflectionKind.Module))
    reflection.name = entries.get(`${reflection.name}/index.ts`) ?? reflection.name;
});
app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, document) => {
  const [first] = document.content;
  document.name = /^#\s+(.+)$/m.exec(first?.text ?? '')?.[1]?.replaceAll('`', '') ?? document.name;
});

const project = await app.convert();
if (project === undefined) process.exit(1);
app.validate(project);
await app.generateDocs(project, OUT);
copyFileSync(join(ROOT, 'node_modules/mermaid/dist/mermaid.min.js'), join(OUT, 'assets/mermaid.min.js'));
const broken = brokenLinks(OUT);
for (const sentence of broken) console.error(`docs: ${sentence}.`);
console.log(`docs: dist/site, ${broken.length} links that lead nowhere`);
if (app.logger.hasErrors() || broken.length > 0) process.exitCode = 1;

/**
 * The source of an entry: its types are made of it.
 * @param {unknown} target of an entry in package.json @returns {string | undefined}
 */
function sourceOf(target) {
  const types =
    typeof target === 'object' && target !== null && 'types' in target ? String(target.types) : '';
  const source = types.replace(/^\.\/dist\//, '').replace(/\.d\.ts$/, '.ts');
  return source.endsWith('/index.ts') && existsSync(join(ROOT, source)) ? source : undefined;
}
