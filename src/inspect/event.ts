/** Event records as a person reads them (IHI 0070 §7.3). */
import * as Events from '../../assembly/arch/events.js';

/** What was being translated when the fault came: a CD fetch, a stage 1 descriptor, or the transaction's own address. */
export type EventClass = 'CD' | 'TT' | 'IN' | 'reserved';

/** Names of the events that the architecture defines (IHI 0070 §7.3). */
export type ArchitectedEvent = {
  [K in keyof typeof Events]: K extends `EV_IMPDEF_${string}` ? never : K extends `EV_${infer N}` ? N : never;
}[keyof typeof Events];

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
  ['ssv', Events.EVT_SSV, 'flag'],
  ['substreamId', Events.EVT_SubstreamID],
];
const ACCESS: readonly Field[] = [
  ['pnu', Events.EVT_PnU, 'flag'],
  ['ind', Events.EVT_InD, 'flag'],
  ['rnw', Events.EVT_RnW, 'flag'],
];
const STAGE: readonly Field[] = [
  ['s2', Events.EVT_S2, 'flag'],
  ['class', Events.EVT_CLASS, 'class'],
];
const FETCH: readonly Field[] = [
  ['reason', Events.EVT_Reason],
  ['gpcf', Events.EVT_GPCF, 'flag'],
  ['fetchAddr', Events.EVT_FetchAddr, 'address'],
];
const INPUT: Field = ['inputAddr', Events.EVT_InputAddr, 'address'];
const INPUT_PAGE: Field = ['inputAddr', Events.EVT_InputAddr_page, 'address'];
const IPA: Field = ['ipa', Events.EVT_IPA, 'address'];
const NSIPA: Field = ['nsipa', Events.EVT_NSIPA, 'flag'];
const TRANSLATION: readonly Field[] = [
  ...SUBSTREAM,
  ['stag', Events.EVT_STAG],
  ['stall', Events.EVT_Stall, 'flag'],
  ...ACCESS,
  NSIPA,
  ...STAGE,
  INPUT,
  IPA,
];

/** Fields of each type beside the StreamID, in the order of the record. */
const LAYOUTS: Readonly<Record<number, readonly Field[]>> = {
  [Events.EV_F_UUT]: [...SUBSTREAM, ['reason', Events.EVT_Reason], ...ACCESS, INPUT],
  [Events.EV_C_BAD_STREAMID]: SUBSTREAM,
  [Events.EV_F_STE_FETCH]: [...SUBSTREAM, ...FETCH],
  [Events.EV_C_BAD_STE]: SUBSTREAM,
  [Events.EV_F_BAD_ATS_TREQ]: [
    ...SUBSTREAM,
    ['span', Events.EVT_ATS_Span],
    ['p', Events.EVT_ATS_P, 'flag'],
    ['x', Events.EVT_ATS_X, 'flag'],
    ['w', Events.EVT_ATS_W, 'flag'],
    ['r', Events.EVT_ATS_R, 'flag'],
    INPUT_PAGE,
  ],
  [Events.EV_F_STREAM_DISABLED]: [],
  [Events.EV_F_TRANSL_FORBIDDEN]: [['rnw', Events.EVT_RnW, 'flag'], INPUT],
  [Events.EV_C_BAD_SUBSTREAMID]: [['substreamId', Events.EVT_SubstreamID]],
  [Events.EV_F_CD_FETCH]: [...SUBSTREAM, ...FETCH],
  [Events.EV_C_BAD_CD]: SUBSTREAM,
  [Events.EV_F_WALK_EABT]: [...SUBSTREAM, ...FETCH, ...ACCESS, ...STAGE, INPUT],
  [Events.EV_F_TRANSLATION]: TRANSLATION,
  [Events.EV_F_ADDR_SIZE]: TRANSLATION,
  [Events.EV_F_ACCESS]: TRANSLATION,
  [Events.EV_F_PERMISSION]: [...TRANSLATION, ['ttrnw', Events.EVT_TTRnW, 'flag']],
  [Events.EV_F_TLB_CONFLICT]: [
    ...SUBSTREAM,
    ['reason', Events.EVT_CONFLICT_Reason],
    ...ACCESS,
    NSIPA,
    ['s2', Events.EVT_S2, 'flag'],
    INPUT,
    IPA,
  ],
  [Events.EV_F_CFG_CONFLICT]: [...SUBSTREAM, ['reason', Events.EVT_CONFLICT_Reason]],
  [Events.EV_E_PAGE_REQUEST]: [
    ...SUBSTREAM,
    ['span', Events.EVT_PAGE_Span],
    ['pr', Events.EVT_PAGE_pR, 'flag'],
    ['pw', Events.EVT_PAGE_pW, 'flag'],
    ['px', Events.EVT_PAGE_pX, 'flag'],
    ['ur', Events.EVT_PAGE_uR, 'flag'],
    ['uw', Events.EVT_PAGE_uW, 'flag'],
    ['ux', Events.EVT_PAGE_uX, 'flag'],
    INPUT_PAGE,
  ],
  [Events.EV_F_VMS_FETCH]: [...SUBSTREAM, ...FETCH],
};

const CLASSES: readonly EventClass[] = ['CD', 'TT', 'IN', 'reserved'];

const NAMES = new Map<number, ArchitectedEvent>(
  Object.entries(Events)
    .filter(([name]) => name.startsWith('EV_') && !name.startsWith('EV_IMPDEF'))
    .map(([name, type]) => [type, name.slice('EV_'.length) as ArchitectedEvent]),
);

/** Name of an event number: 'F_TRANSLATION', 'IMPDEF_0xe0', or 'reserved_0x30'. */
export function eventName(type: number): EventName {
  const name = NAMES.get(type);
  if (name !== undefined) return name;
  const impdef = type >= Events.EV_IMPDEF_FIRST && type <= Events.EV_IMPDEF_LAST;
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
    streamId: Number(field(words, Events.EVT_StreamID)),
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
