// The slow simulator against gem5: closed forms of one transaction at a time, and the ten contention traces. It is the measure
// for the core's engine, so it is measured first.
import { describe, expect, test } from '@jest/globals';
import { presets } from '../../src/index.js';
import { type Emptied, type Group, GROUPS, STREAM } from '../../bench/experiments/closed-form-cases.js';
import { Tables } from '../../bench/experiments/tables.js';
import { contentionTables, distance, requestsOf, traces } from './contention.js';
import { Simulator } from './simulator/index.js';
import type { Request } from './simulator/settings.js';
import { cachesOf, gem5Settings, PlainMemory, streamOf } from './world.js';

const { caches } = presets['gem5-default'];

function empty(simulator: Simulator, what: Emptied): void {
  const { tcu, tbus } = simulator;
  tbus[0].micro?.cache.clear();
  if (what === 'micro') return;
  tbus[0].main?.cache.clear();
  if (what === 'tlbs and configuration' || what === 'all') tcu.config?.cache.clear();
  if (what !== 'translations' && what !== 'all') return;
  for (const cache of [...tcu.walkCaches[1], ...tcu.walkCaches[2]]) cache?.clear();
  tcu.tlb?.cache.clear();
  tcu.ipa?.cache.clear();
}

function closedForms(group: Group, latency: number): { label: string; cycles: number; fault: boolean }[] {
  const memory = new PlainMemory();
  const streams = new Map(
    [...group.build(memory)].map(([sid, setup]) => [sid, streamOf(setup, memory.allocate(64))] as const),
  );
  const geometry = cachesOf(
    group.tcuTlb === true
      ? { ...caches, tcuTlb: { ...(caches.tcuTlb as object), enabled: true } as never }
      : caches,
  );
  const simulator = new Simulator({ timing: gem5Settings(latency), caches: geometry, streams });
  return group.rows.map((row) => {
    if (row.emptied !== undefined) empty(simulator, row.emptied);
    const request: Request = {
      va: row.iova,
      sid: row.streamId ?? STREAM,
      write: row.write === true,
      size: row.size ?? 64,
      gap: 0,
      requester: 0,
    };
    const [times] = simulator.run({ requests: [request], outstanding: 1, firstOffer: simulator.idleFrom });
    return { label: row.label, cycles: times.response - times.accepted, fault: times.fault };
  });
}

describe('closed forms', () => {
  const groups = GROUPS.filter(({ twoLevel, disabled }) => twoLevel !== true && disabled !== true);
  test.each(groups.flatMap((group) => [0, 37, 100].map((latency) => ({ group, latency, name: group.name }))))(
    '$name, L = $latency',
    ({ group, latency }) => {
      // A row without a form is one that the simulator does not model: permissions of a TLB hit.
      const expected = group.rows.flatMap(({ label, cycles, fault = false }) =>
        cycles === undefined ? [] : [{ label, cycles: cycles[0] + cycles[1] * latency, fault }],
      );
      const got = closedForms(group, latency).filter((_, i) => group.rows[i].cycles !== undefined);
      expect(got).toEqual(expected);
    },
  );
});

describe('contention traces of gem5', () => {
  test.each(traces)('$name', (trace) => {
    const memory = new PlainMemory();
    const stage1 = new Tables(memory, 1);
    contentionTables(stage1);
    const simulator = new Simulator({
      timing: gem5Settings(100),
      caches: cachesOf(caches),
      streams: new Map([[0, streamOf({ stage1 }, 0)]]),
    });
    const off = trace.parts.map((part, i) => {
      if (i > 0) simulator.tbus[0].micro?.cache.clear();
      const requests = requestsOf(part);
      const times = simulator.run({ requests, outstanding: 64, firstOffer: part.rows[0].offered });
      return distance(
        part,
        times.map(({ accepted, response }) => [accepted, response]),
      );
    });
    // Bars allow 2 cycles where the order of events of one tick decides; the simulator keeps gem5's order.
    expect(off).toEqual(trace.parts.map(() => ({ most: 0, off: 0, total: 0 })));
  });
});
