import * as Commands from '../../assembly/arch/commands.js';
import { MEM_ATTR, SHAREABILITY } from './encodings.js';
import { asAddress, numberOf, type Field } from '../base/fields.js';

const OPCODE: Field = ['Opcode', Commands.CMD_OPCODE, (_, words) => commandName(words)];
const STREAM: readonly Field[] = [
  ['SSec', Commands.CMD_SSec, { 0: 'Non-secure', 1: 'Secure: CERROR_ILL on this queue' }],
  ['StreamID', Commands.CMD_StreamID],
];
const SUBSTREAM: Field = ['SubstreamID', Commands.CMD_SubstreamID];
const SSV: Field = ['SSV', Commands.CMD_SSV, { 0: 'no SubstreamID', 1: 'SubstreamID valid' }];
const CFGI_LEAF: Field = ['Leaf', Commands.CMD_CFGI_Leaf, { 0: 'level 1 descriptors too', 1: 'leaf only' }];
const VMID: Field = ['VMID', Commands.CMD_TLBI_VMID];
const ASID: Field = ['ASID', Commands.CMD_TLBI_ASID];
const TLBI_TG: Field = [
  'TG',
  Commands.CMD_TLBI_TG,
  { 0: 'one address', 1: '4 KB granules', 2: '16 KB granules', 3: '64 KB granules' },
];
const RANGE: readonly Field[] = [
  ['NUM', Commands.CMD_TLBI_NUM, (_, words) => rangeText(words)],
  ['SCALE', Commands.CMD_TLBI_SCALE],
];
const HINTS: readonly Field[] = [
  TLBI_TG,
  [
    'TTL',
    Commands.CMD_TLBI_TTL,
    { 0: 'any level', 1: 'leaves of level 1', 2: 'leaves of level 2', 3: 'leaves of level 3' },
  ],
  ['TTL128', Commands.CMD_TLBI_TTL128],
  ['Leaf', Commands.CMD_TLBI_Leaf, { 0: 'cached tables too', 1: 'leaf entries only' }],
];
const ADDRESS: Field = ['Address', Commands.CMD_TLBI_Address, asAddress(Commands.CMD_TLBI_Address)];
const IPA: Field = ['IPA', Commands.CMD_TLBI_IPA, asAddress(Commands.CMD_TLBI_IPA)];

function rangeText(words: readonly bigint[]): string {
  if (numberOf(words, Commands.CMD_TLBI_TG) === Commands.TLBI_TG_NONE) return 'no range';
  const scale = Math.min(numberOf(words, Commands.CMD_TLBI_SCALE), Commands.TLBI_SCALE_MAX);
  return `${(numberOf(words, Commands.CMD_TLBI_NUM) + 1) * 2 ** scale} granules`;
}

interface Command {
  readonly name: string;
  /** Section of IHI 0070. */
  readonly section: string;
  readonly fields: readonly Field[];
}

