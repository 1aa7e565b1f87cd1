/**
 * Changes the core one line at a time and looks whether the tests notice: `npm run mutate`.
 *   -- --only ROOM      mutants of one room of assembly/
 *   -- --sample N       N of them, spread evenly
 *   -- --mutant TEXT    those whose title (place and change) contains TEXT; may be given several times
 *   -- --own            only the tests that each mutant names: fast, and what survives need not survive the others
 * Prints a line for each mutant as it is done, with what noticed it, and counts at the end. Exit code 1 when a mutant survives
 * that mutate/survivors.mjs does not list, or when one that it lists is noticed; 2 when nothing can be said.
 */
import { parseArgs } from 'node:util';
import { applied, titleOf } from './mutate/anchors.mjs';
import { mutants } from './mutate/list/index.mjs';
import { survivors } from './mutate/survivors.mjs';
import { testFiles } from './mutate/tree.mjs';
import { Workshop } from './mutate/workshop.mjs';

/** @typedef {import('./mutate/anchors.mjs').Mutant} Mutant */
/** @typedef {import('./mutate/anchors.mjs').Change} Change */

/** What runs behind a mutant's own tests, the dearest last. */
const FURTHER = ['conformance', 'host', 'timing-host', 'properties', 'iommu', 'timing', 'differential'];

/** A run of its own tests takes seconds, of all of them minutes; one that does not end is noticed as well. */
const OWN_SECONDS = 900;
const FURTHER_SECONDS = 1800;

const options = /** @type {const} */ ({
  only: { type: 'string' },
  sample: { type: 'string' },
  mutant: { type: 'string', multiple: true },
  own: { type: 'boolean' },
});

/** Test files that pass without a change. @type {Set<string>} */
const sound = new Set();

/** @returns {Promise<number>} exit code */
async function main() {
  const { values } = parseArgs({ options });
  const shop = new Workshop();
  const stop = () => {
    shop.close();
    process.exit(130);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    const chosen = choose(
      mutants.map((mutant) => ({ mutant, change: applied(shop.sources, mutant) })),
      values,
    );
    return await run(shop, chosen, values.own === true);
  } finally {
    shop.close();
  }
}

/**
 * @param {Workshop} shop
 * @param {{ mutant: Mutant, change: Change }[]} chosen
 * @param {boolean} own
 */
async function run(shop, chosen, own) {
  const refused = await shop.buildLong();
  if (refused !== undefined) throw new RangeError(`the core without short cuts cannot be built: ${refused}`);
  const first = testFiles(chosen.flatMap(({ mutant }) => mutant.tests));
  console.log(`unchanged: ${await passUnchanged(shop, first, FURTHER_SECONDS)} tests pass`);
  const counts = { noticed: 0, listed: 0, unlisted: 0, wrongly: 0 };
  for (const [i, { mutant, change }] of chosen.entries()) {
    const began = Date.now();
    const by = await noticed(shop, mutant, change, own);
    const reason = survivors[titleOf(mutant)];
    const seconds = ((Date.now() - began) / 1000).toFixed(0);
    const row = [
      `${i + 1}/${chosen.length}`,
      `${change.file}:${change.line}`,
      titleOf(mutant),
      mutant.breaks,
    ];
    if (by !== undefined) counts.noticed++;
    else if (reason !== undefined) counts.listed++;
    else counts.unlisted++;
    if (by !== undefined && reason !== undefined) counts.wrongly++;
    const end =
      by !== undefined
        ? `noticed by ${by}${reason === undefined ? '' : ', yet listed as a survivor'}`
        : reason !== undefined
          ? `survived: ${reason}`
          : `SURVIVED${own ? ' its own tests' : ', and is not listed'}`;
    console.log(`${row.join(' | ')} | ${end} (${seconds} s)`);
  }
  console.log(
    `${chosen.length} mutants: ${counts.noticed} noticed, ${counts.listed} survived for a listed reason, ` +
      `${counts.unlisted} survived${own ? ' their own tests' : ''} unlisted`,
  );
  return counts.unlisted + counts.wrongly > 0 ? 1 : 0;
}

/**
 * The tests pass in the same build without a change, or nothing can be said.
 * @param {Workshop} shop @param {string[]} files @param {number} seconds
 */
async function passUnchanged(shop, files, seconds) {
  await shop.build(undefined);
  const { verdict, by, tests } = await shop.test(files, seconds);
  if (verdict !== 'passed')
    throw new RangeError(`the tests fail without any mutant, so nothing can be said: ${by}`);
  for (const file of files) sound.add(file);
  return tests;
}

/**
 * @param {Workshop} shop @param {Mutant} mutant @param {Change} change @param {boolean} own
 * @returns {Promise<string | undefined>} what noticed it
 */
async function noticed(shop, mutant, change, own) {
  const refused = await shop.build(change);
  if (refused !== undefined)
    throw new RangeError(`the mutant '${titleOf(mutant)}' does not compile:\n${refused}`);
  const ownTests = testFiles(mutant.tests);
  let result = await shop.test(ownTests, OWN_SECONDS);
  if (result.verdict === 'passed' && !own) {
    const others = testFiles(FURTHER).filter((file) => !ownTests.includes(file));
    result = await shop.test(others, FURTHER_SECONDS);
    if (result.verdict === 'failed' && !sound.has(result.file))
      await passUnchanged(shop, [result.file], FURTHER_SECONDS);
  }
  return result.verdict === 'passed' ? undefined : result.by;
}

/**
 * @param {{ mutant: Mutant, change: Change }[]} all
 * @param {{ only?: string | undefined, mutant?: string[] | undefined, sample?: string | undefined }} values
 */
function choose(all, { only, mutant: texts, sample }) {
  const found = all.filter(
    ({ mutant, change }) =>
      (only === undefined || change.file.split('/')[1] === only) &&
      (texts === undefined || texts.some((text) => titleOf(mutant).includes(text))),
  );
  if (found.length === 0)
    throw new RangeError(
      `no mutant is of room '${only ?? 'any'}' with '${texts?.join("' or '") ?? ''}' in its title; the rooms are those of assembly/`,
    );
  if (sample === undefined) return found;
  const n = Number(sample);
  if (!(Number.isSafeInteger(n) && n > 0))
    throw new RangeError(`--sample must be a number of mutants above 0, not '${sample}'`);
  const kept = Math.min(n, found.length);
  return found.filter(
    (_, i) => Math.floor((i * kept) / found.length) !== Math.floor(((i + 1) * kept) / found.length),
  );
}

try {
  process.exitCode = await main();
} catch (error) {
  const { message, code } = /** @type {NodeJS.ErrnoException} */ (error);
  if (!(error instanceof RangeError) && !code?.startsWith('ERR_PARSE_ARGS')) throw error;
  console.error(`mutate: ${message}`);
  process.exitCode = 2;
}
