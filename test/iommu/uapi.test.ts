// struct iommu_guest_stage_config: bytes, objects, and what is refused.
import { describe, expect, test } from '@jest/globals';
import {
  decodeGuestStageConfig,
  encodeGuestStageConfig,
  guestStageRequest,
  IOMMU_SMMU_S1_ABORTED,
  IOMMU_SMMU_S1_BYPASSED,
  IOMMU_SMMU_S1_DISABLED,
  PASID_TABLE,
  PASID_TABLE_CFG_VERSION_1,
  PROT_CACHE,
  PROT_MMIO,
  PROT_NOEXEC,
  PROT_PRIV,
  PROT_READ,
  PROT_WRITE,
  SMMUV3_S1_CFG,
  type GuestStageConfig,
} from '../../src/iommu/uapi/guest-stage-config.js';
import { checkGuestStageLimits } from '../../src/iommu/uapi/limits.js';

const s1 = (flags: number, cdptrDma: bigint, asidBits: number): GuestStageConfig => ({
  flags: SMMUV3_S1_CFG,
  smmuS1: { flags, cdptrDma, asidBits },
});

/** Made with a C compiler (LP64, little-endian, padding zero). */
const IMAGES: [name: string, config: GuestStageConfig, bytes: string, request: string][] = [
  [
    'translate',
    s1(0, 0x1234_5678_9ac0n, 16),
    '0200000000000000 0000000000000000 c09a785634120000 1000000000000000',
    'translate',
  ],
  [
    'disabled',
    s1(IOMMU_SMMU_S1_DISABLED, 0n, 8),
    '0200000000000000 0100000000000000 0000000000000000 0800000000000000',
    'bypass',
  ],
  [
    'bypassed',
    s1(IOMMU_SMMU_S1_BYPASSED, 0n, 16),
    '0200000000000000 0200000000000000 0000000000000000 1000000000000000',
    'bypass',
  ],
  [
    'aborted',
    s1(IOMMU_SMMU_S1_ABORTED, 0n, 16),
    '0200000000000000 0400000000000000 0000000000000000 1000000000000000',
    'abort',
  ],
  [
    'bypassed and aborted',
    s1(IOMMU_SMMU_S1_BYPASSED | IOMMU_SMMU_S1_ABORTED, 0x40n, 16),
    '0200000000000000 0600000000000000 4000000000000000 1000000000000000',
    'bypass',
  ],
  [
    'PASID table',
    {
      flags: PASID_TABLE,
      pasidt: { version: PASID_TABLE_CFG_VERSION_1, bytes: 24, basePtr: 0xfed_cba9_8000n, pasidBits: 20 },
    },
    '0100000000000000 0100000018000000 0080a9cbed0f0000 1400000000000000',
    'translate',
  ],
];

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('byte images', () => {
  test.each(IMAGES)('%s', (_, config, image, request) => {
    const bytes = encodeGuestStageConfig(config);
    expect(hexOf(bytes)).toBe(image.replaceAll(' ', ''));
    expect(decodeGuestStageConfig(bytes)).toEqual(config);
    expect(guestStageRequest(config)).toBe(request);
  });

  test('decodes from inside a larger buffer, and does not look at padding', () => {
    const bytes = encodeGuestStageConfig(IMAGES[0][1]);
    for (const padding of [4, 7, 9, 15, 25, 31]) bytes[padding] = 0xaa;
    const memory = new Uint8Array(64);
    memory.set(bytes, 13);
    expect(decodeGuestStageConfig(memory.subarray(13, 45))).toEqual(IMAGES[0][1]);
  });

  test('a PASID table without `bytes` gets the size of the structure', () => {
    const config = { flags: PASID_TABLE, pasidt: { version: 1, basePtr: 0n, pasidBits: 0 } };
    expect(hexOf(encodeGuestStageConfig(config))).toContain('0100000018000000');
  });
});

