// The calls for a guest answer whatever they are given with success or an IommuError, by one rule for every field: a value that
// the field may have is judged by the field's rule, anything else is EINVAL.
import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  encodeGuestStageConfig,
  IommuError,
  PASID_TABLE,
  SMMUV3_S1_CFG,
  type CacheInvalidateInfo,
  type GuestMsi,
  type GuestStageConfig,
  type IommuDevice,
  type IommuDomain,
} from '../../src/iommu/index.js';
import { Guest, RW } from './support/guest.js';
import { FREE, Host, RAM, RAM_BYTES } from './support/host.js';

const SID = 0x10;
const GUEST_RAM = 0x8000_0000n;
const VA = 0x12_3000n;
/** Output address bits and PASIDs of this host's SMMU. */
const OAS = 48n;
const SSIDSIZE = 8;

let h: Host;
let dev: IommuDevice;
let domain: IommuDomain;
/** A CD of the guest's, at an IPA. */
let cd: bigint;
beforeEach(async () => {
  h = await Host.create({ id: { OAS: 5, SSIDSIZE } });
  dev = h.device(SID, { msiDoorbell: 0x0808_0040n });
  domain = h.iommu.domainAlloc({ type: 'nested' });
  const guest = new Guest(h, GUEST_RAM, FREE, 4 << 20);
  guest.mapRam(domain);
  h.iommu.attachDevice(domain, dev);
  const table = guest.table();
  table.map(VA, GUEST_RAM + 0x30_0000n, 0x1000n, RW);
  cd = guest.cd(table, 7);
});

/** 'ok', or the error's code; what is no IommuError is told in full. */
function answer(call: () => void): string {
  try {
    call();
    return 'ok';
  } catch (error) {
    return error instanceof IommuError ? error.code : String(error);
  }
}

const NUMBERS = [
  0,
  1,
  2,
  3,
  4,
  5,
  6,
  7,
  8,
  9,
  12,
  15,
  16,
  17,
  20,
  21,
  24,
  25,
  63,
  64,
  255,
  256,
  65536,
  2 ** 32 - 1,
];
const NO_FIELD_HOLDS = [
  -1,
  0.5,
  NaN,
  Infinity,
  -Infinity,
  2 ** 32,
  2 ** 53,
  2 ** 64,
  '1',
  '',
  true,
  null,
  {},
  [1],
];
const ADDRESSES = [
  0n,
  1n,
  8n,
  32n,
  63n,
  64n,
  0x1040n,
  0x4000n,
  (1n << OAS) - 64n,
  1n << OAS,
  1n << 51n,
  1n << 52n,
];
const NO_ADDRESS = [-1n, -64n, 1n << 64n, 0, 64, NaN, '0x40', null, undefined, {}];

type Judge = (value: number | bigint) => boolean;
interface Field {
  readonly path: readonly string[];
  readonly values: readonly unknown[];
  readonly legal: Judge;
}

const aligned =
  (size: bigint): Judge =>
  (value) =>
    typeof value === 'bigint' && value >= 0n && value % size === 0n && value + size <= 1n << OAS;
const among =
  (...legal: number[]): Judge =>
  (value) =>
    typeof value === 'number' && legal.includes(value);
const numbers = [...NUMBERS, ...NO_FIELD_HOLDS, undefined, 0n, 16n];
const addresses = [...ADDRESSES, ...NO_ADDRESS];

/** By hand, from the structure's description: which values each field may have while all others are right. */
const S1_FIELDS: Field[] = [
  { path: ['flags'], values: numbers, legal: among(2) },
  { path: ['smmuS1', 'flags'], values: numbers, legal: among(0, 1, 2, 3, 4, 5, 6, 7) },
  { path: ['smmuS1', 'cdptrDma'], values: addresses, legal: aligned(64n) },
  { path: ['smmuS1', 'asidBits'], values: numbers, legal: among(8, 16) },
  { path: ['smmuS1'], values: [...NO_FIELD_HOLDS, undefined], legal: () => false },
];
const PASIDT_FIELDS: Field[] = [
  { path: ['flags'], values: numbers, legal: among(1) },
  { path: ['pasidt', 'version'], values: numbers, legal: among(1) },
  // Left out, `bytes` is the structure's size.
  { path: ['pasidt', 'bytes'], values: numbers, legal: (v) => v === 24 || v === undefined },
  { path: ['pasidt', 'basePtr'], values: addresses, legal: aligned(64n << 2n) },
  { path: ['pasidt', 'pasidBits'], values: numbers, legal: among(0, 1, 2, 3, 4, 5, 6, 7, 8) },
  { path: ['pasidt'], values: [...NO_FIELD_HOLDS, undefined], legal: () => false },
];

