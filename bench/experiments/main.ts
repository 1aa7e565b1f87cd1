/**
 * `npm run experiments`: the published figures and closed forms, each with its table, a plot as SVG and pass or fail. Exit code 1
 * when one fails. `--only NAME` runs one, `--out DIR` says where the plots go (default dist/experiments).
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { closedForms } from './closed-forms.js';
import { coldMiss } from './cold-miss.js';
import type { Experiment } from './outcome.js';
import { walkMatrix } from './walk-matrix.js';
import { windowSweep } from './window-sweep.js';
import { options } from '../options.js';

const EXPERIMENTS: readonly Experiment[] = [walkMatrix, coldMiss, windowSweep, closedForms];

async function main(): Promise<void> {
  const { values } = options('npm run experiments -- [--only NAME] [--out DIR]', {
    options: {
      only: { type: 'string' },
      out: { type: 'string', default: join('dist', 'experiments') },
    },
  });
  const chosen = EXPERIMENTS.filter(({ name }) => values.only === undefined || name === values.only);
  if (chosen.length === 0) {
    const names = EXPERIMENTS.map(({ name }) => name).join(', ');
    console.error(`unknown experiment '${values.only}': expected one of ${names}`);
    process.exitCode = 2;
    return;
  }
  mkdirSync(values.out, { recursive: true });
  const failed: string[] = [];
  for (const { name, about, run } of chosen) {
    console.log(`== ${name}: ${about}\n`);
    const { pass, lines, plot } = await run();
    const file = join(values.out, `${name}.svg`);
    writeFileSync(file, plot);
    console.log(`${lines.join('\n')}\nplot: ${file}\n${name}: ${pass ? 'pass' : 'FAIL'}\n`);
    if (!pass) failed.push(name);
  }
  console.log(failed.length === 0 ? `All ${chosen.length} passed.` : `Failed: ${failed.join(', ')}.`);
  if (failed.length > 0) process.exitCode = 1;
}

await main();
