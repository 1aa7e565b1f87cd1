/** The statistics of a run, declared once: name, unit, what it is. Two printers make text of them. */
import type { RunResult } from './result.js';

export interface Statistic {
  /** Dotted, of the part that it belongs to. */
  readonly name: string;
  readonly value: number;
  readonly unit: 'Cycle' | 'Count' | 'Byte' | 'Ratio' | '(Count/Cycle)' | '(Byte/Cycle)';
  readonly description: string;
  /** What gem5 calls it, below the SMMU's own name; absent: it has none with this meaning. */
  readonly gem5?: string;
}

/** All of them, in the order in which they are printed. */
export function statisticsOf(result: RunResult): Statistic[] {
  return [...general(result), ...reads(result), ...caches(result), ...times(result), ...counts(result)];
}

function general({ cycles, transactions, faults, walks, outcomes, hits }: RunResult): Statistic[] {
  return [
    {
      name: 'cycles',
      value: cycles,
      unit: 'Cycle',
      description: 'from the first offer to the last response, TCU clock',
    },
    count('transactions', transactions, 'transactions done'),
    count('faults', faults, 'transactions that did not end ok'),
    count('outcome.ok', outcomes.ok, 'transactions translated or bypassed'),
    count('outcome.abort', outcomes.abort, 'transactions aborted'),
    count('outcome.razWi', outcomes.razWi, 'transactions read as zero, or writes ignored'),
    count('outcome.stalled', outcomes.stalled, 'transactions stalled'),
    count('walks', walks, 'transactions that read a translation table descriptor'),
    ...Object.entries(hits).map(([hit, n]) =>
      count(`answeredBy.${hit}`, n, `transactions answered by: ${hit}`),
    ),
  ];
}

function reads({ reads: { ste, cd, stage1, stage2 } }: RunResult): Statistic[] {
  return [
    count('reads.ste', ste, 'stream table entries read, level 1 included', 'steFetches'),
    count('reads.cd', cd, 'context descriptors read, level 1 included', 'cdFetches'),
    count('reads.stage1', stage1, 'stage 1 descriptors read'),
    count('reads.stage2', stage2, 'stage 2 descriptors read'),
  ];
}

/** gem5's names of the caches (src/dev/arm/smmu_v3_caches.cc). */
function gem5Cache(name: string): string | undefined {
  const [, tbu, which] = /^tbu(\d+)\.(micro|main)$/.exec(name) ?? [];
  if (tbu !== undefined) return `device_interfaces${tbu}.${which === 'micro' ? 'utlb' : 'maintlb'}`;
  return { config: 'cfg', ipa: 'ipa', tcu: 'tlb', walk: 'walk' }[name];
}

function caches(result: RunResult): Statistic[] {
  return Object.entries(result.caches).flatMap(([name, { lookups, misses, fills, evictions }]) => {
    const gem5 = gem5Cache(name);
    const called = (what: string): string | undefined => (gem5 === undefined ? undefined : `${gem5}.${what}`);
    return [
      count(`cache.${name}.lookups`, lookups, 'look-ups', called('totalLookups')),
      count(`cache.${name}.misses`, misses, 'look-ups that found nothing', called('totalMisses')),
      count(`cache.${name}.fills`, fills, 'entries filled', called('totalUpdates')),
      count(`cache.${name}.evictions`, evictions, 'valid entries that a fill replaced'),
      {
        name: `cache.${name}.hitRate`,
        value: lookups === 0 ? 0 : (lookups - misses) / lookups,
        unit: 'Ratio',
        description: 'hits of all look-ups',
        gem5: called('averageHitRate'),
      },
    ];
  });
}

