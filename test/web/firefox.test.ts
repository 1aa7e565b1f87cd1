// The main paths of the playground's views in Firefox. playwright-core drives only a Firefox of its own; puppeteer-core drives
// Debian's over WebDriver BiDi.
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { ensureFirefox } from '../../scripts/firefox.mjs';
import { SETUP_MS } from '../browser/launch.js';
import { type PageServer, serve } from '../browser/server.js';

const STEP_MS = 60_000;
const SHORT = 'gen:zipf,window=16M,count=60000,seed=7';

let server: PageServer;
let browser: Browser;

beforeAll(async () => {
  server = await serve(new Map());
  browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: ensureFirefox(),
    headless: true,
    timeout: SETUP_MS,
  });
}, SETUP_MS);

afterAll(async () => {
  await browser?.close();
  await server?.close();
}, STEP_MS);

async function open(hash: string): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(`${server.origin}/dist/web/${hash}`);
  await page.waitForSelector('.view', { timeout: STEP_MS });
  return { page, complaints };
}

const text = (page: Page, selector: string): Promise<string> =>
  page.$eval(selector, (element) => (element as HTMLElement).innerText);

/** The first button that says so. */
async function press(page: Page, name: string): Promise<void> {
  const found = await page.waitForSelector(`::-p-xpath(//button[normalize-space()="${name}"])`);
  await found!.click();
}

test(
  'walk: the path, a fault, its words',
  async () => {
    const { page, complaints } = await open('');
    expect(await text(page, '.verdict')).toContain('Physical address 0x426d0000');
    expect(await page.$$eval('.column', (columns) => columns.length)).toBe(8);
    await press(page, 'F_PERMISSION');
    await page.waitForSelector('.verdict.bad');
    expect(await text(page, '.verdict')).toMatch(/AP\[2\] = 1 \(AP\[2:1\] = 3\) allows no write/);
    await page.hover('.column:nth-child(2) .node:last-of-type');
    await page.waitForSelector('.detail .fields');
    expect(await text(page, '.detail')).toContain('STE of StreamID 0x30');
    expect(complaints).toEqual([]);
    await page.close();
  },
  STEP_MS,
);

test(
  'bind and unbind',
  async () => {
    const { page, complaints } = await open('#bind');
    await press(page, 'Bind');
    await page.waitForFunction(() => document.querySelectorAll('.commands li').length === 4);
    expect(await text(page, '.probes')).toContain('Physical address 0x42300000');
    expect(await page.$$eval('.compare tr.changed', (rows) => rows.length)).toBeGreaterThan(5);
    await press(page, 'Unbind');
    await page.waitForFunction(() => document.querySelectorAll('.acts li').length === 3);
    expect(complaints).toEqual([]);
    await page.close();
  },
  STEP_MS,
);

test(
  'performance: the figures are those of Node',
  async () => {
    const { page, complaints } = await open(`#performance?workload=${SHORT}`);
    await press(page, 'Run');
    await page.waitForSelector('.results', { timeout: STEP_MS });
    const { stdout } = spawnSync(
      process.execPath,
      ['dist/src/cli/main.js', 'run', SHORT, '--timing', 'mmu600-agilex5', '--outstanding', '16', '--json'],
      { encoding: 'utf8', maxBuffer: 2 ** 26 },
    );
    const node = JSON.parse(stdout) as { readonly cycles: number; readonly walks: number };
    const figures = await text(page, '.figures');
    expect(figures).toContain(node.cycles.toLocaleString('en'));
    expect(figures).toContain(node.walks.toLocaleString('en'));
    expect(complaints).toEqual([]);
    await page.close();
  },
  STEP_MS,
);
