/** Every statistic once: its name, unit and description, and its value in a device's Stats. Printers go through this list. */
import type { CacheStats, Level, Stats, StreamStats } from '../stats.js';
import type { TimingStats } from '../timing-stats.js';

/** Units as gem5 names them. */
export type Unit = 'Count' | 'Cycle' | 'Ratio' | 'Byte' | 'Byte/Cycle' | 'Count/Cycle';

/** One statistic with its value. */
export interface Statistic {
  readonly name: string;
  readonly unit: Unit;
  readonly description: string;
  readonly value: number;
  /** Its name in gem5's SMMUv3, below `system.smmu.`, where the meaning is the same. */
  readonly gem5?: string;
}

interface Declaration<T> {
  readonly name: string;
  readonly unit: Unit;
  readonly description: string;
  readonly value: (from: T) => number;
  readonly gem5?: string;
}

const declare = <T>(
  name: string,
  unit: Unit,
  description: string,
  value: (from: T) => number,
  gem5?: string,
): Declaration<T> => ({ name, unit, description, value, ...(gem5 === undefined ? {} : { gem5 }) });

type Flow = Pick<TimingStats, 'latency' | 'throughput' | 'bytes'>;

/** Of the device, and of each stream. */
const FLOW: readonly Declaration<Flow>[] = [
  declare('latency.mean', 'Cycle', 'From acceptance to response, mean', (t) => t.latency.mean),
  declare('latency.p50', 'Cycle', 'From acceptance to response, half are not above', (t) => t.latency.p50),
  declare('latency.p90', 'Cycle', 'From acceptance to response, 90 % are not above', (t) => t.latency.p90),
  declare('latency.p99', 'Cycle', 'From acceptance to response, 99 % are not above', (t) => t.latency.p99),
  declare(
    'latency.p999',
    'Cycle',
    'From acceptance to response, 99.9 % are not above',
    (t) => t.latency.p999,
  ),
  declare('latency.max', 'Cycle', 'From acceptance to response, longest', (t) => t.latency.max),
  declare('throughput.bytes', 'Byte/Cycle', 'Bytes that reached memory', (t) => t.throughput.bytesPerCycle),
  declare(
    'throughput.transactions',
    'Count/Cycle',
    'Transactions answered',
    (t) => t.throughput.transactionsPerCycle,
  ),
  declare('bytes', 'Byte', 'Of transactions that reached memory', (t) => t.bytes),
];

const TIME: readonly Declaration<TimingStats>[] = [
  declare('cycles', 'Cycle', 'From the first offer to the last response, TCU clock', (t) => t.cycles),
  ...FLOW,
  declare('refused', 'Count', 'Offers that found no room at first', (t) => t.refused),
  declare('stalls.order', 'Cycle', 'Waited for an earlier one of the requester', (t) => t.stalls.order),
  declare('stalls.hazard', 'Cycle', 'Waited for the translation of their page', (t) => t.stalls.hazard),
  declare('stalls.tcuSlot', 'Cycle', 'Waited for a slot of the TCU', (t) => t.stalls.tcuSlot),
  declare('stalls.walkSlot', 'Cycle', 'Waited for a walk slot', (t) => t.stalls.walkSlot),
  declare('stalls.configSlot', 'Cycle', 'Waited to fetch a configuration', (t) => t.stalls.configSlot),
  declare('stalls.memory', 'Cycle', 'Waited for a port to memory', (t) => t.stalls.memory),
  declare('occupancy.tbuSlots.mean', 'Count', 'TBU slots in use, mean', (t) => t.occupancy.tbuSlots.mean),
  declare('occupancy.tbuSlots.max', 'Count', 'TBU slots in use, most', (t) => t.occupancy.tbuSlots.max),
  declare('occupancy.walkSlots.mean', 'Count', 'Walk slots in use, mean', (t) => t.occupancy.walkSlots.mean),
  declare('occupancy.walkSlots.max', 'Count', 'Walk slots in use, most', (t) => t.occupancy.walkSlots.max),
  declare('occupancy.tcuSlots.mean', 'Count', 'TCU slots in use, mean', (t) => t.occupancy.tcuSlots.mean),
  declare('occupancy.tcuSlots.max', 'Count', 'TCU slots in use, most', (t) => t.occupancy.tcuSlots.max),
  declare('occupancy.walkQueue.mean', 'Count', 'Waiting to walk, mean', (t) => t.occupancy.walkQueue.mean),
  declare('occupancy.walkQueue.max', 'Count', 'Waiting to walk, most', (t) => t.occupancy.walkQueue.max),
  declare('prefetch.issued', 'Count', 'Requests made ahead of a translation', (t) => t.prefetch.issued),
  declare('prefetch.dropped', 'Count', 'Not made: known, under way, or no room', (t) => t.prefetch.dropped),
  declare('prefetch.reads', 'Count', 'Table reads made for them', (t) => t.prefetch.reads),
  declare('commands.busyCycles', 'Cycle', 'The command engine was at work', (t) => t.commands.busyCycles),
  declare(
    'commands.tbuInvalidations',
    'Count',
    'Invalidations sent to the TBUs',
    (t) => t.commands.tbuInvalidations,
  ),
  declare(
    'commands.backlog.mean',
    'Count',
    'Commands given and not done with, mean while the engine is at work',
    (t) => t.commands.backlog.mean,
  ),
  declare(
    'commands.backlog.max',
    'Count',
    'Commands given and not done with, most',
    (t) => t.commands.backlog.max,
  ),
  declare('commands.waitCycles', 'Cycle', 'Commands waited for the engine', (t) => t.commands.waitCycles),
  declare(
    'commands.syncWait',
    'Cycle',
    'CMD_SYNCs waited for transactions that hold what was invalidated',
    (t) => t.commands.syncWait,
  ),
];

