/** Why a transaction was refused, in one sentence: the core's step trace says which rule decided, and this puts it into words. */
import * as Why from '../../assembly/abi/why.js';
import { SENTENCES } from './sentences.js';
import { Refusal } from './refusal.js';
import type { Configuration } from './configuration.js';
import type { Scene } from './narrate.js';
import type { TraceStep } from '../inspect/steps.js';

interface Evidence {
  readonly scene: Scene;
  readonly configuration: Configuration;
  readonly steps: readonly TraceStep[];
}

/** The sentence for the last fault among the steps; undefined when there is none. */
export function whyRefused({ scene, configuration, steps }: Evidence): string | undefined {
  const fault = steps.findLast((step) => step.kind === 'fault');
  if (fault === undefined) return undefined;
  const refusal = new Refusal(scene, configuration, steps, fault);
  const sentence = SENTENCES.get(fault.why)?.(refusal) ?? 'the trace names no rule.';
  const silent = fault.result !== 0 && fault.why !== Why.SPECULATIVE_WRITE && scene.speculative;
  const text = `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}`;
  return silent ? `${text} A speculative read ends without an event (IHI 0070 §3.14).` : text;
}
