// The performance view of the playground: a run in a worker, told, cancelled, compared, exported; its results are Node's.
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { SETUP_MS } from '../browser/launch.js';
import { PHONE, picture, Playground, violations } from './playground.js';

/** On a machine that does other things as well. */
const RUN_MS = 120_000;
const MILLION = 'gen:random,window=64M,count=1000000,seed=1';
const SHORT = 'gen:zipf,window=16M,count=60000,seed=7';
/** What CPU a million transactions with full timing may take, s. */
const MILLION_CPU_S = 5;
/** How soon the page answers a click while a run goes on, ms. */
const ANSWER_MS = 100;

let playground: Playground;

beforeAll(async () => {
  playground = await Playground.start();
}, SETUP_MS);

afterAll(async () => {
  await playground?.stop();
});

async function run(page: Page, workload?: string): Promise<void> {
  if (workload !== undefined) await page.getByLabel('Generator').fill(workload);
  const before = await page.locator('.named').count();
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.waitForFunction(() => document.querySelector('progress') === null, undefined, {
    timeout: RUN_MS,
  });
  if (before === 0) await page.waitForSelector('.results', { timeout: RUN_MS });
}

async function exported(page: Page, button: string): Promise<string> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: button }).click(),
  ]);
  return readFile(await download.path(), 'utf8');
}

/** What the command line prints for the same run. */
function inNode(...args: string[]): string {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['dist/src/cli/main.js', 'run', ...args, '--json'],
    {
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    },
  );
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

/** CPU that the renderers have used, s. */
async function rendererCpu(): Promise<number> {
  const session = await playground.browser.newBrowserCDPSession();
  const { processInfo } = (await session.send('SystemInfo.getProcessInfo')) as {
    readonly processInfo: readonly { readonly type: string; readonly cpuTime: number }[];
  };
  await session.detach();
  return processInfo.filter(({ type }) => type === 'renderer').reduce((sum, { cpuTime }) => sum + cpuTime, 0);
}

