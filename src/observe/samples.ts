/** How full a device was over time: the counters read again and again, and the difference of two readings. */
import type { Stats } from '../stats/stats.js';
import type { TimingStats } from '../stats/timing-stats.js';

/** What is looked at, as statistics name it. */
export const OCCUPANCIES = ['tbuSlots', 'tcuSlots', 'walkSlots', 'walkQueue'] as const;
export type OccupancyName = (typeof OCCUPANCIES)[number];

/** Of the cycles between the sample before and this one. */
export interface CounterSample {
  /** Where the interval ends, in cycles of the TCU clock from the first offer on. */
  readonly cycle: number;
  /** Answered since the first offer. */
  readonly transactions: number;
  /** Mean over the interval. */
  readonly occupancy: Readonly<Record<OccupancyName, number>>;
  /** Transactions of the interval that no walk was made for, between 0 and 1. */
  readonly hitRate: number;
}

/** Takes samples from statistics that only grow. */
export class CounterSampler {
  readonly samples: CounterSample[] = [];
  #cycles = 0;
  #transactions = 0;
  #walks = 0;
  /** Entries times cycles. */
  readonly #sums = new Map<OccupancyName, number>();

  /** Does nothing while no time has passed. */
  take({ timing, transactions, walks }: Stats): void {
    if (timing === undefined || timing.cycles <= this.#cycles) return;
    const span = timing.cycles - this.#cycles;
    const occupancy = Object.fromEntries(
      OCCUPANCIES.map((name) => [name, this.#mean(name, timing, span)]),
    ) as Record<OccupancyName, number>;
    const answered = transactions - this.#transactions;
    const hitRate = answered === 0 ? 0 : 1 - (walks - this.#walks) / answered;
    this.samples.push({ cycle: timing.cycles, transactions, occupancy, hitRate });
    this.#cycles = timing.cycles;
    this.#transactions = transactions;
    this.#walks = walks;
  }

  #mean(name: OccupancyName, timing: TimingStats, span: number): number {
    const sum = timing.occupancy[name].mean * timing.cycles;
    const before = this.#sums.get(name) ?? 0;
    this.#sums.set(name, sum);
    return (sum - before) / span;
  }
}
