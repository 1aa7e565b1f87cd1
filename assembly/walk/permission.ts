// Permissions as masks over the access kinds (bit = write | instruction << 1 | privileged << 2; a write is always data), so
// that a check is one shift. Bits [7:0] say what is allowed, [23:16] what needs a dirty state update first.
import { bits } from '../memory/bits';
import * as Pte from '../arch/pte';
import * as S2pte from '../arch/s2pte';
import * as Flag from '../abi/flag';
import * as Access from '../request/access';

export const HIER_NO_UNPRIVILEGED: u32 = 1; // APTable[0]
export const HIER_NO_WRITE: u32 = 2; // APTable[1]
export const HIER_UXN: u32 = 4;
export const HIER_PXN: u32 = 8;

@inline
export function mask(read: bool, write: bool, execute: bool): u32 {
  return (read ? 1 : 0) | (write ? 0b1010 : 0) | (execute ? 4 : 0);
}

/** The kinds that write. */
export const WRITES: u32 = 0b10101010;

/** What CD fields decide, gathered by the caller: hd, pan, epan, wxn, two privilege levels. */
export const PERM_HD: u32 = 1;
export const PERM_PAN: u32 = 2;
export const PERM_EPAN: u32 = 4;
export const PERM_WXN: u32 = 8;
export const PERM_PRIVILEGE: u32 = 16;

/** An access of this kind needs a dirty state update first. */
@inline
export function awaitsDirty(perm: u32, access: u32): bool {
  return (((perm >> 16) >> access) & 1) != 0;
}

/** The same permissions with no update due: it has been made. */
@inline
export function madeDirty(perm: u32): u32 {
  return perm & 0xff;
}

/** Stage 1, direct scheme (DDI 0487 D8.4.1.2): mask of what descriptor and hierarchy allow, and what waits for a dirty update. */
export function stage1Permissions(desc: u64, hier: u32, how: u32): u32 {
  const readOnly = bits(desc, Pte.AP_2) != 0;
  const dirtyable = readOnly && (how & PERM_HD) != 0 && bits(desc, Pte.DBM) != 0;
  let write = !readOnly || dirtyable;
  if (hier & HIER_NO_WRITE) write = false;
  const pending: u32 = dirtyable && write ? WRITES << 16 : 0;

  if (!(how & PERM_PRIVILEGE)) {
    // EL2: AP[1] counts as 1, one execute-never bit, privilege and PAN have no say.
    let x = bits(desc, Pte.UXN) == 0 && (hier & HIER_UXN) == 0;
    if (how & PERM_WXN && write) x = false;
    const one = mask(true, write, x);
    return one | (one << 4) | pending;
  }

  const user = bits(desc, Pte.AP_1) != 0 && !(hier & HIER_NO_UNPRIVILEGED);
  const ur = user;
  const uw = user && write;
  let px = bits(desc, Pte.PXN) == 0 && !(hier & HIER_PXN) && !uw;
  let ux = bits(desc, Pte.UXN) == 0 && !(hier & HIER_UXN);
  // WXN looks at the write permission before PAN takes it away.
  const rawUx = ux;
  if (how & PERM_WXN) {
    if (write) px = false;
    if (uw) ux = false;
  }
  let pr = true;
  let pw = write;
  if (how & PERM_PAN && (ur || uw || (how & PERM_EPAN && rawUx))) {
    pr = false;
    pw = false;
  }
  return mask(ur, uw, ux) | (mask(pr, pw, px) << 4) | pending;
}

/** Stage 2, direct scheme (DDI 0487 D8.4.2): S2AP and XN[1:0] (with XNX) or XN[1] alone. */
export function stage2Permissions(desc: u64, hd: bool, xnx: bool): u32 {
  const dirtyable = bits(desc, S2pte.S2AP_1) == 0 && hd && bits(desc, S2pte.DBM) != 0;
  const write = bits(desc, S2pte.S2AP_1) != 0 || dirtyable;
  const read = bits(desc, S2pte.S2AP_0) != 0;
  let ux: bool;
  let px: bool;
  const xn = (<u32>(desc >> 53)) & 3;
  if (xnx) {
    px = xn == 0 || xn == 3;
    ux = xn < 2;
  } else {
    px = xn < 2;
    ux = px;
  }
  return mask(read, write, ux) | (mask(read, write, px) << 4) | (dirtyable ? WRITES << 16 : 0);
}

/** True when the mask allows the access; an atomic needs the read as well (IHI 0070 §13.1.2). */
@inline
export function allows(perm: u32, access: u32, flags: u32): bool {
  if (!((perm >> access) & 1)) return false;
  return !(flags & Flag.ATOMIC) || ((perm >> readKind(access)) & 1) != 0;
}

/** The read that belongs to a read-modify-write. */
@inline
export function readKind(access: u32): u32 {
  return access & ~(Access.WRITE | 2);
}

/** True when a refused atomic lacks the read only: it is reported with RnW = 1 (IHI 0070 §7.3.22). */
@inline
export function lacksReadOnly(perm: u32, access: u32, flags: u32): bool {
  return (flags & Flag.ATOMIC) != 0 && ((perm >> access) & 1) != 0;
}