function changed(config: object, path: readonly string[], value: unknown): GuestStageConfig {
  const copy = structuredClone(config) as Record<string, unknown>;
  let at = copy;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string, unknown>;
  at[path.at(-1)!] = value;
  return copy as unknown as GuestStageConfig;
}

/** Binds and, when that went well, unbinds; a refusal must leave the STE as it is and send no command. */
function bind(call: () => void): string {
  const before = h.ste(SID);
  let got = '';
  const commands = h.commands(() => (got = answer(call)));
  if (got === 'ok') h.iommu.unbindGuestStage(domain, dev);
  else expect(commands).toEqual([]);
  expect(h.ste(SID)).toEqual(before);
  return got;
}

const show = (value: unknown): string =>
  typeof value === 'bigint' ? `${value}n` : Array.isArray(value) ? 'array' : String(value);

describe('bindGuestStage: every field with values of every class', () => {
  test.each([
    ...S1_FIELDS.map((field) => ({ ...field, member: 'smmuS1' })),
    ...PASIDT_FIELDS.map((field) => ({ ...field, member: 'pasidt' })),
  ])('$member: $path', ({ member, path, values, legal }) => {
    const right =
      member === 'smmuS1'
        ? { flags: SMMUV3_S1_CFG, smmuS1: { flags: 0, cdptrDma: cd, asidBits: 16 } }
        : { flags: PASID_TABLE, pasidt: { version: 1, basePtr: 0x8010_0000n, pasidBits: 2 } };
    let [good, bad] = [0, 0];
    for (const value of values) {
      const config = changed(right, path, value);
      const expected = legal(value as number) ? 'ok' : 'EINVAL';
      if (expected === 'ok') good++;
      else bad++;
      expect([show(value), bind(() => h.iommu.bindGuestStage(domain, dev, config))]).toEqual([
        show(value),
        expected,
      ]);
    }
    expect(bad).toBeGreaterThan(5);
    expect(good > 0 || path.length === 1).toBe(true);
  });

  test('what is no structure at all: EINVAL', () => {
    const right = encodeGuestStageConfig({ flags: 2, smmuS1: { flags: 0, cdptrDma: cd, asidBits: 16 } });
    const wrong: unknown[] = [
      ...[0, 1, 24, 31, 33, 64].map((length) => new Uint8Array(length)),
      new Uint16Array(8),
      new ArrayBuffer(32),
      [...right],
      ...NO_FIELD_HOLDS,
      undefined,
      { flags: 2, smmuS1: { flags: 0, cdptrDma: cd, asidBits: 16, asid: 1 } },
      { flags: 2, smmuS1: { flags: 0, cdptrDma: cd, asidBits: 16 }, asid: 1 },
    ];
    for (const config of wrong) {
      expect([show(config), bind(() => h.iommu.bindGuestStage(domain, dev, config as never))]).toEqual([
        show(config),
        'EINVAL',
      ]);
    }
    const views = [right, new DataView(right.buffer), new Uint32Array(right.buffer)];
    for (const view of views) {
      expect(bind(() => h.iommu.bindGuestStage(domain, dev, view as Uint8Array))).toBe('ok');
    }
  });

  test('raw bytes: each byte with each value, as the layout says', () => {
    const right = encodeGuestStageConfig({ flags: 2, smmuS1: { flags: 0, cdptrDma: cd, asidBits: 16 } });
    const padding = new Set([4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 25, 26, 27, 28, 29, 30, 31]);
    for (let at = 0; at < 32; at++) {
      for (const value of [0, 1, 2, 3, 4, 7, 8, 16, 17, 64, 127, 128, 192, 255]) {
        const bytes = right.slice();
        bytes[at] = value;
        const pointer = new DataView(bytes.buffer).getBigUint64(16, true);
        // 0 selector, 8 flags, 16 to 23 cdptr_dma, 24 asid_bits
        const good =
          padding.has(at) ||
          (at === 0 && value === 2) ||
          (at > 0 && at < 4 && value === 0) ||
          (at === 8 && value <= 7) ||
          (at >= 16 && at < 24 && pointer % 64n === 0n && pointer < 1n << OAS) ||
          (at === 24 && (value === 8 || value === 16));
        const expected = good ? 'ok' : 'EINVAL';
        expect([at, value, bind(() => h.iommu.bindGuestStage(domain, dev, bytes))]).toEqual([
          at,
          value,
          expected,
        ]);
      }
    }
  });

  test('domain and device that are none', () => {
    const config = { flags: 2, smmuS1: { flags: 2, cdptrDma: 0n, asidBits: 8 } };
    for (const wrong of [null, {}, 1, 'dev', []] as never[]) {
      expect(answer(() => h.iommu.bindGuestStage(domain, wrong, config))).toBe('EINVAL');
      expect(answer(() => h.iommu.bindGuestStageAt(domain, wrong, 0n))).toBe('EINVAL');
      expect(answer(() => h.iommu.unbindGuestStage(domain, wrong))).toBe('ok');
    }
  });
});

