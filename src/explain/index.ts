/** One transaction, step by step, and why it ended so. Nothing here needs Node. */
export { explain, type Explainable, type Explanation } from './explain.js';
export type { ExplainedStep } from './narrate.js';
export type { StepKind, TraceStep } from '../inspect/steps.js';
