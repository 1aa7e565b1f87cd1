// The pages of run, sweep and compare in a real browser, from the file, with the network refused: everything is drawn, nothing
// is loaded, nothing is wider than the window, and choosing another figure draws another chart.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { shell } from '../cli/shell.js';
import { launchChromium, SETUP_MS } from './launch.js';

/** Screenshots are kept here when the variable names a folder, to be looked at. */
const SHOTS = process.env.REPORT_SHOTS;
const SIZES = [
  ['laptop', 1280, 900],
  ['phone', 390, 844],
] as const;

let browser: Browser;
let directory = '';

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'smmuv3-pages-'));
  const { code, err } = await shell(
    `trace=gen:zipf,window=16M,count=20000,streams=3,write=20
     smmuv3 run $trace --outstanding 16 --interval 2000 --report run.html --json > a.json 2> /dev/null
     smmuv3 run $trace --outstanding 16 --set tbu.mainTlb.entries=64 --json > b.json 2> /dev/null
     smmuv3 compare a.json b.json --report compare.html > /dev/null
     smmuv3 sweep $trace --outstanding 16 --set tbu.mainTlb.entries=64,256 --set memory.latency=40,80 --set tcu.probing=parallel,sequential --out rows.jsonl --report sweep.html > /dev/null`,
    directory,
  );
  expect({ code, err }).toEqual({ code: 0, err: '' });
  browser = await launchChromium();
}, SETUP_MS);

afterAll(async () => {
  await browser?.close();
  rmSync(directory, { recursive: true });
});

/** Opens a page, and notes whatever it complains of or asks the network for. */
async function open(name: string, [, width, height]: (typeof SIZES)[number], colorScheme: 'light' | 'dark') {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('request', (request) => {
    if (!request.url().startsWith('file:')) complaints.push(`asks for ${request.url()}`);
  });
  await page.goto(pathToFileURL(join(directory, name)).href);
  await page.waitForFunction(() =>
    [...document.querySelectorAll('.charts > figure')].every((one) => one.querySelector('svg')),
  );
  return { page, complaints, close: () => context.close() };
}

const marks = (page: Page, selector: string): Promise<number> =>
  page.evaluate((text) => document.querySelectorAll(text).length, selector);

test.each([
  ['run.html', 9],
  ['compare.html', 3],
  ['sweep.html', 1],
])('%s: %d charts, on a laptop and a phone, light and dark', async (name, charts) => {
  for (const size of SIZES) {
    for (const scheme of ['light', 'dark'] as const) {
      const { page, complaints, close } = await open(name, size, scheme);
      expect(await marks(page, '.charts > figure')).toBe(charts);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect({ name, size, scheme, complaints, overflow }).toEqual({
        name,
        size,
        scheme,
        complaints: [],
        overflow: 0,
      });
      if (SHOTS !== undefined) {
        mkdirSync(SHOTS, { recursive: true });
        await page.screenshot({ path: join(SHOTS, `${name}-${size[0]}-${scheme}.png`), fullPage: true });
      }
      await close();
    }
  }
});

test('on a phone names go on in the next line, numbers do not; a table that is wider has its own box', async () => {
  const { page, close } = await open('compare.html', SIZES[1], 'light');
  const cells = await page.evaluate(() =>
    [...document.querySelectorAll('td')].map((cell) => ({
      text: cell.textContent,
      broken: cell.innerHTML.includes('<wbr>'),
    })),
  );
  expect(cells.filter(({ text, broken }) => /^[-+\d.,]+( %)?$/.test(text) && broken)).toEqual([]);
  expect(cells.find(({ text }) => text === 'caches.tbu0.main.evictions')).toMatchObject({ broken: true });
  const widths = await page.evaluate(() =>
    [...document.querySelectorAll('.scroll')].map((box) => [box.scrollWidth, box.clientWidth]),
  );
  expect(widths.some(([content, box]) => content > box)).toBe(true);
  await close();
});

test('a run: bars of the histogram, a line for each stream, tables that open', async () => {
  const { page, close } = await open('run.html', SIZES[0], 'light');
  expect(await marks(page, '#chart-0 [aria-label=rect] rect')).toBeGreaterThan(20);
  expect(await marks(page, '#chart-8 [aria-label=line] path')).toBe(3);
  await page.click('text=Configuration, every value');
  expect(await page.locator('td', { hasText: 'tcu.walkCaches.s1[2].entries' }).isVisible()).toBe(true);
  await close();
});

test('a sweep: the reader chooses figure, axes and the values of what is left', async () => {
  const { page, close } = await open('sweep.html', SIZES[0], 'light');
  expect(await marks(page, '#chart-0 [aria-label=line] path')).toBe(2);
  expect(await marks(page, '#chart-0 [aria-label=cell] rect')).toBe(4);
  const labels = (): Promise<string[]> => page.locator('.controls label').allInnerTexts();
  expect((await labels()).map((text) => text.split('\n')[0].trim())).toEqual([
    expect.stringMatching(/^figure/),
    expect.stringMatching(/^along/),
    expect.stringMatching(/^a line for each/),
    expect.stringMatching(/^tcu\.probing/),
  ]);
  const before = await page.locator('#chart-0 [aria-label=line]').innerHTML();
  await page.locator('select').nth(0).selectOption('latency.p99');
  expect(await page.locator('#chart-0 [aria-label=line]').innerHTML()).not.toBe(before);
  await page.locator('select').nth(1).selectOption('tcu.probing');
  expect(await page.locator('#chart-0 [aria-label="x-axis tick label"]').first().textContent()).toContain(
    'parallel',
  );
  await close();
});