describe('bindGuestStageAt: the address', () => {
  test('aligned and in RAM, or EINVAL and EFAULT', () => {
    const at = FREE + 0x80_0000n;
    const bytes = encodeGuestStageConfig({ flags: 2, smmuS1: { flags: 0, cdptrDma: cd, asidBits: 16 } });
    const end = RAM + BigInt(RAM_BYTES);
    for (const pa of [at, at + 8n, at + 24n, end - 32n]) {
      h.smmu.memory.write(pa, bytes);
      expect(bind(() => h.iommu.bindGuestStageAt(domain, dev, pa))).toBe('ok');
    }
    for (const pa of [at + 1n, at + 2n, at + 4n, at + 15n]) {
      h.smmu.memory.write(pa, bytes);
      expect(bind(() => h.iommu.bindGuestStageAt(domain, dev, pa))).toBe('EINVAL');
    }
    for (const pa of [0n, RAM - 32n, RAM - 8n, end - 24n, end, (1n << 64n) - 32n]) {
      expect(bind(() => h.iommu.bindGuestStageAt(domain, dev, pa))).toBe('EFAULT');
    }
    for (const pa of NO_ADDRESS as never[]) {
      expect(bind(() => h.iommu.bindGuestStageAt(domain, dev, pa))).toBe('EINVAL');
    }
  });

  test('the sentence names the alignment, not what stands there', () => {
    expect(() => h.iommu.bindGuestStageAt(domain, dev, FREE + 4n)).toThrow(
      'EINVAL: pa must be aligned to 8 bytes, as struct iommu_guest_stage_config is, not 0x41000004',
    );
  });
});

describe('cacheInvalidate: every field with values of every class', () => {
  const IOTLB = 1;
  const PASID = 4;
  const cases: { name: string; right: CacheInvalidateInfo; fields: Field[] }[] = [
    {
      name: 'DOMAIN',
      right: { cache: IOTLB, granularity: 0 },
      fields: [{ path: ['cache'], values: numbers, legal: among(1, 4, 5) }],
    },
    {
      name: 'PASID',
      right: { cache: IOTLB | PASID, granularity: 1, pasidInfo: { flags: 3, archid: 7, pasid: 1 } },
      fields: [
        { path: ['pasidInfo'], values: [...NO_FIELD_HOLDS, undefined], legal: () => false },
        { path: ['pasidInfo', 'flags'], values: numbers, legal: among(3) },
        {
          path: ['pasidInfo', 'archid'],
          values: numbers,
          legal: (v) => typeof v === 'number' && NUMBERS.includes(v) && v < 65536,
        },
        {
          path: ['pasidInfo', 'pasid'],
          values: numbers,
          legal: (v) => typeof v === 'number' && NUMBERS.includes(v) && v < 2 ** 20,
        },
        // 0 and 2 ask for less, or for another member.
        { path: ['granularity'], values: numbers, legal: among(0, 1) },
      ],
    },
    {
      name: 'ADDR',
      right: {
        cache: IOTLB,
        granularity: 2,
        addrInfo: { flags: 2, archid: 7, addr: VA, granuleSize: 4096, nbGranules: 1 },
      },
      fields: [
        { path: ['addrInfo'], values: [...NO_FIELD_HOLDS, undefined], legal: () => false },
        { path: ['addrInfo', 'flags'], values: numbers, legal: among(0, 2, 4, 6) },
        {
          path: ['addrInfo', 'archid'],
          values: numbers,
          legal: (v) => typeof v === 'number' && NUMBERS.includes(v) && v < 65536,
        },
        {
          path: ['addrInfo', 'addr'],
          values: addresses,
          legal: (v) => typeof v === 'bigint' && v >= 0n && v <= (1n << 64n) - 4096n,
        },
        { path: ['addrInfo', 'granuleSize'], values: numbers, legal: (v) => v === 65536 },
        {
          path: ['addrInfo', 'nbGranules'],
          values: [...numbers.filter((v) => v !== 2 ** 32), 4096],
          legal: (v) => typeof v === 'number' && (NUMBERS.includes(v) || v === 4096) && v > 0,
        },
      ],
    },
  ];
  const all = cases.flatMap(({ name, right, fields }) => fields.map((field) => ({ name, right, ...field })));

  test.each(all)('$name: $path', ({ right, path, values, legal }) => {
    for (const value of values) {
      const info = changed(right, path, value) as unknown as CacheInvalidateInfo;
      let got = '';
      const commands = h.commands(() => (got = answer(() => h.iommu.cacheInvalidate(domain, dev, info))));
      if (legal(value as number)) expect([show(value), got]).toEqual([show(value), 'ok']);
      // A sum with DEV_IOTLB, or TLB entries named by PASID, is ENOENT.
      else expect([show(value), got]).toEqual([show(value), expect.stringMatching(/^(EINVAL|ENOENT)$/)]);
      if (got !== 'ok') expect(commands).toEqual([]);
    }
  });

  test('what is no description', () => {
    for (const info of [...NO_FIELD_HOLDS.filter((v) => !Array.isArray(v)), undefined, [null], [[]]]) {
      expect([show(info), answer(() => h.iommu.cacheInvalidate(domain, dev, info as never))]).toEqual([
        show(info),
        'EINVAL',
      ]);
    }
  });
});