describe('results', () => {
  test.each(['gem5-default', 'mmu600-agilex5'])(
    'of %s are those of Node, byte for byte',
    async (timing) => {
      const { page, complaints, context } = await playground.open(`#performance?timing=${timing}`);
      await run(page, SHORT);
      const json = await exported(page, 'Export JSON');
      expect(json).toBe(inNode(SHORT, '--timing', timing, '--outstanding', '16'));
      expect(complaints).toEqual([]);
      await context.close();
    },
    RUN_MS,
  );

  test(
    'of a file that was given are those of Node, but for the name of its folder',
    async () => {
      const { page, context } = await playground.open('#performance?outstanding=&stages=nested');
      await page.getByLabel('Open a trace…').setInputFiles('data/traces/nic.csv');
      await run(page);
      const json = await exported(page, 'Export JSON');
      const node = inNode('data/traces/nic.csv', '--timing', 'mmu600-agilex5', '--nested');
      expect(json).toBe(node.replace('data/traces/nic.csv', 'nic.csv'));
      await context.close();
    },
    RUN_MS,
  );

  test(
    'as CSV have every statistic',
    async () => {
      const { page, context } = await playground.open('#performance');
      await run(page, SHORT);
      const lines = (await exported(page, 'Export CSV')).trimEnd().split('\n');
      expect(lines[0]).toBe('name,value,unit,description');
      expect(lines).toContainEqual(expect.stringMatching(/^transactions,60000,Count,"/));
      expect(lines).toContainEqual(expect.stringMatching(/^latency\.p99,\d+,Cycle,"/));
      await context.close();
    },
    RUN_MS,
  );
});

test(
  'a million transactions with full timing: under five seconds of CPU, and the page answers clicks meanwhile',
  async () => {
    const { page, complaints, context } = await playground.open('#performance');
    await page.getByLabel('Generator').fill(MILLION);
    // From the click to the frame that shows what it did.
    await page.evaluate(() => {
      const answers: number[] = [];
      Object.assign(globalThis, { answers });
      document.addEventListener('click', ({ timeStamp }) =>
        requestAnimationFrame(() => answers.push(performance.now() - timeStamp)),
      );
    });
    const before = await rendererCpu();
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    const keep = page.getByLabel('privileged').or(page.getByRole('heading', { level: 1 }));
    while (await page.locator('progress').isVisible()) {
      await keep.click();
      await page.waitForTimeout(20);
    }
    await page.waitForSelector('.results', { timeout: RUN_MS });
    const cpu = (await rendererCpu()) - before;
    const answers = await page.evaluate(() => (globalThis as unknown as { answers: number[] }).answers);
    const sorted = [...answers].sort((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)];
    process.stderr.write(
      `performance view: ${cpu.toFixed(2)} s of CPU, ${answers.length} clicks, answered after ${median.toFixed(1)} ms ` +
        `(half), ${sorted.at(-1)!.toFixed(1)} ms (longest)\n`,
    );
    expect(cpu).toBeLessThan(MILLION_CPU_S);
    expect(answers.length).toBeGreaterThan(5);
    expect(median).toBeLessThan(ANSWER_MS);
    expect(complaints).toEqual([]);
    await context.close();
  },
  RUN_MS,
);

test(
  'a TLB of another size: both runs side by side',
  async () => {
    const { page, complaints, context } = await playground.open('#performance');
    await run(page, SHORT);
    await page.getByLabel('Main TLB, entries').fill('64');
    await run(page);
    await page.waitForSelector('.named .run-B');
    expect(await page.innerText('.named .run-B')).toContain('tbu.mainTlb.entries=64');
    expect(await page.locator('.figures tbody tr').first().innerText()).toMatch(
      /Cycles\s+[\d,]+\s+[\d,]+\s+\+/,
    );
    expect(await page.locator('.plot canvas').count()).toBe(3);
    await picture(page, 'performance-laptop-light');
    expect(await violations(page)).toEqual([]);
    // The first is kept while others come and go.
    await page.getByLabel('keep this run to compare with').check();
    await page.getByLabel('Main TLB, entries').fill('128');
    await run(page);
    await page.waitForFunction(() => document.querySelector('.run-B')?.textContent.includes('entries=128'));
    expect(await page.innerText('.named .run-A')).toContain('tbu.mainTlb.entries=64');
    expect(complaints).toEqual([]);
    await context.close();
  },
  RUN_MS,
);

test(
  'a run that is cancelled ends at once, and what was shown stays',
  async () => {
    const { page, context } = await playground.open('#performance');
    await run(page, SHORT);
    await page.getByLabel('Generator').fill('gen:random,window=1G,count=100000000');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.waitForFunction(() => (document.querySelector('progress')?.value ?? 0) > 0, undefined, {
      timeout: RUN_MS,
    });
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.waitForSelector('progress', { state: 'detached' });
    expect(await page.innerText('.setup [role=status]')).toContain('Cancelled');
    expect(await page.innerText('.named')).toContain('60,000 transactions');
    await context.close();
  },
  RUN_MS,
);

test(
  'the address of the page is the run: a link shows the same',
  async () => {
    const first = await playground.open('#performance');
    await first.page.getByLabel('Main TLB, entries').fill('64');
    await run(first.page, SHORT);
    const { hash } = new URL(first.page.url());
    await first.context.close();
    const second = await playground.open(hash);
    expect(await second.page.getByLabel('Generator').inputValue()).toBe(SHORT);
    expect(await second.page.getByLabel('Main TLB, entries').inputValue()).toBe('64');
    await second.context.close();
  },
  RUN_MS,
);

describe('what cannot be run is said in a sentence, and what was shown stays', () => {
  test.each([
    ['a generator that is unknown', { workload: 'gen:rnd' }, "pattern 'rnd' is unknown, expected"],
    ['a number that is none', { outstanding: 'many' }, "Outstanding is 'many', expected a number"],
    ['an override of nothing', { set: 'tbu.mainTlb.size=4' }, 'size'],
  ])('%s', async (_, settings, says) => {
    const { page, context } = await playground.open(
      `#performance?${new URLSearchParams(settings).toString()}`,
    );
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.waitForSelector('.setup .notice.bad', { timeout: RUN_MS });
    expect(await page.innerText('.setup [role=alert]')).toContain(says);
    await context.close();
  });

  test(
    'a file that is no trace, dropped on the form',
    async () => {
      const { page, complaints, context } = await playground.open('#performance');
      await run(page, SHORT);
      const dropped = await page.evaluateHandle(() => {
        const data = new DataTransfer();
        data.items.add(new File(['once upon a time'], 'story.txt', { type: 'text/plain' }));
        return data;
      });
      await page.dispatchEvent('.setup', 'drop', { dataTransfer: dropped });
      expect(await page.innerText('.setup .trace')).toContain('story.txt');
      await page.getByRole('button', { name: 'Run', exact: true }).click();
      await page.waitForSelector('.setup .notice.bad', { timeout: RUN_MS });
      expect(await page.innerText('.setup [role=alert]')).toContain(
        'story.txt, line 1: is in no known format, expected',
      );
      expect(await page.innerText('.named')).toContain('60,000 transactions');
      expect(complaints).toEqual([]);
      await context.close();
    },
    RUN_MS,
  );
});

test(
  'a phone, dark',
  async () => {
    const { page, complaints, context } = await playground.open('#performance', {
      viewport: PHONE,
      colorScheme: 'dark',
    });
    await run(page, SHORT);
    await page.getByLabel('Main TLB, entries').fill('64');
    await run(page);
    await page.waitForSelector('.named .run-B');
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(PHONE.width);
    await picture(page, 'performance-phone-dark');
    expect(await violations(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await context.close();
  },
  RUN_MS,
);
