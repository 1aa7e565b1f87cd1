/** Event numbers (IHI 0070 §7.3). */
export const C_BAD_STREAMID = 0x02;
export const F_STE_FETCH = 0x03;
export const C_BAD_STE = 0x04;
export const F_STREAM_DISABLED = 0x06;
export const C_BAD_SUBSTREAMID = 0x08;
export const F_CD_FETCH = 0x09;
export const C_BAD_CD = 0x0a;
export const F_WALK_EABT = 0x0b;
export const F_TRANSLATION = 0x10;
export const F_ADDR_SIZE = 0x11;
export const F_ACCESS = 0x12;
export const F_PERMISSION = 0x13;

/** What was being translated when a fault happened (§7.3.13). */
export const CLASS_CD = 0;
export const CLASS_TT = 1;
export const CLASS_IN = 2;

/** Thrown by the model to end a transaction with an event. */
export class Fault extends Error {
  constructor(
    readonly event: number,
    readonly details: FaultDetails = {},
  ) {
    super();
  }
}

export interface FaultDetails {
  stage2?: boolean;
  class?: number;
  ipa?: number;
  fetchAddress?: number;
  /** F_PERMISSION with CLASS=TT: the refused descriptor access was a read. */
  tableRead?: boolean;
  /** Atomics: RnW=1 because only read permission was missing (§13.1.1). */
  lacksReadOnly?: boolean;
  /** C_BAD_SUBSTREAMID's own SubstreamID. */
  substreamId?: number;
}

/** Thrown to end a transaction with an abort and no event. */
export class SilentAbort extends Error {}

/** Thrown when a descriptor changed between its read and its update: the transaction starts again (§3.13). */
export class StartAgain extends Error {}
