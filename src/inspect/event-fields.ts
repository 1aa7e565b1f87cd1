import * as A from '../../assembly/arch/events.js';
import { eventName } from './event.js';
import { asAddress, numberOf, type Field } from '../base/fields.js';

const NUMBER: Field = ['Event', A.EVT_NUMBER, (value) => eventName(Number(value))];
const STREAM: Field = ['StreamID', A.EVT_StreamID];
const SUBSTREAM: Field = ['SubstreamID', A.EVT_SubstreamID];
const SSV: Field = ['SSV', A.EVT_SSV, { 0: 'no SubstreamID', 1: 'SubstreamID valid' }];
const WHO: readonly Field[] = [STREAM, SSV, SUBSTREAM];
const RNW: Field = ['RnW', A.EVT_RnW, { 0: 'write', 1: 'read' }];
const ACCESS: readonly Field[] = [
  ['PnU', A.EVT_PnU, { 0: 'unprivileged', 1: 'privileged' }],
  ['InD', A.EVT_InD, { 0: 'data', 1: 'instruction' }],
  RNW,
];
const REASON: readonly Field[] = [
  ['Reason', A.EVT_Reason],
  ['GPCF', A.EVT_GPCF],
];
const INPUT: Field = ['InputAddr', A.EVT_InputAddr, asAddress(A.EVT_InputAddr)];
const INPUT_PAGE: Field = ['InputAddr', A.EVT_InputAddr_page, asAddress(A.EVT_InputAddr_page)];
const FETCH: Field = ['FetchAddr', A.EVT_FetchAddr, asAddress(A.EVT_FetchAddr)];
const IPA: Field = ['IPA', A.EVT_IPA, asAddress(A.EVT_IPA)];
const S2: Field = ['S2', A.EVT_S2, { 0: 'stage 1', 1: 'stage 2' }];
const WHERE: readonly Field[] = [
  S2,
  [
    'CLASS',
    A.EVT_CLASS,
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
  ['STAG', A.EVT_STAG],
  ['Stall', A.EVT_Stall, { 0: 'terminated', 1: 'stalled' }],
  ...ACCESS,
  ['NSIPA', A.EVT_NSIPA],
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
  [A.EV_F_UUT, ['§7.3.2', [...WHO, ['Reason', A.EVT_Reason], ...ACCESS, INPUT]]],
  [A.EV_C_BAD_STREAMID, ['§7.3.3', WHO]],
  [A.EV_F_STE_FETCH, ['§7.3.4', FETCHED]],
  [A.EV_C_BAD_STE, ['§7.3.5', WHO]],
  [
    A.EV_F_BAD_ATS_TREQ,
    [
      '§7.3.6',
      [
        ...WHO,
        ['Span', A.EVT_ATS_Span],
        ['R', A.EVT_ATS_R],
        ['W', A.EVT_ATS_W],
        ['X', A.EVT_ATS_X],
        ['P', A.EVT_ATS_P],
        INPUT_PAGE,
      ],
    ],
  ],
  [A.EV_F_STREAM_DISABLED, ['§7.3.7', [STREAM]]],
  [A.EV_F_TRANSL_FORBIDDEN, ['§7.3.8', [STREAM, RNW, INPUT]]],
  [A.EV_C_BAD_SUBSTREAMID, ['§7.3.9', [STREAM, SUBSTREAM]]],
  [A.EV_F_CD_FETCH, ['§7.3.10', FETCHED]],
  [A.EV_C_BAD_CD, ['§7.3.11', WHO]],
  [A.EV_F_WALK_EABT, ['§7.3.12', [...WHO, ...REASON, ...ACCESS, ...WHERE, INPUT, FETCH]]],
  [A.EV_F_TRANSLATION, ['§7.3.13', TRANSLATION]],
  [A.EV_F_ADDR_SIZE, ['§7.3.14', TRANSLATION]],
  [A.EV_F_ACCESS, ['§7.3.15', TRANSLATION]],
  [
    A.EV_F_PERMISSION,
    ['§7.3.16', [...TRANSLATION, ['TTRnW', A.EVT_TTRnW, { 0: '', 1: 'the descriptor access was a read' }]]],
  ],
  [A.EV_F_TLB_CONFLICT, ['§7.3.17', [...WHO, ['Reason', A.EVT_CONFLICT_Reason], ...ACCESS, S2, INPUT, IPA]]],
  [A.EV_F_CFG_CONFLICT, ['§7.3.18', [...WHO, ['Reason', A.EVT_CONFLICT_Reason]]]],
  [
    A.EV_E_PAGE_REQUEST,
    [
      '§7.3.19',
      [
        ...WHO,
        ['Span', A.EVT_PAGE_Span],
        ['pR', A.EVT_PAGE_pR],
        ['pW', A.EVT_PAGE_pW],
        ['pX', A.EVT_PAGE_pX],
        ['uR', A.EVT_PAGE_uR],
        ['uW', A.EVT_PAGE_uW],
        ['uX', A.EVT_PAGE_uX],
        INPUT_PAGE,
      ],
    ],
  ],
  [A.EV_F_VMS_FETCH, ['§7.3.20', FETCHED]],
]);

export function eventSection(type: number): string {
  return LAYOUTS.get(type)?.[0] ?? '§7.3';
}

/** The field table of a record. */
export function eventFields(words: readonly bigint[]): readonly Field[] {
  return [NUMBER, ...(LAYOUTS.get(numberOf(words, A.EVT_NUMBER))?.[1] ?? [STREAM])];
}
