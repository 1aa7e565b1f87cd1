/**
 * smmuv3-wasm/inspect: what words in memory mean, whether an SMMU would use them, and why a transaction ended as it did.
 *
 * ```ts
 * decodeSte(smmu.memory.read(ste, 64)).fields; // name, bits, value and meaning of each
 * lintSte(smmu.memory.read(ste, 64), smmu.id); // ['S2T0SZ = 3 is outside 16..48']
 * why(smmu, { streamId: 0x10, iova: 0x1000n }); // one sentence with its section
 * ```
 */
export { explain, why, type Explainable, type Explanation } from './explain.js';
export type { Configuration } from './configuration.js';
export type { ExplainedStep } from './narrate.js';
export {
  decodeCd,
  decodeCommand,
  decodeDescriptor,
  decodeL1cd,
  decodeL1std,
  decodeSte,
  lintCd,
  lintSte,
  type StructureWords,
} from '../inspect/decoders.js';
export {
  type DecodedStructure,
  decodeStructure,
  STRUCTURE_WORDS,
  STRUCTURES,
  type StructureKind,
} from '../inspect/decode.js';
export type { DescriptorPlace } from '../inspect/descriptor.js';
export { decodeEvent, eventName } from '../inspect/event.js';
export type { ArchitectedEvent, EventClass, EventName, EventRecord } from '../inspect/event.js';
export type { IdRegisters } from '../inspect/lint-ste.js';
export { cacheName, type StepKind, type TraceStep } from '../inspect/steps.js';
export { decodeFields, type DecodedField, type Field } from '../base/fields.js';
