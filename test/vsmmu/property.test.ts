// Random guests over the whole stack: our driver in the guest's role, over a virtual SMMU's registers, over each form of the host
// interface, over the model. After every step DMA must come to what a plain map says: nothing that the guest has not mapped, or has
// unmapped and synchronised, is ever reached, and no fault is lost but those that a full queue lost. The host fails at random calls.
// VSMMU_OPERATIONS: steps of each configuration (default 400); VSMMU_SEED: where the sequence begins.
import { describe, expect, test } from '@jest/globals';
import { Random } from '../iommu/support/world.js';
import { HOSTS, type RigOptions } from './support/rig.js';
import { Stack } from './support/stack.js';

const OPERATIONS = Number(process.env.VSMMU_OPERATIONS ?? 400);
const SEED = Number(process.env.VSMMU_SEED ?? 1);

const GUESTS: [string, RigOptions][] = [
  ['what any host can stand in for', {}],
  ['all that this host has', { id: 'auto' }],
  ['commands one by one', { batch: false, resetAbort: false }],
];

describe.each(HOSTS)('%s', (kind) => {
  test.each(GUESTS)(
    'a guest that is told %s',
    async (_, options) => {
      const stack = await Stack.create(kind, new Random(SEED), options);
      stack.check(4);
      await stack.boot();
      for (let i = 0; i < OPERATIONS; i++) {
        try {
          await stack.step();
          stack.check(4);
        } catch (error) {
          throw new Error(`step ${i} of seed ${SEED}: ${(error as Error).message}`, { cause: error });
        }
      }
      const { tally, injected, rig } = stack;
      if (process.env.VSMMU_OPERATIONS !== undefined) {
        process.stdout.write(`${JSON.stringify({ ...tally, injected, ...rig.vsmmu.stats() })}\n`);
      }
      // A sequence that exercises nothing proves nothing.
      expect(tally.reached).toBeGreaterThan(OPERATIONS / 4);
      expect(tally.refused).toBeGreaterThan(OPERATIONS / 4);
      expect(tally.faults).toBeGreaterThan(OPERATIONS / 10);
      expect(injected).toBeGreaterThan(OPERATIONS / 100);
      expect(rig.vsmmu.fatalErrors).toEqual([]);
      rig.vsmmu.dispose();
    },
    36_000_000,
  );
});
