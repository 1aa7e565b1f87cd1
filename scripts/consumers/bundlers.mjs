/** Bundlers, each as its users have it: the program of page.mjs built from the packed package, and opened in a browser. */
import { copyFileSync, cpSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import * as esbuild from 'esbuild';
import { rollup } from 'rollup';
import * as vite from 'vite';
import { ANSWER, answerOf, HTML, MAIN } from './page.mjs';
import { serve } from './serve.mjs';

/** @typedef {import('./project.mjs').Project} Project */
/** @typedef {import('playwright-core').Browser} Browser */

const INLINE = MAIN.replace('create()', 'create({ module: coreWasm() })').replace(
  '\n',
  "\nimport { coreWasm } from 'smmuv3-wasm/inline';\n",
);
const WORKER_MAIN = `const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
worker.onmessage = ({ data }) => (document.querySelector('output').textContent = data);
`;
const WORKER = MAIN.replace("document.querySelector('output').textContent = ", 'postMessage(').replace(
  /;\n$/,
  ');\n',
);

/** The package without a bundler: one request for it and one for the core. @param {Project} project @param {Browser} browser */
export async function noBundler(project, browser) {
  const main = MAIN.replace("'smmuv3-wasm'", "'./node_modules/smmuv3-wasm/dist/lib/index.js'");
  project.write('main.js', main);
  project.write('index.html', HTML('./main.js'));
  const server = await serve(project.folder);
  try {
    const said = await answerOf(browser, `${server.origin}/`);
    const ours = server.requested.filter((path) => path.includes('smmuv3-wasm'));
    return said || (ours.length === 2 ? '' : `${ours.length} requests, not 2: ${ours.join(', ')}`);
  } finally {
    server.close();
  }
}

/** @param {Project} project @param {Browser} browser */
export async function viteDev(project, browser) {
  const root = viteProject(project, 'vite-dev', 'main.js');
  const server = await vite.createServer({ root, configFile: false, logLevel: 'error', server: { port: 0 } });
  try {
    await server.listen();
    return await answerOf(browser, String(server.resolvedUrls?.local[0]));
  } finally {
    await server.close();
  }
}

/** @param {Project} project @param {Browser} browser */
export function viteBuild(project, browser) {
  return vitePreview(browser, viteProject(project, 'vite-build', 'main.js'), ANSWER);
}

/** In a worker. @param {Project} project @param {Browser} browser */
export function viteWorker(project, browser) {
  return vitePreview(browser, viteProject(project, 'vite-worker', 'page.js'), ANSWER);
}

/** What examples/worker shows. @param {Project} project @param {Browser} browser */
export function exampleWorker(project, browser) {
  const root = project.path('example-worker');
  cpSync(project.path('node_modules/smmuv3-wasm/examples/worker'), root, { recursive: true });
  return vitePreview(browser, root, /^ok 0x9008, 200000 transactions, p50 \d+ cycles$/);
}

/** @param {Browser} browser @param {string} root @param {string | RegExp} expected */
async function vitePreview(browser, root, expected) {
  const shared = /** @type {const} */ ({ root, configFile: false, logLevel: 'error' });
  await vite.build({ ...shared, worker: { format: 'es' }, build: { target: 'es2022' } });
  const server = await vite.preview({ ...shared, preview: { port: 0 } });
  try {
    return await answerOf(browser, String(server.resolvedUrls?.local[0]), expected);
  } finally {
    await server.close();
  }
}

/** @param {Project} project @param {string} folder @param {string} script */
function viteProject(project, folder, script) {
  project.write(`${folder}/index.html`, HTML(`./${script}`));
  project.write(`${folder}/main.js`, MAIN);
  project.write(`${folder}/page.js`, WORKER_MAIN);
  project.write(`${folder}/worker.js`, WORKER);
  return project.path(folder);
}

/** @param {Project} project @param {Browser} browser */
export async function webpack(project, browser) {
  const { default: compiler } = await import('webpack');
  project.write('webpack/main.js', MAIN);
  project.write('webpack/dist/index.html', HTML('./main.js'));
  const stats = await new Promise((resolve, reject) =>
    compiler(
      {
        mode: 'production',
        context: project.path('webpack'),
        entry: './main.js',
        experiments: { outputModule: true },
        output: { path: project.path('webpack/dist'), filename: 'main.js', module: true },
        performance: { hints: false },
      },
      (error, result) => (error ? reject(error) : resolve(result)),
    ),
  );
  if (stats.hasErrors() || stats.hasWarnings())
    return stats.toString({ all: false, errors: true, warnings: true });
  return openBuilt(browser, project.path('webpack/dist'));
}

/** Without the file: what is said names the way out. @param {Project} project @param {Browser} browser */
export async function esbuildLosesTheCore(project, browser) {
  const program = `${MAIN.replace(
    'await Smmu.create();',
    'await Smmu.create().catch((error) => error);',
  ).replace(
    /const \{ status[\s\S]*/,
    "document.querySelector('output').textContent = /'module'.*smmuv3-wasm\\/inline/.test(smmu.message) ? 'ok 0x9008' : smmu.message;\n",
  )}`;
  await buildByEsbuild(project, 'esbuild-lost', program);
  const inPage = await openBuilt(browser, project.path('esbuild-lost/dist'), /404|Failed to load/);
  project.write('esbuild-lost/node.js', "import { Smmu } from 'smmuv3-wasm';\nawait Smmu.create();\n");
  await esbuild.build({
    entryPoints: [project.path('esbuild-lost/node.js')],
    bundle: true,
    format: 'esm',
    platform: 'node',
    outfile: project.path('esbuild-lost/out/node.mjs'),
  });
  const { stderr } = project.node(['esbuild-lost/out/node.mjs']);
  const named = /option 'module'.*smmuv3-wasm\/inline/.test(stderr);
  return inPage || (named ? '' : `Node said: ${stderr}`);
}

/** With the file beside the bundle, fetched by the page and given as `module`. @param {Project} project @param {Browser} browser */
export async function esbuildModule(project, browser) {
  const program = MAIN.replace('create()', "create({ module: await fetch('./core.wasm') })");
  await buildByEsbuild(project, 'esbuild-module', program);
  copyFileSync(resolved(project, 'smmuv3-wasm/core.wasm'), project.path('esbuild-module/dist/core.wasm'));
  return openBuilt(browser, project.path('esbuild-module/dist'));
}

/** @param {Project} project @param {Browser} browser */
export async function esbuildInline(project, browser) {
  await buildByEsbuild(project, 'esbuild-inline', INLINE);
  return openBuilt(browser, project.path('esbuild-inline/dist'));
}

/** @param {Project} project @param {string} folder @param {string} program */
async function buildByEsbuild(project, folder, program) {
  project.write(`${folder}/main.js`, program);
  project.write(`${folder}/dist/index.html`, HTML('./main.js'));
  await esbuild.build({
    entryPoints: [project.path(`${folder}/main.js`)],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    outfile: project.path(`${folder}/dist/main.js`),
    logLevel: 'silent',
  });
}

/** @param {Project} project @param {Browser} browser */
export async function rollupInline(project, browser) {
  const input = project.write('rollup/main.js', INLINE);
  project.write('rollup/dist/index.html', HTML('./main.js'));
  const bundle = await rollup({ input, plugins: [nodeResolve({ browser: true })] });
  await bundle.write({ file: project.path('rollup/dist/main.js'), format: 'es', inlineDynamicImports: true });
  await bundle.close();
  return openBuilt(browser, project.path('rollup/dist'));
}

/** Bytes of a bundle that uses a constant alone: constants of the language that esbuild does not look through, and a polyfill. */
const MOST_SHAKEN = 1000;

/** What is not used goes: a constant alone brings nothing else of the package along. @param {Project} project */
export async function treeShaking(project) {
  const text = "import { FLAG_WRITE } from 'smmuv3-wasm';\nconsole.log(FLAG_WRITE);\n";
  const input = project.write('shaken/main.js', text);
  const bundle = await rollup({ input, plugins: [nodeResolve()] });
  await bundle.write({ file: project.path('shaken/rollup.js'), format: 'es' });
  await bundle.close();
  await esbuild.build({
    entryPoints: [input],
    bundle: true,
    format: 'esm',
    minify: true,
    outfile: project.path('shaken/esbuild.js'),
  });
  const large = ['rollup.js', 'esbuild.js']
    .map((name) => `${name}: ${statSync(project.path(`shaken/${name}`)).size} bytes`)
    .filter((line) => Number(/: (\d+)/.exec(line)?.[1]) > MOST_SHAKEN);
  return large.join(', ');
}

/** @param {Project} project @param {string} specifier */
function resolved(project, specifier) {
  return createRequire(project.path('package.json')).resolve(specifier);
}

/** @param {Browser} browser @param {string} folder @param {RegExp} [allowed] what the console may say */
async function openBuilt(browser, folder, allowed) {
  const server = await serve(folder);
  try {
    const said = await answerOf(browser, `${server.origin}/`);
    return allowed?.test(said) && !said.includes('answered') ? '' : said;
  } finally {
    server.close();
  }
}
