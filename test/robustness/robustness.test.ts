/**
 * Random bytes as tables, queues, registers and transactions: the core neither traps nor hangs nor leaves its windows. The
 * checking build counts accesses outside them; a build with a deliberate defect has to be caught by the very same run.
 * ROBUSTNESS_STEPS says how many steps in all (`node scripts/proof.mjs robustness` runs 10^6), ROBUSTNESS_SEED which.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { fuzz, type FuzzResult } from './fuzz.js';
import { LAYOUTS } from './layout.js';

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
        expect([result.violations > 0, result.failure ?? '']).toEqual(
          result.violations > 0
            ? [true, expect.any(String)]
            : [false, expect.stringContaining('RuntimeError')],
        );
      },
      10 * 60_000,
    );
  });
});
