/**
 * `npm run bench:sweep`: how much faster a sweep is with two threads than with one, both in turns on the same points. Wall
 * time, so that the machine should be idle; how busy it was is printed beside.
 */
import { availableParallelism, loadavg } from 'node:os';
import { coreFile } from '../src/cli/core-file.js';
import { planSweep } from '../src/cli/sweep/plan.js';
import { runPoints } from '../src/cli/sweep/pool.js';
import { version } from '../src/cli/version.js';
import { spread } from './measure.js';

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

async function seconds(jobs: number): Promise<number> {
  const began = performance.now();
  await runPoints(points, { trace: TRACE, jobs, core, version: version() }, () => undefined);
  return (performance.now() - began) / 1000;
}

const times: { one: number; two: number }[] = [];
for (let i = 0; i < REPETITIONS; i++) times.push({ one: await seconds(1), two: await seconds(THREADS) });
const { median, min, max } = spread(times.map(({ one, two }) => one / two));
const [one, two] = [spread(times.map((time) => time.one)), spread(times.map((time) => time.two))];
console.log(
  [
    `${points.length} points of ${TRACE}, ${REPETITIONS} repetitions, ${availableParallelism()} processors, load ${loadavg()[0].toFixed(1)}`,
    `one thread ${one.median.toFixed(2)} s, ${THREADS} threads ${two.median.toFixed(2)} s`,
    `${median.toFixed(2)} times as fast (${min.toFixed(2)}..${max.toFixed(2)}), ${((100 * median) / THREADS).toFixed(0)} % efficiency; at least ${BAR}: ${median >= BAR ? 'met' : 'missed'}`,
  ].join('\n'),
);
