// Software that takes pages, tables and configurations back while devices go on, as a driver does: change memory, invalidate,
// CMD_SYNC, and give the memory to somebody else (IHI 0070 §3.21.1.1, §3.21.3.1). Every mapping leads to a page that no other mapping ever
// leads to, so that an answer tells which mapping it came from.
import { presets, Smmu, type SmmuOptions, type Translation } from '../../src/index.js';
import { machineOver } from '../host/machine-over.js';
import { cmd, s1Leaf, s2Leaf, type CdFields, type Command, type SteFields } from '../support/encode.js';
import { identification, type Machine, R, RAM, RAM_BYTES } from '../support/machine.js';
import { MAIR, stage2Fields } from '../support/streams.js';
import type { Tables } from '../support/tables.js';
import type { Dice } from '../timing/random-cases.js';

/** The GiB to which memory that was given away leads. */
const POISON = 0x80_0000_0000n;
const GIB = 1n << 30n;
const FRAMES = 0x10_0000_0000n;
/** What guests call the RAM. */
const GUEST = 0x8000_0000n;
const REGIONS = 4;
const PAGES = 4;
const NEVER = 1n << 62n;
const PATIENCE = 3_000_000n;

const page = (region: number, n: number): bigint => (BigInt(region) << 21n) + (BigInt(n) << 12n);

interface Stream {
  readonly sid: number;
  readonly asid: number;
  readonly vmid: number;
  readonly kind: 'stage1' | 'nested' | 'stage2';
  readonly tables: Tables;
  readonly s2?: Tables;
  cd: bigint;
  ste: SteFields;
}

function timingOf(dice: Dice): NonNullable<SmmuOptions['timing']> {
  const name = dice.pick<keyof typeof presets>('gem5-default', 'mmu600-agilex5', 'mmu700-server', 'minimal');
  const { timing } = presets[name];
  return {
    ...timing,
    tbu: {
      ...timing.tbu,
      slots: dice.pick(8, 32),
      hazard: {
        mode: dice.pick('none', 'sleep', 'merge'),
        compareStream: dice.chance(50),
        wake: dice.pick('page', 'any'),
      },
      ordered: dice.chance(80),
    },
    prefetch: { mode: dice.pick('off', 'forward', 'backward'), target: dice.pick('tcu', 'tbu') },
    eventWrite: dice.chance(70),
  };
}

function cachesOf(dice: Dice): SmmuOptions['caches'] {
  const one = (entries: number, tag: 'stream' | 'context') =>
    dice.chance(80) ? ({ entries, ways: 'full', policy: 'lru', tag, latency: 2, slots: 2 } as const) : false;
  const walk = () =>
    dice.chance(70) ? ({ entries: 8, ways: 4, policy: 'lru', latency: 2 } as const) : false;
  return {
    microTlb: one(4, dice.pick('stream', 'context')),
    mainTlb: one(16, dice.pick('stream', 'context')),
    tcuTlb: dice.chance(40) ? { entries: 16, ways: 4, policy: 'lru' } : false,
    configCache: dice.chance(80) ? { entries: 4, ways: 4, policy: 'lru' } : false,
    ipaCache: dice.chance(40) ? { entries: 16, ways: 4, policy: 'lru' } : false,
    walkCaches: { s1: [walk(), walk(), walk(), walk()], s2: [walk(), walk(), walk(), walk()] },
  };
}

export class ReuseWorld {
  /** What went wrong. */
  readonly faults: string[] = [];
  /** Transactions that were answered, and with a translation. */
  answered = 0;
  ok = 0;
  /** CMD_SYNCs that had to wait for transactions. */
  waits = 0;
  private readonly streams: Stream[] = [];
  private frames = 0n;
  /** Physical page to the times between which nothing may leave for it: from the end of the CMD_SYNC that ended its mapping. */
  private readonly revoked = new Map<bigint, { from: bigint; to: bigint }[]>();
  private readonly mapped = new Map<string, bigint>();
  /** Streams whose events are over. */
  private readonly silent = new Map<number, bigint>();

  private constructor(
    private readonly m: Machine,
    private readonly dice: Dice,
    readonly about: string,
  ) {}

