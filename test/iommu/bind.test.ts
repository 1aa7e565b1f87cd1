import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  encodeGuestStageConfig,
  IOMMU_SMMU_S1_ABORTED,
  IOMMU_SMMU_S1_BYPASSED,
  IOMMU_SMMU_S1_DISABLED,
  iommuBindGuestStage,
  iommuUnbindGuestStage,
  PASID_TABLE,
  SMMUV3_S1_CFG,
  type GuestStageConfig,
  type IommuDevice,
  type IommuDomain,
} from '../../src/iommu/index.js';
import { cmd, ste, type Command } from '../support/encode.js';
import { codeOf, FREE, Host, SYNC, type HostOptions } from './support/host.js';
import { Guest, RW } from './support/guest.js';

const SID = 0x10;
const GUEST_RAM = 0x8000_0000n;
const VA = 0x12_3000n;
const D = IOMMU_SMMU_S1_DISABLED;
const B = IOMMU_SMMU_S1_BYPASSED;
const A = IOMMU_SMMU_S1_ABORTED;
const cfgi: Command[] = [cmd.cfgiSte(SID), SYNC];
const times = (n: number): Command[] => Array.from({ length: n }, () => cfgi).flat();

interface Setup {
  h: Host;
  dev: IommuDevice;
  domain: IommuDomain;
  guest: Guest;
  cd: bigint;
  config: (flags: number, changes?: Partial<NonNullable<GuestStageConfig['smmuS1']>>) => GuestStageConfig;
}
async function setup(options: HostOptions = {}): Promise<Setup> {
  const h = await Host.create(options);
  const dev = h.device(SID);
  const domain = h.iommu.domainAlloc({ type: 'nested' });
  const guest = new Guest(h, GUEST_RAM, FREE, 4 << 20);
  guest.mapRam(domain);
  h.iommu.attachDevice(domain, dev);
  const table = guest.table();
  table.map(VA, GUEST_RAM + 0x30_0000n, 0x1000n, RW);
  const cd = guest.cd(table, 7);
  return {
    h,
    dev,
    domain,
    guest,
    cd,
    config: (flags, changes) => ({
      flags: SMMUV3_S1_CFG,
      smmuS1: { flags, cdptrDma: cd, asidBits: 16, ...changes },
    }),
  };
}

let s: Setup;
beforeEach(async () => {
  s = await setup();
});

/** What the STE must be, by hand, for each request. */
function entry(request: 'translate' | 'bypass' | 'abort'): bigint[] {
  const s2 = {
    SHCFG: 1,
    S2VMID: s.domain.vmid,
    S2T0SZ: 16,
    S2SL0: 2,
    S2IR0: 1,
    S2OR0: 1,
    S2SH0: 3,
    S2PS: 5,
    S2AA64: 1,
    S2PTW: 1,
    S2R: 1,
    S2TTB: s.domain.table!.ttb,
  };
  if (request === 'abort') return ste({ V: 1, Config: 0 });
  if (request === 'bypass') return ste({ V: 1, Config: 6, ...s2 });
  const words = ste({
    V: 1,
    Config: 7,
    S1ContextPtr: s.cd,
    S1DSS: 2,
    S1CIR: 1,
    S1COR: 1,
    S1CSH: 3,
    S1STALLD: 1,
    ...s2,
  });
  words[1] |= 1n << 19n; // MEV
  return words;
}
const reached = { translate: '0x41300000', bypass: 'abort F_TRANSLATION', abort: 'abort silently' } as const;
/** Through stage 2 alone the guest's RAM is reached by its IPA; nested, that IPA is no VA of the guest. */
const byIpa = { translate: 'abort F_TRANSLATION', bypass: '0x41300000', abort: 'abort silently' } as const;

/** Every combination of the masks, and what it asks for: DISABLED or BYPASSED, then ABORTED, then translate. */
const MASKS: [number, 'translate' | 'bypass' | 'abort'][] = [
  [0, 'translate'],
  [D, 'bypass'],
  [B, 'bypass'],
  [A, 'abort'],
  [D | B, 'bypass'],
  [D | A, 'bypass'],
  [B | A, 'bypass'],
  [D | B | A, 'bypass'],
];

