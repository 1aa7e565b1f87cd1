/**
 * `npm run bench`: translations a second as ratios to the frozen reference kernel, measured in turns in one process, and all of it
 * in several processes one after the other.
 * `--json` prints one document, `--quick` is for CI, `--smoke` only shows that everything runs, `--only TEXT` picks cases by group or name,
 * `--aa` measures each row as if it were two and says how far they are apart.
 */
import { apartText, isSame, measureTwice } from './aa.js';
import type { Effort } from './measure.js';
import { options } from './options.js';
import { inProcesses, SERIES } from './processes.js';
import { reportOf, reportText } from './report.js';
import { measure } from './series.js';

const FULL: Effort = { repetitions: 11, most: 41, within: 0.004, sampleMs: 20, processes: 3 };
/** To tell two apart. */
const TWICE: Effort = { ...FULL, repetitions: 41, most: 301, sampleMs: 10 };
/** For every change: a look at each row, not a figure to keep. */
const QUICK: Effort = { repetitions: 5, most: 5, within: 0, sampleMs: 10, processes: 1 };
const SMOKE: Effort = { repetitions: 2, most: 2, within: 0, sampleMs: 2, processes: 1 };
const FRIENDLY_SECONDS = { full: 1, smoke: 0.05 };

async function main(): Promise<void> {
  const { values } = options('npm run bench -- [--json] [--quick | --smoke] [--only TEXT] [--aa]', {
    options: {
      json: { type: 'boolean', default: false },
      smoke: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      aa: { type: 'boolean', default: false },
      // What each of the processes is told.
      [SERIES]: { type: 'boolean', default: false },
    },
  });
  const effort = values.smoke ? SMOKE : values.quick ? QUICK : FULL;
  const { only, json } = values;
  if (values[SERIES]) {
    console.log(JSON.stringify(await measure(effort, only, 0)));
    return;
  }
  const how = [values.smoke ? '--smoke' : values.quick ? '--quick' : '', `--only=${only}`].filter(Boolean);
  if (values.aa) {
    const rows = await measureTwice(values.smoke || values.quick ? effort : TWICE, only);
    console.log(apartText(rows));
    if (!isSame(rows)) process.exitCode = 1;
    return;
  }
  const friendly = json ? 0 : values.smoke || values.quick ? FRIENDLY_SECONDS.smoke : FRIENDLY_SECONDS.full;
  const others = inProcesses(how, effort.processes - 1);
  const last = await measure(effort, only, friendly);
  const report = reportOf([...others, last], effort);
  if (json) {
    console.log(JSON.stringify(report, undefined, 2));
    return;
  }
  console.log(reportText(report));
  if (last.friendly.length > 0) console.log(['', 'Benchmark.js, wall time:', ...last.friendly].join('\n'));
}

await main();