type Traffic = Pick<Stats, 'transactions' | 'outcomes' | 'hits' | 'reads' | 'walks'>;

const TRAFFIC: readonly Declaration<Traffic>[] = [
  declare('transactions', 'Count', 'Transactions', (s) => s.transactions),
  declare('outcomes.ok', 'Count', 'Transactions that succeeded', (s) => s.outcomes.ok),
  declare('outcomes.abort', 'Count', 'Transactions that were aborted', (s) => s.outcomes.abort),
  declare(
    'outcomes.razWi',
    'Count',
    'Transactions that read as zero or were ignored',
    (s) => s.outcomes.razWi,
  ),
  declare('outcomes.stalled', 'Count', 'Transactions that stalled', (s) => s.outcomes.stalled),
  declare('hits.microTlb', 'Count', 'Transactions answered by a micro TLB', (s) => s.hits['micro-tlb']),
  declare('hits.mainTlb', 'Count', 'Transactions answered by a main TLB', (s) => s.hits['main-tlb']),
  declare('hits.merged', 'Count', "Transactions that shared another's answer", (s) => s.hits.merged),
  declare('hits.tcuTlb', 'Count', "Transactions answered by the TCU's TLB", (s) => s.hits['tcu-tlb']),
  declare(
    'hits.walkCache',
    'Count',
    'Transactions answered without a table read',
    (s) => s.hits['walk-cache'],
  ),
  declare('walks', 'Count', 'Transactions that read a table', (s) => s.walks),
  declare('reads.ste', 'Count', 'Reads of stream table entries, level 1 included', (s) => s.reads.ste),
  declare('reads.cd', 'Count', 'Reads of context descriptors, level 1 included', (s) => s.reads.cd),
  declare('reads.stage1', 'Count', 'Reads of stage 1 descriptors', (s) => s.reads.stage1),
  declare('reads.stage2', 'Count', 'Reads of stage 2 descriptors', (s) => s.reads.stage2),
];

const LEVELS: readonly Level[] = ['l-1', 'l0', 'l1', 'l2', 'l3'];

const DEVICE: readonly Declaration<Stats>[] = [
  declare(
    'reads.config.l1std',
    'Count',
    'Reads of level 1 stream table descriptors, for anything',
    (s) => s.configReads.l1std,
    'steL1Fetches',
  ),
  declare('reads.config.ste', 'Count', 'Reads of STEs, for anything', (s) => s.configReads.ste, 'steFetches'),
  declare(
    'reads.config.l1cd',
    'Count',
    'Reads of level 1 CD table descriptors, for anything',
    (s) => s.configReads.l1cd,
    'cdL1Fetches',
  ),
  declare('reads.config.cd', 'Count', 'Reads of CDs, for anything', (s) => s.configReads.cd, 'cdFetches'),
  ...(['stage1', 'stage2'] as const).flatMap((stage) =>
    LEVELS.map((level) =>
      declare<Stats>(
        `reads.${stage}.${level}`,
        'Count',
        `Reads of stage ${stage.slice(-1)} descriptors of level ${level.slice(1)}, for anything`,
        (s) => s.readsByLevel[stage][level],
      ),
    ),
  ),
  declare('events', 'Count', 'Events that transactions caused, recorded or not', (s) => s.eventsCaused),
  declare('eventsLost', 'Count', 'Event records that found the queue full', (s) => s.eventsLost),
  declare('commandErrors', 'Count', 'Commands that ended in a CMDQ_ERR', (s) => s.commandErrors),
  declare('stalled', 'Count', 'Transactions stalled now', (s) => s.stalled),
];

