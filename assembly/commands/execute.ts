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
import {
  OP_PREFETCH_CONFIG,
  OP_PREFETCH_ADDR,
  OP_CFGI_STE,
  OP_CFGI_STE_RANGE,
  OP_CFGI_CD,
  OP_CFGI_CD_ALL,
  OP_TLBI_NH_ALL,
  OP_TLBI_NH_ASID,
  OP_TLBI_NH_VA,
  OP_TLBI_NH_VAA,
  OP_TLBI_EL2_ALL,
  OP_TLBI_EL2_ASID,
  OP_TLBI_EL2_VA,
  OP_TLBI_EL2_VAA,
  OP_TLBI_S12_VMALL,
  OP_TLBI_S2_IPA,
  OP_TLBI_NSNH_ALL,
  OP_RESUME,
  OP_STALL_TERM,
  OP_SYNC,
} from '../arch/commands';
import { CERROR_ILL, CERROR_NONE } from '../arch/registers';
import { IDR0_Hyp, IDR0_S1P, IDR0_S2P } from '../arch/idr';

/** Runs one command; CERROR_*. */
export function execute(opcode: i32, dw0: u64, dw1: u64): i32 {
  if (opcode < OP_TLBI_NH_ALL) return streamCommand(opcode, dw0, dw1);
  if (opcode <= OP_TLBI_NSNH_ALL) return tlbCommand(opcode, dw0, dw1);
  if (opcode == OP_SYNC) return checkSync(dw0);
  if ((opcode == OP_RESUME || opcode == OP_STALL_TERM) && stallModel() && !secureStream(dw0)) {
    if (opcode == OP_RESUME) commandResume(dw0, dw1);
    else commandStallTerm(dw0);
    return CERROR_NONE;
  }
  return CERROR_ILL;
}

// Prefetch and configuration invalidation: all of them carry SSec, which is illegal here (§4.1.6). CDs need stage 1 (§4.1.3).
function streamCommand(opcode: i32, dw0: u64, dw1: u64): i32 {
  if (secureStream(dw0)) return CERROR_ILL;
  const s1 = idrField(0, IDR0_S1P) != 0;
  if (opcode == OP_PREFETCH_CONFIG) commandPrefetchConfig(dw0);
  else if (opcode == OP_PREFETCH_ADDR) commandPrefetchAddr(dw0, dw1);
  else if (opcode == OP_CFGI_STE) commandCfgiSte(dw0);
  else if (opcode == OP_CFGI_STE_RANGE) commandCfgiSteRange(dw0, dw1);
  else if (opcode == OP_CFGI_CD && s1) commandCfgiCd(dw0);
  else if (opcode == OP_CFGI_CD_ALL && s1) commandCfgiCdAll(dw0);
  else return CERROR_ILL;
  return CERROR_NONE;
}

// Stage 2, EL2 and stage 1 each need their feature (§4.1.3, §4.4).
function tlbCommand(opcode: i32, dw0: u64, dw1: u64): i32 {
  if (opcode == OP_TLBI_NSNH_ALL) {
    commandNsnhAll();
    return CERROR_NONE;
  }
  if (opcode >= OP_TLBI_S12_VMALL)
    return idrField(0, IDR0_S2P) ? stage2Command(opcode, dw0, dw1) : CERROR_ILL;
  if (opcode >= OP_TLBI_EL2_ALL) return idrField(0, IDR0_Hyp) ? el2Command(opcode, dw0, dw1) : CERROR_ILL;
  return idrField(0, IDR0_S1P) ? stage1Command(opcode, dw0, dw1) : CERROR_ILL;
}

function stage1Command(opcode: i32, dw0: u64, dw1: u64): i32 {
  if (opcode == OP_TLBI_NH_VA) return commandNhVa(dw0, dw1);
  if (opcode == OP_TLBI_NH_VAA) return commandNhVaa(dw0, dw1);
  if (opcode == OP_TLBI_NH_ALL) commandNhAll(dw0);
  else if (opcode == OP_TLBI_NH_ASID) commandNhAsid(dw0);
  else return CERROR_ILL;
  return CERROR_NONE;
}

function el2Command(opcode: i32, dw0: u64, dw1: u64): i32 {
  if (opcode == OP_TLBI_EL2_VA) return commandEl2Va(dw0, dw1);
  if (opcode == OP_TLBI_EL2_VAA) return commandEl2Vaa(dw0, dw1);
  if (opcode == OP_TLBI_EL2_ALL) commandEl2All();
  else if (opcode == OP_TLBI_EL2_ASID) commandEl2Asid(dw0);
  else return CERROR_ILL;
  return CERROR_NONE;
}

function stage2Command(opcode: i32, dw0: u64, dw1: u64): i32 {
  if (opcode == OP_TLBI_S2_IPA) return commandS2Ipa(dw0, dw1);
  if (opcode != OP_TLBI_S12_VMALL) return CERROR_ILL;
  commandS12Vmall(dw0);
  return CERROR_NONE;
}
