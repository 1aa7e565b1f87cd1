import * as CacheIndex from '../../assembly/abi/cache-index.js';
import * as Flag from '../../assembly/abi/flag.js';
import * as StepRecord from '../../assembly/abi/step-record.js';
import * as EventRecord from '../../assembly/arch/event-record.js';
import * as Ste from '../../assembly/arch/ste.js';
import { decodeFields, hex, numberOf } from '../base/fields.js';
import { descriptorFields } from '../inspect/descriptor.js';
import { cacheName, type TraceStep } from '../inspect/steps.js';
import { placeOf, type Configuration } from './configuration.js';
import type { Scene } from './narrate.js';

/** A fault and what led to it: what sentences about it are made of. */
export class Refusal {
  constructor(
    readonly scene: Scene,
    readonly configuration: Configuration,
    readonly steps: readonly TraceStep[],
    readonly fault: TraceStep,
  ) {}

  get stage(): 1 | 2 {
    return this.fault.stage === 2 ? 2 : 1;
  }

  /** Address bits that the rule allows. */
  get limit(): number {
    return this.fault.limit;
  }

  /** The half of the input addresses: TTB0 or TTB1. */
  get half(): 0 | 1 {
    return (this.fault.access & StepRecord.ACCESS_HALF_1) === 0 ? 0 : 1;
  }

  /** The last step of a kind. */
  last(kind: TraceStep['kind']): TraceStep | undefined {
    return this.steps.findLast((step) => step.kind === kind);
  }

  /** A field of the STE; undefined when the configuration cache held it. */
  ste(at: number): number | undefined {
    return this.configuration.ste && numberOf(this.configuration.ste, at);
  }

  /** The descriptor that the refused walk ended at. */
  get descriptor(): TraceStep | undefined {
    const step = this.last('descriptor');
    return step?.stage === this.stage && step.level === this.fault.level ? step : undefined;
  }

  /** `the stage 1 level 3 descriptor at 0x… is 0x…`, and what it was needed for when that was not the transaction itself. */
  about(says: string, section: string): string {
    return `${this.descriptor === undefined ? 'a descriptor' : named(this.descriptor)}: ${says} (${section}).${this.purpose}`;
  }

  /** What a stage 2 access was for; empty for the transaction's own. */
  get purpose(): string {
    if (this.fault.stage !== 2) return '';
    const ipa = hex(this.fault.ipa & ~0xfffn);
    if (this.fault.purpose === EventRecord.CLASS_CD)
      return ` It was needed for the CD fetch from IPA ${ipa}.`;
    return this.fault.purpose === EventRecord.CLASS_TT
      ? ` It was needed for the stage 1 descriptor at IPA ${ipa}.`
      : '';
  }

  /** The access that was refused: the transaction's after the STE's overrides, or the SMMU's own. */
  get access(): string {
    const { access, purpose, stage } = this.fault;
    if (stage === 2 && purpose === EventRecord.CLASS_CD) return 'the read of a CD';
    const writes = (access & Flag.WRITE) !== 0;
    if (stage === 2 && purpose === EventRecord.CLASS_TT)
      return writes ? 'the hardware update of a stage 1 descriptor' : 'the read of a stage 1 descriptor';
    const what = writes ? 'write' : (access & Flag.INSTRUCTION) !== 0 ? 'instruction read' : 'read';
    const oneLevel = (access & StepRecord.ACCESS_ONE_LEVEL) !== 0;
    if (oneLevel) return `${what === 'instruction read' ? 'an' : 'a'} ${what}${this.overrides}`;
    const who = (access & Flag.PRIVILEGED) !== 0 ? 'a privileged' : 'an unprivileged';
    return `${who} ${what}${this.overrides}`;
  }

  private get overrides(): string {
    const { access } = this.fault;
    const raw = access >> StepRecord.ACCESS_RAW_SHIFT;
    const changed = (access ^ raw) & (Flag.PRIVILEGED | Flag.INSTRUCTION);
    const fields: string[] = [];
    if ((changed & Flag.PRIVILEGED) !== 0) fields.push(`STE.PRIVCFG${value(this.ste(Ste.PRIVCFG))}`);
    if ((changed & Flag.INSTRUCTION) !== 0) fields.push(`STE.INSTCFG${value(this.ste(Ste.INSTCFG))}`);
    return fields.length === 0
      ? ''
      : `, which ${fields.join(' and ')} ${fields.length > 1 ? 'make' : 'makes'} it`;
  }

  /** A field of the leaf as `AP[2:1] = 1`; the name alone when the leaf is not at hand. */
  field(name: string): string {
    const step = this.descriptor;
    if (step === undefined) return name;
    const place = placeOf(this.configuration, this.scene.registers, this.scene.iova, this.stage, step.level);
    const found = decodeFields(descriptorFields(step.data, place), [step.data]).find((f) => f.name === name);
    return found === undefined ? name : `${name} = ${found.value}`;
  }

  /** The stage 1 Table descriptor that has `bit` set: read on this walk, or held by a walk cache. */
  table(bit: bigint): string {
    const step = this.steps.findLast(
      ({ kind, stage, data, level }) =>
        kind === 'descriptor' && stage === 1 && level < this.fault.level && ((data >> bit) & 1n) === 1n,
    );
    return step === undefined ? 'a Table descriptor above, which a walk cache holds' : named(step);
  }

  /** The cache whose entry refused. */
  get cache(): string {
    const hit = this.steps.findLast(
      ({ kind, result, level }) => kind === 'lookup' && result === 1 && level !== CacheIndex.CONFIG,
    );
    return hit === undefined ? 'a cache' : `the ${cacheName(hit.level)}`;
  }
}

const value = (n: number | undefined): string => (n === undefined ? '' : ` = ${n}`);

export function named(step: TraceStep): string {
  return `the stage ${step.stage} level ${step.level} descriptor at ${hex(step.address)} is ${hex(step.data)}`;
}
