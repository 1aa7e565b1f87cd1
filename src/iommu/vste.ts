/**
 * A guest's stage 1 as today's kernel takes it: the first two words of the guest's own STE, held against masks and joined with
 * the host's stage 2 (Linux, arm-smmu-v3-iommufd.c). The 2018 form is in bind.ts.
 */
import * as Ste from '../../assembly/arch/ste.js';
import { hex } from '../base/check.js';
import { IommuError } from '../base/errors.js';
import { numberOf } from '../base/fields.js';
import { checkPair, moveTo, steOf } from './attach.js';
import type { IommuDevice } from './device.js';
import type { Domain } from './domain.js';
import { VSTE_WORD0_ALLOWED, VSTE_WORD1_ALLOWED } from './entry/ste.js';

/** Words 0 and 1 of a guest's STE. */
export type VirtualSte = readonly [bigint, bigint];

/** What an invalid STE of a guest becomes: it aborts. */
const INVALID: VirtualSte = [0n, 0n];

/**
 * The words as the host keeps them. V = 0 is taken whatever else is set, and stands for abort.
 * @throws IommuError EIO, and no other: bits outside the masks, a Config other than abort, bypass and stage 1, an EATS that is
 *   neither 0b00 nor 0b01
 */
export function acceptVste(ste: VirtualSte): VirtualSte {
  if (numberOf(ste, Ste.V) === 0) return INVALID;
  const stray = [ste[0] & ~VSTE_WORD0_ALLOWED, ste[1] & ~VSTE_WORD1_ALLOWED] as const;
  for (const [i, bits] of stray.entries()) {
    if (bits !== 0n) throw new IommuError('EIO', `ste[${i}] sets ${hex(bits)}, which is not the guest's`);
  }
  const config = numberOf(ste, Ste.Config);
  if (
    config !== Ste.CONFIG_ABORT &&
    config !== Ste.CONFIG_BYPASS &&
    config !== Ste.CONFIG_S1_TRANSLATE_S2_BYPASS
  ) {
    throw new IommuError(
      'EIO',
      `ste[0].Config must be abort 0, bypass 4 or stage 1 translates 5, not ${config}`,
    );
  }
  const eats = numberOf(ste, Ste.EATS);
  if (eats !== Ste.EATS_ABORT && eats !== Ste.EATS_TRANS) {
    throw new IommuError('EIO', `ste[1].EATS must be 0 or 1, not ${eats}`);
  }
  return ste;
}

/**
 * Attaches a device to a nested domain with the guest's STE in force from the first moment, or changes the STE of one that is
 * attached: there is no state in between. undefined: stage 2 alone.
 * @throws IommuError EINVAL: not a 'nested' domain, freed, or of another SMMU; EBUSY: the device uses PASIDs; ENODEV: removed
 */
export function attachVste(domain: Domain, device: IommuDevice, ste: VirtualSte | undefined): void {
  checkPair(domain, device);
  if (domain.type !== 'nested') {
    throw new IommuError('EINVAL', `only a domain of type 'nested' serves a guest, not '${domain.type}'`);
  }
  const kept = ste === undefined ? undefined : acceptVste(ste);
  moveTo(domain, device, () => {
    device.guest = undefined;
    device.vste = kept;
    device.writeStes(steOf(device), true);
  });
}
