// A TBU and the life of a transaction in it, as gem5's SMMUv3 model has it.
import type { Random } from './cache.js';
import { type Command, type Flight, type Invalidations, namesValue } from './invalidation.js';
import { Clock, type Part, type Process, Semaphore, Signal, type Simulation } from './kernel.js';
import type { Caches, Request, Times, Timing } from './settings.js';
import { type Answer, type Station, stationOf, type Tcu } from './tcu.js';

const PAGE = 4096;

export class Tbu {
  readonly clock: Clock;
  readonly micro: Station<Answer> | undefined;
  readonly main: Station<Answer> | undefined;
  private freeSlots: number;
  private freeBeats: number;
  private readonly port: Semaphore;
  private readonly down: Semaphore;
  private readonly up: Semaphore;
  /** Requests whose page is being translated. */
  private readonly pages: Request[] = [];
  private readonly pageDone: Signal<Request>;
  /** Requests that have not passed the ordering point, by requester and direction. */
  private readonly order = new Map<string, Request[]>();
  private readonly orderMoved: Signal;

  constructor(
    private readonly simulation: Simulation,
    period: number,
    private readonly timing: Timing,
    caches: Caches,
    private readonly tcu: Tcu,
    random: Random,
    private readonly invalidations: Invalidations,
  ) {
    this.clock = new Clock(simulation, period);
    this.micro = stationOf(simulation, this.clock, caches.microTlb, random);
    this.main = stationOf(simulation, this.clock, caches.mainTlb, random);
    this.freeSlots = timing.tbu.slots;
    this.freeBeats = timing.tbu.writeBufferBeats === 0 ? Infinity : timing.tbu.writeBufferBeats;
    this.port = new Semaphore(simulation, 1);
    this.down = new Semaphore(simulation, 1);
    this.up = new Semaphore(simulation, 1);
    this.pageDone = new Signal<Request>(simulation);
    this.orderMoved = new Signal(simulation);
  }

  private beats({ write, size }: Request): number {
    return write ? Math.ceil(size / this.timing.tbu.portBytes) : 1;
  }

  private bufferBeats(request: Request): number {
    return request.write ? this.beats(request) : 0;
  }

  /** Takes a slot and room in the write buffer; false: refused. A write larger than the buffer needs all of it. */
  accept(request: Request): boolean {
    const whole = this.freeBeats === this.timing.tbu.writeBufferBeats;
    if (this.freeSlots === 0) return false;
    if (request.write && this.freeBeats < this.beats(request) && !whole) return false;
    this.freeSlots--;
    this.freeBeats -= this.bufferBeats(request);
    return true;
  }

  /** An accepted transaction, to its response. `answered`: the device has it. */
  *transaction(request: Request, times: Times, answered: () => void): Process {
    yield* this.port.use(this.clock, this.beats(request));
    const queue = this.queueOf(request);
    queue.push(request);
    const flight = this.invalidations.begin(request.sid);
    const answer = yield* this.translate(request, flight);
    if (this.timing.tbu.ordered) while (queue[0] !== request) yield* this.orderMoved.wait(undefined);
    queue.splice(queue.indexOf(request), 1);
    this.orderMoved.raise();

    const { memory } = this.timing;
    if (answer === undefined) {
      times.fault = true;
      yield* this.tcu.recordFault(request.sid);
      this.free(request);
      this.invalidations.leave(flight);
    } else {
      const beats = request.write ? Math.ceil(request.size / memory.bytesPerBeat) : 1;
      yield* this.tcu.memoryPort.use(this.tcu.clock, beats);
      times.translated = this.simulation.now;
      this.free(request);
      this.invalidations.leave(flight);
      this.tcu.answers.wake(this.tcu.clock.edge(memory.dataLatency), this.simulation.current);
      yield;
    }
    yield* this.clock.delay(memory.response);
    times.response = this.simulation.now;
    answered();
  }

  private free(request: Request): void {
    this.freeSlots++;
    this.freeBeats += this.bufferBeats(request);
    this.tcu.accepted();
  }

  private queueOf({ requester, write }: Request): Request[] {
    const key = `${requester} ${write}`;
    let queue = this.order.get(key);
    if (queue === undefined) {
      queue = [];
      this.order.set(key, queue);
    }
    return queue;
  }

