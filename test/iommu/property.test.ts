// Random sequences of everything that the driver can do, on several devices, domains and PASIDs. After every step the model
// must answer as plain lists of mappings do. IOMMU_OPERATIONS: how many steps (default 600 for each configuration);
// IOMMU_SEED: where the sequence begins.
import { describe, expect, test } from '@jest/globals';
import {
  IOMMU_SMMU_S1_ABORTED,
  IOMMU_SMMU_S1_BYPASSED,
  PASID_TABLE,
  SMMUV3_S1_CFG,
  type DomainType,
} from '../../src/iommu/index.js';
import { codeOf, Host, type HostOptions } from './support/host.js';
import { Dev, protOf, Random, Space, type Dom, type GuestSpace } from './support/world.js';

const OPERATIONS = Number(process.env.IOMMU_OPERATIONS ?? 600);
const SEED = Number(process.env.IOMMU_SEED ?? 1);
const DEVICES = 4;
const PASID_BITS = 2;
const TYPES: readonly DomainType[] = [
  'dma',
  'stage2',
  'nested',
  'nested',
  'nested',
  'nested',
  'identity',
  'blocked',
];

class World {
  readonly doms: Dom[] = [];
  readonly devs: Dev[];
  readonly done: string[] = [];

  constructor(
    readonly h: Host,
    readonly r: Random,
  ) {
    this.devs = Array.from({ length: DEVICES }, (_, i) => {
      // Two streams, of which one is asked at random.
      const streamIds = [0x10 + i, 0x110 + i];
      return new Dev(h, i, h.iommu.addDevice({ streamIds, pasidBits: PASID_BITS }));
    });
    for (const type of TYPES) this.allocOf(type);
  }

