import { describe, expect, test } from '@jest/globals';
import { oracleTranslate } from './index.js';
import { generateCase } from './random.js';
import type { OracleResult } from './types.js';

const CASES = 500;

/** "13 S2 TT" and the like: what kinds of events a run met. */
function kind(r: OracleResult): string {
  if (r.event === undefined) return r.outcome;
  const [d0, d1] = r.event.words;
  const number = (d0 & 0xffn).toString(16).padStart(2, '0');
  if ((d0 & 0xffn) < 0x0bn) return number;
  const stage = (d1 >> 39n) & 1n ? 'S2' : 'S1';
  return `${number} ${stage} ${['CD', 'TT', 'IN'][Number((d1 >> 40n) & 3n)]}`;
}

describe('the generator of random cases', () => {
  const counts = new Map<string, number>();
  let total = 0;
  let deepOk = 0;
  let updates = 0;
  for (let seed = 1; seed <= CASES; seed++) {
    const c = generateCase(seed);
    const before = c.image.clone();
    for (const t of c.transactions) {
      const r = oracleTranslate(c.state, t);
      total++;
      counts.set(kind(r), (counts.get(kind(r)) ?? 0) + 1);
      if (r.outcome === 'ok' && r.reads.s1 > 0 && r.reads.s2 > 0) deepOk++;
    }
    if ([...c.image.pages].some(([n, page]) => page.some((word, i) => word !== before.pages.get(n)?.[i])))
      updates++;
  }

  test('reaches every event in every form', () => {
    const always = ['02', '03', '04', '06', '08', '09', '0a'];
    const walks = ['0b S1 TT', '0b S2 CD', '0b S2 TT', '0b S2 IN'];
    const faults = ['10', '11', '12', '13'].flatMap((n) =>
      ['S1 IN', 'S2 CD', 'S2 TT', 'S2 IN'].map((c) => `${n} ${c}`),
    );
    const missing = [...always, ...walks, ...faults].filter((k) => !counts.has(k));
    expect(missing).toEqual([]);
  });

  test('succeeds often enough, nested included, and updates descriptors', () => {
    expect((counts.get('ok') ?? 0) / total).toBeGreaterThan(0.3);
    expect(deepOk / total).toBeGreaterThan(0.04);
    expect(updates / CASES).toBeGreaterThan(0.5);
  });

  test('is a function of its seed', () => {
    const run = (): unknown => {
      const c = generateCase(77);
      return [c.state.idr0, [...c.image.pages], c.transactions];
    };
    expect(run()).toEqual(run());
  });
});
