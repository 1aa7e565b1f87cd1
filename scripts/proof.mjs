/**
 * The long proofs at full length: `node scripts/proof.mjs differential|robustness|properties|timing|equal|vsmmu [count]`.
 * They are the tests of the same name, which `npm test` runs shorter; a failure names the seed that repeats it.
 *   differential  random translations in every variant against the reference model (default 10^6 each)
 *   robustness    random steps against the checking build (default 10^6 in all)
 *   properties    random sequences of changes, commands and translations (default 400 a property and configuration)
 *   timing        random pipelines and traffic against the slow simulator, 10^4 transactions a case (default 200 cases)
 *   equal         batches through the shipped core against the steps of the state machine (default 10^8 rows in all), and
 *                 pipelines at random (a thousand, or as many as a hundred-thousandth of the rows)
 *   vsmmu         random guests over the whole stack with a host that fails (default 10^5 operations a configuration)
 * DIFFERENTIAL_TRANSACTIONS are those of each configuration, whose making takes a good part of the time when they are 192.
 * The seed that a difference names runs again, in every variant, with DIFFERENTIAL_REPLAY=SEED[,SEED…].
 * Other random cases: DIFFERENTIAL_SEED, ROBUSTNESS_SEED, PROPERTIES_SEED, VSMMU_SEED; the first one of TIMING_FIRST, EQUAL_FIRST.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './parts.mjs';

/** Shares of EQUAL_ROWS that the sources of test/equal have together. */
const EQUAL_SHARES = 2.4;

/** @type {Record<string, { count: number, variable: string, value: (count: number) => number, also?: NodeJS.ProcessEnv }>} */
const PROOFS = {
  differential: {
    count: 1e6,
    // Seeds that run again are as many as they are; all others go to prove-differential.mjs.
    variable: 'DIFFERENTIAL_CASES',
    value: (count) => count,
  },
  robustness: { count: 1e6, variable: 'ROBUSTNESS_STEPS', value: (count) => count },
  properties: { count: 400, variable: 'PROPERTIES_SEQUENCES', value: (count) => count },
  timing: {
    count: 200,
    variable: 'TIMING_CASES',
    value: (count) => count,
    also: { TIMING_ROWS: '10000' },
  },
  vsmmu: { count: 1e5, variable: 'VSMMU_OPERATIONS', value: (count) => count },
  equal: {
    count: 1e8,
    variable: 'EQUAL_ROWS',
    value: (count) => Math.ceil(count / EQUAL_SHARES),
    also: { EQUAL_PIPELINES: String(Math.max(1, Math.round(Number(process.argv[3] ?? 1e8) / 1e5))) },
  },
};

const [name = '', given] = process.argv.slice(2);
const proof = PROOFS[name];
const count = given === undefined ? proof?.count : Number(given);
if (proof === undefined || count === undefined || !(Number.isSafeInteger(count) && count > 0)) {
  console.error(`usage: node scripts/proof.mjs ${Object.keys(PROOFS).join('|')} [count]`);
  process.exit(2);
}

/** @param {string[]} args @param {NodeJS.ProcessEnv} [env] */
function node(args, env = process.env) {
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit', env });
  if (status !== 0) process.exit(status ?? 1);
}

node([join(ROOT, 'scripts/ensure.mjs'), 'release', 'checking', 'broken', 'long']);
if (name === 'differential' && process.env['DIFFERENTIAL_REPLAY'] === undefined) {
  const { proveDifferential } = await import('./prove-differential.mjs');
  process.exit((await proveDifferential(count)) ? 0 : 1);
}
node(
  [
    '--experimental-vm-modules',
    '--no-warnings=ExperimentalWarning',
    join(ROOT, 'node_modules/jest/bin/jest.js'),
    `test/${name}/`,
  ],
  { ...process.env, ...proof.also, [proof.variable]: String(proof.value(count)) },
);