  step(): void {
    const { r } = this;
    const operations: [number, () => void][] = [
      [4, () => this.alloc()],
      [2, () => this.free()],
      [5, () => this.attach()],
      [1, () => this.detach()],
      [22, () => this.map()],
      [14, () => this.unmap()],
      [10, () => this.bind()],
      [2, () => this.unbind()],
      [14, () => this.guestMap()],
      [12, () => this.guestUnmap()],
      [1, () => this.setPasid()],
      [3, () => this.removePasid()],
    ];
    let ticket = r.below(operations.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, operation] of operations) {
      if ((ticket -= weight) < 0) return operation();
    }
  }

  /** Asks for random addresses of every device, some of them on purpose twice. */
  ask(count: number): void {
    for (let i = 0; i < count; i++) {
      const dev = this.r.pick(this.devs);
      this.askOne(dev, this.address(dev), this.r.chance(30), this.pasid(dev));
    }
  }

  askOne(dev: Dev, address: bigint, write: boolean, pasid?: number): void {
    const expected = dev.answer(address, write, pasid);
    const sid = this.r.pick(dev.device.streamIds);
    const { status, pa } = this.h.translate(sid, address, write, pasid);
    this.count(
      `${dev.dom?.domain.type ?? 'detached'}${dev.bound === undefined ? '' : ` ${dev.bound}`}`,
      status,
    );
    const got = status === 'ok' ? pa : undefined;
    if (status === 'stalled' || got !== expected) {
      const last = this.done.slice(-12).join('\n  ');
      throw new Error(
        `device ${dev.index} (${dev.dom?.domain.type}, ${dev.bound}), PASID ${pasid}, ${write ? 'write' : 'read'} ` +
          `0x${address.toString(16)}: expected ${expected?.toString(16)}, got ${status} ${pa.toString(16)}; after\n  ${last}`,
      );
    }
  }

  /** How often each kind of attachment answered, and passed: a sequence that exercises nothing proves nothing. */
  readonly tally: Record<string, { asked: number; ok: number }> = {};
  private count(kind: string, status: string): void {
    const counts = (this.tally[kind] ??= { asked: 0, ok: 0 });
    counts.asked++;
    if (status === 'ok') counts.ok++;
  }

  private address(dev: Dev): bigint {
    const spaces = [dev.dom?.space, ...[...dev.pasids.values()].map(({ space }) => space)].filter(
      (s) => s !== undefined,
    );
    const guests = dev.dom?.domain.type === 'nested' ? dev.spaces.map(({ space }) => space) : [];
    const all = dev.bound === 'translate' && this.r.chance(80) ? guests.slice(0, 2) : [...spaces, ...guests];
    return (all.length === 0 ? new Space() : this.r.pick(all)).address(this.r);
  }

  /** A PASID, where a transaction with one has a defined answer. */
  private pasid(dev: Dev): number | undefined {
    const host = dev.pasids.size > 0 && dev.dom?.domain.type !== 'nested';
    const guest =
      dev.dom?.domain.type === 'nested' &&
      dev.bound === 'translate' &&
      dev.device.guest?.pasidt !== undefined;
    return (host || guest) && this.r.chance(60) ? 1 + this.r.below(3) : undefined;
  }

  private log(text: string): void {
    this.done.push(text);
    if (this.done.length > 100) this.done.shift();
  }

  private alloc(): void {
    if (this.doms.length >= 12) return;
    this.allocOf(this.r.pick(TYPES));
  }

  private allocOf(type: DomainType): void {
    this.log(`alloc ${type}`);
    this.doms.push({ domain: this.h.iommu.domainAlloc({ type }), space: new Space(), guests: new Set() });
  }

  private free(): void {
    if (this.doms.length === 0) return;
    const dom = this.r.pick(this.doms);
    const used = this.devs.some((dev) => dev.dom === dom || [...dev.pasids.values()].includes(dom));
    this.log(`free ${dom.domain.type}`);
    if (used) return void expect(codeOf(() => this.h.iommu.domainFree(dom.domain))).toBe('EBUSY');
    this.h.iommu.domainFree(dom.domain);
    this.doms.splice(this.doms.indexOf(dom), 1);
  }

  private attach(): void {
    const dev = this.r.pick(this.devs);
    const type = this.r.pick(TYPES);
    const dom = this.r.pick(this.doms.filter(({ domain }) => domain.type === type));
    if (dom === undefined) return;
    this.log(`attach ${dev.index} to ${dom.domain.type}`);
    const act = (): void => this.h.iommu.attachDevice(dom.domain, dev.device);
    if (dom.domain.stage === 2 && dev.pasids.size > 0) return void expect(codeOf(act)).toBe('EBUSY');
    if (dev.dom !== dom) dev.bound = undefined;
    act();
    dev.dom = dom;
  }

  private detach(): void {
    const dev = this.r.pick(this.devs);
    if (dev.dom === undefined) return;
    this.log(`detach ${dev.index}`);
    this.h.iommu.detachDevice(dev.dom.domain, dev.device);
    dev.dom = dev.bound = undefined;
  }

  private map(): void {
    const dom = this.pickMapped();
    if (dom === undefined) return;
    const e = dom.space.propose(this.r);
    this.log(
      `map ${dom.domain.type} ${e.start.toString(16)}+${e.bytes.toString(16)} to ${e.to.toString(16)}`,
    );
    const act = (): void => this.h.iommu.map(dom.domain, e.start, e.to, e.bytes, protOf(e.write));
    if (dom.space.overlaps(e.start, e.bytes)) return void expect(codeOf(act)).toBe('EEXIST');
    act();
    dom.space.extents.push(e);
  }

  private unmap(): void {
    const dom = this.pickMapped();
    const piece = dom?.space.piece(this.r);
    if (dom === undefined || piece === undefined) return;
    const users = this.devs.flatMap((dev) => [
      ...(dev.dom === dom ? [{ dev, pasid: undefined }] : []),
      ...[...dev.pasids].filter(([, d]) => d === dom).map(([pasid]) => ({ dev, pasid })),
    ]);
    // What a guest reaches through these addresses is gone with them, and the guest need not know.
    const guests = this.devs.filter((dev) => dev.dom === dom && dev.bound === 'translate');
    const through = guests.flatMap((dev) =>
      dev.spaces[0].space.extents
        .filter(({ to, bytes }) => to < piece.start + piece.bytes && piece.start < to + bytes)
        .map(({ start, to }) => ({ dev, at: start + (piece.start > to ? piece.start - to : 0n) })),
    );
    const inside = Array.from({ length: 3 }, () => piece.start + BigInt(this.r.below(Number(piece.bytes))));
    const touch = (): void => {
      for (const { dev, pasid } of users) for (const at of inside) this.askOne(dev, at, false, pasid);
      for (const { dev, at } of through) this.askOne(dev, at, false);
    };
    touch(); // into every cache
    this.log(`unmap ${dom.domain.type} ${piece.start.toString(16)}+${piece.bytes.toString(16)}`);
    expect(this.h.iommu.unmap(dom.domain, piece.start, piece.bytes)).toBe(piece.bytes);
    dom.space.remove(piece.from, piece.start, piece.bytes);
    touch(); // gone at once
  }

  private bind(): void {
    const dev = this.r.pick(this.devs);
    const { dom } = dev;
    if (dom?.domain.type !== 'nested') return;
    const request = this.r.pick(['translate', 'translate', 'translate', 'bypass', 'abort'] as const);
    const flags =
      request === 'bypass' ? IOMMU_SMMU_S1_BYPASSED : request === 'abort' ? IOMMU_SMMU_S1_ABORTED : 0;
    const config =
      request === 'translate' && this.r.chance(40)
        ? { flags: PASID_TABLE, pasidt: { version: 1, basePtr: dev.cds, pasidBits: PASID_BITS } }
        : { flags: SMMUV3_S1_CFG, smmuS1: { flags, cdptrDma: dev.cds, asidBits: 16 } };
    this.log(`bind ${dev.index} ${request} ${config.flags}`);
    const act = (): void => this.h.iommu.bindGuestStage(dom.domain, dev.device, config);
    if (request === 'translate' && dev.bound === 'translate') return void expect(codeOf(act)).toBe('EINVAL');
    if (!dom.guests.has(dev)) {
      dev.guest.mapRam(dom.domain);
      dom.guests.add(dev);
    }
    act();
    dev.bound = request;
    if (request === 'translate') dev.fresh();
  }

  private unbind(): void {
    const dev = this.r.pick(this.devs);
    if (dev.dom === undefined) return;
    this.log(`unbind ${dev.index}`);
    this.h.iommu.unbindGuestStage(dev.dom.domain, dev.device);
    dev.bound = undefined;
  }

  private guestMap(): void {
    const { dev, space } = this.pickGuest();
    const e = space.space.propose(this.r);
    // Into what stage 2 maps, now and then into nothing.
    const targets = dev.dom?.space.extents.filter(({ bytes }) => bytes >= e.bytes) ?? [];
    const target = targets.length === 0 ? undefined : this.r.pick(targets);
    if (target !== undefined && this.r.chance(80)) e.to = target.start;
    else e.to = e.start;
    if (space.space.overlaps(e.start, e.bytes)) return;
    this.log(
      `guest ${dev.index} maps ${e.start.toString(16)}+${e.bytes.toString(16)} to ${e.to.toString(16)}`,
    );
    space.table.map(e.start, e.to, e.bytes, protOf(e.write));
    space.space.extents.push(e);
  }

  private guestUnmap(): void {
    const { dev, space } = this.pickGuest();
    this.log(`guest ${dev.index} unmaps`);
    if (dev.bound === 'translate') {
      for (const { start } of space.space.extents) this.askOne(dev, start, false, this.pasidOf(dev, space));
    }
    dev.guestUnmap(space, this.r);
  }

  private setPasid(): void {
    const dev = this.r.pick(this.devs);
    const dom = this.doms.find(({ domain }) => domain.type === 'dma');
    if (dom === undefined) return;
    const pasid = 1 + this.r.below(3);
    this.log(`PASID ${pasid} of ${dev.index}`);
    const act = (): void => this.h.iommu.setDevPasid(dom.domain, dev.device, pasid);
    if (dev.dom?.domain.stage === 2) return void expect(codeOf(act)).toBe('EINVAL');
    if (dev.pasids.has(pasid)) return void expect(codeOf(act)).toBe('EBUSY');
    act();
    dev.pasids.set(pasid, dom);
  }

  private removePasid(): void {
    const dev = this.r.pick(this.devs);
    const [pasid] = dev.pasids.keys();
    if (pasid === undefined) return;
    this.log(`PASID ${pasid} of ${dev.index} ends`);
    this.h.iommu.removeDevPasid(dev.device, pasid);
    dev.pasids.delete(pasid);
  }

  private pickMapped(): Dom | undefined {
    const mapped = this.doms.filter(({ domain }) => domain.stage !== 0);
    return mapped.length === 0 ? undefined : this.r.pick(mapped);
  }

  private pickGuest(): { dev: Dev; space: GuestSpace } {
    const nested = this.devs.filter((dev) => dev.bound === 'translate');
    const dev = nested.length > 0 && this.r.chance(80) ? this.r.pick(nested) : this.r.pick(this.devs);
    return { dev, space: dev.spaces[this.r.chance(60) ? 0 : this.r.below(4)] };
  }

  private pasidOf(dev: Dev, space: GuestSpace): number | undefined {
    const index = dev.spaces.indexOf(space);
    return index > 0 && dev.device.guest?.pasidt !== undefined ? index : undefined;
  }
}

