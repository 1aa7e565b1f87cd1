// Hits have short ways through the core; they take the time, and count as, the long way does (docs/timing.md).
import { describe, expect, test } from '@jest/globals';
import { Machine } from '../../bench/experiments/machine.js';
import { Dice } from './random-cases.js';
import { FLAG_ATOMIC, FLAG_WRITE, presets, type PresetName } from '../../src/index.js';

const STREAM = 1;
const START = 0x100_0000_0000;
const OUTPUT = 0x80_0000_0000;
const PAGES = 24;
const ROWS = 4000;
const PRESETS: readonly PresetName[] = ['gem5-default', 'mmu600-agilex5', 'mmu700-server', 'minimal'];

async function device(preset: PresetName): Promise<Machine> {
  const machine = await Machine.create({ timing: preset, caches: presets[preset].caches });
  const stage1 = machine.tables(1);
  for (let page = 0; page < PAGES; page++) stage1.map(START + page * 4096, OUTPUT + page * 4096);
  machine.stream(STREAM, { stage1 });
  return machine;
}

describe.each(PRESETS)('%s', (preset) => {
  test('a look-up of its own: as translate', async () => {
    const [looking, translating] = [await device(preset), await device(preset)];
    const dice = new Dice(1);
    for (let i = 0; i < ROWS; i++) {
      // Some beyond the last page, which faults; some time between.
      const at = START + dice.below(PAGES + 1) * 4096 + 64 * dice.below(64);
      const write = dice.chance(30);
      const pa = looking.smmu.lookup(STREAM, at, write ? FLAG_WRITE : 0);
      const right = translating.smmu.translate({
        streamId: STREAM,
        iova: BigInt(at),
        access: write ? 'write' : 'read',
      });
      expect(pa).toBe(right.status === 'ok' ? Number(right.pa) : -1);
      expect(looking.smmu.now).toBe(translating.smmu.now);
      if (!dice.chance(10)) continue;
      const later = looking.smmu.now + BigInt(dice.below(20));
      looking.smmu.advance(later);
      translating.smmu.advance(later);
    }
    expect(looking.smmu.stats()).toEqual(translating.smmu.stats());
  });

  // A read-modify-write takes the long way and, where writing is allowed, has the times of a write.
  test.each([1, 7, 64])(
    'a batch, %d outstanding: plain writes as read-modify-writes',
    async (outstanding) => {
      const run = async (flags: number): Promise<unknown> => {
        const { smmu } = await device(preset);
        const dice = new Dice(2);
        const batch = smmu.createBatch(ROWS);
        for (let row = 0; row < ROWS; row++) {
          const hot = dice.chance(95);
          batch.iova[row] = BigInt(START + dice.below(hot ? 4 : PAGES + 1) * 4096);
          batch.requester[row] = dice.below(3);
          batch.size[row] = dice.pick(16, 64, 200);
          batch.arrival[row] = BigInt(dice.below(3));
        }
        batch.streamId.fill(STREAM);
        batch.flags.fill(flags);
        const { effectiveTiming: _, ...outcome } = smmu.run(batch, { outstanding });
        const columns: Iterable<number | bigint>[] = [
          batch.accepted,
          batch.translated,
          batch.completion,
          batch.pa,
          batch.status,
        ];
        return { outcome, columns: columns.map((column) => Array.from(column, String)), stats: smmu.stats() };
      };
      expect(await run(FLAG_WRITE)).toEqual(await run(FLAG_ATOMIC));
    },
  );
});
