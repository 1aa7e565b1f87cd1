/** Event records as a person reads them (IHI 0070 §7.3). */
import * as Event from '../../assembly/arch/event.js';
import * as ArchEventRecord from '../../assembly/arch/event-record.js';

/** What was being translated when the fault came: a CD fetch, a stage 1 descriptor, or the transaction's own address. */
export type EventClass = 'CD' | 'TT' | 'IN' | 'reserved';

/** Names of the events that the architecture defines (IHI 0070 §7.3). */
export type ArchitectedEvent = Exclude<keyof typeof Event, `IMPDEF_${string}`>;

/** Name of an event number: of the architecture's own, or with the number of one that it leaves to implementations or reserves. */
export type EventName = ArchitectedEvent | `IMPDEF_0x${string}` | `reserved_0x${string}`;

/** A record of the Event queue. A field that this type of record does not have is absent. */
export interface EventRecord {
  /** Event number, such as 0x10. */
  readonly type: number;
  /** Its name, such as 'F_TRANSLATION'. */
  readonly name: EventName;
  /** The 32 bytes, as four little-endian words. */
  readonly words: [bigint, bigint, bigint, bigint];
  /** Whether it went into the queue, or will when it is a stall that waits for room. */
  readonly recorded: boolean;
  readonly streamId: number;
  /** SubstreamID valid. */
  readonly ssv?: boolean;
  /** 0 unless valid. */
  readonly substreamId?: number;
  readonly stag?: number;
  readonly stall?: boolean;
  /** True: privileged. */
  readonly pnu?: boolean;
  /** True: instruction. */
  readonly ind?: boolean;
  /** True: read. */
  readonly rnw?: boolean;
  readonly nsipa?: boolean;
  /** True: stage 2 faulted. */
  readonly s2?: boolean;
  readonly class?: EventClass;
  /** F_PERMISSION of class TT: true when the descriptor was read, false when it was to be updated. */
  readonly ttrnw?: boolean;
  /** The address as it came. */
  readonly inputAddr?: bigint;
  /** Of a stage 2 fault, page-aligned. */
  readonly ipa?: bigint;
  /** Physical address of what could not be fetched. */
  readonly fetchAddr?: bigint;
  /** IMPLEMENTATION DEFINED. */
  readonly reason?: number;
  readonly gpcf?: boolean;
  /** F_BAD_ATS_TREQ: what was requested. E_PAGE_REQUEST: 4 KiB pages. */
  readonly span?: number;
  readonly r?: boolean;
  readonly w?: boolean;
  readonly x?: boolean;
  readonly p?: boolean;
  readonly pr?: boolean;
  readonly pw?: boolean;
  readonly px?: boolean;
  readonly ur?: boolean;
  readonly uw?: boolean;
  readonly ux?: boolean;
}

type Words = readonly [bigint, bigint, bigint, bigint];
type Field = readonly [key: string, packed: number, kind?: 'flag' | 'class' | 'address'];

const SUBSTREAM: readonly Field[] = [
  ['ssv', ArchEventRecord.SSV, 'flag'],
  ['substreamId', ArchEventRecord.SubstreamID],
];
const ACCESS: readonly Field[] = [
  ['pnu', ArchEventRecord.PnU, 'flag'],
  ['ind', ArchEventRecord.InD, 'flag'],
  ['rnw', ArchEventRecord.RnW, 'flag'],
];
const STAGE: readonly Field[] = [
  ['s2', ArchEventRecord.S2, 'flag'],
  ['class', ArchEventRecord.CLASS, 'class'],
];
const FETCH: readonly Field[] = [
  ['reason', ArchEventRecord.Reason],
  ['gpcf', ArchEventRecord.GPCF, 'flag'],
  ['fetchAddr', ArchEventRecord.FetchAddr, 'address'],
];
const INPUT: Field = ['inputAddr', ArchEventRecord.InputAddr, 'address'];
const INPUT_PAGE: Field = ['inputAddr', ArchEventRecord.InputAddr_page, 'address'];
const IPA: Field = ['ipa', ArchEventRecord.IPA, 'address'];
const NSIPA: Field = ['nsipa', ArchEventRecord.NSIPA, 'flag'];
const TRANSLATION: readonly Field[] = [
  ...SUBSTREAM,
  ['stag', ArchEventRecord.STAG],
  ['stall', ArchEventRecord.Stall, 'flag'],
  ...ACCESS,
  NSIPA,
  ...STAGE,
  INPUT,
  IPA,
];

