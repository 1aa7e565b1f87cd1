/**
 * Random bytes as tables, queues, registers and transactions: the core neither traps nor hangs nor leaves its windows. The
 * checking build counts accesses outside them; a build with a deliberate defect has to be caught by the very same run.
 * ROBUSTNESS_STEPS says how many steps in all (`node scripts/proof.mjs robustness` runs 10^6), ROBUSTNESS_SEED which.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import * as Layout from '../../assembly/abi/layout.js';
import { Smmu } from '../../src/index.js';
import { fuzz, type FuzzResult } from './fuzz.js';
import { LAYOUTS, place, type Placed } from './layout.js';
import { Untouched } from './untouched.js';

const STEPS = Number(process.env['ROBUSTNESS_STEPS'] ?? 60_000);
const SEED = Number(process.env['ROBUSTNESS_SEED'] ?? 1);
/** Enough for the defect to show, and no more than that. */
const STEPS_TO_CATCH = 20_000;
const SLOWEST_MS = 20_000;

const build = (name: string): Buffer => readFileSync(new URL(`../../dist/${name}`, import.meta.url));
const CHECKING = build('core.checking.wasm');
const BROKEN = build('core.broken.wasm');

function report(name: string, r: FuzzResult): void {
  process.stderr.write(
    `${name}: ${r.steps} steps, ${r.ok} translations, ${r.faults} faults, ${r.commands} commands, ` +
      `${r.commandErrors} command errors, ${r.eventsRecorded} records, ${r.cacheHits} cache hits, ` +
      `slowest step ${r.slowestMs.toFixed(1)} ms, ${r.violations} accesses outside the windows\n`,
  );
}

describe('the core survives random input', () => {
  LAYOUTS.forEach((layout, i) => {
    test(
      layout.name,
      async () => {
        const result = await fuzz(layout, SEED + i, Math.ceil(STEPS / LAYOUTS.length), CHECKING);
        report(layout.name, result);
        expect(result.failure).toBeUndefined();
        expect(result.violations).toBe(0);
        expect(result.slowestMs).toBeLessThan(SLOWEST_MS);
        // The run is worth something only when the input gets deep.
        for (const reached of ['ok', 'faults', 'commands', 'commandErrors', 'eventsRecorded'] as const) {
          expect([reached, result[reached]]).not.toEqual([reached, 0]);
        }
      },
      60 * 60_000,
    );
  });
});

describe('a build that reads beyond its windows is caught', () => {
  LAYOUTS.forEach((layout, i) => {
    test(
      layout.name,
      async () => {
        const result = await fuzz(layout, SEED + i, STEPS_TO_CATCH, BROKEN);
        report(`broken build, ${layout.name}`, result);
        expect(result.violations).toBeGreaterThan(0);
      },
      10 * 60_000,
    );
  });
});

describe('a change of what is to stay untouched is noticed', () => {
  const places: [string, (p: Placed) => number][] = [
    ['first byte of a guard band', ({ bands }) => bands[1][0]],
    ['last byte of a guard band', ({ bands }) => bands[1][1] - 1],
    ['below the header', ({ coreBase }) => coreBase + 100],
    ['an identification register', ({ coreBase }) => coreBase + Layout.CORE_PAD + Layout.REGS + 5],
    ['a window descriptor', ({ coreBase }) => coreBase + Layout.CORE_PAD + Layout.WINDOWS + 8],
  ];
  test.each(places)('%s', async (_name, at) => {
    const placed = place(LAYOUTS[0]);
    const smmu = await Smmu.create(placed.options);
    const untouched = new Untouched(placed);
    expect(untouched.changed()).toBeUndefined();
    new Uint8Array(placed.memory.buffer)[at(placed)] ^= 1;
    expect(untouched.changed()).toBeDefined();
    smmu.dispose();
  });
});