describe('bindGuestStage', () => {
  test.each(MASKS)('flags %i: %s', (flags, request) => {
    s.h.iommu.bindGuestStage(s.domain, s.dev, s.config(flags));
    expect(s.h.ste(SID)).toEqual(entry(request));
    expect(s.h.outcome(SID, VA)).toBe(reached[request]);
    expect(s.h.outcome(SID, GUEST_RAM + 0x30_0000n)).toBe(byIpa[request]);
  });

  test('places the structure in memory and reads it from there', () => {
    const config = s.config(B, { asidBits: 8 });
    s.h.iommu.bindGuestStage(s.domain, s.dev, config);
    expect(s.h.smmu.memory.read(s.h.iommu.guestStageConfig(s.dev), 32)).toEqual(
      encodeGuestStageConfig(config),
    );
  });

  test('raw bytes and the structure as a VMM wrote it, there or elsewhere', () => {
    const { h, domain, dev } = s;
    h.iommu.bindGuestStage(domain, dev, encodeGuestStageConfig(s.config(0)));
    expect(h.ste(SID)).toEqual(entry('translate'));
    h.iommu.unbindGuestStage(domain, dev);
    h.smmu.memory.write(h.iommu.guestStageConfig(dev), encodeGuestStageConfig(s.config(0)));
    h.iommu.bindGuestStageAt(domain, dev, h.iommu.guestStageConfig(dev));
    expect(h.outcome(SID, VA)).toBe('0x41300000');
    h.iommu.unbindGuestStage(domain, dev);
    h.smmu.memory.write(FREE + 0x80_0000n, encodeGuestStageConfig(s.config(A)));
    h.iommu.bindGuestStageAt(domain, dev, FREE + 0x80_0000n);
    expect(h.ste(SID)).toEqual(entry('abort'));
    expect(codeOf(() => h.iommu.bindGuestStageAt(domain, dev, 0n))).toBe('EFAULT');
  });

  test('PASID_TABLE: a linear table of 2^pasidBits CDs, SubstreamID 0 for the rest', () => {
    const { h, domain, dev, guest } = s;
    const base = guest.pool.alloc(64 << 3, 64 << 3);
    for (let pasid = 0; pasid < 8; pasid += 5) {
      const table = guest.table();
      table.map(VA, GUEST_RAM + 0x20_0000n + BigInt(pasid << 12), 0x1000n, RW);
      guest.cd(table, 20 + pasid, base + BigInt(pasid * 64));
    }
    h.iommu.bindGuestStage(domain, dev, {
      flags: PASID_TABLE,
      pasidt: { version: 1, basePtr: base, pasidBits: 3 },
    });
    const words = h.ste(SID);
    expect([words[0] >> 59n, (words[0] >> 4n) & 3n, words[1] & 3n, words[0] & 0xffffff_ffff_ffc0n]).toEqual([
      3n,
      0n,
      2n,
      base,
    ]);
    expect(h.outcome(SID, VA)).toBe('0x41200000');
    expect(h.outcome(SID, VA, false, 5)).toBe('0x41205000');
    expect(h.outcome(SID, VA, false, 1)).toBe('abort C_BAD_CD');
    expect(h.outcome(SID, VA, false, 8)).toBe('abort C_BAD_SUBSTREAMID');
    expect(codeOf(() => h.iommu.bindGuestStage(domain, dev, s.config(0)))).toBe('EINVAL');
  });

  test('only the device that is bound changes', () => {
    const other = s.h.device(0x11);
    s.h.iommu.attachDevice(s.domain, other);
    const before = s.h.ste(0x11);
    s.h.iommu.bindGuestStage(s.domain, s.dev, s.config(0));
    expect(s.h.ste(0x11)).toEqual(before);
    expect(s.h.outcome(0x11, GUEST_RAM)).toBe('0x41000000');
  });
});

