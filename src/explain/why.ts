import * as Event from '../../assembly/arch/event.js';
import * as EventRecord from '../../assembly/arch/event-record.js';
import * as L1cd from '../../assembly/arch/l1cd.js';
import * as L1std from '../../assembly/arch/l1std.js';
import * as Ste from '../../assembly/arch/ste.js';
import { outputBits, placeOf, stage1Half, type Configuration } from './configuration.js';
import { descriptorAddress, descriptorType } from '../inspect/descriptor.js';
import { decodeFields, hex, numberOf, valueOf } from '../base/fields.js';
import { descriptorFields } from '../inspect/descriptor.js';
import { lintCd } from '../inspect/lint-cd.js';
import { features, lintSte } from '../inspect/lint-ste.js';
import type { Scene } from './narrate.js';
import type { TraceStep } from '../inspect/steps.js';

/** The fault that a transaction met. */
export interface Fault {
  readonly number: number;
  readonly words: readonly bigint[];
}

interface Evidence {
  readonly scene: Scene;
  readonly configuration: Configuration;
  readonly steps: readonly TraceStep[];
  readonly fault: Fault;
}

const last = (steps: readonly TraceStep[], kind: TraceStep['kind']): TraceStep | undefined =>
  steps.findLast((step) => step.kind === kind);

function field(fault: Fault, at: number): number {
  return numberOf(fault.words, at);
}

/** The descriptor that the walk of the faulting stage ended at. */
function lastDescriptor({ steps, fault }: Evidence): TraceStep | undefined {
  const stage = field(fault, EventRecord.S2) === 1 ? 2 : 1;
  const step = last(steps, 'descriptor');
  return step?.stage === stage ? step : undefined;
}

function named(step: TraceStep): string {
  return `the stage ${step.stage} level ${step.level} descriptor at ${hex(step.address)} is ${hex(step.data)}`;
}

function purpose(fault: Fault): string {
  if (field(fault, EventRecord.S2) === 0) return '';
  const kind = field(fault, EventRecord.CLASS);
  const ipa = hex(valueOf(fault.words, EventRecord.IPA) << 12n);
  if (kind === EventRecord.CLASS_CD) return ` It was needed for the CD fetch from IPA ${ipa}.`;
  return kind === EventRecord.CLASS_TT ? ` It was needed for the stage 1 descriptor at IPA ${ipa}.` : '';
}

function translation(evidence: Evidence): string {
  const { scene, configuration, fault, steps } = evidence;
  const stage2 = field(fault, EventRecord.S2) === 1;
  const step = lastDescriptor(evidence);
  if (step !== undefined) {
    const place = placeOf(configuration, scene.registers, scene.iova, stage2 ? 2 : 1, step.level);
    if (descriptorType(step.data, place) === 'invalid') {
      const reason =
        (step.data & 1n) === 0n
          ? 'bit 0 is clear, so it is invalid'
          : step.level === 3
            ? 'bits [1:0] = 1 are reserved at level 3, so it is invalid'
            : `level ${step.level} has no blocks with this granule, so it is invalid`;
      return `${named(step)}: ${reason} (DDI 0487 D8.3).${purpose(fault)}`;
    }
  }
  if (stage2) {
    const bits = 64 - numberOf(configuration.ste ?? [], Ste.S2T0SZ);
    const ipa = hex(valueOf(fault.words, EventRecord.IPA) << 12n);
    return `IPA ${ipa} does not fit the ${bits} bits of STE.S2T0SZ (IHI 0070 §3.4).${purpose(fault)}`;
  }
  if (configuration.cd === undefined)
    return 'a cached configuration says that no table translates this address (IHI 0070 §3.4).';
  const half = stage1Half(configuration, scene.iova);
  if (half.disabled)
    return `the address selects TTB${half.n}, and CD.EPD${half.n} = 1 disables its walks (IHI 0070 §5.4).`;
  if (
    half.unprivilegedFaults &&
    field(fault, EventRecord.PnU) === 0 &&
    last(steps, 'descriptor') === undefined
  ) {
    return `the access is unprivileged, and CD.E0PD${half.n} = 1 makes those fault (IHI 0070 §5.4).`;
  }
  return `input address ${hex(scene.iova)} lies outside the ${half.bits} bits that CD.T${half.n}SZ gives TTB${half.n} (IHI 0070 §3.4.1).`;
}

function addressSize(evidence: Evidence): string {
  const { scene, configuration, fault } = evidence;
  const stage2 = field(fault, EventRecord.S2) === 1;
  const step = lastDescriptor(evidence);
  if (step !== undefined) {
    const place = placeOf(configuration, scene.registers, scene.iova, stage2 ? 2 : 1, step.level);
    const bits = outputBits(configuration, scene.registers, stage2 ? 2 : 1);
    const limit = stage2 ? 'STE.S2PS' : 'CD.IPS';
    return `${named(step)}: its address ${hex(descriptorAddress(step.data, place))} needs more than the ${bits} bits of ${limit} and OAS (IHI 0070 §3.4).${purpose(fault)}`;
  }
  const f = features(scene.registers);
  const bypassed = (numberOf(configuration.ste ?? [], Ste.Config) & Ste.CONFIG_BIT_S2) !== 0;
  const [bits, name] = bypassed ? [f.ias, 'IAS'] : [f.oas, 'OAS'];
  return `stage 1 bypasses, and input address ${hex(scene.iova)} needs more than the ${bits} bits of ${name} (IHI 0070 §3.4).`;
}

