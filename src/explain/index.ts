/** Structures, commands and events by their fields; one transaction, step by step, and why it ended so. Nothing here needs Node. */
export { explain, type Explainable, type Explanation } from './explain.js';
export type { Configuration } from './configuration.js';
export type { ExplainedStep } from './narrate.js';
export { decodeFields, type DecodedField, type Field } from '../base/fields.js';
export {
  decodeStructure,
  STRUCTURE_WORDS,
  STRUCTURES,
  type DecodedStructure,
  type StructureKind,
} from '../inspect/decode.js';
export { lintCd } from '../inspect/lint-cd.js';
export { lintSte, type IdRegisters } from '../inspect/lint-ste.js';
export { cacheName, type StepKind, type TraceStep } from '../inspect/steps.js';
