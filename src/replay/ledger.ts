import type { DepartureName } from './departures.js';

/** A recorded answer that the model did not give. */
export interface Mismatch {
  readonly capture: string;
  /** File and line of the recorded answer. */
  readonly where: string;
  /** What was recorded, what the model said, and what that suggests. */
  readonly explanation: string;
}

/** Mismatches kept with their explanation; all are counted. */
const KEPT = 20;

/** Where a replay writes down what agreed and what did not. */
export class Ledger {
  mismatches = 0;
  readonly first: Mismatch[] = [];
  readonly departures = new Map<DepartureName, number>();

  constructor(private readonly capture: string) {}

  mismatch(where: string, explanation: string): void {
    this.mismatches++;
    if (this.first.length < KEPT) this.first.push({ capture: this.capture, where, explanation });
  }

  depart(name: DepartureName): void {
    this.departures.set(name, (this.departures.get(name) ?? 0) + 1);
  }
}
