// The TCU: request slots, configuration, walks. As gem5's SMMUv3 model has them.
import { Cache, type Random } from './cache.js';
import { type Command, type Flight, type Invalidations, namesValue, type Piece } from './invalidation.js';
import { type Answers, Clock, type Part, Semaphore, type Simulation } from './kernel.js';
import type { Caches, Descriptor, Geometry, Request, Stream, Timing } from './settings.js';

/** A translation: what TLBs hold. */
export interface Answer {
  readonly output: number;
  readonly span: number;
  readonly writable: boolean;
  /** What commands name it by. */
  readonly pieces: readonly Piece[];
}

/** undefined: it ended in a fault. */
type Result = Answer | undefined;

/** A walk cache holds a leaf's answer, or the level of the Table descriptor that it holds. */
type WalkEntry = { readonly leaf: Answer } | { readonly table: number; readonly piece: Piece };

/** An entry of a bypassed stream covers everything. */
const EVERYTHING = 52;

/** A cache with its look-up time and ports. */
export class Station<T> {
  readonly cache: Cache<T>;
  readonly ports: Semaphore;

  constructor(
    simulation: Simulation,
    private readonly clock: Clock,
    private readonly geometry: Geometry,
    random: Random,
  ) {
    this.cache = new Cache(geometry, random);
    this.ports = new Semaphore(simulation, geometry.slots);
  }

  *lookup(context: string, address: number, mix: number): Part<T | undefined> {
    yield* this.ports.acquire();
    yield* this.clock.delay(this.geometry.latency);
    const found = this.cache.lookup(context, address, mix);
    this.ports.release();
    return found;
  }

  /** `fits`: asked when it happens; false: the port is waited for, and nothing filled. */
  *fill(context: string, address: number, span: number, mix: number, value: T, fits: () => boolean): Part {
    yield* this.ports.acquire();
    if (fits()) this.cache.fill(context, address, span, mix, value);
    this.ports.release();
  }
}

export function stationOf<T>(
  simulation: Simulation,
  clock: Clock,
  geometry: Geometry | undefined,
  random: Random,
): Station<T> | undefined {
  return geometry === undefined ? undefined : new Station<T>(simulation, clock, geometry, random);
}

export class Tcu {
  readonly clock: Clock;
  readonly slots: Semaphore;
  /** The port to memory, shared by walks, event records and the clients' own accesses. */
  readonly memoryPort: Semaphore;
  readonly config: Station<number> | undefined;
  readonly tlb: Station<Answer> | undefined;
  readonly ipa: Station<Answer> | undefined;
  readonly walkCaches: Readonly<Record<1 | 2, readonly (Cache<WalkEntry> | undefined)[]>>;
  readonly reads = { ste: 0, cd: 0, stage1: 0, stage2: 0 };
  private readonly walkSlots: Semaphore;
  private readonly configSlots: Semaphore;
  private readonly walkPorts: Semaphore;
  private readonly steps: Semaphore;

  constructor(
    private readonly simulation: Simulation,
    period: number,
    private readonly timing: Timing,
    private readonly caches: Caches,
    private readonly streams: ReadonlyMap<number, Stream>,
    random: Random,
    private readonly invalidations: Invalidations,
    /** Records that the Event queue still has room for. */
    private eventRecords: number,
    readonly answers: Answers,
  ) {
    this.clock = new Clock(simulation, period);
    const { slots, walkSlots, configSlots, walkPorts, stepPorts } = timing.tcu;
    this.slots = new Semaphore(simulation, slots);
    this.walkSlots = new Semaphore(simulation, walkSlots);
    this.configSlots = new Semaphore(simulation, configSlots === 0 ? Infinity : configSlots);
    this.walkPorts = new Semaphore(simulation, walkPorts);
    this.steps = new Semaphore(simulation, stepPorts);
    this.memoryPort = new Semaphore(simulation, timing.memory.ports);
    this.config = stationOf(simulation, this.clock, caches.configCache, random);
    this.tlb = stationOf(simulation, this.clock, caches.tcuTlb, random);
    this.ipa = stationOf(simulation, this.clock, caches.ipaCache, random);
    const counters = caches.sharedCounter ? [0] : undefined;
    const level = (geometry: Geometry | undefined): Cache<WalkEntry> | undefined =>
      geometry === undefined ? undefined : new Cache<WalkEntry>(geometry, random, counters);
    this.walkCaches = { 1: caches.walk[1].map(level), 2: caches.walk[2].map(level) };
  }

