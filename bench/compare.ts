/**
 * Two builds of the package against each other, as `npm run bench:compare` prepares them: the cases of one and of the other
 * in turns, in one process, first one first and then the other. Prints the ratio of rates with its interval for each case, as
 * JSON, and what the interval says of it.
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

interface Measured {
  readonly name: string;
  readonly group: string;
  readonly ratios: readonly number[];
}

type CasesOf = (reference: Reference.Reference) => Promise<Case[]>;

async function casesOf(build: string, [file, name]: (typeof SETS)[number]): Promise<Map<string, Case>> {
  const load = (path: string): Promise<unknown> =>
    import(pathToFileURL(join(build, 'dist/bench', path)).href);
  const { loadReference } = (await load('reference.js')) as typeof Reference;
  const cases = (await load(`cases/${file}.js`)) as Record<string, CasesOf>;
  const all = await cases[name](await loadReference());
  return new Map(all.map((one) => [`${one.group}: ${one.name}`, one]));
}

/** The name of a group's cases together. */
const allOf = (group: string): string => `${group}: all of these`;

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
    /** A JSON array: these cases alone, and all of these groups. */
    names: { type: 'string' },
    /** Files of bench/cases/, with commas between. */
    sets: { type: 'string' },
    /** B is made first. */
    swap: { type: 'boolean', default: false },
    quiet: { type: 'boolean', default: false },
  },
});
const [a, b] = positionals;
const [rounds, least, threshold] = [
  Number(values.rounds),
  1000 * Number(values['sample-ms']),
  Number(values.threshold) / 100,
];
const names = values.names === undefined ? undefined : (JSON.parse(values.names) as string[]);
const wanted = (name: string, group: string): boolean =>
  names === undefined ? name.includes(values.only) : names.includes(name) || names.includes(allOf(group));

const measured: Measured[] = [];
for (const set of SETS.filter(([file]) => values.sets?.split(',').includes(file) ?? true)) {
  const first = await casesOf(values.swap ? b : a, set);
  const second = await casesOf(values.swap ? a : b, set);
  const [ofA, ofB] = values.swap ? [second, first] : [first, second];
  for (const [name, { load, group }] of ofA) {
    const other = ofB.get(name);
    if (other === undefined || !wanted(name, group)) continue;
    measured.push({ name, group, ratios: ratios(load, other.load, rounds, least) });
    if (!values.quiet) console.error(`  ${name}`);
  }
}
// A change of a path shifts all cases of a group, which shows in fewer rounds than in each of them.
const groups = [...new Set(measured.map(({ group }) => group))]
  .map((group) => ({ name: allOf(group), all: measured.filter((one) => one.group === group) }))
  .filter(({ name, all }) => all.length > 1 && (names?.includes(name) ?? true))
  .map(({ name, all }) => ({ name, ratios: all.flatMap((one) => one.ratios) }));
const family = [...measured.filter(({ name }) => names?.includes(name) ?? true), ...groups];
const outcomes = family.map(({ name, ratios: all }): Outcome => {
  const interval = medianInterval(all, FAMILY_ERROR / family.length);
  return { name, ...interval, verdict: verdictOf(interval, threshold) };
});
console.log(JSON.stringify({ rounds, threshold, outcomes }));
