/** What a virtual SMMU announces: chosen by the embedder, held against the host, fixed from the start on. */
import * as Idr0 from '../../assembly/arch/idr0.js';
import { integer, list, record, show } from '../base/check.js';
import type { HostAbilities } from './backend.js';
import { FIXED_FIELDS, idField, OPEN_FIELDS, type OpenField, packId } from './id-fields.js';

/**
 * What to announce: values over the defaults, by the specification's names, and AIDR. 'auto': what the host has. 'auto' for all takes
 * the host's ASID16, SSIDSIZE, CD2L, COHACC, RIL, BBML, HAD, granules and OAS.
 */
export type AnnouncedId = 'auto' | (Partial<Record<OpenField, number | 'auto'>> & { readonly AIDR?: number });

/** What is announced. */
export interface VirtualId {
  readonly fields: Readonly<Record<OpenField, number>>;
  /** IDR0 to IDR5. */
  readonly idr: readonly number[];
  /** 0: a guest's workarounds for products key on it. */
  readonly iidr: number;
  readonly aidr: number;
  /** Bits of a guest-physical address that the SMMU puts out. */
  readonly oasBits: number;
}

/** What a host that announces more can stand in for. Not here: free of the host. */
const AT_MOST_HOST = [
  'CD2L',
  'ASID16',
  'HTTU',
  'COHACC',
  'RIL',
  'BBML',
  'HAD',
  'VAX',
  'GRAN4K',
  'GRAN16K',
  'GRAN64K',
  'OAS',
] as const satisfies readonly OpenField[];
const AUTO: readonly OpenField[] = [
  'ASID16',
  'SSIDSIZE',
  'CD2L',
  'COHACC',
  'RIL',
  'BBML',
  'HAD',
  'GRAN4K',
  'GRAN16K',
  'GRAN64K',
  'OAS',
];
const OAS_BITS = [32, 36, 40, 42, 44, 48, 52, 56] as const;
/** 44 bits: what guests are used to. */
const DEFAULT_OAS = 4;
/** SIDSIZE from which ST_LEVEL must not be 0 (IHI 0070 §6.3.1). */
const TWO_LEVEL_FROM = 7;

/** Names and values that one guest can have on one host. @throws RangeError or TypeError naming the field */
export function announce(asked: AnnouncedId | undefined, host: HostAbilities): VirtualId {
  checkHost(host);
  if (asked !== undefined && asked !== 'auto') checkNames(asked);
  const fields = defaults(host);
  const wanted = asked === 'auto' ? Object.fromEntries(AUTO.map((name) => [name, 'auto' as const])) : asked;
  for (const name of Object.keys(OPEN_FIELDS) as OpenField[]) {
    const value = wanted?.[name];
    if (value === undefined) continue;
    const width = OPEN_FIELDS[name][1] & 0xff;
    fields[name] = value === 'auto' ? most(name, host) : integer(value, `id.${name}`, 0, 2 ** width - 1);
  }
  if (fields.SSIDSIZE === 0 && wanted?.CD2L !== 1) fields.CD2L = 0;
  checkFields(fields);
  checkAgainst(fields, host);
  const needed = fields.RIL === 1 || fields.BBML > 0 ? 2 : 1;
  const asksAidr = asked === 'auto' ? undefined : asked?.AIDR;
  const aidr = integer(asksAidr ?? needed, 'id.AIDR', needed, 3);
  return {
    fields: Object.freeze(fields),
    idr: Object.freeze(packId(fields)),
    iidr: 0,
    aidr,
    oasBits: OAS_BITS[fields.OAS],
  };
}

/** A device that comes later must have what has been announced. @throws RangeError naming the field */
export function checkAgainst(fields: Readonly<Record<OpenField, number>>, host: HostAbilities): void {
  for (const name of AT_MOST_HOST) {
    const has = idField(host.idr, OPEN_FIELDS[name]);
    if (fields[name] > has) refuse(name, fields[name], `the host has ${has}`);
  }
  if (fields.SSIDSIZE > most('SSIDSIZE', host))
    refuse('SSIDSIZE', fields.SSIDSIZE, `host and device have ${most('SSIDSIZE', host)}`);
  if (fields.ATS === 1 && !host.ats) refuse('ATS', 1, 'the host has none for its device');
  if (fields.TERM_MODEL === 0 && idField(host.idr, OPEN_FIELDS.TERM_MODEL) !== 0)
    refuse('TERM_MODEL', 0, 'the host cannot end transactions as RAZ/WI (1)');
  checkStallModel(fields.STALL_MODEL, host);
}

