// A set-associative cache, one object an entry.
import type { Geometry } from './settings.js';

interface Entry<T> {
  readonly context: string;
  readonly span: number;
  /** Input address without the bits that the entry covers, divided by what it covers. */
  readonly page: number;
  value: T;
  stamp: number;
}

/** xorshift64 (Marsaglia 2003): the generator that the project documents for random replacement. */
export class Random {
  constructor(private state: bigint) {}

  below(n: number): number {
    let x = this.state;
    x ^= (x << 13n) & 0xffff_ffff_ffff_ffffn;
    x ^= x >> 7n;
    x ^= (x << 17n) & 0xffff_ffff_ffff_ffffn;
    this.state = x;
    return Number((x >> 32n) % BigInt(n));
  }
}

const DISTANT = 3;
const LONG = 2;

export class Cache<T> {
  private readonly ways: number;
  private readonly sets: (Entry<T> | undefined)[][];
  private readonly trees: boolean[][];
  private readonly counters: number[];
  private clock = 0;
  /** Entries of each span. */
  private readonly spans = new Map<number, number>();
  hits = 0;
  misses = 0;

  constructor(
    private readonly geometry: Geometry,
    private readonly random: Random,
    /** Round-robin counters of its sets; caches that are given one array share its counter. */
    private readonly shared?: number[],
  ) {
    const { entries, ways } = geometry;
    this.ways = ways === 'full' ? entries : ways;
    const sets = entries / this.ways;
    this.sets = Array.from({ length: sets }, () =>
      new Array<Entry<T> | undefined>(this.ways).fill(undefined),
    );
    this.trees = Array.from({ length: sets }, () => []);
    this.counters = shared ?? new Array<number>(sets).fill(0);
  }

  clear(): void {
    for (const set of this.sets) set.fill(undefined);
    this.spans.clear();
  }

  /** Removes the entries that `goes` says so of. */
  remove(goes: (value: T, context: string) => boolean): void {
    for (const set of this.sets) {
      set.forEach((entry, way) => {
        if (entry === undefined || !goes(entry.value, entry.context)) return;
        set[way] = undefined;
        this.count(entry.span, -1);
      });
    }
  }

  /** The value of the entry for an address, the smallest entry first. `mix` goes into the index where it is 'xor'. */
  lookup(context: string, address: number, mix: number): T | undefined {
    for (const span of [...this.spans.keys()].sort((a, b) => a - b)) {
      const page = Math.floor(address / 2 ** span);
      const set = this.setOf(page, mix);
      const way = this.sets[set].findIndex(
        (e) => e?.page === page && e.span === span && e.context === context,
      );
      if (way < 0) continue;
      this.hits++;
      this.use(set, way);
      return this.sets[set][way]?.value;
    }
    this.misses++;
    return undefined;
  }

  fill(context: string, address: number, span: number, mix: number, value: T): void {
    const page = Math.floor(address / 2 ** span);
    const set = this.setOf(page, mix);
    const row = this.sets[set];
    let way = row.findIndex((e) => e?.page === page && e.span === span && e.context === context);
    if (way < 0) {
      way = row.indexOf(undefined);
      if (way < 0) way = this.victim(set);
      const old = row[way];
      if (old !== undefined) this.count(old.span, -1);
      row[way] = { context, span, page, value, stamp: 0 };
      this.count(span, 1);
    }
    const entry = row[way] as Entry<T>;
    entry.value = value;
    if (this.geometry.policy === 'rrip') entry.stamp = LONG;
    else this.use(set, way);
  }

  private count(span: number, by: number): void {
    const n = (this.spans.get(span) ?? 0) + by;
    if (n === 0) this.spans.delete(span);
    else this.spans.set(span, n);
  }

  private setOf(page: number, mix: number): number {
    const value = this.geometry.index === 'xor' ? Number(BigInt(page) ^ BigInt(mix)) : page;
    return value % this.sets.length;
  }

  private use(set: number, way: number): void {
    const entry = this.sets[set][way] as Entry<T>;
    switch (this.geometry.policy) {
      case 'lru':
        entry.stamp = ++this.clock;
        break;
      case 'rrip':
        entry.stamp = 0;
        break;
      case 'plru': {
        // Every node on the way's path points to the other side.
        let node = 1;
        for (let half = this.ways / 2; half >= 1; half /= 2) {
          const right = Math.floor(way / half) % 2 === 1;
          this.trees[set][node] = !right;
          node = 2 * node + (right ? 1 : 0);
        }
        break;
      }
      case 'round-robin':
      case 'random':
        break;
    }
  }

  private victim(set: number): number {
    const row = this.sets[set] as Entry<T>[];
    switch (this.geometry.policy) {
      case 'round-robin': {
        const counter = this.geometry.counter === 'set' && this.shared === undefined ? set : 0;
        this.counters[counter] = (this.counters[counter] + 1) % this.ways;
        return this.counters[counter];
      }
      case 'random':
        return this.random.below(this.ways);
      case 'lru':
        return row.reduce((oldest, entry, way) => (entry.stamp < row[oldest].stamp ? way : oldest), 0);
      case 'plru': {
        let node = 1;
        let way = 0;
        for (let half = this.ways / 2; half >= 1; half /= 2) {
          const right = this.trees[set][node] ?? false;
          if (right) way += half;
          node = 2 * node + (right ? 1 : 0);
        }
        return way;
      }
      case 'rrip':
        for (;;) {
          const way = row.findIndex(({ stamp }) => stamp >= DISTANT);
          if (way >= 0) return way;
          for (const entry of row) entry.stamp++;
        }
    }
  }
}
