/** Statistics, gathered from the counters that the core keeps. */
import * as Cache from '../../assembly/abi/cache.js';
import * as DeviceCounters from '../../assembly/abi/device-counters.js';
import * as Header from '../../assembly/abi/header.js';
import * as Layout from '../../assembly/abi/layout.js';
import * as Status from '../../assembly/abi/status.js';
import * as StreamRecord from '../../assembly/abi/stream-record.js';
import * as StreamTimes from '../../assembly/abi/stream-times.js';
import * as TableAccess from '../../assembly/abi/table-access.js';
import * as Opcode from '../../assembly/arch/opcode.js';
import { eventName } from '../inspect/event.js';
import { type Hit, HITS } from '../core/hit.js';
import { streamTiming, type StreamTiming } from './stream-timing.js';
import type { TimingStats } from './timing-stats.js';
import type { CoreMemory } from '../core/core-memory.js';
import type { CachePlace } from '../core/map.js';

/**
 * The registers of a counter group (PMCG), by offset from its page 0 (IHI 0070 §10.5). What is no register, or not aligned, reads
 * as 0; over two 32-bit registers the low half comes first.
 */
export interface CounterGroup {
  read32(offset: number): number;
  write32(offset: number, value: number): void;
  read64(offset: number): bigint;
  write64(offset: number, value: bigint): void;
}

/** Transactions by outcome. */
export interface OutcomeCounts {
  readonly ok: number;
  readonly abort: number;
  readonly razWi: number;
  readonly stalled: number;
}

/** Reads of guest memory, by what was read. */
export interface ReadCounts {
  /** Stream table entries, those of level 1 included. */
  readonly ste: number;
  /** Context descriptors, those of level 1 included. */
  readonly cd: number;
  /** Stage 1 descriptors. */
  readonly stage1: number;
  /** Stage 2 descriptors. */
  readonly stage2: number;
}

/** Walk levels, those of the tables' formats. */
export type Level = 'l-1' | 'l0' | 'l1' | 'l2' | 'l3';

/** Descriptors read, by stage and level. */
export interface LevelReads {
  readonly stage1: Readonly<Record<Level, number>>;
  readonly stage2: Readonly<Record<Level, number>>;
}

/** One cache. */
export interface CacheStats {
  readonly entries: number;
  readonly sets: number;
  readonly ways: number;
  /** Valid entries now. */
  readonly valid: number;
  /** Transactions that looked up: hits, misses and merged; that of a bypass which a TLB remembers is among them, though no TLB counts as what answered it. */
  readonly lookups: number;
  readonly hits: number;
  readonly misses: number;
  /** Look-ups that missed and whose transactions shared the answer of another one for the page: neither hits nor misses. */
  readonly merged: number;
  /** Entries written: where none was, in place, or over another. */
  readonly fills: number;
  /** Fills of invalid ways. */
  readonly insertions: number;
  /** Valid entries that a fill replaced. */
  readonly evictions: number;
  /** Valid entries that a command removed. */
  readonly invalidated: number;
}

/** One stream, or those that have no record of their own. */
export interface StreamStats {
  /** Absent: all streams beyond the option `statStreams` together. */
  readonly streamId?: number;
  readonly tbu: number;
  readonly transactions: number;
  readonly outcomes: OutcomeCounts;
  /** Transactions by what answered them; every bypass is among 'none'. */
  readonly hits: Readonly<Record<Hit, number>>;
  readonly reads: ReadCounts;
  readonly configHits: number;
  readonly configMisses: number;
  /** Event records that its transactions caused, recorded or not. */
  readonly events: number;
  /** Transactions that read a descriptor. */
  readonly walks: number;
  /** Absent: time is off. */
  readonly timing?: StreamTiming;
}

