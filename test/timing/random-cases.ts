// Random pipelines, caches, tables and traffic from a seed.
import type { CacheConfig, CacheGeometry } from '../../src/index.js';
import type { Timing } from './simulator/settings.js';

export interface StreamPlan {
  readonly kind: 'stage1' | 'nested' | 'stage2' | 'bypass';
  readonly tbu: number;
  readonly asid: number;
  /** Pages or blocks that are mapped, and how far apart. */
  readonly pages: number;
  readonly spacing: number;
  readonly level: 2 | 3;
  /** Its faults are recorded. */
  readonly recorded: boolean;
}

export interface TrafficRow {
  readonly stream: number;
  readonly offset: number;
  readonly write: boolean;
  readonly size: number;
  readonly gap: number;
  readonly requester: number;
}

export interface Plan {
  readonly seed: number;
  readonly timing: Timing;
  readonly caches: CacheConfig;
  readonly streams: readonly StreamPlan[];
  readonly rows: readonly TrafficRow[];
  readonly outstanding: number;
  /** log2 of the records that the Event queue has room for; nobody takes any out. */
  readonly eventsLog2: number;
  readonly about: string;
}

const PAGE = 4096;

/** xorshift32. */
export class Dice {
  private x: number;
  constructor(seed: number) {
    this.x = (seed * 2654435761 + 0x9e3779b9) | 0 || 1;
    for (let i = 0; i < 8; i++) this.next();
  }
  next(): number {
    this.x ^= this.x << 13;
    this.x ^= this.x >>> 17;
    this.x ^= this.x << 5;
    return this.x >>> 0;
  }
  below(n: number): number {
    return this.next() % n;
  }
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }
  pick<T>(...values: readonly T[]): T {
    return values[this.below(values.length)];
  }
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
}

/** Cases without commands say nothing of their time. */
const NO_COMMANDS = { fetch: false, execute: 0, invalidate: 0, sync: 0 };

function timing(dice: Dice): Timing {
  const clocks = dice.pick(
    { tcu: 1000, tbu: 1000 },
    { tcu: 1000, tbu: 1000 },
    { tcu: 600, tbu: 400 },
    { tcu: 500, tbu: 1000 },
  );
  const latency = dice.pick(0, 10, 40, 100, 100, 200);
  return {
    clocks,
    tbu: {
      portBytes: dice.pick(8, 16, 32),
      slots: dice.pick(4, 16, 16, 64, 128),
      writeBufferBeats: dice.pick(0, 16, 64),
      hazard: {
        mode: dice.pick('none', 'sleep', 'sleep', 'merge'),
        compareStream: dice.chance(50),
        wake: dice.pick('page', 'any'),
      },
      ordered: dice.chance(80),
    },
    link: { down: dice.between(1, 12), up: dice.between(1, 12) },
    tcu: {
      slots: dice.pick(4, 16, 64, 64, 128),
      walkSlots: dice.pick(1, 4, 16, 16, 32),
      configSlots: dice.pick(0, 0, 1, 2, 4),
      front: dice.pick(0, 0, 5, 16),
      walkStart: dice.pick(0, 1, 1),
      evaluate: dice.pick(1, 1, 2),
      stepPorts: dice.pick(1, 1, 2),
      probing: dice.pick('sequential', 'parallel'),
      walkPorts: dice.pick(1, 2, 4, 8),
    },
    memory: {
      latency,
      dataLatency: dice.pick(latency, latency, 60),
      ports: dice.pick(1, 1, 2),
      bytesPerBeat: dice.pick(8, 16, 32),
      answerBytes: dice.pick(0, 0, 0, 4, 16),
      response: dice.pick(1, 1, 3),
    },
    commands: NO_COMMANDS,
    eventWrite: dice.chance(50),
  };
}

function geometry(dice: Dice, entries: readonly number[], ways: readonly (number | 'full')[]): CacheGeometry {
  return {
    entries: dice.pick(...entries),
    ways: dice.pick(...ways),
    policy: dice.pick('round-robin', 'lru', 'plru', 'random', 'rrip'),
    counter: dice.pick('cache', 'set'),
    index: dice.pick('modulo', 'modulo', 'xor'),
    latency: dice.between(1, 4),
    slots: dice.between(1, 4),
  };
}

