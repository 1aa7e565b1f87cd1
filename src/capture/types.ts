/** A 32-byte event record, as four 64-bit words. */
export type EventWords = readonly [bigint, bigint, bigint, bigint];

/** Pages of guest memory that the SMMU reads. */
export interface MemorySegment {
  readonly address: bigint;
  readonly bytes: Uint8Array;
  /** What the pages hold: L1STD, STE, CD, S1PT, S2PT, CMDQ, EVTQ. */
  readonly kinds: readonly string[];
}

/** The SMMU at the moment when its machine stood still. */
export interface Snapshot {
  readonly name: string;
  /** 32-bit reads of page 0 by offset; 64-bit registers appear as two halves. */
  readonly registers: ReadonlyMap<number, number>;
  readonly memory: readonly MemorySegment[];
}

/** A translation table descriptor as the recording walker read it; stage 3 is stage 1 of a nested walk. */
export interface RecordedDescriptor {
  readonly stage: 1 | 2 | 3;
  readonly level: number;
  /** Physical address. */
  readonly address: bigint;
  readonly value: bigint;
}

export interface RecordedAccess {
  readonly kind: 'mmio';
  readonly line: number;
  readonly n: number;
  readonly write: boolean;
  readonly offset: number;
  readonly size: 4 | 8;
  readonly value: bigint;
  /** First and last index of the commands that the SMMU consumed because of this write. */
  readonly commands: readonly [first: number, last: number] | undefined;
}

export interface RecordedTranslation {
  readonly kind: 'xlat';
  readonly line: number;
  readonly streamId: number;
  readonly iova: bigint;
  readonly pa: bigint;
  readonly read: boolean;
  readonly write: boolean;
  readonly descriptors: readonly RecordedDescriptor[];
}

/** An access of a stream that bypasses both stages, or of any stream while SMMUEN is 0. */
export interface RecordedBypass {
  readonly kind: 'bypass';
  readonly line: number;
  readonly streamId: number;
  readonly iova: bigint;
  readonly write: boolean;
}

export interface RecordedFault {
  readonly kind: 'event';
  readonly line: number;
  readonly index: number;
  readonly name: string;
  readonly words: EventWords;
  readonly descriptors: readonly RecordedDescriptor[];
}

export interface RecordedInterrupt {
  readonly kind: 'irq';
  readonly line: number;
  /** As QEMU numbers them: 0 event queue, 1 PRI queue, 2 CMD_SYNC, 3 GERROR. */
  readonly irq: number;
}

export interface RecordedStore {
  readonly kind: 'mem';
  readonly line: number;
  readonly address: bigint;
  readonly value: bigint;
}

export type TimelineEntry =
  RecordedAccess | RecordedTranslation | RecordedBypass | RecordedFault | RecordedInterrupt | RecordedStore;

export type ExpectedResult =
  | {
      readonly kind: 'pa';
      readonly pa: bigint;
      readonly pageSize: bigint;
      readonly read: boolean;
      readonly write: boolean;
    }
  | { readonly kind: 'fault'; readonly name: string; readonly stage2: boolean }
  | { readonly kind: 'terminated' }
  /** The address passes as it is. */
  | { readonly kind: 'bypass' };

/** A question about the snapshot and its answer. */
export interface ExpectedRow {
  readonly line: number;
  readonly streamId: number;
  readonly iova: bigint;
  readonly write: boolean;
  readonly result: ExpectedResult;
  readonly source: 'qemu-frozen' | 'qemu-trace' | 'script-only';
  readonly record: EventWords | undefined;
}

export interface RecordedCommand {
  readonly line: number;
  readonly index: number;
  readonly name: string;
  readonly words: readonly [bigint, bigint];
  /** Number of the access whose write made the SMMU consume it. */
  readonly access: number;
}

export interface RecordedEvent {
  readonly line: number;
  readonly index: number;
  readonly name: string;
  readonly streamId: number;
  readonly words: EventWords;
}

export interface Capture extends Snapshot {
  readonly timeline: readonly TimelineEntry[];
  readonly expected: readonly ExpectedRow[];
  readonly commands: readonly RecordedCommand[];
  readonly events: readonly RecordedEvent[];
}
