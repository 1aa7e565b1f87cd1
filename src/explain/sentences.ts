import * as Why from '../../assembly/abi/why.js';
import * as Event from '../../assembly/arch/event.js';
import * as L1cd from '../../assembly/arch/l1cd.js';
import * as L1std from '../../assembly/arch/l1std.js';
import * as Pte from '../../assembly/arch/pte.js';
import * as Ste from '../../assembly/arch/ste.js';
import { addressOf, bitsOf, hex, numberOf } from '../base/fields.js';
import { descriptorAddress } from '../inspect/descriptor.js';
import { lintCd } from '../inspect/lint-cd.js';
import { features, lintSte } from '../inspect/lint-ste.js';
import { placeOf } from './configuration.js';
import type { Refusal } from './refusal.js';

type Sentence = (r: Refusal) => string;

const TABLES = 'DDI 0487 D8.3';
const PERMISSIONS = 'DDI 0487 D8.4';
const bitOf = (at: number): bigint => BigInt(bitsOf(at).lsb);
const known = (name: string, value: number | undefined): string =>
  value === undefined ? name : `${name} = ${value}`;

function bypassRange(r: Refusal): string {
  const address = `input address ${hex(r.scene.iova)} needs more than the ${r.limit} bits of`;
  if (r.fault.result === 0) return `SMMU_CR0.SMMUEN = 0, and ${address} OAS (IHI 0070 §3.11).`;
  const config = r.ste(Ste.Config) ?? 0;
  const name = (config & Ste.CONFIG_BIT_S2) === 0 ? 'OAS' : 'IAS';
  return `stage 1 bypasses, and ${address} ${name} (IHI 0070 §3.4).`;
}

function streamRange({ scene, limit }: Refusal): string {
  const { sidSize } = features(scene.registers);
  const name = limit <= sidSize ? 'STRTAB_BASE_CFG.LOG2SIZE' : 'IDR1.SIDSIZE';
  return `StreamID ${hex(scene.streamId)} is outside the Stream table, whose StreamIDs have the ${Math.min(limit, sidSize)} bits of ${name} (IHI 0070 §3.3.1).`;
}

function span(r: Refusal, why: string): string {
  const step = r.last('l1std');
  const where = step === undefined ? '' : ` at ${hex(step.address)}`;
  const n = step === undefined ? undefined : numberOf([step.data], L1std.Span);
  return `the level 1 descriptor${where} has ${known('Span', n)}, which ${why} (IHI 0070 §5.1).`;
}

function aboveOas(r: Refusal): string {
  return `the Stream table leads to ${hex(r.fault.data)}, which needs more than the ${r.limit} bits of OAS (IHI 0070 §7.3.4).`;
}

function externalAbort(r: Refusal): string {
  const step = r.steps.findLast(({ kind, result }) => result === 0 && kind !== 'lookup' && kind !== 'fault');
  const at = step === undefined ? '' : ` at ${hex(step.address)}`;
  switch (r.fault.result) {
    case Event.F_STE_FETCH:
      return `reading the Stream table${at} met an external abort (IHI 0070 §7.3.4).`;
    case Event.F_CD_FETCH:
      return `reading the ${step?.kind === 'l1cd' ? 'level 1 CD descriptor' : 'CD'}${at} met an external abort (IHI 0070 §7.3.10).`;
    default:
      return `reading the stage ${r.stage} descriptor${at} met an external abort (IHI 0070 §7.3.12).${r.purpose}`;
  }
}

function steIllegal(r: Refusal): string {
  const found = r.configuration.ste === undefined ? [] : lintSte(r.configuration.ste, r.scene.registers);
  return `the STE is not usable: ${found.join('; ') || 'a rule of §5.2.2 is broken'} (IHI 0070 §5.2.2).`;
}

function cdIllegal(r: Refusal): string {
  const { ste, cd } = r.configuration;
  const found = cd === undefined ? [] : lintCd(cd, ste ?? [], r.scene.registers);
  return `the CD is not usable: ${found.join('; ') || 'a rule of §5.4.1 is broken'} (IHI 0070 §5.4.1).`;
}

function substreamRange(r: Refusal): string {
  if (features(r.scene.registers).ssidSize === 0)
    return 'the transaction has a SubstreamID, and IDR1.SSIDSIZE = 0 (IHI 0070 §3.3.2).';
  return `the SubstreamID does not fit what the STE allows, ${known('S1CDMax', r.ste(Ste.S1CDMax))} (IHI 0070 §3.3.2).`;
}

