// One random case through the core's engine and through the slow simulator.
import { FLAG_WRITE } from '../../src/index.js';
import { Machine } from '../../bench/experiments/machine.js';
import type { Tables } from '../../bench/experiments/tables.js';
import { cmd } from '../support/encode.js';
import { Dice, type Plan, type StreamPlan } from './random-cases.js';
import { Simulator } from './simulator/index.js';
import type { Command } from './simulator/invalidation.js';
import type { Stream } from './simulator/settings.js';
import { cachesOf, generatorState, streamOf } from './world.js';

const FIRST_OFFER = 100;
const START = 0x100_0000_0000;
const OUTPUT = 0x80_0000_0000;
const RAM_BYTES = 2 ** 26;
/** Cycles in which all commands that are left have been executed. */
const LONG = 1_000_000n;
export interface Figures {
  readonly total: number;
  readonly p99: number;
  readonly accepted: readonly number[];
  readonly latencies: readonly number[];
}

function figures(accepted: readonly number[], completed: readonly number[]): Figures {
  const latencies = completed.map((at, i) => at - accepted[i]);
  const sorted = [...latencies].sort((a, b) => a - b);
  return {
    total: completed.reduce((last, at) => Math.max(last, at), 0) - FIRST_OFFER,
    p99: sorted[Math.ceil(0.99 * sorted.length) - 1],
    accepted,
    latencies,
  };
}

function build(machine: Machine, plans: readonly StreamPlan[]): { stage1?: Tables; stage2?: Tables }[] {
  let shared: Tables | undefined;
  return plans.map(({ kind, pages, spacing, level }, i) => {
    const mapped = (tables: Tables, input: number, output: number): void => {
      const step = level === 2 ? 2 ** 21 : 4096;
      for (let page = 0; page < pages; page++)
        tables.map(input + page * spacing, output + page * step, { level });
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

export interface Outcome {
  readonly engine: Figures;
  readonly simulator: Figures;
  /** Engine, simulator. */
  readonly faults: readonly [number, number];
  readonly seconds: readonly [engine: number, simulator: number];
  /** Cycles at which each CMD_SYNC was complete. */
  readonly syncs: readonly [engine: readonly number[], simulator: readonly number[]];
}

/** A command as the device reads it. */
function encoded(command: Command): readonly [bigint, bigint] {
  switch (command.kind) {
    case 'va': {
      const { vmid, asid, address, leaf } = command;
      return cmd.nhVa(vmid, asid, BigInt(address), { leaf: leaf ? 1 : 0 });
    }
    case 'ipa':
      return cmd.s2Ipa(command.vmid, BigInt(command.address), { leaf: command.leaf ? 1 : 0 });
    case 'asid':
      return cmd.nhAsid(command.vmid, command.asid);
    case 'stage 1':
      return cmd.nhAll(command.vmid);
    case 'both stages':
      return cmd.s12Vmall(command.vmid);
    case 'everything':
      return cmd.nsnhAll();
    case 'stream':
      return cmd.cfgiSte(command.sid);
    case 'other':
      return cmd.stallTerm(0xff);
    case 'sync':
      return cmd.sync(1);
  }
}

const MOST_COMMANDS = 200;

/** Random commands about the streams of a plan and the pages of its traffic. */
function commandsFor({ seed, rows }: Plan, streams: ReadonlyMap<number, Stream>): Command[] {
  const dice = new Dice(seed ^ 0x5a5a);
  const count = dice.between(20, MOST_COMMANDS);
  return Array.from({ length: count }, (): Command => {
    const row = dice.pick(...rows.slice(0, 500));
    const { asid, vmid } = streams.get(dice.chance(80) ? row.stream : 0) as Stream;
    const address = Math.floor((START + row.offset) / 4096) * 4096;
    const leaf = dice.chance(70);
    const share = dice.below(100);
    if (share < 35) return { kind: 'sync' };
    if (share < 65) return { kind: 'va', asid, vmid, address, leaf };
    if (share < 75) return { kind: 'ipa', vmid, address, leaf };
    if (share < 82) return { kind: 'stream', sid: row.stream };
    if (share < 88) return { kind: 'asid', asid, vmid };
    if (share < 92) return { kind: 'stage 1', vmid };
    if (share < 95) return { kind: 'both stages', vmid };
    return { kind: dice.chance(60) ? 'other' : 'everything' };
  });
}

/** Runs a plan in both; `commanded`: commands are executed meanwhile, as time passes. */
export async function compare(one: Plan, commanded = false): Promise<Outcome> {
  const { streams: plans, rows, timing, caches, seed, eventsLog2 } = one;
  const completed: number[] = [];
  const machine: Machine = await Machine.create({
    timing,
    caches,
    seed,
    ramBytes: RAM_BYTES,
    eventsLog2,
    tbus: 1 + Math.max(...plans.map(({ tbu }) => tbu)),
    tbuOf: (sid) => plans[sid]?.tbu ?? 0,
    asyncCommands: commanded,
    onInterrupt: (source) => source === 'cmd-sync' && completed.push(Number(machine.smmu.now)),
  });
  const { smmu } = machine;
  const streams = new Map<number, Stream>();
  // Nested streams share one stage 2, and so their VMID.
  // Without stage 2 it is 0.
  const vmidOf = ({ kind }: StreamPlan, i: number): number =>
    kind === 'nested' ? 9 : kind === 'stage2' ? 10 + i : 0;
  build(machine, plans).forEach((tables, i) => {
    const { asid, tbu, recorded } = plans[i];
    const vmid = vmidOf(plans[i], i);
    machine.stream(i, { ...tables, asid, vmid, recorded });
    streams.set(i, streamOf({ ...tables, asid, vmid, tbu, recorded }, machine.contextOf(i)));
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
  const commands = commanded ? commandsFor(one, streams) : [];
  if (commanded) machine.post(commands.map(encoded));
  const began = performance.now();
  const { faults } = smmu.run(batch, { outstanding: one.outstanding, firstOffer: BigInt(FIRST_OFFER) });
  const between = performance.now();
  if (commanded) smmu.advance(smmu.now + LONG);
  const engine = figures(Array.from(batch.accepted, Number), Array.from(batch.completion, Number));

  const simulator = new Simulator({
    timing,
    caches: cachesOf(caches),
    streams,
    random: generatorState(seed),
    eventRecords: 2 ** eventsLog2,
  });
  const simulating = performance.now();
  const times = simulator.run({
    requests: rows.map(({ stream, offset, ...rest }) => ({ ...rest, va: START + offset, sid: stream })),
    outstanding: one.outstanding,
    firstOffer: FIRST_OFFER,
    ...(commanded ? { commands } : {}),
  });
  const ended = performance.now();
  const cycles = (ticks: number): number => Math.ceil(ticks / simulator.period);
  smmu.dispose();
  return {
    engine,
    simulator: figures(
      times.map(({ accepted }) => cycles(accepted)),
      times.map(({ response }) => cycles(response)),
    ),
    faults: [faults, times.filter(({ fault }) => fault).length],
    syncs: [completed, simulator.syncs.map(cycles)],
    seconds: [(between - began) / 1000, (ended - simulating) / 1000],
  };
}
