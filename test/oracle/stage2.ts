import { stage2IsDevice } from './attributes.js';
import {
  CLASS_CD,
  CLASS_IN,
  CLASS_TT,
  F_ACCESS,
  F_PERMISSION,
  F_TRANSLATION,
  F_WALK_EABT,
  Fault,
} from './faults.js';
import { granuleOfTg0, startLevelStage2 } from './geometry.js';
import type { Request, Session } from './session.js';
import { effectiveS2Ps, stage1Enabled } from './ste.js';
import type { Ste } from './ste.js';
import type { Perms } from './types.js';
import { AF, CONTIGUOUS, accessed, walk } from './walk.js';
import type { TableShape } from './walk.js';
import { POW2, bit, bits, setBit } from './words.js';
import type { Word } from './words.js';

const DBM = 51;
const S2AP1 = 7;

export interface Stage2Access extends Request {
  class: number;
}

export interface Stage2Result {
  pa: number;
  log2: number;
  memAttr: number;
  sh: number;
  perms: Perms;
}

/** Translates an IPA for the client, a CD fetch or a stage 1 descriptor access (IHI 0070 §3.3.3; DDI 0487 D8.2). */
export function translateStage2(s: Session, ste: Ste, ipa: number, access: Stage2Access): Stage2Result {
  const fault = (event: number, lacksReadOnly = false): never => {
    const tableRead = access.class === CLASS_TT && !access.write;
    throw new Fault(event, { stage2: true, class: access.class, ipa, tableRead, lacksReadOnly });
  };
  const shape = stage2Shape(ste, s);
  if (ipa >= POW2[shape.inputSize]) fault(F_TRANSLATION);

  const abort = (address: number): { event: number; details: object } => ({
    event: F_WALK_EABT,
    details: { stage2: true, class: access.class, fetchAddress: address },
  });
  const leaf = walk(shape, ipa, {
    read: (address) => {
      s.reads.s2++;
      const word = s.readDescriptor(address, ste.s2Endi);
      if (word === undefined) throw new Fault(F_WALK_EABT, abort(address).details);
      return word;
    },
    table: (word, address) => {
      if (!ste.s2Haft || accessed(word)) return;
      s.updateDescriptor(address, ste.s2Endi, word, setBit(word, AF), abort(address));
    },
    fault,
  });

  const { descriptor } = leaf;
  if (!accessed(descriptor) && !ste.s2Ha && !ste.s2Affd) fault(F_ACCESS);

  const dirtyByHardware = ste.s2Ha && ste.s2Hd && bit(descriptor, DBM) === 1;
  const perms = permissions(s, descriptor, access.privileged, dirtyByHardware);
  const needsExecute = access.instruction && access.read;
  if (access.write && !perms.write) fault(F_PERMISSION);
  if (needsExecute && !perms.execute) fault(F_PERMISSION);
  if (access.read && !needsExecute && !perms.read) fault(F_PERMISSION, access.write);
  const memAttr = bits(descriptor, 5, 2);
  const nested = stage1Enabled(ste);
  if (nested && ste.s2Ptw && access.class !== CLASS_IN && stage2IsDevice(memAttr, ste.fwb))
    fault(F_PERMISSION);

  if (bit(descriptor, CONTIGUOUS) === 1) s.shared = true;
  let updated: Word = descriptor;
  if (ste.s2Ha && !accessed(descriptor)) updated = setBit(updated, AF);
  if (access.write && dirtyByHardware && access.class !== CLASS_CD) updated = setBit(updated, S2AP1);
  if (updated.lo !== descriptor.lo) {
    s.updateDescriptor(leaf.address, ste.s2Endi, descriptor, updated, abort(leaf.address));
  }
  const sh = shape.ds ? ste.s2Sh0 : bits(descriptor, 9, 8);
  return { pa: leaf.output, log2: leaf.log2, memAttr, sh, perms };
}

function stage2Shape(ste: Ste, s: Session): TableShape {
  const f = s.features;
  const granule = granuleOfTg0(ste.s2Tg)!;
  return {
    granule,
    ds: ste.s2Ds,
    startLevel: startLevelStage2(granule, ste.s2Sl0, ste.s2Sl02, ste.s2Ds, f.stt)!,
    inputSize: 64 - ste.s2T0sz,
    outputSize: effectiveS2Ps(ste, f),
    oas: f.oas,
    base: ste.s2Ttb,
  };
}

/** S2AP and XN[1:0] (DDI 0487 D8.4); without XNX, bit 54 alone forbids execution. */
function permissions(s: Session, descriptor: Word, privileged: boolean, dirtyByHardware: boolean): Perms {
  const xn = s.features.xnx ? bits(descriptor, 54, 53) : bit(descriptor, 54) * 2;
  const execute = xn === 0 || (xn === 1 && !privileged) || (xn === 3 && privileged);
  return {
    read: bit(descriptor, 6) === 1,
    write: bit(descriptor, S2AP1) === 1 || dirtyByHardware,
    execute,
  };
}
