/** With time: 90 % hits, 9 % that the walk caches shorten, 1 % cold; 8 streams on 4 TBUs. */
import { HIT_MAIN, HIT_MICRO, presets } from '../../src/index.js';
import { batchLoad, CHUNK_BYTES, chunksOf, generator } from '../batch-load.js';
import { Device } from '../device.js';
import { CHUNK_ROWS } from '../measure.js';
import type { Reference } from '../reference.js';
import { atMostTime, type Case } from '../row.js';

const STREAMS = 8;
const TBUS = 4;
const HOT = 12;
const WARM = 4096;
const COLD = 512;
const PAGE = 4096;
const BLOCK = 2 ** 21;
const INPUT = 0x10_0000_0000;
const OUTPUT = 0x1_0000_0000;
const OUTSTANDING = 64;

export async function timedMixCases(reference: Reference): Promise<Case[]> {
  const timing = 'mmu600-agilex5';
  const { caches } = presets[timing];
  const device = await Device.create({
    caches,
    timing,
    tbus: TBUS,
    tbuOf: (streamId) => streamId % TBUS,
    ramBytes: 64 * 2 ** 20,
    batchBytes: CHUNK_BYTES,
  });
  const roots = Array.from({ length: STREAMS }, (_, i) => {
    const root = device.table();
    device.stage1(i + 1, root, i + 1);
    return root;
  });
  const random = generator(0xace);
  const mapped = new Set<number>();
  const rows = {
    streamId: new Uint32Array(CHUNK_ROWS),
    iova: new Uint32Array(2 * CHUNK_ROWS),
    pa: new Uint32Array(2 * CHUNK_ROWS),
  };
  for (let row = 0; row < CHUNK_ROWS; row++) {
    const stream = random() % STREAMS;
    const kind = random() % 100;
    // Neighbours share a table of the last level; cold ones lie in gigabytes of their own.
    let page = random() % HOT;
    if (kind >= 99) page = (1 + (random() % COLD)) * 2 ** 18 + (random() % 512) * (BLOCK / PAGE);
    else if (kind >= 90) page = HOT + (random() % WARM);
    const key = stream * 2 ** 40 + page;
    const output = OUTPUT + (key % 2 ** 30) * PAGE;
    if (!mapped.has(key) && (kind < 99 || mapped.size < 12_000)) {
      mapped.add(key);
      device.map(1, roots[stream], INPUT + page * PAGE, output);
    } else if (!mapped.has(key)) {
      row--;
      continue;
    }
    const input = INPUT + page * PAGE;
    rows.streamId[row] = stream + 1;
    rows.iova.set([input, input / 2 ** 32], 2 * row);
    rows.pa.set([output, output / 2 ** 32], 2 * row);
  }
  const load = batchLoad(device.smmu, `closed loop of ${OUTSTANDING}`, chunksOf(device.smmu, [rows]), {
    run: (smmu, batch) => void smmu.run(batch, { outstanding: OUTSTANDING }),
  });
  const detail = (): string => {
    const shares = load.hitShares();
    const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
    return `${percent(shares[HIT_MICRO])} micro, ${percent(shares[HIT_MAIN])} main`;
  };
  return [
    {
      group: `timed mix, ${timing}, ${STREAMS} streams, ${TBUS} TBUs`,
      name: `90 % hits, 9 % by walk caches, 1 % cold`,
      load,
      reference: reference.tlbSimd,
      bar: atMostTime(100),
      detail,
    },
  ];
}
