// One memory for the devices of two workers, in a page that is cross-origin isolated; and the same memory unshared, with both devices
// in the page's own thread, in one that is not (docs/embedding.md).
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { launchChromium, SETUP_MS } from './launch.js';
import { type PageServer, serve } from './server.js';

const ISOLATED = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

/** `window.exchange()`: what one device wrote and the other read, and where. */
const PAGE = `<!doctype html><title>shared memory</title><script type="module">
  import { Smmu } from '/dist/src/index.js';
  import { useBuffer } from '/test/browser/sharer.mjs';
  const KIB64 = 65536;
  const RAM = 0x4000_0000n;
  const RAM_BYTES = 8 << 20;
  const BUFFER = RAM + 0x40_0000n;
  const sizes = { timing: false, batchBytes: 0, ram: [] };

  function inWorker(message) {
    return new Promise((resolve, reject) => {
      const worker = new Worker('/test/browser/sharer.mjs', { type: 'module' });
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.postMessage(message);
    });
  }

  window.exchange = async () => {
    const coreBytes = Math.ceil(Smmu.coreBytes(sizes) / KIB64) * KIB64;
    const initial = (2 * coreBytes + RAM_BYTES) / KIB64;
    const memory = new WebAssembly.Memory({ initial, maximum: initial, shared: crossOriginIsolated });
    const ram = [{ base: RAM, size: RAM_BYTES, offset: 2 * coreBytes }];
    const common = { memory, ram, buffer: BUFFER };
    const device = crossOriginIsolated ? inWorker : useBuffer;
    const written = await device({
      ...common, coreBase: 0, pool: { base: RAM, size: 1 << 20 }, streamId: 1, text: 'a frame',
    });
    const read = await device({
      ...common, coreBase: coreBytes, pool: { base: RAM + 0x10_0000n, size: 1 << 20 }, streamId: 2,
    });
    return { isolated: crossOriginIsolated, shared: !(memory.buffer instanceof ArrayBuffer), written, read };
  };
  window.ready = true;
</script>`;

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
}, SETUP_MS);

afterAll(() => browser?.close());

test.each([
  ['cross-origin isolated: two workers, a device in each', ISOLATED, true],
  ['not isolated: both devices in the page', {}, false],
])('one memory, %s', async (_, headers, isolated) => {
  const server: PageServer = await serve(new Map([['/shared.html', PAGE]]), headers);
  const page: Page = await browser.newPage();
  try {
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(`${server.origin}/shared.html`);
    await page.waitForFunction('window.ready');
    const exchanged = await page.evaluate('window.exchange()');
    expect(exchanged).toEqual({ isolated, shared: isolated, written: 'ok', read: 'a frame' });
    expect(complaints).toEqual([]);
  } finally {
    await page.close();
    await server.close();
  }
});
