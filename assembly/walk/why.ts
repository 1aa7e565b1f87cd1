// Which rule refuses an access that the masks of permission.ts do not allow: asked only while steps are traced. Where several
// rules refuse, the first one of the order in which they are applied is told.
import {
  WHY_APTABLE_READ_ONLY,
  WHY_APTABLE_UNPRIVILEGED,
  WHY_AP_READ_ONLY,
  WHY_AP_UNPRIVILEGED,
  WHY_EPAN,
  WHY_PAN,
  WHY_PXN,
  WHY_PXNTABLE,
  WHY_S2AP_READ,
  WHY_S2AP_WRITE,
  WHY_S2XN,
  WHY_USER_WRITABLE,
  WHY_UXN,
  WHY_UXNTABLE,
  WHY_WXN,
} from '../arch/reasons';
import { PTE_AP_1, PTE_AP_2, PTE_DBM, PTE_PXN, PTE_UXN } from '../arch/descriptors';
import { bits } from '../memory/bits';
import {
  HIER_NO_UNPRIVILEGED,
  HIER_NO_WRITE,
  HIER_PXN,
  HIER_UXN,
  PERM_EPAN,
  PERM_HD,
  PERM_PAN,
  PERM_PRIVILEGE,
  readKind,
} from './permission';
import * as Access from '../request/access';

/** The access kind that is refused: of an atomic, whose write is asked first, the read if the write is allowed. */
@inline
export function refused(perm: u32, access: u32): u32 {
  return (perm >> access) & 1 ? readKind(access) : access;
}

/** The rule of stage 1 that refuses accesses of this kind (DDI 0487 D8.4; arguments as those of `stage1Permissions`). */
export function whyStage1(desc: u64, hier: u32, how: u32, kind: u32): u32 {
  const readOnly = bits(desc, PTE_AP_2) != 0 && !((how & PERM_HD) != 0 && bits(desc, PTE_DBM) != 0);
  const userMapped = bits(desc, PTE_AP_1) != 0;
  const user = userMapped && !(hier & HIER_NO_UNPRIVILEGED);
  const levels = (how & PERM_PRIVILEGE) != 0;
  const privileged = (kind & Access.PRIVILEGED) != 0;
  if (kind & Access.INSTRUCTION) {
    if (levels && privileged) {
      if (bits(desc, PTE_PXN)) return WHY_PXN;
      if (hier & HIER_PXN) return WHY_PXNTABLE;
      return user && !readOnly && !(hier & HIER_NO_WRITE) ? WHY_USER_WRITABLE : WHY_WXN;
    }
    if (bits(desc, PTE_UXN)) return WHY_UXN;
    return hier & HIER_UXN ? WHY_UXNTABLE : WHY_WXN;
  }
  if (levels && !privileged && !user) return userMapped ? WHY_APTABLE_UNPRIVILEGED : WHY_AP_UNPRIVILEGED;
  if (kind & Access.WRITE) {
    if (readOnly) return WHY_AP_READ_ONLY;
    if (hier & HIER_NO_WRITE) return WHY_APTABLE_READ_ONLY;
  }
  return how & PERM_EPAN && how & PERM_PAN && !user ? WHY_EPAN : WHY_PAN;
}

/** The same of stage 2: each kind has its own field. */
@inline
export function whyStage2(kind: u32): u32 {
  if (kind & Access.INSTRUCTION) return WHY_S2XN;
  return kind & Access.WRITE ? WHY_S2AP_WRITE : WHY_S2AP_READ;
}