function caches(dice: Dice): CacheConfig {
  const walk = (): CacheGeometry | false =>
    dice.chance(80) ? { ...geometry(dice, [4, 28, 64, 348, 256], [4]), index: 'modulo' } : false;
  const maybe = (percent: number, make: () => CacheGeometry): CacheGeometry | false =>
    dice.chance(percent) ? make() : false;
  return {
    microTlb: maybe(85, () => ({ ...geometry(dice, [4, 16, 32], ['full']), index: 'modulo' })),
    mainTlb: maybe(85, () => ({ ...geometry(dice, [64, 512, 2048], [4, 8]), index: 'modulo' })),
    tcuTlb: maybe(20, () => ({ ...geometry(dice, [256, 2048], [4]), index: 'modulo' })),
    configCache: maybe(95, () => ({ ...geometry(dice, [4, 64], [4]), index: 'modulo' })),
    ipaCache: maybe(20, () => ({ ...geometry(dice, [64, 128], [4]), index: 'modulo' })),
    walkCaches: {
      s1: [walk(), walk(), walk(), dice.chance(40) ? walk() : false],
      s2: [walk(), walk(), walk(), dice.chance(40) ? walk() : false],
      nonFinalStage2: dice.chance(50),
      sharedCounter: dice.chance(50),
    },
  };
}

function streams(dice: Dice, events: Dice): StreamPlan[] {
  const tbus = dice.pick(1, 1, 2);
  return Array.from({ length: dice.pick(1, 1, 2, 4) }, (_, i) => {
    const level = dice.pick(3, 3, 3, 2);
    const spacing = level === 2 ? 2 ** 21 : dice.pick(PAGE, PAGE, 2 ** 16, 2 ** 21);
    return {
      kind: dice.pick('stage1', 'stage1', 'nested', 'stage2', 'stage1', 'bypass'),
      tbu: i % tbus,
      asid: 1 + i,
      pages: dice.pick(16, 64, 256, spacing === 2 ** 21 ? 512 : 2048),
      spacing,
      level,
      recorded: events.chance(70),
    };
  });
}

type Pattern = 'sequential' | 'page by page' | 'random' | 'random, hot' | 'ring';

function traffic(
  dice: Dice,
  plans: readonly StreamPlan[],
  count: number,
): { rows: TrafficRow[]; pattern: Pattern } {
  const pattern = dice.pick<Pattern>('sequential', 'page by page', 'random', 'random', 'random, hot', 'ring');
  const writes = dice.pick(0, 0, 30, 100);
  const requesters = dice.pick(1, 1, 4, 32);
  const most = dice.pick(0, 0, 0, 3, 20);
  const faults = dice.pick(0, 0, 0, 2);
  const run = dice.pick(1, 1, 16);
  const size = dice.pick(64, 64, 16, 256);
  const at = plans.map(() => 0);
  const rows = Array.from({ length: count }, (_, i): TrafficRow => {
    const stream = Math.floor(i / run) % plans.length;
    const { pages, spacing, level } = plans[stream];
    const n = at[stream]++;
    const inside = level === 2 ? 512 : 1;
    let page: number;
    let byte = 0;
    switch (pattern) {
      case 'sequential':
        page = Math.floor((n * size) / PAGE) % (pages * inside);
        byte = (n * size) % PAGE;
        break;
      case 'page by page':
        page = (n * inside) % (pages * inside);
        break;
      case 'random':
        page = dice.below(pages * inside);
        break;
      case 'random, hot':
        page = dice.chance(80) ? dice.below(Math.min(8, pages) * inside) : dice.below(pages * inside);
        break;
      case 'ring':
        page = n % 3 === 0 ? 0 : dice.below(pages * inside);
        byte = n % 3 === 0 ? (n * 16) % PAGE : 0;
        break;
    }
    const offset = Math.floor(page / inside) * spacing + (page % inside) * PAGE + (byte - (byte % size));
    const hole = faults > 0 && dice.chance(faults);
    return {
      stream,
      // One past the last mapped page: the tables above it are there.
      offset: hole ? (pages - 1) * spacing + (level === 2 ? 2 ** 21 : PAGE) : offset,
      write: dice.chance(writes),
      size,
      gap: most === 0 ? 0 : dice.below(most + 1),
      requester: i % requesters,
    };
  });
  return { rows, pattern };
}

/** The plan of a seed; every second one has 16 or more transactions in flight. */
export function commandTimes(seed: number): Timing['commands'] {
  const dice = new Dice(seed ^ 0x33cc);
  return {
    fetch: dice.chance(50),
    execute: dice.pick(0, 1, 5),
    invalidate: dice.pick(0, 1, 9, 20),
    sync: dice.pick(0, 40, 139),
  };
}

export function plan(seed: number, count: number): Plan {
  const dice = new Dice(seed);
  const events = new Dice(seed ^ 0x0e0e);
  const chosen = streams(dice, events);
  const { rows, pattern } = traffic(dice, chosen, count);
  const outstanding = seed % 2 === 0 ? dice.pick(16, 32, 64, 128) : dice.pick(1, 2, 4, 8);
  const kinds = chosen.map(({ kind, tbu, pages }) => `${kind} ${pages}@${tbu}`).join(', ');
  return {
    seed,
    timing: timing(dice),
    caches: caches(dice),
    streams: chosen,
    rows,
    outstanding,
    eventsLog2: events.pick(10, 10, 2),
    about: `${pattern}, ${kinds}, ${outstanding} outstanding`,
  };
}
