// Events in time order, and processes that are generators: `yield` means "I wait", and whoever it waits for schedules it.

/** What runs: resumed by its event, it goes on to its next wait. */
export type Process = Generator<undefined, void, undefined>;
/** A part of a process. */
export type Part<T = void> = Generator<undefined, T, undefined>;

/** Which of several events of one tick comes first: the one made last (gem5's queue), or the one made first. */
export type TickOrder = 'lifo' | 'fifo';

interface Event {
  readonly time: number;
  readonly rank: number;
  readonly process: Process;
}

export class Simulation {
  now = 0;
  current!: Process;
  private made = 0;
  private readonly heap: Event[] = [];

  constructor(private readonly tickOrder: TickOrder) {}

  /** Resumes the process at a tick, not before now. */
  wake(time: number, process: Process): void {
    this.made++;
    const event = { time, rank: this.tickOrder === 'fifo' ? this.made : -this.made, process };
    let at = this.heap.length;
    this.heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(event, this.heap[parent])) break;
      this.heap[at] = this.heap[parent];
      at = parent;
    }
    this.heap[at] = event;
  }

  /** Begins a process at once. */
  start(process: Process): void {
    const caller = this.current;
    this.current = process;
    process.next();
    this.current = caller;
  }

  /** Runs until nothing is left to happen. */
  run(): void {
    for (let event = this.take(); event !== undefined; event = this.take()) {
      this.now = event.time;
      this.current = event.process;
      event.process.next();
    }
  }

  private take(): Event | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1], heap[child])) child++;
      if (!before(heap[child], last)) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function before(a: Event, b: Event): boolean {
  return a.time < b.time || (a.time === b.time && a.rank < b.rank);
}

/** A clock whose edges lie at multiples of its period. */
export class Clock {
  constructor(
    private readonly simulation: Simulation,
    readonly period: number,
  ) {}

  /** The tick n cycles after the edge at or after `from`. */
  edge(n: number, from = this.simulation.now): number {
    return (Math.ceil(from / this.period) + n) * this.period;
  }

  *delay(cycles: number): Part {
    this.simulation.wake(this.edge(cycles), this.simulation.current);
    yield;
  }
}

/**
 * Answers of memory: each an event of its own that is made with the access; or, as gem5's SimpleMemory has them, in a queue whose one
 * event for the first answer is made when the answer before it has been delivered.
 */
export type AnswerOrder = 'each' | 'queue';

export class Answers {
  private readonly waiting: { time: number; process: Process }[] = [];
  private readonly delivery = this.deliver();

  constructor(
    private readonly simulation: Simulation,
    private readonly order: AnswerOrder,
  ) {}

  /** Resumes the process at a tick, not before those that were asked for earlier. */
  wake(time: number, process: Process): void {
    if (this.order === 'each') return this.simulation.wake(time, process);
    if (this.waiting.push({ time, process }) === 1) this.simulation.wake(time, this.delivery);
  }

  private *deliver(): Process {
    for (;;) {
      this.simulation.start(this.waiting[0].process);
      this.waiting.shift();
      if (this.waiting.length > 0) this.simulation.wake(this.waiting[0].time, this.delivery);
      yield;
    }
  }
}

/** Tokens. One that comes back wakes the first that waits, in the same tick; it tries again, and may find it gone. */
export class Semaphore {
  private readonly waiting: Process[] = [];

  constructor(
    private readonly simulation: Simulation,
    private tokens: number,
  ) {}

  *acquire(): Part {
    while (this.tokens === 0) {
      this.waiting.push(this.simulation.current);
      yield;
    }
    this.tokens--;
  }

  release(): void {
    this.tokens++;
    const first = this.waiting.shift();
    if (first !== undefined) this.simulation.wake(this.simulation.now, first);
  }

  /** Holds a token for some cycles. */
  *use(clock: Clock, cycles: number): Part {
    yield* this.acquire();
    yield* clock.delay(cycles);
    this.release();
  }

  /** Waits for a token, and gives it back at once. */
  *touch(): Part {
    yield* this.acquire();
    this.release();
  }
}

/** Something that happens now and then; all that wait for it wake, or those that it is about. */
export class Signal<T = undefined> {
  private waiting: { process: Process; about: T }[] = [];

  constructor(private readonly simulation: Simulation) {}

  *wait(about: T): Part {
    this.waiting.push({ process: this.simulation.current, about });
    yield;
  }

  raise(concerns: (about: T) => boolean = () => true): void {
    const { waiting } = this;
    this.waiting = waiting.filter(({ about }) => !concerns(about));
    for (const { process, about } of waiting) {
      if (concerns(about)) this.simulation.wake(this.simulation.now, process);
    }
  }
}
