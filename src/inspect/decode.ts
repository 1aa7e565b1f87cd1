import * as Cd from '../../assembly/arch/cd.js';
import * as Command from '../../assembly/arch/command.js';
import * as EventRecord from '../../assembly/arch/event-record.js';
import * as Ste from '../../assembly/arch/ste.js';
import { CD_FIELDS, L1CD_FIELDS } from './cd.js';
import { commandFields, commandName, commandSection } from './command.js';
import { descriptorFields, descriptorType, type DescriptorPlace } from './descriptor.js';
import { granuleName } from './encodings.js';
import { eventName } from './event.js';
import { eventFields, eventSection } from './event-fields.js';
import { decodeFields, numberOf, type DecodedField } from '../base/fields.js';
import { L1STD_FIELDS, STE_FIELDS } from './ste.js';

export const STRUCTURES = ['ste', 'cd', 'l1std', 'l1cd', 'pte', 's2pte', 'cmd', 'event'] as const;
export type StructureKind = (typeof STRUCTURES)[number];

/** 64-bit words of each structure. */
export const STRUCTURE_WORDS: Readonly<Record<StructureKind, number>> = {
  ste: Ste.BYTES / 8,
  cd: Cd.BYTES / 8,
  l1std: 1,
  l1cd: 1,
  pte: 1,
  s2pte: 1,
  cmd: Command.BYTES / 8,
  event: EventRecord.BYTES / 8,
};

export interface DecodedStructure {
  readonly kind: StructureKind;
  /** The structure's name, with what the words say it is. */
  readonly title: string;
  /** Where it is specified. */
  readonly section: string;
  readonly words: readonly bigint[];
  readonly fields: readonly DecodedField[];
}

const ANYWHERE = { level: 3, granule: 12 } as const;

/**
 * Decodes the words of a structure. Missing words count as 0. `place` says where a descriptor was met; without it, a
 * level 3 descriptor of the 4 KB granule is assumed.
 */
export function decodeStructure(
  kind: StructureKind,
  given: readonly bigint[],
  place: Omit<DescriptorPlace, 'stage'> = ANYWHERE,
): DecodedStructure {
  const words = Array.from({ length: STRUCTURE_WORDS[kind] }, (_, i) => given[i] ?? 0n);
  const made = (
    title: string,
    section: string,
    table: Parameters<typeof decodeFields>[0],
  ): DecodedStructure => ({
    kind,
    title,
    section,
    words,
    fields: decodeFields(table, words),
  });
  switch (kind) {
    case 'ste':
      return made('Stream Table Entry', 'IHI 0070 §5.2', STE_FIELDS);
    case 'cd':
      return made('Context Descriptor', 'IHI 0070 §5.4', CD_FIELDS);
    case 'l1std':
      return made('Level 1 Stream Table Descriptor', 'IHI 0070 §5.1', L1STD_FIELDS);
    case 'l1cd':
      return made('Level 1 Context Descriptor', 'IHI 0070 §5.3', L1CD_FIELDS);
    case 'pte':
    case 's2pte': {
      const at: DescriptorPlace = { ...place, stage: kind === 'pte' ? 1 : 2 };
      const type = descriptorType(words[0], at);
      const title = `Stage ${at.stage} level ${at.level} ${type} descriptor, ${granuleName(at.granule)} granule`;
      const fields = descriptorFields(words[0], at);
      // The other bits of an invalid descriptor are software's.
      const decoded = decodeFields(fields, words).filter(
        (field) => type !== 'invalid' || field.name !== 'RES0',
      );
      return { kind, title, section: 'DDI 0487 D8.3', words, fields: decoded };
    }
    case 'cmd':
      return made(commandName(words), `IHI 0070 ${commandSection(words)}`, commandFields(words));
    case 'event':
      return made(
        eventName(numberOf(words, EventRecord.NUMBER)),
        `IHI 0070 ${eventSection(numberOf(words, EventRecord.NUMBER))}`,
        eventFields(words),
      );
  }
}
