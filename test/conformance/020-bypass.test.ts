import { beforeEach, describe, expect, test } from '@jest/globals';
import { CMDQEN, EVENTQEN, Machine, R, SMMUEN } from '../support/machine.js';
import { typeOf } from '../support/streams.js';

let m: Machine;
beforeEach(async () => {
  m = await Machine.create({ enable: false });
  m.enable(EVENTQEN | CMDQEN);
});
const gbpa = (value: number): void => m.smmu.write32(R.GBPA, (value | 0x8000_0000) >>> 0);

describe('IHI 0070 §3.11, §6.3.14 SMMUEN = 0', () => {
  test('transactions pass with their address, whatever the SubstreamID', () => {
    gbpa(0x1000);
    m.expectOk(7, 0x1234_5678n, 0x1234_5678n);
    m.expectOk(7, 0x1234_5678n, 0x1234_5678n, { substreamId: 9 });
  });
  test('a StreamID beyond the table is no error: no table is read', () => {
    gbpa(0x1000);
    m.expectOk(0xffff, 0x1000n, 0x1000n);
    expect(m.translate(0xffff, 0x1000n).reads).toEqual({ ste: 0, cd: 0, stage1: 0, stage2: 0 });
  });
  test('GBPA.ABORT = 1 aborts without an event', () => {
    gbpa(1 << 20);
    m.expectSilentAbort(0, 0x1000n);
    gbpa(0x1000);
    m.expectOk(0, 0x1000n, 0x1000n);
  });
  test('the last address below 2^OAS passes, 2^OAS aborts without an event', () => {
    gbpa(0x1000);
    m.expectOk(0, 0xffff_ffff_ff00n, 0xffff_ffff_ff00n);
    m.expectSilentAbort(0, 1n << 48n);
    m.expectSilentAbort(0, 1n << 63n);
  });
  test.each([
    [0, 32n],
    [1, 36n],
    [2, 40n],
    [3, 42n],
    [4, 44n],
    [5, 48n],
  ])('IDR5.OAS = %i limits addresses to %i bits', async (OAS, bits) => {
    m = await Machine.create({ id: { OAS }, enable: false });
    gbpa(0x1000);
    m.expectOk(0, (1n << bits) - 0x1000n, (1n << bits) - 0x1000n);
    expect(m.translate(0, 1n << bits).status).toBe('abort');
  });

  test.each([
    [0x0, 'nGnRnE'],
    [0x1, 'nGnRE'],
    [0x2, 'nGRE'],
    [0x3, 'GRE'],
    [0x5, 'NC/NC'],
    [0xa, 'WT/WT'],
    [0xf, 'WB/WB'],
    [0x7, 'NC/WB'],
    [0x4, 'nGnRnE'],
    [0x8, 'nGnRnE'],
    [0xc, 'nGnRnE'],
  ])('MTCFG = 1, MemAttr = 0x%s gives %s', (memAttr, type) => {
    gbpa(0x1010 | memAttr);
    expect(typeOf(m.expectOk(0, 0x1000n, 0x1000n).attributes.memType)).toBe(type);
  });
  test('MTCFG = 0 keeps the incoming type', () => {
    gbpa(0x1005);
    expect(typeOf(m.expectOk(0, 0x1000n, 0x1000n, { memType: 0xbb }).attributes.memType)).toBe('WT/WT');
  });
  test.each([
    [0, 0, 3],
    [1, 3, 3],
    [1, 2, 2],
    [1, 0, 0],
    [2, 2, 3],
    [3, 3, 0],
  ])('SHCFG = %i gives shareability %i for incoming %i', (shcfg, out, incoming) => {
    gbpa(shcfg << 12);
    expect(m.expectOk(0, 0x1000n, 0x1000n, { shareability: incoming }).attributes.shareability).toBe(out);
  });
  test('§13.1 a Device result is Outer Shareable whatever SHCFG', () => {
    gbpa(0x0010 | (0 << 12));
    expect(m.expectOk(0, 0x1000n, 0x1000n).attributes.shareability).toBe(2);
  });
  test('GBPA type overrides need IDR1.ATTR_TYPES_OVR', async () => {
    m = await Machine.create({ id: { ATTR_TYPES_OVR: 0 }, enable: false });
    gbpa(0x0011);
    const { attributes } = m.expectOk(0, 0x1000n, 0x1000n, { shareability: 3 });
    expect([typeOf(attributes.memType), attributes.shareability]).toEqual(['WB/WB', 3]);
  });

  test('§6.3.9 SMMUEN 1 to 0 returns to bypass; 0 to 1 uses the Stream table at once', () => {
    gbpa(0x1000);
    m.ste(0, { Config: 0 });
    m.cr0(SMMUEN | EVENTQEN | CMDQEN);
    m.expectSilentAbort(0, 0x1000n);
    m.cr0(EVENTQEN | CMDQEN);
    m.expectOk(0, 0x1000n, 0x1000n);
  });
});