test.each([
  [0, 'translate'],
  [IOMMU_SMMU_S1_DISABLED, 'bypass'],
  [IOMMU_SMMU_S1_BYPASSED, 'bypass'],
  [IOMMU_SMMU_S1_ABORTED, 'abort'],
  [IOMMU_SMMU_S1_DISABLED | IOMMU_SMMU_S1_BYPASSED, 'bypass'],
  [IOMMU_SMMU_S1_DISABLED | IOMMU_SMMU_S1_ABORTED, 'bypass'],
  [IOMMU_SMMU_S1_BYPASSED | IOMMU_SMMU_S1_ABORTED, 'bypass'],
  [7, 'bypass'],
])('masks %d ask for %s', (flags, request) => {
  expect(guestStageRequest(s1(flags, 0n, 16))).toBe(request);
});

const table = (change: object): GuestStageConfig => ({
  flags: PASID_TABLE,
  pasidt: { version: 1, bytes: 24, basePtr: 0x4000n, pasidBits: 4, ...change },
});

test.each<[string, GuestStageConfig, RegExp]>([
  ['no member', { ...s1(0, 0n, 16), flags: 0 }, /config\.flags/],
  ['both members', { ...s1(0, 0n, 16), flags: 3 }, /config\.flags/],
  ['unknown member', { ...s1(0, 0n, 16), flags: 4 }, /config\.flags/],
  ['unknown mask', s1(8, 0n, 16), /unknown bits: 0x8/],
  ['misaligned cdptr', s1(0, 0x1020n, 16), /64-byte aligned/],
  ['cdptr beyond bit 51', s1(0, 1n << 52n, 16), /below 2\^52/],
  ['asid_bits 0', s1(0, 0n, 0), /8 or 16, not 0/],
  ['asid_bits 12', s1(0, 0n, 12), /8 or 16, not 12/],
  ['version 2', table({ version: 2 }), /version must be 1/],
  ['bytes 16', table({ bytes: 16 }), /bytes must be 24/],
  ['misaligned base', table({ basePtr: 0x8n }), /64-byte aligned/],
])('refuses: %s', (_, config, message) => {
  const bytes = encodeGuestStageConfig(config);
  expect(() => decodeGuestStageConfig(bytes)).toThrow(
    expect.objectContaining({ code: 'EINVAL', errno: -22, message: expect.stringMatching(message) }),
  );
});

test('wrong arguments are one sentence, not a kernel error', () => {
  expect(() => decodeGuestStageConfig(new Uint8Array(24))).toThrow(
    new RangeError('config must have the 32 bytes of struct iommu_guest_stage_config, not 24'),
  );
  expect(() => decodeGuestStageConfig([] as never)).toThrow(TypeError);
  expect(() => encodeGuestStageConfig({ flags: SMMUV3_S1_CFG })).toThrow(/config\.smmuS1 is missing/);
  expect(() => encodeGuestStageConfig(s1(256, 0n, 16))).toThrow(/config\.smmuS1\.flags/);
  expect(() => encodeGuestStageConfig(s1(0, 64 as never, 16))).toThrow(/must be a bigint/);
  expect(() => encodeGuestStageConfig({ ...s1(0, 0n, 8), s1: 1 } as never)).toThrow(/no field 's1'/);
});

describe('against the SMMU', () => {
  const limits = { asidBits: 8, ssidBits: 4, ipaBits: 40 };
  const refused = (config: GuestStageConfig, message: RegExp): void =>
    expect(() => checkGuestStageLimits(config, limits)).toThrow(
      expect.objectContaining({ code: 'EINVAL', message: expect.stringMatching(message) }),
    );

  test('what it has', () => {
    checkGuestStageLimits(s1(0, (1n << 40n) - 64n, 8), limits);
    checkGuestStageLimits(table({}), limits);
  });
  test('ASID width', () => refused(s1(0, 0n, 16), /asid_bits = 16 is more than the SMMU's 8/));
  test('address', () => refused(s1(0, 1n << 40n, 8), /40-bit/));
  test('PASID width', () => refused(table({ pasidBits: 5, basePtr: 0n }), /pasid_bits = 5/));
  test('table alignment', () => refused(table({ basePtr: 0x40n }), /aligned to the 1024 bytes/));
  test('table address', () => refused(table({ basePtr: 1n << 40n }), /40-bit/));
});

test("PROT_* are Linux's IOMMU_*", () => {
  expect([PROT_READ, PROT_WRITE, PROT_CACHE, PROT_NOEXEC, PROT_MMIO, PROT_PRIV]).toEqual([
    1, 2, 4, 8, 16, 32,
  ]);
});
