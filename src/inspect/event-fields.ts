import * as Events from '../../assembly/arch/events.js';
import { eventName } from './event.js';
import { asAddress, numberOf, type Field } from '../base/fields.js';

const NUMBER: Field = ['Event', Events.EVT_NUMBER, (value) => eventName(Number(value))];
const STREAM: Field = ['StreamID', Events.EVT_StreamID];
const SUBSTREAM: Field = ['SubstreamID', Events.EVT_SubstreamID];
const SSV: Field = ['SSV', Events.EVT_SSV, { 0: 'no SubstreamID', 1: 'SubstreamID valid' }];
const WHO: readonly Field[] = [STREAM, SSV, SUBSTREAM];
const RNW: Field = ['RnW', Events.EVT_RnW, { 0: 'write', 1: 'read' }];
const ACCESS: readonly Field[] = [
  ['PnU', Events.EVT_PnU, { 0: 'unprivileged', 1: 'privileged' }],
  ['InD', Events.EVT_InD, { 0: 'data', 1: 'instruction' }],
  RNW,
];
const REASON: readonly Field[] = [
  ['Reason', Events.EVT_Reason],
  ['GPCF', Events.EVT_GPCF],
];
const INPUT: Field = ['InputAddr', Events.EVT_InputAddr, asAddress(Events.EVT_InputAddr)];
const INPUT_PAGE: Field = ['InputAddr', Events.EVT_InputAddr_page, asAddress(Events.EVT_InputAddr_page)];
const FETCH: Field = ['FetchAddr', Events.EVT_FetchAddr, asAddress(Events.EVT_FetchAddr)];
const IPA: Field = ['IPA', Events.EVT_IPA, asAddress(Events.EVT_IPA)];
const S2: Field = ['S2', Events.EVT_S2, { 0: 'stage 1', 1: 'stage 2' }];
const WHERE: readonly Field[] = [
  S2,
  [
    'CLASS',
    Events.EVT_CLASS,
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
  ['STAG', Events.EVT_STAG],
  ['Stall', Events.EVT_Stall, { 0: 'terminated', 1: 'stalled' }],
  ...ACCESS,
  ['NSIPA', Events.EVT_NSIPA],
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
  [Events.EV_F_UUT, ['§7.3.2', [...WHO, ['Reason', Events.EVT_Reason], ...ACCESS, INPUT]]],
  [Events.EV_C_BAD_STREAMID, ['§7.3.3', WHO]],
  [Events.EV_F_STE_FETCH, ['§7.3.4', FETCHED]],
  [Events.EV_C_BAD_STE, ['§7.3.5', WHO]],
  [
    Events.EV_F_BAD_ATS_TREQ,
    [
      '§7.3.6',
      [
        ...WHO,
        ['Span', Events.EVT_ATS_Span],
        ['R', Events.EVT_ATS_R],
        ['W', Events.EVT_ATS_W],
        ['X', Events.EVT_ATS_X],
        ['P', Events.EVT_ATS_P],
        INPUT_PAGE,
      ],
    ],
  ],
  [Events.EV_F_STREAM_DISABLED, ['§7.3.7', [STREAM]]],
  [Events.EV_F_TRANSL_FORBIDDEN, ['§7.3.8', [STREAM, RNW, INPUT]]],
  [Events.EV_C_BAD_SUBSTREAMID, ['§7.3.9', [STREAM, SUBSTREAM]]],
  [Events.EV_F_CD_FETCH, ['§7.3.10', FETCHED]],
  [Events.EV_C_BAD_CD, ['§7.3.11', WHO]],
  [Events.EV_F_WALK_EABT, ['§7.3.12', [...WHO, ...REASON, ...ACCESS, ...WHERE, INPUT, FETCH]]],
  [Events.EV_F_TRANSLATION, ['§7.3.13', TRANSLATION]],
  [Events.EV_F_ADDR_SIZE, ['§7.3.14', TRANSLATION]],
  [Events.EV_F_ACCESS, ['§7.3.15', TRANSLATION]],
  [
    Events.EV_F_PERMISSION,
    [
      '§7.3.16',
      [...TRANSLATION, ['TTRnW', Events.EVT_TTRnW, { 0: '', 1: 'the descriptor access was a read' }]],
    ],
  ],
  [
    Events.EV_F_TLB_CONFLICT,
    ['§7.3.17', [...WHO, ['Reason', Events.EVT_CONFLICT_Reason], ...ACCESS, S2, INPUT, IPA]],
  ],
  [Events.EV_F_CFG_CONFLICT, ['§7.3.18', [...WHO, ['Reason', Events.EVT_CONFLICT_Reason]]]],
  [
    Events.EV_E_PAGE_REQUEST,
    [
      '§7.3.19',
      [
        ...WHO,
        ['Span', Events.EVT_PAGE_Span],
        ['pR', Events.EVT_PAGE_pR],
        ['pW', Events.EVT_PAGE_pW],
        ['pX', Events.EVT_PAGE_pX],
        ['uR', Events.EVT_PAGE_uR],
        ['uW', Events.EVT_PAGE_uW],
        ['uX', Events.EVT_PAGE_uX],
        INPUT_PAGE,
      ],
    ],
  ],
  [Events.EV_F_VMS_FETCH, ['§7.3.20', FETCHED]],
]);

export function eventSection(type: number): string {
  return LAYOUTS.get(type)?.[0] ?? '§7.3';
}

/** The field table of a record. */
export function eventFields(words: readonly bigint[]): readonly Field[] {
  return [NUMBER, ...(LAYOUTS.get(numberOf(words, Events.EVT_NUMBER))?.[1] ?? [STREAM])];
}