/** Fields of each type beside the StreamID, in the order of the record. */
const LAYOUTS: Readonly<Record<number, readonly Field[]>> = {
  [Event.F_UUT]: [...SUBSTREAM, ['reason', ArchEventRecord.Reason], ...ACCESS, INPUT],
  [Event.C_BAD_STREAMID]: SUBSTREAM,
  [Event.F_STE_FETCH]: [...SUBSTREAM, ...FETCH],
  [Event.C_BAD_STE]: SUBSTREAM,
  [Event.F_BAD_ATS_TREQ]: [
    ...SUBSTREAM,
    ['span', ArchEventRecord.ATS_Span],
    ['p', ArchEventRecord.ATS_P, 'flag'],
    ['x', ArchEventRecord.ATS_X, 'flag'],
    ['w', ArchEventRecord.ATS_W, 'flag'],
    ['r', ArchEventRecord.ATS_R, 'flag'],
    INPUT_PAGE,
  ],
  [Event.F_STREAM_DISABLED]: [],
  [Event.F_TRANSL_FORBIDDEN]: [['rnw', ArchEventRecord.RnW, 'flag'], INPUT],
  [Event.C_BAD_SUBSTREAMID]: [['substreamId', ArchEventRecord.SubstreamID]],
  [Event.F_CD_FETCH]: [...SUBSTREAM, ...FETCH],
  [Event.C_BAD_CD]: SUBSTREAM,
  [Event.F_WALK_EABT]: [...SUBSTREAM, ...FETCH, ...ACCESS, ...STAGE, INPUT],
  [Event.F_TRANSLATION]: TRANSLATION,
  [Event.F_ADDR_SIZE]: TRANSLATION,
  [Event.F_ACCESS]: TRANSLATION,
  [Event.F_PERMISSION]: [...TRANSLATION, ['ttrnw', ArchEventRecord.TTRnW, 'flag']],
  [Event.F_TLB_CONFLICT]: [
    ...SUBSTREAM,
    ['reason', ArchEventRecord.CONFLICT_Reason],
    ...ACCESS,
    NSIPA,
    ['s2', ArchEventRecord.S2, 'flag'],
    INPUT,
    IPA,
  ],
  [Event.F_CFG_CONFLICT]: [...SUBSTREAM, ['reason', ArchEventRecord.CONFLICT_Reason]],
  [Event.E_PAGE_REQUEST]: [
    ...SUBSTREAM,
    ['span', ArchEventRecord.PAGE_Span],
    ['pr', ArchEventRecord.PAGE_pR, 'flag'],
    ['pw', ArchEventRecord.PAGE_pW, 'flag'],
    ['px', ArchEventRecord.PAGE_pX, 'flag'],
    ['ur', ArchEventRecord.PAGE_uR, 'flag'],
    ['uw', ArchEventRecord.PAGE_uW, 'flag'],
    ['ux', ArchEventRecord.PAGE_uX, 'flag'],
    INPUT_PAGE,
  ],
  [Event.F_VMS_FETCH]: [...SUBSTREAM, ...FETCH],
};

const CLASSES: readonly EventClass[] = ['CD', 'TT', 'IN', 'reserved'];

const NAMES = new Map<number, ArchitectedEvent>(
  Object.entries(Event)
    .filter(([name]) => !name.startsWith('IMPDEF'))
    .map(([name, type]) => [type, name as ArchitectedEvent]),
);

/** Name of an event number: 'F_TRANSLATION', 'IMPDEF_0xe0', or 'reserved_0x30'. */
export function eventName(type: number): EventName {
  const name = NAMES.get(type);
  if (name !== undefined) return name;
  const impdef = type >= Event.IMPDEF_FIRST && type <= Event.IMPDEF_LAST;
  const number = type.toString(16).padStart(2, '0');
  return impdef ? `IMPDEF_0x${number}` : `reserved_0x${number}`;
}

/**
 * Decodes the four words of a record.
 * @param words little-endian, as they stand in the queue
 * @param recorded what the field `recorded` shall say; true for a record that was read from the queue
 */
export function decodeEvent(words: Words, recorded = true): EventRecord {
  const type = Number(words[0] & 0xffn);
  const record: Record<string, unknown> = {
    type,
    name: eventName(type),
    words: [...words],
    recorded,
    streamId: Number(field(words, ArchEventRecord.StreamID)),
  };
  for (const [key, packed, kind] of LAYOUTS[type] ?? []) {
    const value = field(words, packed);
    if (kind === 'flag') record[key] = value === 1n;
    else if (kind === 'class') record[key] = CLASSES[Number(value)];
    else if (kind === 'address') record[key] = value << BigInt((packed >> 8) & 0xff);
    else record[key] = Number(value);
  }
  return record as unknown as EventRecord;
}

function field(words: Words, packed: number): bigint {
  return BigInt.asUintN(packed & 0xff, words[packed >> 16] >> BigInt((packed >> 8) & 0xff));
}
