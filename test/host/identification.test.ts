import { describe, expect, test } from '@jest/globals';
import { resolveIdentification, stallMax } from '../../src/config/identification.js';

describe('effective values', () => {
  test('the default announces what is implemented, with an IIDR that no driver knows', () => {
    const id = resolveIdentification(undefined);
    expect(id.iidr).toBe(0);
    expect(id.idr0 & 3).toBe(3);
    expect([id.cidr0, id.cidr1, id.cidr2, id.cidr3]).toEqual([0x0d, 0xf0, 0x05, 0xb1]);
    expect(Object.isFrozen(id)).toBe(true);
  });

  test('the registers of the Linux captures are accepted as they were read', () => {
    const asked = {
      idr0: 0xd44101b,
      idr1: 0x2730010,
      idr2: 0,
      idr3: 0x1414,
      idr4: 0,
      idr5: 0x74,
      iidr: 0,
      aidr: 1,
    };
    expect(resolveIdentification(asked)).toMatchObject(asked);
  });

  test('a profile is cut down to what is implemented', () => {
    const id = resolveIdentification('v3.2');
    expect(id.idr0 & (1 << 10)).toBe(0); // ATS
    expect(id.idr0 & (1 << 16)).toBe(0); // PRI
    expect(id.idr5).toBe(0x00400075);
    expect(id.aidr).toBe(2);
    expect(resolveIdentification('mmu600').idr1 & 0x3f).toBe(24);
    expect(resolveIdentification('v3.4').idr5 & 0x80).toBe(0x80); // DS
  });

  test('IIDR and PIDR are free', () => {
    const id = resolveIdentification({ iidr: 0x4832243b, pidr: [1, 2, 3, 4, 5, 6, 7, 8] });
    expect(id).toMatchObject({ iidr: 0x4832243b, pidr0: 1, pidr7: 8 });
  });

  test('fields that others make RES0 follow them', () => {
    const base = resolveIdentification(undefined);
    const noStall = resolveIdentification({
      idr0: ((base.idr0 & ~(3 << 24)) | (1 << 24)) >>> 0,
      idr5: base.idr5,
    });
    expect(stallMax(base)).toBeGreaterThan(0);
    expect(stallMax(noStall)).toBe(0);
    const stage1 = resolveIdentification({ idr0: base.idr0 & ~1 });
    expect(stage1.idr0 & ((1 << 9) | (1 << 17))).toBe(0); // Hyp, VMW
  });
});

/** IDR5 of these fields. */
const idr5 = (f: { oas?: number; granules: number; ds?: number; vax?: number }): number =>
  ((f.oas ?? 5) | (f.granules << 4) | ((f.ds ?? 0) << 7) | ((f.vax ?? 0) << 10)) >>> 0;

describe('IHI 0070 §6.3.6 combinations that no SMMU can have', () => {
  test('every combination of OAS, granules, DS and VAX: as it was asked for, or a RangeError that names a bit', () => {
    let refused = 0;
    for (let oas = 0; oas <= 6; oas++) {
      for (let granules = 1; granules <= 7; granules++) {
        for (const ds of [0, 1]) {
          for (const vax of [0, 1]) {
            const asked = idr5({ oas, granules, ds, vax });
            const [small, large] = [(granules & 3) !== 0, (granules & 4) !== 0];
            // DS: 52 bits with small pages, so it needs them and VAX. More than 48 bits need 64 KiB pages or DS.
            const possible =
              (ds === 0 || (small && vax === 1)) &&
              (vax === 0 || large || ds === 1) &&
              (oas < 6 || large || ds === 1);
            if (possible) expect(resolveIdentification({ idr5: asked }).idr5).toBe(asked);
            else {
              refused++;
              expect(() => resolveIdentification({ idr5: asked })).toThrow(RangeError);
              expect(() => resolveIdentification({ idr5: asked })).toThrow(
                /^id\.idr5 0x[0-9a-f]+ asks for IDR5\.(DS|VAX 1|OAS 6) \(bit \d+\), which needs .*\(bit \d+\)$/,
              );
            }
          }
        }
      }
    }
    expect(refused).toBeGreaterThan(50);
  });

  test.each(['v3.2', 'v3.4', 'mmu600'] as const)('profile %s is possible', (name) => {
    expect(() => resolveIdentification(name)).not.toThrow();
  });
});

describe('refusals name the register, the field and the bit', () => {
  const idr0 = resolveIdentification(undefined).idr0;

  test.each([
    [{ idr0: idr0 | (1 << 10) }, /IDR0\.ATS \(bit 10\), which is not implemented/],
    [{ idr1: 0x8e730010 }, /IDR1\.ECMDQ \(bit 31\), which is not implemented/],
    [{ idr1: 0x0e730021 }, /IDR1\.SIDSIZE 33 \(bit 0\), of which at most 32/],
    [{ idr5: 0x77 }, /IDR5\.OAS 7 \(bit 0\), of which at most 6/],
    [{ idr0: idr0 | 4 }, /IDR0\.TTF 3 \(bit 2\)/],
    [{ idr0: idr0 & ~0xc }, /IDR0\.TTF 2/],
    [{ idr0: idr0 | (1 << 21) }, /TTENDIAN 1/],
    [{ idr0: (idr0 | (3 << 24)) >>> 0 }, /IDR0\.STALL_MODEL 3/],
    [{ idr3: 1 }, /sets bits 0x1, which are RES0/],
    [{ idr0: idr0 & ~3 }, /S1P \(bit 1\) or S2P/],
    [{ idr5: 0x05 }, /GRAN4K/],
    [{ idr5: 0x36 }, /IDR5\.OAS 6 \(bit 0\), which needs GRAN64K \(bit 6\) or DS \(bit 7\)/],
    [{ idr5: 0xf5 }, /IDR5\.DS \(bit 7\), which needs VAX/],
    [{ idr5: 0x435 }, /IDR5\.VAX 1 \(bit 10\), which needs GRAN64K/],
    [{ idr5: 0x4c5 }, /IDR5\.DS \(bit 7\), which needs GRAN4K/],
    [{ idr0: idr0 & ~(3 << 27) }, /ST_LEVEL/],
    [{ aidr: 5 }, /id\.aidr must be between 0 and 4/],
  ])('%j', (id, sentence) => {
    expect(() => resolveIdentification(id)).toThrow(RangeError);
    expect(() => resolveIdentification(id)).toThrow(sentence);
  });

  test('wrong kinds are TypeErrors', () => {
    expect(() => resolveIdentification({ idr0: '1' as never })).toThrow(TypeError);
    expect(() => resolveIdentification({ idr9: 1 } as never)).toThrow(/id has no field 'idr9'/);
    expect(() => resolveIdentification({ pidr: [1] })).toThrow(/array of 8 bytes/);
    expect(() => resolveIdentification('v9')).toThrow(/'v3\.2', 'v3\.4' or 'mmu600'/);
  });
});
