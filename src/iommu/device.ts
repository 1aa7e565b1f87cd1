/** A device behind the SMMU: its streams, its CD table, and what a guest asked for it. */
import * as Ste from '../../assembly/arch/ste.js';
import { integer, record } from '../base/check.js';
import { IommuError } from '../base/errors.js';
import type { Attachment, GuestMsiBinding } from './attachment.js';
import { CdTable } from './cd-table.js';
import { cfgiCd, cfgiSte, prefetchConfig } from './commands.js';
import type { Domain } from './domain.js';
import type { Driver } from './driver.js';
import type { SteCdTable, SteTraits } from './entry/ste.js';
import type { EntryUpdate } from './entry/update.js';
import { cdWriter, steWriter } from './entry/writer.js';
import type { FaultHandler } from './fault.js';
import type { VirtualSte } from './entry/vste.js';
import { GUEST_STAGE_CONFIG_BYTES, type GuestStageConfig } from './uapi/guest-stage-config.js';

/** How a device is described to the driver, as firmware would. */
export interface DeviceOptions {
  /** At least one, none of which another device has. One that is named again (PCI aliases do so) counts once. */
  readonly streamIds: readonly number[];
  /** log2 of the number of PASIDs, 0 to 20; what IDR1.SSIDSIZE allows of it takes effect. Default 0: none. */
  readonly pasidBits?: number;
  /** The device can wait for the answer to a fault: its faults stall, where the SMMU has stalls. Default false. */
  readonly stall?: boolean;
  /** Physical address that the device's interrupts are written to (hDB). */
  readonly msiDoorbell?: bigint;
}

/** One device. Made by `HostIommu.addDevice`; everything here is to be read only. */
export class IommuDevice implements Attachment {
  /** Each once. */
  readonly streamIds: readonly number[];
  readonly pasidBits: number;
  readonly msiDoorbell: bigint | undefined;
  readonly traits: SteTraits;
  /** Physical address of the device's `struct iommu_guest_stage_config`. */
  readonly configPa: bigint;
  /** What transactions without PASID go through; undefined: blocked. */
  domain: Domain | undefined;
  /** Domains by PASID. */
  readonly pasids = new Map<number, Domain>();
  /** What the guest has bound; undefined: nothing. */
  guest: GuestStageConfig | undefined;
  /** What the guest's own STE says, in the other form of the interface; undefined: nothing. */
  vste: VirtualSte | undefined;
  faultHandler: FaultHandler | undefined;
  /** The handler sees faults of stage 2 as well. */
  stage2Faults = false;
  readonly msiBindings = new Map<bigint, GuestMsiBinding>();
  /** Stalled transactions that wait for a page response: StreamID and STAG. */
  readonly stalls = new Map<number, Set<number>>();
  /** What the last change of this device's STEs took, all StreamIDs together. */
  lastUpdate: EntryUpdate = { syncs: 0, hitless: true };
  cdTable: CdTable | undefined;
  removed = false;

  constructor(
    readonly driver: Driver,
    options: DeviceOptions,
  ) {
    record(options, 'device', ['streamIds', 'pasidBits', 'stall', 'msiDoorbell']);
    const { streamIds, pasidBits = 0, stall = false, msiDoorbell } = options;
    if (!Array.isArray(streamIds)) throw new TypeError('device.streamIds must be an array of StreamIDs');
    if (streamIds.length === 0) throw new IommuError('ENODEV', 'the device has no StreamID');
    const checked = streamIds.map((id, i) => integer(id, `device.streamIds[${i}]`, 0, 0xffff_ffff));
    this.streamIds = [...new Set(checked)];
    const { features } = driver;
    this.pasidBits = Math.min(integer(pasidBits, 'device.pasidBits', 0, 20), features.ssidBits);
    this.msiDoorbell = msiDoorbell;
    this.traits = {
      attrTypesOvr: features.attrTypesOvr,
      stallsImplemented: features.stalls !== 'none',
      stallEnabled: features.stalls === 'forced' || (features.stalls === 'optional' && stall),
      e2h: driver.e2h,
      eats: 0,
    };
    this.configPa = driver.pool.alloc(GUEST_STAGE_CONFIG_BYTES, 64);
  }

  /** Gives the STEs of all StreamIDs the same contents. @param prefetch tells the SMMU that they will soon be used */
  writeStes(target: readonly bigint[], prefetch: boolean): EntryUpdate {
    const { driver } = this;
    const { queue, smmu, streamTable } = driver;
    const total: EntryUpdate = { syncs: 0, hitless: true };
    for (const streamId of this.streamIds) {
      const sync = (): void => {
        queue.add(cfgiSte(streamId));
        queue.sync();
      };
      const { syncs, hitless } = driver.update(
        steWriter(smmu.memory, streamTable.ste(streamId), sync),
        target,
      );
      total.syncs += syncs;
      total.hitless &&= hitless;
      if (prefetch && syncs > 0) {
        queue.add(prefetchConfig(streamId));
        queue.submit();
      }
    }
    this.lastUpdate = total;
    return total;
  }

  /** Makes room for a CD; the table comes into being with the first. @throws IommuError ENOMEM */
  reserveCd(ssid: number): CdTable {
    const { features, pool, smmu } = this.driver;
    this.cdTable ??= new CdTable(smmu.memory, pool, this.pasidBits, features.twoLevelCdTable);
    // A level 1 descriptor that was invalid may be cached as such.
    if (this.cdTable.reserve(ssid)) this.#syncCd(ssid, false);
    return this.cdTable;
  }

  writeCd(ssid: number, target: readonly bigint[]): EntryUpdate {
    const { smmu, update } = this.driver;
    const cd = this.reserveCd(ssid).cd(ssid);
    return update(
      cdWriter(smmu.memory, cd, () => this.#syncCd(ssid, true)),
      target,
    );
  }

  /** The CD table as an STE names it. @param s1DSS what transactions without PASID do */
  steCdTable(s1DSS: 'ssid0' | 'bypass' | 'terminate'): SteCdTable {
    const table = this.cdTable!;
    return {
      s1ContextPtr: table.base,
      s1CDMax: table.ssidBits,
      s1Fmt: table.format,
      s1DSS:
        s1DSS === 'ssid0'
          ? Ste.S1DSS_SUBSTREAM0
          : s1DSS === 'bypass'
            ? Ste.S1DSS_BYPASS
            : Ste.S1DSS_TERMINATE,
    };
  }

  #syncCd(ssid: number, leaf: boolean): void {
    const { queue } = this.driver;
    for (const streamId of this.streamIds) queue.add(cfgiCd(streamId, ssid, leaf));
    queue.sync();
  }
}