  /** From the end of the link down to the start of the link up. */
  *translate(request: Request, flight: Flight): Part<Result> {
    const stream = this.streams.get(request.sid) as Stream;
    if (this.timing.tcu.front > 0) yield* this.clock.delay(this.timing.tcu.front);
    const known = this.config === undefined ? undefined : yield* this.config.lookup('', request.sid, 0);
    flight.configured = true;
    if (known === undefined) {
      yield* this.configSlots.acquire();
      yield* this.readConfiguration(stream, flight);
      this.configSlots.release();
      const fits = (): boolean => !this.invalidations.forbids(flight, { pieces: [], sid: request.sid });
      if (this.config !== undefined) yield* this.config.fill('', request.sid, 0, 0, request.sid, fits);
    }
    const { stage1, stage2 } = stream;
    const context = stage1 === undefined ? ipaContext(stream) : vaContext(stream);
    const mix = stage1 === undefined ? stream.vmid : stream.vmid ^ stream.asid;
    const bypass = stage1 === undefined && stage2 === undefined;
    if (this.tlb !== undefined) {
      // A bypass looks up too, and finds nothing.
      const hit = yield* this.tlb.lookup(bypass ? 'bypass' : context, request.va, mix);
      if (hit !== undefined) {
        flight.first = hit.pieces;
        return hit;
      }
    }
    yield* this.walkSlots.acquire();
    let answer: Result;
    if (stage1 !== undefined) answer = yield* this.stage1(request, stream, flight);
    else if (stage2 !== undefined) answer = yield* this.stage2(request.va, stream, flight, request.write);
    else answer = { output: request.va, span: EVERYTHING, writable: true, pieces: [] };
    this.walkSlots.release();
    if (answer !== undefined && this.tlb !== undefined && !bypass)
      yield* this.tlb.fill(context, request.va, answer.span, mix, answer, this.fits(flight, answer.pieces));
    return answer;
  }

  /** Entries that the command names go. */
  remove(command: Command): void {
    this.config?.cache.remove((sid) => namesValue(command, { pieces: [], sid }));
    for (const station of [this.tlb, this.ipa])
      station?.cache.remove(({ pieces }) => namesValue(command, { pieces }));
    for (const cache of [...this.walkCaches[1], ...this.walkCaches[2]])
      cache?.remove((entry) =>
        namesValue(command, { pieces: 'leaf' in entry ? entry.leaf.pieces : [entry.piece] }),
      );
  }

  private fits(flight: Flight, pieces: readonly Piece[]): () => boolean {
    return () => !this.invalidations.forbids(flight, { pieces });
  }

  private *read(bytes: number): Part {
    yield* this.memoryPort.use(this.clock, 1);
    const { latency, answerBytes } = this.timing.memory;
    let answered = this.clock.edge(latency);
    if (answerBytes > 0) {
      const beats = Math.ceil(bytes / answerBytes);
      const from = Math.max(answered, this.answersFree);
      this.answersFree = from + beats * this.clock.period;
      answered = from + (beats - 1) * this.clock.period;
    }
    this.answers.wake(answered, this.simulation.current);
    this.accepted();
    yield;
  }
  /** Memory has accepted a request of whomever. */
  accepted: () => void = () => {};

  /** The tick from which the way back from memory is free. */
  private answersFree = 0;

