/** What goes into a translation and what comes out, as users see it. */
import type { Hit } from '../core/hit.js';
import type { EventRecord } from '../inspect/event.js';
import type { TraceStep } from '../inspect/steps.js';

/** One transaction of a client device. */
export interface Transaction {
  /** 0..2^32 - 1 */
  readonly streamId: number;
  /** Input address, 64 bits. */
  readonly iova: bigint;
  /** 0..2^20 - 1; present: the SubstreamID is valid. */
  readonly substreamId?: number;
  /** Default 'read'. */
  readonly access?: 'read' | 'write';
  readonly instruction?: boolean;
  readonly privileged?: boolean;
  /** Reads and writes at once: both permissions are needed. */
  readonly atomic?: boolean;
  /** A fault aborts silently: no record, no stall (IHI 0070 §3.14). */
  readonly speculative?: boolean;
  /** Incoming memory type, a MAIR byte. Default 0xff, Normal write-back. */
  readonly memType?: number;
  /** Incoming shareability as in descriptors: 0 none, 2 outer, 3 inner. Default 0. */
  readonly shareability?: number;
  /** Incoming allocation hints: read 4, write 2, transient 1. Default 6. */
  readonly allocHints?: number;
  /** Bytes, 1..4096, default 64; a transaction does not cross a 4 KiB boundary. */
  readonly size?: number;
  /** Cycles of the TCU clock. Default: the previous arrival + 1. Never less than the previous one. */
  readonly arrival?: bigint;
  /** Who it is ordered with, 0..2^32 - 1. Default: streamId. */
  readonly requester?: number;
  /** 'translated': an ATS Translated transaction. */
  readonly ats?: 'translated';
}

/** What became of a transaction; `status` tells whether it waits with a `stag`. */
export type Translation = EndedTranslation | StalledTranslation;

/** A transaction that has ended. */
export interface EndedTranslation extends TranslationFields {
  readonly status: 'ok' | 'abort' | 'raz-wi';
  readonly stag?: undefined;
  /** The event record that this transaction caused, whether or not it was recorded. */
  readonly event?: EventRecord;
}

/** A transaction that waits for CMD_RESUME or CMD_STALL_TERM. */
export interface StalledTranslation extends TranslationFields {
  readonly status: 'stalled';
  /** The tag that the command names. */
  readonly stag: number;
  /** The event record that tells of it. */
  readonly event: EventRecord;
}

/** What every translation has. */
interface TranslationFields {
  /** Output address; meaningful when ok. */
  readonly pa: bigint;
  /** Bytes of the page or block, or of both stages' smaller one; meaningful when ok. */
  readonly pageSize: bigint;
  /** What accesses of this privilege may do in this page; meaningful when ok. */
  readonly permissions: { readonly read: boolean; readonly write: boolean; readonly execute: boolean };
  /** Outgoing memory attributes, as in {@link Transaction}. */
  readonly attributes: {
    readonly memType: number;
    readonly shareability: number;
    readonly allocHints: number;
  };
  /** Taken by the TBU, in cycles of the TCU clock; 0 when timing is off. */
  readonly accepted: bigint;
  /** Leaves for memory; 0 when timing is off. */
  readonly translated: bigint;
  /** Response at the device; 0 when timing is off. */
  readonly completion: bigint;
  /** completion - accepted; 0 when timing is off. */
  readonly latency: number;
  /** Memory accesses made for it. */
  readonly reads: {
    readonly ste: number;
    readonly cd: number;
    readonly stage1: number;
    readonly stage2: number;
  };
  /**
   * What answered. 'walk-cache': no descriptor was read; 'none': bypass, also one that a TLB
   * remembers, or an abort before any look-up.
   */
  readonly hit: Hit;
  /** From `poll`: the number that `submit` gave. */
  readonly ticket?: number;
}

/** A transaction that was stalled and is no more: a retry that stalls again, with another tag, is not among them. */
export interface Resumed {
  readonly streamId: number;
  /** The tag that it had. */
  readonly stag: number;
  /** The transaction as it was given. */
  readonly transaction: Transaction;
  /** What became of it after the retry or termination. */
  readonly outcome: EndedTranslation;
}

/** One transaction with every step that the core made for it. */
export interface TracedTranslation {
  readonly translation: Translation;
  readonly steps: readonly TraceStep[];
  /** False: there were more steps than room. */
  readonly complete: boolean;
}
