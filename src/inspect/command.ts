import * as ArchCommand from '../../assembly/arch/command.js';
import * as Opcode from '../../assembly/arch/opcode.js';
import { MEM_ATTR, SHAREABILITY } from './encodings.js';
import { asAddress, numberOf, type Field } from '../base/fields.js';

const OPCODE: Field = ['Opcode', ArchCommand.OPCODE, (_, words) => commandName(words)];
const STREAM: readonly Field[] = [
  ['SSec', ArchCommand.SSec, { 0: 'Non-secure', 1: 'Secure: CERROR_ILL on this queue' }],
  ['StreamID', ArchCommand.StreamID],
];
const SUBSTREAM: Field = ['SubstreamID', ArchCommand.SubstreamID];
const SSV: Field = ['SSV', ArchCommand.SSV, { 0: 'no SubstreamID', 1: 'SubstreamID valid' }];
const CFGI_LEAF: Field = ['Leaf', ArchCommand.CFGI_Leaf, { 0: 'level 1 descriptors too', 1: 'leaf only' }];
const VMID: Field = ['VMID', ArchCommand.TLBI_VMID];
const ASID: Field = ['ASID', ArchCommand.TLBI_ASID];
const TLBI_TG: Field = [
  'TG',
  ArchCommand.TLBI_TG,
  { 0: 'one address', 1: '4 KB granules', 2: '16 KB granules', 3: '64 KB granules' },
];
const RANGE: readonly Field[] = [
  ['NUM', ArchCommand.TLBI_NUM, (_, words) => rangeText(words)],
  ['SCALE', ArchCommand.TLBI_SCALE],
];
const HINTS: readonly Field[] = [
  TLBI_TG,
  [
    'TTL',
    ArchCommand.TLBI_TTL,
    { 0: 'any level', 1: 'leaves of level 1', 2: 'leaves of level 2', 3: 'leaves of level 3' },
  ],
  ['TTL128', ArchCommand.TLBI_TTL128],
  ['Leaf', ArchCommand.TLBI_Leaf, { 0: 'cached tables too', 1: 'leaf entries only' }],
];
const ADDRESS: Field = ['Address', ArchCommand.TLBI_Address, asAddress(ArchCommand.TLBI_Address)];
const IPA: Field = ['IPA', ArchCommand.TLBI_IPA, asAddress(ArchCommand.TLBI_IPA)];

function rangeText(words: readonly bigint[]): string {
  if (numberOf(words, ArchCommand.TLBI_TG) === ArchCommand.TLBI_TG_NONE) return 'no range';
  const scale = Math.min(numberOf(words, ArchCommand.TLBI_SCALE), ArchCommand.TLBI_SCALE_MAX);
  return `${(numberOf(words, ArchCommand.TLBI_NUM) + 1) * 2 ** scale} granules`;
}

interface Command {
  readonly name: string;
  /** Section of IHI 0070. */
  readonly section: string;
  readonly fields: readonly Field[];
}