const COMMANDS: ReadonlyMap<number, Command> = new Map([
  [
    Commands.OP_PREFETCH_CONFIG,
    { name: 'CMD_PREFETCH_CONFIG', section: '§4.2.1', fields: [...STREAM, SSV, SUBSTREAM] },
  ],
  [
    Commands.OP_PREFETCH_ADDR,
    {
      name: 'CMD_PREFETCH_ADDR',
      section: '§4.2.2',
      fields: [
        ...STREAM,
        SSV,
        SUBSTREAM,
        ['Size', Commands.CMD_PREFETCH_Size, (value) => `${2 ** Number(value)} addresses`],
        ['Stride', Commands.CMD_PREFETCH_Stride, (value) => `2^${12n + value} bytes apart`],
        ['NS', Commands.CMD_PREFETCH_NS],
        ['Addr', Commands.CMD_PREFETCH_Addr, asAddress(Commands.CMD_PREFETCH_Addr)],
      ],
    },
  ],
  [Commands.OP_CFGI_STE, { name: 'CMD_CFGI_STE', section: '§4.3.1', fields: [...STREAM, CFGI_LEAF] }],
  [
    Commands.OP_CFGI_STE_RANGE,
    {
      name: 'CMD_CFGI_STE_RANGE',
      section: '§4.3.2',
      fields: [
        ...STREAM,
        [
          'Range',
          Commands.CMD_CFGI_Range,
          (value) =>
            value === BigInt(Commands.CFGI_RANGE_ALL)
              ? 'everything: CMD_CFGI_ALL'
              : `${2 ** (Number(value) + 1)} StreamIDs`,
        ],
      ],
    },
  ],
  [
    Commands.OP_CFGI_CD,
    { name: 'CMD_CFGI_CD', section: '§4.3.3', fields: [...STREAM, SUBSTREAM, CFGI_LEAF] },
  ],
  [Commands.OP_CFGI_CD_ALL, { name: 'CMD_CFGI_CD_ALL', section: '§4.3.4', fields: STREAM }],
  [
    Commands.OP_CFGI_VMS_PIDM,
    { name: 'CMD_CFGI_VMS_PIDM', section: '§4.3.5', fields: [['VMID', Commands.CMD_CFGI_VMID]] },
  ],
  [Commands.OP_TLBI_NH_ALL, { name: 'CMD_TLBI_NH_ALL', section: '§4.4.2.1', fields: [VMID] }],
  [Commands.OP_TLBI_NH_ASID, { name: 'CMD_TLBI_NH_ASID', section: '§4.4.2.2', fields: [VMID, ASID] }],
  [
    Commands.OP_TLBI_NH_VA,
    { name: 'CMD_TLBI_NH_VA', section: '§4.4.2.4', fields: [VMID, ASID, ...RANGE, ADDRESS, ...HINTS] },
  ],
  [
    Commands.OP_TLBI_NH_VAA,
    { name: 'CMD_TLBI_NH_VAA', section: '§4.4.2.3', fields: [VMID, ...RANGE, ADDRESS, ...HINTS] },
  ],
  [Commands.OP_TLBI_EL3_ALL, { name: 'CMD_TLBI_EL3_ALL', section: '§4.4.2.5', fields: [] }],
  [
    Commands.OP_TLBI_EL3_VA,
    { name: 'CMD_TLBI_EL3_VA', section: '§4.4.2.6', fields: [...RANGE, ADDRESS, ...HINTS] },
  ],
  [Commands.OP_TLBI_EL2_ALL, { name: 'CMD_TLBI_EL2_ALL', section: '§4.4.2.7', fields: [] }],
  [Commands.OP_TLBI_EL2_ASID, { name: 'CMD_TLBI_EL2_ASID', section: '§4.4.2.10', fields: [ASID] }],
  [
    Commands.OP_TLBI_EL2_VA,
    { name: 'CMD_TLBI_EL2_VA', section: '§4.4.2.8', fields: [ASID, ...RANGE, ADDRESS, ...HINTS] },
  ],
  [
    Commands.OP_TLBI_EL2_VAA,
    { name: 'CMD_TLBI_EL2_VAA', section: '§4.4.2.9', fields: [...RANGE, ADDRESS, ...HINTS] },
  ],
  [Commands.OP_TLBI_S12_VMALL, { name: 'CMD_TLBI_S12_VMALL', section: '§4.4.3.2', fields: [VMID] }],
  [
    Commands.OP_TLBI_S2_IPA,
    { name: 'CMD_TLBI_S2_IPA', section: '§4.4.3.1', fields: [VMID, ...RANGE, IPA, ...HINTS] },
  ],
  [Commands.OP_TLBI_NSNH_ALL, { name: 'CMD_TLBI_NSNH_ALL', section: '§4.4.4.1', fields: [] }],
  [
    Commands.OP_ATC_INV,
    {
      name: 'CMD_ATC_INV',
      section: '§4.5.1',
      fields: [
        ['StreamID', Commands.CMD_StreamID],
        SSV,
        SUBSTREAM,
        ['Global', Commands.CMD_ATC_INV_Global],
        [
          'Size',
          Commands.CMD_ATC_INV_Size,
          (value) => (value >= BigInt(Commands.ATC_INV_SIZE_ALL) ? 'everything' : `2^${12n + value} bytes`),
        ],
        ['Address', Commands.CMD_ATC_INV_Address, asAddress(Commands.CMD_ATC_INV_Address)],
      ],
    },
  ],
  [
    Commands.OP_PRI_RESP,
    {
      name: 'CMD_PRI_RESP',
      section: '§4.5.2',
      fields: [
        ['StreamID', Commands.CMD_StreamID],
        SSV,
        SUBSTREAM,
        ['PRGIndex', Commands.CMD_PRI_RESP_PRGIndex],
        [
          'Resp',
          Commands.CMD_PRI_RESP_Resp,
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
    Commands.OP_RESUME,
    {
      name: 'CMD_RESUME',
      section: '§4.7.1',
      fields: [
        ...STREAM,
        ['Ac', Commands.CMD_RESUME_Ac, { 0: 'terminate', 1: 'retry' }],
        ['Ab', Commands.CMD_RESUME_Ab, { 0: 'if terminated: RAZ/WI', 1: 'if terminated: abort' }],
        ['STAG', Commands.CMD_RESUME_STAG],
      ],
    },
  ],
  [Commands.OP_STALL_TERM, { name: 'CMD_STALL_TERM', section: '§4.7.2', fields: STREAM }],
  [
    Commands.OP_SYNC,
    {
      name: 'CMD_SYNC',
      section: '§4.7.3',
      fields: [
        [
          'CS',
          Commands.CMD_SYNC_CS,
          { 0: 'SIG_NONE', 1: 'SIG_IRQ', 2: 'SIG_SEV', 3: 'reserved: CERROR_ILL' },
        ],
        ['MSH', Commands.CMD_SYNC_MSH, SHAREABILITY],
        ['MSIAttr', Commands.CMD_SYNC_MSIAttr, MEM_ATTR],
        ['MSIData', Commands.CMD_SYNC_MSIData],
        [
          'MSIAddress',
          Commands.CMD_SYNC_MSIAddress,
          (value) => (value === 0n ? 'no MSI' : `0x${(value << 2n).toString(16)}`),
        ],
      ],
    },
  ],
  [Commands.OP_DPTI_ALL, { name: 'CMD_DPTI_ALL', section: '§4.6.1', fields: [] }],
  [
    Commands.OP_DPTI_PA,
    {
      name: 'CMD_DPTI_PA',
      section: '§4.6.2',
      fields: [
        ['SIZE', Commands.CMD_DPTI_SIZE],
        ['Address', Commands.CMD_DPTI_Address, asAddress(Commands.CMD_DPTI_Address)],
        ['Leaf', Commands.CMD_DPTI_Leaf],
      ],
    },
  ],
]);

function commandOf(words: readonly bigint[]): Command | undefined {
  return COMMANDS.get(numberOf(words, Commands.CMD_OPCODE));
}

/** Name of a command in the specification. */
export function commandName(words: readonly bigint[]): string {
  const known = commandOf(words)?.name;
  if (known !== undefined) {
    const all =
      known === 'CMD_CFGI_STE_RANGE' && numberOf(words, Commands.CMD_CFGI_Range) === Commands.CFGI_RANGE_ALL;
    return all ? 'CMD_CFGI_ALL' : known;
  }
  const opcode = numberOf(words, Commands.CMD_OPCODE);
  if (opcode >= Commands.OP_SECURE_EL2_FIRST && opcode <= Commands.OP_SECURE_EL2_LAST)
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
