/** Random input of every kind for one device, step by step. The seed decides everything. */
import * as PmcgRegister from '../../assembly/arch/pmcg-register.js';
import * as Register from '../../assembly/arch/register.js';
import {
  Smmu,
  type Batch,
  type Bus,
  type SmmuOptions,
  type Stats,
  type Transaction,
  type Translation,
} from '../../src/index.js';
import { Rng } from '../oracle/random.js';
import { place, type Layout, type Placed, type Ram } from './layout.js';
import {
  cd,
  command,
  counterOffset,
  descriptor,
  Places,
  registerOffset,
  ste,
  type Word,
} from './structures.js';
import { Untouched, violations } from './untouched.js';
import { Watchdog } from './watchdog.js';

export interface FuzzResult {
  steps: number;
  /** What went wrong, with the step; the run ends there. */
  failure?: string;
  violations: number;
  slowestMs: number;
  ok: number;
  faults: number;
  commands: number;
  commandErrors: number;
  eventsRecorded: number;
  cacheHits: number;
}

const CHECK_EVERY = 2000;
const ROWS = 12;
/** Of counter groups, with and without a counterpart in the model. */
const EVENTS = [0, 1, 2, 3, 4, 5, 0x80, 0x82, 0x85, 0x86, 0x87, 0x88, 0x90, 0x91, 0xa0];
/** Levels of a table are indexed with few values, so that walks find what was planted. */
const INDEXES = [0n, 0n, 1n, 2n, 511n];

export async function fuzz(
  layout: Layout,
  seed: number,
  steps: number,
  module: SmmuOptions['module'],
): Promise<FuzzResult> {
  const run = await Fuzz.create(layout, seed, module);
  const watchdog = new Watchdog(seed);
  try {
    return run.run(steps, watchdog);
  } finally {
    await watchdog.end();
    run.smmu.dispose();
  }
}

class Fuzz {
  private readonly places: Places;
  private readonly batch: Batch;
  private readonly untouched: Untouched;
  private violationsBefore = 0;
  private doing = '';
  private readonly timed: boolean;
  private readonly polled: Translation[] = [];
  private readonly result: FuzzResult = {
    steps: 0,
    violations: 0,
    slowestMs: 0,
    ok: 0,
    faults: 0,
    commands: 0,
    commandErrors: 0,
    eventsRecorded: 0,
    cacheHits: 0,
  };

  private constructor(
    readonly smmu: Smmu,
    private readonly rng: Rng,
    private readonly placed: Placed,
  ) {
    this.places = new Places(rng, windowsOf(placed.options.ram!));
    this.batch = smmu.createBatch(ROWS);
    this.untouched = new Untouched(placed);
    this.timed = placed.options.timing !== false;
  }

  static async create(layout: Layout, seed: number, module: SmmuOptions['module']): Promise<Fuzz> {
    const rng = new Rng(seed);
    // The device's size depends on whether its options are complete, so they are before it is placed.
    const whole: Layout = { ...layout, options: { ...layout.options, seed } };
    const placed = place(whole);
    const handlers: SmmuOptions = {
      onInterrupt: () => undefined,
      onMsi: () => rng.chance(0.5),
      ...(layout.bus ? { bus: whimsicalBus(rng) } : {}),
    };
    const smmu = await Smmu.create({ ...placed.options, ...handlers, module });
    return new Fuzz(smmu, rng, placed);
  }

