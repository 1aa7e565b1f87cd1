/** When things happen in a device. Plain data: a configuration can be kept as JSON (timing.schema.json). */
import type { CacheConfig } from './cache-config.js';

/** The names of the built-in presets, which a configuration may name instead of its caches. */
type CachesName = 'gem5-default' | 'mmu600-agilex5' | 'mmu700-server' | 'minimal';

/** What a TBU does with a transaction whose page another one of the same TBU is being translated for. */
export interface HazardConfig {
  /** `sleep`: it waits, then looks up the main TLB again. `merge`: it shares the other's answer. `none`: both go to the TCU. */
  readonly mode?: 'none' | 'sleep' | 'merge';
  /** true: only transactions of one stream wait for each other. */
  readonly compareStream?: boolean;
  /** `page`: the answer for its own page wakes it. `any`: every answer in the TBU does, and it looks again. */
  readonly wake?: 'page' | 'any';
}

/** Counters of each group. */
export interface PmcgConfig {
  /** 1..64 */
  readonly counters?: number;
  /** Size of a counter. */
  readonly counterBits?: 32 | 36 | 40 | 44 | 48 | 64;
  readonly msi?: boolean;
  readonly capture?: boolean;
  /** true: counters and captures stand in a second page, at 0x1000 and 0x10000 of the group. */
  readonly relocate?: boolean;
  /** true: each counter has a StreamID filter of its own; false: the filter of counter 0 rules all. */
  readonly filterPerCounter?: boolean;
}

/**
 * A pipeline of TBUs and a TCU. What is left out has the value of 'mmu600-agilex5'; `Smmu.effectiveTiming` shows all of it.
 * Times are cycles of the clock that the field names, frequencies MHz.
 */
export interface TimingConfig {
  readonly clocks?: {
    /** MHz. The cycle of the API is the TCU's. */
    readonly tcu?: number;
    /** MHz, of every TBU. */
    readonly tbu?: number;
  };
  /** Each TBU. */
  readonly tbu?: {
    /** Bytes per beat at its port; a read takes one beat, a write one for each so many bytes. */
    readonly portBytes?: number;
    /** Transactions that it holds until they are forwarded. */
    readonly slots?: number;
    /** Beats of its write buffer; 0: no limit. */
    readonly writeBufferBeats?: number;
    readonly hazard?: HazardConfig;
    /** true: transactions of one requester and direction leave in the order in which they came. */
    readonly ordered?: boolean;
  };
  /** Between TBU and TCU; a request enters each way every cycle. */
  readonly link?: {
    /** TBU cycles from TBU to TCU. */
    readonly down?: number;
    /** TCU cycles back. */
    readonly up?: number;
  };
  readonly tcu?: {
    /** Requests that it holds, those on the links included. */
    readonly slots?: number;
    /** Table walks at once. */
    readonly walkSlots?: number;
    /** Configuration fetches at once: the reads of STE and CD after a miss of the configuration cache; 0: no limit. */
    readonly configSlots?: number;
    /** TCU cycles between a request's arrival and its first look-up. */
    readonly front?: number;
    /** TCU cycles to start the walk of a stage. */
    readonly walkStart?: number;
    /** TCU cycles to evaluate a descriptor. */
    readonly evaluate?: number;
    /** Walk starts and evaluations at once. */
    readonly stepPorts?: number;
    /** `sequential`: walk caches are looked up level by level, from the last one. `parallel`: all at once. */
    readonly probing?: 'sequential' | 'parallel';
    /** Look-ups at once in all walk caches together. */
    readonly walkPorts?: number;
  };
  readonly memory?: {
    /** TCU cycles from the issue of a read of the TCU to its answer; the issue itself takes one more for each beat. */
    readonly latency?: number;
    /** TCU cycles of a client's own access. Default: `latency`. */
    readonly dataLatency?: number;
    /** Requests that may be issued at once. */
    readonly ports?: number;
    /** Bytes per beat of an issue. */
    readonly bytesPerBeat?: number;
    /** Bytes per TCU cycle that table accesses are answered with, one after another; 0: no limit. */
    readonly answerBytes?: number;
    /** TBU cycles from memory's answer to the response at the device. */
    readonly response?: number;
  };
  /** One request ahead of a translation, for the page next to what the answer covers. */
  readonly prefetch?: {
    /** `ste`: each stream as STE[121:120] says (0b10 forward, 0b11 backward). `forward` or `backward`: all streams. */
    readonly mode?: 'off' | 'ste' | 'forward' | 'backward';
    /** `tcu`: into the caches of the TCU. `tbu`: into the main TLB of the TBU as well, over the link. */
    readonly target?: 'tcu' | 'tbu';
  };
  /** The command engine, which takes one command after another. */
  readonly commands?: {
    /** true: each command is read from memory first: an issue and `memory.latency`. */
    readonly fetch?: boolean;
    /** TCU cycles to execute a command. */
    readonly execute?: number;
    /** TBU cycles for which an invalidation holds a look-up port of every TBU's TLB; 0: the TBUs are not asked. */
    readonly invalidate?: number;
    /** TCU cycles that a CMD_SYNC takes besides. */
    readonly sync?: number;
  };
  /** true: the response of a transaction that faults waits until its event record has been written. */
  readonly eventWrite?: boolean;
  /** Counter groups (PMCG, IHI 0070 chapter 10): one for the TCU, one for each TBU. */
  readonly pmcg?: PmcgConfig;
  /** The caches with their look-up times, when the option `caches` says nothing. Default: those of 'mmu600-agilex5'. */
  readonly caches?: CachesName | CacheConfig | false;
}

/** Every member present, at any depth. */
export type Complete<T> = T extends object ? { readonly [K in keyof T]-?: Complete<NonNullable<T[K]>> } : T;

/** A configuration with every value in it, and the caches that the device has. */
export type EffectiveTiming = Complete<Omit<TimingConfig, 'caches'>> & {
  readonly caches: CacheConfig | false;
};