function access(evidence: Evidence): string {
  const step = lastDescriptor(evidence);
  if (step === undefined) return 'the access flag is 0 (DDI 0487 D8.5).';
  const [flag, update, off] =
    step.stage === 2 ? ['AF', 'STE.S2HA', 'STE.S2AFFD'] : ['AF', 'CD.HA', 'CD.AFFD'];
  return `${named(step)}: ${flag} = 0, and neither ${update} sets it nor ${off} ignores it (DDI 0487 D8.5).${purpose(evidence.fault)}`;
}

function permission(evidence: Evidence): string {
  const { scene, configuration, fault } = evidence;
  const kind =
    field(fault, EventRecord.RnW) === 0
      ? 'write'
      : field(fault, EventRecord.InD) === 1
        ? 'instruction read'
        : 'read';
  const who = field(fault, EventRecord.PnU) === 1 ? 'a privileged' : 'an unprivileged';
  const step = lastDescriptor(evidence);
  if (step === undefined)
    return `${who} ${kind} is not allowed by the translation that a TLB holds (DDI 0487 D8.4).`;
  const place = placeOf(configuration, scene.registers, scene.iova, step.stage === 2 ? 2 : 1, step.level);
  const wanted = step.stage === 2 ? ['S2AP', 'XN'] : ['AP[2:1]', 'UXN', 'PXN'];
  const shown = decodeFields(descriptorFields(step.data, place), [step.data])
    .filter(({ name }) => wanted.includes(name) && (kind === 'instruction read' || name.includes('AP')))
    .map(({ name, value, meaning }) => `${name} = ${value} (${meaning})`)
    .join(', ');
  return `${named(step)}: ${shown}, which does not allow ${who} ${kind} (DDI 0487 D8.4).${purpose(fault)}`;
}

function badStreamId({ scene, steps }: Evidence): string {
  const step = last(steps, 'l1std');
  if (step === undefined)
    return `StreamID ${hex(scene.streamId)} is outside the Stream table (STRTAB_BASE_CFG.LOG2SIZE, IHI 0070 §3.3.1).`;
  const span = numberOf([step.data], L1std.Span);
  return `the level 1 descriptor at ${hex(step.address)} has Span = ${span}, which gives StreamID ${hex(scene.streamId)} no STE (IHI 0070 §5.1).`;
}

function fetchAddress(fault: Fault): string {
  return hex(valueOf(fault.words, EventRecord.FetchAddr) << 3n);
}

/** Why the transaction did not pass, in one sentence, with the section. */
export function whyFault(evidence: Evidence): string {
  const { fault, configuration, scene, steps } = evidence;
  switch (fault.number) {
    case Event.C_BAD_STREAMID:
      return badStreamId(evidence);
    case Event.F_STE_FETCH:
      return `reading the Stream table at ${fetchAddress(fault)} met an external abort (IHI 0070 §7.3.4).`;
    case Event.C_BAD_STE: {
      const found = configuration.ste === undefined ? [] : lintSte(configuration.ste, scene.registers);
      return `the STE is not usable: ${found.join('; ') || 'a rule of §5.2.2 is broken'} (IHI 0070 §5.2.2).`;
    }
    case Event.C_BAD_SUBSTREAMID: {
      const step = last(steps, 'l1cd');
      if (step !== undefined && numberOf([step.data], L1cd.V) === 0) {
        return `the level 1 CD descriptor at ${hex(step.address)} has V = 0 (IHI 0070 §5.3).`;
      }
      const cds = numberOf(configuration.ste ?? [], Ste.S1CDMax);
      return `the SubstreamID does not fit what the STE allows, S1CDMax = ${cds} (IHI 0070 §3.3.2).`;
    }
    case Event.F_STREAM_DISABLED:
      return `STE.S1DSS = ${numberOf(configuration.ste ?? [], Ste.S1DSS)} terminates this kind of transaction (IHI 0070 §5.2).`;
    case Event.F_CD_FETCH:
      return `reading the CD at ${fetchAddress(fault)} met an external abort (IHI 0070 §7.3.10).`;
    case Event.C_BAD_CD: {
      const found =
        configuration.cd === undefined
          ? []
          : lintCd(configuration.cd, configuration.ste ?? [], scene.registers);
      return `the CD is not usable: ${found.join('; ') || 'a rule of §5.4.1 is broken'} (IHI 0070 §5.4.1).`;
    }
    case Event.F_WALK_EABT:
      return `reading the stage ${field(fault, EventRecord.S2) === 1 ? 2 : 1} descriptor at ${fetchAddress(fault)} met an external abort (IHI 0070 §7.3.12).`;
    case Event.F_TRANSLATION:
      return translation(evidence);
    case Event.F_ADDR_SIZE:
      return addressSize(evidence);
    case Event.F_ACCESS:
      return access(evidence);
    case Event.F_PERMISSION:
      return permission(evidence);
    default:
      return `event ${hex(fault.number)} (IHI 0070 §7.3).`;
  }
}

/** Why a transaction was aborted with no event at all. */
export function whySilent({ configuration }: Pick<Evidence, 'configuration'>): string {
  const config = numberOf(configuration.ste ?? [], Ste.Config);
  if (configuration.ste !== undefined && (config & Ste.CONFIG_BIT_ENABLED) === 0) {
    return `STE.Config = ${config} aborts every transaction of the stream without an event (IHI 0070 §5.2).`;
  }
  return 'the SMMU is disabled and GBPA.ABORT is 1, or the address is above OAS (IHI 0070 §3.11).';
}
