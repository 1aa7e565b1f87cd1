/**
 * Short cuts change nothing, on the random configurations of the differential tests: everything that STE, CD and descriptors can
 * say, legal or not, stalls and hardware updates among it. EQUAL_ROWS and EQUAL_FIRST as in equal.test.ts.
 */
import { describe, expect, test } from '@jest/globals';
import {
  FLAG_ATOMIC,
  FLAG_INSTRUCTION,
  FLAG_PRIVILEGED,
  FLAG_SPECULATIVE,
  FLAG_SSV,
  FLAG_WRITE,
  type SmmuOptions,
} from '../../src/index.js';
import { RandomDevice } from '../differential/device.js';
import { generateCase, ID_PROFILES, RAM_WINDOWS, Rng } from '../oracle/random.js';
import type { OracleTxn } from '../oracle/types.js';
import { coreOf, Pair, type Row } from './pair.js';

const ROWS = Number(process.env['EQUAL_ROWS'] ?? 150_000);
const FIRST = Number(process.env['EQUAL_FIRST'] ?? 1);
const TIMEOUT = 12 * 60 * 60_000;
const QUEUE = { base: 0xfff0_0000n, size: 0x10000 };
const CHUNKS = 8;

const flag = (on: boolean, value: number): number => (on ? value : 0);

function rowOf(t: OracleTxn): Row {
  const flags =
    flag(t.write, FLAG_WRITE) |
    flag(t.instruction, FLAG_INSTRUCTION) |
    flag(t.privileged, FLAG_PRIVILEGED) |
    flag(t.ssv, FLAG_SSV) |
    flag(t.atomic, FLAG_ATOMIC) |
    flag(t.speculative, FLAG_SPECULATIVE);
  return { streamId: t.streamId, iova: t.addr, flags, substreamId: t.ssid };
}

const full = (entries: number) => ({ entries, ways: 'full', policy: 'lru' }) as const;
const VARIANTS: readonly { name: string; caches: SmmuOptions['caches'] }[] = [
  { name: 'no caches', caches: false },
  { name: 'mmu600-agilex5', caches: 'mmu600-agilex5' },
  { name: 'mmu700-server', caches: 'mmu700-server' },
  {
    name: 'small caches of every kind',
    caches: {
      microTlb: { entries: 4, ways: 4, policy: 'plru' },
      mainTlb: { entries: 16, ways: 4, policy: 'rrip', index: 'hash' },
      tcuTlb: full(8),
      configCache: full(4),
      ipaCache: full(8),
      walkCaches: { unified: full(16) },
    },
  },
];

/** A pair for each ID profile. */
class Devices {
  private readonly made = new Map<number, { devices: RandomDevice[]; pair: Pair }>();
  constructor(private readonly caches: SmmuOptions['caches']) {}

  async of(profile: number): Promise<{ devices: RandomDevice[]; pair: Pair }> {
    let one = this.made.get(profile);
    if (one === undefined) {
      const make = async (core: 'core' | 'core.long'): Promise<RandomDevice> =>
        RandomDevice.create(profile, this.caches, false, await coreOf(core));
      const devices = [await make('core'), await make('core.long')];
      const ram = [...RAM_WINDOWS.map(({ base, size }) => ({ base, size })), QUEUE];
      const options = {
        id: ID_PROFILES[profile],
        caches: this.caches,
        timing: false as const,
        ram,
        batchBytes: 2 ** 18,
      };
      one = { devices, pair: Pair.of(devices[0].smmu, devices[1].smmu, options) };
      this.made.set(profile, one);
    }
    return one;
  }
}

describe('random configurations', () => {
  test.each(VARIANTS)(
    '$name',
    async ({ name, caches }) => {
      const all = new Devices(caches);
      const first = FIRST + 1_000_000 * VARIANTS.findIndex((variant) => variant.name === name);
      let rows = 0;
      let seed = first;
      for (; rows < (ROWS * 0.5) / VARIANTS.length; seed++) {
        const rng = new Rng(seed);
        const options = {
          transactions: 64,
          globals: rng.chance(0.3),
          contiguous: rng.chance(0.3),
          profiles: [0, 1, 2, 5, 11, 17],
        };
        const c = generateCase(seed, options);
        const { devices, pair } = await all.of(c.profile);
        for (const device of devices) device.load(c);
        const kinds = c.transactions.map(rowOf);
        try {
          for (let chunk = 0; chunk < CHUNKS; chunk++) {
            const hot = Array.from({ length: rng.pick([2, 8, 64]) }, () => rng.pick(kinds));
            const count = rng.pick([8, 32, 200]);
            pair.fill(Array.from({ length: count }, () => rng.pick(hot)));
            pair.run(rng.pick(['batch', 'rows'] as const), rng.pick([[1000], [1], [7, 32]]));
            rows += count;
            const [a, b] = devices.map((device) => device.takeRecords());
            expect(a).toEqual(b);
            if (rng.chance(0.3)) for (const row of hot) pair.one(row, rng.chance(0.5));
            for (const device of devices) {
              device.abortStalls();
              device.takeRecords();
            }
          }
          pair.compareState();
        } catch (error) {
          throw new Error(`case ${seed}: ${(error as Error).message}`, { cause: error });
        }
      }
      process.stderr.write(`${name}: ${rows} rows in ${seed - first} cases, 0 differences\n`);
    },
    TIMEOUT,
  );
});