  run(steps: number, watchdog: Watchdog): FuzzResult {
    const { result } = this;
    for (let i = 1; i <= steps; i++) {
      watchdog.begins(i);
      const began = performance.now();
      try {
        this.step();
      } catch (error) {
        result.failure = `step ${i} (${this.doing}): ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
      }
      result.slowestMs = Math.max(result.slowestMs, performance.now() - began);
      result.steps = i;
      if (i % CHECK_EVERY === 0 || i === steps) {
        const changed = this.untouched.changed();
        if (changed !== undefined) result.failure ??= `before step ${i}: changed: ${changed}`;
      }
      if (result.failure !== undefined) break;
    }
    this.gather();
    return result;
  }

  private gather(): void {
    const { result } = this;
    const stats = this.smmu.stats();
    result.ok += stats.outcomes.ok;
    result.faults += stats.outcomes.abort + stats.outcomes.razWi + stats.outcomes.stalled;
    result.commands += sum(stats.commands);
    result.commandErrors += stats.commandErrors;
    result.eventsRecorded += sum(stats.events);
    result.cacheHits += Object.values(stats.caches).reduce((n, c) => n + c.hits, 0);
    result.violations = this.violationsBefore + violations(this.placed);
    checkCounts(stats);
  }

  private step(): void {
    const kind = this.rng.below(1000);
    if (kind < 280) this.plant();
    else if (kind < 400) this.writeRegister();
    else if (kind < 450) this.readRegister();
    else if (kind < 560) this.commands();
    else if (kind < 600) this.configure();
    else if (kind < 620) this.acknowledge();
    else if (kind < 640) this.scribble();
    else if (this.timed && kind < 740) this.flight();
    else if (kind < 820) this.translate();
    else if (kind < 920) this.lookup();
    else if (kind < 997) this.rows();
    else if (kind < 998 || this.rng.below(40) > 0) this.trace();
    else this.restart();
  }

  // ---- memory ----
  private write(at: bigint, words: readonly Word[]): void {
    words.forEach((word, i) => {
      try {
        this.smmu.memory.write64(at + 8n * BigInt(i), word);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error; // no RAM there
      }
    });
  }
  private plant(): void {
    this.doing = 'structure';
    const { rng, places } = this;
    const kind = rng.below(16);
    if (kind < 3) {
      const table = this.smmu.read64(Register.STRTAB_BASE) & 0x00ff_ffff_ffff_ffc0n;
      if (rng.chance(0.3))
        this.write(table + 8n * BigInt(rng.below(8)), [(places.node() & ~63n) | BigInt(rng.below(12))]);
      else this.write(table + 64n * BigInt(rng.below(8)), ste(rng, places));
    } else if (kind < 6) this.write(places.node() + 64n * BigInt(rng.pick([0, 0, 0, 1, 2])), cd(rng, places));
    else if (kind < 15) this.write(places.node() + 8n * rng.pick(INDEXES), [descriptor(rng, places)]);
    else this.write(places.edge() & ~7n, [descriptor(rng, places)]);
  }
  private scribble(): void {
    this.doing = 'random bytes';
    const { rng } = this;
    const bytes = Uint8Array.from({ length: 1 + rng.below(200) }, () => rng.below(256));
    try {
      this.smmu.memory.write(rng.chance(0.5) ? this.places.inside() : this.places.node(), bytes);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }

  // ---- registers ----
  private value(): bigint {
    const { rng } = this;
    const kind = rng.below(6);
    if (kind < 2) return rng.wide(64);
    if (kind === 2) return rng.wide(rng.between(1, 32));
    if (kind === 3) return 1n << BigInt(rng.below(64));
    return this.places.node() | BigInt(rng.below(32));
  }
  private writeRegister(): void {
    const { rng, smmu } = this;
    if (rng.chance(0.15)) {
      this.writeCounters();
      return;
    }
    const offset = registerOffset(rng);
    const value = this.value();
    this.doing = `write 0x${offset.toString(16)} = 0x${value.toString(16)}`;
    if (rng.chance(0.4)) smmu.write64(offset, value);
    else smmu.write32(offset, Number(value & 0xffff_ffffn));
  }
  private writeCounters(): void {
    const { rng, smmu } = this;
    const n = rng.below(smmu.pmcg.length);
    const group = smmu.pmcg[n];
    const offset = counterOffset(rng);
    const value = rng.chance(0.2) ? 0xffff_ffff_ffff_ffffn : this.value();
    this.doing = `write group ${n}, 0x${offset.toString(16)} = 0x${value.toString(16)}`;
    if (rng.chance(0.4)) group.write64(offset, value);
    else group.write32(offset, Number(value & 0xffff_ffffn));
    if (rng.chance(0.3))
      group.write32(PmcgRegister.EVTYPER0 + 4 * rng.below(8), rng.pick(EVENTS) | (1 << 29));
    if (rng.chance(0.3)) group.write64(PmcgRegister.CNTENSET0, 0xffn);
    if (rng.chance(0.3)) group.write32(PmcgRegister.CR, 1);
  }
  private readRegister(): void {
    if (this.rng.chance(0.1)) {
      const offset = counterOffset(this.rng);
      this.doing = `read of a group, 0x${offset.toString(16)}`;
      this.rng.pick([...this.smmu.pmcg]).read64(offset);
      return;
    }
    const offset = registerOffset(this.rng);
    this.doing = `read 0x${offset.toString(16)}`;
    if (this.rng.chance(0.4)) this.smmu.read64(offset);
    else this.smmu.read32(offset);
  }
  /** What a driver would write, with places from the pool. */
  private configure(): void {
    this.doing = 'configuration';
    const { rng, smmu, places } = this;
    smmu.write32(Register.CR0, 0);
    smmu.write32(Register.CR2, rng.below(4));
    smmu.write64(Register.STRTAB_BASE, places.node());
    smmu.write32(
      Register.STRTAB_BASE_CFG,
      rng.pick([3, 4, 6, 32]) | (rng.below(4) === 0 ? (1 << 16) | (6 << 6) : 0),
    );
    smmu.write64(Register.CMDQ_BASE, (places.node() & ~31n) | BigInt(rng.pick([0, 1, 3, 6, 8, 19, 31])));
    smmu.write32(Register.CMDQ_PROD, 0);
    smmu.write32(Register.CMDQ_CONS, 0);
    smmu.write64(Register.EVENTQ_BASE, (places.node() & ~31n) | BigInt(rng.pick([0, 1, 3, 6, 19])));
    smmu.write32(Register.EVENTQ_PROD, 0);
    smmu.write32(Register.EVENTQ_CONS, 0);
    smmu.write64(Register.EVENTQ_IRQ_CFG0, places.node());
    smmu.write64(Register.GERROR_IRQ_CFG0, places.node());
    smmu.write32(Register.IRQ_CTRL, rng.below(8));
    this.acknowledge();
    smmu.write32(Register.CR0, 0xd | (rng.below(8) << 6));
  }
  private acknowledge(): void {
    this.doing = 'acknowledgement';
    const { smmu } = this;
    smmu.write32(Register.GERRORN, smmu.read32(Register.GERROR));
    smmu.write32(Register.EVENTQ_CONS, smmu.read32(Register.EVENTQ_PROD));
  }

  // ---- commands ----
  private commands(): void {
    this.doing = 'commands';
    const { rng, smmu } = this;
    if (rng.chance(0.3)) smmu.write32(Register.GERRORN, smmu.read32(Register.GERROR));
    const base = smmu.read64(Register.CMDQ_BASE);
    const log2 = Number(base & 31n);
    const size = 2 ** Math.min(log2, 19);
    let prod = smmu.read32(Register.CMDQ_PROD) % (2 * size);
    if (rng.chance(0.05)) prod = smmu.read32(Register.CMDQ_CONS) % (2 * size);
    for (let n = 1 + rng.below(4); n > 0; n--) {
      this.write((base & 0x00ff_ffff_ffff_ffe0n) + 16n * BigInt(prod % size), command(rng, this.places));
      prod = (prod + 1) % (2 * size);
    }
    if (rng.chance(0.05))
      prod = rng.pick([rng.next(), prod + size, (prod + rng.below(size)) % (2 * size)]) >>> 0;
    this.doing = `commands up to PROD ${prod}, queue of ${size}`;
    smmu.write32(Register.CMDQ_PROD, prod);
  }

  // ---- transactions ----
  private iova(): bigint {
    const { rng } = this;
    const kind = rng.below(12);
    if (kind === 0) return rng.wide(64);
    if (kind === 1) return rng.wide(52);
    let at = rng.wide(12);
    for (const shift of [12n, 21n, 30n, 39n]) at |= rng.pick(INDEXES) << shift;
    return rng.chance(0.2) ? at | 0xffff_0000_0000_0000n : at;
  }
  private streamId(): number {
    return this.rng.below(30) === 0 ? this.rng.next() : this.rng.below(8);
  }
  private substreamId(): number {
    return this.rng.below(30) === 0 ? this.rng.below(2 ** 20) : this.rng.below(3);
  }
  private translate(): void {
    const transaction = this.transaction();
    this.doing = `translate stream ${transaction.streamId}, 0x${transaction.iova.toString(16)}`;
    this.smmu.translate(transaction);
  }
  /** Transactions under way while the other steps change what they read. */
  private flight(): void {
    const { rng, smmu } = this;
    const kind = rng.below(10);
    try {
      if (kind < 6) {
        this.doing = 'submit';
        const arrival = rng.chance(0.7) ? {} : { arrival: smmu.now + BigInt(rng.below(400)) };
        smmu.submit({ ...this.transaction(), ...arrival });
      } else if (kind < 9) {
        this.doing = 'advance';
        const next = smmu.nextEvent();
        smmu.advance(
          next !== null && rng.chance(0.5)
            ? next
            : smmu.now + BigInt(rng.below(rng.chance(0.1) ? 20_000 : 200)),
        );
      } else {
        this.doing = 'poll';
        smmu.poll(this.polled);
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error; // no room, or an arrival before one given
    }
  }
  private transaction(): Transaction {
    const { rng } = this;
    const iova = this.iova();
    const streamId = this.streamId();
    return {
      streamId,
      iova,
      ...(rng.chance(0.3) ? { substreamId: this.substreamId() } : {}),
      access: rng.chance(0.5) ? 'read' : 'write',
      instruction: rng.chance(0.1),
      privileged: rng.chance(0.3),
      atomic: rng.chance(0.1),
      speculative: rng.chance(0.1),
      memType: rng.below(256),
      shareability: rng.below(4),
      allocHints: rng.below(8),
      size: 1 + rng.below(4096 - Number(iova & 0xfffn)),
      ...(rng.chance(0.05) ? { ats: 'translated' as const } : {}),
    };
  }
  private flags(): number {
    const flags = this.rng.below(10) === 0 ? this.rng.next() : this.rng.below(8);
    return flags;
  }
  private lookup(): void {
    const { rng, smmu } = this;
    const flags = (this.flags() & 0xfff) | (this.substreamId() << 12);
    const iova = this.iova();
    this.doing = `lookup 0x${iova.toString(16)}, flags ${flags}`;
    const kind = rng.below(20);
    if (kind === 0) {
      // Unchecked by contract; still no trap.
      const wild = rng.pick([-1, NaN, Infinity, 2 ** 60, 1.5, -(2 ** 70)]);
      smmu.lookup(rng.pick([-1, 2 ** 40, NaN]), wild, rng.next());
    } else if (kind < 10) smmu.lookup(this.streamId(), Number(iova & 0xf_ffff_ffff_ffffn), flags);
    else smmu.lookupWords(this.streamId(), Number(iova & 0xffff_ffffn), Number(iova >> 32n), flags);
  }
  private rows(): void {
    this.doing = 'batch';
    const { rng, batch } = this;
    const count = 1 + rng.below(ROWS);
    for (let i = 0; i < count; i++) {
      batch.iova[i] = this.iova();
      batch.streamId[i] = this.streamId();
      batch.substreamId[i] = rng.below(20) === 0 ? rng.next() : this.substreamId();
      batch.flags[i] = this.flags();
      batch.size[i] = rng.below(20) === 0 ? rng.next() : 1;
      batch.requester[i] = rng.next();
      batch.arrival[i] = this.arrival(i);
    }
    try {
      if (this.timed && rng.chance(0.5))
        this.smmu.run(
          batch,
          { outstanding: 1 + rng.below(8), minGap: rng.below(8), requesters: rng.below(4) },
          count,
        );
      else this.smmu.translateBatch(batch, count);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error; // a row's size
    }
  }
  private arrival(row: number): bigint {
    const { rng, smmu } = this;
    return this.timed && rng.chance(0.99) ? smmu.now + BigInt(row * rng.below(30)) : rng.wide(64);
  }
  private trace(): void {
    this.doing = 'trace';
    this.smmu.trace({ streamId: this.streamId(), iova: this.iova(), size: 1 });
  }

  // ---- the device as a whole ----
  private restart(): void {
    const { smmu } = this;
    if (this.rng.chance(0.5)) {
      this.doing = 'save and restore';
      const snapshot = smmu.save();
      this.writeRegister();
      smmu.restore(snapshot);
      return;
    }
    this.doing = 'reset';
    this.gather();
    this.violationsBefore = this.result.violations - violations(this.placed);
    smmu.reset();
  }
}

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((n, count) => n + count, 0);

function windowsOf(ram: Ram): { base: bigint; size: number }[] {
  // Of a sparse window a few pages are enough; more would find its pool used up at once.
  return ram.map(({ base, size, sparse, pool }) => ({ base, size: sparse ? 2 * pool! : size }));
}

function checkCounts(stats: Stats): void {
  for (const [name, { valid, entries }] of Object.entries(stats.caches)) {
    if (valid > entries) throw new Error(`cache ${name} counts ${valid} of ${entries} entries`);
  }
}

function whimsicalBus(rng: Rng): Bus {
  return {
    read: (_, into) => {
      for (let i = 0; i < into.length; i++) into[i] = rng.below(256);
      return rng.chance(0.5);
    },
    write: () => rng.chance(0.5),
    compareExchange64: (_, expected) =>
      rng.chance(0.3) ? undefined : rng.chance(0.5) ? expected : rng.wide(64),
  };
}
