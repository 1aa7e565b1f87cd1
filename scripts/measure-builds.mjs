/** Two builds measured against each other by bench/compare.ts, what is slow measured once more. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './parts.mjs';

/**
 * @typedef {{ name: string, median: number, low: number, high: number, verdict: string, again?: Outcome }} Outcome
 * @typedef {{ rounds: number, threshold: number, outcomes: Outcome[] }} Measured
 */

/**
 * Where the memories of two instances lie may make one of them slower in one process, in every round. So a case that is slower
 * is measured again in another process, the other build made first, and counts only when it is slower there too.
 * @param {string} a @param {string} b @param {readonly string[]} options of bench/compare.ts
 * @returns {Measured & { slower: Outcome[] }}
 */
export function measureBuilds(a, b, options) {
  const { outcomes, ...how } = measured([a, b, ...options]);
  const names = outcomes.filter(({ verdict }) => verdict === 'slower').map(({ name }) => name);
  if (names.length > 0) {
    const again = measured([a, b, ...options, '--swap', `--names=${JSON.stringify(names)}`]).outcomes;
    for (const outcome of outcomes) outcome.again = again.find(({ name }) => name === outcome.name);
  }
  const slower = outcomes.filter((one) => one.verdict === 'slower' && one.again?.verdict === 'slower');
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
export function outcomeText({ name, median, low, high, verdict, again }, width = 0) {
  const range = `${median.toFixed(3)} (${low.toFixed(3)}..${high.toFixed(3)})`;
  const more =
    again === undefined
      ? ''
      : `, again ${again.median.toFixed(3)} (${again.low.toFixed(3)}..${again.high.toFixed(3)})`;
  const what =
    verdict !== 'slower' ? verdict : again?.verdict === 'slower' ? 'slower' : 'slower, but not again';
  return `${name.padEnd(width)}  ${range}${more}${what === 'same' ? '' : `  ${what}`}`;
}
