import { halfDs } from './cd.js';
import type { Cd, Half } from './cd.js';
import { CLASS_IN, CLASS_TT, F_ACCESS, F_PERMISSION, F_TRANSLATION, F_WALK_EABT, Fault } from './faults.js';
import { startLevelStage1 } from './geometry.js';
import type { Request, Session } from './session.js';
import { translateStage2 } from './stage2.js';
import { stage2Enabled, streamWorld } from './ste.js';
import type { Ste } from './ste.js';
import type { Perms } from './types.js';
import { AF, CONTIGUOUS, accessed, walk } from './walk.js';
import { POW2, bit, bits, clearBit, setBit, toWord } from './words.js';
import type { Word } from './words.js';

const DBM = 51;
const AP2 = 7;
const NG = 11;

export interface Stage1Result {
  ipa: number;
  log2: number;
  mair: number;
  sh: number;
  perms: Perms;
}

/** Hierarchical permission bits gathered on the way down (DDI 0487 D8.4). */
interface Hierarchy {
  apTable: number;
  xnTable: boolean;
  pxnTable: boolean;
}

function stage1Fault(event: number, lacksReadOnly = false): never {
  throw new Fault(event, { class: CLASS_IN, lacksReadOnly });
}

/** The half, and the offset into its input range (IHI 0070 §3.4.1; DDI 0487 D8.2). */
function selectHalf(s: Session, cd: Cd, twoTables: boolean): { half: Half; input: number } {
  const va = toWord(s.txn.addr);
  const upper = twoTables && bit(va, 55) === 1;
  const half = cd.halves[upper ? 1 : 0];
  if (half.epd) stage1Fault(F_TRANSLATION);
  if (half.e0pd && !s.request.privileged) stage1Fault(F_TRANSLATION);
  const size = 64 - half.tsz;
  const top = half.tbi ? 55 : 63;
  const signBits = bits(va, top, size);
  if (signBits !== (upper ? POW2[top - size + 1] - 1 : 0)) stage1Fault(F_TRANSLATION);
  return { half, input: bits(va, size - 1, 0) };
}

/** Translates the transaction's address through stage 1, its table accesses through stage 2 if that is enabled. */
export function translateStage1(s: Session, ste: Ste, cd: Cd): Stage1Result {
  const world = streamWorld(ste, s.features, s.state.cr2);
  const { half, input } = selectHalf(s, cd, world !== 'NS-EL2');
  const granule = half.granule!;
  const ds = halfDs(cd, half);
  const inputSize = 64 - half.tsz;
  const tables = descriptorAccess(s, ste, cd);
  const hierarchy: Hierarchy = { apTable: 0, xnTable: false, pxnTable: false };
  const leaf = walk(
    {
      granule,
      ds,
      startLevel: startLevelStage1(granule, inputSize),
      inputSize,
      outputSize: cd.ips,
      oas: s.features.oas,
      base: half.ttb,
    },
    input,
    {
      read: tables.read,
      table: (word, address) => {
        if (!half.had) {
          hierarchy.apTable |= bits(word, 62, 61);
          hierarchy.xnTable ||= bit(word, 60) === 1;
          hierarchy.pxnTable ||= bit(word, 59) === 1;
        }
        if (cd.haft && !accessed(word)) tables.update(address, word, setBit(word, AF));
      },
      fault: stage1Fault,
    },
  );

  const { descriptor } = leaf;
  if (!accessed(descriptor) && !cd.ha && !cd.affd) stage1Fault(F_ACCESS);
  const dirtyByHardware = cd.ha && cd.hd && bit(descriptor, DBM) === 1;
  const ap = bits(descriptor, 7, 6) & (dirtyByHardware ? 1 : 3);
  const perms =
    world === 'NS-EL2'
      ? permissionsEl2(descriptor, ap, hierarchy, cd)
      : permissions(descriptor, ap, hierarchy, cd, s.request.privileged);
  checkPermissions(s.request, perms);

  // NS-EL2 has no ASIDs, so that global means nothing there.
  if ((bit(descriptor, NG) === 0 && world !== 'NS-EL2') || bit(descriptor, CONTIGUOUS) === 1) s.shared = true;

  let updated = descriptor;
  if (cd.ha && !accessed(descriptor)) updated = setBit(updated, AF);
  if (s.request.write && dirtyByHardware) updated = clearBit(updated, AP2);
  if (updated.lo !== descriptor.lo) tables.update(leaf.address, descriptor, updated);

  return {
    ipa: leaf.output,
    log2: leaf.log2,
    mair: mairAttr(cd.mair, bits(descriptor, 4, 2)),
    sh: ds ? half.sh : bits(descriptor, 9, 8),
    perms,
  };
}

function mairAttr(mair: Word, index: number): number {
  return bits(mair, index * 8 + 7, index * 8);
}

/** Reads and updates of stage 1 descriptors: through stage 2 as privileged data accesses when nested (§3.3.3). */
function descriptorAccess(
  s: Session,
  ste: Ste,
  cd: Cd,
): { read(address: number): Word; update(address: number, before: Word, after: Word): void } {
  const toPa = (address: number, write: boolean): number => {
    if (!stage2Enabled(ste)) return address;
    const access = { read: !write, write, instruction: false, privileged: true, class: CLASS_TT };
    return translateStage2(s, ste, address, access).pa;
  };
  const abort = (pa: number): { event: number; details: object } => ({
    event: F_WALK_EABT,
    details: { class: CLASS_TT, fetchAddress: pa },
  });
  return {
    read: (address) => {
      const pa = toPa(address, false);
      s.reads.s1++;
      const word = s.readDescriptor(pa, cd.endi);
      if (word === undefined) throw new Fault(F_WALK_EABT, abort(pa).details);
      return word;
    },
    update: (address, before, after) => {
      const pa = toPa(address, true);
      s.updateDescriptor(pa, cd.endi, before, after, abort(pa));
    },
  };
}

/** Direct permissions with two privilege levels (DDI 0487 D8.4; §5.4 WXN, PAN, EPAN). */
function permissions(d: Word, ap: number, h: Hierarchy, cd: Cd, privileged: boolean): Perms {
  const readOnly = (ap & 2) !== 0 || (h.apTable & 2) !== 0;
  const userAccess = (ap & 1) !== 0 && (h.apTable & 1) === 0;
  const userWrite = userAccess && !readOnly;
  const userExecute = bit(d, 54) === 0 && !h.xnTable;
  const privExecute = bit(d, 53) === 0 && !h.pxnTable && !userWrite;
  if (!privileged) {
    return { read: userAccess, write: userWrite, execute: userExecute && !(cd.wxn && userWrite) };
  }
  const panned = cd.pan && (userAccess || (cd.epan && userExecute));
  return {
    read: !panned,
    write: !readOnly && !panned,
    execute: privExecute && !(cd.wxn && !readOnly),
  };
}

/** Any-EL2: one privilege level, AP[1] taken as 1, XN in bit 54 (IHI 0070 §13.4.1). */
function permissionsEl2(d: Word, ap: number, h: Hierarchy, cd: Cd): Perms {
  const write = (ap & 2) === 0 && (h.apTable & 2) === 0;
  const execute = bit(d, 54) === 0 && !h.xnTable;
  return { read: true, write, execute: execute && !(cd.wxn && write) };
}

function checkPermissions(request: Request, perms: Perms): void {
  if (request.write && !perms.write) stage1Fault(F_PERMISSION);
  if (request.instruction) {
    if (!perms.execute) stage1Fault(F_PERMISSION);
  } else if (request.read && !perms.read) {
    stage1Fault(F_PERMISSION, request.write);
  }
}
