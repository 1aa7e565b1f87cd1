/** Attaching domains to devices, with and without PASID: which STE and CDs follow, in which order they are written. */
import { integer } from '../base/check.js';
import { IommuError } from '../base/errors.js';
import type { IommuDevice } from './device.js';
import type { Domain } from './domain.js';
import { cdClear, cdStage1 } from './entry/cd.js';
import {
  steAbort,
  steBypass,
  steForGuestStage,
  steForVirtualSte,
  steStage1,
  steStage2,
} from './entry/ste.js';
import { endMsiBindings } from './msi.js';
import { judge } from './uapi/judge.js';

/** PASID 0 is what transactions without PASID use (STE.S1DSS). */
const NO_PASID = 0;

/**
 * Attaches a device: from now on its transactions go through the domain. What it was attached to before, and what a guest
 * had bound, is gone. Attaching to the present domain again changes nothing.
 * @throws IommuError EINVAL when the domain is of another SMMU, has been freed, or needs a stage that the SMMU lacks; EBUSY for
 *   a stage 2 while PASIDs are in use; ENODEV when the device has been removed; ENOMEM for the CD table
 */
export function attach(domain: Domain, device: IommuDevice): void {
  checkPair(domain, device);
  if (device.domain === domain) return;
  moveTo(domain, device, () => device.writeStes(steOf(device), true));
}

/** Attaches a checked pair: `write` gives the streams their new STEs, with the driver's books telling of the new domain already. */
export function moveTo(domain: Domain, device: IommuDevice, write: () => void): void {
  if (domain.stage === 2 && device.pasids.size > 0) {
    throw new IommuError('EBUSY', 'the device uses PASIDs, which a stage 2 has none of');
  }
  if (device.domain === domain) return write();
  // What may fail comes before anything changes.
  if (domain.type === 'dma') device.reserveCd(NO_PASID);
  const former = leave(device);
  device.domain = domain;
  domain.devices.add(device);
  if (domain.type === 'dma') writeContext(device, NO_PASID, domain);
  write();
  // Only once no STE leads to the CD any more.
  if (former?.type === 'dma' && domain.type !== 'dma') device.writeCd(NO_PASID, cdClear());
}

/**
 * Detaches a device: its transactions without PASID abort. Of a device that is not attached to the domain: EINVAL.
 * @throws IommuError EINVAL, ENODEV
 */
export function detach(domain: Domain, device: IommuDevice): void {
  if (device.removed) throw new IommuError('ENODEV', 'the device has been removed');
  if (device.domain !== domain) throw new IommuError('EINVAL', 'the device is not attached to this domain');
  leave(device);
  device.writeStes(steOf(device), true);
  if (domain.type === 'dma') device.writeCd(NO_PASID, cdClear());
}

/**
 * Sends the transactions that carry a PASID through a domain.
 * @throws IommuError EINVAL for a PASID outside 1 to 2^pasidBits - 1, a domain other than 'dma' or of another SMMU, or a
 *   device that is attached to a stage 2; EBUSY when the PASID is in use; ENODEV, ENOMEM
 */
export function setDevPasid(domain: Domain, device: IommuDevice, pasid: number): void {
  checkPair(domain, device);
  checkPasid(device, pasid);
  if (domain.type !== 'dma') {
    throw new IommuError('EINVAL', `a domain of type '${domain.type}' cannot serve a PASID: only 'dma' can`);
  }
  if (device.domain !== undefined && device.domain.stage === 2) {
    throw new IommuError('EINVAL', `the device is attached to a domain of type '${device.domain.type}'`);
  }
  if (device.pasids.has(pasid)) throw new IommuError('EBUSY', `PASID ${pasid} is in use`);
  writeContext(device, pasid, domain);
  device.pasids.set(pasid, domain);
  domain.pasidUses++;
  device.writeStes(steOf(device), true);
}

/**
 * Ends the use of a PASID: transactions that carry it abort.
 * @throws IommuError EINVAL when it is not in use; ENODEV
 */
export function removeDevPasid(device: IommuDevice, pasid: number): void {
  if (device.removed) throw new IommuError('ENODEV', 'the device has been removed');
  checkPasid(device, pasid);
  const domain = device.pasids.get(pasid);
  if (domain === undefined) throw new IommuError('EINVAL', `PASID ${pasid} is not in use`);
  device.writeCd(pasid, cdClear());
  device.pasids.delete(pasid);
  domain.pasidUses--;
  device.writeStes(steOf(device), true);
}

/** Takes a device from the driver: every stream aborts, its memory is free again. */
export function remove(device: IommuDevice): void {
  for (const pasid of [...device.pasids.keys()]) removeDevPasid(device, pasid);
  if (device.domain !== undefined) detach(device.domain, device);
  const { driver } = device;
  device.writeStes(steAbort(), false);
  device.cdTable?.free();
  driver.pool.free(device.configPa, 32);
  device.removed = true;
}

/** The STE that the device's attachments and its guest ask for. */
export function steOf(device: IommuDevice): readonly bigint[] {
  const { domain, traits, guest, vste } = device;
  if (domain?.type === 'dma') return steStage1(traits, device.steCdTable('ssid0'));
  if (domain !== undefined && domain.stage === 2) {
    if (vste !== undefined) return steForVirtualSte(traits, domain.stage2, vste);
    return guest === undefined
      ? steStage2(traits, domain.stage2)
      : steForGuestStage(traits, domain.stage2, guest);
  }
  const identity = domain?.type === 'identity';
  if (device.pasids.size > 0) {
    return steStage1(traits, device.steCdTable(identity ? 'bypass' : 'terminate'));
  }
  return identity ? steBypass(traits) : steAbort();
}

/** @throws IommuError */
export function checkPair(domain: Domain, device: IommuDevice): void {
  if (device.removed) throw new IommuError('ENODEV', 'the device has been removed');
  if (domain.freed) throw new IommuError('EINVAL', 'the domain has been freed');
  if (domain.driver !== device.driver)
    throw new IommuError('EINVAL', 'domain and device are of different SMMUs');
  if (!domain.supported) {
    throw new IommuError(
      'EINVAL',
      `the SMMU lacks a stage that a domain of type '${domain.type}' needs (IDR0.S1P, S2P)`,
    );
  }
}

function checkPasid(device: IommuDevice, pasid: number): void {
  judge(() => integer(pasid, 'pasid', 0, 0xffff_ffff));
  if (pasid === NO_PASID || pasid >= 2 ** device.pasidBits) {
    throw new IommuError(
      'EINVAL',
      `PASID ${pasid} is outside 1 to 2^${device.pasidBits} - 1, the device's PASIDs`,
    );
  }
}

function writeContext(device: IommuDevice, ssid: number, domain: Domain): void {
  const traits = { asid: domain.asid, stall: device.traits.stallEnabled, dirty: domain.dirty };
  device.writeCd(ssid, cdStage1(domain.tables.stage1, traits));
}

/** Ends the present attachment in the driver's books; the STE is the caller's. */
function leave(device: IommuDevice): Domain | undefined {
  const former = device.domain;
  if (former !== undefined) endMsiBindings(former, device);
  former?.devices.delete(device);
  device.domain = undefined;
  device.guest = undefined;
  device.vste = undefined;
  return former;
}