const CONFIGURATIONS: [string, HostOptions][] = [
  ['hitless, range commands', {}],
  [
    '2018 order, no range commands, 8-bit VMIDs',
    { steUpdate: 'break-before-make', id: { RIL: 0, VMID16: 0 } },
  ],
  ['caches of a real part, sync by MSI', { caches: 'mmu600-agilex5', cmdSync: 'msi', cmdqLog2: 4 }],
];

describe('random sequences against plain maps', () => {
  test.each(CONFIGURATIONS)(
    '%s',
    async (_, options) => {
      const h = await Host.create(options);
      const world = new World(h, new Random(SEED));
      for (let i = 0; i < OPERATIONS; i++) {
        try {
          world.step();
          world.ask(4);
        } catch (error) {
          throw new Error(
            `step ${i} of seed ${SEED}: ${(error as Error).message}\n  ${world.done.slice(-8).join('\n  ')}`,
            { cause: error },
          );
        }
      }
      // A short sequence may leave out a kind, but not the one that this is about.
      const kinds =
        OPERATIONS < 5000 ? ['nested translate'] : ['nested translate', 'nested bypass', 'dma', 'stage2'];
      for (const kind of kinds)
        expect([kind, world.tally[kind]?.ok > OPERATIONS / 200]).toEqual([kind, true]);
      if (process.env.IOMMU_OPERATIONS !== undefined) {
        process.stdout.write(`${JSON.stringify(world.tally)}\n`);
      }
      expect(h.iommu.errors.filter(({ kind }) => kind !== 'event-overflow')).toEqual([]);
    },
    3_600_000,
  );
});