/** All counts since creation, `resetStats` or `reset`. */
export interface Stats {
  readonly transactions: number;
  readonly outcomes: OutcomeCounts;
  readonly hits: Readonly<Record<Hit, number>>;
  readonly reads: ReadCounts;
  /** Descriptors read for anything, address translation operations and prefetches included. */
  readonly readsByLevel: LevelReads;
  /** Reads of stream table and CD table entries by what was read, for anything. */
  readonly configReads: {
    readonly l1std: number;
    readonly ste: number;
    readonly l1cd: number;
    readonly cd: number;
  };
  /** Transactions that read a descriptor. */
  readonly walks: number;
  /** In the order in which they were first seen. */
  readonly streams: readonly StreamStats[];
  /** By name: 'tbu0.micro', 'tbu0.main', 'config', 'tcu', 'ipa', 'walk.s1.l0' … or 'walk'. Only those that exist. */
  readonly caches: Readonly<Record<string, CacheStats>>;
  /** Commands consumed, by name, such as 'CMD_TLBI_NH_VA'; only those that occurred. */
  readonly commands: Readonly<Record<string, number>>;
  /** Records written to the Event queue, by name, such as 'F_TRANSLATION'; only those that occurred. */
  readonly events: Readonly<Record<string, number>>;
  /** Events that transactions caused, recorded or not. */
  readonly eventsCaused: number;
  /** Records dropped because the queue was not writable. */
  readonly eventsLost: number;
  /** Commands that ended in a CMDQ_ERR. */
  readonly commandErrors: number;
  readonly msis: number;
  /** Wired pulses. */
  readonly interrupts: number;
  /** Transactions stalled now. */
  readonly stalled: number;
  /** Writes that found the pool of a sparse RAM window used up, and so were external aborts. */
  readonly sparseFull: number;
  /** Absent: time is off. */
  readonly timing?: TimingStats;
}

/** Names of opcodes. Numbers that stand for a range, and the second name of one that has two, are left out. */
const OPCODE_NAMES = new Map<number, string>(
  Object.entries(Opcode)
    .filter(([name]) => !/_(?:FIRST|LAST)$|^CFGI_ALL$/.test(name))
    .map(([name, opcode]) => [opcode, `CMD_${name}`]),
);

/** Name of a command's opcode: 'CMD_SYNC', or 'CMD_0x99' for one that the architecture does not define. */
export function commandName(opcode: number): string {
  return OPCODE_NAMES.get(opcode) ?? `CMD_0x${opcode.toString(16).padStart(2, '0')}`;
}

const LEVELS: readonly Level[] = ['l-1', 'l0', 'l1', 'l2', 'l3'];

/** Reads all counters. `timing`: what is counted with time on. */
export function gatherStats(
  core: CoreMemory,
  caches: readonly CachePlace[],
  timing: TimingStats | undefined,
): Stats {
  const count = core.get32(Header.STREAM_COUNT);
  const first = core.get32(Header.STREAMS);
  const times = core.get32(Header.STREAM_TIMES);
  const records = Array.from({ length: count }, (_, i): StreamStats => {
    const stream = streamStats(core, first + i * StreamRecord.BYTES, i === 0);
    if (timing === undefined) return stream;
    return { ...stream, timing: streamTiming(core, times + i * StreamTimes.BYTES, timing.cycles) };
  });
  const counter = (offset: number): number => core.count(Layout.COUNTERS + offset);
  return {
    ...total(records),
    configReads: {
      l1std: configReads(core, TableAccess.L1STD),
      ste: configReads(core, TableAccess.STE),
      l1cd: configReads(core, TableAccess.L1CD),
      cd: configReads(core, TableAccess.CD),
    },
    readsByLevel: { stage1: readsByLevel(core, 0), stage2: readsByLevel(core, 1) },
    streams: [...records.slice(1), ...records.slice(0, 1).filter(({ transactions }) => transactions > 0)],
    caches: Object.fromEntries(caches.map(({ cache }) => [cache.name, cacheStats(core, cache.index)])),
    commands: named(core, DeviceCounters.COMMANDS, commandName),
    events: named(core, DeviceCounters.EVENTS, eventName),
    eventsCaused: counter(DeviceCounters.EVENTS_CAUSED),
    eventsLost: counter(DeviceCounters.EVENTS_LOST),
    commandErrors: counter(DeviceCounters.CERRORS),
    msis: counter(DeviceCounters.MSIS),
    interrupts: counter(DeviceCounters.INTERRUPTS),
    stalled: core.get32(Header.STALL_COUNT),
    sparseFull: core.get32(Header.SPARSE_FULL),
    ...(timing === undefined ? {} : { timing }),
  };
}

