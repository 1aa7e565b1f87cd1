// The CD: legality in full (IHI 0070 §5.4.2) and its part of the configuration. Both halves are validated whichever an address
// uses; a half that EPDx disables is not.
import { copy16 } from '../memory/copy';
import { field } from '../memory/bits';
import * as Cd from '../arch/cd';
import * as Idr0 from '../arch/idr0';
import * as Ste from '../arch/ste';
import { id0 } from './identity';
import { decodeHalf, halfIllegal, stage1OutputBits } from './cd-half';
import { endianIllegal, formatIllegal, stallIllegal, updates, updatesIllegal } from './tables';
import * as Config from '../request/config';
import * as Half from '../request/half';

/** A CD that the SMMU must refuse, for the STE already decoded into c. */
export function cdIllegal(c: usize, cd: usize): bool {
  const two = (load<u32>(c, Config.FLAGS) & Config.FLAG_TWO_HALVES) != 0;
  if (!field(cd, Cd.V)) return true; // §5.4 V
  const stalls = field(cd, Cd.S) != 0;
  if (field(c + Config.STE, Ste.S1STALLD) && stalls) return true; // §5.2 S1STALLD
  if (id0(Idr0.TERM_MODEL) && !field(cd, Cd.A)) return true; // §5.4 A, §5.5
  if (stallIllegal(stalls)) return true; // §5.4 S
  if (formatIllegal(field(cd, Cd.AA64) != 0)) return true; // §5.4 AA64
  // A regime with one half has no EPD0 and no TTB1.
  const use0 = !two || !field(cd, Cd.EPD0);
  const use1 = two && !field(cd, Cd.EPD1);
  // Where a half is walked at all (§5.4 ENDI).
  if ((use0 || use1) && endianIllegal(field(cd, Cd.ENDI) != 0)) return true;
  if (updatesIllegal(field(cd, Cd.HA) != 0, field(cd, Cd.HD) != 0, field(cd, Cd.HAFT) != 0)) return true; // §5.4 HA, HD, HAFT
  // ASID[15:8] without 16-bit ASIDs (§5.4 ASID).
  if (two && !id0(Idr0.ASID16) && field(cd, Cd.ASID_HIGH) != 0) return true;
  return (use0 && halfIllegal(cd, false)) || (use1 && halfIllegal(cd, true));
}

/** Writes what the CD says into configuration c; the CD is legal. */
export function decodeCd(c: usize, cd: usize): void {
  let flags = load<u32>(c, Config.FLAGS);
  const two = (flags & Config.FLAG_TWO_HALVES) != 0;
  copy16(c + Config.CD, cd, 32);
  store<u32>(c, two ? <u32>field(cd, Cd.ASID) : 0, Config.ASID);
  if (field(cd, Cd.ASET)) flags |= Config.FLAG_ASET;
  flags |= updates(
    field(cd, Cd.HA) != 0,
    field(cd, Cd.HD) != 0,
    field(cd, Cd.HAFT) != 0,
    Config.FLAG_S1_HA,
    Config.FLAG_S1_HD,
    Config.FLAG_S1_HAFT,
  );
  store<u32>(c, flags, Config.FLAGS);
  store<u32>(c, stage1OutputBits(cd), Config.IPS);

  decodeHalf(c + Config.HALF0, cd, false, two);
  if (two) decodeHalf(c + Config.HALF1, cd, true, true);
  else memory.fill(c + Config.HALF1, 0, Half.BYTES);
}
