/**
 * test/differential at full length: `node scripts/proof.mjs differential [count]`, so many translations in every variant, the first
 * seed plus DIFFERENTIAL_SEED. The test's own code in one bundle, without Jest's sandbox, which takes twice the time, on
 * as many threads as there are processors (DIFFERENTIAL_THREADS). DIFFERENTIAL_ONLY picks the variants whose names contain it.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { Piscina } from 'piscina';
import { ROOT } from './parts.mjs';

/** @typedef {import('../test/differential/part.js').Part} Part */
/** @typedef {import('../test/differential/part.js').PartResult} PartResult */

/** A thread is asked again every few seconds. */
const CASES_OF_A_PART = 400;

/** @param {number} count translations in every variant @returns {Promise<boolean>} whether there was no difference */
export async function proveDifferential(count) {
  const bundle = join(ROOT, 'dist/proof/differential.mjs');
  await build({
    entryPoints: [join(ROOT, 'test/differential/part.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
  });
  /** @type {typeof import('../test/differential/part.js')} */
  const { VARIANTS, TRANSACTIONS, mostEnded } = await import(pathToFileURL(bundle).href);
  const seed = Number(process.env['DIFFERENTIAL_SEED'] ?? 0);
  const only = process.env['DIFFERENTIAL_ONLY'] ?? '';
  const cases = Math.ceil(count / TRANSACTIONS);
  const threads = Number(process.env['DIFFERENTIAL_THREADS'] ?? availableParallelism());
  const pool = new Piscina({
    filename: bundle,
    maxThreads: threads,
    minThreads: threads,
    // Where the bundle lies there is no core beside it.
    env: { CORE: join(ROOT, 'dist/core.wasm'), ...process.env },
  });
  const began = Date.now();
  let sound = true;
  let all = 0;
  for (const [variant, { name, first }] of VARIANTS.entries()) {
    if (!name.includes(only)) continue;
    /** @type {Promise<PartResult>[]} */
    const parts = [];
    for (let done = 0; done < cases; done += CASES_OF_A_PART) {
      /** @type {Part} */
      const part = { variant, seed: seed + first + done, cases: Math.min(CASES_OF_A_PART, cases - done) };
      parts.push(pool.run(part));
    }
    const results = await Promise.all(parts);
    /** @param {(part: PartResult) => number} of */
    const sum = (of) => results.reduce((total, part) => total + of(part), 0);
    const translations = sum((part) => part.translations);
    const stale = sum((part) => part.stale);
    const shared = sum((part) => part.shared);
    const queues = sum((part) => part.queues);
    const differences = results.flatMap((part) => part.differences);
    const most = mostEnded(cases);
    const complete =
      stale <= most.stale &&
      shared <= most.shared &&
      queues <= most.queues &&
      translations >= (cases - stale - shared - queues) * TRANSACTIONS;
    if (differences.length > 0 || !complete) sound = false;
    all += translations;
    const seeds = `seeds ${seed + first} to ${seed + first + cases - 1}`;
    console.log(
      `${name}: ${translations} translations (${seeds}), ${differences.length} differences, ${stale} cases ended at a stale structure, ${shared} at a shared page, ${queues} in the queues${complete ? '' : ': too many'}`,
    );
    for (const line of differences) console.log(`  ${line}`);
  }
  await pool.destroy();
  const seconds = ((Date.now() - began) / 1000).toFixed(0);
  console.log(
    `${all} translations in ${seconds} s on ${threads} threads: ${sound ? '0 differences' : 'FAILED'}`,
  );
  return sound;
}
