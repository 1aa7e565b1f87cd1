/**
 * The package as strangers use it: packed, installed into an empty project, and used from Node, TypeScript, bundlers and pages.
 * `node scripts/consumers.mjs [part of a name…]` runs those whose name has one of the words; all without.
 */
import * as bundlers from './consumers/bundlers.mjs';
import { node, typescript } from './consumers/node.mjs';
import { Project } from './consumers/project.mjs';
import { launchChromium } from './launch.mjs';

const project = new Project();
/** @type {import('playwright-core').Browser | undefined} */
let browser;
/** @param {(project: Project, browser: import('playwright-core').Browser) => Promise<string>} use */
const inPage = (use) => async () => use(project, (browser ??= await launchChromium()));

/** @type {[name: string, use: () => string | Promise<string>][]} Each gives what went wrong, or nothing. */
const CONSUMERS = [
  ['Node', () => node(project)],
  ['TypeScript 5.9, nodenext', () => typescript(project, '5.9', 'nodenext')],
  ['TypeScript 5.9, bundler', () => typescript(project, '5.9', 'bundler')],
  ['TypeScript 6, nodenext', () => typescript(project, '6', 'nodenext')],
  ['TypeScript 6, bundler', () => typescript(project, '6', 'bundler')],
  ['a page without a bundler: two requests', inPage(bundlers.noBundler)],
  ['Vite, dev', inPage(bundlers.viteDev)],
  ['Vite, build and preview', inPage(bundlers.viteBuild)],
  ['Vite, in a worker', inPage(bundlers.viteWorker)],
  ['examples/worker in Vite', inPage(bundlers.exampleWorker)],
  ['webpack', inPage(bundlers.webpack)],
  ['esbuild loses the core and is told', inPage(bundlers.esbuildLosesTheCore)],
  ['esbuild, option module', inPage(bundlers.esbuildModule)],
  ['esbuild, inline', inPage(bundlers.esbuildInline)],
  ['Rollup, inline', inPage(bundlers.rollupInline)],
  ['tree shaking', () => bundlers.treeShaking(project)],
];

const words = process.argv.slice(2);
const chosen = CONSUMERS.filter(([name]) => words.length === 0 || words.some((word) => name.includes(word)));
let failed = 0;
try {
  project.install();
  for (const [name, use] of chosen) {
    const began = performance.now();
    const wrong = await Promise.resolve()
      .then(use)
      .catch((error) => (error instanceof Error ? (error.stack ?? error.message) : String(error)));
    if (wrong !== '') failed++;
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    console.log(`consumers: ${name}: ${wrong === '' ? 'ok' : `FAILED\n${wrong}`} (${seconds} s)`);
  }
} finally {
  await browser?.close();
  project.remove();
}
console.log(`consumers: ${chosen.length - failed} ok, ${failed} failed`);
if (failed > 0 || chosen.length === 0) process.exitCode = 1;
