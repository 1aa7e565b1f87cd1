// What a configuration makes of plain accesses, worked out once, when it is decoded: whether their walks may go straight
// (walk/straight.ts), and what its leaves allow (DDI 0487 D8.4). It goes with the configuration that it stands in.
import * as AttributeWord from '../request/attribute-word';
import * as Config from '../request/config';
import * as Idr3 from '../arch/idr3';
import * as Ste from '../arch/ste';
import { field } from '../memory/bits';
import { idrField } from '../state/regs';
import { stage1Permissions, stage2Permissions } from './permission';
import { stage1How } from './stage1-descriptor';

/** AP[2:1] (or S2AP) and XN of a leaf as an index. */
@inline
export function permissionIndex(desc: u64): usize {
  return <usize>(((desc >> 6) & 3) | ((desc >> 51) & 12));
}

@inline
function descriptorOf(index: u32): u64 {
  return ((<u64>(index & 3)) << 6) | ((<u64>(index >> 2)) << 53);
}

/**
 * The plan of configuration c. What it leaves to the machine: overrides of the access, updates of the dirty state and of Table
 * descriptors (§3.13), S2PTW. `shape`: `packedOverrides`.
 */
export function makePlan(c: usize, shape: u32): void {
  const flags = load<u32>(c, Config.FLAGS);
  const s1 = (flags & Config.FLAG_S1) != 0;
  const s2 = (flags & Config.FLAG_S2) != 0;
  const never: u32 = Config.FLAG_ABORT | Config.FLAG_OVERRIDES | Config.FLAG_S1DSS_BYPASS;
  store<u32>(c, 0, Config.PLAN);
  store<u32>(c, shape, Config.SHAPE);
  if (!s1 && !s2) return;
  if (flags & never) return;
  if (s1 && flags & (Config.FLAG_S1_HD | Config.FLAG_S1_HAFT)) return;
  if (s2 && flags & (Config.FLAG_S2_HD | Config.FLAG_S2_HAFT)) return;
  if (s2 && field(c + Config.STE, Ste.S2PTW)) return;
  const how = s1 ? stage1How(c) : 0;
  const xnx = idrField(3, Idr3.XNX) != 0;
  for (let n: u32 = 0; n < 16; n++) {
    const desc = descriptorOf(n);
    if (s1) store<u8>(c + <usize>n, <u8>stage1Permissions(desc, 0, how), Config.PERMS1);
    if (s2) store<u8>(c + <usize>n, <u8>stage2Permissions(desc, false, xnx), Config.PERMS2);
  }
  const forced = s2 && field(c + Config.STE, Ste.S2FWB) && idrField(3, Idr3.FWB);
  store<u32>(c, AttributeWord.stage2(0, 0) | (forced ? AttributeWord.FWB : 0), Config.ATTR2);
  store<u32>(c, 1, Config.PLAN);
}
