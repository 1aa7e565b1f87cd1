/**
 * What may change memory and what may not, on random configurations in which hardware updates are due everywhere and stage 2
 * refuses many of them: speculative reads (IHI 0070 §3.14), prefetch commands (§4.2), ATOS (§9.1, §6.3.39 HTTUI).
 */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { SmmuOptions } from '../../src/index.js';
import { generateCase, ID_PROFILES, type MemoryImage, type RandomCase } from '../oracle/random.js';
import type { OracleTxn } from '../oracle/types.js';
import { RandomDevice } from './device.js';

const CASES = Number(process.env['UNCHANGED_CASES'] ?? 60);
const TRANSACTIONS = 24;

/** With hardware updates (IDR0.HTTU, bits 7:6). */
const PROFILES = ID_PROFILES.flatMap(({ idr0 }, i) => ((idr0 >>> 6) & 3 ? [i] : []));

const devices = new Map<string, RandomDevice>();
async function deviceFor(
  profile: number,
  name: string,
  caches: SmmuOptions['caches'],
  timing: SmmuOptions['timing'] = false,
): Promise<RandomDevice> {
  const key = `${name} ${profile}`;
  const device = devices.get(key) ?? (await RandomDevice.create(profile, caches, timing));
  devices.set(key, device);
  return device;
}

function* cases(first: number): Generator<RandomCase> {
  for (let seed = first; seed < first + CASES; seed++) {
    yield generateCase(seed, { transactions: TRANSACTIONS, profiles: PROFILES, updates: true });
  }
}

/** The reads of a case, made speculative. */
function speculativeReads(c: RandomCase): OracleTxn[] {
  return c.transactions
    .filter((t) => !t.write && !t.atomic)
    .map((t): OracleTxn => ({ ...t, speculative: true }));
}

/** What a device whose memory is `image` makes of one action, and where its memory differs from `after`. */
async function alone<T>(
  c: RandomCase,
  image: MemoryImage,
  act: (device: RandomDevice) => T,
): Promise<{ result: T; after: MemoryImage }> {
  const device = await deviceFor(c.profile, 'alone', false);
  const after = image.clone();
  device.load({ state: { ...c.state, cr0: 1 }, image });
  const result = act(device);
  device.capture(after);
  return { result, after };
}

const hex = (v: bigint | undefined): string | undefined => v?.toString(16);

const tiny = { entries: 4, ways: 2, policy: 'lru' } as const;
const SMALL: SmmuOptions['caches'] = {
  microTlb: tiny,
  mainTlb: { ...tiny, tag: 'context' },
  tcuTlb: tiny,
  configCache: tiny,
  ipaCache: tiny,
  walkCaches: { s1: [tiny, tiny, tiny, tiny], s2: [tiny, tiny, tiny, tiny] },
};

describe('IHI 0070 §3.14 a speculative read that aborts has not changed memory', () => {
  test.each([
    ['no caches', false, false],
    ['small caches', SMALL, false],
    ['timed', undefined, 'gem5-default'],
  ] as const)('%s', async (name, caches, timing) => {
    let aborts = 0;
    let updates = 0;
    for (const c of cases(1)) {
      const device = await deviceFor(c.profile, name, caches, timing);
      device.load(c);
      const before = c.image;
      for (const t of speculativeReads(c)) {
        const { status } = device.translate(t);
        const at = device.memoryDifference(before);
        if (status !== 'ok') {
          aborts++;
          expect({ seed: c.seed, t, changed: hex(at) }).toEqual({ seed: c.seed, t, changed: undefined });
        } else if (at !== undefined) {
          updates++;
          device.capture(before);
        }
      }
      expect(device.takeRecords()).toEqual([]);
    }
    expect(aborts).toBeGreaterThan(CASES);
    expect(updates).toBeGreaterThan(CASES / 4);
  });

  test('it succeeds where any other read does, and then leaves the same memory', async () => {
    let updates = 0;
    for (const c of cases(1000)) {
      for (const t of speculativeReads(c).slice(0, 6)) {
        const plain = await alone(c, c.image, (device) => device.translate({ ...t, speculative: false }));
        const mine = await alone(c, c.image, (device) => device.translate(t));
        const ok = plain.result.status === 'ok';
        const { status, pa } = mine.result;
        expect({ seed: c.seed, t, status, pa }).toEqual({
          seed: c.seed,
          t,
          status: ok ? 'ok' : 'abort',
          pa: ok ? plain.result.pa : 0n,
        });
        expect({ seed: c.seed, t, same: same(mine.after, ok ? plain.after : c.image) }).toEqual({
          seed: c.seed,
          t,
          same: true,
        });
        if (ok) updates++;
      }
    }
    expect(updates).toBeGreaterThan(CASES / 4);
  });
});

describe('IHI 0070 §4.2.2 CMD_PREFETCH_ADDR updates as a speculative read does, behind its CD fetch', () => {
  const identity = (t: OracleTxn, opcode: bigint): bigint =>
    (BigInt(t.streamId) << 32n) | (t.ssv ? (BigInt(t.ssid) << 12n) | (1n << 11n) : 0n) | opcode;

  test('memory afterwards', async () => {
    let updates = 0;
    for (const c of cases(2000)) {
      for (const t of speculativeReads(c).slice(0, 6)) {
        const address = t.addr & ~0xfffn;
        const read = { ...t, addr: address, instruction: false, privileged: false };
        const { after } = await alone(c, c.image, (device) => device.command([identity(t, 2n), address]));
        // The CD fetch sets flags of stage 2 whatever becomes of the address (§4.2.1).
        const configured = await alone(c, c.image, (device) => device.command([identity(t, 1n), 0n]));
        const expected = await alone(c, configured.after, (device) => device.translate(read));
        expect({ seed: c.seed, t, same: same(after, expected.after) }).toEqual({
          seed: c.seed,
          t,
          same: true,
        });
        if (!same(after, configured.after)) updates++;
      }
    }
    expect(updates).toBeGreaterThan(CASES / 8);
  });
});

describe('IHI 0070 §9.1 ATOS with HTTUI = 1 is passive', () => {
  test('memory stays, and an address that a read would get is given', async () => {
    let given = 0;
    for (const c of cases(3000)) {
      for (const t of c.transactions.slice(0, 8)) {
        const read = { ...t, speculative: false, atomic: false };
        for (const stages of [1, 2, 3] as const) {
          const { result, after } = await alone(c, c.image, (device) =>
            device.addressOperation(read, stages, true),
          );
          expect({ seed: c.seed, t, stages, same: same(after, c.image) }).toEqual({
            seed: c.seed,
            t,
            stages,
            same: true,
          });
          if (result) given++;
          // What updates flags without a fault does not fault without the updates either.
          const updating = await alone(c, c.image, (device) => device.addressOperation(read, stages, false));
          if (updating.result) expect({ seed: c.seed, t, stages, result }).toMatchObject({ result: true });
        }
      }
    }
    expect(given).toBeGreaterThan(CASES);
  });
});

const bytes = (words: Uint32Array): Buffer => Buffer.from(words.buffer, words.byteOffset, words.byteLength);

function same(a: MemoryImage, b: MemoryImage): boolean {
  for (const [page, words] of a.pages) {
    const other = b.pages.get(page);
    if (other === undefined || Buffer.compare(bytes(words), bytes(other)) !== 0) return false;
  }
  return true;
}

beforeAll(() => devices.clear());