function l1cdAddress(r: Refusal): string {
  const step = r.last('l1cd');
  const what =
    step === undefined ? 'the level 1 CD descriptor' : `the level 1 CD descriptor at ${hex(step.address)}`;
  const to = step === undefined ? 'an address' : hex(addressOf([step.data], L1cd.L2Ptr));
  return `${what} points to ${to}, which needs more than ${r.limit} bits (IHI 0070 §3.4.3).`;
}

function inputRange(r: Refusal): string {
  if (r.stage === 2)
    return `IPA ${hex(r.fault.ipa & ~0xfffn)} does not fit the ${r.limit} bits of STE.S2T0SZ (IHI 0070 §3.4).${r.purpose}`;
  return `input address ${hex(r.scene.iova)} lies outside the ${r.limit} bits that CD.T${r.half}SZ gives TTB${r.half} (IHI 0070 §3.4.1).`;
}

function addressSize(r: Refusal): string {
  const limit = `the ${r.limit} bits of ${r.stage === 2 ? 'STE.S2PS' : 'CD.IPS'} and OAS`;
  const step = r.descriptor;
  if (step === undefined) return r.about(`its address needs more than ${limit}`, 'IHI 0070 §3.4');
  const place = placeOf(r.configuration, r.scene.registers, r.scene.iova, r.stage, step.level);
  const address = descriptorAddress(step.data, place);
  return address >> BigInt(r.limit) === 0n
    ? r.about(`the input's offset in its block leads beyond ${limit}`, 'IHI 0070 §3.4')
    : r.about(`its address ${hex(address)} needs more than ${limit}`, 'IHI 0070 §3.4');
}

function accessFlag(r: Refusal): string {
  const [update, off] = r.stage === 2 ? ['STE.S2HA', 'STE.S2AFFD'] : ['CD.HA', 'CD.AFFD'];
  return r.about(`AF = 0, and neither ${update} sets it nor ${off} ignores it`, 'DDI 0487 D8.5');
}

function update(r: Refusal, what: string): string {
  const step = r.last('update');
  const where =
    step === undefined ? 'a descriptor' : `the stage ${step.stage} descriptor at ${hex(step.address)}`;
  return `the hardware update of ${where} ${what} (IHI 0070 §3.13).${r.purpose}`;
}

/** The leaf itself refuses. */
const leaf =
  (says: Sentence): Sentence =>
  (r) =>
    r.about(`${says(r)}, and this is ${r.access}`, PERMISSIONS);

/** A Table descriptor above the leaf refuses for everything below it. */
const hierarchy =
  (field: number, offset: bigint, name: string, says: string): Sentence =>
  (r) =>
    `${r.table(bitOf(field) + offset)}: ${name} = 1 ${says} everything below it, and this is ${r.access} (${PERMISSIONS}).`;

/** A control of the CD refuses, because of what the leaf allows. */
const control =
  (says: string): Sentence =>
  (r) =>
    `${says}, and this is ${r.access}: ${r.descriptor === undefined ? 'the leaf' : named(r)} (IHI 0070 §5.4).`;

const named = (r: Refusal): string => `${hex(r.descriptor!.data)} at ${hex(r.descriptor!.address)}`;

