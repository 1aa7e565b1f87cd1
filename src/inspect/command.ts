import * as A from '../../assembly/arch/commands.js';
import { MEM_ATTR, SHAREABILITY } from './encodings.js';
import { asAddress, numberOf, type Field } from '../base/fields.js';

const OPCODE: Field = ['Opcode', A.CMD_OPCODE, (_, words) => commandName(words)];
const STREAM: readonly Field[] = [
  ['SSec', A.CMD_SSec, { 0: 'Non-secure', 1: 'Secure: CERROR_ILL on this queue' }],
  ['StreamID', A.CMD_StreamID],
];
const SUBSTREAM: Field = ['SubstreamID', A.CMD_SubstreamID];
const SSV: Field = ['SSV', A.CMD_SSV, { 0: 'no SubstreamID', 1: 'SubstreamID valid' }];
const CFGI_LEAF: Field = ['Leaf', A.CMD_CFGI_Leaf, { 0: 'level 1 descriptors too', 1: 'leaf only' }];
const VMID: Field = ['VMID', A.CMD_TLBI_VMID];
const ASID: Field = ['ASID', A.CMD_TLBI_ASID];
const TLBI_TG: Field = [
  'TG',
  A.CMD_TLBI_TG,
  { 0: 'one address', 1: '4 KB granules', 2: '16 KB granules', 3: '64 KB granules' },
];
const RANGE: readonly Field[] = [
  ['NUM', A.CMD_TLBI_NUM, (_, words) => rangeText(words)],
  ['SCALE', A.CMD_TLBI_SCALE],
];
const HINTS: readonly Field[] = [
  TLBI_TG,
  [
    'TTL',
    A.CMD_TLBI_TTL,
    { 0: 'any level', 1: 'leaves of level 1', 2: 'leaves of level 2', 3: 'leaves of level 3' },
  ],
  ['TTL128', A.CMD_TLBI_TTL128],
  ['Leaf', A.CMD_TLBI_Leaf, { 0: 'cached tables too', 1: 'leaf entries only' }],
];
const ADDRESS: Field = ['Address', A.CMD_TLBI_Address, asAddress(A.CMD_TLBI_Address)];
const IPA: Field = ['IPA', A.CMD_TLBI_IPA, asAddress(A.CMD_TLBI_IPA)];

function rangeText(words: readonly bigint[]): string {
  if (numberOf(words, A.CMD_TLBI_TG) === A.TLBI_TG_NONE) return 'no range';
  const scale = Math.min(numberOf(words, A.CMD_TLBI_SCALE), A.TLBI_SCALE_MAX);
  return `${(numberOf(words, A.CMD_TLBI_NUM) + 1) * 2 ** scale} granules`;
}

interface Command {
  readonly name: string;
  /** Section of IHI 0070. */
  readonly section: string;
  readonly fields: readonly Field[];
}

