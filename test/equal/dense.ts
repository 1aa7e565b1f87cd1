/** Many pages of many streams: enough of them that every cache hits, misses and evicts, of every granule, size and kind. */
import * as Flag from '../../assembly/abi/flag.js';
import type { Rng } from '../oracle/random.js';
import {
  cmd,
  s1Leaf,
  s2Leaf,
  type Granule,
  type S1Leaf,
  type S2Leaf,
  type Command,
} from '../support/encode.js';
import type { Machine } from '../support/machine.js';
import { GUEST, nested, stage1, stage2 } from '../support/streams.js';
import type { Tables } from '../support/tables.js';
import type { Row } from './pair.js';

const INPUT = 1n << 32n;
const OUTPUT = 0x10_0000_0000n;
const RUN: Readonly<Record<Granule, number>> = { 12: 16, 14: 128, 16: 32 };
const MAX_STREAMS = 24;

interface Page {
  readonly sid: number;
  readonly ssid?: number;
  readonly start: bigint;
  readonly bytes: bigint;
  readonly asid: number;
  readonly vmid: number;
  /** Writes the leaf anew: another output, other attributes, or nothing. */
  change(): void;
}

type Kind = 'stage1' | 'stage2' | 'nested' | 'bypass' | 'abort';

export class Dense {
  readonly pages: Page[] = [];
  readonly streams: number;

  /** `walks`: pages of 4 KiB of stage 1 alone, which runs of walks take (translate/runs.ts), some of them under tables of their own. */
  constructor(
    private readonly m: Machine,
    private readonly rng: Rng,
    private readonly walks = false,
  ) {
    this.streams = rng.pick([1, 1, 2, 5, 16, MAX_STREAMS]);
    const most = rng.pick([4, 16, 40, 400, 700]);
    const plain = walks || rng.chance(0.4);
    for (let sid = 0; sid < this.streams; sid++) this.stream(sid, Math.ceil(most / this.streams), plain);
  }

  private stream(sid: number, pages: number, plain: boolean): void {
    const { rng, m } = this;
    const kind = plain
      ? 'stage1'
      : rng.pick<Kind>(['stage1', 'stage1', 'stage1', 'nested', 'nested', 'stage2', 'bypass', 'abort']);
    const asid = 1 + (rng.chance(0.8) ? sid : 0);
    const vmid = kind === 'stage1' ? 0 : 1 + (rng.chance(0.5) ? sid : 0);
    const granule: Granule = plain ? 12 : rng.pick([12, 12, 12, 14, 16] as const);
    const odd = !plain && rng.chance(0.4);
    const cdFields = {
      ASID: asid,
      ...(odd ? { HA: rng.below(2), HD: 0, TBI0: rng.below(2), AFFD: rng.below(2), PAN: rng.below(2) } : {}),
      ...(odd && rng.chance(0.3) ? { WXN: 1, R: 0 } : {}),
      ...(odd && rng.chance(0.2) ? { HAD0: 1, E0PD0: 1 } : {}),
    };
    if (odd && cdFields.HA === 1) cdFields.HD = rng.below(2);
    const steFields = odd
      ? { PRIVCFG: rng.pick([0, 0, 2, 3]), INSTCFG: rng.pick([0, 0, 2, 3]), MTCFG: rng.below(2) }
      : {};
    const tableBits = odd && rng.chance(0.3) ? BigInt(rng.below(16)) << 59n : 0n;
    const bigEndian = odd && rng.chance(0.2);
    if (kind === 'bypass' || kind === 'abort') {
      m.ste(sid, { Config: kind === 'bypass' ? 4 : 0, ...steFields });
      for (let n = 0; n < pages; n++) {
        const start = INPUT + BigInt(n) * 4096n;
        this.pages.push({ sid, start, bytes: 4096n, asid, vmid, change: () => undefined });
      }
      return;
    }
    if (kind === 'stage1') {
      const { tables } = stage1(m, sid, {
        granule,
        tsz: rng.pick([16, 16, 25]),
        cdFields,
        steFields,
        tableBits,
        bigEndian,
      });
      this.fill(sid, tables, pages, { asid, vmid: 0, granule, odd }, 1);
    } else if (kind === 'stage2') {
      const start = granule === 12 ? 1 : 2;
      const s2 = odd ? { S2HA: rng.below(2), S2PTW: rng.below(2), S2FWB: rng.below(2) } : {};
      const tables = stage2(m, sid, {
        granule,
        tsz: 25,
        start,
        vmid,
        bigEndian,
        steFields: { ...steFields, ...s2 },
      });
      this.fill(sid, tables, pages, { asid, vmid, granule, odd }, 2);
    } else {
      const { tables, s2 } = nested(m, sid, {
        cdFields: { ...cdFields, IPS: 2 },
        steFields,
        vmid,
        ramLevel: rng.pick([2, 3]),
        s1: { granule, tableBits, bigEndian },
      });
      this.fill(sid, tables, pages, { asid, vmid, granule, odd }, 1, s2);
    }
  }

