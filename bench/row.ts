/** A case of the benchmark and what came out. */
import type { Load, Spread } from './measure.js';

/** What docs and the roadmap ask of a case. It is printed, nothing fails. */
export interface Bar {
  readonly text: string;
  met(result: { ratio: number; rate: number }): boolean;
}

/** The load's rate is at least `factor` times that of its reference. */
export function timesReference(factor: number, reference: string): Bar {
  return { text: `≥ ${factor} × ${reference}`, met: ({ ratio }) => ratio >= factor };
}

/** One operation costs at most `factor` times one of its reference. */
export function atMostCost(factor: number, reference: string): Bar {
  return { text: `cost ≤ ${factor} × ${reference}`, met: ({ ratio }) => 1 / ratio <= factor };
}

export function atLeastRate(millions: number): Bar {
  return { text: `≥ ${millions} M/s`, met: ({ rate }) => rate >= 1e6 * millions };
}

/** A case to be measured. */
export interface Case {
  readonly group: string;
  readonly name: string;
  readonly load: Load;
  readonly reference: Load;
  readonly bar?: Bar;
  /** What the work turned out to be, asked after the measurement. */
  detail?(): string;
}

export interface Result {
  readonly group: string;
  readonly name: string;
  readonly detail: string;
  readonly reference: string;
  /** Operations a second. */
  readonly rate: Spread;
  readonly ratio: Spread;
  readonly referenceRate: Spread;
  readonly bar?: string;
  readonly met?: boolean;
}

/** A figure without a time. */
export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly number: number;
  readonly bar?: string;
  readonly met?: boolean;
}
