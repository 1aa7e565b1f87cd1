// The page around the views: ways between them, the keyboard, colours, no network once it is loaded, and how soon it is there.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SETUP_MS } from '../browser/launch.js';
import { Playground } from './playground.js';

let playground: Playground;

beforeAll(async () => {
  playground = await Playground.start();
}, SETUP_MS);

afterAll(async () => {
  await playground?.stop();
});

test('the views are one key away from each other, and the page is named after the one that is open', async () => {
  const { page, complaints, context } = await playground.open('');
  for (const name of ['Bind', 'Performance', 'Walk']) {
    const link = page.getByRole('link', { name, exact: true });
    await link.focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector(`.view.${name.toLowerCase()}`);
    expect(await page.title()).toBe(`${name} · SMMUv3 playground`);
    expect(await link.getAttribute('aria-current')).toBe('page');
  }
  expect(complaints).toEqual([]);
  await context.close();
});

test('the keyboard alone: past the bar, a fault asked for, its box opened and edited', async () => {
  const { page, context } = await playground.open('#walk?sid=0x30&iova=0x10000000&access=write');
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.textContent?.trim())).toBe('Skip to the view');
  await page.keyboard.press('Enter');
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
  const reach = async (matches: RegExp): Promise<void> => {
    for (let presses = 0; presses < 80; presses++) {
      await page.keyboard.press('Tab');
      const name = await page.evaluate(() => {
        const element = document.activeElement as HTMLElement | null;
        return `${element?.getAttribute('aria-label') ?? ''} ${element?.textContent ?? ''}`;
      });
      if (matches.test(name)) return;
    }
    throw new Error(`no way to ${String(matches)} by the keyboard`);
  };
  await reach(/^ S1 L3/);
  await page.keyboard.press('Enter');
  await reach(/AP\[2:1\], 2 bits/);
  await page.keyboard.press('Control+A');
  await page.keyboard.type('3');
  await page.keyboard.press('Enter');
  expect(await page.innerText('.verdict')).toContain('F_PERMISSION');
  await context.close();
});

test('the colours that are chosen are kept', async () => {
  const { page, context } = await playground.open('', { colorScheme: 'light' });
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await ground();
  await page.getByRole('combobox', { name: 'Colours' }).selectOption('dark');
  await page.waitForFunction(() => document.documentElement.style.colorScheme === 'dark');
  const dark = await ground();
  expect(dark).not.toBe(light);
  await page.reload();
  await page.waitForFunction(() => document.documentElement.style.colorScheme === 'dark');
  expect(await ground()).toBe(dark);
  await context.close();
});

test('once loaded it needs no network: all views work, and it opens again', async () => {
  const { page, complaints, context } = await playground.open('');
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    // It has taken the page over when it controls it.
    while (navigator.serviceWorker.controller === null)
      await new Promise((resolve) => setTimeout(resolve, 20));
  });
  await context.setOffline(true);
  await page.reload();
  await page.waitForSelector('.view.walk');
  expect(await page.innerText('.verdict')).toContain('Physical address 0x426d0000');
  await page.getByRole('combobox', { name: /^Capture/ }).selectOption('linux-s1-4k');
  await page.waitForFunction(() => document.querySelectorAll('.node.stage2').length === 0);
  await page.getByRole('link', { name: 'Bind' }).click();
  await page.waitForSelector('.view.bind');
  await page.getByRole('link', { name: 'Performance' }).click();
  await page.getByLabel('Generator').fill('gen:ring,count=5000');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.waitForSelector('.results', { timeout: 60_000 });
  expect(complaints).toEqual([]);
  await context.close();
});

test('it can be installed: a manifest with what browsers ask for, under its own scope', async () => {
  const { page, context } = await playground.open('');
  const manifest = await page.evaluate(async () => {
    const link = document.querySelector<HTMLLinkElement>('link[rel=manifest]');
    return (await (await fetch(link!.href)).json()) as Record<string, unknown>;
  });
  expect(manifest).toMatchObject({ start_url: './', scope: './', display: 'standalone' });
  expect(manifest['name']).toEqual(expect.any(String));
  await context.close();
});

test('nothing is asked of any other place, and the first answer takes one script and one core', async () => {
  const context = await playground.browser.newContext({ serviceWorkers: 'block' });
  const page = await context.newPage();
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(playground.address);
  await page.waitForSelector('.view .verdict');
  const network = requests.filter((url) => !url.startsWith('data:'));
  expect(network.every((url) => url.startsWith(playground.address))).toBe(true);
  expect(network.filter((url) => /\/index-[\w-]+\.js$/.test(url))).toHaveLength(1);
  expect(network.filter((url) => url.endsWith('.wasm'))).toHaveLength(1);
  await context.close();
});
