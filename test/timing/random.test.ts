// The core's engine against the slow simulator on random cases: total cycles within 2 %, p99 within 5 %, from raw values.
// TIMING_CASES and TIMING_ROWS say how many and how long; TIMING_FIRST is the first seed, TIMING_REPORT a file for the figures.
import { appendFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { FLAG_WRITE } from '../../src/index.js';
import { Machine } from '../../bench/experiments/machine.js';
import type { Tables } from '../../bench/experiments/tables.js';
import { plan, type Plan, type StreamPlan } from './random-cases.js';
import { Simulator } from './simulator/index.js';
import type { Stream } from './simulator/settings.js';
import { cachesOf, generatorState, streamOf } from './world.js';

const CASES = Number(process.env.TIMING_CASES ?? 12);
const ROWS = Number(process.env.TIMING_ROWS ?? 3000);
const FIRST = Number(process.env.TIMING_FIRST ?? 1);
const REPORT = process.env.TIMING_REPORT;

const FIRST_OFFER = 100;
const START = 0x100_0000_0000;
const OUTPUT = 0x80_0000_0000;
const RAM_BYTES = 2 ** 26;
const TOTAL = 0.02;
const TAIL = 0.05;

interface Figures {
  readonly total: number;
  readonly p99: number;
  readonly latencies: readonly number[];
}

function figures(accepted: readonly number[], completed: readonly number[]): Figures {
  const latencies = completed.map((at, i) => at - accepted[i]);
  const sorted = [...latencies].sort((a, b) => a - b);
  return {
    total: completed.reduce((last, at) => Math.max(last, at), 0) - FIRST_OFFER,
    p99: sorted[Math.ceil(0.99 * sorted.length) - 1],
    latencies,
  };
}

function build(machine: Machine, plans: readonly StreamPlan[]): { stage1?: Tables; stage2?: Tables }[] {
  let shared: Tables | undefined;
  return plans.map(({ kind, pages, spacing, level }, i) => {
    const mapped = (tables: Tables, input: number, output: number): void => {
      const step = level === 2 ? 2 ** 21 : 4096;
      for (let page = 0; page < pages; page++) tables.map(input + page * spacing, output + page * step, { level });
    };
    const out = OUTPUT + i * 2 ** 34;
    if (kind === 'bypass') return {};
    if (kind === 'stage1') {
      const stage1 = machine.tables(1);
      mapped(stage1, START, out);
      return { stage1 };
    }
    if (kind === 'stage2') {
      const stage2 = machine.tables(2);
      mapped(stage2, START, out);
      return { stage2 };
    }
    const stage1 = machine.tables(1);
    if (shared === undefined) {
      shared = machine.tables(2);
      machine.mapRam(shared, 2);
    }
    mapped(stage1, START, out);
    const step = level === 2 ? 2 ** 21 : 4096;
    for (let page = 0; page < pages; page++) shared.map(out + page * step, out + page * step, { level });
    return { stage1, stage2: shared };
  });
}

interface Outcome {
  readonly engine: Figures;
  readonly simulator: Figures;
  readonly faults: number;
  readonly seconds: readonly [engine: number, simulator: number];
}

async function compare(one: Plan): Promise<Outcome> {
  const { streams: plans, rows, timing, caches, seed } = one;
  const machine = await Machine.create({
    timing,
    caches,
    seed,
    ramBytes: RAM_BYTES,
    tbus: 1 + Math.max(...plans.map(({ tbu }) => tbu)),
    tbuOf: (sid) => plans[sid]?.tbu ?? 0,
  });
  const { smmu } = machine;
  const streams = new Map<number, Stream>();
  const vmidOf = ({ kind }: StreamPlan, i: number): number => (kind === 'nested' ? 9 : 10 + i);
  build(machine, plans).forEach((tables, i) => {
    const { asid, tbu } = plans[i];
    const vmid = vmidOf(plans[i], i);
    // Streams of stage 1 alone have VMID 0 (IHI 0070 §5.2, S2VMID).
    machine.stream(i, { ...tables, asid, vmid });
    streams.set(i, streamOf({ ...tables, asid, vmid, tbu }, machine.contextOf(i)));
  });

  const batch = smmu.createBatch(rows.length);
  rows.forEach(({ stream, offset, write, size, gap, requester }, i) => {
    batch.iova[i] = BigInt(START + offset);
    batch.streamId[i] = stream;
    batch.flags[i] = write ? FLAG_WRITE : 0;
    batch.size[i] = size;
    batch.requester[i] = requester;
    batch.arrival[i] = BigInt(gap);
  });
  const began = performance.now();
  const { faults } = smmu.run(batch, { outstanding: one.outstanding, firstOffer: BigInt(FIRST_OFFER) });
  const between = performance.now();
  const engine = figures(
    Array.from(batch.accepted, Number),
    Array.from(batch.completion, Number),
  );

  const simulator = new Simulator({ timing, caches: cachesOf(caches), streams, random: generatorState(seed) });
  const simulating = performance.now();
  const times = simulator.run({
    requests: rows.map(({ stream, offset, ...rest }) => ({ ...rest, va: START + offset, sid: stream })),
    outstanding: one.outstanding,
    firstOffer: FIRST_OFFER,
  });
  const ended = performance.now();
  const cycles = (ticks: number): number => Math.ceil(ticks / simulator.period);
  smmu.dispose();
  expect(times.filter(({ fault }) => fault).length).toBe(faults);
  return {
    engine,
    simulator: figures(
      times.map(({ accepted }) => cycles(accepted)),
      times.map(({ response }) => cycles(response)),
    ),
    faults,
    seconds: [(between - began) / 1000, (ended - simulating) / 1000],
  };
}

const off = (got: number, right: number): number => Math.abs(got - right) / Math.max(1, right);

describe('the engine against the simulator', () => {
  const seeds = Array.from({ length: CASES }, (_, i) => FIRST + i);
  test.each(seeds)('case %d', async (seed) => {
    const one = plan(seed, ROWS);
    const { engine, simulator, faults, seconds } = await compare(one);
    const different = engine.latencies.filter((latency, i) => latency !== simulator.latencies[i]).length;
    const total = off(engine.total, simulator.total);
    const p99 = off(engine.p99, simulator.p99);
    if (REPORT !== undefined) {
      const figuresOf = { seed, total, p99, different, rows: ROWS, faults, outstanding: one.outstanding, about: one.about };
      appendFileSync(
        REPORT,
        `${JSON.stringify({ ...figuresOf, totals: [engine.total, simulator.total], p99s: [engine.p99, simulator.p99], seconds })}\n`,
      );
    }
    expect({ about: one.about, total, within: total <= TOTAL }).toMatchObject({ within: true });
    expect({ about: one.about, p99, within: p99 <= TAIL }).toMatchObject({ within: true });
  });
});
