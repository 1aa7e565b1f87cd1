// What each opcode does on the Non-secure queue (IHI 0070 §4.1.1, §4.1.3). An illegal command is found before any "ignored" one;
// opcodes of features that are absent (ATS, PRI, MPAM, DPT, the Secure and EL3 ones) are illegal like unknown ones.
// Reserved fields are ignored.
import { idrField } from '../state/regs';
import { secureStream } from './parameters';
import { commandPrefetchConfig, commandPrefetchAddr } from './prefetch';
import { commandCfgiSte, commandCfgiSteRange, commandCfgiCd, commandCfgiCdAll } from './cfgi';
import {
  commandNhAll,
  commandNhAsid,
  commandNhVa,
  commandNhVaa,
  commandEl2All,
  commandEl2Asid,
  commandEl2Va,
  commandEl2Vaa,
  commandS12Vmall,
  commandS2Ipa,
  commandNsnhAll,
} from './tlbi';
import { stallModel, commandResume, commandStallTerm } from './fault-response';
import { checkSync } from './sync';
import * as Cmdq from '../arch/cmdq';
import * as Idr0 from '../arch/idr0';
import * as Opcode from '../arch/opcode';

/** Runs one command; CERROR_*. */
export function execute(opcode: i32, dw0: u64, dw1: u64): i32 {
  if (opcode < Opcode.TLBI_NH_ALL) return streamCommand(opcode, dw0, dw1);
  if (opcode <= Opcode.TLBI_NSNH_ALL) return tlbCommand(opcode, dw0, dw1);
  if (opcode == Opcode.SYNC) return checkSync(dw0);
  if ((opcode == Opcode.RESUME || opcode == Opcode.STALL_TERM) && stallModel() && !secureStream(dw0)) {
    if (opcode == Opcode.RESUME) commandResume(dw0, dw1);
    else commandStallTerm(dw0);
    return Cmdq.CERROR_NONE;
  }
  return Cmdq.CERROR_ILL;
}

// Prefetch and configuration invalidation: all of them carry SSec, which is illegal here (§4.1.6). CDs need stage 1 (§4.1.3).
function streamCommand(opcode: i32, dw0: u64, dw1: u64): i32 {
  if (secureStream(dw0)) return Cmdq.CERROR_ILL;
  const s1 = idrField(0, Idr0.S1P) != 0;
  if (opcode == Opcode.PREFETCH_CONFIG) commandPrefetchConfig(dw0);
  else if (opcode == Opcode.PREFETCH_ADDR) commandPrefetchAddr(dw0, dw1);
  else if (opcode == Opcode.CFGI_STE) commandCfgiSte(dw0);
  else if (opcode == Opcode.CFGI_STE_RANGE) commandCfgiSteRange(dw0, dw1);
  else if (opcode == Opcode.CFGI_CD && s1) commandCfgiCd(dw0);
  else if (opcode == Opcode.CFGI_CD_ALL && s1) commandCfgiCdAll(dw0);
  else return Cmdq.CERROR_ILL;
  return Cmdq.CERROR_NONE;
}

// Stage 2, EL2 and stage 1 each need their feature (§4.1.3, §4.4).
function tlbCommand(opcode: i32, dw0: u64, dw1: u64): i32 {
  if (opcode == Opcode.TLBI_NSNH_ALL) {
    commandNsnhAll();
    return Cmdq.CERROR_NONE;
  }
  if (opcode >= Opcode.TLBI_S12_VMALL)
    return idrField(0, Idr0.S2P) ? stage2Command(opcode, dw0, dw1) : Cmdq.CERROR_ILL;
  if (opcode >= Opcode.TLBI_EL2_ALL)
    return idrField(0, Idr0.Hyp) ? el2Command(opcode, dw0, dw1) : Cmdq.CERROR_ILL;
  return idrField(0, Idr0.S1P) ? stage1Command(opcode, dw0, dw1) : Cmdq.CERROR_ILL;
}

function stage1Command(opcode: i32, dw0: u64, dw1: u64): i32 {
  if (opcode == Opcode.TLBI_NH_VA) return commandNhVa(dw0, dw1);
  if (opcode == Opcode.TLBI_NH_VAA) return commandNhVaa(dw0, dw1);
  if (opcode == Opcode.TLBI_NH_ALL) commandNhAll(dw0);
  else if (opcode == Opcode.TLBI_NH_ASID) commandNhAsid(dw0);
  else return Cmdq.CERROR_ILL;
  return Cmdq.CERROR_NONE;
}

function el2Command(opcode: i32, dw0: u64, dw1: u64): i32 {
  if (opcode == Opcode.TLBI_EL2_VA) return commandEl2Va(dw0, dw1);
  if (opcode == Opcode.TLBI_EL2_VAA) return commandEl2Vaa(dw0, dw1);
  if (opcode == Opcode.TLBI_EL2_ALL) commandEl2All();
  else if (opcode == Opcode.TLBI_EL2_ASID) commandEl2Asid(dw0);
  else return Cmdq.CERROR_ILL;
  return Cmdq.CERROR_NONE;
}

function stage2Command(opcode: i32, dw0: u64, dw1: u64): i32 {
  if (opcode == Opcode.TLBI_S2_IPA) return commandS2Ipa(dw0, dw1);
  if (opcode != Opcode.TLBI_S12_VMALL) return Cmdq.CERROR_ILL;
  commandS12Vmall(dw0);
  return Cmdq.CERROR_NONE;
}