function configReads(core: CoreMemory, what: number): number {
  return core.count(Layout.COUNTERS + DeviceCounters.CONFIG_READS + 8 * what);
}

function readsByLevel(core: CoreMemory, stage2: number): Record<Level, number> {
  const at = Layout.COUNTERS + DeviceCounters.LEVEL_READS + 8 * LEVELS.length * stage2;
  return Object.fromEntries(LEVELS.map((level, i) => [level, core.count(at + 8 * i)])) as Record<
    Level,
    number
  >;
}

function streamStats(core: CoreMemory, at: number, shared: boolean): StreamStats {
  const counts = (offset: number, n: number): number => core.count(at + offset + 8 * n);
  const hits = Object.fromEntries(HITS.map(([hit, n]) => [hit, counts(StreamRecord.HIT, n)])) as Record<
    Hit,
    number
  >;
  const transactions = Object.values(hits).reduce((all, n) => all + n, 0);
  const abort = counts(StreamRecord.OUTCOME, Status.ABORT);
  const razWi = counts(StreamRecord.OUTCOME, Status.RAZ_WI);
  const stalled = counts(StreamRecord.OUTCOME, Status.STALLED);
  const outcomes = { ok: transactions - abort - razWi - stalled, abort, razWi, stalled };
  return {
    ...(shared ? {} : { streamId: core.get32(at + StreamRecord.SID) }),
    tbu: core.get32(at + StreamRecord.TBU),
    transactions,
    outcomes,
    hits,
    reads: {
      ste: counts(StreamRecord.READS, 0),
      cd: counts(StreamRecord.READS, 1),
      stage1: counts(StreamRecord.READS, 2),
      stage2: counts(StreamRecord.READS, 3),
    },
    configHits: counts(StreamRecord.CONFIG_HITS, 0),
    configMisses: counts(StreamRecord.CONFIG_MISSES, 0),
    events: counts(StreamRecord.EVENTS, 0),
    walks: counts(StreamRecord.WALKS, 0),
  };
}

function total(
  records: readonly StreamStats[],
): Pick<Stats, 'transactions' | 'outcomes' | 'hits' | 'reads' | 'walks'> {
  const sum = (pick: (record: StreamStats) => number): number =>
    records.reduce((all, record) => all + pick(record), 0);
  return {
    transactions: sum(({ transactions }) => transactions),
    outcomes: {
      ok: sum(({ outcomes }) => outcomes.ok),
      abort: sum(({ outcomes }) => outcomes.abort),
      razWi: sum(({ outcomes }) => outcomes.razWi),
      stalled: sum(({ outcomes }) => outcomes.stalled),
    },
    hits: Object.fromEntries(HITS.map(([hit]) => [hit, sum(({ hits }) => hits[hit])])) as Record<Hit, number>,
    reads: {
      ste: sum(({ reads }) => reads.ste),
      cd: sum(({ reads }) => reads.cd),
      stage1: sum(({ reads }) => reads.stage1),
      stage2: sum(({ reads }) => reads.stage2),
    },
    walks: sum(({ walks }) => walks),
  };
}

function cacheStats(core: CoreMemory, index: number): CacheStats {
  const at = Layout.CACHES + index * Cache.BYTES;
  const hits = core.count(at + Cache.HITS);
  const misses = core.count(at + Cache.MISSES);
  const merged = core.count(at + Cache.MERGED);
  return {
    entries: core.get32(at + Cache.ENTRIES),
    sets: core.get32(at + Cache.SETS),
    ways: core.get32(at + Cache.WAYS),
    valid: core.get32(at + Cache.VALID),
    lookups: hits + misses + merged,
    hits,
    misses,
    merged,
    fills: core.count(at + Cache.FILLS),
    insertions: core.count(at + Cache.INSERTIONS),
    evictions: core.count(at + Cache.EVICTIONS),
    invalidated: core.count(at + Cache.INVALIDATED),
  };
}

/** The counts of a table of 256 that are not 0. */
function named(core: CoreMemory, table: number, name: (n: number) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let n = 0; n < 256; n++) {
    const value = core.count(Layout.COUNTERS + table + 8 * n);
    if (value !== 0) counts[name(n)] = value;
  }
  return counts;
}