const COMMANDS: ReadonlyMap<number, Command> = new Map([
  [
    A.OP_PREFETCH_CONFIG,
    { name: 'CMD_PREFETCH_CONFIG', section: '§4.2.1', fields: [...STREAM, SSV, SUBSTREAM] },
  ],
  [
    A.OP_PREFETCH_ADDR,
    {
      name: 'CMD_PREFETCH_ADDR',
      section: '§4.2.2',
      fields: [
        ...STREAM,
        SSV,
        SUBSTREAM,
        ['Size', A.CMD_PREFETCH_Size, (value) => `${2 ** Number(value)} addresses`],
        ['Stride', A.CMD_PREFETCH_Stride, (value) => `2^${12n + value} bytes apart`],
        ['NS', A.CMD_PREFETCH_NS],
        ['Addr', A.CMD_PREFETCH_Addr, asAddress(A.CMD_PREFETCH_Addr)],
      ],
    },
  ],
  [A.OP_CFGI_STE, { name: 'CMD_CFGI_STE', section: '§4.3.1', fields: [...STREAM, CFGI_LEAF] }],
  [
    A.OP_CFGI_STE_RANGE,
    {
      name: 'CMD_CFGI_STE_RANGE',
      section: '§4.3.2',
      fields: [
        ...STREAM,
        [
          'Range',
          A.CMD_CFGI_Range,
          (value) =>
            value === BigInt(A.CFGI_RANGE_ALL)
              ? 'everything: CMD_CFGI_ALL'
              : `${2 ** (Number(value) + 1)} StreamIDs`,
        ],
      ],
    },
  ],
  [A.OP_CFGI_CD, { name: 'CMD_CFGI_CD', section: '§4.3.3', fields: [...STREAM, SUBSTREAM, CFGI_LEAF] }],
  [A.OP_CFGI_CD_ALL, { name: 'CMD_CFGI_CD_ALL', section: '§4.3.4', fields: STREAM }],
  [A.OP_CFGI_VMS_PIDM, { name: 'CMD_CFGI_VMS_PIDM', section: '§4.3.5', fields: [['VMID', A.CMD_CFGI_VMID]] }],
  [A.OP_TLBI_NH_ALL, { name: 'CMD_TLBI_NH_ALL', section: '§4.4.2.1', fields: [VMID] }],
  [A.OP_TLBI_NH_ASID, { name: 'CMD_TLBI_NH_ASID', section: '§4.4.2.2', fields: [VMID, ASID] }],
  [
    A.OP_TLBI_NH_VA,
    { name: 'CMD_TLBI_NH_VA', section: '§4.4.2.4', fields: [VMID, ASID, ...RANGE, ADDRESS, ...HINTS] },
  ],
  [
    A.OP_TLBI_NH_VAA,
    { name: 'CMD_TLBI_NH_VAA', section: '§4.4.2.3', fields: [VMID, ...RANGE, ADDRESS, ...HINTS] },
  ],
  [A.OP_TLBI_EL3_ALL, { name: 'CMD_TLBI_EL3_ALL', section: '§4.4.2.5', fields: [] }],
  [A.OP_TLBI_EL3_VA, { name: 'CMD_TLBI_EL3_VA', section: '§4.4.2.6', fields: [...RANGE, ADDRESS, ...HINTS] }],
  [A.OP_TLBI_EL2_ALL, { name: 'CMD_TLBI_EL2_ALL', section: '§4.4.2.7', fields: [] }],
  [A.OP_TLBI_EL2_ASID, { name: 'CMD_TLBI_EL2_ASID', section: '§4.4.2.10', fields: [ASID] }],
  [
    A.OP_TLBI_EL2_VA,
    { name: 'CMD_TLBI_EL2_VA', section: '§4.4.2.8', fields: [ASID, ...RANGE, ADDRESS, ...HINTS] },
  ],
  [
    A.OP_TLBI_EL2_VAA,
    { name: 'CMD_TLBI_EL2_VAA', section: '§4.4.2.9', fields: [...RANGE, ADDRESS, ...HINTS] },
  ],
  [A.OP_TLBI_S12_VMALL, { name: 'CMD_TLBI_S12_VMALL', section: '§4.4.3.2', fields: [VMID] }],
  [
    A.OP_TLBI_S2_IPA,
    { name: 'CMD_TLBI_S2_IPA', section: '§4.4.3.1', fields: [VMID, ...RANGE, IPA, ...HINTS] },
  ],
  [A.OP_TLBI_NSNH_ALL, { name: 'CMD_TLBI_NSNH_ALL', section: '§4.4.4.1', fields: [] }],
  [
    A.OP_ATC_INV,
    {
      name: 'CMD_ATC_INV',
      section: '§4.5.1',
      fields: [
        ['StreamID', A.CMD_StreamID],
        SSV,
        SUBSTREAM,
        ['Global', A.CMD_ATC_INV_Global],
        [
          'Size',
          A.CMD_ATC_INV_Size,
          (value) => (value >= BigInt(A.ATC_INV_SIZE_ALL) ? 'everything' : `2^${12n + value} bytes`),
        ],
        ['Address', A.CMD_ATC_INV_Address, asAddress(A.CMD_ATC_INV_Address)],
      ],
    },
  ],
  [
    A.OP_PRI_RESP,
    {
      name: 'CMD_PRI_RESP',
      section: '§4.5.2',
      fields: [
        ['StreamID', A.CMD_StreamID],
        SSV,
        SUBSTREAM,
        ['PRGIndex', A.CMD_PRI_RESP_PRGIndex],
        [
          'Resp',
          A.CMD_PRI_RESP_Resp,
          {
            0: 'deny: Response Failure',
            1: 'fail: Invalid Request',
            2: 'success',
            3: 'reserved: CERROR_ILL',
          },
        ],
      ],
    },
  ],
  [
    A.OP_RESUME,
    {
      name: 'CMD_RESUME',
      section: '§4.7.1',
      fields: [
        ...STREAM,
        ['Ac', A.CMD_RESUME_Ac, { 0: 'terminate', 1: 'retry' }],
        ['Ab', A.CMD_RESUME_Ab, { 0: 'if terminated: RAZ/WI', 1: 'if terminated: abort' }],
        ['STAG', A.CMD_RESUME_STAG],
      ],
    },
  ],
  [A.OP_STALL_TERM, { name: 'CMD_STALL_TERM', section: '§4.7.2', fields: STREAM }],
  [
    A.OP_SYNC,
    {
      name: 'CMD_SYNC',
      section: '§4.7.3',
      fields: [
        ['CS', A.CMD_SYNC_CS, { 0: 'SIG_NONE', 1: 'SIG_IRQ', 2: 'SIG_SEV', 3: 'reserved: CERROR_ILL' }],
        ['MSH', A.CMD_SYNC_MSH, SHAREABILITY],
        ['MSIAttr', A.CMD_SYNC_MSIAttr, MEM_ATTR],
        ['MSIData', A.CMD_SYNC_MSIData],
        [
          'MSIAddress',
          A.CMD_SYNC_MSIAddress,
          (value) => (value === 0n ? 'no MSI' : `0x${(value << 2n).toString(16)}`),
        ],
      ],
    },
  ],
  [A.OP_DPTI_ALL, { name: 'CMD_DPTI_ALL', section: '§4.6.1', fields: [] }],
  [
    A.OP_DPTI_PA,
    {
      name: 'CMD_DPTI_PA',
      section: '§4.6.2',
      fields: [
        ['SIZE', A.CMD_DPTI_SIZE],
        ['Address', A.CMD_DPTI_Address, asAddress(A.CMD_DPTI_Address)],
        ['Leaf', A.CMD_DPTI_Leaf],
      ],
    },
  ],
]);

function commandOf(words: readonly bigint[]): Command | undefined {
  return COMMANDS.get(numberOf(words, A.CMD_OPCODE));
}

/** Name of a command in the specification. */
export function commandName(words: readonly bigint[]): string {
  const known = commandOf(words)?.name;
  if (known !== undefined) {
    const all = known === 'CMD_CFGI_STE_RANGE' && numberOf(words, A.CMD_CFGI_Range) === A.CFGI_RANGE_ALL;
    return all ? 'CMD_CFGI_ALL' : known;
  }
  const opcode = numberOf(words, A.CMD_OPCODE);
  if (opcode >= A.OP_SECURE_EL2_FIRST && opcode <= A.OP_SECURE_EL2_LAST)
    return 'Secure queue only: CERROR_ILL here';
  return 'reserved: CERROR_ILL';
}

export function commandSection(words: readonly bigint[]): string {
  return commandOf(words)?.section ?? '§4.1';
}

/** The field table of a command. */
export function commandFields(words: readonly bigint[]): readonly Field[] {
  return [OPCODE, ...(commandOf(words)?.fields ?? [])];
}
