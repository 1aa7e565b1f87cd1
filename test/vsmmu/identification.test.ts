// What may be announced: each field against the host, by name; frozen; nested once only.
import { describe, expect, test } from '@jest/globals';
import { HostIommu } from '../../src/iommu/index.js';
import { IOMMU_HWPT_ALLOC_NEST_PARENT, Iommufd } from '../../src/iommufd/index.js';
import { type AnnouncedId, bindBackend, VirtualSmmu } from '../../src/vsmmu/index.js';
import { codeOf } from '../iommu/support/host.js';
import { ABILITIES, StrictBackend } from './support/backends.js';
import { GPA, plainMemory, Rig, type RigOptions } from './support/rig.js';

const { idr } = ABILITIES;
/** The host without a field: register, lowest bit, width. */
const without = (register: number, lsb: number, width = 1, value = 0): RigOptions['abilities'] => ({
  idr: idr.map((word, n) =>
    n === register ? ((word & ~((2 ** width - 1) * 2 ** lsb)) | (value * 2 ** lsb)) >>> 0 : word,
  ),
});
const create = async (id: AnnouncedId, abilities: RigOptions['abilities'] = {}): Promise<Rig> =>
  Rig.create({ id, abilities, device: false });

describe('at most what the host has, by the field’s name', () => {
  test.each<[string, AnnouncedId, RigOptions['abilities']]>([
    ['ASID16', { ASID16: 1 }, without(0, 12)],
    ['HTTU', { HTTU: 2 }, without(0, 6, 2, 1)],
    ['COHACC', { COHACC: 1 }, without(0, 4)],
    ['CD2L', { CD2L: 1, SSIDSIZE: 4 }, without(0, 19)],
    ['SSIDSIZE', { SSIDSIZE: 9 }, without(1, 6, 5, 8)],
    ['SSIDSIZE', { SSIDSIZE: 9 }, { maxPasidLog2: 8 }],
    ['RIL', { RIL: 1 }, without(3, 10)],
    ['BBML', { BBML: 2 }, without(3, 11, 2, 1)],
    ['HAD', { HAD: 1 }, without(3, 2)],
    ['GRAN4K', { GRAN4K: 1 }, without(5, 4)],
    ['GRAN16K', { GRAN16K: 1 }, without(5, 5)],
    ['GRAN64K', { GRAN64K: 1 }, without(5, 6)],
    ['OAS', { OAS: 5 }, without(5, 0, 3, 4)],
    ['VAX', { VAX: 1 }, {}],
    ['ATS', { ATS: 1 }, {}],
    ['TERM_MODEL', { TERM_MODEL: 0 }, without(0, 26, 1, 1)],
    ['STALL_MODEL', { STALL_MODEL: 0 }, {}],
    ['STALL_MODEL', { STALL_MODEL: 0 }, without(0, 24, 2, 0)], // the host has stalls and hands none on
    ['STALL_MODEL', {}, without(0, 24, 2, 2)], // the host stalls every fault
  ])('%s', async (name, id, abilities) => {
    await expect(create(id, abilities)).rejects.toThrow(RangeError);
    await expect(create(id, abilities)).rejects.toThrow(`id.${name} cannot be`);
  });

  test.each<[string, AnnouncedId]>([
    ['ST_LEVEL', { ST_LEVEL: 0 }], // with 16 StreamID bits
    ['CD2L', { CD2L: 1 }], // without SubstreamIDs
    ['SIDSIZE', { SIDSIZE: 33 }],
    ['CMDQS', { CMDQS: 20 }],
    ['EVENTQS', { EVENTQS: 20 }],
    ['SSIDSIZE', { SSIDSIZE: 21 }],
    ['BBML', { BBML: 3 }],
    ['OAS', { OAS: 7 }],
    ['AIDR', { AIDR: 1, RIL: 1 }], // v3.1 has no ranges
    ['AIDR', { AIDR: 4 }],
  ])('%s: what no SMMU can be', async (name, id) => {
    await expect(create(id)).rejects.toThrow(RangeError);
    await expect(create(id)).rejects.toThrow(name);
  });

  test.each([
    'S2P',
    'Hyp',
    'VMID16',
    'BTM',
    'PRI',
    'MSI',
    'SEV',
    'ATOS',
    'ECMDQ',
    'ATTR_TYPES_OVR',
    'FWB',
    'XNX',
    'DS',
  ])('%s is never announced', async (name) => {
    await expect(create({ [name]: 1 })).rejects.toThrow(`id.${name} must be 0, not 1`);
    await expect(create({ [name]: 0 })).resolves.toBeDefined();
  });

  test('a name that is none', async () => {
    await expect(create({ ASID: 1 } as AnnouncedId)).rejects.toThrow("id has no field 'ASID'");
  });
});

