// The built package in a real browser: same answers as in Node, for the questions of the bundled captures.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { parseCapture } from '../../src/capture/parse.js';
import { guestMemory, HostIommu } from '../../src/iommu/index.js';
import { Iommufd } from '../../src/iommufd/index.js';
import { Smmu } from '../../src/index.js';
import { bringUp, deviceOptions } from '../../src/replay/device.js';
import { Ledger } from '../../src/replay/ledger.js';
import { Questioner } from '../../src/replay/questions.js';
import { bindBackend, iommufdBackend, VirtualSmmu } from '../../src/vsmmu/index.js';
import { codeBlocks } from '../docs/blocks.js';
import { answer, FILES } from './answers.mjs';
import { launchChromium, SETUP_MS } from './launch.js';
import { type PageServer, serve } from './server.js';
import { stackRun } from './stack.mjs';
import { timedRun } from './timed.mjs';

/** Fetches and unpacks a capture, and asks its questions: `window.ask(name)`. */
const CAPTURE_PAGE = `<!doctype html><title>capture</title><script type="module">
  import { Smmu } from '/dist/src/index.js';
  import { parseCapture } from '/dist/src/capture/parse.js';
  import { bringUp, deviceOptions } from '/dist/src/replay/device.js';
  import { Ledger } from '/dist/src/replay/ledger.js';
  import { Questioner } from '/dist/src/replay/questions.js';
  import { answer, FILES } from '/test/browser/answers.mjs';
  const modules = { Smmu, parseCapture, deviceOptions, bringUp, Questioner, Ledger };
  window.ask = async (name) => {
    const files = new Map();
    for (const file of FILES) {
      const { body } = await fetch('/data/' + name + '/' + file);
      const plain = file.endsWith('.gz') ? body.pipeThrough(new DecompressionStream('gzip')) : body;
      files.set(file.replace(/\\.gz$/, ''), new Uint8Array(await new Response(plain).arrayBuffer()));
    }
    return answer(modules, name, files);
  };
  window.ready = true;
</script>`;

/** A timed run: `window.run(preset)`. */
const TIMED_PAGE = `<!doctype html><title>timed</title><script type="module">
  import { Smmu } from '/dist/src/index.js';
  import { HostIommu } from '/dist/src/iommu/index.js';
  import { timedRun } from '/test/browser/timed.mjs';
  window.run = (timing) => timedRun({ Smmu, HostIommu }, timing);
  window.ready = true;
</script>`;

/** A guest on a virtual SMMU: `window.run(form)`. */
const STACK_PAGE = `<!doctype html><title>stack</title><script type="module">
  import { Smmu } from '/dist/src/index.js';
  import { guestMemory, HostIommu } from '/dist/src/iommu/index.js';
  import { Iommufd } from '/dist/src/iommufd/index.js';
  import { bindBackend, iommufdBackend, VirtualSmmu } from '/dist/src/vsmmu/index.js';
  import { stackRun } from '/test/browser/stack.mjs';
  const modules = { Smmu, HostIommu, guestMemory, Iommufd, iommufdBackend, bindBackend, VirtualSmmu };
  window.run = (form) => stackRun(modules, form);
  window.ready = true;
</script>`;

const pages = new Map([
  ['/capture.html', CAPTURE_PAGE],
  ['/timed.html', TIMED_PAGE],
  ['/stack.html', STACK_PAGE],
]);
let server: PageServer;
let browser: Browser;

beforeAll(async () => {
  const [sample] = codeBlocks('docs/embedding.md', 'html');
  pages.set('/embedding.html', sample.text);
  server = await serve(pages);
  browser = await launchChromium();
}, SETUP_MS);

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

/** A page with what it complained about. */
async function open(path: string): Promise<{ page: Page; errors: string[] }> {
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.goto(server.origin + path);
  return { page, errors };
}

async function nodeAnswers(name: string): ReturnType<typeof answer> {
  const files = new Map<string, Uint8Array>();
  for (const file of FILES) {
    const bytes = await readFile(join('data', name, file));
    files.set(file.replace(/\.gz$/, ''), file.endsWith('.gz') ? gunzipSync(bytes) : bytes);
  }
  return answer({ Smmu, parseCapture, deviceOptions, bringUp, Questioner, Ledger }, name, files);
}

describe.each([
  { name: 'linux-s1-4k', lines: 1497 },
  { name: 'linux-s2-4k', lines: 1714 },
  { name: 'linux-nested-4k', lines: 312 },
])('$name', ({ name, lines }) => {
  test('a page answers every line of expected.jsonl as Node does', async () => {
    const { page, errors } = await open('/capture.html');
    await page.waitForFunction('window.ready === true', undefined, { timeout: 30_000 });
    const inPage = await page.evaluate<Awaited<ReturnType<typeof answer>>>(
      `window.ask(${JSON.stringify(name)})`,
    );
    await page.close();
    const inNode = await nodeAnswers(name);
    expect(errors).toEqual([]);
    expect(inPage).toMatchObject({ asked: lines, mismatches: 0, first: [] });
    expect(inPage.answers).toHaveLength(lines);
    expect(inPage).toEqual(inNode);
  });
});

test.each(['gem5-default', 'mmu600-agilex5'])(
  'a run timed by %s is the same in a page and in Node, in every cycle and statistic',
  async (timing) => {
    const { page, errors } = await open('/timed.html');
    await page.waitForFunction('window.ready === true', undefined, { timeout: 30_000 });
    const inPage = await page.evaluate<Awaited<ReturnType<typeof timedRun>>>(
      `window.run(${JSON.stringify(timing)})`,
    );
    await page.close();
    const inNode = await timedRun({ Smmu, HostIommu }, timing);
    expect(errors).toEqual([]);
    // The run is worth comparing: time passed, pages hit and missed, some were not mapped.
    expect(inNode.rows.filter((row) => row.endsWith('00')).length).toBeGreaterThan(inNode.rows.length / 2);
    expect(new Set(inNode.rows).size).toBeGreaterThan(inNode.rows.length / 2);
    expect(inPage.summary).toBe(inNode.summary);
    expect(inPage.stats).toBe(inNode.stats);
    expect(inPage.rows).toEqual(inNode.rows);
  },
  60_000,
);

test.each(['bind', 'iommufd'] as const)(
  'a guest on a virtual SMMU, %s: a page and Node see the same',
  async (form) => {
    const { page, errors } = await open('/stack.html');
    await page.waitForFunction('window.ready === true', undefined, { timeout: 30_000 });
    const inPage = await page.evaluate<string[]>(`window.run(${JSON.stringify(form)})`);
    await page.close();
    const modules = { Smmu, HostIommu, guestMemory, Iommufd, iommufdBackend, bindBackend, VirtualSmmu };
    const inNode = await stackRun(modules, form);
    expect(errors).toEqual([]);
    expect(inNode.slice(4, 8)).toEqual([
      '1040 ok 42900040 ',
      '1040 ok 80900040 ',
      '1040 abort 0 F_TRANSLATION',
      '1040 abort 0 F_TRANSLATION',
    ]);
    expect(inPage).toEqual(inNode);
  },
  60_000,
);

test('the page without a bundler of docs/embedding.md', async () => {
  const { page, errors } = await open('/embedding.html');
  await page.waitForFunction('document.querySelector("output").textContent !== ""', undefined, {
    timeout: 30_000,
  });
  expect(errors).toEqual([]);
  expect(await page.textContent('output')).toBe('ok 0x9008');
  expect(server.requested).toContain('/node_modules/smmuv3-wasm/dist/core.wasm');
  await page.close();
});
