import * as Event from '../../assembly/arch/event.js';
import * as EventRecord from '../../assembly/arch/event-record.js';
import { eventName } from './event.js';
import { asAddress, numberOf, type Field } from '../base/fields.js';

const NUMBER: Field = ['Event', EventRecord.NUMBER, (value) => eventName(Number(value))];
const STREAM: Field = ['StreamID', EventRecord.StreamID];
const SUBSTREAM: Field = ['SubstreamID', EventRecord.SubstreamID];
const SSV: Field = ['SSV', EventRecord.SSV, { 0: 'no SubstreamID', 1: 'SubstreamID valid' }];
const WHO: readonly Field[] = [STREAM, SSV, SUBSTREAM];
const RNW: Field = ['RnW', EventRecord.RnW, { 0: 'write', 1: 'read' }];
const ACCESS: readonly Field[] = [
  ['PnU', EventRecord.PnU, { 0: 'unprivileged', 1: 'privileged' }],
  ['InD', EventRecord.InD, { 0: 'data', 1: 'instruction' }],
  RNW,
];
const REASON: readonly Field[] = [
  ['Reason', EventRecord.Reason],
  ['GPCF', EventRecord.GPCF],
];
const INPUT: Field = ['InputAddr', EventRecord.InputAddr, asAddress(EventRecord.InputAddr)];
const INPUT_PAGE: Field = ['InputAddr', EventRecord.InputAddr_page, asAddress(EventRecord.InputAddr_page)];
const FETCH: Field = ['FetchAddr', EventRecord.FetchAddr, asAddress(EventRecord.FetchAddr)];
const IPA: Field = ['IPA', EventRecord.IPA, asAddress(EventRecord.IPA)];
const S2: Field = ['S2', EventRecord.S2, { 0: 'stage 1', 1: 'stage 2' }];
const WHERE: readonly Field[] = [
  S2,
  [
    'CLASS',
    EventRecord.CLASS,
    {
      0: 'CD: a CD fetch',
      1: 'TT: a stage 1 descriptor access',
      2: 'IN: the transaction itself',
      3: 'reserved',
    },
  ],
];
const TRANSLATION: readonly Field[] = [
  ...WHO,
  ['STAG', EventRecord.STAG],
  ['Stall', EventRecord.Stall, { 0: 'terminated', 1: 'stalled' }],
  ...ACCESS,
  ['NSIPA', EventRecord.NSIPA],
  ...WHERE,
  INPUT,
  IPA,
];
const FETCHED: readonly Field[] = [...WHO, ...REASON, FETCH];

/** Section of IHI 0070 and fields of each type of record. */
const LAYOUTS: ReadonlyMap<number, readonly [section: string, fields: readonly Field[]]> = new Map<
  number,
  readonly [string, readonly Field[]]
>([
  [Event.F_UUT, ['§7.3.2', [...WHO, ['Reason', EventRecord.Reason], ...ACCESS, INPUT]]],
  [Event.C_BAD_STREAMID, ['§7.3.3', WHO]],
  [Event.F_STE_FETCH, ['§7.3.4', FETCHED]],
  [Event.C_BAD_STE, ['§7.3.5', WHO]],
  [
    Event.F_BAD_ATS_TREQ,
    [
      '§7.3.6',
      [
        ...WHO,
        ['Span', EventRecord.ATS_Span],
        ['R', EventRecord.ATS_R],
        ['W', EventRecord.ATS_W],
        ['X', EventRecord.ATS_X],
        ['P', EventRecord.ATS_P],
        INPUT_PAGE,
      ],
    ],
  ],
  [Event.F_STREAM_DISABLED, ['§7.3.7', [STREAM]]],
  [Event.F_TRANSL_FORBIDDEN, ['§7.3.8', [STREAM, RNW, INPUT]]],
  [Event.C_BAD_SUBSTREAMID, ['§7.3.9', [STREAM, SUBSTREAM]]],
  [Event.F_CD_FETCH, ['§7.3.10', FETCHED]],
  [Event.C_BAD_CD, ['§7.3.11', WHO]],
  [Event.F_WALK_EABT, ['§7.3.12', [...WHO, ...REASON, ...ACCESS, ...WHERE, INPUT, FETCH]]],
  [Event.F_TRANSLATION, ['§7.3.13', TRANSLATION]],
  [Event.F_ADDR_SIZE, ['§7.3.14', TRANSLATION]],
  [Event.F_ACCESS, ['§7.3.15', TRANSLATION]],
  [
    Event.F_PERMISSION,
    [
      '§7.3.16',
      [...TRANSLATION, ['TTRnW', EventRecord.TTRnW, { 0: '', 1: 'the descriptor access was a read' }]],
    ],
  ],
  [
    Event.F_TLB_CONFLICT,
    ['§7.3.17', [...WHO, ['Reason', EventRecord.CONFLICT_Reason], ...ACCESS, S2, INPUT, IPA]],
  ],
  [Event.F_CFG_CONFLICT, ['§7.3.18', [...WHO, ['Reason', EventRecord.CONFLICT_Reason]]]],
  [
    Event.E_PAGE_REQUEST,
    [
      '§7.3.19',
      [
        ...WHO,
        ['Span', EventRecord.PAGE_Span],
        ['pR', EventRecord.PAGE_pR],
        ['pW', EventRecord.PAGE_pW],
        ['pX', EventRecord.PAGE_pX],
        ['uR', EventRecord.PAGE_uR],
        ['uW', EventRecord.PAGE_uW],
        ['uX', EventRecord.PAGE_uX],
        INPUT_PAGE,
      ],
    ],
  ],
  [Event.F_VMS_FETCH, ['§7.3.20', FETCHED]],
]);

export function eventSection(type: number): string {
  return LAYOUTS.get(type)?.[0] ?? '§7.3';
}

/** The field table of a record. */
export function eventFields(words: readonly bigint[]): readonly Field[] {
  return [NUMBER, ...(LAYOUTS.get(numberOf(words, EventRecord.NUMBER))?.[1] ?? [STREAM])];
}
