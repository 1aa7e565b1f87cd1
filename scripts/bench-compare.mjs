/**
 * `npm run bench:compare -- REF [--to REF2]`: builds REF, and REF2 or this checkout, in temporary folders, each with the
 * cases of this checkout, and measures one against the other (bench/compare.ts). Ends with 1 when a case is slower beyond the
 * threshold. `--prove` shows on this machine that it can be believed (prove-compare.mjs).
 */
import { spawnSync } from 'node:child_process';
import { buildRef, copyBuild, inFolders, makeDiffer } from './bench-builds.mjs';
import { measureBuilds, outcomeText } from './measure-builds.mjs';
import { ROOT } from './parts.mjs';
import { prove } from './prove-compare.mjs';

// Built by what `npm run bench:compare` runs first; its types are those of the source.
const built = new URL('../dist/bench/options.js', import.meta.url).href;
const { count, options, refuse } = /** @type {typeof import('../bench/options.js')} */ (await import(built));

const USAGE =
  'npm run bench:compare -- REF [--to REF2] [--rounds N] [--sample-ms N] [--only TEXT] [--threshold PERCENT] [--json], or ' +
  '--prove [--repetitions N] [--rounds N] [--sample-ms N] [--only TEXT]';

const { values, positionals } = options(USAGE, {
  allowPositionals: true,
  options: {
    to: { type: 'string' },
    rounds: { type: 'string' },
    'sample-ms': { type: 'string' },
    threshold: { type: 'string' },
    only: { type: 'string' },
    json: { type: 'boolean' },
    prove: { type: 'boolean', default: false },
    repetitions: { type: 'string' },
  },
});
const { to, prove: proves, repetitions, json, ...measured } = values;
for (const name of /** @type {const} */ (['rounds', 'sample-ms']))
  if (measured[name] !== undefined) count(measured[name], `--${name}`, 1, USAGE);
if (measured.threshold !== undefined && !(Number(measured.threshold) >= 0))
  refuse(`--threshold must be a percentage, not '${measured.threshold}'`, USAGE);
const passed = Object.entries(measured).map(([name, value]) => `--${name}=${value}`);

if (proves) {
  if (positionals.length > 0 || to !== undefined || measured.threshold !== undefined || json === true)
    refuse(
      '--prove compares this checkout with itself: expected it without REF, --to, --threshold and --json',
      USAGE,
    );
  const times = repetitions === undefined ? 20 : count(repetitions, '--repetitions', 1, USAGE);
  if (!prove(times, passed)) process.exitCode = 1;
} else {
  const [ref, ...others] = positionals;
  if (ref === undefined) refuse('expected a commit, branch or tag to compare with', USAGE);
  if (others.length > 0) refuse(`expected one REF, not ${positionals.length}`, USAGE);
  if (repetitions !== undefined) refuse('--repetitions is for --prove', USAGE);
  for (const one of [ref, to ?? ref])
    if (spawnSync('git', ['rev-parse', '--verify', '--quiet', `${one}^{commit}`], { cwd: ROOT }).status !== 0)
      refuse(`'${one}' is no commit, branch or tag of this repository`, USAGE);
  inFolders(2, ([a, b]) => {
    buildRef(a, ref);
    if (to === undefined) copyBuild(b);
    else buildRef(b, to);
    makeDiffer(a, b);
    console.error(`A ${ref}, B ${to ?? 'this checkout'}`);
    const { slower, ...found } = measureBuilds(a, b, json === true ? [...passed, '--quiet'] : passed);
    if (json === true) console.log(JSON.stringify({ a: ref, b: to ?? '', ...found, slower }, undefined, 2));
    else {
      const width = Math.max(0, ...found.outcomes.map(({ name }) => name.length));
      for (const one of found.outcomes) console.log(outcomeText(one, width));
      console.log(
        `\n${found.outcomes.length} cases, B over A, ${found.rounds} rounds each; intervals hold together with 99 %.`,
      );
      console.log(
        slower.length === 0
          ? 'none is slower beyond the threshold'
          : `${slower.length} slower by more than ${100 * found.threshold} %`,
      );
    }
    if (slower.length > 0) process.exitCode = 1;
  });
}
