/** Commands at random: any at all, or those that make a given change seen. */
import type { Rng } from '../oracle/random.js';
import type { Granule } from '../support/encode.js';
import {
  legalRange,
  namesConfiguration,
  namesEntry,
  type Entry,
  type Invalidation,
  type Mode,
} from './command.js';
import type { World } from './world.js';

const VMIDS = [0x20, 0x21, 0, 0x35, 0x99];
const ASIDS = [5, 6, 7, 0, 0x55];

/** What a change makes stale in the configuration caches: a stream's STE, or its CD of an index. */
export interface Configuration {
  sid: number;
  /** Index of the CD that changed; undefined: the STE. */
  cd: number | undefined;
}

export class Chooser {
  constructor(
    private readonly rng: Rng,
    private readonly world: World,
    private readonly mode: Mode,
  ) {}

  /** Any invalidation; aimed at `near` more often than not. */
  invalidation(near?: Entry): Invalidation {
    const { rng } = this;
    const kind = rng.below(100);
    if (kind < 4) return { op: rng.pick(['el2All', 'nsnhAll'] as const) };
    const hit = near !== undefined && rng.chance(0.8);
    const vmid = hit ? near.vmid : rng.pick(VMIDS);
    if (kind < 10) return { op: rng.pick(['nhAll', 's12Vmall'] as const), vmid };
    const asid = hit && !near.global ? near.asid : rng.pick(ASIDS);
    if (kind < 16) return { op: 'nhAsid', vmid, asid };
    if (kind < 20) return { op: 'el2Asid', asid };
    if (kind < 32) return this.configuration();
    const at = this.range(hit ? near : undefined);
    if (kind < 48) return { op: 'nhVa', vmid, asid, ...at };
    if (kind < 60) return { op: 'nhVaa', vmid, ...at };
    if (kind < 78) return { op: 's2Ipa', vmid, ...at };
    return kind < 90 ? { op: 'el2Va', asid, ...at } : { op: 'el2Vaa', ...at };
  }

  /** Any CFGI. */
  configuration(near?: Configuration): Invalidation {
    const { rng } = this;
    const hit = near !== undefined && rng.chance(0.8);
    const sid = hit ? near.sid : rng.below(this.world.streams.length + 2);
    const leaf = rng.below(2) as 0 | 1;
    const kind = rng.below(10);
    if (kind < 3) return { op: 'cfgiSte', sid, leaf };
    if (kind < 5) return { op: 'cfgiSteRange', sid, log2: rng.between(1, 4) };
    if (kind < 8) return { op: 'cfgiCd', sid, ssid: hit ? (near.cd ?? 0) : rng.below(4), leaf };
    return kind < 9 ? { op: 'cfgiCdAll', sid } : { op: 'cfgiAll' };
  }

  private range(near?: Entry): { address: bigint; range: Parameters<typeof legalRange>[1] } {
    const { rng, world } = this;
    const e = near ?? rng.pick(rng.chance(0.7) ? world.pages : world.pages.slice(0, 3)).page.entry;
    const guests = world.guests.flatMap(({ pages }) => pages);
    const entry = near === undefined && rng.chance(0.3) ? rng.pick(guests).entry : e;
    let address = entry.start + BigInt(rng.below(Number(entry.bytes)));
    if (rng.chance(0.2)) address += BigInt(rng.between(-4, 4)) * entry.bytes;
    address = address < 0n ? 0n : address & ~0xfffn;
    const leaf = rng.below(2) as 0 | 1;
    if (rng.chance(0.4))
      return { address, range: { tg: 0, num: rng.below(32), scale: rng.below(32), ttl: rng.below(4), leaf } };
    const tg = rng.chance(0.8) ? entry.granule : rng.pick([12, 14, 16] as const satisfies Granule[]);
    const num = rng.below(rng.pick([1, 2, 8, 32]));
    const ttl = rng.chance(0.5) ? 0 : rng.chance(0.7) ? entry.level : rng.below(4);
    return legalRange(address, { tg, num, scale: rng.below(rng.pick([1, 4, 12, 20])), ttl, leaf });
  }

  /** Commands that name all of these, in a random order: every choice that the scope tables allow may come up. */
  covering(entries: readonly Entry[], configurations: readonly Configuration[] = []): Invalidation[] {
    const { rng, mode } = this;
    const chosen: Invalidation[] = [];
    for (const e of entries) {
      if (chosen.some((i) => namesEntry(i, e, mode))) continue;
      for (let tries = 0; ; tries++) {
        const i: Invalidation =
          tries < 60 ? this.invalidation(e) : { op: e.world === 'el1' ? 'nsnhAll' : 'el2All' };
        if (!namesEntry(i, e, mode)) continue;
        chosen.push(i);
        break;
      }
    }
    const invalidates = (i: Invalidation, c: Configuration): boolean =>
      namesConfiguration(i, c.sid, c.cd ?? -1) && (c.cd !== undefined || !i.op.startsWith('cfgiCd'));
    for (const c of configurations) {
      while (!chosen.some((i) => invalidates(i, c))) {
        const i = this.configuration(c);
        if (invalidates(i, c)) chosen.push(i);
      }
    }
    return chosen.sort(() => rng.below(3) - 1);
  }
}