  /** A fault's record of 32 bytes, where one is written: who comes first has the place that is left in the queue. */
  *recordFault(sid: number): Part {
    if (!this.timing.eventWrite || this.eventRecords === 0 || !this.streams.get(sid)?.recorded) return;
    this.eventRecords--;
    yield* this.memoryPort.use(this.clock, Math.ceil(32 / this.timing.memory.bytesPerBeat));
    this.simulation.wake(this.clock.edge(this.timing.memory.latency), this.simulation.current);
    this.accepted();
    yield;
  }

  private *readConfiguration(stream: Stream, flight: Flight): Part {
    this.reads.ste++;
    yield* this.read(64);
    if (stream.stage1 === undefined) return;
    if (stream.stage2 !== undefined) yield* this.stage2(stream.context, stream, flight);
    this.reads.cd++;
    yield* this.read(64);
    flight.second = [];
  }

  /** The walk cache entry nearest to the leaf, from the last level up, or all levels at once. */
  private *probe(
    stage: 1 | 2,
    path: readonly Descriptor[],
    context: string,
    address: number,
  ): Part<WalkEntry | undefined> {
    const caches = this.walkCaches[stage];
    const mix = 0;
    const levels = [3, 2, 1, 0].filter((level) => caches[level] !== undefined && level >= path[0].level);
    if (levels.length === 0) return undefined;
    const latency = (level: number): number => (this.caches.walk[stage][level] as Geometry).latency;
    if (this.timing.tcu.probing === 'parallel') {
      yield* this.walkPorts.acquire();
      yield* this.clock.delay(Math.max(...levels.map(latency)));
      let found: WalkEntry | undefined;
      for (const level of levels) found ??= caches[level]?.lookup(context, address, mix);
      this.walkPorts.release();
      return found;
    }
    for (const level of levels) {
      yield* this.walkPorts.acquire();
      yield* this.clock.delay(latency(level));
      const found = caches[level]?.lookup(context, address, mix);
      this.walkPorts.release();
      if (found !== undefined) return found;
    }
    return undefined;
  }

  private *keep(
    stage: 1 | 2,
    context: string,
    address: number,
    at: { level: number; span: number },
    value: WalkEntry,
    flight: Flight,
  ): Part {
    const cache = this.walkCaches[stage][at.level];
    if (cache === undefined) return;
    yield* this.walkPorts.acquire();
    const pieces = 'leaf' in value ? value.leaf.pieces : [value.piece];
    if (this.fits(flight, pieces)()) cache.fill(context, address, at.span, 0, value);
    this.walkPorts.release();
  }

  private *stage1(request: Request, stream: Stream, flight: Flight): Part<Result> {
    const { va, write } = request;
    const nested = stream.stage2 !== undefined;
    const context = vaContext(stream);
    const path = (stream.stage1 as NonNullable<Stream['stage1']>)(va);
    const piece = (descriptor: Descriptor): Piece => pieceOf('va', stream, va, descriptor);
    const found = yield* this.probe(1, path, context, va);
    if (found !== undefined && 'leaf' in found) {
      flight.first = found.leaf.pieces;
      return found.leaf;
    }
    const start = found === undefined ? 0 : path.findIndex(({ level }) => level === found.table + 1);
    flight.first = path.slice(0, start).map(piece);
    if (nested && start === 0 && found === undefined) {
      if ((yield* this.stage2(path[0].address, stream, flight)) === undefined) return undefined;
    }
    yield* this.steps.use(this.clock, this.timing.tcu.walkStart);
    for (let i = start; i < path.length; i++) {
      const descriptor = path[i];
      this.reads.stage1++;
      yield* this.read(8);
      flight.second = [];
      flight.first = [...flight.first, piece(descriptor)];
      yield* this.steps.use(this.clock, this.timing.tcu.evaluate);
      if (descriptor.kind === 'invalid') return undefined;
      if (descriptor.kind === 'table') {
        if (nested && (yield* this.stage2(path[i + 1].address, stream, flight)) === undefined)
          return undefined;
        yield* this.keep(
          1,
          context,
          va,
          descriptor,
          { table: descriptor.level, piece: piece(descriptor) },
          flight,
        );
        continue;
      }
      if (write && !descriptor.writable) return undefined;
      flight.first = [piece(descriptor)];
      let answer: Answer = {
        output: descriptor.output,
        span: descriptor.span,
        writable: descriptor.writable,
        pieces: flight.first,
      };
      if (nested) {
        const second = yield* this.stage2(descriptor.output, stream, flight, write);
        if (second === undefined) return undefined;
        answer = {
          output: second.output,
          span: Math.min(answer.span, second.span),
          writable: answer.writable && second.writable,
          pieces: answer.pieces,
        };
      }
      yield* this.keep(
        1,
        context,
        va,
        { level: descriptor.level, span: answer.span },
        { leaf: answer },
        flight,
      );
      return answer;
    }
    return undefined;
  }

