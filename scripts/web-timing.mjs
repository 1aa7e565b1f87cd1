/**
 * How soon the playground answers: from the start of the navigation to the first translation on the screen, with nothing kept
 * and with everything kept by the service worker, and how long a device takes to make. Medians of several loads.
 */
import { preview } from 'vite';
import { launchChromium } from './launch.mjs';

const LOADS = 5;

const server = await preview({
  configFile: 'web/vite.config.ts',
  logLevel: 'silent',
  preview: { host: '127.0.0.1', port: 0 },
});
const browser = await launchChromium();
try {
  const address = server.resolvedUrls?.local[0] ?? '';
  /** @type {Record<string, number[]>} */
  const times = { first: [], kept: [], device: [], another: [] };
  for (let load = 0; load < LOADS; load++) {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(address);
    times.first?.push(await answered(page));
    times.device?.push(await lastDevice(page));
    // Its core has been compiled by now.
    await page.getByRole('combobox', { name: /^Capture/ }).selectOption('linux-s1-4k');
    await page.waitForFunction('performance.getEntriesByName("device").length > 1');
    times.another?.push(await lastDevice(page));
    await page.waitForFunction('navigator.serviceWorker.controller !== null');
    await page.reload();
    times.kept?.push(await answered(page));
    await context.close();
  }
  say('first load to the first answer', times.first);
  say('load to the first answer, kept by the service worker', times.kept);
  say('first device: core fetched, compiled, instantiated', times.device);
  say('another device: core instantiated', times.another);
} finally {
  await browser.close();
  await server.close();
}

/** @param {import('playwright-core').Page} page @returns {Promise<number>} ms since the navigation began */
async function answered(page) {
  await page.waitForFunction('performance.getEntriesByName("answer").length > 0');
  return page.evaluate('performance.getEntriesByName("answer")[0].startTime');
}

/** @param {import('playwright-core').Page} page @returns {Promise<number>} ms */
function lastDevice(page) {
  return page.evaluate('performance.getEntriesByName("device").at(-1).duration');
}

/** @param {string} what @param {readonly number[]} [found] */
function say(what, found = []) {
  const sorted = [...found].sort((a, b) => a - b);
  const [least, median, most] = [0, sorted.length >> 1, sorted.length - 1].map((i) =>
    (sorted[i] ?? 0).toFixed(0),
  );
  console.log(`${what.padEnd(54)} ${median?.padStart(5)} ms  (${least} to ${most})`);
}