/** By Why of assembly/abi/why. */
export const SENTENCES: ReadonlyMap<number, Sentence> = new Map<number, Sentence>([
  [
    Why.SPECULATIVE_WRITE,
    () => 'a speculative write always ends as an abort, without an event (IHI 0070 §3.14).',
  ],
  [
    Why.TRANSLATED,
    () => 'the transaction is marked as translated by ATS, which the SMMU does not have (IHI 0070 §3.9).',
  ],
  [Why.GBPA_ABORT, () => 'SMMU_CR0.SMMUEN = 0, and GBPA.ABORT = 1 (IHI 0070 §3.11).'],
  [Why.BYPASS_RANGE, bypassRange],

  [Why.STREAM_RANGE, streamRange],
  [Why.STREAM_SPAN, (r) => span(r, `gives StreamID ${hex(r.scene.streamId)} no STE`)],
  [Why.STREAM_INDEX, (r) => span(r, `does not reach as far as the STE of StreamID ${hex(r.scene.streamId)}`)],
  [Why.ABOVE_OAS, aboveOas],
  [Why.EXTERNAL_ABORT, externalAbort],
  [Why.STE_INVALID, steIllegal],
  [Why.STE_ILLEGAL, steIllegal],
  [
    Why.STE_ABORTS,
    (r) =>
      `${known('STE.Config', r.ste(Ste.Config))} aborts every transaction of the stream without an event (IHI 0070 §5.2).`,
  ],

  [
    Why.SSID_NO_STAGE1,
    (r) =>
      `the transaction has a SubstreamID, and ${known('STE.Config', r.ste(Ste.Config))} does not enable stage 1 (IHI 0070 §3.3.2).`,
  ],
  [Why.SSID_RANGE, substreamRange],
  [
    Why.SSID_ZERO,
    () =>
      'STE.S1DSS = 2 keeps CD 0 for transactions without a SubstreamID, and this one has SubstreamID 0 (IHI 0070 §5.2).',
  ],
  [
    Why.NO_SSID,
    (r) =>
      `the transaction has no SubstreamID, and ${known('STE.S1DSS', r.ste(Ste.S1DSS))} terminates those (IHI 0070 §5.2).`,
  ],
  [
    Why.L1CD_INVALID,
    (r) => {
      const step = r.last('l1cd');
      return `the level 1 CD descriptor${step === undefined ? '' : ` at ${hex(step.address)}`} has V = 0 (IHI 0070 §5.3).`;
    },
  ],
  [Why.L1CD_ADDRESS, l1cdAddress],
  [Why.CD_ILLEGAL, cdIllegal],

  [Why.INPUT_RANGE, inputRange],
  [
    Why.EPD,
    (r) => `the address selects TTB${r.half}, and CD.EPD${r.half} = 1 disables its walks (IHI 0070 §5.4).`,
  ],
  [
    Why.E0PD,
    (r) => `CD.E0PD${r.half} = 1 refuses unprivileged accesses, and this is ${r.access} (IHI 0070 §5.4).`,
  ],

  [Why.INVALID, (r) => r.about('bit 0 is clear, so it is invalid', TABLES)],
  [Why.RESERVED, (r) => r.about('bits [1:0] = 1 are reserved at level 3, so it is invalid', TABLES)],
  [
    Why.NO_BLOCK,
    (r) => r.about(`level ${r.fault.level} has no blocks with this granule, so it is invalid`, TABLES),
  ],
  [Why.TABLE_ADDRESS, addressSize],
  [Why.OUTPUT_ADDRESS, addressSize],
  [Why.ACCESS_FLAG, accessFlag],
  [Why.UPDATE_ABORT, (r) => update(r, 'met an external abort')],
  [Why.UPDATE_CHANGED, (r) => update(r, 'found it changed each time')],
  [Why.UPDATE_DUE, (r) => update(r, 'is due, which a prefetch does not make')],

  [Why.AP_UNPRIVILEGED, leaf((r) => `AP[1] = 0 (${r.field('AP[2:1]')}) allows privileged accesses only`)],
  [Why.AP_READ_ONLY, leaf((r) => `AP[2] = 1 (${r.field('AP[2:1]')}) allows no write`)],
  [Why.APTABLE_UNPRIVILEGED, hierarchy(Pte.APTable, 0n, 'APTable[0]', 'takes unprivileged access from')],
  [Why.APTABLE_READ_ONLY, hierarchy(Pte.APTable, 1n, 'APTable[1]', 'takes write access from')],
  [Why.UXN, leaf(() => 'UXN = 1 allows no unprivileged execution')],
  [Why.UXNTABLE, hierarchy(Pte.UXNTable, 0n, 'UXNTable', 'takes unprivileged execution from')],
  [Why.PXN, leaf(() => 'PXN = 1 allows no privileged execution')],
  [Why.PXNTABLE, hierarchy(Pte.PXNTable, 0n, 'PXNTable', 'takes privileged execution from')],
  [
    Why.USER_WRITABLE,
    leaf((r) => `what may be written without privilege (${r.field('AP[2:1]')}) is never executed with it`),
  ],
  [Why.WXN, control('CD.WXN = 1 forbids execution of what may be written')],
  [Why.PAN, control('CD.PAN = 1 forbids privileged data accesses to what is accessible without privilege')],
  [
    Why.EPAN,
    control('CD.PAN and CD.EPAN = 1 forbid privileged data accesses to what is executable without privilege'),
  ],

  [Why.S2AP_READ, leaf((r) => `S2AP[0] = 0 (${r.field('S2AP')}) allows no read`)],
  [Why.S2AP_WRITE, leaf((r) => `S2AP[1] = 0 (${r.field('S2AP')}) allows no write`)],
  [Why.S2XN, leaf((r) => `${r.field('XN')} allows no such execution`)],
  [Why.S2PTW, leaf((r) => `STE.S2PTW = 1 forbids table walks in Device memory (${r.field('MemAttr')})`)],

  [
    Why.CACHED,
    (r) =>
      `${r.cache} holds a translation that stage ${r.stage} does not allow ${r.access} with (${PERMISSIONS}); it stays until a command names it.${r.purpose}`,
  ],
]);
