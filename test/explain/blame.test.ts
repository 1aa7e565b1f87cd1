/**
 * Sentences of `explain` are true: over random configurations, and where they pass with a bit of what was read changed, what a
 * sentence blames is changed, and nothing else; then the transaction passes, or fails for another reason.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { explain, type Explanation } from '../../src/explain/explain.js';
import type { Transaction } from '../../src/device/transaction.js';
import { asTransaction, RandomDevice } from '../differential/device.js';
import { generateCase, Rng } from '../oracle/random.js';
import { REMEDIES, type Patient } from './remedy.js';

const CASES = Number(process.env['BLAME_CASES'] ?? 50);
const TRANSACTIONS = 64;

interface Told {
  seed: number;
  transaction: Transaction;
  explanation: Explanation;
  /** After the remedy; undefined where there is none for the sentence. */
  cured: Explanation | undefined;
}

const told: Told[] = [];
const devices = new Map<number, RandomDevice>();

/** Changes one bit of a word that the transaction was answered from: mostly one that decides something. */
function damage(device: RandomDevice, { steps }: Explanation, rng: Rng): () => void {
  const { kind, address } = rng.pick(steps.filter((step) => step.address !== undefined));
  const words = kind === 'ste' || kind === 'cd' ? 4 : 1;
  const at = address! + BigInt(8 * rng.below(words));
  const bit = kind === 'descriptor' && rng.chance(0.3) ? 1 : rng.below(64);
  const { memory } = device.smmu;
  const before = memory.read64(at);
  memory.write64(at, before ^ (1n << BigInt(bit)));
  return () => memory.write64(at, before);
}

function where({ steps }: Explanation, kind: string): bigint | undefined {
  return steps.find((step) => step.kind === kind)?.address;
}

function cure(device: RandomDevice, sick: Explanation): Explanation | undefined {
  const why = sick.why!;
  const found = REMEDIES.flatMap(([pattern, remedy]) => {
    const match = pattern.exec(why);
    return match ? [{ match, remedy }] : [];
  });
  if (found.length === 0) return undefined;
  if (found.length > 1) throw new Error(`one sentence, two remedies: ${why}`);
  const { memory } = device.smmu;
  const before: [bigint, bigint][] = [];
  const patient: Patient = {
    cd: where(sick, 'cd'),
    ste: where(sick, 'ste'),
    read: (address) => memory.read64(address),
    write: (address, word) => {
      before.push([address, memory.read64(address)]);
      memory.write64(address, word);
    },
    transaction: sick.transaction,
  };
  found[0].remedy(patient, found[0].match);
  const cured = explain(device.smmu, patient.transaction);
  if (cured.translation.status === 'stalled') device.abortStalls();
  for (const [address, word] of before.reverse()) memory.write64(address, word);
  return cured;
}

beforeAll(async () => {
  for (let seed = 1; seed <= CASES; seed++) {
    const c = generateCase(seed, { transactions: TRANSACTIONS, updates: seed % 3 === 0 });
    let device = devices.get(c.profile);
    if (device === undefined) devices.set(c.profile, (device = await RandomDevice.create(c.profile, false)));
    device.load(c);
    const rng = new Rng(seed);
    for (const t of c.transactions) {
      const transaction = asTransaction(t);
      let explanation = explain(device.smmu, transaction);
      let mend = (): void => undefined;
      if (
        explanation.translation.status === 'ok' &&
        explanation.steps.some((step) => step.address !== undefined)
      ) {
        mend = damage(device, explanation, rng);
        explanation = explain(device.smmu, transaction);
      }
      const { status } = explanation.translation;
      if (status === 'stalled') device.abortStalls();
      if (status !== 'ok') told.push({ seed, transaction, explanation, cured: cure(device, explanation) });
      mend();
    }
  }
}, 10 * 60_000);
afterAll(() => devices.forEach((device) => device.smmu.dispose()));

const show = ({ seed, transaction, explanation, cured }: Told): unknown => ({
  seed,
  transaction,
  why: explanation.why,
  cured: cured && [cured.translation.status, cured.why],
});

describe('the reason of a fault', () => {
  test('is told for every transaction that does not pass, and names a rule', () => {
    expect(told.length).toBeGreaterThan(CASES * 10);
    const bad = told.filter(
      ({ explanation: { why } }) => why === undefined || /names no rule|a rule of/.test(why),
    );
    expect(bad.map(show)).toEqual([]);
  });

  test('goes away with what it blames', () => {
    const tried = told.filter(({ cured }) => cured !== undefined);
    const still = tried.filter(({ explanation, cured }) => cured!.why === explanation.why);
    expect(still.slice(0, 10).map(show)).toEqual([]);
    expect(tried.length).toBeGreaterThan(CASES * 8);
  });

  test('each remedy was needed', () => {
    const idle = REMEDIES.filter(
      ([pattern]) => !told.some(({ explanation }) => pattern.test(explanation.why!)),
    );
    expect(idle.map(([pattern]) => String(pattern))).toEqual([]);
  });

  test('the event of the sentence is the event of the transaction: who did what, at which stage', () => {
    for (const entry of told) {
      const { event } = entry.explanation.translation;
      const { why } = entry.explanation;
      if (event?.name !== 'F_PERMISSION' || why === undefined) continue;
      const own = / and this is (.*?)(?:, which STE|\)| \(|:)/.exec(why)?.[1];
      const wanted = event.s2 === true && event.class !== 'IN' ? foreign(event) : mine(event);
      expect({ ...(show(entry) as object), own }).toMatchObject({ own: expect.stringMatching(wanted) });
    }
  });

  test('nothing is called unusable that the SMMU uses, and everything that it refuses is', () => {
    for (const entry of told) {
      const { steps, translation } = entry.explanation;
      const name = translation.event?.name;
      for (const [kind, event] of [
        ['ste', 'C_BAD_STE'],
        ['cd', 'C_BAD_CD'],
      ] as const) {
        const unusable = steps.some((step) => step.kind === kind && step.follows.startsWith('Not usable'));
        if (translation.event !== undefined || !unusable)
          expect({ ...(show(entry) as object), kind, unusable }).toMatchObject({ unusable: name === event });
      }
    }
  });
});

type Event = NonNullable<Explanation['translation']['event']>;

function mine(event: Event): RegExp {
  const what = event.rnw === false ? 'write' : event.ind === true ? 'instruction read' : 'read';
  const who = event.pnu === true ? 'a privileged' : 'an unprivileged';
  return new RegExp(`^(?:${who}|an?) ${what}$`);
}

function foreign(event: Event): RegExp {
  if (event.class === 'CD') return /^the read of a CD$/;
  return event.ttrnw === false
    ? /^the hardware update of a stage 1 descriptor$/
    : /^the read of a stage 1 descriptor$/;
}
