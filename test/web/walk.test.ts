// The walk view of the playground: what it shows is what the library says, and a reader can get at all of it.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { SETUP_MS } from '../browser/launch.js';
import { PHONE, picture, Playground, violations } from './playground.js';

let playground: Playground;

beforeAll(async () => {
  playground = await Playground.start();
}, SETUP_MS);

afterAll(async () => {
  await playground?.stop();
});

const result = (page: Page): Promise<string> => page.innerText('.verdict [role=status]');
const columns = (page: Page): Promise<string[]> => page.locator('.column h3').allInnerTexts();

async function ask(page: Page, sid: string, iova: string, access: string): Promise<void> {
  await page.getByLabel('StreamID', { exact: true }).fill(sid);
  await page.getByLabel('Address', { exact: true }).fill(iova);
  await page.getByLabel(access, { exact: true }).check({ force: true });
  await page.getByRole('button', { name: 'Translate', exact: true }).click();
}

describe('the path', () => {
  test('opens with the nested capture, whose answer is in its list of expected ones', async () => {
    const { page, complaints, context } = await playground.open('');
    expect(await result(page)).toContain('Physical address 0x426d0000, in a page of 0x1000 bytes');
    expect(await columns(page)).toEqual([
      'TLBs',
      'Stream table',
      'CD',
      ...[0, 1, 2, 3].map((level) => `Stage 1, level ${level}`),
      'Output',
    ]);
    // The CD's own address takes all four levels of stage 2; then walk caches of stage 2 shorten the way.
    expect(await page.locator('.column:nth-child(3) .node.stage2').count()).toBe(4);
    expect(await page.locator('.column:nth-child(4) .caches .hit').innerText()).toContain('S2 L2');
    await picture(page, 'walk-laptop-light');
    expect(await violations(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test('pointing at a box and focusing it show its words by field', async () => {
    const { page, context } = await playground.open('');
    const detail = page.locator('.detail');
    await page.getByRole('button', { name: /STE of StreamID 0x30/ }).hover();
    expect(await detail.innerText()).toMatch(/IHI 0070 §5\.2/);
    expect(await detail.innerText()).toMatch(/Config\s+0\[3:1\]\s+7\s+stage 1 and stage 2 translate/);
    await page.getByRole('button', { name: /Stage 1 level 3 descriptor/ }).focus();
    expect(await detail.innerText()).toMatch(/DDI 0487 D8\.3/);
    expect(await detail.innerText()).toMatch(/AP\[2:1\]\s+\[7:6\]\s+1\s+read\/write/);
    // Arrows go from box to box.
    await page.keyboard.press('ArrowLeft');
    expect(await detail.innerText()).toContain('Stage 2 level 3 descriptor for the stage 1 descriptor');
    await context.close();
  });

  test('a fault is explained in one sentence, with its record', async () => {
    const { page, complaints, context } = await playground.open('', { colorScheme: 'dark' });
    await ask(page, '0x30', '0x1001817c', 'write');
    expect(await result(page)).toContain('Aborted with F_PERMISSION, by the guest’s part (stage 1).');
    expect(await result(page)).toContain(
      'The stage 1 level 3 descriptor at 0x43e060c0 is 0x80418fc3: AP[2] = 1 (AP[2:1] = 3) allows no write',
    );
    await page.getByRole('button', { name: 'Show the F_PERMISSION record' }).click();
    expect(await page.innerText('.verdict .structure')).toMatch(/StreamID\s+0\[63:32\]\s+0x30/);
    expect((await columns(page)).at(-1)).toBe('Fault');
    await picture(page, 'walk-fault-laptop-dark');
    expect(await violations(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test('the address of the page leads back to the same question', async () => {
    const first = await playground.open('');
    await ask(first.page, '0x30', '0x1001e780', 'write');
    const shown = await result(first.page);
    const { hash } = new URL(first.page.url());
    await first.context.close();
    const second = await playground.open(hash);
    expect(shown).toContain('F_TRANSLATION');
    expect(await result(second.page)).toBe(shown);
    await second.context.close();
  });

  test('what is no number is named, and the picture stays', async () => {
    const { page, context } = await playground.open('');
    await ask(page, '0x30', '10000000h', 'read');
    expect(await page.innerText('.setup [role=alert]')).toContain(
      "Address is '10000000h', expected a number such as 0x1000 or 4096",
    );
    expect(await result(page)).toContain('0x426d0000');
    await context.close();
  });
});

describe('words are edited', () => {
  test('and the walk follows; taken back, it is as recorded', async () => {
    const { page, context } = await playground.open('#walk?sid=0x30&iova=0x10000000&access=write');
    expect(await result(page)).toContain('Physical address 0x426d0000');
    await page.getByRole('button', { name: /Stage 1 level 3 descriptor/ }).click();
    await page.getByLabel('AP[2:1], 2 bits').fill('3');
    await page.keyboard.press('Enter');
    expect(await result(page)).toContain('F_PERMISSION');
    expect(await page.locator('.node.edited').count()).toBe(1);
    await page.getByRole('button', { name: 'Take the edit back' }).click();
    expect(await result(page)).toContain('Physical address 0x426d0000');
    await context.close();
  });

  test('a cache that is kept still has the old one, and emptied it has not', async () => {
    const { page, context } = await playground.open('#walk?sid=0x30&iova=0x10000000&access=write');
    await page.getByLabel('caches keep what they hold').check();
    await page.getByRole('button', { name: /Stage 1 level 3 descriptor/ }).click();
    await page.getByLabel('Word', { exact: true }).fill('0');
    await page.keyboard.press('Enter');
    expect(await result(page)).toContain('The micro TLB had it.');
    expect(await page.innerText('.column:first-child .caches')).toContain('micro TLB hit');
    await page.getByRole('button', { name: 'Empty the caches' }).click();
    expect(await result(page)).toContain('F_TRANSLATION');
    await context.close();
  });

  test('a value that does not fit is refused in a sentence', async () => {
    const { page, context } = await playground.open('');
    await page.getByRole('button', { name: /Stage 1 level 3 descriptor/ }).click();
    await page.getByLabel('AP[2:1], 2 bits').fill('4');
    await page.keyboard.press('Enter');
    expect(await page.innerText('.detail [role=alert]')).toBe('AP[2:1] is 4, expected at most 2 bits');
    await context.close();
  });
});

describe('pasted structures', () => {
  test.each([
    ['an STE that is not usable', 'ste', '0x0', /Not usable, C_BAD_STE \(IHI 0070 §5\.2\.2\):\s+V = 0/],
    ['a CD', 'cd', '0x9e204b5993510 0x80011000', /Usable: it breaks no rule of IHI 0070 §5\.4\.1\./],
    [
      "an event as a kernel's log has it",
      'event',
      'arm-smmu-v3 arm-smmu-v3.0.auto:\t0x0000003000000010\n\t0x0000020000000000',
      /F_TRANSLATION IHI 0070 §7\.3\.13/,
    ],
    ['what is no word', 'ste', 'hello', /'hello' is no hexadecimal word/],
    ['too many words', 'event', '1 2 3 4 5', /There are 5 words, expected at most 4 of 64 bits/],
  ])('%s', async (_, kind, text, says) => {
    const { page, context } = await playground.open('');
    await page.getByLabel('Structure').selectOption(kind);
    await page.locator('.paste textarea').fill(text);
    expect(await page.innerText('.paste [role=status]')).toMatch(says);
    await context.close();
  });
});

describe('captures', () => {
  test('another bundled one is walked', async () => {
    const { page, context } = await playground.open('');
    await page.getByRole('combobox', { name: /^Capture/ }).selectOption('linux-s2-4k');
    await page.waitForFunction(() => document.querySelectorAll('.node.stage1').length === 0);
    expect(await result(page)).toContain('Physical address');
    expect(await columns(page)).not.toContain('CD');
    await context.close();
  });

  test("the files of the user's own are walked", async () => {
    const { page, complaints, context } = await playground.open('');
    const files = ['registers.json', 'memory.json', 'memory.bin.gz', 'expected.jsonl.gz'];
    const names = files.map((file) => `data/linux-s1-4k/${file}`);
    await page.getByLabel('Open a capture…').setInputFiles(names);
    await page.waitForFunction(() => document.querySelectorAll('.node.stage2').length === 0);
    expect(await result(page)).toContain('Physical address');
    expect(complaints).toEqual([]);
    await context.close();
  });

  test.each([
    ['a file that is no capture', 'notes.txt', 'hello', 'notes.txt: has no registers.json, expected'],
    ['registers that are no JSON', 'registers.json', '{"0x20": ', 'registers.json: not valid JSON'],
  ])('%s is named in a sentence, and what was shown stays', async (_, name, text, says) => {
    const { page, complaints, context } = await playground.open('');
    const input = page.getByLabel('Open a capture…');
    await input.setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });
    await page.waitForSelector('.setup [role=alert] .notice');
    expect(await page.innerText('.setup [role=alert]')).toContain(says);
    expect(await result(page)).toContain('Physical address 0x426d0000');
    expect(complaints).toEqual([]);
    await context.close();
  });
});

test('a phone shows the path from top to bottom, and words in a sheet', async () => {
  const { page, complaints, context } = await playground.open('', { viewport: PHONE });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(PHONE.width);
  await picture(page, 'walk-phone-light');
  await page.getByRole('button', { name: /STE of StreamID 0x30/ }).click();
  const sheet = await page.locator('.detail').boundingBox();
  expect(sheet!.y + sheet!.height).toBeCloseTo(PHONE.height, 0);
  expect(await violations(page)).toEqual([]);
  expect(complaints).toEqual([]);
  await context.close();
});
