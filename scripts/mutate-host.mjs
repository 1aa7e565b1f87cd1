/**
 * Changes the virtual SMMU and what it stands on one line at a time and looks whether the tests notice: `node scripts/mutate-host.mjs`. Sources
 * of the host run as they are, so that nothing is built.
 *   --mutant TEXT    those whose title (place and change) contains TEXT
 *   --stack          only the property test of the whole stack
 * Prints for each what noticed it, and fails when nothing did.
 */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensure } from './ensure.mjs';
import { applied, titleOf } from './mutate/anchors.mjs';
import { ProjectCopy } from './mutate/copy.mjs';
import { hostMutants } from './mutate/list/host.mjs';
import { hostSources, testFiles } from './mutate/tree.mjs';
import { ROOT } from './parts.mjs';

/** The whole stack with random guests. */
const STACK = 'vsmmu/property';
/** What runs behind a mutant's own tests. */
const FURTHER = ['vsmmu', 'iommufd'];
const SECONDS = 900;

const options = /** @type {const} */ ({ mutant: { type: 'string' }, stack: { type: 'boolean' } });

/** @returns {Promise<number>} exit code */
async function main() {
  const { mutant: text = '', stack = false } = parseArgs({ options }).values;
  if (!(await ensure(['release']))) return 2;
  const sources = hostSources();
  const chosen = hostMutants.filter((mutant) => titleOf(mutant).includes(text));
  const copy = new ProjectCopy(sources);
  const stop = () => {
    copy.close();
    process.exit(130);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    copyFileSync(join(ROOT, 'dist/core.wasm'), join(copy.folder, 'dist/core.wasm'));
    let survived = 0;
    for (const [i, mutant] of chosen.entries()) {
      const change = applied(sources, mutant);
      copy.change(change);
      const { verdict, by } = await noticed(copy, stack ? [STACK] : [...mutant.tests, FURTHER]);
      if (verdict === 'passed') survived++;
      const end = verdict === 'passed' ? 'SURVIVED' : `noticed by ${by}`;
      const place = `${change.file}:${change.line}`;
      console.log([`${i + 1}/${chosen.length}`, place, mutant.breaks, end].join(' | '));
    }
    copy.change(undefined);
    console.log(`${chosen.length} mutants: ${chosen.length - survived} noticed, ${survived} survived`);
    return survived > 0 ? 1 : 0;
  } finally {
    copy.close();
  }
}

/**
 * One run after the other, until something is noticed.
 * @param {ProjectCopy} copy @param {readonly (string | string[])[]} runs how paths below test/ begin
 */
async function noticed(copy, runs) {
  let result = await copy.test(testFiles([runs[0] ?? STACK].flat()), SECONDS);
  for (const run of runs.slice(1)) {
    if (result.verdict !== 'passed') break;
    result = await copy.test(testFiles([run].flat()), SECONDS);
  }
  return result;
}

process.exitCode = await main();