describe('what the host itself must have', () => {
  test.each([
    ['S1P', 1, 1],
    ['S2P', 0, 1],
    ['TTF', 2, 2],
  ])('%s', async (name, lsb, width) => {
    await expect(create({}, without(0, lsb, width))).rejects.toThrow(`IDR0.${name} is 0`);
  });

  test('TTF is a mask: 3, both formats, is fine', async () => {
    await expect(create({}, without(0, 2, 2, 3))).resolves.toBeDefined();
    await expect(create({}, without(0, 2, 2, 1))).rejects.toThrow('IDR0.TTF is 1');
  });

  test('TTENDIAN: mixed and little are fine, big is not', async () => {
    await expect(create({}, without(0, 21, 2, 2))).resolves.toBeDefined();
    await expect(create({}, without(0, 21, 2, 3))).rejects.toThrow('IDR0.TTENDIAN is 3');
  });
});

describe('the default and auto', () => {
  test('the default: stage 1, AArch64, little-endian, no stalls, wired, two-level Stream table of 16 bits, 44-bit addresses', async () => {
    const { vsmmu } = await create({});
    // ST_LEVEL 1 [28:27], TERM_MODEL [26], STALL_MODEL 1 [25:24], TTENDIAN 2 [22:21], COHACC [4], TTF 2 [3:2], S1P [1]
    expect(vsmmu.read32(0x0)).toBe((1 << 27) | (1 << 26) | (1 << 24) | (2 << 21) | (1 << 4) | (2 << 2) | 2);
    expect(vsmmu.read32(0x4)).toBe((8 << 21) | (8 << 16) | 16);
    expect([8, 0xc, 0x10].map((offset) => vsmmu.read32(offset))).toEqual([0, 0, 0]);
    expect(vsmmu.read32(0x14)).toBe((1 << 4) | 4);
    expect([vsmmu.read32(0x18), vsmmu.read32(0x1c)]).toEqual([0, 1]);
  });

  test('auto: what the host has of the fields that a guest has use for', async () => {
    const { fields, aidr, oasBits } = (await create('auto')).vsmmu.id;
    expect(fields).toMatchObject({
      ASID16: 1,
      SSIDSIZE: 20,
      CD2L: 1,
      COHACC: 1,
      RIL: 1,
      BBML: 2,
      HAD: 1,
      GRAN4K: 1,
      GRAN16K: 1,
      GRAN64K: 1,
      OAS: 5,
      STALL_MODEL: 1,
      HTTU: 0,
    });
    expect([aidr, oasBits]).toEqual([2, 48]);
  });

  test('a host with 64 KiB pages only', async () => {
    const abilities = { idr: idr.map((word, n) => (n === 5 ? (1 << 6) | 2 : word)) };
    const { fields } = (await create({}, abilities)).vsmmu.id;
    expect([fields.GRAN4K, fields.GRAN16K, fields.GRAN64K, fields.OAS]).toEqual([0, 0, 1, 2]);
  });
});

describe('frozen', () => {
  test('a device that comes later and has less is refused by the field’s name; nothing changes', async () => {
    const backend = new StrictBackend();
    const vsmmu = await VirtualSmmu.create({ backend, memory: plainMemory(), id: 'auto' });
    backend.hwInfo = () => ({ ...ABILITIES, maxPasidLog2: 4 });
    const before = vsmmu.read32(4);
    expect(() => vsmmu.addDevice({ vsid: 8, device: 'a' })).toThrow(
      'id.SSIDSIZE cannot be 20: host and device have 4',
    );
    expect([vsmmu.read32(4), backend.streams.size]).toEqual([before, 0]);
    expect(() => ((vsmmu.id.fields as { RIL: number }).RIL = 0)).toThrow(TypeError);
  });

  test('the window for MSIs must not be guest RAM', async () => {
    await expect(Rig.create({ msiWindow: { base: GPA - 0x1000n, size: 0x2000 } })).rejects.toThrow(
      'msiWindow must lie outside guest RAM, which has 0x80000000',
    );
    const { vsmmu } = await Rig.create();
    expect(vsmmu.reservedRegions).toEqual([{ start: 0x0800_0000n, length: 0x10_0000n, type: 'sw-msi' }]);
  });
});

describe('nested twice', () => {
  test('a guest that is a hypervisor finds no stage 2: in the 2018 form, in today’s, and behind another virtual SMMU', async () => {
    const rig = await Rig.create({ kind: 'bind' });
    const guest = await HostIommu.probe(rig.vsmmu, { pool: { base: GPA, size: 8 << 20 } });
    const device = guest.addDevice({ streamIds: [8] });
    expect(codeOf(() => guest.attachDevice(guest.domainAlloc({ type: 'nested' }), device))).toBe('EINVAL');
    const fd = new Iommufd(guest);
    const devId = fd.bindDevice(device);
    const ptId = fd.ioasAlloc();
    expect(codeOf(() => fd.hwptAlloc({ devId, ptId, flags: IOMMU_HWPT_ALLOC_NEST_PARENT }))).toBe(
      'EOPNOTSUPP',
    );
    const backend = bindBackend(guest);
    await expect(VirtualSmmu.create({ backend, memory: plainMemory() })).rejects.toThrow(
      'guests of guests cannot be nested',
    );
  });
});
