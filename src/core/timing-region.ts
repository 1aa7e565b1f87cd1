/** The regions that exist while time is on (H_TIMED of assembly/abi.ts): where they lie and what they begin with. */
import * as abi from '../../assembly/abi.js';
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
  const nodeCap = 2 * (poolCap + tbus) + abi.EN_SPARE + INBOX + answersInFlight(timing, tbus);
  const doneCap = INBOX + poolCap; // all that wait and all that are in flight may finish in one call
  return {
    timing: place(abi.TM_BYTES),
    pool: place(poolCap * abi.POOL_STRIDE),
    poolCap,
    agents: place((1 + tbus) * abi.REQUEST_BYTES),
    prefetches: place(prefetchCap * abi.REQUEST_BYTES),
    prefetchCap,
    nodes: place(nodeCap * abi.EN_BYTES),
    nodeCap,
    inbox: place(INBOX * abi.IN_BYTES),
    inboxCap: INBOX,
    done: place(doneCap * abi.IN_BYTES),
    doneCap,
    streamTimes: place(streamCap * abi.STREAM_TIME_BYTES),
  };
}

/** Writes the header's part and the configuration. */
export function writeTiming(core: CoreMemory, places: TimingPlaces, timing: ResolvedTiming): void {
  const words: [number, number][] = [
    [abi.H_TIMED, 1],
    [abi.H_TIMING, places.timing],
    [abi.H_POOL, places.pool],
    [abi.H_POOL_CAP, places.poolCap],
    [abi.H_AGENTS, places.agents],
    [abi.H_PREFETCHES, places.prefetches],
    [abi.H_PREFETCH_CAP, places.prefetchCap],
    [abi.H_NODES, places.nodes],
    [abi.H_NODE_CAP, places.nodeCap],
    [abi.H_INBOX, places.inbox],
    [abi.H_INBOX_CAP, places.inboxCap],
    [abi.H_DONE, places.done],
    [abi.H_DONE_CAP, places.doneCap],
    [abi.H_STREAM_TIMES, places.streamTimes],
  ];
  for (const [offset, value] of words) core.set32(offset, value);
  for (const [offset, value] of timingWords(timing)) core.set32(places.timing + offset, value);
}
