/** All statistics of a run for people: without those that are zero, a group for each part. */
import { statistics } from '../stats/printed/statistics.js';
import { busiest, statisticLines } from '../stats/printed/text.js';
import type { RunResult } from '../run/result.js';

/** Streams that are shown: those with the most transactions. JSON and gem5's form have all. */
const STREAMS = 16;

export function fullText(result: RunResult): string {
  const shown = statistics(busiest(result, STREAMS)).filter(({ value }) => value !== 0);
  const groups = new Map<string, string>();
  for (const [i, line] of statisticLines(shown).entries()) {
    const group = groupOf(shown[i].name);
    groups.set(group, (groups.get(group) ?? '') + line);
  }
  return [...groups.values()].join('\n');
}

/** A cache or a stream is a group of its own; of the rest, those that begin with one word. */
function groupOf(name: string): string {
  const words = name.split('.');
  if (words[0] === 'caches') return words.slice(0, -1).join('.');
  return words.slice(0, words[0] === 'streams' ? 2 : 1).join('.');
}
