// What the simulator is told: the fields of a timing configuration and of caches by their public names, every value present.
import type { Command } from './invalidation.js';

export interface Geometry {
  readonly entries: number;
  readonly ways: number | 'full';
  readonly policy: 'round-robin' | 'lru' | 'plru' | 'rrip' | 'random';
  readonly counter?: 'cache' | 'set';
  readonly index?: 'modulo' | 'xor';
  readonly latency: number;
  readonly slots: number;
}

export interface Caches {
  readonly microTlb?: Geometry;
  readonly mainTlb?: Geometry;
  readonly tcuTlb?: Geometry;
  readonly configCache?: Geometry;
  readonly ipaCache?: Geometry;
  /** By stage, then level 0 to 3. */
  readonly walk: Readonly<Record<1 | 2, readonly (Geometry | undefined)[]>>;
  /** Stage 2 walk caches serve addresses of descriptors and CDs too. */
  readonly nonFinalStage2: boolean;
  /** One round-robin counter for all walk caches. */
  readonly sharedCounter: boolean;
}

export interface Timing {
  readonly clocks: { readonly tcu: number; readonly tbu: number };
  readonly tbu: {
    readonly portBytes: number;
    readonly slots: number;
    readonly writeBufferBeats: number;
    readonly hazard: {
      readonly mode: 'none' | 'sleep' | 'merge';
      readonly compareStream: boolean;
      readonly wake: 'page' | 'any';
    };
    readonly ordered: boolean;
  };
  readonly link: { readonly down: number; readonly up: number };
  readonly tcu: {
    readonly slots: number;
    readonly walkSlots: number;
    /** 0: no limit. */
    readonly configSlots: number;
    readonly front: number;
    readonly walkStart: number;
    readonly evaluate: number;
    readonly stepPorts: number;
    readonly probing: 'sequential' | 'parallel';
    readonly walkPorts: number;
  };
  readonly memory: {
    readonly latency: number;
    readonly dataLatency: number;
    readonly ports: number;
    readonly bytesPerBeat: number;
    /** 0: no limit. */
    readonly answerBytes: number;
    readonly response: number;
  };
  readonly commands: {
    readonly fetch: boolean;
    readonly execute: number;
    /** 0: the TBUs are not asked. */
    readonly invalidate: number;
    readonly sync: number;
  };
  readonly eventWrite: boolean;
}

/** One descriptor on the way of a walk. */
export interface Descriptor {
  readonly level: number;
  /** Where it lies: a physical address, or an IPA for stage 1 of a nested stream. */
  readonly address: number;
  readonly kind: 'invalid' | 'table' | 'leaf';
  readonly writable: boolean;
  /** log2 of what it covers. */
  readonly span: number;
  /** Of a leaf: where the input address comes out. */
  readonly output: number;
}

/** One stage: an input address to the descriptors of its walk, from the first level to the one that ends it. */
export type Walk = (input: number) => readonly Descriptor[];

export interface Stream {
  readonly stage1?: Walk;
  readonly stage2?: Walk;
  readonly asid: number;
  readonly vmid: number;
  /** IPA of the context descriptor. */
  readonly context: number;
  readonly tbu: number;
  /** Its faults are recorded, by CD.R and STE.S2R. */
  readonly recorded: boolean;
}

export interface Request {
  readonly va: number;
  readonly sid: number;
  readonly write: boolean;
  readonly size: number;
  /** TCU cycles from the acceptance of the one before to the offer. */
  readonly gap: number;
  readonly requester: number;
}

export interface Source {
  readonly requests: readonly Request[];
  readonly outstanding: number;
  /** TCU cycle of the first offer. */
  readonly firstOffer: number;
  /** Commands whose doorbell rings before everything, at tick 0. */
  readonly commands?: readonly Command[];
}

/** Ticks. */
export interface Times {
  offered: number;
  accepted: number;
  translated: number;
  response: number;
  fault: boolean;
}
