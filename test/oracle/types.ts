import type { Word } from './words.js';

/** Little-endian physical memory, addresses below 2^53. `undefined` and `false` mean: external abort. */
export interface PhysMem {
  readWord(address: number): Word | undefined;
  writeWord(address: number, word: Word): boolean;
  /** A hardware update is about to change the low half of a word. */
  noteUpdate?(address: number, before: number, after: number): void;
}

/** The registers that a translation can see, as software would read them back. */
export interface OracleState {
  idr0: number;
  idr1: number;
  idr2: number;
  idr3: number;
  idr4: number;
  idr5: number;
  cr0: number;
  cr1: number;
  cr2: number;
  gbpa: number;
  strtabBase: bigint;
  strtabBaseCfg: number;
  mem: PhysMem;
}

/** memType as a MAIR byte, sh as in descriptors, alloc = RA<<2 | WA<<1 | TR. */
export interface OracleAttrs {
  memType: number;
  sh: number;
  alloc: number;
}

export interface OracleTxn {
  streamId: number;
  ssv: boolean;
  ssid: number;
  addr: bigint;
  write: boolean;
  instruction: boolean;
  privileged: boolean;
  atomic: boolean;
  speculative: boolean;
  attrs: OracleAttrs;
}

export type Outcome = 'ok' | 'abort' | 'raz-wi' | 'stalled';

export interface OracleEvent {
  words: [bigint, bigint, bigint, bigint];
  /** Whether policy (A/R/S, S2R, RECINVSID) asks for the record to be written. */
  record: boolean;
  stall: boolean;
}

export interface Reads {
  ste: number;
  cd: number;
  s1: number;
  s2: number;
}

export interface Perms {
  read: boolean;
  write: boolean;
  execute: boolean;
}

export interface OracleResult {
  outcome: Outcome;
  pa: bigint;
  attrs: OracleAttrs;
  event?: OracleEvent;
  perms: Perms;
  leafLog2: number;
  /** A leaf on the way was global, or carried the Contiguous bit: a TLB may hold it for more than this address space or page. */
  shared: boolean;
  reads: Reads;
}
