/** The regions that exist while time is on (Header.TIMED of assembly/abi/): where they lie and what they begin with. */
import * as EventNode from '../../assembly/abi/event-node.js';
import * as Header from '../../assembly/abi/header.js';
import * as Request from '../../assembly/abi/request.js';
import * as StreamTimes from '../../assembly/abi/stream-times.js';
import * as Stretch from '../../assembly/abi/stretch.js';
import * as Submission from '../../assembly/abi/submission.js';
import * as Timing from '../../assembly/abi/timing.js';
import { type ResolvedTiming, timingWords } from '../config/resolve-timing.js';
import type { CoreMemory } from './core-memory.js';

/** Offsets from the core base. */
export interface TimingPlaces {
  readonly timing: number;
  readonly pool: number;
  readonly poolCap: number;
  readonly agents: number;
  readonly prefetches: number;
  readonly prefetchCap: number;
  readonly nodes: number;
  readonly nodeCap: number;
  readonly inbox: number;
  readonly inboxCap: number;
  readonly done: number;
  readonly doneCap: number;
  readonly streamTimes: number;
  readonly stretch: number;
  readonly stretchRecords: number;
}

/** Most answers in flight that there are nodes for, 24 MiB; a closed loop of more waits for some (timedLoop). */
const MAX_ANSWERS = 2 ** 20;
/** Submitted transactions that wait for their arrival. */
const INBOX = 4096;
/** Prefetches under way at once; a further one is not made. */
const MAX_PREFETCHES = 64;

/**
 * Answers that are on their way to devices at once, at most: accesses leave through the ports to memory, one a cycle each;
 * faults do not, but each of them was in a slot of a TBU.
 */
function answersInFlight({ clocks, tbu, memory }: ResolvedTiming, tbus: number): number {
  const perTbuCycle = clocks.tcu / clocks.tbu;
  const cycles = memory.dataLatency + 2 + Math.ceil((memory.response + 2) * perTbuCycle);
  const answers = memory.ports * cycles + tbus * (tbu.slots + memory.response + 2);
  return Math.min(MAX_ANSWERS, answers);
}

/** `place` gives the offset of a region of so many bytes. */
export function placeTiming(
  timing: ResolvedTiming,
  tbus: number,
  streamCap: number,
  place: (bytes: number) => number,
): TimingPlaces {
  const poolCap = tbus * timing.tbu.slots;
  const prefetchCap = timing.prefetch.mode === 'off' ? 0 : Math.min(timing.tcu.slots, MAX_PREFETCHES);
  // One event for each request, one for each answer; agents, prefetches and the next offer take the spare ones.
  const nodeCap = 2 * (poolCap + tbus) + EventNode.SPARE + INBOX + answersInFlight(timing, tbus);
  const doneCap = INBOX + poolCap; // all that wait and all that are in flight may finish in one call
  const stretchRecords = timing.tbu.slots <= Stretch.MOST_SLOTS ? Stretch.records(timing.tbu.slots) : 0;
  const parts = {
    timing: place(Timing.BYTES),
    pool: place(poolCap * Request.POOL_STRIDE),
    poolCap,
    agents: place((1 + tbus) * Request.BYTES),
    prefetches: place(prefetchCap * Request.BYTES),
    prefetchCap,
    nodes: place(nodeCap * EventNode.BYTES),
    nodeCap,
    inbox: place(INBOX * Submission.BYTES),
    inboxCap: INBOX,
    done: place(doneCap * Submission.BYTES),
    doneCap,
    streamTimes: place(streamCap * StreamTimes.BYTES),
  };
  // While a stretch lasts nothing that was submitted finishes: its scratch lies where that would be.
  return { ...parts, stretch: parts.done, stretchRecords };
}

/** Writes the header's part and the configuration. */
export function writeTiming(core: CoreMemory, places: TimingPlaces, timing: ResolvedTiming): void {
  const words: [number, number][] = [
    [Header.TIMED, 1],
    [Header.TIMING, places.timing],
    [Header.POOL, places.pool],
    [Header.POOL_CAP, places.poolCap],
    [Header.AGENTS, places.agents],
    [Header.PREFETCHES, places.prefetches],
    [Header.PREFETCH_CAP, places.prefetchCap],
    [Header.NODES, places.nodes],
    [Header.NODE_CAP, places.nodeCap],
    [Header.INBOX, places.inbox],
    [Header.INBOX_CAP, places.inboxCap],
    [Header.DONE, places.done],
    [Header.DONE_CAP, places.doneCap],
    [Header.STREAM_TIMES, places.streamTimes],
    [Header.STRETCH, places.stretch],
    [Header.STRETCH_RECORDS, places.stretchRecords],
  ];
  for (const [offset, value] of words) core.set32(offset, value);
  for (const [offset, value] of timingWords(timing)) core.set32(places.timing + offset, value);
}
