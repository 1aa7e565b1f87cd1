import { describe, expect, test } from '@jest/globals';
import * as abi from '../../assembly/abi.js';
import { resolveOptions, type SmmuOptions } from '../../src/device/options.js';
import { computeMap, type CoreMap } from '../../src/core/map.js';
import { Smmu } from '../../src/index.js';

const mapOf = (options: SmmuOptions): CoreMap => computeMap(resolveOptions(options).shape);

/** Start and size of every region. */
function regions(map: CoreMap, tbus: number): [number, number][] {
  const list: [number, number][] = [
    [map.contexts, abi.CTX_BYTES],
    [map.memo, abi.SM_ENTRIES * abi.SM_BYTES],
    [map.streams, map.streamCap * abi.STREAM_BYTES],
    [map.streamHash, 8 * (map.streamHashMask + 1)],
    [map.stalls, map.stallCap * abi.STALL_BYTES],
    [map.resumed, map.resumedCap * abi.STALL_BYTES],
    [map.notify, map.notifyCap * abi.NOTIFY_BYTES],
    [map.trace, map.traceCap * abi.TRACE_BYTES],
    [map.pmcg, (1 + tbus) * abi.PG_BYTES],
    [map.batch, map.batchBytes],
  ];
  for (const { cache, tags, data, stride, repl, memo, sizeCounts } of map.caches) {
    const slots = cache.sets * abi.rowWays(cache.ways);
    list.push([tags, 8 * slots], [data, slots * stride], [sizeCounts, 256]);
    list.push([repl, cache.sets * abi.REPL_SET_BYTES + slots * abi.REPL_ENTRY_BYTES]);
    if (memo !== 0) list.push([memo, 512]);
  }
  for (const place of map.sparse) {
    if (place !== undefined) list.push([place.hash, 4 * (place.hashMask + 1)], [place.keys, 8 * place.pages]);
  }
  const { timing } = map;
  if (timing !== undefined) {
    list.push(
      [timing.timing, abi.TM_BYTES],
      [timing.pool, timing.poolCap * abi.REQUEST_BYTES],
      [timing.nodes, timing.nodeCap * abi.EN_BYTES],
      [timing.inbox, timing.inboxCap * abi.IN_BYTES],
      [timing.done, timing.doneCap * abi.IN_BYTES],
      [timing.streamTimes, map.streamCap * abi.STREAM_TIME_BYTES],
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
    let end: number = abi.FIXED_END;
    for (const [start, bytes] of list) {
      expect(start % 16).toBe(0);
      expect(start).toBeGreaterThanOrEqual(end);
      end = start + bytes;
    }
    expect(map.bytes).toBeGreaterThanOrEqual(end);
    expect(list.at(-1)![0]).toBe(map.batch);
    expect(Smmu.coreBytes(options)).toBe(map.bytes + abi.CORE_PAD);
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