const COMMANDS: ReadonlyMap<number, Command> = new Map([
  [
    Opcode.PREFETCH_CONFIG,
    { name: 'CMD_PREFETCH_CONFIG', section: '§4.2.1', fields: [...STREAM, SSV, SUBSTREAM] },
  ],
  [
    Opcode.PREFETCH_ADDR,
    {
      name: 'CMD_PREFETCH_ADDR',
      section: '§4.2.2',
      fields: [
        ...STREAM,
        SSV,
        SUBSTREAM,
        ['Size', ArchCommand.PREFETCH_Size, (value) => `${2 ** Number(value)} addresses`],
        ['Stride', ArchCommand.PREFETCH_Stride, (value) => `2^${12n + value} bytes apart`],
        ['NS', ArchCommand.PREFETCH_NS],
        ['Addr', ArchCommand.PREFETCH_Addr, asAddress(ArchCommand.PREFETCH_Addr)],
      ],
    },
  ],
  [Opcode.CFGI_STE, { name: 'CMD_CFGI_STE', section: '§4.3.1', fields: [...STREAM, CFGI_LEAF] }],
  [
    Opcode.CFGI_STE_RANGE,
    {
      name: 'CMD_CFGI_STE_RANGE',
      section: '§4.3.2',
      fields: [
        ...STREAM,
        [
          'Range',
          ArchCommand.CFGI_Range,
          (value) =>
            value === BigInt(ArchCommand.CFGI_RANGE_ALL)
              ? 'everything: CMD_CFGI_ALL'
              : `${2 ** (Number(value) + 1)} StreamIDs`,
        ],
      ],
    },
  ],
  [Opcode.CFGI_CD, { name: 'CMD_CFGI_CD', section: '§4.3.3', fields: [...STREAM, SUBSTREAM, CFGI_LEAF] }],
  [Opcode.CFGI_CD_ALL, { name: 'CMD_CFGI_CD_ALL', section: '§4.3.4', fields: STREAM }],
  [
    Opcode.CFGI_VMS_PIDM,
    { name: 'CMD_CFGI_VMS_PIDM', section: '§4.3.5', fields: [['VMID', ArchCommand.CFGI_VMID]] },
  ],
  [Opcode.TLBI_NH_ALL, { name: 'CMD_TLBI_NH_ALL', section: '§4.4.2.1', fields: [VMID] }],
  [Opcode.TLBI_NH_ASID, { name: 'CMD_TLBI_NH_ASID', section: '§4.4.2.2', fields: [VMID, ASID] }],
  [
    Opcode.TLBI_NH_VA,
    { name: 'CMD_TLBI_NH_VA', section: '§4.4.2.4', fields: [VMID, ASID, ...RANGE, ADDRESS, ...HINTS] },
  ],
  [
    Opcode.TLBI_NH_VAA,
    { name: 'CMD_TLBI_NH_VAA', section: '§4.4.2.3', fields: [VMID, ...RANGE, ADDRESS, ...HINTS] },
  ],
  [Opcode.TLBI_EL3_ALL, { name: 'CMD_TLBI_EL3_ALL', section: '§4.4.2.5', fields: [] }],
  [
    Opcode.TLBI_EL3_VA,
    { name: 'CMD_TLBI_EL3_VA', section: '§4.4.2.6', fields: [...RANGE, ADDRESS, ...HINTS] },
  ],
  [Opcode.TLBI_EL2_ALL, { name: 'CMD_TLBI_EL2_ALL', section: '§4.4.2.7', fields: [] }],
  [Opcode.TLBI_EL2_ASID, { name: 'CMD_TLBI_EL2_ASID', section: '§4.4.2.10', fields: [ASID] }],
  [
    Opcode.TLBI_EL2_VA,
    { name: 'CMD_TLBI_EL2_VA', section: '§4.4.2.8', fields: [ASID, ...RANGE, ADDRESS, ...HINTS] },
  ],
  [
    Opcode.TLBI_EL2_VAA,
    { name: 'CMD_TLBI_EL2_VAA', section: '§4.4.2.9', fields: [...RANGE, ADDRESS, ...HINTS] },
  ],
  [Opcode.TLBI_S12_VMALL, { name: 'CMD_TLBI_S12_VMALL', section: '§4.4.3.2', fields: [VMID] }],
  [
    Opcode.TLBI_S2_IPA,
    { name: 'CMD_TLBI_S2_IPA', section: '§4.4.3.1', fields: [VMID, ...RANGE, IPA, ...HINTS] },
  ],
  [Opcode.TLBI_NSNH_ALL, { name: 'CMD_TLBI_NSNH_ALL', section: '§4.4.4.1', fields: [] }],
  [
    Opcode.ATC_INV,
    {
      name: 'CMD_ATC_INV',
      section: '§4.5.1',
      fields: [
        ['StreamID', ArchCommand.StreamID],
        SSV,
        SUBSTREAM,
        ['Global', ArchCommand.ATC_INV_Global],
        [
          'Size',
          ArchCommand.ATC_INV_Size,
          (value) =>
            value >= BigInt(ArchCommand.ATC_INV_SIZE_ALL) ? 'everything' : `2^${12n + value} bytes`,
        ],
        ['Address', ArchCommand.ATC_INV_Address, asAddress(ArchCommand.ATC_INV_Address)],
      ],
    },
  ],
  [
    Opcode.PRI_RESP,
    {
      name: 'CMD_PRI_RESP',
      section: '§4.5.2',
      fields: [
        ['StreamID', ArchCommand.StreamID],
        SSV,
        SUBSTREAM,
        ['PRGIndex', ArchCommand.PRI_RESP_PRGIndex],
        [
          'Resp',
          ArchCommand.PRI_RESP_Resp,
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
    Opcode.RESUME,
    {
      name: 'CMD_RESUME',
      section: '§4.7.1',
      fields: [
        ...STREAM,
        ['Ac', ArchCommand.RESUME_Ac, { 0: 'terminate', 1: 'retry' }],
        ['Ab', ArchCommand.RESUME_Ab, { 0: 'if terminated: RAZ/WI', 1: 'if terminated: abort' }],
        ['STAG', ArchCommand.RESUME_STAG],
      ],
    },
  ],
  [Opcode.STALL_TERM, { name: 'CMD_STALL_TERM', section: '§4.7.2', fields: STREAM }],
  [
    Opcode.SYNC,
    {
      name: 'CMD_SYNC',
      section: '§4.7.3',
      fields: [
        ['CS', ArchCommand.SYNC_CS, { 0: 'SIG_NONE', 1: 'SIG_IRQ', 2: 'SIG_SEV', 3: 'reserved: CERROR_ILL' }],
        ['MSH', ArchCommand.SYNC_MSH, SHAREABILITY],
        ['MSIAttr', ArchCommand.SYNC_MSIAttr, MEM_ATTR],
        ['MSIData', ArchCommand.SYNC_MSIData],
        [
          'MSIAddress',
          ArchCommand.SYNC_MSIAddress,
          (value) => (value === 0n ? 'no MSI' : `0x${(value << 2n).toString(16)}`),
        ],
      ],
    },
  ],
  [Opcode.DPTI_ALL, { name: 'CMD_DPTI_ALL', section: '§4.6.1', fields: [] }],
  [
    Opcode.DPTI_PA,
    {
      name: 'CMD_DPTI_PA',
      section: '§4.6.2',
      fields: [
        ['SIZE', ArchCommand.DPTI_SIZE],
        ['Address', ArchCommand.DPTI_Address, asAddress(ArchCommand.DPTI_Address)],
        ['Leaf', ArchCommand.DPTI_Leaf],
      ],
    },
  ],
]);

function commandOf(words: readonly bigint[]): Command | undefined {
  return COMMANDS.get(numberOf(words, ArchCommand.OPCODE));
}

/** Name of a command in the specification. */
export function commandName(words: readonly bigint[]): string {
  const known = commandOf(words)?.name;
  if (known !== undefined) {
    const all =
      known === 'CMD_CFGI_STE_RANGE' &&
      numberOf(words, ArchCommand.CFGI_Range) === ArchCommand.CFGI_RANGE_ALL;
    return all ? 'CMD_CFGI_ALL' : known;
  }
  const opcode = numberOf(words, ArchCommand.OPCODE);
  if (opcode >= Opcode.SECURE_EL2_FIRST && opcode <= Opcode.SECURE_EL2_LAST)
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
