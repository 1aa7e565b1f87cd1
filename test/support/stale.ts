// Tells cached from fresh: a page is used once, its descriptor is rewritten behind the SMMU's back, and the next answer says
// whether the old translation was still held.
import { expect } from '@jest/globals';
import { s1Leaf, type S1Leaf } from './encode.js';
import type { Machine } from './machine.js';
import type { Tables } from './tables.js';
import { say, type Way } from './ways.js';

export const OLD = 0x1_0000_0000n;
export const NEW = 0x2_0000_0000n;

export class Page {
  constructor(
    private readonly m: Machine,
    readonly name: string,
    readonly sid: number,
    readonly ia: bigint,
    private readonly tables: Tables,
    private readonly leaf: bigint = s1Leaf(),
    private readonly level = 3,
    /** Outputs before and after, by default OLD and NEW plus the page's own address. */
    private readonly from: bigint = OLD + (ia & 0xffff_f000n),
    private readonly to: bigint = NEW + (ia & 0xffff_f000n),
  ) {
    tables.map(ia, from, leaf, level);
  }
  /** Twice: what remembers hits has seen one. */
  warm(offset = 0n, way: Way = 'translate'): void {
    const pa = this.base(this.from) + offset;
    for (const _ of [0, 1])
      expect(say(this.m, way, this.sid, this.ia + offset)).toEqual({ status: 'ok', pa, event: undefined });
  }
  change(): void {
    this.tables.map(this.ia, this.to, this.leaf, this.level);
  }
  private base(pa: bigint): bigint {
    return (
      (pa & ~(this.tables.leafBytes(this.level) - 1n)) | (this.ia & (this.tables.leafBytes(this.level) - 1n))
    );
  }
  /** 'stale', 'fresh', the status when the access did not pass, or the address when it is neither. */
  state(offset = 0n, way: Way = 'translate'): string {
    const { status, pa } = say(this.m, way, this.sid, this.ia + offset);
    if (status !== 'ok') return status;
    if (pa === this.base(this.from) + offset) return 'stale';
    return pa === this.base(this.to) + offset ? 'fresh' : `0x${pa.toString(16)}`;
  }
}

/** Uses every page, rewrites every page, runs `act`, and says for each page what came out. */
export function outcome(pages: readonly Page[], act: () => void, way?: Way): Record<string, string> {
  for (const page of pages) page.warm(0n, way);
  for (const page of pages) page.change();
  act();
  return Object.fromEntries(pages.map((p) => [p.name, p.state(0n, way)]));
}
/** The pages named are fresh, every other one is still answered from the caches. */
export function expectGone(
  pages: readonly Page[],
  gone: readonly string[],
  act: () => void,
  way?: Way,
): void {
  const expected = Object.fromEntries(pages.map((p) => [p.name, gone.includes(p.name) ? 'fresh' : 'stale']));
  expect(outcome(pages, act, way)).toEqual(expected);
}
export const globalLeaf = (a: S1Leaf = {}): bigint => s1Leaf({ ...a, nG: 0 });
