/**
 * `npm run bench`: translations a second as ratios to the frozen reference kernel, measured in turns in one process.
 * `--json` prints one document, `--quick` is for CI, `--smoke` only shows that everything runs, `--only TEXT` picks cases by group or name,
 * `--aa` runs all of it twice and says how far the two are apart.
 */
import { iommuCases } from './iommu.js';
import { vsmmuCases } from './vsmmu.js';
import { callCases, firstCallCases } from './cases/call.js';
import { hitCases } from './cases/hit.js';
import { invalidateCases } from './cases/invalidate.js';
import { kindCases } from './cases/kinds.js';
import { memoryFigures } from './cases/memory.js';
import { otherwiseCases } from './cases/otherwise.js';
import { replayFigures } from './cases/replay.js';
import { timedMixCases } from './cases/timed-mix.js';
import { timedHitCases, timedWalkCases } from './cases/timed.js';
import { trafficCases } from './cases/traffic.js';
import { walkCases } from './cases/walk.js';
import { measureTwice } from './aa.js';
import { compare, type Effort, rateOf, type Series, together } from './measure.js';
import { loadReference, type Reference } from './reference.js';
import { quotedPeers } from './peers.js';
import { machine, reportText } from './report.js';
import type { Case, Figure, Result } from './row.js';
import { friendlyTable } from './suite.js';
import { options } from './options.js';

const FULL: Effort = { repetitions: 11, most: 41, within: 0.004, sampleMs: 20, instances: 3 };
/** For every change: a look at each row, not a figure to keep. */
const QUICK: Effort = { repetitions: 5, most: 5, within: 0, sampleMs: 10, instances: 1 };
const SMOKE: Effort = { repetitions: 2, most: 2, within: 0, sampleMs: 2, instances: 1 };
const FRIENDLY_SECONDS = { full: 1, smoke: 0.05 };

function resultOf(one: Case, series: readonly Series[]): Result {
  const { group, name, reference, bar } = one;
  const { rate, ratio, referenceRate } = together(series);
  const verdict = bar === undefined ? {} : { bar: bar.text, met: bar.met({ ratio: ratio.median }) };
  return {
    group,
    name,
    detail: one.detail?.() ?? '',
    reference: reference.name,
    rate,
    ratio,
    referenceRate,
    ...verdict,
  };
}

const SETS: readonly ((reference: Reference) => Promise<Case[]>)[] = [
  firstCallCases,
  hitCases,
  walkCases,
  kindCases,
  callCases,
  invalidateCases,
  trafficCases,
  otherwiseCases,
  iommuCases,
  vsmmuCases,
  timedHitCases,
  timedWalkCases,
  timedMixCases,
];

async function main(): Promise<void> {
  const { values } = options('npm run bench -- [--json] [--quick | --smoke] [--only TEXT] [--aa]', {
    options: {
      json: { type: 'boolean', default: false },
      smoke: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      aa: { type: 'boolean', default: false },
    },
  });
  if (values.aa) {
    const how = values.smoke ? ['--smoke'] : values.quick ? ['--quick'] : [];
    if (!measureTwice([...how, `--only=${values.only}`])) process.exitCode = 1;
    return;
  }
  const effort = values.smoke ? SMOKE : values.quick ? QUICK : FULL;
  const picked = (text: string): boolean => text.includes(values.only);
  const reference = await loadReference();
  const kernel = [reference.tlb, reference.tlbSimd, reference.walk, reference.walk4].map((load) => ({
    name: load.name,
    rate: rateOf(load, effort),
  }));
  const results: Result[] = [];
  const friendly: string[] = [];
  // One set of devices after the other, so that the memory of the last can be given back.
  for (const set of SETS) {
    // The first set has to be the only one (cases/call.ts).
    const instances = set === firstCallCases ? 1 : effort.instances;
    const series = new Map<string, Series[]>();
    let cases: Case[] = [];
    for (let instance = 0; instance < instances; instance++) {
      cases = (await set(reference)).filter(({ group, name }) => picked(`${group}: ${name}`));
      if (cases.length === 0) break;
      for (const { group, name, load, reference: kernel } of cases) {
        const key = `${group}: ${name}`;
        series.set(key, [...(series.get(key) ?? []), compare(load, kernel, effort)]);
      }
    }
    for (const one of cases) results.push(resultOf(one, series.get(`${one.group}: ${one.name}`) ?? []));
    if (!values.json && (set === hitCases || set === walkCases)) {
      friendly.push(
        ...friendlyTable(
          cases,
          values.smoke || values.quick ? FRIENDLY_SECONDS.smoke : FRIENDLY_SECONDS.full,
        ),
      );
    }
  }
  const figures: Figure[] = [];
  if (picked('replay')) figures.push(...(await replayFigures(effort)));
  if (picked('memory')) figures.push(...memoryFigures());
  const report = {
    ...machine(),
    kernel,
    repetitions: effort.repetitions * effort.instances,
    results,
    figures,
    peers: quotedPeers(results),
  };
  if (values.json) {
    console.log(JSON.stringify(report, undefined, 2));
    return;
  }
  console.log(reportText(report));
  if (friendly.length > 0) console.log(['', 'Benchmark.js, wall time:', ...friendly].join('\n'));
}

await main();