describe('the other calls for a guest', () => {
  test('bindGuestMsi and unbindGuestMsi', () => {
    const right: GuestMsi = { iova: 0xfff0_0000n, gpa: 0x0809_0000n, granule: 4096 };
    for (const key of ['iova', 'gpa']) {
      for (const value of NO_ADDRESS) {
        const msi = changed(right, [key], value) as unknown as GuestMsi;
        expect([key, show(value), answer(() => h.iommu.bindGuestMsi(domain, dev, msi))]).toEqual([
          key,
          show(value),
          'EINVAL',
        ]);
      }
    }
    for (const value of [...NUMBERS, ...NO_FIELD_HOLDS]) {
      const msi = changed(right, ['granule'], value) as unknown as GuestMsi;
      expect([show(value), answer(() => h.iommu.bindGuestMsi(domain, dev, msi))]).toEqual([
        show(value),
        'EINVAL',
      ]);
    }
    for (const value of [...NO_FIELD_HOLDS, undefined]) {
      expect(answer(() => h.iommu.bindGuestMsi(domain, dev, value as never))).toBe('EINVAL');
      expect(answer(() => h.iommu.unbindGuestMsi(domain, dev, value as never))).toBe('EINVAL');
    }
    expect(answer(() => h.iommu.bindGuestMsi(domain, dev, right))).toBe('ok');
    expect(answer(() => h.iommu.unbindGuestMsi(domain, dev, right.iova))).toBe('ok');
  });

  test('setDevPasid and removeDevPasid', () => {
    const dma = h.iommu.domainAlloc({ type: 'dma' });
    const other = h.device(0x20, { pasidBits: 2 });
    for (const value of [
      ...NUMBERS.filter((v) => v === 0 || v > 3),
      ...NO_FIELD_HOLDS,
      undefined,
    ] as never[]) {
      expect([show(value), answer(() => h.iommu.setDevPasid(dma, other, value))]).toEqual([
        show(value),
        'EINVAL',
      ]);
      expect([show(value), answer(() => h.iommu.removeDevPasid(other, value))]).toEqual([
        show(value),
        'EINVAL',
      ]);
    }
    expect(answer(() => h.iommu.setDevPasid(dma, other, 3))).toBe('ok');
    expect(answer(() => h.iommu.removeDevPasid(other, 3))).toBe('ok');
  });
});

test('what is no domain is EINVAL, and no StreamIDs are named', () => {
  const config = { flags: SMMUV3_S1_CFG, smmuS1: { flags: 0, cdptrDma: cd, asidBits: 16 } };
  for (const no of [{}, null, undefined, 5, 'domain'] as never[]) {
    expect([
      answer(() => h.iommu.bindGuestStage(no, dev, config)),
      answer(() => h.iommu.bindGuestStageAt(no, dev, h.iommu.guestStageConfig(dev))),
      answer(() => h.iommu.attachDevice(no, dev)),
      answer(() => h.iommu.detachDevice(no, dev)),
      answer(() => h.iommu.unbindGuestStage(no, dev)),
      answer(() => h.iommu.setDevPasid(no, dev, 1)),
      answer(() => h.iommu.map(no, 0n, 0n, 4096n, RW)),
      answer(() => h.iommu.unmap(no, 0n, 4096n)),
      answer(() => h.iommu.iovaToPhys(no, 0n)),
      answer(() => h.iommu.flushIotlbAll(no)),
      answer(() => h.iommu.attachVirtualSte(no, dev, undefined)),
      answer(() => h.iommu.guestCommands(no, [], () => undefined)),
      answer(() => h.iommu.cacheInvalidate(no, dev, {} as never)),
      answer(() => h.iommu.bindGuestMsi(no, dev, {} as never)),
      answer(() => h.iommu.unbindGuestMsi(no, dev, 0n)),
      answer(() => h.iommu.msiAddress(no, dev)),
      answer(() => h.iommu.domainFree(no)),
    ]).toEqual(Array(17).fill('EINVAL'));
    if (no === null) continue;
    expect(() => h.iommu.addDevice({ streamIds: no })).toThrow(
      'device.streamIds must be an array of StreamIDs',
    );
  }
});
