/** Two builds measured against each other by bench/compare.ts, what is slow measured once more. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './parts.mjs';

/**
 * @typedef {{ name: string, median: number, low: number, high: number, verdict: string, again?: Outcome[] }} Outcome
 * @typedef {{ rounds: number, threshold: number, outcomes: Outcome[] }} Measured
 */

/** How often what is slower is measured again. */
const AGAIN = 2;

/**
 * Where the memories of two instances lie may make one of them slower in one process, in every round. So a case that is slower
 * is measured again in other processes, the other build made first and then not, and counts only when it is slower in all.
 * @param {string} a @param {string} b @param {readonly string[]} options of bench/compare.ts
 * @returns {Measured & { slower: Outcome[] }}
 */
export function measureBuilds(a, b, options) {
  const { outcomes, ...how } = measured([a, b, ...options]);
  let slower = outcomes.filter(({ verdict }) => verdict === 'slower');
  for (let i = 0; i < AGAIN && slower.length > 0; i++) {
    const names = JSON.stringify(slower.map(({ name }) => name));
    const order = i % 2 === 0 ? ['--swap'] : [];
    const found = measured([a, b, ...options, ...order, `--names=${names}`]).outcomes;
    for (const one of slower)
      one.again = [...(one.again ?? []), ...found.filter(({ name }) => name === one.name)];
    slower = slower.filter(({ again = [] }) => again.every(({ verdict }) => verdict === 'slower'));
  }
  return { ...how, outcomes, slower };
}

/** @param {readonly string[]} args @returns {Measured} */
function measured(args) {
  const { status, stdout } = spawnSync(process.execPath, [join(ROOT, 'dist/bench/compare.js'), ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`bench/compare.js ended with ${status}`);
  return JSON.parse(stdout);
}

/** A line for a case. @param {Outcome} outcome @param {number} [width] */
export function outcomeText({ name, verdict, again = [], ...interval }, width = 0) {
  const more = again.map((one) => `, again ${rangeText(one)}`).join('');
  const confirmed = again.length > 0 && again.every((one) => one.verdict === 'slower');
  const what = verdict === 'slower' && !confirmed ? 'slower, but not again' : verdict;
  return `${name.padEnd(width)}  ${rangeText(interval)}${more}${what === 'same' ? '' : `  ${what}`}`;
}

/** @param {{ median: number, low: number, high: number }} interval */
function rangeText({ median, low, high }) {
  return `${median.toFixed(3)} (${low.toFixed(3)}..${high.toFixed(3)})`;
}
