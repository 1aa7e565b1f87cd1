// The bind view of the playground: a guest's stage 1 bound and unbound in the API of 2018, with what the driver does about it.
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

const press = (page: Page, name: string): Promise<void> =>
  page.getByRole('button', { name, exact: true }).click();
const ended = (page: Page): Promise<string> => page.innerText('.view [role=status]');
/** Rows of the fields' table that are marked, as `S1DSS 0x0 0x2`. */
const changes = async (page: Page): Promise<string[]> => {
  const rows = await page.locator('.compare').nth(1).locator('tr.changed').allInnerTexts();
  return rows.map((row) =>
    row
      .replace(/ \d\[[\d:]+\]/, '')
      .replace(/\(changed\)/, '')
      .replace(/\s+/g, ' '),
  );
};
const commands = (page: Page): Promise<string[]> => page.locator('.commands b').allInnerTexts();
const reached = (page: Page): Promise<string[]> => page.locator('.probes .conclusion').allInnerTexts();

test('bind: the nested STE with what changed, the commands, and what the device reaches', async () => {
  const { page, complaints, context } = await playground.open('#bind');
  expect(await reached(page)).toEqual([
    expect.stringContaining('Aborted'),
    expect.stringContaining('Physical address 0x42300000'),
  ]);
  await press(page, 'Bind');
  expect(await ended(page)).toContain('Bound');
  // Stage 1 comes to stage 2: Config 6 to 7, S1ContextPtr the guest's pointer, S1DSS as for one CD.
  expect(await changes(page)).toEqual(
    expect.arrayContaining([
      expect.stringContaining('Config 0x6 0x7 stage 1 and stage 2 translate'),
      expect.stringMatching(/^S1ContextPtr 0x0 0x20000c0 0x80003000/),
      expect.stringContaining('S1DSS 0x0 0x2'),
    ]),
  );
  expect((await changes(page)).join()).not.toMatch(/S2TTB|S2VMID|S2T0SZ/);
  // Twice: word 1 is written before Config makes use of it.
  expect(await commands(page)).toEqual(['CMD_CFGI_STE', 'CMD_SYNC', 'CMD_CFGI_STE', 'CMD_SYNC']);
  expect(await reached(page)).toEqual([
    expect.stringContaining('Physical address 0x42300000'),
    expect.stringContaining('F_TRANSLATION'),
  ]);
  await picture(page, 'bind-laptop-light');
  expect(await violations(page)).toEqual([]);
  expect(complaints).toEqual([]);
  await context.close();
});

test('unbind: stage 2 alone again', async () => {
  const { page, context } = await playground.open('#bind');
  await press(page, 'Bind');
  await press(page, 'Unbind');
  expect(await changes(page)).toEqual(expect.arrayContaining([expect.stringContaining('Config 0x7 0x6')]));
  expect((await commands(page)).every((name) => /^CMD_(?:CFGI_STE|SYNC)$/.test(name))).toBe(true);
  expect((await reached(page))[1]).toContain('Physical address 0x42300000');
  // The first act can be looked at again.
  await page.getByRole('button', { name: 'Bound', exact: true }).click();
  expect(await changes(page)).toEqual(expect.arrayContaining([expect.stringContaining('Config 0x6 0x7')]));
  await context.close();
});

describe('masks', () => {
  test.each([
    ['DISABLED', 'Physical address 0x42300000'],
    ['BYPASSED', 'Physical address 0x42300000'],
    ['ABORTED', 'Aborted, without an event'],
  ])('%s', async (mask, says) => {
    const { page, context } = await playground.open('#bind');
    await page.getByLabel(mask).check();
    await press(page, 'Bind');
    expect((await reached(page))[1]).toContain(says);
    await context.close();
  });
});

test('a PASID table: CD 1 is asked for PASID 1', async () => {
  const { page, context } = await playground.open('#bind?kind=pasidt');
  await press(page, 'Bind');
  expect(await changes(page)).toEqual(
    expect.arrayContaining([expect.stringContaining('S1CDMax 0x0 0x2 4 CDs')]),
  );
  expect((await reached(page))[1]).toContain('Physical address 0x42300000');
  await context.close();
});

