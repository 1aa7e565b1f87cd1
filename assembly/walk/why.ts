// Which rule refuses an access that the masks of permission.ts do not allow: asked only while steps are traced. Where several
// rules refuse, the first one of the order in which they are applied is told.
import * as Why from '../abi/why';
import * as Pte from '../arch/pte';
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
  const readOnly = bits(desc, Pte.AP_2) != 0 && !((how & PERM_HD) != 0 && bits(desc, Pte.DBM) != 0);
  const userMapped = bits(desc, Pte.AP_1) != 0;
  const user = userMapped && !(hier & HIER_NO_UNPRIVILEGED);
  const levels = (how & PERM_PRIVILEGE) != 0;
  const privileged = (kind & Access.PRIVILEGED) != 0;
  if (kind & Access.INSTRUCTION) {
    if (levels && privileged) {
      if (bits(desc, Pte.PXN)) return Why.PXN;
      if (hier & HIER_PXN) return Why.PXNTABLE;
      return user && !readOnly && !(hier & HIER_NO_WRITE) ? Why.USER_WRITABLE : Why.WXN;
    }
    if (bits(desc, Pte.UXN)) return Why.UXN;
    return hier & HIER_UXN ? Why.UXNTABLE : Why.WXN;
  }
  if (levels && !privileged && !user) return userMapped ? Why.APTABLE_UNPRIVILEGED : Why.AP_UNPRIVILEGED;
  if (kind & Access.WRITE) {
    if (readOnly) return Why.AP_READ_ONLY;
    if (hier & HIER_NO_WRITE) return Why.APTABLE_READ_ONLY;
  }
  return how & PERM_EPAN && how & PERM_PAN && !user ? Why.EPAN : Why.PAN;
}

/** The same of stage 2: each kind has its own field. */
@inline
export function whyStage2(kind: u32): u32 {
  if (kind & Access.INSTRUCTION) return Why.S2XN;
  return kind & Access.WRITE ? Why.S2AP_WRITE : Why.S2AP_READ;
}
