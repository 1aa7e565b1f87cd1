/**
 * Two builds of the package against each other, as `npm run bench:compare` prepares them: the cases of one and of the other
 * in turns, in one process, first one first and then the other. Prints the ratio of rates with its interval for each case;
 * ends with 1 only when an interval lies wholly beyond the threshold on the slow side.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Load } from './measure.js';
import type { Case } from './row.js';
import type * as Reference from './reference.js';
import { options } from './options.js';
import { type MedianInterval, medianInterval, verdictOf } from './track/median-interval.js';

/** Files of a build's bench/cases/ and what each exports: one set of devices after the other. */
const SETS = [
  ['hit', 'hitCases'],
  ['walk', 'walkCases'],
  ['call', 'callCases'],
  ['invalidate', 'invalidateCases'],
  ['timed', 'timedHitCases'],
] as const;
/** Of all cases together, that any interval misses its median. */
const FAMILY_ERROR = 0.01;
const WARM_CALLS = 6;

interface Outcome extends MedianInterval {
  readonly name: string;
  readonly verdict: 'slower' | 'faster' | 'same';
}

type CasesOf = (reference: Reference.Reference) => Promise<Case[]>;

async function casesOf(build: string, [file, name]: (typeof SETS)[number]): Promise<Map<string, Load>> {
  const load = (path: string): Promise<unknown> =>
    import(pathToFileURL(join(build, 'dist/bench', path)).href);
  const { loadReference } = (await load('reference.js')) as typeof Reference;
  const cases = (await load(`cases/${file}.js`)) as Record<string, CasesOf>;
  const all = await cases[name](await loadReference());
  return new Map(all.map((one) => [`${one.group}: ${one.name}`, one.load]));
}

/** CPU time of the process in microseconds. */
function cpu(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Operations a microsecond, over at least so much time. */
function rate(load: Load, least: number): number {
  let [time, calls] = [0, 0];
  while (time < least) {
    load.prepare?.();
    const start = cpu();
    load.work();
    time += Math.max(1, cpu() - start);
    load.check(true);
    calls++;
  }
  return (calls * load.operations) / time;
}

function ratios(a: Load, b: Load, rounds: number, least: number): number[] {
  for (let i = 0; i < WARM_CALLS; i++) for (const load of [a, b]) rate(load, 1);
  return Array.from({ length: rounds }, (_, i) => {
    if (i % 2 === 0) {
      const before = rate(a, least);
      return rate(b, least) / before;
    }
    const first = rate(b, least);
    return first / rate(a, least);
  });
}

const { values, positionals } = options('compare.js A B, as scripts/bench-compare.mjs calls it', {
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '41' },
    'sample-ms': { type: 'string', default: '20' },
    threshold: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
  },
});
const [a, b] = positionals;
const [rounds, least, threshold] = [
  Number(values.rounds),
  1000 * Number(values['sample-ms']),
  Number(values.threshold) / 100,
];

const measured: { name: string; ratios: number[] }[] = [];
for (const set of SETS) {
  const [ofA, ofB] = [await casesOf(a, set), await casesOf(b, set)];
  for (const [name, load] of ofA) {
    const other = ofB.get(name);
    if (other === undefined || !name.includes(values.only)) continue;
    measured.push({ name, ratios: ratios(load, other, rounds, least) });
    if (!values.json) console.error(`  ${name}`);
  }
}
const outcomes = measured.map(({ name, ratios: all }): Outcome => {
  const interval = medianInterval(all, FAMILY_ERROR / measured.length);
  return { name, ...interval, verdict: verdictOf(interval, threshold) };
});
const slower = outcomes.filter(({ verdict }) => verdict === 'slower');
if (values.json) console.log(JSON.stringify({ a, b, rounds, threshold, outcomes }, undefined, 2));
else {
  const width = Math.max(0, ...outcomes.map(({ name }) => name.length));
  for (const { name, median, low, high, verdict } of outcomes)
    console.log(
      `${name.padEnd(width)}  ${median.toFixed(3)} (${low.toFixed(3)}..${high.toFixed(3)})${verdict === 'same' ? '' : `  ${verdict}`}`,
    );
  console.log(
    `\n${outcomes.length} cases, B over A, ${rounds} rounds each; intervals hold together with ${100 * (1 - FAMILY_ERROR)} %.`,
  );
  console.log(
    slower.length === 0
      ? 'none is slower beyond the threshold'
      : `${slower.length} slower by more than ${values.threshold} %`,
  );
}
if (slower.length > 0) process.exitCode = 1;