const CACHE: readonly Declaration<CacheStats>[] = [
  declare('lookups', 'Count', 'Look-ups', (c) => c.lookups, 'totalLookups'),
  declare('misses', 'Count', 'Look-ups that missed', (c) => c.misses, 'totalMisses'),
  declare('merged', 'Count', "Look-ups that missed and shared another's answer", (c) => c.merged),
  declare('hitRate', 'Ratio', 'Hits of look-ups', (c) => ratio(c.hits, c.lookups), 'averageHitRate'),
  declare('fills', 'Count', 'Entries written', (c) => c.fills, 'totalUpdates'),
  declare('insertions', 'Count', 'Fills of invalid ways', (c) => c.insertions, 'insertions'),
  declare('evictions', 'Count', 'Valid entries that a fill replaced', (c) => c.evictions),
  declare('invalidated', 'Count', 'Entries that commands removed', (c) => c.invalidated),
  declare('valid', 'Count', 'Entries valid now', (c) => c.valid),
];

/** All statistics of a device, in the order in which they are printed. */
export function statistics(stats: Stats): Statistic[] {
  const { timing } = stats;
  return [
    ...evaluate(TRAFFIC, stats),
    ...(timing === undefined ? [] : evaluate(TIME, timing)),
    ...evaluate(DEVICE, stats, '', (name) => name),
    ...Object.entries(stats.caches).flatMap(([name, cache]) =>
      evaluate(CACHE, cache, `caches.${name}.`, gem5Cache(name)),
    ),
    ...occurred(stats.events, 'events', 'Event records written'),
    ...occurred(stats.commands, 'commands', 'Commands consumed'),
    ...stats.streams.flatMap((stream) => [
      ...evaluate(TRAFFIC, stream, `${streamName(stream)}.`),
      ...(stream.timing === undefined ? [] : evaluate(FLOW, stream.timing, `${streamName(stream)}.`)),
    ]),
  ];
}

/** The values by name, for JSON. */
export function statisticsByName(stats: Stats): Record<string, number> {
  return Object.fromEntries(statistics(stats).map(({ name, value }) => [name, value]));
}

function evaluate<T>(
  declarations: readonly Declaration<T>[],
  from: T,
  prefix = '',
  toGem5: (name: string) => string | undefined = () => undefined,
): Statistic[] {
  return declarations.map(({ name, unit, description, value, gem5 }) => {
    const theirs = gem5 === undefined ? undefined : toGem5(gem5);
    return {
      name: prefix + name,
      unit,
      description,
      value: value(from),
      ...(theirs === undefined ? {} : { gem5: theirs }),
    };
  });
}

/** Counts by name, of which there are only those that are not 0. */
function occurred(counts: Readonly<Record<string, number>>, group: string, description: string): Statistic[] {
  return Object.entries(counts).map(([name, value]) => ({
    name: `${group}.${name}`,
    unit: 'Count',
    description: `${description}: ${name}`,
    value,
  }));
}

function streamName({ streamId }: StreamStats): string {
  return streamId === undefined ? 'streams.others' : `streams.0x${streamId.toString(16)}`;
}

const GEM5_CACHES: Readonly<Record<string, string>> = { config: 'cfg', tcu: 'tlb', ipa: 'ipa', walk: 'walk' };
const GEM5_BY_LEVEL: Readonly<Record<string, string>> = {
  totalLookups: 'totalLookupsByStageLevel',
  totalMisses: 'totalMissesByStageLevel',
  totalUpdates: 'totalUpdatesByStageLevel',
  insertions: 'insertionsByStageLevel',
};

/** gem5's names for the statistics of a cache of ours: smmu_v3_caches.cc, smmu_v3_deviceifc.cc. */
function gem5Cache(name: string): (statistic: string) => string | undefined {
  const tbu = /^tbu(\d+)\.(micro|main)$/.exec(name);
  if (tbu !== null) {
    const group = tbu[2] === 'micro' ? 'utlb' : 'maintlb';
    return (statistic) => `device_interfaces${tbu[1]}.${group}.${statistic}`;
  }
  const level = /^walk\.s([12])\.l([0-3])$/.exec(name);
  if (level !== null) {
    const [, stage, n] = level;
    return (statistic) => {
      if (statistic === 'averageHitRate') return `walk.averageHitRate_S${stage}L${n}`;
      const byLevel = GEM5_BY_LEVEL[statistic];
      return byLevel === undefined ? undefined : `walk.${byLevel}_S${stage}::L${n}`;
    };
  }
  const group = GEM5_CACHES[name];
  return (statistic) => (group === undefined ? undefined : `${group}.${statistic}`);
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
