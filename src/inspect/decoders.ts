/** Decoding and lint for programs: arguments are checked, words may come as they stand in memory. */
import { list, show } from '../base/check.js';
import { decodeStructure, STRUCTURE_WORDS, type DecodedStructure, type StructureKind } from './decode.js';
import type { DescriptorPlace } from './descriptor.js';
import { lintCd as lintCdWords } from './lint-cd.js';
import { lintSte as lintSteWords, type IdRegisters } from './lint-ste.js';

/** A structure: its 64-bit words, the lowest first, or its bytes as they stand in memory. Missing ones count as 0. */
export type StructureWords = readonly bigint[] | Uint8Array;

const NAMES: Readonly<Record<StructureKind, string>> = {
  ste: 'ste',
  cd: 'cd',
  l1std: 'l1std',
  l1cd: 'l1cd',
  pte: 'descriptor',
  s2pte: 'descriptor',
  cmd: 'command',
  event: 'event',
};

/** An STE, field by field (IHI 0070 §5.2). @throws RangeError or TypeError as every function here: one sentence */
export function decodeSte(words: StructureWords): DecodedStructure {
  return decodeStructure('ste', checked('ste', words));
}

/** A CD (IHI 0070 §5.4). */
export function decodeCd(words: StructureWords): DecodedStructure {
  return decodeStructure('cd', checked('cd', words));
}

/** A Level 1 Stream Table Descriptor (IHI 0070 §5.1). */
export function decodeL1std(words: StructureWords): DecodedStructure {
  return decodeStructure('l1std', checked('l1std', words));
}

/** A Level 1 Context Descriptor (IHI 0070 §5.3). */
export function decodeL1cd(words: StructureWords): DecodedStructure {
  return decodeStructure('l1cd', checked('l1cd', words));
}

/** A translation table descriptor (DDI 0487 D8.3), which means what it means by where a walk meets it. */
export function decodeDescriptor(words: StructureWords | bigint, place: DescriptorPlace): DecodedStructure {
  checkPlace(place);
  const kind = place.stage === 1 ? 'pte' : 's2pte';
  return decodeStructure(kind, checked(kind, typeof words === 'bigint' ? [words] : words), place);
}

/** A command (IHI 0070 chapter 4). */
export function decodeCommand(words: StructureWords): DecodedStructure {
  return decodeStructure('cmd', checked('cmd', words));
}

/**
 * Why an STE is invalid or ILLEGAL (IHI 0070 §5.2.2), one sentence a rule.
 * @param registers of the SMMU that it is for: `smmu.id`
 * @returns empty when the STE is usable
 */
export function lintSte(words: StructureWords, registers: IdRegisters): string[] {
  return lintSteWords(checked('ste', words), checkRegisters(registers));
}

/**
 * Why a CD is invalid or ILLEGAL (IHI 0070 §5.4.1), one sentence a rule.
 * @param ste the STE that leads to it; empty: stage 1 alone, EL1
 * @param registers of the SMMU that it is for: `smmu.id`
 */
export function lintCd(words: StructureWords, ste: StructureWords, registers: IdRegisters): string[] {
  return lintCdWords(checked('cd', words), checked('ste', ste), checkRegisters(registers));
}

function checked(kind: StructureKind, given: unknown): readonly bigint[] {
  const name = NAMES[kind];
  const most = STRUCTURE_WORDS[kind];
  if (ArrayBuffer.isView(given)) return wordsIn(given, name, most);
  if (!Array.isArray(given))
    throw new TypeError(`${name} must be an array of 64-bit words or a Uint8Array, not ${show(given)}`);
  if (given.length > most)
    throw new RangeError(`${name} must have at most ${most} words, not ${given.length}`);
  given.forEach((word: unknown, i) => {
    if (typeof word !== 'bigint') throw new TypeError(`${name}[${i}] must be a bigint, not ${show(word)}`);
    if (BigInt.asUintN(64, word) !== word)
      throw new RangeError(`${name}[${i}] must be 0 to 2^64 - 1, not ${show(word)}`);
  });
  return given as bigint[];
}

function wordsIn(bytes: ArrayBufferView, name: string, most: number): bigint[] {
  const { byteLength } = bytes;
  if (byteLength % 8 !== 0 || byteLength > 8 * most)
    throw new RangeError(`${name} must have ${list(sizes(most))} bytes, not ${byteLength}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, byteLength);
  return Array.from({ length: byteLength / 8 }, (_, i) => view.getBigUint64(8 * i, true));
}

function sizes(words: number): string[] {
  return words === 1 ? ['8'] : [`a multiple of 8 up to ${8 * words}`];
}

function checkPlace(place: unknown): void {
  if (typeof place !== 'object' || place === null)
    throw new TypeError(`place must be an object with stage, level and granule, not ${show(place)}`);
  const { stage, level, granule } = place as Partial<DescriptorPlace>;
  if (stage !== 1 && stage !== 2) throw new RangeError(`place.stage must be 1 or 2, not ${show(stage)}`);
  if (!(Number.isInteger(level) && level! >= -1 && level! <= 3))
    throw new RangeError(`place.level must be -1 to 3, not ${show(level)}`);
  if (granule !== 12 && granule !== 14 && granule !== 16)
    throw new RangeError(`place.granule must be 12, 14 or 16, not ${show(granule)}`);
}

function checkRegisters(registers: unknown): IdRegisters {
  if (typeof registers !== 'object' || registers === null)
    throw new TypeError(`registers must be the SMMU's, such as smmu.id, not ${show(registers)}`);
  return registers as IdRegisters;
}