  static async create(dice: Dice): Promise<ReuseWorld> {
    const asyncCommands = dice.chance(65);
    const timing = timingOf(dice);
    const caches = cachesOf(dice);
    const longest = dice.pick(5, 60, 700);
    const smmu = await Smmu.create({
      id: await identification(),
      ram: [{ base: RAM, size: RAM_BYTES }],
      timing,
      caches,
      asyncCommands,
      walkLatency: () => 1 + dice.below(longest),
    });
    const m = machineOver(smmu);
    const world = new ReuseWorld(m, dice, JSON.stringify({ asyncCommands, longest, timing, caches }));
    const httu = dice.chance(50);
    world.stage1(0, 1, httu);
    world.stage1(1, 2, httu);
    world.nested(2, 3, 7);
    world.stage2(3, 8, httu);
    return world;
  }

  private get now(): bigint {
    return this.m.smmu.now;
  }

  private frame(): bigint {
    return FRAMES + (this.frames++ << 12n);
  }

  private leaf(stream: Stream, httu: boolean): bigint {
    const af = httu && this.dice.chance(50) ? 0 : 1;
    return stream.kind === 'stage2' ? s2Leaf({ af }) : s1Leaf({ af, nG: this.dice.chance(90) ? 1 : 0 });
  }

  private fill(stream: Stream): void {
    for (let region = 0; region < REGIONS; region++)
      for (let n = 0; n < PAGES; n++) this.map(stream, page(region, n));
    this.streams.push(stream);
  }

  private contextDescriptor(asid: number, tables: Tables, fields: CdFields = {}): bigint {
    const at = this.m.alloc(64);
    this.m.cd(at, { ...this.common(tables), ASID: asid, ...fields });
    return at;
  }

  private common(tables: Tables): CdFields {
    return { V: 1, AA64: 1, R: 1, A: 1, MAIR, IPS: 2, EPD1: 1, TTB0: tables.root, T0SZ: tables.o.tsz };
  }

  private stage1(sid: number, asid: number, httu: boolean): void {
    const tables = this.m.tables({ granule: 12, tsz: 25 });
    const cd = this.contextDescriptor(asid, tables, httu ? { HA: 1, HD: 1 } : { AFFD: 1 });
    const vmid = 20 + sid; // global pages are shared by all address spaces of a VMID
    const ste = { Config: 5, S1ContextPtr: cd, S2VMID: vmid };
    this.m.ste(sid, ste);
    this.fill({ sid, asid, vmid, kind: 'stage1', tables, cd, ste });
  }

  private nested(sid: number, asid: number, vmid: number): void {
    const s2 = this.m.tables({ granule: 12, tsz: 24, start: 1 });
    for (let at = 0n; at < BigInt(RAM_BYTES); at += 4096n) s2.map(GUEST + at, RAM + at, s2Leaf());
    s2.map(POISON, POISON, s2Leaf(), 1);
    const tables = this.m.tables({ granule: 12, tsz: 25, name: (pa) => pa - RAM + GUEST });
    const cd = this.contextDescriptor(asid, tables, { AFFD: 1 });
    const ste = { Config: 7, S1ContextPtr: cd - RAM + GUEST, ...stage2Fields(s2, vmid) };
    this.m.ste(sid, ste);
    this.fill({ sid, asid, vmid, kind: 'nested', tables, s2, cd, ste });
  }

  private stage2(sid: number, vmid: number, httu: boolean): void {
    const tables = this.m.tables({ granule: 12, tsz: 24, start: 1 });
    const ste = {
      Config: 6,
      ...stage2Fields(tables, vmid),
      ...(httu ? { S2HA: 1, S2HD: 1 } : { S2AFFD: 1 }),
    };
    this.m.ste(sid, ste);
    this.fill({ sid, asid: 0, vmid, kind: 'stage2', tables, cd: 0n, ste });
  }

  /** A page that leads nowhere gets a frame of its own. */
  private map(stream: Stream, iova: bigint): void {
    const frame = this.frame();
    this.mapped.set(`${stream.sid} ${iova}`, frame);
    if (stream.s2 === undefined) {
      stream.tables.map(iova, frame, this.leaf(stream, true));
      return;
    }
    // The guest's frame is at an IPA that is as new as the frame.
    const ipa = frame - FRAMES + 0x40_0000_0000n;
    stream.s2.map(ipa, frame, s2Leaf());
    stream.tables.map(iova, ipa, this.leaf(stream, false));
  }

  private unmapped(stream: Stream, iova: bigint): void {
    const key = `${stream.sid} ${iova}`;
    const frame = this.mapped.get(key);
    if (frame !== undefined) this.ending.push(frame);
    this.mapped.delete(key);
  }
  /** Frames whose mapping ends with the next CMD_SYNC. */
  private ending: bigint[] = [];

