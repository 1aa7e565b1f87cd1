/**
 * Message-signalled interrupts of a device in a guest's hands: the guest programs an address of its own (gIOVA), its stage 1
 * makes a doorbell of it (gDB, a guest-physical address), and the host's stage 2 must lead that to the real doorbell (hDB).
 */
import { big, hex, integer, record } from '../base/check.js';
import { IommuError } from '../base/errors.js';
import type { Attachment, GuestMsiBinding } from './attachment.js';
import type { IommuDevice } from './device.js';
import type { Domain } from './domain.js';
import { checkNested } from './nested.js';
import { judge } from './uapi/judge.js';
import { PROT_MMIO, PROT_NOEXEC, PROT_WRITE } from './uapi/prot.js';

const DOORBELL_PROT = PROT_WRITE | PROT_NOEXEC | PROT_MMIO;

/** What the guest tells of one doorbell. */
export interface GuestMsi {
  /** Address that the guest programs into the device: gIOVA. */
  readonly iova: bigint;
  /** The doorbell as the guest's stage 1 has it: gDB. */
  readonly gpa: bigint;
  /** Bytes of the page that the guest maps it with. Default: the page of the domain. */
  readonly granule?: number;
}

/** Ties gDB to hDB in the host's stage 2. An iova that is bound already: nothing happens. */
export function bindGuestMsi(domain: Domain, device: IommuDevice, msi: GuestMsi): void {
  checkNested(domain, device);
  const page = domain.tables.pageSize;
  const asked = judge(() => checkMsi(msi));
  const size = asked.granule ?? page;
  if (size !== page) {
    throw new IommuError(
      'EINVAL',
      `msi.granule must be the ${page} bytes of the domain's pages, not ${size}`,
    );
  }
  const mask = ~(size - 1n);
  const iova = asked.iova & mask;
  const gpa = asked.gpa & mask;
  if (device.msiBindings.has(iova)) return;
  if (device.msiDoorbell === undefined) {
    throw new IommuError('EINVAL', 'the device was added without msiDoorbell: the host knows no doorbell');
  }
  const shared = sharing(domain, gpa);
  if (shared.length === 0) domain.tables.map(gpa, device.msiDoorbell & mask, size, DOORBELL_PROT);
  else if (shared.some((other) => (other.msiDoorbell! & mask) !== (device.msiDoorbell! & mask))) {
    throw new IommuError('EEXIST', `gDB ${hex(gpa)} leads to another doorbell already`);
  }
  device.msiBindings.set(iova, { iova, gpa, size: Number(size) });
}

function checkMsi(msi: GuestMsi): { iova: bigint; gpa: bigint; granule: bigint | undefined } {
  record(msi, 'msi', ['iova', 'gpa', 'granule']);
  return {
    iova: address(msi.iova, 'msi.iova'),
    gpa: address(msi.gpa, 'msi.gpa'),
    granule: msi.granule === undefined ? undefined : BigInt(integer(msi.granule, 'msi.granule', 1, 2 ** 30)),
  };
}

function address(value: bigint, name: string): bigint {
  return big(value, name, 0n, (1n << 64n) - 1n);
}

/** Ends a binding. @throws IommuError ENOENT when there is none at `iova` */
export function unbindGuestMsi(domain: Domain, device: IommuDevice, iova: bigint): void {
  checkNested(domain, device);
  judge(() => address(iova, 'iova'));
  const binding = device.msiBindings.get(iova & ~(domain.tables.pageSize - 1n));
  if (binding === undefined) throw new IommuError('ENOENT', `no MSI binding at ${hex(iova)}`);
  end(domain, device, binding);
}

/** Ends all bindings of a device that leaves the domain. */
export function endMsiBindings(domain: Domain, device: IommuDevice): void {
  for (const binding of [...device.msiBindings.values()]) end(domain, device, binding);
}

/**
 * The address that the host programs into the device for its interrupts: the guest's own for the real doorbell, its low bits
 * those of hDB.
 */
export function msiAddress(domain: Domain, device: IommuDevice): bigint | null {
  checkNested(domain, device);
  for (const { iova, size } of device.msiBindings.values()) {
    return iova | (device.msiDoorbell! & BigInt(size - 1));
  }
  return null;
}

function end(domain: Domain, device: IommuDevice, { iova, gpa, size }: GuestMsiBinding): void {
  device.msiBindings.delete(iova);
  if (sharing(domain, gpa).length > 0) return;
  const result = domain.tables.unmap(gpa, BigInt(size));
  domain.invalidate(result);
  domain.tables.freeTables(result.tables);
}

/** Devices of the domain with a binding to this gDB. */
function sharing(domain: Domain, gpa: bigint): Attachment[] {
  return [...domain.devices].filter((device) =>
    [...device.msiBindings.values()].some((binding) => binding.gpa === gpa),
  );
}
