/** The main job: each bundled capture from its first register access to its last question. */
import { readCapture } from '../../src/capture/directory.js';
import { BUNDLED, bundledDirectory } from '../../src/cli/bundled.js';
import { replayCapture } from '../../src/replay/replay.js';
import { type Effort, spread } from '../measure.js';
import type { Figure } from '../row.js';

const REPETITIONS = 5;

/** Translations a second of CPU time, all register accesses, commands and comparisons included. */
export async function replayFigures(effort: Effort): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const name of BUNDLED) {
    const capture = readCapture(bundledDirectory(name));
    const rates: number[] = [];
    for (let i = 0; i < Math.min(effort.repetitions, REPETITIONS) + 1; i++) {
      const before = process.cpuUsage();
      const report = await replayCapture(capture);
      const { user, system } = process.cpuUsage(before);
      if (report.mismatches > 0) throw new Error(`${name}: ${report.mismatches} mismatches`);
      // The first run warms.
      if (i > 0) rates.push((1e6 * (report.translations + report.questions)) / (user + system));
    }
    const { median, min, max } = spread(rates);
    const thousands = (rate: number): string => (rate / 1000).toFixed(0);
    figures.push({
      name: `replay of ${name}`,
      value: `${thousands(median)} (${thousands(min)}..${thousands(max)}) thousand translations a second, everything included`,
      number: median,
    });
  }
  return figures;
}