  // ---- Devices ----

  traffic(count: number): void {
    const { smmu } = this.m;
    let arrival = this.now;
    for (let i = 0; i < count; i++) {
      arrival += BigInt(this.dice.pick(0, 1, 1, 3, 30));
      if (arrival < this.last) arrival = this.last;
      if (arrival === 0n) arrival = 1n;
      this.last = arrival;
      const { sid } = this.dice.pick(...this.streams);
      smmu.submit({
        streamId: sid,
        iova: page(this.dice.below(REGIONS), this.dice.below(this.dice.chance(95) ? PAGES : PAGES + 1)),
        access: this.dice.pick('read', 'write'),
        requester: this.dice.below(3),
        size: this.dice.pick(4, 64, 256),
        arrival,
      });
    }
  }
  private last = 0n;

  pass(cycles: number): void {
    const { smmu } = this.m;
    const until = this.now + BigInt(cycles);
    while (this.now < until) this.step(until);
    this.collect(smmu);
  }

  private step(until: bigint): void {
    const { smmu } = this.m;
    const next = smmu.nextEvent() ?? until;
    smmu.advance(next > until ? until : next > this.now ? next : this.now + 1n);
    this.readEvents();
  }

  private readEvents(): void {
    const { smmu } = this.m;
    if (smmu.read32(R.EVENTQ_PROD) === smmu.read32(R.EVENTQ_CONS)) return;
    for (const [word] of this.m.events()) {
      const sid = Number(word >> 32n);
      const since = this.silent.get(sid);
      if (since !== undefined && this.now > since)
        this.faults.push(
          `event 0x${(word & 0xffn).toString(16)} of stream ${sid} at ${this.now}, after ${since}`,
        );
    }
  }

  private collect(smmu: Smmu): void {
    const done: Translation[] = [];
    smmu.poll(done);
    for (const { status, pa, translated, ticket } of done) {
      this.answered++;
      if (status !== 'ok') continue;
      this.ok++;
      if (pa >= POISON && pa < POISON + GIB)
        this.faults.push(`transaction ${ticket} used what was given away, at ${translated}`);
      for (const { from, to } of this.revoked.get(pa & ~0xfffn) ?? []) {
        if (translated > from && translated <= to)
          this.faults.push(
            `transaction ${ticket} left for 0x${pa.toString(16)} at ${translated}, after ${from}`,
          );
      }
    }
  }

  /** Lets everything end. */
  finish(): void {
    const { smmu } = this.m;
    for (let next = smmu.nextEvent(); next !== null; next = smmu.nextEvent()) this.step(next);
    this.collect(smmu);
  }

  // ---- Software ----

  private synced(...commands: Command[]): void {
    const { smmu } = this.m;
    const waited = smmu.stats().timing!.commands.syncWait;
    this.m.queue(...commands, cmd.sync());
    const from = this.now;
    while (!this.m.commandState().consumed) {
      if (this.m.commandState().error) throw new Error('a command is in error');
      if (this.now > from + PATIENCE)
        throw new Error(`the CMD_SYNC of cycle ${from} does not complete: ${this.about}`);
      if (smmu.nextEvent() === null) throw new Error(`the CMD_SYNC waits for nothing: ${this.about}`);
      this.step(NEVER);
    }
    this.readEvents();
    if (smmu.stats().timing!.commands.syncWait > waited) this.waits++;
    for (const frame of this.ending) {
      const spans = this.revoked.get(frame) ?? [];
      this.revoked.set(frame, [...spans, { from: this.now, to: NEVER }]);
    }
    this.ending = [];
  }

  /** The commands for one page of the stream: exact, by range, by address space, or all. `leaf`: tables stay. */
  private invalidation(stream: Stream, iova: bigint, leaf: number): Command[] {
    const { asid, vmid, kind } = stream;
    if (kind === 'stage2')
      return [this.dice.pick(cmd.s2Ipa(vmid, iova, { leaf }), cmd.s12Vmall(vmid), cmd.nsnhAll())];
    return [
      this.dice.pick(
        cmd.nhVa(vmid, asid, iova, { leaf }),
        cmd.nhVa(vmid, asid, iova, {
          leaf,
          tg: 1,
          num: 0,
          scale: 0,
          ttl: leaf === 1 ? 3 : 0,
          ...(leaf ? {} : { num: 1 }),
        }),
        cmd.nhVaa(vmid, iova, { leaf }),
        cmd.nhAsid(vmid, asid),
        cmd.nhAll(vmid),
        cmd.nsnhAll(),
      ),
    ].map((command) => ((command[0] & 0xffn) === 0x11n ? cmd.nhAll(vmid) : command)); // global pages too
  }

