/** Structures, commands and events by their fields, and whether an SMMU would use them. Nothing here needs Node. */
export { hex, type DecodedField } from '../base/fields.js';
export { commandName } from './command.js';
export {
  decodeStructure,
  STRUCTURE_WORDS,
  STRUCTURES,
  type DecodedStructure,
  type StructureKind,
} from './decode.js';
export { lintCd } from './lint-cd.js';
export { lintSte, type IdRegisters } from './lint-ste.js';
export { cacheName } from './steps.js';
