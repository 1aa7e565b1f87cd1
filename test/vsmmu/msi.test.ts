// Message-signalled interrupts of an assigned device: through the guest's stage 1, which maps the window one to one, to the doorbell.
import { expect, test } from '@jest/globals';
import { HostIommu } from '../../src/iommu/index.js';
import { FREE } from '../iommu/support/host.js';
import { at, GPA, HOSTS, type Kind, Rig } from './support/rig.js';

const DOORBELL = FREE + 0x12_3040n;
const WINDOW = 0x0800_0000n;

async function interrupting(
  kind: Kind,
): Promise<{ rig: Rig; guest: HostIommu<Rig['vsmmu']>; address: bigint }> {
  const rig = await Rig.create({ kind, device: false });
  const device = rig.h.device(0x300, { msiDoorbell: DOORBELL });
  if (kind === 'bind') {
    rig.vsmmu.addDevice({ vsid: 8, device });
    rig.h.iommu.bindGuestMsi(rig.domain, device, { iova: WINDOW, gpa: WINDOW });
  } else rig.vsmmu.addDevice({ vsid: 8, device: rig.fd.bindDevice(device) });
  const guest = await HostIommu.probe(rig.vsmmu, { pool: { base: GPA, size: 8 << 20 } });
  return { rig, guest, address: WINDOW + 0x40n };
}

test.each(HOSTS)(
  '%s: the guest maps the reserved region one to one, and the MSI reaches the doorbell',
  async (kind) => {
    const { rig, guest, address } = await interrupting(kind);
    const domain = guest.domainAlloc({ type: 'dma' });
    guest.attachDevice(domain, guest.addDevice({ streamIds: [8] }));
    expect(rig.h.outcome(0x300, address, true)).toBe('abort F_TRANSLATION'); // no RMR: it faults in stage 1
    const [{ start, length }] = rig.vsmmu.reservedRegions;
    guest.map(domain, start, start, length, 2 | 16);
    expect(rig.h.outcome(0x300, address, true)).toBe(at(DOORBELL));
  },
);

test.each(HOSTS)('%s: the window is in stage 2 of bypass as well', async (kind) => {
  const { rig, guest, address } = await interrupting(kind);
  guest.attachDevice(guest.domainAlloc({ type: 'identity' }), guest.addDevice({ streamIds: [8] }));
  expect(rig.h.outcome(0x300, address, true)).toBe(at(DOORBELL));
});