function defaults(host: HostAbilities): Record<OpenField, number> {
  const has = (name: OpenField): number => idField(host.idr, OPEN_FIELDS[name]);
  const no4k = has('GRAN4K') === 0;
  return {
    ST_LEVEL: 1,
    TERM_MODEL: 1,
    STALL_MODEL: Idr0.STALL_MODEL_TERMINATE_ONLY,
    CD2L: 0,
    ASID16: 0,
    ATS: 0,
    HTTU: 0,
    COHACC: has('COHACC'),
    CMDQS: 8,
    EVENTQS: 8,
    SSIDSIZE: 0,
    SIDSIZE: 16,
    RIL: 0,
    BBML: 0,
    HAD: 0,
    VAX: 0,
    GRAN4K: has('GRAN4K'),
    GRAN16K: no4k ? has('GRAN16K') : 0,
    GRAN64K: no4k && has('GRAN16K') === 0 ? 1 : 0,
    OAS: Math.min(DEFAULT_OAS, has('OAS')),
  };
}

/** The most of a field that the host can stand in for. */
function most(name: OpenField, host: HostAbilities): number {
  const has = idField(host.idr, OPEN_FIELDS[name]);
  switch (name) {
    case 'SSIDSIZE':
      return Math.min(has, host.maxPasidLog2);
    case 'ATS':
      return host.ats ? 1 : 0;
    case 'OAS':
      return Math.min(has, 6);
    case 'STALL_MODEL':
      return host.stalls ? has : Idr0.STALL_MODEL_TERMINATE_ONLY;
    default:
      return has;
  }
}

function checkHost(host: HostAbilities): void {
  const has = (name: keyof typeof FIXED_FIELDS): number => idField(host.idr, FIXED_FIELDS[name]);
  if (has('S1P') === 0) throw new RangeError('the host’s SMMU has no stage 1 for a guest (IDR0.S1P is 0)');
  if (has('S2P') === 0) {
    throw new RangeError(
      'the host’s SMMU has no stage 2 under a guest (IDR0.S2P is 0): a virtual SMMU has none, so guests of guests cannot be nested',
    );
  }
  // A bit mask, not a number that grows.
  if ((has('TTF') & Idr0.TTF_AARCH64) === 0)
    throw new RangeError(`the host’s SMMU has no VMSAv8-64 tables (IDR0.TTF is ${has('TTF')})`);
  const endian = has('TTENDIAN');
  if (endian !== Idr0.TTENDIAN_MIXED && endian !== Idr0.TTENDIAN_LITTLE)
    throw new RangeError(`the host’s SMMU reads no little-endian tables (IDR0.TTENDIAN is ${endian})`);
}

function checkNames(asked: object): void {
  for (const [name, value] of Object.entries(asked)) {
    if (!(name in FIXED_FIELDS)) continue;
    const [, , fixed, why] = FIXED_FIELDS[name as keyof typeof FIXED_FIELDS];
    if (value !== fixed) throw new RangeError(`id.${name} must be ${fixed}, not ${show(value)}: ${why}`);
  }
  record(asked, 'id', [...Object.keys(OPEN_FIELDS), ...Object.keys(FIXED_FIELDS), 'AIDR']);
}

function checkFields(fields: Readonly<Record<OpenField, number>>): void {
  const bounds = { ST_LEVEL: 1, CMDQS: 19, EVENTQS: 19, SSIDSIZE: 20, SIDSIZE: 32, BBML: 2, OAS: 6 } as const;
  for (const [name, most] of Object.entries(bounds))
    integer(fields[name as OpenField], `id.${name}`, 0, most);
  if (fields.SIDSIZE >= TWO_LEVEL_FROM && fields.ST_LEVEL === 0)
    refuse('ST_LEVEL', 0, `with SIDSIZE ${fields.SIDSIZE} there must be two-level Stream tables (1)`);
  if (fields.CD2L === 1 && fields.SSIDSIZE === 0)
    refuse('CD2L', 1, 'without SubstreamIDs (SSIDSIZE 0) there are no CD tables');
  const granules = ['GRAN4K', 'GRAN16K', 'GRAN64K'] as const;
  if (granules.every((name) => fields[name] === 0))
    throw new RangeError(`id must announce ${list(granules)}: a guest needs a granule`);
}

function checkStallModel(value: number, host: HostAbilities): void {
  const has = idField(host.idr, OPEN_FIELDS.STALL_MODEL);
  if (has === Idr0.STALL_MODEL_FORCED && value !== Idr0.STALL_MODEL_FORCED)
    refuse('STALL_MODEL', value, 'the host stalls every fault: 2 is what a guest must be told');
  if (value === Idr0.STALL_MODEL_TERMINATE_ONLY) return;
  if (value !== has) refuse('STALL_MODEL', value, `the host has ${has}`);
  if (!host.stalls) refuse('STALL_MODEL', value, 'the host hands no stalled transactions on');
}

function refuse(name: string, value: number, why: string): never {
  throw new RangeError(`id.${name} cannot be ${value}: ${why}`);
}
