// A slow simulator of the pipeline, event by event, written from the texts on the model alone: no code of the core or the host
// is used, so that the two can be held against each other. Functional translation is abstract: a stream is a function from an
// address to the descriptors of its walk.
import { Random } from './cache.js';
import { commandEngine } from './engine.js';
import { Invalidations } from './invalidation.js';
import { type AnswerOrder, Answers, type Process, Simulation, type TickOrder } from './kernel.js';
import type { Caches, Request, Source, Stream, Times, Timing } from './settings.js';
import { Tbu } from './tbu.js';
import { Tcu } from './tcu.js';

export interface Device {
  readonly timing: Timing;
  readonly caches: Caches;
  readonly streams: ReadonlyMap<number, Stream>;
  readonly tickOrder?: TickOrder;
  readonly answerOrder?: AnswerOrder;
  /** State of the generator of random replacement. */
  readonly random?: bigint;
  /** Places of the Event queue, which nobody empties; default: no end of them. */
  readonly eventRecords?: number;
}

export class Simulator {
  readonly tcu: Tcu;
  readonly tbus: readonly Tbu[];
  /** Ticks at which the CMD_SYNCs of the last run were complete. */
  syncs: number[] = [];
  /** Ticks of a TCU cycle. */
  readonly period: number;
  private readonly simulation: Simulation;
  private readonly invalidations = new Invalidations();

  constructor(private readonly device: Device) {
    const { timing, caches, streams } = device;
    this.simulation = new Simulation(device.tickOrder ?? 'lifo');
    const { tcu, tbu } = timing.clocks;
    const divisor = gcd(tcu, tbu);
    this.period = tbu / divisor;
    const random = new Random(device.random ?? 1n);
    this.tcu = new Tcu(
      this.simulation,
      this.period,
      timing,
      caches,
      streams,
      random,
      this.invalidations,
      device.eventRecords ?? Infinity,
      new Answers(this.simulation, device.answerOrder ?? 'each'),
    );
    const count = 1 + Math.max(...[...streams.values()].map(({ tbu: n }) => n));
    this.tbus = Array.from(
      { length: count },
      () => new Tbu(this.simulation, tcu / divisor, timing, caches, this.tcu, random, this.invalidations),
    );
  }

  /** The next offer is not before this TCU cycle. */
  get idleFrom(): number {
    return Math.ceil(this.simulation.now / this.period) + 1;
  }

  /** Runs a source to its end. */
  run(source: Source): Times[] {
    const { requests, outstanding, firstOffer } = source;
    const { simulation, period } = this;
    const times: Times[] = [];
    let inFlight = 0;
    let atLimit = false;
    let refusedBy: Tbu | undefined;

    // Wakes the source: at `time`, or when a limit has gone.
    const offering = this.offer(
      requests,
      (request) => {
        const tbu = this.tbus[this.device.streams.get(request.sid)?.tbu ?? 0];
        if (!tbu.accept(request)) {
          refusedBy = tbu;
          return false;
        }
        inFlight++;
        const record = times[times.length - 1];
        record.accepted = simulation.now;
        const answered = (): void => {
          inFlight--;
          if (atLimit) {
            atLimit = false;
            simulation.wake(this.tcu.clock.edge(1), offering);
          }
        };
        simulation.start(tbu.transaction(request, record, answered));
        return true;
      },
      () => {
        atLimit = inFlight >= outstanding;
        return atLimit;
      },
      times,
    );
    // gem5: a refused device is called a cycle after any request that memory accepts, whether a slot is free then or not.
    this.tcu.accepted = (): void => {
      if (refusedBy === undefined) return;
      simulation.wake(refusedBy.clock.edge(1), offering);
      refusedBy = undefined;
    };
    this.syncs = [];
    if (source.commands !== undefined) {
      const { tcu, tbus, invalidations } = this;
      const parts = { simulation, timing: this.device.timing, tcu, tbus, invalidations };
      simulation.start(commandEngine(source.commands, parts, this.syncs));
    }
    simulation.wake(firstOffer * period, offering);
    simulation.run();
    return times;
  }

  private *offer(
    requests: readonly Request[],
    accept: (request: Request) => boolean,
    full: () => boolean,
    times: Times[],
  ): Process {
    const { simulation } = this;
    let earliest = simulation.now;
    for (const [i, request] of requests.entries()) {
      // Where the limit is reached, the response that makes room wakes the source a cycle later.
      while (full()) yield;
      if (simulation.now < earliest) {
        simulation.wake(earliest, simulation.current);
        yield;
      }
      times.push({ offered: simulation.now, accepted: -1, translated: -1, response: -1, fault: false });
      while (!accept(request)) yield;
      if (i + 1 < requests.length) earliest = this.tcu.clock.edge(Math.max(1, requests[i + 1].gap));
    }
  }
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
