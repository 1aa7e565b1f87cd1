/** A case of the benchmark and what came out. */
import type { Load, Spread } from './measure.js';

/** What docs and the roadmap ask of a case. It is printed, nothing fails. */
export interface Bar {
  readonly text: string;
  /** Of the ratio. */
  readonly least: number;
}

/** The load's rate is at least `factor` times that of its reference. */
export function timesReference(factor: number): Bar {
  return { text: `≥ ${factor}`, least: factor };
}

/** One operation costs at most `factor` times one of its reference. */
export function atMostCost(factor: number): Bar {
  return { text: `≤ ${factor} × the cost`, least: 1 / factor };
}

/** tlbSimd on the machine that the times in nanoseconds are about. */
const NANOSECONDS_OF_TLB = 2.4;

/** At most so many nanoseconds, on a machine where its reference, tlbSimd, takes NANOSECONDS_OF_TLB. */
export function atMostTime(nanoseconds: number): Bar {
  return {
    text: `≤ ${nanoseconds} ns where tlbSimd takes ${NANOSECONDS_OF_TLB}`,
    least: NANOSECONDS_OF_TLB / nanoseconds,
  };
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

export function titleOf({ group, name }: Pick<Case, 'group' | 'name'>): string {
  return `${group}: ${name}`;
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
