// The whole stack: a model, the host's driver, a back end, a virtual SMMU, and our driver again, in the guest's role. Beside it, what
// every device should reach, as a plain map of pages.
import { HostIommu, PROT_CACHE, PROT_READ, PROT_WRITE } from '../../../src/iommu/index.js';
import { cdStage1 } from '../../../src/iommu/entry/cd.js';
import { steStage1 } from '../../../src/iommu/entry/ste.js';
import type { VirtualSmmuSnapshot } from '../../../src/vsmmu/index.js';
import type { Random } from '../../iommu/support/world.js';
import { type Kind, GPA, GUEST_BYTES, PA, R, Rig, type RigOptions, SMMUEN } from './rig.js';
import { FaultBooks, GUEST_EVENTS, HOST_EVENTS } from './fault-books.js';
import { watchOpenings } from './openings.js';
import type { Guest, GuestDomain, StackDevice } from './stack-parts.js';

const PAGE = 4096n;
/** The guest's driver has the first half of its RAM, mappings lead to the second. */
const POOL = { base: GPA, size: GUEST_BYTES / 2 };
const DATA = GPA + BigInt(GUEST_BYTES / 2);
const DATA_PAGES = GUEST_BYTES / 2 / 4096;
/** The last page of the data, which no mapping reaches: CDs that the guest's driver does not know. */
const SPARE_CDS = GPA + BigInt(GUEST_BYTES) - PAGE;
const PAGES = 24;
const DEVICES = 3;
const FIRST_VSID = 8;
const EMULATED = 0x40;
/** Where renumbered devices go, each to a number of its own. */
const RENUMBERED = 0x100;

export class Stack {
  guest: Guest | undefined;
  readonly domains: GuestDomain[] = [];
  readonly books: FaultBooks;
  /** What the host did to streams that it should not have. */
  readonly breaches: string[] = [];
  readonly done: string[] = [];
  armed = 0;
  injected = 0;
  #renumbered = 0;

  private constructor(
    readonly rig: Rig,
    readonly devices: StackDevice[],
    readonly r: Random,
    kind: Kind,
  ) {
    this.books = new FaultBooks(kind === 'iommufd' ? HOST_EVENTS : Infinity);
  }

  static async create(kind: Kind, r: Random, options: RigOptions = {}): Promise<Stack> {
    const made: { stack?: Stack } = {};
    const rig = await Rig.create({
      device: false,
      kind,
      veventqDepth: HOST_EVENTS,
      ...options,
      onInterrupt: (source) => {
        if (source === 'gerror' || made.stack?.books.deaf === false) made.stack?.guest?.interrupt(source);
      },
    });
    const devices: StackDevice[] = Array.from({ length: DEVICES }, (_, i) => {
      const sid = 0x100 + i;
      const vsid = FIRST_VSID + i;
      return { sid, vsid, handle: rig.add(vsid, sid), guest: undefined, attached: undefined, clean: true };
    });
    const emulated = rig.vsmmu.addDevice({ vsid: EMULATED, emulated: true });
    devices.push({
      sid: undefined,
      vsid: EMULATED,
      handle: emulated,
      guest: undefined,
      attached: undefined,
      clean: true,
    });
    const stack = (made.stack = new Stack(rig, devices, r, kind));
    for (const device of devices)
      if (device.sid !== undefined) stack.hostDevices.set(device, rig.lastDevice(device.sid));
    watchOpenings(rig, stack.hostDevices, stack.breaches);
    const fails = (): boolean => {
      if (stack.armed === 0 || r.chance(45)) return false;
      stack.armed--;
      stack.injected++;
      for (const device of stack.devices) device.clean = false;
      return true;
    };
    rig.recorder.failNext = (call) => !/^(abort|remove|respond)/.test(call) && fails();
    rig.recorder.failAfter = () => fails();
    return stack;
  }

  /** What the VMM hands to the virtual SMMU for a device. */
  readonly hostDevices = new Map<StackDevice, unknown>();

  /** The guest's driver starts: every stream that it does not know aborts. */
  async boot(): Promise<void> {
    this.log('boot');
    // The driver comes into being in probe, and an interrupt before it returns finds nobody.
    this.guest = await HostIommu.probe(this.rig.vsmmu, {
      pool: POOL,
      cmdqLog2: 4,
      evtqLog2: Math.log2(GUEST_EVENTS),
      onEvent: (record) => this.books.tell(record),
    });
    this.domains.length = 0;
    for (const device of this.devices) {
      device.guest = undefined;
      device.attached = undefined;
      device.clean = true;
    }
  }

