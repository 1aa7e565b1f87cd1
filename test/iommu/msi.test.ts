import { beforeEach, describe, expect, test } from '@jest/globals';
import { SMMUV3_S1_CFG, type IommuDevice, type IommuDomain } from '../../src/iommu/index.js';
import { cmd } from '../support/encode.js';
import { Guest, RW } from './support/guest.js';
import { codeOf, FREE, Host, SYNC } from './support/host.js';

const SID = 0x10;
const RAM = 0x8000_0000n;
/** Doorbell: the host's (hDB), the guest's view of it (gDB), and the guest's address for that (gIOVA). */
const HDB = 0x0808_0040n;
const GDB = 0x0809_0000n;
const GIOVA = 0xfff0_0000n;

let h: Host;
let dev: IommuDevice;
let domain: IommuDomain;
beforeEach(async () => {
  h = await Host.create();
  dev = h.device(SID, { msiDoorbell: HDB });
  domain = h.iommu.domainAlloc({ type: 'nested' });
  const guest = new Guest(h, RAM, FREE, 4 << 20);
  guest.mapRam(domain);
  h.iommu.attachDevice(domain, dev);
  const table = guest.table();
  table.map(GIOVA, GDB, 0x1000n, RW);
  h.iommu.bindGuestStage(domain, dev, {
    flags: SMMUV3_S1_CFG,
    smmuS1: { flags: 0, cdptrDma: guest.cd(table, 1), asidBits: 16 },
  });
});

describe('guest MSI binding: gIOVA to gDB to hDB', () => {
  test('the device’s interrupt write reaches the real doorbell', () => {
    expect(h.iommu.msiAddress(domain, dev)).toBeNull();
    expect(h.outcome(SID, GIOVA + 0x40n, true)).toBe('abort F_TRANSLATION');
    h.iommu.bindGuestMsi(domain, dev, { iova: GIOVA, gpa: GDB, granule: 4096 });
    const address = h.iommu.msiAddress(domain, dev)!;
    expect(address).toBe(GIOVA + 0x40n);
    expect(h.outcome(SID, address, true)).toBe(`0x${HDB.toString(16)}`);
    expect(h.outcome(SID, address)).toBe('abort F_PERMISSION');
  });
  test('a known iova again: nothing happens', () => {
    h.iommu.bindGuestMsi(domain, dev, { iova: GIOVA, gpa: GDB });
    expect(h.commands(() => h.iommu.bindGuestMsi(domain, dev, { iova: GIOVA, gpa: GDB + 0x1000n }))).toEqual(
      [],
    );
    expect(h.iommu.iovaToPhys(domain, GDB + 0x1000n)).toBeNull();
  });
  test('unbind, detach: the doorbell is out of reach at once', () => {
    h.iommu.bindGuestMsi(domain, dev, { iova: GIOVA, gpa: GDB });
    h.translate(SID, GIOVA, true);
    expect(h.commands(() => h.iommu.unbindGuestMsi(domain, dev, GIOVA))).toEqual([
      cmd.s2Ipa(domain.vmid, GDB, { tg: 1, ttl: 3, leaf: 1 }),
      SYNC,
      cmd.nhAll(domain.vmid),
      SYNC,
    ]);
    expect(h.outcome(SID, GIOVA, true)).toBe('abort F_TRANSLATION');
    h.iommu.bindGuestMsi(domain, dev, { iova: GIOVA, gpa: GDB });
    h.iommu.detachDevice(domain, dev);
    expect(h.iommu.iovaToPhys(domain, GDB)).toBeNull();
  });
  test('two devices share a doorbell; it goes with the last', () => {
    const other = h.device(0x11, { msiDoorbell: HDB });
    h.iommu.attachDevice(domain, other);
    h.iommu.bindGuestMsi(domain, dev, { iova: GIOVA, gpa: GDB });
    h.iommu.bindGuestMsi(domain, other, { iova: GIOVA, gpa: GDB });
    h.iommu.unbindGuestMsi(domain, dev, GIOVA);
    expect(h.iommu.iovaToPhys(domain, GDB + 0x40n)).toBe(HDB);
    h.iommu.detachDevice(domain, other);
    expect(h.iommu.iovaToPhys(domain, GDB)).toBeNull();
  });
  test('errors', () => {
    const msi = { iova: GIOVA, gpa: GDB };
    const stage2 = h.iommu.domainAlloc({ type: 'stage2' });
    const plain = h.device(0x11);
    expect(codeOf(() => h.iommu.bindGuestMsi(stage2, dev, msi))).toBe('EINVAL');
    expect(codeOf(() => h.iommu.bindGuestMsi(domain, plain, msi))).toBe('EINVAL');
    h.iommu.attachDevice(domain, plain);
    expect(codeOf(() => h.iommu.bindGuestMsi(domain, plain, msi))).toBe('EINVAL'); // no doorbell
    expect(codeOf(() => h.iommu.bindGuestMsi(domain, dev, { ...msi, granule: 65536 }))).toBe('EINVAL');
    expect(codeOf(() => h.iommu.bindGuestMsi(domain, dev, { ...msi, gpa: RAM }))).toBe('EEXIST');
    expect(codeOf(() => h.iommu.unbindGuestMsi(domain, dev, GIOVA))).toBe('ENOENT');
    h.iommu.bindGuestMsi(domain, dev, msi);
    const elsewhere = h.device(0x12, { msiDoorbell: HDB + 0x10000n });
    h.iommu.attachDevice(domain, elsewhere);
    expect(codeOf(() => h.iommu.bindGuestMsi(domain, elsewhere, msi))).toBe('EEXIST');
  });
});
