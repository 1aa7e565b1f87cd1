/** The two words of a guest's own STE that a host takes, held against masks (Linux, arm-smmu-v3-iommufd.c). */
import * as Ste from '../../../assembly/arch/ste.js';
import { hex } from '../../base/check.js';
import { IommuError } from '../../base/errors.js';
import { numberOf } from '../../base/fields.js';
import { VSTE_WORD0_ALLOWED, VSTE_WORD1_ALLOWED } from './ste.js';

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