  /** `write`: of an output address or of a stage 2 stream; undefined: of a descriptor or CD. */
  private *stage2(address: number, stream: Stream, flight: Flight, write?: boolean): Part<Result> {
    const context = ipaContext(stream);
    const path = (stream.stage2 as NonNullable<Stream['stage2']>)(address);
    const piece = (descriptor: Descriptor): Piece => pieceOf('ipa', stream, address, descriptor);
    flight.second = [];
    if (this.ipa !== undefined) {
      const hit = yield* this.ipa.lookup(context, address, stream.vmid);
      if (hit !== undefined) {
        flight.second = hit.pieces;
        return hit;
      }
    }
    const cached = write !== undefined || this.caches.nonFinalStage2;
    const found = cached ? yield* this.probe(2, path, context, address) : undefined;
    if (found !== undefined && 'leaf' in found) {
      flight.second = found.leaf.pieces;
      return found.leaf;
    }
    const start = found === undefined ? 0 : path.findIndex(({ level }) => level === found.table + 1);
    flight.second = path.slice(0, start).map(piece);
    yield* this.steps.use(this.clock, this.timing.tcu.walkStart);
    for (const descriptor of path.slice(start)) {
      this.reads.stage2++;
      yield* this.read(8);
      flight.second = [...flight.second, piece(descriptor)];
      yield* this.steps.use(this.clock, this.timing.tcu.evaluate);
      if (descriptor.kind === 'invalid') return undefined;
      if (descriptor.kind === 'table') {
        const table = { table: descriptor.level, piece: piece(descriptor) };
        if (cached) yield* this.keep(2, context, address, descriptor, table, flight);
        continue;
      }
      if (write === true && !descriptor.writable) return undefined;
      flight.second = [piece(descriptor)];
      const answer: Answer = {
        output: descriptor.output,
        span: descriptor.span,
        writable: descriptor.writable,
        pieces: flight.second,
      };
      if (cached) yield* this.keep(2, context, address, descriptor, { leaf: answer }, flight);
      if (this.ipa !== undefined)
        yield* this.ipa.fill(
          context,
          address,
          answer.span,
          stream.vmid,
          answer,
          this.fits(flight, answer.pieces),
        );
      return answer;
    }
    return undefined;
  }
}

const vaContext = ({ asid, vmid }: Stream): string => `va ${asid} ${vmid}`;
const ipaContext = ({ vmid }: Stream): string => `ipa ${vmid}`;

/** What commands name a descriptor on the way to an address by: the addresses that it serves. */
function pieceOf(by: Piece['by'], { asid, vmid }: Stream, address: number, descriptor: Descriptor): Piece {
  const bytes = 2 ** descriptor.span;
  const from = Math.floor(address / bytes) * bytes;
  return { by, asid, vmid, from, bytes, leaf: descriptor.kind !== 'table' };
}