  log(what: string): void {
    this.done.push(what);
    if (this.done.length > 40) this.done.shift();
  }

  /** One operation of the guest's or of the VMM's. */
  async step(): Promise<void> {
    const { r } = this;
    if (r.chance(20)) this.armed = 1 + r.below(3);
    const operations: (readonly [number, () => void | Promise<void>])[] = [
      [30, () => this.map()],
      [24, () => this.unmap()],
      [16, () => this.attach()],
      [4, () => this.detach()],
      [3, () => void this.alloc()],
      [3, () => this.free()],
      [4, () => this.plug()],
      [2, () => this.renumber()],
      [3, () => this.listen()],
      [3, () => this.hostLate()],
      [4, () => this.switchTables()],
      [2, () => this.allAway()],
      [2, () => this.gbpa()],
      [2, () => this.offAndOn()],
      [1, () => this.saveRestore()],
      ...(r.chance(30) ? ([[1, () => this.reset()]] as const) : []),
    ];
    let ticket = r.below(operations.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, operation] of operations) {
      if ((ticket -= weight) < 0) {
        await operation();
        break;
      }
    }
    this.armed = 0;
  }

  alloc(type?: 'dma' | 'identity' | 'blocked'): GuestDomain | undefined {
    if (this.guest === undefined || this.domains.length > 6) return undefined;
    const chosen = type ?? this.r.pick(['dma', 'dma', 'dma', 'identity', 'blocked'] as const);
    this.log(`alloc ${chosen}`);
    const made = { domain: this.guest.domainAlloc({ type: chosen }), pages: new Map(), gone: [] };
    this.domains.push(made);
    return made;
  }

  free(): void {
    const idle = this.domains.filter((one) => !this.devices.some(({ attached }) => attached === one));
    if (this.guest === undefined || idle.length === 0) return;
    const gone = this.r.pick(idle);
    this.log('free');
    this.guest.domainFree(gone.domain);
    this.domains.splice(this.domains.indexOf(gone), 1);
  }

  attach(): void {
    const { guest, r } = this;
    if (guest === undefined) return;
    // A driver whose device has gone dead looks after it.
    const dead = this.devices.filter((one) => !one.clean && this.aborts(one));
    const device = dead.length > 0 && r.chance(70) ? r.pick(dead) : r.pick(this.devices);
    if (dead.includes(device)) this.detachFrom(device);
    const domain = this.domains.length > 0 && r.chance(80) ? r.pick(this.domains) : this.alloc();
    if (domain === undefined) return;
    this.log(`attach ${device.vsid} to ${domain.domain.type} ${this.domains.indexOf(domain)}`);
    device.guest ??= guest.addDevice({ streamIds: [device.vsid] });
    // From one of the guest's tables to another only the CD changes: its driver leaves the STE, and a stream that a failure has
    // left aborting stays so.
    const sameSte = device.attached?.domain.type === domain.domain.type;
    if (!sameSte) device.clean = true;
    guest.attachDevice(domain.domain, device.guest);
    device.attached = domain;
    this.inspect(device);
  }

  /**
   * The guest leads a device to other tables by its STE alone, through a CD that stands elsewhere; then its driver follows, with the CD
   * where it always is.
   */
  switchTables(): void {
    const { guest, r } = this;
    const others = (one: StackDevice): GuestDomain[] =>
      this.domains.filter((domain) => domain.domain.type === 'dma' && domain !== one.attached);
    const able = this.devices.filter((one) => one.attached?.domain.type === 'dma' && others(one).length > 0);
    if (guest === undefined || able.length === 0) return;
    const device = r.pick(able);
    const next = r.pick(others(device));
    this.log(`switch ${device.vsid} to ${this.domains.indexOf(next)}`);
    const { tables, asid } = next.domain;
    const at = SPARE_CDS + BigInt(64 * this.devices.indexOf(device));
    const words = cdStage1(tables.stage1, { asid });
    words.forEach((word, i) => this.rig.memory.write64(at + BigInt(8 * i), word));
    const { traits } = device.guest!;
    device.clean = true;
    device.guest!.writeStes(steStage1(traits, { s1ContextPtr: at, s1CDMax: 0 }), false);
    device.attached = next;
    this.inspect(device);
    device.clean = true;
    guest.attachDevice(next.domain, device.guest!);
    this.inspect(device);
  }

  /** What is mapped; and what must not be reached: what was mapped, and RAM by its own numbers. */
  private inspect(device: StackDevice): void {
    const mapped = [...(device.attached?.pages.keys() ?? [])];
    for (let i = 0; i < 2 && mapped.length > 0; i++) this.ask(device, this.r.pick(mapped));
    for (const page of device.attached?.gone.slice(0, 4) ?? []) this.ask(device, page);
    this.ask(device, GPA + BigInt(this.r.below(GUEST_BYTES / 4096)) * PAGE);
  }

  detach(): void {
    this.detachFrom(this.r.pick(this.devices));
  }

  private detachFrom(device: StackDevice): void {
    if (device.attached === undefined) return;
    this.log(`detach ${device.vsid}`);
    device.clean = true;
    this.guest!.detachDevice(device.attached.domain, device.guest!);
    device.attached = undefined;
  }

  map(): void {
    const dma = this.domains.filter(({ domain }) => domain.type === 'dma');
    if (this.guest === undefined || dma.length === 0) return;
    const { r } = this;
    const { domain, pages } = r.pick(dma);
    const first = BigInt(r.below(PAGES)) * PAGE;
    const count = 1 + r.below(4);
    const all = Array.from({ length: count }, (_, i) => first + BigInt(i) * PAGE);
    if (all.some((page) => pages.has(page))) return;
    const to = DATA + BigInt(r.below(DATA_PAGES - count)) * PAGE;
    const write = r.chance(60);
    this.log(
      `map ${first.toString(16)} + ${count} in ${this.domains.findIndex((one) => one.domain === domain)}`,
    );
    this.guest.map(domain, first, to, count * 4096, PROT_READ | PROT_CACHE | (write ? PROT_WRITE : 0));
    all.forEach((page, i) => pages.set(page, { to: to + BigInt(i) * PAGE, write }));
  }

  unmap(): void {
    const mapped = this.domains.filter(({ pages }) => pages.size > 0);
    if (this.guest === undefined || mapped.length === 0) return;
    const { domain, pages, gone } = this.r.pick(mapped);
    const first = this.r.pick([...pages.keys()]);
    let count = 1;
    while (pages.has(first + BigInt(count) * PAGE) && this.r.chance(60)) count++;
    this.log(
      `unmap ${first.toString(16)} + ${count} in ${this.domains.findIndex((one) => one.domain === domain)}`,
    );
    const users = this.devices.filter(({ attached }) => attached?.domain === domain);
    const armed = this.armed;
    this.armed = 0;
    // What is taken away lies in every cache first.
    for (const device of users) for (let i = 0; i < count; i++) this.ask(device, first + BigInt(i) * PAGE);
    this.armed = armed;
    for (let i = 0; i < count; i++) this.takeAway({ pages, gone }, first + BigInt(i) * PAGE);
    this.guest.unmap(domain, first, count * 4096);
    for (const device of users) for (let i = 0; i < count; i++) this.ask(device, first + BigInt(i) * PAGE);
  }

  private takeAway({ pages, gone }: Pick<GuestDomain, 'pages' | 'gone'>, page: bigint): void {
    pages.delete(page);
    gone.unshift(page);
    gone.length = Math.min(gone.length, 8);
  }

  /** Every device of the host's leaves, the guest unmaps what they had in their caches, and they come back. */
  allAway(): void {
    const { guest, r } = this;
    const used = this.devices.filter(
      (one) => one.handle !== undefined && one.sid !== undefined && (one.attached?.pages.size ?? 0) > 0,
    );
    if (guest === undefined || used.length === 0) return;
    const { attached } = r.pick(used);
    const page = r.pick([...attached!.pages.keys()]);
    this.log(`all away, unmap ${page.toString(16)} in ${this.domains.indexOf(attached!)}`);
    for (const one of used) if (one.attached === attached) this.ask(one, page);
    const leaving = this.devices.filter((one) => one.handle !== undefined && one.sid !== undefined);
    for (const one of leaving) this.unplug(one);
    this.takeAway(attached!, page);
    guest.unmap(attached!.domain, page, 4096);
    for (const one of leaving) this.plugIn(one);
    for (const one of used) if (one.attached === attached) this.ask(one, page);
  }

  /** While SMMUEN is 1 it changes no stream. */
  gbpa(): void {
    const abort = this.r.chance(50);
    this.log(`GBPA.ABORT = ${Number(abort)}`);
    this.rig.vsmmu.write32(R.GBPA, 0x8000_1000 + (abort ? 1 << 20 : 0));
  }

  /** SMMUEN falls, so that GBPA is in force, and rises: every stream is what its STE says. */
  offAndOn(): void {
    if (this.guest === undefined) return;
    const { vsmmu } = this.rig;
    const cr0 = vsmmu.read32(R.CR0);
    this.log('SMMUEN falls');
    for (const bits of [cr0 & ~SMMUEN, cr0]) {
      for (const device of this.devices) device.clean = true;
      vsmmu.write32(R.CR0, bits);
      for (const device of this.devices) this.inspect(device);
    }
  }

  private unplug(device: StackDevice): void {
    this.rig.vsmmu.removeDevice(device.handle!);
    device.handle = undefined;
    // What the host's queue still held has come before the device went.
    if (device.sid !== undefined) this.books.read();
  }

  private plugIn(device: StackDevice): void {
    device.clean = true;
    const { vsid } = device;
    try {
      device.handle =
        device.sid === undefined
          ? this.rig.vsmmu.addDevice({ vsid, emulated: true })
          : this.rig.vsmmu.addDevice({ vsid, device: this.hostDevices.get(device) });
    } catch (error) {
      if (!/add\(\d+\) fails/.test((error as Error).message)) throw error;
    }
  }

  plug(): void {
    const gone = this.devices.filter(({ handle }) => handle === undefined);
    const device = gone.length > 0 && this.r.chance(80) ? this.r.pick(gone) : this.r.pick(this.devices);
    if (device.handle !== undefined) {
      this.log(`unplug ${device.vsid}`);
      this.unplug(device);
      return;
    }
    this.log(`plug ${device.vsid}`);
    this.plugIn(device);
    this.inspect(device);
  }

  /** The guest gives a device another StreamID: its driver forgets it and finds it anew. */
  renumber(): void {
    const device = this.r.pick(this.devices);
    if (device.sid === undefined || device.handle === undefined) return;
    const vsid = RENUMBERED + (this.#renumbered++ % 1024);
    this.log(`renumber ${device.vsid} to ${vsid}`);
    if (device.guest !== undefined) this.guest!.removeDevice(device.guest);
    device.guest = undefined;
    device.attached = undefined;
    device.vsid = vsid;
    device.clean = true;
    try {
      this.rig.vsmmu.renumber(device.handle, vsid);
    } catch (error) {
      if (!/add\(\d+\) fails/.test((error as Error).message)) throw error;
      this.rig.vsmmu.removeDevice(device.handle);
      device.handle = undefined;
    }
    this.books.read();
  }

  saveRestore(): void {
    this.log('save, restore');
    this.rig.vsmmu.restore(JSON.parse(JSON.stringify(this.rig.vsmmu.save())) as VirtualSmmuSnapshot);
  }

  /** The guest stops looking after its Event queue, or begins again and finds all that did not overflow. */
  listen(): void {
    this.log(this.books.deaf ? 'listening' : 'deaf');
    if (this.books.deaf) this.books.listen(() => this.guest?.poll());
    else this.books.deaf = true;
  }

  /** Nobody reads the host's queue of events, or somebody does again and finds all that it held. */
  hostLate(): void {
    const { books } = this;
    this.log(books.late ? 'in time' : 'late');
    books.late = !books.late;
    this.rig.late = books.late;
    if (!books.late) books.read();
  }

  async reset(): Promise<void> {
    this.log('reset');
    if (this.books.late) this.hostLate();
    this.books.reset();
    this.guest = undefined;
    this.domains.length = 0;
    for (const device of this.devices) {
      device.guest = undefined;
      device.attached = undefined;
      device.clean = true;
    }
    this.rig.vsmmu.reset();
    this.check(4);
    this.armed = 0;
    await this.boot();
  }

  /** Random DMA of every kind of device against the map. */
  check(count: number): void {
    for (let i = 0; i < count; i++) this.ask(this.r.pick(this.devices));
    const wrong = this.breaches[0] ?? this.books.wrong(this.rig.vsmmu.stats());
    if (wrong !== undefined) throw new Error(`${wrong}; after\n  ${this.done.slice(-14).join('\n  ')}`);
  }

  private ask(device: StackDevice, chosen?: bigint): void {
    const { r } = this;
    const mapped = device.attached === undefined ? [] : [...device.attached.pages.keys()];
    const page =
      chosen ??
      (mapped.length > 0 && r.chance(60)
        ? r.pick(mapped)
        : r.chance(50)
          ? BigInt(r.below(PAGES)) * PAGE
          : GPA + BigInt(r.below(GUEST_BYTES / 4096 + 8)) * PAGE);
    const iova = page + BigInt(r.below(4096));
    const write = r.chance(40);
    const expected = this.expected(device, iova, write);
    const { got, fault } = this.dma(device, iova, write);
    const fail = (what: string): never => {
      throw new Error(
        `vsid ${device.vsid} ${write ? 'writes' : 'reads'} ${iova.toString(16)}: ${what}; after\n  ${this.done.slice(-14).join('\n  ')}`,
      );
    };
    const safe = this.aborts(device);
    if (got !== (safe ? undefined : expected)) {
      fail(`expected ${expected?.toString(16)}${safe ? ' (stream aborts)' : ''}, got ${got?.toString(16)}`);
    }
    if (safe && device.clean && expected !== undefined)
      fail('the stream aborts without a failure of the host');
    this.tally[got === undefined ? 'refused' : 'reached']++;
    if (!fault) return;
    this.tally.faults++;
    this.books.fault({ vsid: device.vsid, iova }, device.sid !== undefined);
    const wrong = this.books.wrong(this.rig.vsmmu.stats());
    if (wrong !== undefined) fail(wrong);
  }

  readonly tally = { reached: 0, refused: 0, faults: 0 };

  /** What the guest's registers and tables allow. */
  private expected(device: StackDevice, iova: bigint, write: boolean): bigint | undefined {
    if (device.handle === undefined) return undefined;
    const inRam = (gpa: bigint): bigint | undefined =>
      device.sid === undefined || (gpa >= GPA && gpa < GPA + BigInt(GUEST_BYTES)) ? gpa : undefined;
    const { vsmmu } = this.rig;
    if ((vsmmu.read32(R.CR0) & SMMUEN) === 0)
      return (vsmmu.read32(R.GBPA) & (1 << 20)) === 0 ? inRam(iova) : undefined;
    const { attached } = device;
    if (attached === undefined || attached.domain.type === 'blocked') return undefined;
    if (attached.domain.type === 'identity') return inRam(iova);
    const found = attached.pages.get(iova & ~(PAGE - 1n));
    return found === undefined || (write && !found.write) ? undefined : found.to + (iova & (PAGE - 1n));
  }

  /** The host has been made to abort the stream, though the guest wants something else: after failures only. */
  private aborts(device: StackDevice): boolean {
    return (
      device.sid !== undefined &&
      device.handle !== undefined &&
      this.rig.recorder.applied.get(device.vsid) === 'abort'
    );
  }

  /** DMA, as a guest-physical address; and whether the guest's stage 1 refused it. */
  private dma(
    device: StackDevice,
    iova: bigint,
    write: boolean,
  ): { got: bigint | undefined; fault: boolean } {
    const access = write ? 'write' : 'read';
    if (device.sid === undefined) {
      if (device.handle === undefined) return { got: undefined, fault: false };
      const { status, pa, event } = this.rig.vsmmu.translate({
        streamId: device.vsid,
        iova,
        access,
        size: 1,
      });
      return {
        got: status === 'ok' ? pa : undefined,
        fault: event !== undefined,
      };
    }
    const { status, pa, event } = this.rig.h.translate(device.sid, iova, write);
    if (status === 'ok') {
      if (pa < PA || pa >= PA + BigInt(GUEST_BYTES))
        throw new Error(`DMA reaches ${pa.toString(16)}, which is the host's`);
      return { got: pa - PA + GPA, fault: false };
    }
    return { got: undefined, fault: event !== undefined && event.s2 !== true };
  }
}
