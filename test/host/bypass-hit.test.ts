// What answers a bypass is nothing: `hit` is 'none' for each, also one that a TLB remembers, on every way through the device and in the
// statistics alike. The look-ups of the TLBs count as they are.
import { describe, expect, test } from '@jest/globals';
import { presets, Smmu, STATUS_OK, type SmmuOptions } from '../../src/index.js';
import { s2Leaf } from '../support/encode.js';
import { identification, Machine, R, RAM, RAM_BYTES, SMMUEN, SPACIOUS } from '../support/machine.js';
import { machineOver } from './machine-over.js';
import { stage1, stage2 } from '../support/streams.js';

/** Streams that pass with their addresses: STE.Config 0b100; S1DSS 0b01 without a SubstreamID. */
const [BYPASS, DSS] = [1, 2];
/** A stream that is translated. */
const TRANSLATED = 3;

const TIMINGS: SmmuOptions['timing'][] = [
  false,
  'gem5-default',
  'minimal',
  'mmu600-agilex5',
  'mmu700-server',
];
const CACHES = Object.keys(presets) as (keyof typeof presets)[];
const every = TIMINGS.flatMap((timing) => CACHES.map((caches) => ({ timing, caches })));

async function device(timing: SmmuOptions['timing'], caches: SmmuOptions['caches']): Promise<Machine> {
  const ram = [{ base: RAM, size: RAM_BYTES }];
  const smmu = await Smmu.create({ id: await identification(), ram, timing, caches });
  const m = machineOver(smmu);
  m.ste(BYPASS, { Config: 4 });
  stage1(m, DSS, { steFields: { S1CDMax: 1, S1DSS: 1 } });
  const { tables } = stage1(m, TRANSLATED);
  for (let page = 0n; page < 4n; page++) tables.map(page << 12n, RAM + (page << 12n), 0x741n);
  return m;
}

/** Each way once for a stream and address, with what it says of the hit. */
function ways(m: Machine, streamId: number): Record<string, (iova: bigint) => unknown> {
  const { smmu } = m;
  const batch = smmu.createBatch(3);
  const rows = (iova: bigint): void => {
    batch.streamId.fill(streamId);
    batch.iova.fill(iova);
    batch.size.fill(4);
  };
  const hits = (): number[] => [...batch.status].map((word) => word >>> 24);
  return {
    translate: (iova) => smmu.translate({ streamId, iova, size: 4 }).hit,
    write: (iova) => smmu.translate({ streamId, iova, access: 'write', size: 4 }).hit,
    atomic: (iova) => smmu.translate({ streamId, iova, atomic: true, size: 4 }).hit,
    speculative: (iova) => smmu.translate({ streamId, iova, speculative: true, size: 4 }).hit,
    trace: (iova) => smmu.trace({ streamId, iova, size: 4 }).translation.hit,
    submit: (iova) => {
      smmu.submit({ streamId, iova, size: 4 });
      smmu.drain();
      const out: ReturnType<typeof smmu.translate>[] = [];
      smmu.poll(out);
      return out[0].hit;
    },
    lookup: (iova) => {
      expect(smmu.lookup(streamId, Number(iova), 0)).toBe(Number(iova));
      return 'none';
    },
    batch: (iova) => {
      rows(iova);
      smmu.translateBatch(batch);
      return hits();
    },
    run: (iova) => {
      rows(iova);
      smmu.run(batch, { outstanding: 2 });
      return hits();
    },
    offer: (iova) => {
      rows(iova);
      smmu.offer(batch, { outstanding: 1 });
      smmu.drain();
      return hits();
    },
  };
}

describe.each(every)('caches of $caches, timing $timing', ({ timing, caches }) => {
  test.each([
    ['STE.Config = 0b100', BYPASS],
    ['S1DSS = 0b01', DSS],
  ])('%s', async (_, streamId) => {
    const m = await device(timing, presets[caches].caches);
    const all = ways(m, streamId);
    // Each way at first, and again when TLBs and memos know the stream.
    for (let round = 0; round < 3; round++) {
      for (const [name, way] of Object.entries(all)) {
        const got = way(0x1_2000n + BigInt(round << 12));
        expect([round, name, got]).toEqual([round, name, Array.isArray(got) ? [0, 0, 0] : 'none']);
      }
    }
    const stats = m.smmu.stats();
    const none = {
      'micro-tlb': 0,
      'main-tlb': 0,
      'tcu-tlb': 0,
      'walk-cache': 0,
      walk: 0,
      none: stats.transactions,
    };
    expect(stats.transactions).toBe(3 * (7 + 3 * 3));
    expect(stats.hits).toMatchObject(none);
    expect(stats.streams.find((stream) => stream.streamId === streamId)!.hits).toMatchObject(none);
    m.smmu.dispose();
  });
});

test('a bypass fills no TLB that is tagged by address space: a stream of the same VMID does not hit it', async () => {
  const m = await Machine.create({ caches: SPACIOUS });
  m.ste(BYPASS, { Config: 4 });
  stage2(m, TRANSLATED).map(0x5000n, RAM, s2Leaf());
  for (const _ of [0, 1]) m.expectOk(BYPASS, 0x5000n, 0x5000n);
  for (const _ of [0, 1]) m.expectOk(TRANSLATED, 0x5000n, RAM);
  m.smmu.dispose();
});

test('with SMMUEN = 0', async () => {
  const m = await device(false, 'mmu600-agilex5');
  m.cr0(0);
  expect(m.smmu.translate({ streamId: 9, iova: 0x5000n })).toMatchObject({ status: 'ok', hit: 'none' });
  m.cr0(SMMUEN);
  expect(m.smmu.read32(R.CR0ACK)).toBe(1);
});

test('a bypass beside a translated stream: each counts as its own, and the look-ups of the micro TLB as what they found', async () => {
  const m = await device(false, 'mmu600-agilex5');
  const batch = m.smmu.createBatch(40);
  for (let i = 0; i < 40; i++) {
    batch.streamId[i] = i % 2 ? BYPASS : TRANSLATED;
    batch.iova[i] = BigInt(i % 4) << 12n;
  }
  m.smmu.translateBatch(batch);
  expect([...batch.status].every((word) => (word & 0xff) === STATUS_OK)).toBe(true);
  const { hits, caches } = m.smmu.stats();
  // Two pages are walked to; every access of the other stream is a bypass.
  expect(hits).toMatchObject({ walk: 2, none: 20, 'micro-tlb': 18 });
  // The micro TLB found the bypassing stream's entry each time but the first.
  expect(caches['tbu0.micro']).toMatchObject({ lookups: 40, misses: 3, hits: 37 });
  m.smmu.dispose();
});
