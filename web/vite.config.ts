/** The playground as static files in dist/web/: `npm run web` serves them while they are worked on, `npm run web:build` builds them. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CORE = `${ROOT}dist/core.wasm`;
const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { version: string };

/** src/core/load.ts names the core as the published package has it, beside dist/src; the sources' own lies in dist/. */
function builtCore(): Plugin {
  const published = "new URL('../../core.wasm', import.meta.url)";
  return {
    name: 'built-core',
    enforce: 'pre',
    transform(code, id) {
      if (!id.endsWith('/src/core/load.ts')) return undefined;
      if (!code.includes(published)) this.error(`${id} does not say ${published}, expected it`);
      return { code: code.replace(published, "new URL('../../dist/core.wasm', import.meta.url)"), map: null };
    },
  };
}

/** Tells the service worker which files there are, and names its cache by what is in them. */
function offline(): Plugin {
  return {
    name: 'offline',
    apply: 'build',
    enforce: 'post',
    generateBundle(_, bundle) {
      const worker = bundle['service-worker.js'];
      if (worker?.type !== 'chunk') this.error('there is no service-worker.js, expected one');
      const files = Object.keys(bundle).filter((name) => name !== worker.fileName && !name.endsWith('.map'));
      const hash = createHash('sha256');
      for (const name of files) {
        const file = bundle[name];
        hash.update(name).update(file?.type === 'asset' ? file.source : (file?.code ?? ''));
      }
      const listed = ['./', './icon.svg', './manifest.webmanifest', ...files.map((name) => `./${name}`)];
      worker.code = worker.code
        .replaceAll('__FILES__', JSON.stringify(listed.filter((name) => name !== './index.html')))
        .replaceAll('__CACHE__', JSON.stringify(`playground-${hash.digest('hex').slice(0, 16)}`));
    },
  };
}

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  plugins: [builtCore(), offline()],
  define: {
    CORE_SHA256: JSON.stringify(createHash('sha256').update(readFileSync(CORE)).digest('hex')),
    PLAYGROUND_VERSION: JSON.stringify(version),
  },
  server: { fs: { allow: [ROOT] } },
  worker: { format: 'es', plugins: () => [builtCore()] },
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2022',
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'], // light-dark() as it stands
    sourcemap: true,
    rolldownOptions: {
      checks: { pluginTimings: false },
      input: {
        index: fileURLToPath(new URL('index.html', import.meta.url)),
        'service-worker': fileURLToPath(new URL('src/service-worker.ts', import.meta.url)),
      },
      output: {
        entryFileNames: ({ name }) => (name === 'service-worker' ? '[name].js' : 'assets/[name]-[hash].js'),
      },
    },
  },
});
