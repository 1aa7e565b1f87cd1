/** An access lies in its window of RAM as a whole, or it is an external abort (IHI 0070 §7.3.3 F_WALK_EABT): windows end anywhere. */
import { afterEach, expect, test } from '@jest/globals';
import { Smmu } from '../../src/index.js';

const RAM = 0x4000_0000n;
const STREAM_TABLE = RAM;
const EVENT_QUEUE = RAM + 0x4000n;
const TABLES = [RAM + 0x1000n, RAM + 0x2000n, RAM + 0x3000n];
const LEAF = 0x7ffn | (3n << 6n);
const INSIDE = 510n;
const ACROSS = 511n;

let smmu: Smmu | undefined;
afterEach(() => smmu?.dispose());

/** Stage 2 of STE 0 with its last table at the end of a window that ends `short` bytes before the table does. */
async function device(short: number): Promise<Smmu> {
  const last = TABLES[2];
  smmu = await Smmu.create({
    ram: [
      { base: RAM, size: 0x3000 },
      { base: last, size: 0x1000 - short },
      { base: EVENT_QUEUE, size: 0x1000 },
    ],
    timing: false,
  });
  const { memory } = smmu;
  memory.write64(STREAM_TABLE, 0xdn); // V, Config: stage 2
  memory.write64(STREAM_TABLE + 0x10n, 0x040d_0059_0000_0000n); // 39 bits from level 1, 4 KiB, S2R
  memory.write64(STREAM_TABLE + 0x18n, TABLES[0]);
  memory.write64(TABLES[0], TABLES[1] | 3n);
  memory.write64(TABLES[1], last | 3n);
  memory.write64(last + 8n * INSIDE, 0x1_0000_0000n | LEAF);
  if (short === 0) memory.write64(last + 8n * ACROSS, 0x2_0000_0000n | LEAF);
  else {
    // The half that lies inside; behind it in linear memory stands what nobody may read.
    memory.write32(last + 8n * ACROSS, Number(LEAF));
  }
  smmu.write64(0xa0, EVENT_QUEUE | 4n); // EVENTQ_BASE
  smmu.write64(0x80, STREAM_TABLE); // STRTAB_BASE
  smmu.write32(0x20, 0x5); // CR0.SMMUEN, EVENTQEN
  return smmu;
}

test('a descriptor at the very end of a window is read', async () => {
  const whole = await device(0);
  const at = (page: bigint): bigint => whole.translate({ streamId: 0, iova: page << 12n }).pa;
  expect([at(INSIDE), at(ACROSS)]).toEqual([0x1_0000_0000n, 0x2_0000_0000n]);
});

test.each([1, 4])('a descriptor of which the last %i bytes lie behind the window is not', async (short) => {
  const { translate } = bound(await device(short));
  expect(translate(INSIDE)).toMatchObject({ status: 'ok', pa: 0x1_0000_0000n });
  expect(translate(ACROSS)).toMatchObject({ status: 'abort', event: { name: 'F_WALK_EABT' } });
  // And with the window at hand, from which the walk before read.
  expect(translate(INSIDE)).toMatchObject({ status: 'ok' });
  expect(translate(ACROSS)).toMatchObject({ status: 'abort', event: { name: 'F_WALK_EABT' } });
});

const bound = (of: Smmu): { translate: (page: bigint) => unknown } => ({
  translate: (page) => of.translate({ streamId: 0, iova: page << 12n }),
});