describe("today's form, IOMMU_HWPT_ALLOC with the guest's own STE", () => {
  test('the same STE, the same commands, the same answers', async () => {
    const { page, complaints, context } = await playground.open('#bind?kind=hwpt');
    await press(page, 'Bind');
    expect(await ended(page)).toContain('Bound: HWPT_ALLOC, attach');
    expect(await changes(page)).toEqual(
      expect.arrayContaining([
        expect.stringContaining('Config 0x6 0x7 stage 1 and stage 2 translate'),
        expect.stringMatching(/^S1ContextPtr 0x0 0x20000c0 0x80003000/),
        expect.stringContaining('S1CSH 0x0 0x3'),
      ]),
    );
    expect(await commands(page)).toContain('CMD_CFGI_STE');
    expect(await reached(page)).toEqual([
      expect.stringContaining('Physical address 0x42300000'),
      expect.stringContaining('F_TRANSLATION'),
    ]);
    const rows = await page.locator('.struct-bytes tbody tr').allInnerTexts();
    expect(rows.map((row) => row.replace(/\s+/g, ' '))).toEqual([
      '0 ste[0] 0b 30 00 80 00 00 00 00',
      '8 ste[1] d4 00 00 00 00 00 00 00',
    ]);
    await picture(page, 'bind-today-laptop-light');
    expect(await violations(page)).toEqual([]);
    // Out of the guest's hands, and then in the other form.
    await press(page, 'Unbind');
    expect(await changes(page)).toEqual(expect.arrayContaining([expect.stringContaining('Config 0x7 0x6')]));
    expect((await reached(page))[1]).toContain('Physical address 0x42300000');
    await page.getByLabel('SMMUV3_S1_CFG').check();
    await press(page, 'Bind');
    expect((await reached(page))[0]).toContain('Physical address 0x42300000');
    expect(complaints).toEqual([]);
    await context.close();
  });

  test('the guest’s STE bypasses, or aborts', async () => {
    for (const [ste0, says] of [
      ['0x9', 'Physical address 0x42300000'],
      ['0x1', 'Aborted, without an event'],
    ]) {
      const { page, context } = await playground.open(`#bind?kind=hwpt&ste0=${ste0}&ste1=0`);
      await press(page, 'Bind');
      expect((await reached(page))[1]).toContain(says);
      await context.close();
    }
  });

  test('an STE that the kernel takes from no guest is refused, and nothing has changed', async () => {
    const { page, context } = await playground.open('#bind?kind=hwpt&ste0=0xf');
    await press(page, 'Bind');
    expect(await ended(page)).toContain('Refused, and nothing has changed');
    expect(await ended(page)).toContain('EIO');
    expect(await changes(page)).toEqual([]);
    expect(await commands(page)).toEqual([]);
    await context.close();
  });
});

describe('what the driver refuses is said with its code, and nothing has changed', () => {
  test.each([
    [
      'a pointer that is not aligned',
      { cdptr: '0x80003010' },
      'EINVAL: smmu_s1.cdptr_dma must be 64-byte aligned',
    ],
    ['asid_bits that there are not', { asidBits: '12' }, 'EINVAL: smmu_s1.asid_bits must be 8 or 16, not 12'],
    [
      'a PASID table of another version',
      { kind: 'pasidt', version: '2' },
      'EINVAL: pasidt.version must be 1',
    ],
    ['what is no number', { cdptr: 'there' }, "cdptr_dma is 'there', expected a number"],
  ])('%s', async (_, settings, says) => {
    const { page, complaints, context } = await playground.open(
      `#bind?${new URLSearchParams(settings).toString()}`,
    );
    await press(page, 'Bind');
    expect(await ended(page)).toContain('Refused, and nothing has changed');
    expect(await ended(page)).toContain(says);
    expect(await changes(page)).toEqual([]);
    expect(await commands(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test('a second translating bind', async () => {
    const { page, context } = await playground.open('#bind', { colorScheme: 'dark' });
    await press(page, 'Bind');
    await press(page, 'Bind');
    expect(await ended(page)).toContain("EINVAL: the guest's stage 1 is translating");
    await picture(page, 'bind-refused-laptop-dark');
    expect(await violations(page)).toEqual([]);
    await context.close();
  });
});

test('the bytes of the structure follow the form', async () => {
  const { page, context } = await playground.open('#bind');
  await page.getByLabel('smmu_s1.cdptr_dma').fill('0x123456789abcdec0');
  await page.getByLabel('BYPASSED').check();
  const rows = await page.locator('.struct-bytes tbody tr').allInnerTexts();
  expect(rows.map((row) => row.replace(/\s+/g, ' '))).toEqual([
    '0 flags 02 00 00 00',
    '8 smmu_s1.flags 02',
    '16 smmu_s1.cdptr_dma c0 de bc 9a 78 56 34 12',
    '24 smmu_s1.asid_bits 10',
  ]);
  await context.close();
});

test('a phone', async () => {
  const { page, complaints, context } = await playground.open('#bind', { viewport: PHONE });
  await press(page, 'Bind');
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(PHONE.width);
  await picture(page, 'bind-phone-light');
  expect(await violations(page)).toEqual([]);
  expect(complaints).toEqual([]);
  await context.close();
});
