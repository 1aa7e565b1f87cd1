import * as CacheIndex from '../../assembly/abi/cache-index.js';
import * as Step from '../../assembly/abi/step.js';
import * as StepRecord from '../../assembly/abi/step-record.js';

export type StepKind =
  | 'lookup'
  | 'fill'
  | 'l1std'
  | 'ste'
  | 'l1cd'
  | 'cd'
  | 'descriptor'
  | 'update'
  | 'fault'
  | 'bypass'
  | 'output'
  | 'held';

const KINDS: ReadonlyMap<number, StepKind> = new Map([
  [Step.LOOKUP, 'lookup'],
  [Step.FILL, 'fill'],
  [Step.L1STD, 'l1std'],
  [Step.STE, 'ste'],
  [Step.L1CD, 'l1cd'],
  [Step.CD, 'cd'],
  [Step.DESCRIPTOR, 'descriptor'],
  [Step.UPDATE, 'update'],
  [Step.FAULT, 'fault'],
  [Step.BYPASS, 'bypass'],
  [Step.OUTPUT, 'output'],
  [Step.HELD, 'held'],
]);

/** One step of a translation as the core recorded it (StepRecord of assembly/abi). */
export interface TraceStep {
  readonly kind: StepKind;
  /** 1, 2, or 0 when the step belongs to no stage. */
  readonly stage: number;
  /** Level of a descriptor; index of the cache for look-ups and fills; which word, of a configuration that a cache held. */
  readonly level: number;
  /** What a stage 2 step was for, as CLASS in event records: 0 CD fetch, 1 stage 1 descriptor, 2 the transaction. */
  readonly purpose: number;
  /** Physical address read or written; input address of a look-up, a bypass or the output; held: a word of the STE. */
  readonly address: bigint;
  /** The word read or written (dword 0 of a structure); output address of a hit or of the whole; held: a word of the CD. */
  readonly data: bigint;
  /** Intermediate address, when there is one. */
  readonly ipa: bigint;
  /** Read: 1 done, 0 external abort. Look-up: 1 hit, 0 miss. Fault: event number, 0 for a silent abort. */
  readonly result: number;
  /** Fault: the rule that refused, Why of assembly/abi/why; else 0. */
  readonly why: number;
  /** Fault: the access that was refused, as StepRecord.ACCESS. */
  readonly access: number;
  /** Fault: bits of an address, or of a StreamID, that the rule allows. */
  readonly limit: number;
}

/** Reads `count` step records from `view` at `offset`. */
export function readTrace(view: DataView, offset: number, count: number): TraceStep[] {
  const steps: TraceStep[] = [];
  for (let i = 0; i < count; i++) {
    const at = offset + i * StepRecord.BYTES;
    const kind = KINDS.get(view.getUint32(at + StepRecord.KIND, true));
    if (kind === undefined) continue;
    steps.push({
      kind,
      stage: view.getUint32(at + StepRecord.STAGE, true),
      level: view.getInt32(at + StepRecord.LEVEL, true),
      purpose: view.getUint32(at + StepRecord.CLASS, true),
      address: view.getBigUint64(at + StepRecord.ADDRESS, true),
      data: view.getBigUint64(at + StepRecord.DATA, true),
      ipa: view.getBigUint64(at + StepRecord.IPA, true),
      result: view.getUint32(at + StepRecord.RESULT, true),
      why: view.getUint32(at + StepRecord.WHY, true),
      access: view.getUint32(at + StepRecord.ACCESS, true),
      limit: view.getUint32(at + StepRecord.LIMIT, true),
    });
  }
  return steps;
}

/** Name of a cache by its index (CacheIndex). */
export function cacheName(index: number): string {
  if (index === CacheIndex.CONFIG) return 'configuration cache';
  if (index === CacheIndex.TCU) return 'TCU TLB';
  if (index === CacheIndex.IPA) return 'IPA cache';
  if (index < CacheIndex.WALK_S2) return `stage 1 walk cache, level ${index - CacheIndex.WALK_S1 - 1}`;
  if (index < CacheIndex.WALK_UNIFIED) return `stage 2 walk cache, level ${index - CacheIndex.WALK_S2 - 1}`;
  if (index === CacheIndex.WALK_UNIFIED) return 'walk cache';
  const tbu = Math.floor((index - CacheIndex.TBU) / 2);
  return `${(index - CacheIndex.TBU) % 2 === 0 ? 'micro' : 'main'} TLB of TBU ${tbu}`;
}
