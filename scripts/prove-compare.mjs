/**
 * The proof of `npm run bench:compare`: an unchanged core is not flagged in many repetitions, and a core whose hit path is
 * slower by 5 % is. The slow one is built from the same source with one change: every twentieth block of rows that hit goes
 * through its loop twice.
 */
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { copyBuild, inFolders, makeDiffer, must } from './bench-builds.mjs';
import { measureBuilds, outcomeText } from './measure-builds.mjs';
import { ROOT } from './parts.mjs';

const HITS = 'assembly/translate/hits.ts';
const SLOWER = 0.05;
/**
 * When nothing else is asked for: rows of untimed hits, which the change is about, and many short rounds, among which those
 * that something else on the machine disturbed are few.
 */
const CASES = ['--sets=hit', '--rounds=81', '--sample-ms=6'];

/**
 * The source of hits.ts with the repetition in it: no loop has another caller than before, so that what the compiler makes of
 * them stays as it is.
 * @param {string} source @param {number} share
 */
export function slowed(source, share) {
  const passes = Math.round(1 / share) + 1;
  const again = `    if (++repeated == ${passes}) {\n      repeated = 0;\n      continue;\n    }\n`;
  const changed = source
    .replace('    if (done != stop) return done;\n', (line) => line + again)
    .replace('/** Rows [i, end) as far', (line) => `let repeated: u32 = 0;\n\n${line}`);
  if (changed.length !== source.length + again.length + 'let repeated: u32 = 0;\n\n'.length)
    throw new Error(`${HITS} has no longer the lines that the proof changes`);
  return changed;
}

/** A core whose hits are slower, in place of the one in `folder`. @param {string} source @param {string} folder */
function buildSlow(source, folder) {
  for (const part of ['assembly', 'scripts', 'asconfig.json', 'package.json', 'package-lock.json'])
    cpSync(join(ROOT, part), join(source, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(source, 'node_modules'));
  writeFileSync(join(source, HITS), slowed(readFileSync(join(ROOT, HITS), 'utf8'), SLOWER));
  must(process.execPath, ['scripts/build.mjs', 'release'], source);
  cpSync(join(source, 'dist/core.wasm'), join(folder, 'dist/core.wasm'));
}

/**
 * Prints each repetition as it comes.
 * @param {number} repetitions of the unchanged core @param {readonly string[]} more options of bench/compare.ts
 * @returns {boolean} whether both came out as they should
 */
export function prove(repetitions, more) {
  const asked = [...CASES, ...more, '--quiet'];
  let wrong = 0;
  inFolders(4, ([same, other, source, slow]) => {
    for (const folder of [same, other, slow]) copyBuild(folder);
    makeDiffer(same, other);
    buildSlow(source, slow);
    console.log(`the hit path ${100 * SLOWER} % slower, B over A:`);
    const { slower, outcomes } = measureBuilds(same, slow, asked);
    for (const one of outcomes) console.log(`  ${outcomeText(one)}`);
    console.log(slower.length > 0 ? `caught, by ${slower.length} of ${outcomes.length} cases` : 'NOT CAUGHT');
    if (slower.length === 0) wrong++;
    console.log(`the same core, ${repetitions} times, the case furthest from 1 of each:`);
    for (let i = 1; i <= repetitions; i++) {
      const again = measureBuilds(same, other, asked);
      const far = again.outcomes.reduce((worst, one) =>
        Math.abs(one.median - 1) > Math.abs(worst.median - 1) ? one : worst,
      );
      const flagged = again.slower.length > 0 ? 'FLAGGED' : 'not flagged';
      console.log(
        `  ${String(i).padStart(2)}: ${flagged}; ${outcomeText(far)}; load ${loadavg()[0].toFixed(1)}`,
      );
      for (const one of again.slower) console.log(`      ${outcomeText(one)}`);
      if (again.slower.length > 0) wrong++;
    }
  });
  console.log(wrong === 0 ? 'bench:compare is proved here' : `${wrong} came out wrong`);
  return wrong === 0;
}