describe('what changes the STE and how (commands word for word)', () => {
  const steps: Record<string, [number | 'unbind', number, number][]> = {
    // [request, syncs in today's order, syncs in 2018's]
    'translate, unbind': [
      [0, 2, 3],
      ['unbind', 3, 3],
    ],
    'bypass, abort, translate': [
      [B, 0, 3],
      [A, 2, 1],
      [0, 2, 2],
    ],
    'translate, abort, bypass': [
      [0, 2, 3],
      [A, 2, 1],
      [B, 2, 2],
    ],
    'translate, bypass, translate': [
      [0, 2, 3],
      [B, 3, 3],
      [0, 2, 3],
    ],
    'abort, unbind, unbind': [
      [A, 2, 1],
      ['unbind', 2, 2],
      ['unbind', 0, 0],
    ],
  };
  test.each(
    Object.keys(steps).flatMap(
      (name) =>
        [
          [name, 'hitless'],
          [name, 'break-before-make'],
        ] as const,
    ),
  )('%s, %s: CFGI_STE and CMD_SYNC only', async (name, steUpdate) => {
    s = await setup({ steUpdate });
    for (const [flags, today, then] of steps[name]) {
      const seen = s.h.commands(() => {
        if (flags === 'unbind') s.h.iommu.unbindGuestStage(s.domain, s.dev);
        else s.h.iommu.bindGuestStage(s.domain, s.dev, s.config(flags));
      });
      const syncs = steUpdate === 'hitless' ? today : then;
      expect(seen).toEqual(times(syncs));
      if (seen.length > 0) expect(s.dev.lastUpdate.syncs).toBe(syncs);
      const request = flags === 'unbind' ? 'bypass' : MASKS.find(([mask]) => mask === flags)![1];
      expect(s.h.ste(SID)).toEqual(entry(request));
    }
  });
  test('hitless in today’s order, V = 0 in between in that of 2018', async () => {
    s.h.iommu.bindGuestStage(s.domain, s.dev, s.config(0));
    expect(s.dev.lastUpdate.hitless).toBe(true);
    s = await setup({ steUpdate: 'break-before-make' });
    s.h.iommu.bindGuestStage(s.domain, s.dev, s.config(0));
    expect(s.dev.lastUpdate.hitless).toBe(false);
  });
});

describe('unbindGuestStage', () => {
  test('restores stage 2 alone: VMID, tables and mappings stay', () => {
    const before = s.h.ste(SID);
    s.h.iommu.bindGuestStage(s.domain, s.dev, s.config(0));
    s.h.iommu.unbindGuestStage(s.domain, s.dev);
    expect(s.h.ste(SID)).toEqual(before);
    expect(s.h.outcome(SID, GUEST_RAM + 0x1234n)).toBe('0x41001234');
  });
  test('never fails: not bound, not attached, another domain', () => {
    const other = s.h.iommu.domainAlloc({ type: 'stage2' });
    expect(s.h.commands(() => s.h.iommu.unbindGuestStage(s.domain, s.dev))).toEqual([]);
    s.h.iommu.unbindGuestStage(other, s.dev);
    s.h.iommu.detachDevice(s.domain, s.dev);
    s.h.iommu.unbindGuestStage(s.domain, s.dev);
  });
  test('detach and re-attach forget the guest', () => {
    s.h.iommu.bindGuestStage(s.domain, s.dev, s.config(0));
    s.h.iommu.detachDevice(s.domain, s.dev);
    expect(s.h.outcome(SID, VA)).toBe('abort silently');
    s.h.iommu.attachDevice(s.domain, s.dev);
    expect(s.h.ste(SID)).toEqual(entry('bypass'));
    s.h.iommu.bindGuestStage(s.domain, s.dev, s.config(0));
    expect(s.h.outcome(SID, VA)).toBe('0x41300000');
  });
  test('after leaving nested for a stage 1 of the host’s, nothing of stage 2 is left in the STE', () => {
    s.h.iommu.bindGuestStage(s.domain, s.dev, s.config(0));
    s.h.iommu.attachDevice(s.h.iommu.domainAlloc({ type: 'dma' }), s.dev);
    expect(s.h.ste(SID).slice(2)).toEqual([0n, 0n, 0n, 0n, 0n, 0n]);
  });
});