  private fill(
    sid: number,
    tables: Tables,
    pages: number,
    { asid, vmid, granule, odd }: { asid: number; vmid: number; granule: Granule; odd: boolean },
    stage: 1 | 2,
    s2?: Tables,
  ): void {
    const { rng } = this;
    const small = 1n << BigInt(granule);
    const block = tables.leafBytes(2);
    const blocks = !this.walks && rng.chance(0.5);
    const spread = rng.pick(this.walks ? [1n, 37n, 600n] : [1n, 1n, 37n]);
    const global = (odd || this.walks) && rng.chance(0.3);
    for (let n = 0; n < pages; n++) {
      const big = blocks && rng.chance(0.3);
      const run = !big && odd && rng.chance(0.05) && granule === 12;
      const level = big ? 2 : 3;
      const bytes = run ? small * BigInt(RUN[granule]) : big ? block : small;
      // Blocks, runs and pages lie apart.
      const apart = big ? 1n << 36n : run ? 1n << 35n : 0n;
      const start = INPUT + apart + BigInt(n) * (big ? block : run ? bytes : small * spread);
      const attributes = (): S1Leaf & S2Leaf => ({
        contiguous: run ? 1 : 0,
        af: odd && rng.chance(0.1) ? 0 : 1,
        sh: rng.below(4),
        attrIndx: rng.below(4),
        ...(stage === 1
          ? {
              ap: odd ? rng.below(4) : 1,
              nG: global ? 0 : 1,
              dbm: odd ? rng.below(2) : 0,
              uxn: odd ? rng.below(2) : 0,
              pxn: odd ? rng.below(2) : 0,
            }
          : { s2ap: odd ? rng.below(4) : 3, xn: odd ? rng.below(4) : 0, dbm: odd ? rng.below(2) : 0 }),
      });
      const change = (): void => {
        const leaf = stage === 1 ? s1Leaf(attributes()) : s2Leaf(attributes());
        let output =
          OUTPUT +
          BigInt(rng.below(2 ** 12)) * (bytes > block ? bytes : block) +
          BigInt(rng.below(8)) * bytes;
        if (s2 !== undefined) {
          // An intermediate address that stage 2 maps, most of the time.
          output = GUEST + (1n << 30n) + apart + BigInt(n) * bytes;
          if (!odd || rng.chance(0.9)) {
            const pages2 = big ? block : 4096n;
            const level2 = big ? 2 : 3;
            for (let at = 0n; at < bytes && at < 64n * pages2; at += pages2) {
              s2.map(output + at, OUTPUT + output + at, s2Leaf({ s2ap: odd ? rng.below(4) : 3 }), level2);
            }
          }
        }
        const gone = odd && rng.chance(0.05);
        const step = bytes / BigInt(run ? RUN[granule] : 1);
        for (let at = 0n; at < bytes; at += step) {
          if (gone) tables.raw(start + at, level, 0n);
          else tables.map(start + at, output + at, leaf, level);
        }
      };
      change();
      this.pages.push({ sid, start, bytes, asid, vmid, change });
    }
  }

  /** Rows over some of the pages, of like or mixed flags. */
  rows(count: number): Row[] {
    const { rng, pages } = this;
    const size = rng.pick([1, 4, 16, 40, 100, 384, 600, pages.length]);
    const hot = Array.from({ length: Math.min(size, pages.length) }, () => rng.pick(pages));
    const pattern = rng.below(8);
    const one = rng.pick([0, 0, 0, Flag.WRITE, Flag.PRIVILEGED, Flag.INSTRUCTION, 5, 4 | 2]);
    const wide = rng.chance(0.2);
    const flags = (): number => {
      if (pattern < 4) return one;
      if (pattern < 6) return rng.chance(0.3) ? Flag.WRITE : 0;
      if (pattern === 6) return rng.below(8);
      const odd = rng.pick([0, 0, 0, Flag.ATOMIC, Flag.SPECULATIVE, Flag.TRANSLATED, Flag.SSV]);
      return rng.below(8) | odd;
    };
    const inTurn = rng.chance(0.2);
    const stray = rng.chance(0.2) ? 0.02 : 0;
    let at = 0;
    return Array.from({ length: count }, (): Row => {
      const page = inTurn ? hot[at++ % hot.length] : rng.pick(hot);
      let iova = page.start + BigInt(rng.below(Number(page.bytes / 64n))) * 64n;
      if (stray > 0 && rng.chance(stray)) iova += BigInt(rng.below(4096)) * 4096n;
      if (wide && rng.chance(0.05)) iova |= BigInt(rng.below(256)) << 56n;
      const streamId = stray > 0 && rng.chance(stray) ? rng.below(300) : page.sid;
      return { streamId, iova, flags: flags(), size: rng.pick([1, 16, 64]), requester: page.sid };
    });
  }

  /** Commands about these pages and streams. */
  commands(): Command[] {
    const { rng } = this;
    return Array.from({ length: rng.pick([1, 1, 3, 20]) }, (): Command => {
      const { sid, start, bytes, asid, vmid } = rng.pick(this.pages);
      const leaf = rng.below(2);
      switch (rng.below(14)) {
        case 0:
          return cmd.nhAsid(vmid, asid);
        case 1:
          return cmd.nhAll(vmid);
        case 2:
          return cmd.s12Vmall(vmid);
        case 3:
          return rng.chance(0.3) ? cmd.nsnhAll() : cmd.cfgiSteRange(sid, 2);
        case 4:
          return cmd.cfgiSte(sid, leaf);
        case 5:
          return cmd.cfgiCd(sid, 0, leaf);
        case 6:
          return rng.chance(0.3) ? cmd.cfgiAll() : cmd.cfgiCdAll(sid);
        case 7:
          return cmd.s2Ipa(vmid, start & ~(bytes - 1n), { leaf });
        case 8:
        case 9:
          return cmd.nhVa(vmid, asid, start & ~0xffffn, {
            leaf,
            tg: rng.between(1, 3),
            num: rng.between(1, 31),
            scale: rng.below(6),
          });
        case 10:
          return cmd.nhVaa(vmid, start, { leaf });
        case 11:
          return cmd.prefetchConfig(sid);
        default:
          return cmd.nhVa(vmid, asid, start, { leaf });
      }
    });
  }

  changePages(): void {
    for (let n = this.rng.pick([1, 1, 5, 30]); n > 0; n--) this.rng.pick(this.pages).change();
  }
}