  /** Takes a page back. */
  unmapPage(): void {
    const stream = this.dice.pick(...this.streams);
    const iova = page(this.dice.below(REGIONS), this.dice.below(PAGES));
    stream.tables.raw(iova, 3, 0n);
    this.unmapped(stream, iova);
    this.synced(...this.invalidation(stream, iova, 1));
    if (this.dice.chance(70)) this.map(stream, iova);
  }

  /** Takes the stage 2 page behind a page of the guest back: combined entries need a stage 1 invalidation too (§4.4.3.1). */
  unmapGuestPage(): void {
    const stream = this.streams.find(({ s2 }) => s2 !== undefined)!;
    const iova = page(this.dice.below(REGIONS), this.dice.below(PAGES));
    const frame = this.mapped.get(`${stream.sid} ${iova}`);
    if (frame === undefined) return;
    const ipa = frame - FRAMES + 0x40_0000_0000n;
    stream.s2!.raw(ipa, 3, 0n);
    this.unmapped(stream, iova);
    this.synced(cmd.s2Ipa(stream.vmid, ipa, { leaf: 1 }), cmd.nhAll(stream.vmid));
    this.map(stream, iova);
  }

  /** Unlinks a level 3 table and gives it away. */
  unlinkTable(): void {
    const stream = this.dice.pick(...this.streams);
    const region = this.dice.below(REGIONS);
    const table = stream.tables.slot(page(region, 0), 3);
    const pages = Array.from({ length: PAGES }, (_, n) => page(region, n));
    stream.tables.raw(page(region, 0), 2, 0n);
    for (const iova of pages) this.unmapped(stream, iova);
    this.synced(...pages.flatMap((iova) => this.invalidation(stream, iova, 0)));
    this.poison(table, PAGES + 1, stream.kind === 'stage2');
    for (const iova of pages) this.map(stream, iova);
  }

  private poison(table: bigint, entries: number, stage2: boolean): void {
    for (let n = 0; n < entries; n++)
      this.m.smmu.memory.write64(table + BigInt(8 * n), POISON | 3n | (stage2 ? s2Leaf() : s1Leaf()));
  }

  /** Stops a stream without a sound, gives its context descriptor away, and starts it again with another. */
  restartStream(): void {
    const stream = this.dice.pick(...this.streams);
    const { sid } = stream;
    const frames = [...this.mapped].filter(([key]) => key.startsWith(`${sid} `)).map(([, frame]) => frame);
    this.m.ste(sid, { Config: 0 });
    this.ending.push(...frames);
    this.synced(
      ...(this.dice.chance(50)
        ? [cmd.cfgiSte(sid)]
        : [this.dice.pick(cmd.cfgiAll(), cmd.cfgiSteRange(sid & ~3, 1))]),
    );
    this.silent.set(sid, this.now);
    if (stream.kind !== 'stage2') {
      const words = Array.from({ length: 8 }, (_, i) => this.m.smmu.memory.read64(stream.cd + BigInt(8 * i)));
      const elsewhere = this.m.alloc(64);
      this.m.words(elsewhere, words);
      this.poisonDescriptor(stream);
      stream.ste = { ...stream.ste, S1ContextPtr: elsewhere + BigInt(stream.ste.S1ContextPtr!) - stream.cd };
      stream.cd = elsewhere;
    }
    this.traffic(this.dice.below(6));
    this.pass(this.dice.pick(1, 40, 2000));
    this.silent.delete(sid);
    for (const frame of frames) this.revoked.get(frame)!.at(-1)!.to = this.now;
    this.m.ste(sid, stream.ste);
    this.synced(cmd.cfgiSte(sid));
  }

  /** The context descriptor of the stream gets tables that lead to POISON. */
  private poisonDescriptor({ cd, tables: { o } }: Stream): void {
    const tables = this.m.tables(o);
    tables.map(0n, POISON, s1Leaf(), 1);
    this.m.cd(cd, { ...this.common(tables), ASID: 99 });
  }
}
