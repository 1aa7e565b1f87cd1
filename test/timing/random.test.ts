// The core's engine against the slow simulator on random cases: total cycles within 2 %, p99 within 5 %, from raw values.
// TIMING_CASES and TIMING_ROWS say how many and how long; TIMING_FIRST is the first seed, TIMING_REPORT a file for the figures.
import { appendFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from '@jest/globals';
import { compare } from './compare.js';
import { plan } from './random-cases.js';

const CASES = Number(process.env.TIMING_CASES ?? 12);
const ROWS = Number(process.env.TIMING_ROWS ?? 3000);
const FIRST = Number(process.env.TIMING_FIRST ?? 1);
const REPORT = process.env.TIMING_REPORT;

const TOTAL = 0.02;
const TAIL = 0.05;

const off = (got: number, right: number): number => Math.abs(got - right) / Math.max(1, right);

const worst = { cases: 0, equal: 0, total: 0, p99: 0 };
afterAll(() => {
  const percent = (n: number): string => `${(100 * n).toFixed(2)} %`;
  process.stderr.write(
    `${worst.cases} cases of ${ROWS} transactions: ${worst.equal} equal in every latency, at worst ` +
      `${percent(worst.total)} in total cycles and ${percent(worst.p99)} in p99\n`,
  );
});

describe('the engine against the simulator', () => {
  const seeds = Array.from({ length: CASES }, (_, i) => FIRST + i);
  test.each(seeds)('case %d', async (seed) => {
    const one = plan(seed, ROWS);
    const { engine, simulator, faults, seconds } = await compare(one);
    expect(faults[0]).toBe(faults[1]);
    const different = engine.latencies.filter((latency, i) => latency !== simulator.latencies[i]).length;
    const total = off(engine.total, simulator.total);
    const p99 = off(engine.p99, simulator.p99);
    worst.cases++;
    worst.equal += Number(different === 0);
    worst.total = Math.max(worst.total, total);
    worst.p99 = Math.max(worst.p99, p99);
    if (REPORT !== undefined) {
      const figuresOf = {
        seed,
        total,
        p99,
        different,
        rows: ROWS,
        faults,
        outstanding: one.outstanding,
        about: one.about,
      };
      appendFileSync(
        REPORT,
        `${JSON.stringify({ ...figuresOf, totals: [engine.total, simulator.total], p99s: [engine.p99, simulator.p99], seconds })}\n`,
      );
    }
    expect({ about: one.about, total, within: total <= TOTAL }).toMatchObject({ within: true });
    expect({ about: one.about, p99, within: p99 <= TAIL }).toMatchObject({ within: true });
  });
});
