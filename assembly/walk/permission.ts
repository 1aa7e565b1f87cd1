// Permissions as masks over the access kinds (a bit for each sum of Access.WRITE, INSTRUCTION and PRIVILEGED; a write is always
// data), so that a check is one shift. Of one stage: what is allowed in Entry.PERM_STAGE1, and in Entry.PERM_PENDING what needs a
// dirty state update first.
import { bits, bits32, in32 } from '../memory/bits';
import * as Pte from '../arch/pte';
import * as S2pte from '../arch/s2pte';
import * as Entry from '../abi/entry';
import * as Flag from '../abi/flag';
import * as Access from '../request/access';

export const HIER_NO_UNPRIVILEGED: u32 = 1; // APTable[0]
export const HIER_NO_WRITE: u32 = 2; // APTable[1]
export const HIER_UXN: u32 = 4;
export const HIER_PXN: u32 = 8;

/** Every access, of a stage that does not take part. */
export const ALL: u32 = 0xff;

// Kinds of the unprivileged level; those of the privileged one are Access.PRIVILEGED bits further up.
const READ: u32 = 0b0001;
const WRITE: u32 = 0b1010;
const EXECUTE: u32 = 0b0100;

@inline
function level(read: bool, write: bool, execute: bool): u32 {
  return (read ? READ : 0) | (write ? WRITE : 0) | (execute ? EXECUTE : 0);
}

@inline
function levels(unprivileged: u32, privileged: u32): u32 {
  return unprivileged | (privileged << Access.PRIVILEGED);
}

// All kinds that write wait for an update.
@inline
function writesPend(): u32 {
  return in32(Entry.PERM_PENDING, levels(WRITE, WRITE));
}

/** What CD fields decide, gathered by the caller: hd, pan, epan, wxn, two privilege levels. */
export const PERM_HD: u32 = 1;
export const PERM_PAN: u32 = 2;
export const PERM_EPAN: u32 = 4;
export const PERM_WXN: u32 = 8;
export const PERM_PRIVILEGE: u32 = 16;

/** An access of this kind needs a dirty state update first. */
@inline
export function awaitsDirty(perm: u32, access: u32): bool {
  return ((bits32(perm, Entry.PERM_PENDING) >> access) & 1) != 0;
}

/** The same permissions with no update due: it has been made. */
@inline
export function madeDirty(perm: u32): u32 {
  return bits32(perm, Entry.PERM_STAGE1);
}

/** Stage 1, direct scheme (DDI 0487 D8.4.1.2): mask of what descriptor and hierarchy allow, and what waits for a dirty update. */
export function stage1Permissions(desc: u64, hier: u32, how: u32): u32 {
  const readOnly = bits(desc, Pte.AP_2) != 0;
  const dirtyable = readOnly && (how & PERM_HD) != 0 && bits(desc, Pte.DBM) != 0;
  let write = !readOnly || dirtyable;
  if (hier & HIER_NO_WRITE) write = false;
  const pending: u32 = dirtyable && write ? writesPend() : 0;

  if (!(how & PERM_PRIVILEGE)) {
    // EL2: AP[1] counts as 1, one execute-never bit, privilege and PAN have no say.
    let x = bits(desc, Pte.UXN) == 0 && (hier & HIER_UXN) == 0;
    if (how & PERM_WXN && write) x = false;
    const one = level(true, write, x);
    return levels(one, one) | pending;
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
  return levels(level(ur, uw, ux), level(pr, pw, px)) | pending;
}

/** Stage 2, direct scheme (DDI 0487 D8.4.2): S2AP and XN[1:0] (with XNX) or XN[1] alone. */
export function stage2Permissions(desc: u64, hd: bool, xnx: bool): u32 {
  const dirtyable = bits(desc, S2pte.S2AP_1) == 0 && hd && bits(desc, S2pte.DBM) != 0;
  const write = bits(desc, S2pte.S2AP_1) != 0 || dirtyable;
  const read = bits(desc, S2pte.S2AP_0) != 0;
  let ux: bool;
  let px: bool;
  const xn = <u32>bits(desc, S2pte.XN);
  if (xnx) {
    px = xn == S2pte.XN_NONE || xn == S2pte.XN_UNPRIVILEGED;
    ux = xn == S2pte.XN_NONE || xn == S2pte.XN_PRIVILEGED;
  } else {
    px = bits(desc, S2pte.XN_1) == 0;
    ux = px;
  }
  const pending: u32 = dirtyable ? writesPend() : 0;
  return levels(level(read, write, ux), level(read, write, px)) | pending;
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
  return access & ~(Access.WRITE | Access.INSTRUCTION);
}

/** True when a refused atomic lacks the read only: it is reported with RnW = 1 (IHI 0070 §7.3.22). */
@inline
export function lacksReadOnly(perm: u32, access: u32, flags: u32): bool {
  return (flags & Flag.ATOMIC) != 0 && ((perm >> access) & 1) != 0;
}