function times({ latency, timing }: RunResult): Statistic[] {
  if (timing === undefined) return [];
  const cycles = (name: string, value: number, description: string, gem5?: string): Statistic => ({
    name,
    value,
    unit: 'Cycle',
    description,
    gem5,
  });
  const { stalls, occupancy, throughput, bytes, refused } = timing;
  return [
    cycles('latency.mean', latency.mean, 'from acceptance to response, mean'),
    cycles('latency.p50', latency.p50, 'half of them are not above'),
    cycles('latency.p90', latency.p90, '90 % are not above'),
    cycles('latency.p99', latency.p99, '99 % are not above'),
    cycles('latency.p999', latency.p999, '99.9 % are not above'),
    cycles('latency.max', latency.max, 'the longest'),
    count('refused', refused, 'offers that found no slot or no room in the write buffer'),
    cycles('waited.order', stalls.order, 'waiting for an earlier one of the same requester, summed'),
    cycles('waited.hazard', stalls.hazard, 'waiting for the same page of another, summed'),
    cycles('waited.tcuSlot', stalls.tcuSlot, 'waiting for a slot of the TCU, summed'),
    cycles('waited.walkSlot', stalls.walkSlot, 'waiting for a walk slot, summed'),
    cycles('waited.memory', stalls.memory, 'waiting for a port to memory, summed'),
    count('occupancy.tbuSlots.mean', occupancy.tbuSlots.mean, 'TBU slots in use'),
    count('occupancy.tbuSlots.max', occupancy.tbuSlots.max, 'TBU slots in use, most'),
    count('occupancy.walkSlots.mean', occupancy.walkSlots.mean, 'walk slots in use'),
    count('occupancy.walkSlots.max', occupancy.walkSlots.max, 'walk slots in use, most'),
    { name: 'bytes', value: bytes, unit: 'Byte', description: 'of transactions that reached memory' },
    {
      name: 'throughput.bytes',
      value: throughput.bytesPerCycle,
      unit: '(Byte/Cycle)',
      description: 'bytes a cycle',
    },
    {
      name: 'throughput.transactions',
      value: throughput.transactionsPerCycle,
      unit: '(Count/Cycle)',
      description: 'transactions a cycle',
    },
  ];
}

function counts({ events, commands }: RunResult): Statistic[] {
  return [
    ...Object.entries(events).map(([name, n]) => count(`event.${name}`, n, 'event records written')),
    ...Object.entries(commands).map(([name, n]) => count(`command.${name}`, n, 'commands consumed')),
  ];
}

function count(name: string, value: number, description: string, gem5?: string): Statistic {
  return { name, value, unit: 'Count', description, gem5 };
}

/** Aligned, for people. */
export function statisticsText(statistics: readonly Statistic[]): string {
  const name = Math.max(...statistics.map((one) => one.name.length));
  const values = statistics.map(({ value }) => shown(value));
  const width = Math.max(...values.map((value) => value.length));
  return statistics
    .map(
      ({ name: called, unit, description }, i) =>
        `${called.padEnd(name)}  ${values[i].padStart(width)}  ${unit.replace(/[()]/g, '').padEnd(11)}  ${description}`,
    )
    .join('\n');
}

/** A block as gem5 writes it to stats.txt, so that scripts made for that read it too. */
export function gem5Text(statistics: readonly Statistic[], result: RunResult): string {
  const line = (name: string, value: string, unit: string, description: string): string =>
    `${name.padEnd(60)} ${value.padStart(14)}                       # ${description} (${unit})`;
  const clock = result.effectiveTiming === false ? 1000 : result.effectiveTiming.clocks.tcu;
  const seconds = result.cycles / (clock * 1e6);
  return [
    '---------- Begin Simulation Statistics ----------',
    line('simSeconds', seconds.toFixed(6), 'Second', 'Number of seconds simulated'),
    line('simTicks', String(Math.round(seconds * 1e12)), 'Tick', 'Number of ticks simulated'),
    line('simFreq', '1000000000000', '(Tick/Second)', 'The number of ticks per simulated second'),
    ...statistics.map(({ name, gem5, value, unit, description }) =>
      line(`system.smmu.${gem5 ?? name}`, gem5Number(value), unit, description),
    ),
    '',
    '---------- End Simulation Statistics   ----------',
  ].join('\n');
}

function shown(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString('en') : value.toFixed(4);
}

function gem5Number(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(6);
}
