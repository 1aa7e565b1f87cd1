/**
 * `npm run bench:sweep`: how much faster a sweep is with two threads than with one, both in turns on the same points. By CPU
 * time where the kernel tells that of each thread: what the main thread and the busiest other one took, so that others on the
 * machine do not count; and by wall time, for which it should be idle.
 */
import { availableParallelism, loadavg } from 'node:os';
import { coreFile } from '../src/cli/core-file.js';
import { planSweep } from '../src/cli/sweep/plan.js';
import { runPoints } from '../src/cli/sweep/pool.js';
import { version } from '../src/cli/version.js';
import { spread } from './measure.js';
import { options } from './options.js';
import { longestPath, threadTimes } from './thread-times.js';

options('npm run bench:sweep', {});

const TRACE = 'gen:random,window=16M,count=400000,seed=1';
/** Twelve points that take about as long as each other. */
const SET = ['tbu.mainTlb.entries=64,128,256,512', 'memory.latency=40..120:40'];
const REPETITIONS = 5;
const THREADS = 2;
/** What two threads have to reach. */
const BAR = 1.8;

const core = coreFile();
const { points } = planSweep(
  TRACE,
  { timing: 'mmu600-agilex5', outstanding: 16, warmup: 0, seed: 0, set: SET },
  { core: core.hash, version: version() },
);

interface Took {
  readonly wall: number;
  /** CPU time of the main thread and the busiest other one; undefined: not known. */
  readonly path: number | undefined;
}

async function measured(jobs: number): Promise<Took> {
  const before = threadTimes();
  const began = performance.now();
  let after = before;
  let missing = points.length;
  await runPoints(points, { trace: TRACE, jobs, core, version: version() }, () => {
    if (--missing === 0) after = threadTimes(); // before the threads end
  });
  const wall = (performance.now() - began) / 1000;
  return { wall, path: before === undefined || after === undefined ? undefined : longestPath(before, after) };
}

interface Times {
  readonly one: number;
  readonly two: number;
}

function lineOf(what: string, times: readonly Times[]): { text: string; median: number } {
  const { median, min, max } = spread(times.map(({ one, two }) => one / two));
  const [one, two] = [spread(times.map((time) => time.one)), spread(times.map((time) => time.two))];
  const text = `${what}: one thread ${one.median.toFixed(2)} s, ${THREADS} threads ${two.median.toFixed(2)} s, ${median.toFixed(2)} times as fast (${min.toFixed(2)}..${max.toFixed(2)}), ${((100 * median) / THREADS).toFixed(0)} % efficiency`;
  return { text, median };
}

const rounds: { one: Took; two: Took }[] = [];
for (let i = 0; i < REPETITIONS; i++) rounds.push({ one: await measured(1), two: await measured(THREADS) });
const wall = lineOf(
  'wall time',
  rounds.map(({ one, two }) => ({ one: one.wall, two: two.wall })),
);
const paths = rounds.flatMap(({ one, two }): Times[] =>
  one.path === undefined || two.path === undefined ? [] : [{ one: one.path, two: two.path }],
);
const path = paths.length === 0 ? undefined : lineOf('CPU time', paths);
const judged = path ?? wall;
console.log(
  [
    `${points.length} points of ${TRACE}, ${REPETITIONS} repetitions, ${availableParallelism()} processors, load ${loadavg()[0].toFixed(1)}`,
    ...(path === undefined ? [] : [path.text]),
    wall.text,
    `at least ${BAR} by ${path === undefined ? 'wall' : 'CPU'} time: ${judged.median >= BAR ? 'met' : 'missed'}`,
  ].join('\n'),
);
