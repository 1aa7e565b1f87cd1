// `smmuv3 demo vsmmu`: what each action of the guest came to, and that it fits a terminal.
import { expect, test } from '@jest/globals';
import { smmuv3 } from './run.js';

test('the story of a virtual SMMU, in 80 columns', async () => {
  const { code, out, err } = await smmuv3('demo', 'vsmmu');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
  const scenes = out.split('\n\n');
  expect(scenes.length).toBeGreaterThan(7);
  const scene = (title: string): string => scenes.find((text) => text.includes(title))!;
  expect(scene('behind the virtual SMMU')).toContain('attach the hwpt that bypasses');
  expect(scene('SMMUEN last')).toMatch(/attach the hwpt that aborts[^]*-> abort/);
  const attach = scene('attaches the device');
  expect(attach).toMatch(/guest +CMD_CFGI_STE/);
  expect(attach).toMatch(/vSMMU +HWPT_ALLOC ste 0x[0-9a-f]+ 0x[0-9a-f]+, attach, DESTROY the old one/);
  expect(attach).toMatch(/DMA +0x1040 -> 0x42900040/);
  const unmap = scene('unmaps the first page');
  expect(unmap).toMatch(/vSMMU +HWPT_INVALIDATE CMD_TLBI_NH_VA/);
  expect(unmap).toMatch(/guest +is told: F_TRANSLATION at 0x1040/);
  const failure = scene('the host fails once');
  expect(failure).toMatch(/CMD_TLBI_NH_VA: fails[^]*HWPT_INVALIDATE CMD_TLBI_NSNH_ALL, CMD_CFGI_CD_ALL/);
  expect(scene('is reset')).toMatch(/vSMMU +attach the hwpt that bypasses|-> 0x42900000/);
});

test('--json, and a name that is none', async () => {
  const { out } = await smmuv3('demo', 'vsmmu', '--json');
  const steps = JSON.parse(out) as { title: string; asked: string[]; host: string[] }[];
  expect(
    steps.every(({ title, asked, host }) => title !== '' && Array.isArray(asked) && Array.isArray(host)),
  ).toBe(true);
  const { code, err } = await smmuv3('demo', 'vmm');
  expect(code).not.toBe(0);
  expect(err).toContain("'nested' or 'vsmmu'");
});