describe('errors, each leaving the STE as it was', () => {
  const raw = (at: number, value: number): ((config: GuestStageConfig) => Uint8Array) => {
    return (config) => {
      const bytes = encodeGuestStageConfig(config);
      bytes[at] = value;
      return bytes;
    };
  };
  const table = (changes: object): GuestStageConfig => ({
    flags: PASID_TABLE,
    pasidt: { version: 1, basePtr: 0x8000_0000n, pasidBits: 2, ...changes },
  });
  const cases: [string, (c: Setup) => GuestStageConfig | Uint8Array][] = [
    ['neither member selected', (c) => raw(0, 0)(c.config(0))],
    ['both members selected', (c) => raw(0, 3)(c.config(0))],
    ['an unknown selector', (c) => raw(0, 4)(c.config(0))],
    ['an unknown bit in the flags byte', (c) => c.config(8)],
    ['cdptr not 64-byte aligned', (c) => c.config(0, { cdptrDma: c.cd + 32n })],
    ['cdptr beyond bit 51', (c) => c.config(0, { cdptrDma: 1n << 52n })],
    ['cdptr beyond the OAS', (c) => c.config(0, { cdptrDma: 1n << 48n })],
    ['asidBits 12', (c) => c.config(0, { asidBits: 12 })],
    ['asidBits 0', (c) => c.config(D, { asidBits: 0 })],
    ['PASID table: version 2', () => table({ version: 2 })],
    ['PASID table: bytes 16', () => table({ bytes: 16 })],
    ['PASID table: more PASIDs than IDR1.SSIDSIZE', () => table({ basePtr: 0n, pasidBits: 21 })],
    ['PASID table: misaligned', () => table({ basePtr: 0x8000_0020n })],
    ['PASID table: beyond the OAS', () => table({ basePtr: 1n << 48n })],
  ];
  test.each(cases)('%s: EINVAL', (_, make) => {
    const before = s.h.ste(SID);
    const seen = s.h.commands(() => {
      expect(codeOf(() => s.h.iommu.bindGuestStage(s.domain, s.dev, make(s)))).toBe('EINVAL');
    });
    expect(seen).toEqual([]);
    expect(s.h.ste(SID)).toEqual(before);
  });
  test('asidBits 16 without IDR0.ASID16: EINVAL; 8 is fine', async () => {
    s = await setup({ id: { ASID16: 0 } });
    expect(codeOf(() => s.h.iommu.bindGuestStage(s.domain, s.dev, s.config(0)))).toBe('EINVAL');
    s.h.iommu.bindGuestStage(s.domain, s.dev, s.config(0, { asidBits: 8 }));
  });
  test('translate while translating: EINVAL; through bypass or abort or unbind it goes', () => {
    const { h, domain, dev } = s;
    h.iommu.bindGuestStage(domain, dev, s.config(0));
    expect(codeOf(() => h.iommu.bindGuestStage(domain, dev, s.config(0)))).toBe('EINVAL');
    for (const between of [B, A, D]) {
      h.iommu.bindGuestStage(domain, dev, s.config(between));
      h.iommu.bindGuestStage(domain, dev, s.config(0));
    }
    h.iommu.unbindGuestStage(domain, dev);
    h.iommu.bindGuestStage(domain, dev, s.config(0));
  });
  test.each(['dma', 'stage2', 'identity', 'blocked'] as const)('a domain of type %s: EINVAL', (type) => {
    const domain = s.h.iommu.domainAlloc({ type });
    s.h.iommu.attachDevice(domain, s.dev);
    expect(codeOf(() => s.h.iommu.bindGuestStage(domain, s.dev, s.config(0)))).toBe('EINVAL');
  });
  test('a device that is not attached, or to another domain: EINVAL', () => {
    const stranger = s.h.device(0x11);
    expect(codeOf(() => s.h.iommu.bindGuestStage(s.domain, stranger, s.config(0)))).toBe('EINVAL');
    s.h.iommu.attachDevice(s.h.iommu.domainAlloc({ type: 'nested' }), stranger);
    expect(codeOf(() => s.h.iommu.bindGuestStage(s.domain, stranger, s.config(0)))).toBe('EINVAL');
  });
  test('a device behind another SMMU: refused', async () => {
    const other = await Host.create();
    expect(codeOf(() => s.h.iommu.bindGuestStage(s.domain, other.device(), s.config(0)))).toMatch(
      /ENXIO|EINVAL/,
    );
  });
  test('bytes that are no structure: EINVAL', () => {
    expect(codeOf(() => s.h.iommu.bindGuestStage(s.domain, s.dev, new Uint8Array(31)))).toBe('EINVAL');
  });
});

describe('the core calls', () => {
  test('go through domain.ops', () => {
    iommuBindGuestStage(s.domain, s.dev, s.config(0));
    expect(s.h.ste(SID)).toEqual(entry('translate'));
    iommuUnbindGuestStage(s.domain, s.dev);
    expect(s.h.ste(SID)).toEqual(entry('bypass'));
  });
  test('without the op: bind is ENODEV, unbind does nothing; nothing else is checked', () => {
    s.h.iommu.bindGuestStage(s.domain, s.dev, s.config(0));
    s.domain.ops = {};
    expect(codeOf(() => iommuBindGuestStage(s.domain, s.dev, {} as GuestStageConfig))).toBe('ENODEV');
    expect(codeOf(() => s.h.iommu.bindGuestStageAt(s.domain, s.dev, 0n))).toBe('ENODEV');
    iommuUnbindGuestStage(s.domain, s.dev);
    expect(s.h.ste(SID)).toEqual(entry('translate'));
  });
  test('an op of the program’s own is called instead', () => {
    const calls: unknown[] = [];
    s.domain.ops = { ...s.domain.ops, bindGuestStage: (...args) => void calls.push(args) };
    const config = s.config(0);
    s.h.iommu.bindGuestStage(s.domain, s.dev, config);
    expect(calls).toEqual([[s.domain, s.dev, config]]);
  });
});
