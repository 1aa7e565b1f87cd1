// A timed run, in Node and in a page alike: whoever calls brings the modules, so that this file imports none.

const RAM = 0x4000_0000n;
const PAGES = 3000;
const ROWS = 20_000;
const STREAMS = [0x10, 0x11, 0x12];

/** @param {any} value */
const json = (value) => JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `0x${v.toString(16)}` : v));

/**
 * Random pages of three streams, with 16 outstanding: most miss, some are not mapped, some wait for another's walk.
 * @param {{ Smmu: any, HostIommu: any }} modules
 * @param {string} timing name of a preset
 * @returns {Promise<{ summary: string, stats: string, rows: string[] }>} everything that the run tells
 */
export async function timedRun({ Smmu, HostIommu }, timing) {
  const smmu = await Smmu.create({ timing, tbus: 2, tbuOf: (/** @type {number} */ sid) => sid & 1 });
  const iommu = await HostIommu.probe(smmu, { pool: { base: RAM, size: 16 << 20 } });
  const domain = iommu.domainAlloc({ type: 'dma' });
  // Read (1) and write (2) of every page but the last few.
  iommu.map(domain, 0x1000n, RAM + 0x100_1000n, (PAGES - 16) * 4096, 3);
  iommu.attachDevice(domain, iommu.addDevice({ streamIds: STREAMS }));
  const batch = smmu.createBatch(ROWS);
  let seed = 12345;
  const below = (/** @type {number} */ n) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0; // the constants of Numerical Recipes
    return Math.floor((seed / 2 ** 32) * n);
  };
  for (let i = 0; i < ROWS; i++) {
    const near = below(3) > 0;
    batch.iova[i] = BigInt((1 + below(near ? 40 : PAGES)) * 4096 + below(64) * 64);
    batch.streamId[i] = STREAMS[below(STREAMS.length)];
    batch.flags[i] = below(2);
    batch.requester[i] = below(4);
    batch.size[i] = 64;
  }
  const summary = json(smmu.run(batch, { outstanding: 16 }));
  const rows = [];
  for (let i = 0; i < ROWS; i++) {
    const times = [batch.accepted[i], batch.translated[i], batch.completion[i]];
    rows.push(`${times.join(' ')} ${batch.pa[i].toString(16)} ${batch.status[i].toString(16)}`);
  }
  const stats = json(smmu.stats());
  smmu.dispose();
  return { summary, stats, rows };
}