  /** Entries that the command names go. */
  remove(command: Command): void {
    for (const station of [this.micro, this.main])
      station?.cache.remove((answer, context) =>
        namesValue(command, { pieces: answer.pieces, sid: Number(context) }),
      );
  }

  /** An invalidation on its way here, through a port of the larger TLB, and back. */
  *invalidation(cycles: number, answered: () => void): Process {
    const { down, up } = this.timing.link;
    yield* this.up.use(this.tcu.clock, 1);
    yield* this.tcu.clock.delay(up - 1);
    const larger = this.main ?? this.micro;
    if (larger === undefined) yield* this.clock.delay(cycles);
    else yield* larger.ports.use(this.clock, cycles);
    yield* this.down.use(this.clock, 1);
    yield* this.clock.delay(down - 1);
    answered();
  }

  /** The transaction has hit this. */
  private use(flight: Flight, answer: Answer): Answer {
    flight.configured = true;
    flight.first = answer.pieces;
    flight.second = [];
    return answer;
  }

  private *translate(request: Request, flight: Flight): Part<Answer | undefined> {
    const context = `${request.sid}`;
    const { mode } = this.timing.tbu.hazard;
    if (this.micro !== undefined) {
      const hit = yield* this.micro.lookup(context, request.va, 0);
      if (hit !== undefined) return this.use(flight, hit);
    }
    let answer = yield* this.mainLookup(request);
    if (answer === undefined && mode !== 'none') {
      while (answer === undefined && this.hazard(request) !== undefined) {
        yield* this.waitForPage(request);
        // Merged requests share the answer, which the TLBs have just been given; sleepers look it up like anyone.
        if (mode === 'merge') {
          const there = this.micro?.cache.lookup(context, request.va, 0);
          if (there !== undefined) return this.use(flight, there);
          answer = this.main?.cache.lookup(context, request.va, 0);
        } else {
          answer = yield* this.mainLookup(request);
        }
      }
    }
    const fits = (): boolean =>
      !this.invalidations.forbids(flight, { pieces: (answer as Answer).pieces, sid: request.sid });
    if (answer !== undefined) {
      this.use(flight, answer);
    } else {
      this.pages.push(request);
      answer = yield* this.askTcu(request, flight);
      if (answer !== undefined && this.main !== undefined)
        yield* this.main.fill(context, request.va, answer.span, 0, answer, fits);
      this.pages.splice(this.pages.indexOf(request), 1);
      const { wake } = this.timing.tbu.hazard;
      this.pageDone.raise((other) => wake === 'any' || this.samePage(request, other));
    }
    if (answer !== undefined && this.micro !== undefined)
      yield* this.micro.fill(context, request.va, answer.span, 0, answer, fits);
    return answer;
  }

  private *mainLookup(request: Request): Part<Answer | undefined> {
    return this.main === undefined ? undefined : yield* this.main.lookup(`${request.sid}`, request.va, 0);
  }

  private samePage(a: Request, b: Request): boolean {
    const { compareStream } = this.timing.tbu.hazard;
    return Math.floor(a.va / PAGE) === Math.floor(b.va / PAGE) && (!compareStream || a.sid === b.sid);
  }

  /** The request whose translation this one waits for. */
  private hazard(request: Request): Request | undefined {
    return this.pages.find((other) => this.samePage(request, other));
  }

  /** As gem5 does it: any page's end wakes, but who still finds its own page there sleeps on without a look-up. */
  private *waitForPage(request: Request): Part {
    do yield* this.pageDone.wait(request);
    while (this.hazard(request) !== undefined);
  }

  private *askTcu(request: Request, flight: Flight): Part<Answer | undefined> {
    const { down, up } = this.timing.link;
    yield* this.tcu.slots.acquire();
    yield* this.down.use(this.clock, 1);
    if (down > 1) yield* this.clock.delay(down - 1);
    const answer = yield* this.tcu.translate(request, flight);
    yield* this.up.use(this.tcu.clock, 1);
    if (up > 1) yield* this.tcu.clock.delay(up - 1);
    this.tcu.slots.release();
    return answer;
  }
}
