import { describe, expect, test } from '@jest/globals';
import * as Ahead from '../../assembly/abi/ahead.js';
import * as Cache from '../../assembly/abi/cache.js';
import * as ContextTable from '../../assembly/abi/context-table.js';
import * as Deferred from '../../assembly/abi/deferred.js';
import * as EventNode from '../../assembly/abi/event-node.js';
import * as Layout from '../../assembly/abi/layout.js';
import * as NotifyRecord from '../../assembly/abi/notify-record.js';
import * as Pmcg from '../../assembly/abi/pmcg.js';
import * as Request from '../../assembly/abi/request.js';
import * as StallRecord from '../../assembly/abi/stall-record.js';
import * as StepRecord from '../../assembly/abi/step-record.js';
import * as StreamMemo from '../../assembly/abi/stream-memo.js';
import * as StreamRecord from '../../assembly/abi/stream-record.js';
import * as StreamTimes from '../../assembly/abi/stream-times.js';
import * as Stretch from '../../assembly/abi/stretch.js';
import * as Submission from '../../assembly/abi/submission.js';
import * as Timing from '../../assembly/abi/timing.js';
import { resolveOptions, type SmmuOptions } from '../../src/device/options.js';
import { computeMap, type CoreMap } from '../../src/core/map.js';
import { Smmu } from '../../src/index.js';

const mapOf = (options: SmmuOptions): CoreMap => computeMap(resolveOptions(options).shape);

/** Start and size of every region. */
function regions(map: CoreMap, tbus: number): [number, number][] {
  const list: [number, number][] = [
    [map.contexts, ContextTable.BYTES],
    [map.memo, StreamMemo.ENTRIES * StreamMemo.BYTES],
    [map.tree16, 512],
    [map.ahead, Ahead.BYTES],
    [map.streams, map.streamCap * StreamRecord.BYTES],
    [map.streamHash, 8 * (map.streamHashMask + 1)],
    [map.stalls, map.stallCap * StallRecord.BYTES],
    [map.resumed, map.resumedCap * StallRecord.BYTES],
    [map.notify, map.notifyCap * NotifyRecord.BYTES],
    [map.trace, map.traceCap * StepRecord.BYTES],
    [map.pmcg, (1 + tbus) * Pmcg.BYTES],
    [map.deferred, (2 + (map.timing?.poolCap ?? 0)) * Deferred.BYTES],
    [map.batch, map.batchBytes],
  ];
  for (const { cache, tags, data, stride, repl, sizeCounts, prints, owners } of map.caches) {
    const slots = cache.sets * Cache.rowWays(cache.ways);
    list.push([tags, 8 * slots], [data, slots * stride], [sizeCounts, 256]);
    list.push([repl, cache.sets * Cache.REPL_SET_BYTES + slots * Cache.REPL_ENTRY_BYTES]);
    list.push([owners, 2 * slots]);
    if (prints !== 0) list.push([prints, 2 * cache.sets * Cache.printLanes(cache.ways)]);
  }
  for (const place of map.sparse) {
    if (place !== undefined) list.push([place.hash, 4 * (place.hashMask + 1)], [place.keys, 8 * place.pages]);
  }
  const { timing } = map;
  if (timing !== undefined) {
    list.push(
      [timing.timing, Timing.BYTES],
      [timing.pool, timing.poolCap * Request.BYTES],
      [timing.nodes, timing.nodeCap * EventNode.BYTES],
      [timing.inbox, timing.inboxCap * Submission.BYTES],
      [timing.done, timing.doneCap * Submission.BYTES],
      [timing.streamTimes, map.streamCap * StreamTimes.BYTES],
    );
  }
  return list.sort((a, b) => a[0] - b[0]);
}

describe('the map of the core', () => {
  test.each<SmmuOptions>([
    {},
    { timing: false },
    { caches: false, batchBytes: 0 },
    { caches: 'mmu700-server', tbus: 5 },
    { timing: 'gem5-default', statStreams: 7 },
    {
      ram: [
        { base: 0n, size: 2 ** 40, sparse: true, pool: 2 ** 20 },
        { base: 1n << 50n, size: 4096, sparse: true },
      ],
    },
  ])('regions are aligned, disjoint, inside, and the batch is the last one: %#', (options) => {
    const map = mapOf(options);
    const list = regions(map, options.tbus ?? 1);
    let end: number = Layout.FIXED_END;
    for (const [start, bytes] of list) {
      expect(start % 16).toBe(0);
      expect(start).toBeGreaterThanOrEqual(end);
      end = start + bytes;
    }
    expect(map.bytes).toBeGreaterThanOrEqual(end);
    expect(list.at(-1)![0]).toBe(map.batch);
    expect(Smmu.coreBytes(options)).toBe(map.bytes + Layout.CORE_PAD);
  });

  test('a stretch of hits has room for its scratch where what was submitted finishes', () => {
    for (const timing of ['minimal', 'gem5-default', 'mmu600-agilex5', 'mmu700-server'] as const) {
      const { done, doneCap, stretch, stretchRecords } = mapOf({ timing }).timing!;
      expect(stretch).toBe(done);
      expect(stretchRecords).toBeGreaterThan(0);
      expect(Stretch.bytes(stretchRecords)).toBeLessThanOrEqual(doneCap * Submission.BYTES);
    }
  });

  test('every stalled transaction can end in one call', () => {
    const map = mapOf({});
    expect(map.stallCap).toBe(64);
    expect(map.notifyCap).toBeGreaterThan(2 * map.stallCap);
    expect(map.resumedCap).toBeGreaterThanOrEqual(map.stallCap);
  });

  test('what does not fit is refused', () => {
    const huge = { entries: 1 << 20, ways: 4, policy: 'lru' } as const;
    expect(() => mapOf({ caches: { microTlb: huge, mainTlb: huge, tbus: 64 } })).toThrow(/more than 2 GiB/);
  });
});
